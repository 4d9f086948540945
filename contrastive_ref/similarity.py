"""Cosine similarity, distances and nearest neighbours: what every later module is built on.

Shapes: N queries or samples, M keys, D dimensions. Cosines are in [-1, 1] and have no unit;
squared distances are in the squared unit of the inputs.
"""

from __future__ import annotations

import torch
from torch import Tensor

from contrastive_ref import _validate


def l2_normalize(x: Tensor, eps: float = 1e-12) -> Tensor:
    r"""Scale every row to unit length: $\hat x_i = x_i / \max(\lVert x_i\rVert, \epsilon)$.

    Args:
        x: [N, D] float.
        eps: smallest length that is divided by, so that a zero row stays zero.

    Returns:
        [N, D], same dtype and device; rows of length 1, or 0 where the row was 0.

    Raises:
        TypeError, ValueError: `x` is not a float matrix, or `eps` is not above 0.
    """
    x = _validate.matrix("x", x)
    length = torch.linalg.vector_norm(x, dim=1, keepdim=True)
    # float16 rounds 1e-12 to 0, and 0 / 0 would be NaN: never go below the dtype's own tiny.
    smallest = max(_validate.positive("eps", eps), torch.finfo(x.dtype).tiny)
    return x / length.clamp_min(smallest)


def cosine_similarity_matrix(a: Tensor, b: Tensor) -> Tensor:
    r"""All cosines between the rows of two matrices: $S_{ij} = \hat a_i^\top \hat b_j$.

    Args:
        a: [N, D] float. b: [M, D] float. Rows are normalised here.

    Returns:
        [N, M], in [-1, 1] up to rounding.

    Raises:
        TypeError, ValueError: not float matrices with the same number of columns.
    """
    a, b = _validate.matrix("a", a), _validate.matrix("b", b)
    _validate.same_columns(a=a, b=b)
    return l2_normalize(a) @ l2_normalize(b).T


def squared_distance_matrix(a: Tensor, b: Tensor) -> Tensor:
    r"""All squared Euclidean distances between the rows of two matrices.

    $$D_{ij} = \lVert a_i - b_j\rVert^2 = \lVert a_i\rVert^2 + \lVert b_j\rVert^2 - 2a_i^\top b_j$$

    For unit rows this is $2 - 2\cos$. Rounding can make the difference of nearly equal numbers
    slightly negative, and a square root taken later NaN; the result is therefore clamped at 0.

    Args:
        a: [N, D] float. b: [M, D] float. Used as they are, not normalised.

    Returns:
        [N, M], never negative.

    Raises:
        TypeError, ValueError: not float matrices with the same number of columns.
    """
    a, b = _validate.matrix("a", a), _validate.matrix("b", b)
    _validate.same_columns(a=a, b=b)
    squared_norms = (a * a).sum(1)[:, None] + (b * b).sum(1)[None, :]
    return (squared_norms - 2 * a @ b.T).clamp_min(0)


def top_k_neighbours(queries: Tensor, keys: Tensor, k: int) -> Tensor:
    """For every query, the positions of the `k` keys of largest cosine, best first.

    Args:
        queries: [N, D] float. keys: [M, D] float. Rows are normalised here.
        k: 1 to M.

    Returns:
        LongTensor [N, k] of positions in `keys`. The order of exact ties is not defined.

    Raises:
        TypeError, ValueError: wrong shapes or dtypes, or `k` not in 1..M.
    """
    similarity = cosine_similarity_matrix(queries, keys)
    _validate.count("k", k, at_most=len(keys), of_what="the number of keys")
    return similarity.topk(k, dim=1).indices


def knn_classify(
    train_x: Tensor, train_y: Tensor, test_x: Tensor, k: int = 20, temperature: float = 0.1
) -> Tensor:
    r"""Weighted vote of the k nearest neighbours: the class with the largest sum of weights wins.

    $$v_c = \sum_{j \in \mathrm{kNN}} [y_j = c]\, e^{\cos_j/\tau}$$

    The usual way to look at an embedding without training anything on it (Wu et al. 2018,
    "Unsupervised feature learning via non-parametric instance discrimination", section 3.4).

    Args:
        train_x: [N, D] float. train_y: [N] integer classes from 0. test_x: [M, D] float.
        k: neighbours that vote, 1 to N. temperature: above 0; smaller trusts the nearest more.

    Returns:
        LongTensor [M], the class with the largest vote.

    Raises:
        TypeError, ValueError: wrong shapes or dtypes, a negative class, `k` not in 1..N,
            `temperature` not above 0.
    """
    train_x, test_x = _validate.matrix("train_x", train_x), _validate.matrix("test_x", test_x)
    train_y = _validate.vector_of_labels("train_y", train_y, length=len(train_x)).long()
    if len(train_y) and train_y.min() < 0:
        raise ValueError(f"train_y: expected classes from 0, got {train_y.min().item()}")
    _validate.positive("temperature", temperature)
    neighbours = top_k_neighbours(test_x, train_x, k)
    cosines = cosine_similarity_matrix(test_x, train_x).gather(1, neighbours)
    # A softmax gives the same winner as exp(cos / temperature) and cannot overflow.
    weights = torch.softmax(cosines / temperature, dim=1)
    votes = weights.new_zeros(len(test_x), int(train_y.max()) + 1)
    return votes.scatter_add_(1, train_y[neighbours], weights).argmax(1)
