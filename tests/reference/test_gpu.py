"""On a CUDA device: the same numbers as on the CPU, and results that stay where the inputs are."""

import pytest
import torch

import contrastive_ref as ref
from contrastive_ref.data import load
from contrastive_ref.nets import small_cnn
from contrastive_ref.training import encode, fit, pick_device

pytestmark = pytest.mark.gpu

A, B = (
    torch.randn(8, 5, generator=torch.Generator().manual_seed(0)).double(),
    torch.eye(8, 5).double(),
)
LABELS = torch.tensor([0, 0, 0, 1, 1, 7, 0, 1])


@pytest.mark.parametrize(
    "call",
    [
        lambda a, b, y: ref.l2_normalize(a),
        lambda a, b, y: ref.cosine_similarity_matrix(a, b),
        lambda a, b, y: ref.squared_distance_matrix(a, b),
        lambda a, b, y: ref.top_k_neighbours(a, a, 1),
        lambda a, b, y: ref.knn_classify(a, y, a + 0.1, k=3),
        lambda a, b, y: ref.contrastive_margin_loss(a, b, y == 0, 1.3),
        lambda a, b, y: ref.triplet_loss(a, b, a.flip(0), 1.3),
        lambda a, b, y: ref.batch_hard_triplet_loss(a, y, 1.3),
    ],
)
def test_cuda_gives_the_numbers_of_the_cpu(call):
    result = call(A.cuda(), B.cuda(), LABELS.cuda())
    assert result.device.type == "cuda"
    torch.testing.assert_close(result.cpu(), call(A, B, LABELS))


def test_pairs_are_drawn_on_the_device_of_the_labels():
    generator = torch.Generator("cuda").manual_seed(0)
    index_a, index_b, same = ref.make_pairs(LABELS.cuda(), generator)
    assert index_a.is_cuda and index_b.is_cuda and same.is_cuda
    assert torch.equal(same.cpu(), LABELS[index_a.cpu()] == LABELS[index_b.cpu()])


def test_a_net_trains_on_the_device_that_is_picked():
    device = pick_device()
    assert device.type == "cuda"
    train = load("digits", train_size=256).to(device).train
    encoder = small_cnn(1, widths=(16, 16), strides=(1, 2)).to(device)
    encoder.loss = lambda batch: ref.batch_hard_triplet_loss(encoder(batch[0]), batch[1])
    history = fit(encoder, lambda step: (train.images, train.labels), steps=30)
    assert history.loss[-1] < history.loss[0]
    assert encode(encoder, train.images).device.type == "cuda"
