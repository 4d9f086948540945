"""Similarity and neighbours against loops over Python floats, closed forms and scikit-learn."""

import math
from collections import Counter

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier
from torch.autograd import gradcheck
from torch.nn import functional as F

from contrastive_ref import (
    cosine_similarity_matrix,
    knn_classify,
    l2_normalize,
    squared_distance_matrix,
    top_k_neighbours,
)

# The same examples in every run: a failure can be repeated.
few = settings(derandomize=True, deadline=None, max_examples=25)
seeds, sizes = st.integers(0, 10_000), st.integers(1, 9)


def rows(n, d, seed=0, dtype=torch.float64):
    """Random rows whose norms differ by more than a factor of 10: "not normalised" shows."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, d, generator=generator, dtype=torch.float64)
    return (x * torch.logspace(-0.6, 0.6, n, dtype=torch.float64)[:, None]).to(dtype)


def cosine_by_hand(u, v):
    dot = sum(x * y for x, y in zip(u, v, strict=True))
    return dot / math.sqrt(sum(x * x for x in u)) / math.sqrt(sum(y * y for y in v))


def cosines_by_hand(a, b):
    return torch.tensor(
        [[cosine_by_hand(u, v) for v in b.tolist()] for u in a.tolist()], dtype=torch.float64
    )


# N = D is where a missing keepdim or a wrong axis goes unnoticed, N != D where it fails.
@pytest.mark.parametrize(("n", "m", "d"), [(1, 1, 1), (5, 3, 4), (4, 4, 4), (3, 7, 5)])
def test_cosines_are_those_of_a_loop(n, m, d):
    a, b = rows(n, d), rows(m, d, seed=1)
    torch.testing.assert_close(cosine_similarity_matrix(a, b), cosines_by_hand(a, b))


@pytest.mark.parametrize(("n", "m", "d"), [(1, 1, 1), (5, 3, 4), (4, 4, 4), (3, 7, 5)])
def test_squared_distances_are_those_of_a_loop(n, m, d):
    a, b = rows(n, d), rows(m, d, seed=1)
    by_hand = [[math.dist(u, v) ** 2 for v in b.tolist()] for u in a.tolist()]
    torch.testing.assert_close(
        squared_distance_matrix(a, b), torch.tensor(by_hand, dtype=torch.float64)
    )


def test_normalised_rows_have_length_one_and_their_old_direction():
    x = rows(6, 3)
    unit = l2_normalize(x)
    torch.testing.assert_close(unit.square().sum(1), torch.ones(6, dtype=torch.float64))
    torch.testing.assert_close(unit * x.norm(dim=1, keepdim=True), x)


def test_closed_forms():
    plane = torch.tensor([[3.0, 0.0], [0.0, 0.2], [-5.0, 0.0], [1.0, 1.0]], dtype=torch.float64)
    half = math.sqrt(0.5)
    expected = torch.tensor([[1, 0, -1, half]], dtype=torch.float64)
    torch.testing.assert_close(cosine_similarity_matrix(plane[:1], plane), expected)
    expected = torch.tensor([[0, 9.04, 64, 5]], dtype=torch.float64)
    torch.testing.assert_close(squared_distance_matrix(plane[:1], plane), expected)


def test_on_unit_rows_the_squared_distance_is_two_minus_two_cosines():
    a, b = rows(5, 4), rows(6, 4, seed=1)
    torch.testing.assert_close(
        squared_distance_matrix(l2_normalize(a), l2_normalize(b)), 2 - 2 * cosines_by_hand(a, b)
    )


@few
@given(seeds, sizes, sizes, st.floats(1e-3, 1e3))
def test_cosine_ignores_scale_and_rotation(seed, n, d, scale):
    a, b = rows(n, d, seed), rows(n + 1, d, seed + 1)
    rotation, _ = torch.linalg.qr(rows(d, d, seed + 2))
    expected = cosine_similarity_matrix(a, b)
    torch.testing.assert_close(cosine_similarity_matrix(scale * a, b), expected)
    torch.testing.assert_close(cosine_similarity_matrix(a @ rotation, b @ rotation), expected)
    assert expected.abs().max() <= 1 + 1e-12


@few
@given(seeds, sizes, sizes)
def test_squared_distance_ignores_rotation_and_shift(seed, n, d):
    a, b = rows(n, d, seed), rows(n + 1, d, seed + 1)
    rotation, _ = torch.linalg.qr(rows(d, d, seed + 2))
    moved = squared_distance_matrix(a @ rotation + 3, b @ rotation + 3)
    torch.testing.assert_close(moved, squared_distance_matrix(a, b), rtol=1e-6, atol=1e-9)


@few
@given(seeds, st.integers(2, 9), sizes)
def test_rows_are_independent_of_their_order(seed, n, d):
    a, b = rows(n, d, seed), rows(n, d, seed + 1)
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    for matrix in (cosine_similarity_matrix, squared_distance_matrix):
        torch.testing.assert_close(matrix(a[order], b), matrix(a, b)[order])
        torch.testing.assert_close(matrix(a, b[order]), matrix(a, b)[:, order])


def test_a_distance_is_never_negative_where_rounding_would_make_it():
    x = 1e3 + torch.rand(200, 64, generator=torch.Generator().manual_seed(0))
    unclamped = (x * x).sum(1)[:, None] + (x * x).sum(1)[None] - 2 * x @ x.T
    assert unclamped.min() < 0, "this data does not tell a clamp from none"
    assert squared_distance_matrix(x, x).min() >= 0


def test_gradients_agree_with_finite_differences():
    a, b = rows(4, 3).requires_grad_(), rows(5, 3, seed=1).requires_grad_()
    assert gradcheck(l2_normalize, a)
    assert gradcheck(cosine_similarity_matrix, (a, b))
    assert gradcheck(squared_distance_matrix, (a, b))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_a_zero_row_stays_zero_with_a_finite_gradient(dtype):
    x = rows(3, 4, dtype=dtype)
    x[1] = 0
    x.requires_grad_()
    unit = l2_normalize(x)
    assert unit.dtype == dtype
    assert torch.equal(unit[1], torch.zeros(4, dtype=dtype))
    assert cosine_similarity_matrix(x, x).isfinite().all()
    if dtype in (torch.float64, torch.float32):
        unit.sum().backward()
        assert x.grad.isfinite().all()


@pytest.mark.parametrize(("dtype", "atol"), [(torch.float16, 4e-3), (torch.bfloat16, 3e-2)])
def test_half_precision_is_close(dtype, atol):
    a, b = rows(6, 5, dtype=dtype), rows(4, 5, seed=1, dtype=dtype)
    cosine = cosine_similarity_matrix(a, b)
    assert cosine.dtype == dtype
    torch.testing.assert_close(cosine.double(), cosines_by_hand(a, b), rtol=0, atol=atol)


def test_float32_survives_very_long_and_very_short_rows():
    x = rows(5, 8, dtype=torch.float32)
    expected = cosines_by_hand(x, x)
    for scale in (1e-6, 1e12):
        got = cosine_similarity_matrix(x * scale, x).double()
        torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("k", [1, 3, 7])
def test_neighbours_are_those_of_a_sort(k):
    queries, keys = rows(5, 4), rows(7, 4, seed=1)
    cosines = cosines_by_hand(queries, keys).tolist()
    by_hand = [sorted(range(7), key=lambda j: -row[j])[:k] for row in cosines]
    assert top_k_neighbours(queries, keys, k).tolist() == by_hand


def test_neighbours_go_by_angle_not_by_length_or_distance():
    query = torch.tensor([[1.0, 0.0]])
    keys = torch.tensor([[0.1, 0.0], [9.0, 9.0], [-1.0, 0.0], [0.9, 0.3]])
    neighbours = top_k_neighbours(query, keys, 4)
    assert neighbours.tolist() == [[0, 3, 1, 2]]
    assert neighbours.dtype == torch.long


def votes_by_hand(train_x, train_y, test_x, k, temperature):
    winners = []
    for row in cosines_by_hand(test_x, train_x).tolist():
        votes = Counter()
        for j in sorted(range(len(row)), key=lambda j: -row[j])[:k]:
            votes[train_y[j].item()] += math.exp(row[j] / temperature)
        winners.append(votes.most_common(1)[0][0])
    return winners


@pytest.mark.parametrize("temperature", [0.1, 0.7, 5.0])
def test_knn_vote_is_that_of_a_loop(temperature):
    train_x, test_x = rows(60, 3), rows(40, 3, seed=1)
    train_y = torch.randint(4, (60,), generator=torch.Generator().manual_seed(2))
    got = knn_classify(train_x, train_y, test_x, k=9, temperature=temperature)
    assert got.dtype == torch.long
    assert got.tolist() == votes_by_hand(train_x, train_y, test_x, 9, temperature)


def test_with_a_huge_temperature_every_neighbour_has_one_vote_as_in_scikit_learn():
    train_x, test_x = rows(80, 4), rows(50, 4, seed=1)
    # Two classes and an odd k: no ties, whose winner nobody has defined.
    train_y = (train_x[:, 0] + 0.5 * train_x[:, 1] > 0).long()
    peer = KNeighborsClassifier(n_neighbors=7, metric="cosine").fit(
        train_x.numpy(), train_y.numpy()
    )
    got = knn_classify(train_x, train_y, test_x, k=7, temperature=1e6)
    assert got.tolist() == peer.predict(test_x.numpy()).tolist()


def test_a_small_temperature_lets_the_nearest_outvote_the_majority():
    train_x = torch.tensor([[1.0, 0.0], [1.0, 1.0], [1.0, -1.0]])
    train_y = torch.tensor([3, 0, 0])
    query = torch.tensor([[1.0, 0.01]])
    assert knn_classify(train_x, train_y, query, k=3, temperature=0.1).item() == 3
    assert knn_classify(train_x, train_y, query, k=3, temperature=10.0).item() == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_knn_does_not_overflow_at_a_tiny_temperature(dtype):
    angles = torch.tensor([0.0, 0.3, 1.5, 1.8])
    x = torch.stack([angles.cos(), angles.sin()], 1).to(dtype)
    y = torch.tensor([1, 1, 0, 0])
    assert knn_classify(x, y, x, k=2, temperature=0.001).tolist() == [1, 1, 0, 0]


def test_inputs_are_left_as_they_were():
    a, b, y = rows(5, 3), rows(6, 3, seed=1), torch.arange(5) % 2
    copies = a.clone(), b.clone()
    l2_normalize(a), cosine_similarity_matrix(a, b), squared_distance_matrix(a, b)
    top_k_neighbours(a, b, 2), knn_classify(a, y, b, k=2)
    assert torch.equal(a, copies[0]) and torch.equal(b, copies[1])


def test_cosine_agrees_with_torch_on_pairs():
    a, b = rows(6, 5), rows(6, 5, seed=1)
    torch.testing.assert_close(cosine_similarity_matrix(a, b).diag(), F.cosine_similarity(a, b))


X, Y = torch.ones(4, 3), torch.tensor([0, 1, 0, 1])


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: l2_normalize([[1.0]]), TypeError, r"x: .*got list"),
        (lambda: l2_normalize(X.long()), TypeError, r"x: .*got dtype torch.int64"),
        (lambda: l2_normalize(X[0]), ValueError, r"x: expected shape \[N, D\], got \[3\]"),
        (lambda: l2_normalize(X, eps=0), ValueError, r"eps: .*above 0, got 0"),
        (lambda: cosine_similarity_matrix(X, X[None]), ValueError, r"b: .*got \[1, 4, 3\]"),
        (
            lambda: cosine_similarity_matrix(X, X[:, :2]),
            ValueError,
            r"columns, but a has 3, b has 2",
        ),
        (lambda: squared_distance_matrix(X.int(), X), TypeError, r"a: .*got dtype torch.int32"),
        (lambda: squared_distance_matrix(X, X[:, :2]), ValueError, r"a has 3, b has 2"),
        (lambda: top_k_neighbours(X, X, 0), ValueError, r"k: expected 1 to 4 .*keys.*, got 0"),
        (lambda: top_k_neighbours(X, X, 5), ValueError, r"k: expected 1 to 4 .*keys.*, got 5"),
        (lambda: top_k_neighbours(X, X, 2.0), TypeError, r"k: expected a whole number, got 2.0"),
        (lambda: knn_classify(X, Y.float(), X, k=2), TypeError, r"train_y: .*torch.float32"),
        (lambda: knn_classify(X, Y[:3], X, k=2), ValueError, r"train_y: expected shape \[4\], got"),
        (lambda: knn_classify(X, Y, X[0], k=2), ValueError, r"test_x: .*got \[3\]"),
        (lambda: knn_classify(X, Y, X), ValueError, r"k: expected 1 to 4 .*, got 20"),
        (lambda: knn_classify(X, Y, X, k=2, temperature=0), ValueError, r"temperature: .*got 0"),
        (lambda: knn_classify(X, Y - 1, X, k=2), ValueError, r"train_y: .*from 0, got -1"),
    ],
)
def test_an_error_names_the_argument_and_what_was_given(call, error, says):
    with pytest.raises(error, match=says):
        call()
