"""Losses with a margin: pairs (Hadsell et al. 2006), triplets, and the hardest triplets of a batch.

All distances are Euclidean and the embeddings are used as they are: whether to normalise them, and
so which margin makes sense (unit vectors are never further apart than 2), is the caller's choice.
"""

from __future__ import annotations

import torch
from torch import Tensor

from contrastive_ref import _validate


def make_pairs(labels: Tensor, generator: torch.Generator | None) -> tuple[Tensor, Tensor, Tensor]:
    """Draw one partner for every sample, of the same class with probability one half.

    A sample whose class has no other member gets a partner of another class; data of one class
    gives only same pairs. A sample is never its own partner.

    Args:
        labels: [N] integer, N >= 2, any number of classes.
        generator: source of all randomness.

    Returns:
        (index_a, index_b, same): LongTensor [N] with each sample once, LongTensor [N] with the
        partners, bool [N], true where both are of one class.

    Raises:
        TypeError, ValueError: not an integer vector, or fewer than two samples.
    """
    labels = _validate.vector_of_labels("labels", labels)
    _validate.generator_or_none("generator", generator)
    n, device = len(labels), labels.device
    if n < 2:
        raise ValueError(f"labels: a pair needs at least 2 samples, got {n}")
    equal = labels[:, None] == labels[None, :]
    itself = torch.eye(n, dtype=torch.bool, device=device)
    partners_same, partners_other = equal & ~itself, ~equal

    heads = torch.rand(n, generator=generator, device=device) < 0.5
    same = torch.where(heads, partners_same.any(1), ~partners_other.any(1))
    allowed = torch.where(same[:, None], partners_same, partners_other)
    index_b = torch.multinomial(allowed.float(), 1, generator=generator).squeeze(1)
    return torch.arange(n, device=device), index_b, same


def contrastive_margin_loss(z1: Tensor, z2: Tensor, same: Tensor, margin: float = 1.0) -> Tensor:
    r"""Pull equal pairs together, push different pairs apart until they are `margin` away.

    $$\frac1N \sum_i s_i\, d_i^2 + (1 - s_i) \max(0, m - d_i)^2,
      \qquad d_i = \lVert z_{1i} - z_{2i}\rVert$$

    Hadsell, Chopra, LeCun 2006, "Dimensionality reduction by learning an invariant mapping", eq. 4;
    there Y = 0 means similar, and both terms carry a factor 1/2.

    Args:
        z1, z2: [N, D] float; row i of both is one pair. Not normalised here.
        same: [N] bool, or 0/1 of any number type; 1 means the same class.
        margin: distance beyond which a different pair is left alone, above 0.

    Returns:
        Scalar, mean over the N pairs.

    Raises:
        TypeError, ValueError: wrong shapes or dtypes, `margin` not above 0.
    """
    z1, z2 = _validate.matrix("z1", z1), _validate.matrix("z2", z2)
    _validate.same_shape(z1=z1, z2=z2)
    if not isinstance(same, Tensor) or same.shape != z1.shape[:1]:
        given = list(same.shape) if isinstance(same, Tensor) else type(same).__name__
        raise ValueError(f"same: expected a tensor of shape [{len(z1)}], got {given}")
    _validate.positive("margin", margin)
    same = same.to(z1.dtype)
    # .norm has the subgradient 0 at distance 0; a square root written out would give NaN.
    distance = (z1 - z2).norm(dim=1)
    attraction = distance.square()
    repulsion = (margin - distance).clamp_min(0).square()
    return (same * attraction + (1 - same) * repulsion).mean()


def triplet_loss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0) -> Tensor:
    r"""The positive has to be closer than the negative, by `margin`.

    $$\frac1N \sum_i \max(0,\; d(a_i, p_i) - d(a_i, n_i) + m)$$

    Euclidean distances, as in Weinberger & Saul 2009 and `torch.nn.functional.triplet_margin_loss`
    (which adds 1e-6 to every coordinate). FaceNet (Schroff et al. 2015, eq. 3) uses squared ones.

    Args:
        anchor, positive, negative: [N, D] float; row i of the three is one triplet.
        margin: above 0.

    Returns:
        Scalar, mean over all N triplets, the solved ones included.

    Raises:
        TypeError, ValueError: wrong shapes or dtypes, `margin` not above 0.
    """
    anchor = _validate.matrix("anchor", anchor)
    positive, negative = (
        _validate.matrix("positive", positive),
        _validate.matrix("negative", negative),
    )
    _validate.same_shape(anchor=anchor, positive=positive, negative=negative)
    _validate.positive("margin", margin)
    to_positive = (anchor - positive).norm(dim=1)
    to_negative = (anchor - negative).norm(dim=1)
    return (to_positive - to_negative + margin).clamp_min(0).mean()


def batch_hard_triplet_loss(z: Tensor, labels: Tensor, margin: float = 1.0) -> Tensor:
    r"""Triplets from one batch: for every anchor its farthest positive and its nearest negative.

    $$\frac{1}{|A|} \sum_{i \in A} \max\Bigl(0,\; m + \max_{p:\, y_p = y_i,\, p \ne i} d(z_i, z_p)
      - \min_{n:\, y_n \ne y_i} d(z_i, z_n)\Bigr)$$

    $A$ are the anchors that have both. Hermans, Beyer, Leibe 2017, "In defense of the triplet
    loss", eq. 5.

    Args:
        z: [N, D] float. labels: [N] integer. margin: above 0.

    Returns:
        Scalar, mean over A; 0 (with a gradient of 0) if A is empty.

    Raises:
        TypeError, ValueError: wrong shapes or dtypes, `margin` not above 0.
    """
    z = _validate.matrix("z", z)
    labels = _validate.vector_of_labels("labels", labels, length=len(z))
    _validate.positive("margin", margin)
    distance = (z[:, None] - z[None, :]).norm(dim=2)
    equal = labels[:, None] == labels[None, :]
    is_positive = equal & ~torch.eye(len(z), dtype=torch.bool, device=z.device)
    farthest_positive = distance.masked_fill(~is_positive, -torch.inf).amax(1)
    nearest_negative = distance.masked_fill(equal, torch.inf).amin(1)
    has_both = is_positive.any(1) & (~equal).any(1)
    if not has_both.any():
        return z.sum() * 0
    return (farthest_positive - nearest_negative + margin)[has_both].clamp_min(0).mean()
