"""The course's small networks: images to features, features to embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

from contrastive_ref import _validate


def small_cnn(
    in_channels: int, widths: Sequence[int] = (32, 64, 128), strides: Sequence[int] = (1, 2, 1)
) -> nn.Sequential:
    """A few 3 x 3 convolutions, each with batch norm and ReLU, then the mean over the image.

    The defaults suit 8 x 8 digits (93 thousand parameters). For 32 x 32 images use widths
    (32, 64, 128, 128) and strides (2, 2, 2, 1): the first stride decides the speed.

    Args:
        in_channels: 1 for grey, 3 for colour.
        widths: output channels of each convolution. strides: its step, one for each width.

    Returns:
        Module [N, in_channels, H, W] -> [N, widths[-1]], any H and W; attribute `out_dim`.

    Raises:
        TypeError, ValueError: not positive whole numbers, or `strides` of another length.
    """
    if not widths or len(widths) != len(strides):
        raise ValueError(
            f"strides: expected one for each of the {len(widths)} widths, got {len(strides)}"
        )
    channels = [_validate.size("in_channels", in_channels)]
    channels += [_validate.size("widths", width) for width in widths]
    layers: list[nn.Module] = []
    for (before, after), stride in zip(pairwise(channels), strides, strict=True):
        stride = _validate.size("strides", stride)
        # The batch norm has its own bias.
        layers += [
            nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(inplace=True),
        ]
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    # The same numbers from another order in memory, faster on CPU and GPU alike.
    net = net.to(memory_format=torch.channels_last)
    net.out_dim = widths[-1]
    return net


def mlp(in_dim: int, *widths: int) -> nn.Sequential:
    """Linear layers with ReLU between them, and nothing after the last: `mlp(128, 64, 2)`.

    Args:
        in_dim: D of the input. widths: D after each linear layer; the last one is the output's.

    Returns:
        Module [N, in_dim] -> [N, widths[-1]]; attribute `out_dim`.

    Raises:
        TypeError, ValueError: no widths, or not positive whole numbers.
    """
    if not widths:
        raise ValueError("widths: expected at least one, the width of the output")
    dims = [_validate.size("in_dim", in_dim)]
    dims += [_validate.size("widths", width) for width in widths]
    layers: list[nn.Module] = []
    for before, after in pairwise(dims):
        layers += [nn.Linear(before, after), nn.ReLU()]
    net = nn.Sequential(*layers[:-1])
    net.out_dim = dims[-1]
    return net
