"""The small networks: what goes in, what comes out, and how large they are."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from contrastive_ref.nets import mlp, small_cnn


@pytest.mark.parametrize(
    ("channels", "options", "side", "out"),
    [
        (1, {}, 8, 128),
        (1, {}, 7, 128),
        (3, {"widths": (32, 64, 128, 128), "strides": (2, 2, 2, 1)}, 32, 128),
        (3, {"widths": (5,), "strides": (1,)}, 9, 5),
    ],
)
def test_images_become_one_row_of_features_each(channels, options, side, out):
    net = small_cnn(channels, **options)
    images = torch.rand(6, channels, side, side, requires_grad=True)
    features = net(images)
    assert features.shape == (6, out) and net.out_dim == out
    features.square().sum().backward()
    assert images.grad.abs().sum() > 0
    assert all(p.grad.abs().sum() > 0 for p in net.parameters())


def test_the_digits_net_has_the_stated_number_of_parameters():
    weights = 9 * (1 * 32 + 32 * 64 + 64 * 128)
    batch_norms = 2 * (32 + 64 + 128)
    assert sum(p.numel() for p in small_cnn(1).parameters()) == weights + batch_norms == 92_896


def test_a_convolution_block_is_what_the_docstring_says():
    net = small_cnn(2, widths=(3, 4), strides=(1, 2)).eval()
    images = torch.rand(5, 2, 6, 6)
    convs = [layer for layer in net if isinstance(layer, nn.Conv2d)]
    norms = [layer for layer in net if isinstance(layer, nn.BatchNorm2d)]
    x = images
    for conv, norm, stride in zip(convs, norms, (1, 2), strict=True):
        norm.running_mean.uniform_(-0.1, 0.1)
        norm.running_var.uniform_(0.5, 2)
        x = F.conv2d(x, conv.weight, stride=stride, padding=1)
        mean, variance = norm.running_mean[:, None, None], norm.running_var[:, None, None]
        x = ((x - mean) / (variance + norm.eps).sqrt()).clamp_min(0)
    torch.testing.assert_close(net(images), x.mean((2, 3)))


def test_mlp_has_relu_between_its_layers_and_nothing_after_the_last():
    net = mlp(5, 7, 4, 2)
    x = torch.randn(6, 5)
    a, b, c = (layer for layer in net if isinstance(layer, nn.Linear))
    hidden = (x @ a.weight.T + a.bias).clamp_min(0)
    hidden = (hidden @ b.weight.T + b.bias).clamp_min(0)
    torch.testing.assert_close(net(x), hidden @ c.weight.T + c.bias)
    assert net.out_dim == 2 and len(mlp(5, 2)) == 1


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: small_cnn(0), ValueError, r"in_channels: .*got 0"),
        (lambda: small_cnn(1, widths=(8, 16)), ValueError, r"strides: .*2 widths, got 3"),
        (lambda: small_cnn(1, widths=(), strides=()), ValueError, r"0 widths"),
        (lambda: small_cnn(1, widths=(8.0,), strides=(1,)), TypeError, r"widths: .*got 8.0"),
        (lambda: small_cnn(1, widths=(8,), strides=(0,)), ValueError, r"strides: .*got 0"),
        (lambda: mlp(4), ValueError, r"widths: .*at least one"),
        (lambda: mlp(4, 0), ValueError, r"widths: .*got 0"),
        (lambda: mlp("4", 2), TypeError, r"in_dim: .*got '4'"),
    ],
)
def test_an_error_names_the_argument_and_what_was_given(call, error, says):
    with pytest.raises(error, match=says):
        call()
