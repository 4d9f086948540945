"""Pairs and margin losses against loops, closed forms and torch's own triplet loss."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck
from torch.nn import functional as F

from contrastive_ref import (
    batch_hard_triplet_loss,
    contrastive_margin_loss,
    make_pairs,
    triplet_loss,
)

few = settings(derandomize=True, deadline=None, max_examples=25)
# Unequal classes, and one member of class 7 that has no partner.
LABELS = torch.tensor([0, 0, 0, 1, 1, 7, 0, 1])
SAME = torch.tensor([True, False, False, True, False, True, False, False])
MARGIN = 1.3  # not 1, where several wrong hinges agree with the right one


def points(n, d, seed=0, spread=0.7, dtype=torch.float64):
    """With this spread some pairs are nearer than MARGIN and some are not."""
    generator = torch.Generator().manual_seed(seed)
    return (spread * torch.randn(n, d, generator=generator, dtype=torch.float64)).to(dtype)


def contrastive_by_hand(z1, z2, same, margin):
    terms = []
    for u, v, s in zip(z1.tolist(), z2.tolist(), same.tolist(), strict=True):
        d = math.dist(u, v)
        terms.append(d**2 if s else max(0.0, margin - d) ** 2)
    return sum(terms) / len(terms)


def triplet_by_hand(anchor, positive, negative, margin):
    triplets = zip(anchor.tolist(), positive.tolist(), negative.tolist(), strict=True)
    terms = [max(0.0, math.dist(a, p) - math.dist(a, n) + margin) for a, p, n in triplets]
    return sum(terms) / len(terms)


def batch_hard_by_hand(z, labels, margin):
    z, labels, terms = z.tolist(), labels.tolist(), []
    for i in range(len(z)):
        others = [j for j in range(len(z)) if j != i]
        positive = [math.dist(z[i], z[j]) for j in others if labels[j] == labels[i]]
        negative = [math.dist(z[i], z[j]) for j in others if labels[j] != labels[i]]
        if positive and negative:
            terms.append(max(0.0, margin + max(positive) - min(negative)))
    return sum(terms) / len(terms)


@pytest.mark.parametrize("margin", [0.4, MARGIN, 5.0])
@pytest.mark.parametrize("d", [1, 3, 8])
def test_contrastive_loss_is_that_of_a_loop(d, margin):
    z1, z2 = points(8, d), points(8, d, seed=1)
    loss = contrastive_margin_loss(z1, z2, SAME, margin)
    assert loss.shape == () and loss.dtype == torch.float64
    assert loss.item() == pytest.approx(contrastive_by_hand(z1, z2, SAME, margin), rel=1e-12)


def test_contrastive_loss_in_closed_form():
    origin = torch.zeros(4, 2, dtype=torch.float64)
    z = torch.tensor([[3.0, 4.0], [3.0, 4.0], [0.0, 0.5], [0.0, 0.0]], dtype=torch.float64)
    same = torch.tensor([True, False, False, False])
    # 5^2 attracts; 5 is beyond the margin 2; (2 - 0.5)^2 and (2 - 0)^2 repel.
    expected = (25 + 0 + 2.25 + 4) / 4
    assert contrastive_margin_loss(origin, z, same, margin=2.0).item() == pytest.approx(expected)


@pytest.mark.parametrize("dtype", [torch.long, torch.uint8, torch.float32, torch.float64])
def test_same_may_be_zeros_and_ones_of_any_type(dtype):
    z1, z2 = points(8, 3), points(8, 3, seed=1)
    expected = contrastive_margin_loss(z1, z2, SAME)
    assert torch.equal(contrastive_margin_loss(z1, z2, SAME.to(dtype)), expected)


@pytest.mark.parametrize("margin", [0.4, MARGIN, 5.0])
def test_triplet_loss_is_that_of_a_loop_and_of_torch(margin):
    anchor, positive, negative = points(9, 3), points(9, 3, seed=1), points(9, 3, seed=2)
    loss = triplet_loss(anchor, positive, negative, margin).item()
    assert loss == pytest.approx(triplet_by_hand(anchor, positive, negative, margin), rel=1e-12)
    peer = F.triplet_margin_loss(anchor, positive, negative, margin=margin, eps=0)
    assert loss == pytest.approx(peer.item(), rel=1e-12)


@pytest.mark.parametrize("labels", [LABELS, torch.arange(8) % 2, torch.arange(8) // 7])
@pytest.mark.parametrize("margin", [0.4, MARGIN, 5.0])
def test_batch_hard_loss_is_that_of_a_loop(labels, margin):
    z = points(8, 3)
    loss = batch_hard_triplet_loss(z, labels, margin).item()
    assert loss == pytest.approx(batch_hard_by_hand(z, labels, margin), rel=1e-12)


def test_batch_hard_takes_the_farthest_positive_and_the_nearest_negative():
    line = torch.tensor([[0.0], [1.0], [4.0], [6.0], [20.0]], dtype=torch.float64)
    labels = torch.tensor([0, 0, 0, 1, 1])
    # positive: 4, 3, 4, 14, 14; negative: 6, 5, 2, 2, 16
    expected = (0 + 0 + 3 + 13 + 0) / 5
    assert batch_hard_triplet_loss(line, labels, margin=1.0).item() == pytest.approx(expected)


@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [0, 1, 2, 3]], ids=["no negative", "no positive"])
def test_batch_hard_without_a_valid_anchor_is_a_differentiable_zero(labels):
    z = points(4, 3).requires_grad_()
    loss = batch_hard_triplet_loss(z, torch.tensor(labels))
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(z.grad, torch.zeros_like(z))


def test_a_collapsed_batch_costs_exactly_the_margin():
    z = torch.ones(8, 3, dtype=torch.float64, requires_grad=True)
    loss = batch_hard_triplet_loss(z, LABELS, MARGIN)
    loss.backward()
    assert loss.item() == pytest.approx(MARGIN)
    assert z.grad.isfinite().all()


def test_gradients_agree_with_finite_differences():
    z1, z2, z3 = (points(8, 3, seed=seed).requires_grad_() for seed in range(3))
    assert gradcheck(lambda a, b: contrastive_margin_loss(a, b, SAME, MARGIN), (z1, z2))
    assert gradcheck(lambda a, p, n: triplet_loss(a, p, n, MARGIN), (z1, z2, z3))
    assert gradcheck(lambda z: batch_hard_triplet_loss(z, LABELS, MARGIN), z1)


def test_gradients_pull_push_and_leave_alone():
    z1 = torch.zeros(3, 2, dtype=torch.float64)
    z2 = torch.tensor([[2.0, 0.0], [0.5, 0.0], [9.0, 0.0]], dtype=torch.float64)
    z2.requires_grad_()
    loss = contrastive_margin_loss(z1, z2, torch.tensor([1, 0, 0]), margin=1.0)
    loss.backward()
    # d/dx of x^2 at 2, of (1 - x)^2 at 0.5, and of nothing; a mean over 3 pairs.
    torch.testing.assert_close(z2.grad[:, 0], torch.tensor([4.0, -1.0, 0.0]).double() / 3)


def test_equal_embeddings_have_finite_gradients():
    z = points(8, 3).requires_grad_()
    contrastive_margin_loss(z, z.detach().clone(), SAME).backward()
    assert z.grad.isfinite().all()
    z = points(8, 3).requires_grad_()
    triplet_loss(z, z.detach().clone(), z.detach().clone()).backward()
    assert z.grad.isfinite().all()


@few
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_losses_ignore_rotation_shift_and_order_but_not_scale(seed, d):
    z1, z2, z3 = (points(8, d, seed=3 * seed + i) for i in range(3))
    rotation, _ = torch.linalg.qr(points(d, d, seed=seed + 1, spread=1.0))
    order = torch.randperm(8, generator=torch.Generator().manual_seed(seed))

    def losses(a, b, c, same=SAME, labels=LABELS):
        return torch.stack(
            [
                contrastive_margin_loss(a, b, same, MARGIN),
                triplet_loss(a, b, c, MARGIN),
                batch_hard_triplet_loss(a, labels, MARGIN),
            ]
        )

    expected = losses(z1, z2, z3)
    moved = losses(*(z @ rotation + 2 for z in (z1, z2, z3)))
    torch.testing.assert_close(moved, expected, rtol=1e-9, atol=1e-9)
    shuffled = losses(z1[order], z2[order], z3[order], SAME[order], LABELS[order])
    torch.testing.assert_close(shuffled, expected)
    assert (losses(3 * z1, 3 * z2, 3 * z3) - expected).abs().max() > 1e-3


@pytest.mark.parametrize(
    ("dtype", "rel"), [(torch.float32, 1e-5), (torch.float16, 1e-2), (torch.bfloat16, 5e-2)]
)
def test_lower_precision_is_close_and_keeps_its_dtype(dtype, rel):
    z1, z2, z3 = (points(8, 4, seed=seed, dtype=dtype) for seed in range(3))
    pairs = [
        (contrastive_margin_loss(z1, z2, SAME, MARGIN), contrastive_by_hand(z1, z2, SAME, MARGIN)),
        (triplet_loss(z1, z2, z3, MARGIN), triplet_by_hand(z1, z2, z3, MARGIN)),
        (batch_hard_triplet_loss(z1, LABELS, MARGIN), batch_hard_by_hand(z1, LABELS, MARGIN)),
    ]
    for loss, by_hand in pairs:
        assert loss.dtype == dtype
        assert loss.item() == pytest.approx(by_hand, rel=rel)


def test_inputs_are_left_as_they_were():
    z1, z2, same, labels = points(8, 3), points(8, 3, seed=1), SAME.clone(), LABELS.clone()
    copies = z1.clone(), z2.clone()
    contrastive_margin_loss(z1, z2, same), triplet_loss(z1, z2, z1)
    batch_hard_triplet_loss(z1, labels), make_pairs(labels, None)
    assert torch.equal(z1, copies[0]) and torch.equal(z2, copies[1])
    assert torch.equal(same, SAME) and torch.equal(labels, LABELS)


# ---- pairs


def drawn(labels, seed=0):
    return make_pairs(labels, torch.Generator().manual_seed(seed))


@few
@given(st.lists(st.integers(0, 4), min_size=2, max_size=30), st.integers(0, 1000))
def test_every_pair_keeps_its_promises(labels, seed):
    labels = torch.tensor(labels)
    index_a, index_b, same = drawn(labels, seed)
    assert index_a.dtype == index_b.dtype == torch.long and same.dtype == torch.bool
    assert sorted(index_a.tolist()) == list(range(len(labels)))
    assert len(index_b) == len(same) == len(labels)
    assert (index_a != index_b).all()
    assert torch.equal(same, labels[index_a] == labels[index_b])


@pytest.mark.parametrize("classes", [2, 3, 10, 100])
def test_half_of_the_pairs_are_of_one_class(classes):
    labels = torch.arange(2000) % classes
    _, _, same = drawn(labels)
    # A fair coin thrown 2,000 times is off by more than 0.05 once in 100,000 seeds.
    assert same.double().mean().item() == pytest.approx(0.5, abs=0.05)


def test_every_allowed_partner_is_equally_likely():
    labels, draws = torch.tensor([0, 0, 0, 1, 1, 2]), 3000
    generator = torch.Generator().manual_seed(0)
    partners = torch.stack([make_pairs(labels, generator)[1] for _ in range(draws)])
    share = torch.stack([(partners == j).double().mean(0) for j in range(6)], 1)
    quarter, sixth, fifth = 1 / 4, 1 / 6, 1 / 5
    expected = [
        [0, quarter, quarter, sixth, sixth, sixth],
        [quarter, 0, quarter, sixth, sixth, sixth],
        [quarter, quarter, 0, sixth, sixth, sixth],
        [1 / 8, 1 / 8, 1 / 8, 0, 1 / 2, 1 / 8],
        [1 / 8, 1 / 8, 1 / 8, 1 / 2, 0, 1 / 8],
        [fifth, fifth, fifth, fifth, fifth, 0],  # alone in its class: never "same"
    ]
    torch.testing.assert_close(share, torch.tensor(expected).double(), rtol=0, atol=0.04)


def test_data_of_one_class_gives_only_same_pairs():
    _, _, same = drawn(torch.full((9,), 4))
    assert same.all()


def test_data_without_two_of_a_class_gives_only_different_pairs():
    _, _, same = drawn(torch.arange(9))
    assert not same.any()


def test_pairs_come_from_the_generator_alone():
    labels = torch.arange(50) % 5
    torch.manual_seed(1)
    first = drawn(labels, seed=3)
    torch.manual_seed(2)
    again, other = drawn(labels, seed=3), drawn(labels, seed=4)
    assert all(torch.equal(x, y) for x, y in zip(first, again, strict=True))
    assert not torch.equal(first[1], other[1])


Z, L = torch.ones(4, 3), torch.tensor([0, 1, 0, 1])


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: make_pairs(L[:1], None), ValueError, r"labels: .*at least 2 samples, got 1"),
        (lambda: make_pairs(L[:0], None), ValueError, r"labels: .*at least 2 samples, got 0"),
        (lambda: make_pairs(L.float(), None), TypeError, r"labels: .*torch.float32"),
        (lambda: make_pairs([0, 1], None), TypeError, r"labels: .*got list"),
        (lambda: make_pairs(L[None], None), ValueError, r"labels: .*got \[1, 4\]"),
        (lambda: make_pairs(L, 0), TypeError, r"generator: .*got int"),
        (lambda: contrastive_margin_loss(Z, Z[:2], L), ValueError, r"z1 \[4, 3\], z2 \[2, 3\]"),
        (lambda: contrastive_margin_loss(Z.int(), Z, L), TypeError, r"z1: .*torch.int32"),
        (
            lambda: contrastive_margin_loss(Z, Z, L[:, None]),
            ValueError,
            r"same: .*\[4\], got \[4, 1\]",
        ),
        (lambda: contrastive_margin_loss(Z, Z, [1, 0, 1, 0]), ValueError, r"same: .*got list"),
        (lambda: contrastive_margin_loss(Z, Z, L, margin=0), ValueError, r"margin: .*got 0"),
        (lambda: triplet_loss(Z, Z, Z[:, :2]), ValueError, r"negative \[4, 2\]"),
        (lambda: triplet_loss(Z, None, Z), TypeError, r"positive: .*got NoneType"),
        (lambda: triplet_loss(Z, Z, Z, margin=-1.0), ValueError, r"margin: .*got -1.0"),
        (lambda: batch_hard_triplet_loss(Z[0], L), ValueError, r"z: .*got \[3\]"),
        (lambda: batch_hard_triplet_loss(Z, L[:3]), ValueError, r"labels: expected shape \[4\]"),
        (lambda: batch_hard_triplet_loss(Z, L, margin=0.0), ValueError, r"margin: .*got 0.0"),
    ],
)
def test_an_error_names_the_argument_and_what_was_given(call, error, says):
    with pytest.raises(error, match=says):
        call()
