"""Notebook 02: the margin loss for pairs, the triplet loss, and batch-hard mining."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from contrastive_ref.grading import judges
from contrastive_ref.grading.cases import (
    finite_gradient,
    gradient,
    manners,
    stable,
    unchanged,
    values,
)
from contrastive_ref.grading.exercise import Case, Exercise, Inputs, Misconception, Outcome, Verdict
from contrastive_ref.grading.inputs import labels, near, rows
from contrastive_ref.losses import margin as reference

Generator = torch.Generator
RTOL = 1e-4  # F.pairwise_distance and F.triplet_margin_loss add 1e-6 to every coordinate


def _spread(g: Generator, x: Tensor, nearest: float, farthest: float) -> Tensor:
    """A partner for every row of `x`, at distances from `nearest` to `farthest`."""
    return near(g, x, torch.linspace(nearest, farthest, len(x), dtype=torch.float64)[:, None])


def _turn(g: Generator, d: int) -> Tensor:
    return torch.linalg.qr(torch.randn(d, d, generator=g, dtype=torch.float64)).Q


# --- contrastive_margin_loss -------------------------------------------------------------------


def _pairs(n: int, d: int, margin: float | None, kind: str = "bool", longest: float = 2.0):
    """n pairs, their distances from 0.2 to 2.2; same and different ones at all distances.

    kind: "bool", "int" or "float" for mixed pairs, "all same", "all different".
    """

    def draw(g: Generator) -> Inputs:
        z1 = rows(g, n, d, 0.3, longest)
        z2 = _spread(g, z1, 0.2, 2.2)
        same = torch.arange(n) % 2 == int(torch.randint(2, (), generator=g))
        if kind.startswith("all"):
            same = torch.full((n,), kind == "all same")
        same = {"int": same.long(), "float": same.double()}.get(kind, same)
        inputs = {"z1": z1, "z2": z2, "same": same}
        return inputs if margin is None else {**inputs, "margin": margin}

    return draw


def _identical(same: bool):
    def draw(g: Generator) -> Inputs:
        z = rows(g, 4, 3)
        return {"z1": z, "z2": z.clone(), "same": torch.full((4,), same), "margin": 1.5}

    return draw


def _turned_pairs(g: Generator) -> Inputs:
    first = _pairs(7, 4, 1.3)(g)
    turn, shift = _turn(g, 4), torch.randn(4, generator=g, dtype=torch.float64)
    second = {**first, "z1": first["z1"] @ turn + shift, "z2": first["z2"] @ turn + shift}
    return {**first, **{f"{k}, turned": v for k, v in second.items()}}


def _swapped_pairs(g: Generator) -> Inputs:
    first = _pairs(7, 4, 1.3)(g)
    return {
        **first,
        "z2 first": first["z2"],
        "z1 second": first["z1"],
        "same again": first["same"],
        "margin again": first["margin"],
    }


def _pair_loss(terms: Callable, *, distance: Callable | None = None, reduce=Tensor.mean):
    """A wrong margin loss: `terms(d, same, margin)` per pair, then reduced."""

    def loss(z1, z2, same, margin=1.0):
        d = (distance or (lambda a, b: (a - b).norm(dim=1)))(z1, z2)
        return reduce(terms(d, same.to(d.dtype), margin))

    return loss


def _right_terms(d: Tensor, s: Tensor, m: float) -> Tensor:
    return s * d**2 + (1 - s) * (m - d).clamp_min(0) ** 2


def _two_means(z1, z2, same, margin=1.0):
    d, s = (z1 - z2).norm(dim=1), same.bool()
    return (d[s] ** 2).mean() + ((margin - d[~s]).clamp_min(0) ** 2).mean()


def _active_only(z1, z2, same, margin=1.0):
    d, s = (z1 - z2).norm(dim=1), same.bool()
    hinge = (margin - d[~s]).clamp_min(0)
    return d[s].mean() + hinge[hinge > 0].mean()


def _bool_minus(z1, z2, same, margin=1.0):
    d = (z1 - z2).norm(dim=1)
    return (same * d**2 + (1 - same) * (margin - d).clamp_min(0) ** 2).mean()


def _all_with_all(z1, z2, same, margin=1.0):
    d, s = (z1 - z2).norm(dim=1), same.to(z1.dtype)[:, None]
    return _right_terms(d, s, margin).mean()


MARGIN_MISTAKES = (
    Misconception(
        "labels_swapped",
        "when `same` and different are exchanged",
        "In your loss, same pairs are pushed apart. Many texts use y = 1 for *dis*similar pairs; "
        "here `same` is 1 for the same class.",
        _pair_loss(lambda d, s, m: _right_terms(d, 1 - s, m)),
    ),
    Misconception(
        "factor_one_half",
        "when everything is halved",
        "The paper has a factor ½ in front of both terms; ours has none.",
        _pair_loss(lambda d, s, m: _right_terms(d, s, m) / 2),
    ),
    Misconception(
        "margin_minus_squared_distance",
        "when the squared distance is subtracted from the margin",
        "Both are compared in the same unit: margin − distance first, the square afterwards.",
        _pair_loss(lambda d, s, m: s * d**2 + (1 - s) * (m - d**2).clamp_min(0)),
    ),
    Misconception(
        "squared_margin_minus_squared_distance",
        "from m² − d² where (m − d)² is meant",
        "Subtract first, cut off at 0, square last.",
        _pair_loss(lambda d, s, m: s * d**2 + (1 - s) * (m**2 - d**2).clamp_min(0)),
    ),
    Misconception(
        "hinge_not_squared",
        "when the second term is not squared",
        "Attraction grows with d²; repulsion with (m − d)². Which square is missing?",
        _pair_loss(lambda d, s, m: s * d**2 + (1 - s) * (m - d).clamp_min(0)),
    ),
    Misconception(
        "attraction_not_squared",
        "when the first term is not squared",
        "Same pairs pay d², not d.",
        _pair_loss(lambda d, s, m: s * d + (1 - s) * (m - d).clamp_min(0) ** 2),
    ),
    Misconception(
        "nothing_squared",
        "when neither term is squared",
        "Same pairs pay d², different pairs max(0, m − d)².",
        _pair_loss(lambda d, s, m: s * d + (1 - s) * (m - d).clamp_min(0)),
    ),
    Misconception(
        "no_cut_off",
        "without the cut-off at 0",
        "Which term should vanish for two different things that are already 10 apart? In yours, "
        "(m − d)² pulls them back together.",
        _pair_loss(lambda d, s, m: s * d**2 + (1 - s) * (m - d) ** 2),
    ),
    Misconception(
        "cut_off_the_wrong_side",
        "when the cut-off keeps the wrong side",
        "`clamp(max=0)` keeps what is negative: pairs beyond the margin pay, and close ones do "
        "not. It should be the other way round.",
        _pair_loss(lambda d, s, m: s * d**2 + (1 - s) * (m - d).clamp(max=0) ** 2),
    ),
    Misconception(
        "mean_over_features",
        "when the squared distance is a mean over the features",
        "A mean divides by D: the same margin means something else in every dimension. Sum the "
        "squares.",
        _pair_loss(_right_terms, distance=lambda a, b: (a - b).square().mean(1).sqrt()),
    ),
    Misconception(
        "everybody_with_everybody",
        "when [N] and [N, 1] are combined to [N, N]",
        "`same` (or the distance) has a dimension too many, and broadcasting pairs every label "
        "with every distance. Print the shape before the mean.",
        _all_with_all,
    ),
    Misconception(
        "two_means_added",
        "when the means of same and of different pairs are added",
        "One mean over all N pairs: divide both sums by the same N.",
        _two_means,
    ),
    Misconception(
        "average_over_active",
        "when only active pairs are averaged, unsquared",
        "That is one library's convention. Ours: squares, and the mean over all N pairs, the "
        "solved ones included.",
        _active_only,
    ),
    Misconception(
        "sum_instead_of_mean",
        "when the pairs are added up",
        "A sum grows with the batch, and with it the size of every step. Take the mean.",
        _pair_loss(_right_terms, reduce=Tensor.sum),
    ),
    Misconception(
        "no_reduction",
        "when one number per pair comes back",
        "`backward()` wants a single number. What do you do with N losses?",
        _pair_loss(_right_terms, reduce=lambda x: x),
    ),
    Misconception(
        "normalizes_inside",
        "when the embeddings are normalised first",
        "Here the raw Euclidean distance is asked for. Whether to normalise is the caller's "
        "choice, because it decides which margin makes sense.",
        _pair_loss(
            _right_terms,
            distance=lambda a, b: (F.normalize(a, dim=1) - F.normalize(b, dim=1)).norm(dim=1),
        ),
    ),
    Misconception(
        "cosine_distance",
        "from 1 − cos where the Euclidean distance is meant",
        "The margin is a length. Use the length of z1 − z2.",
        _pair_loss(_right_terms, distance=lambda a, b: 1 - F.cosine_similarity(a, b)),
    ),
    Misconception(
        "manhattan_distance",
        "when absolute differences are added up",
        "That is the L1 distance. Euclid: the root of the sum of squares.",
        _pair_loss(_right_terms, distance=lambda a, b: (a - b).abs().sum(1)),
    ),
    Misconception(
        "squared_distance_as_distance",
        "when the square root is forgotten",
        "What you call the distance is its square already.",
        _pair_loss(_right_terms, distance=lambda a, b: (a - b).square().sum(1)),
    ),
    Misconception(
        "margin_ignored",
        "when the margin is always 1",
        "Your result does not change with `margin`.",
        _pair_loss(lambda d, s, m: _right_terms(d, s, 1.0)),
    ),
    Misconception(
        "bool_minus",
        "when 1 is subtracted from, or by, a bool tensor",
        "`1 - same` is an error for bool. `~same`, or `same.to(z1.dtype)` first.",
        _bool_minus,
    ),
    Misconception(
        "nan_gradient_at_zero",
        "when a square root is asked for its slope at 0",
        "Two identical embeddings are at distance 0, and the derivative of √x there is infinite: "
        "one such pair makes all weights NaN. `.norm(dim=1)` knows about 0.",
        _pair_loss(_right_terms, distance=lambda a, b: (a - b).square().sum(1).sqrt()),
    ),
)

MARGIN_LOSS = Exercise(
    "contrastive_margin_loss",
    reference.contrastive_margin_loss,
    (
        values("8 pairs of 3 numbers, margin 0.8", _pairs(8, 3, 0.8), RTOL),
        values("5 pairs of 5 numbers, margin 2.5", _pairs(5, 5, 2.5), RTOL),
        values("7 pairs, margin left out", _pairs(7, 4, None), RTOL),
        values("same as 0 and 1, int", _pairs(9, 3, 1.3, "int"), RTOL),
        values("same as 0 and 1, float", _pairs(9, 3, 1.3, "float"), RTOL),
        values("only same pairs", _pairs(6, 3, 1.3, "all same"), RTOL),
        values("only different pairs", _pairs(6, 3, 1.3, "all different"), RTOL),
        values("1 pair", _pairs(1, 4, 0.9), RTOL),
        values("100 pairs of 17 numbers", _pairs(100, 17, 1.1), RTOL, hidden=True),
        gradient("through 8 pairs, margin 0.8", _pairs(8, 3, 0.8), 1e-3, 1e-6),
        gradient("through 5 pairs, margin 2.5", _pairs(5, 5, 2.5), 1e-3, 1e-6),
        unchanged("the same when everything is turned and moved", _turned_pairs, RTOL),
        unchanged("the same when z1 and z2 change places", _swapped_pairs, RTOL),
        finite_gradient("gradient for identical same pairs", _identical(True)),
        finite_gradient("gradient for identical different pairs", _identical(False)),
        stable("long embeddings", _pairs(6, 5, 1.0, longest=1e4), torch.float32, 2e-2),
        *manners(_pairs(6, 4, 1.2)),
    ),
    MARGIN_MISTAKES,
    (
        "Work with one number per pair: the distance d. What does a same pair pay, what a "
        "different one?",
        "Same pairs pay d². Different pairs pay (margin − d)², but only while d is below the "
        "margin.",
        "`same` may be bool: convert it to the dtype of z1, and use it as a switch between the two "
        "terms. One mean over all pairs.",
    ),
)

# --- triplet_loss ------------------------------------------------------------------------------


def _triplets(n: int, d: int, margin: float | None):
    def draw(g: Generator) -> Inputs:
        anchor = rows(g, n, d, 0.3, 2.0)
        positive = _spread(g, anchor, 0.3, 1.7)
        order = torch.randperm(n, generator=g)
        negative = anchor + _spread(g, torch.zeros_like(anchor), 0.4, 2.1)[order]
        inputs = {"anchor": anchor, "positive": positive, "negative": negative}
        return inputs if margin is None else {**inputs, "margin": margin}

    return draw


def _turned_triplets(g: Generator) -> Inputs:
    first = _triplets(7, 4, 0.6)(g)
    turn, shift = _turn(g, 4), torch.randn(4, generator=g, dtype=torch.float64)
    second = {k: v @ turn + shift if isinstance(v, Tensor) else v for k, v in first.items()}
    return {**first, **{f"{k}, turned": v for k, v in second.items()}}


def _euclid(a: Tensor, b: Tensor) -> Tensor:
    return (a - b).norm(dim=1)


def _triplet(terms: Callable, distance: Callable = _euclid, reduce: Callable = Tensor.mean):
    """A wrong triplet loss: `terms(d_positive, d_negative, margin)` per triplet, then reduced."""

    def loss(anchor, positive, negative, margin=1.0):
        return reduce(terms(distance(anchor, positive), distance(anchor, negative), margin))

    return loss


def _hinge(dp: Tensor, dn: Tensor, m: float) -> Tensor:
    return (dp - dn + m).clamp_min(0)


def _positive_to_negative(anchor, positive, negative, margin=1.0):
    return _hinge(_euclid(anchor, positive), _euclid(positive, negative), margin).mean()


TRIPLET_MISTAKES = (
    Misconception(
        "positive_and_negative_swapped",
        "when the negative is asked to be closer than the positive",
        "Who should be near the anchor? The loss is 0 when d(a, p) + margin is *below* d(a, n).",
        _triplet(lambda dp, dn, m: _hinge(dn, dp, m)),
    ),
    Misconception(
        "squared_distances",
        "with squared distances",
        "FaceNet squares them; ours are plain Euclidean distances.",
        _triplet(_hinge, lambda a, b: (a - b).square().sum(1)),
    ),
    Misconception(
        "margin_subtracted",
        "when the margin is subtracted",
        "A negative margin lets the positive be *farther* than the negative. It makes the task "
        "harder, so it is added.",
        _triplet(lambda dp, dn, m: _hinge(dp, dn, -m)),
    ),
    Misconception(
        "cut_off_after_the_mean",
        "when the mean is taken before the cut-off",
        "Easy triplets then pay for hard ones. Cut off every triplet at 0, average last.",
        _triplet(lambda dp, dn, m: dp - dn + m, reduce=lambda x: x.mean().clamp_min(0)),
    ),
    Misconception(
        "no_cut_off",
        "without the cut-off at 0",
        "A solved triplet should pay nothing; yours is paid for being far beyond the margin.",
        _triplet(lambda dp, dn, m: dp - dn + m),
    ),
    Misconception(
        "margin_outside_the_cut_off",
        "when the margin is added after the cut-off",
        "max(0, d(a,p) − d(a,n)) + m never falls below m, and nothing asks for a gap. The margin "
        "belongs inside.",
        _triplet(lambda dp, dn, m: (dp - dn).clamp_min(0) + m),
    ),
    Misconception(
        "average_over_active",
        "when only the unsolved triplets are averaged",
        "That is one library's convention. Ours is the mean over all N triplets.",
        _triplet(_hinge, reduce=lambda x: x.sum() / (x > 0).sum().clamp_min(1)),
    ),
    Misconception(
        "cosine_distance",
        "from 1 − cos where the Euclidean distance is meant",
        "The margin is a length. Use the length of the difference.",
        _triplet(_hinge, lambda a, b: 1 - F.cosine_similarity(a, b)),
    ),
    Misconception(
        "cosine_similarity_as_distance",
        "when a similarity is used as a distance",
        "A similarity is large for near things, a distance small: the comparison turns round.",
        _triplet(_hinge, lambda a, b: F.cosine_similarity(a, b)),
    ),
    Misconception(
        "normalizes_inside",
        "when the embeddings are normalised first",
        "Here the raw Euclidean distance is asked for; normalising is the caller's choice.",
        _triplet(_hinge, lambda a, b: _euclid(F.normalize(a, dim=1), F.normalize(b, dim=1))),
    ),
    Misconception(
        "positive_to_negative",
        "when the negative is compared with the positive instead of the anchor",
        "Both distances start at the anchor.",
        _positive_to_negative,
    ),
    Misconception(
        "mean_over_features",
        "when the squared distance is a mean over the features",
        "A mean divides by D, so the margin means something else in every dimension. Sum the "
        "squares.",
        _triplet(_hinge, lambda a, b: (a - b).square().mean(1).sqrt()),
    ),
    Misconception(
        "one_distance_for_all",
        "when one norm is taken over the whole batch",
        "Every triplet has two distances of its own: which `dim` does the norm run over?",
        _triplet(_hinge, lambda a, b: (a - b).norm()),
    ),
    Misconception(
        "hinge_squared",
        "when the hinge is squared",
        "The triplet loss is linear in the violation; the square belongs to the pair loss.",
        _triplet(lambda dp, dn, m: _hinge(dp, dn, m) ** 2),
    ),
    Misconception(
        "sum_instead_of_mean",
        "when the triplets are added up",
        "A sum grows with the batch, and with it the size of every step. Take the mean.",
        _triplet(_hinge, reduce=Tensor.sum),
    ),
    Misconception(
        "no_reduction",
        "when one number per triplet comes back",
        "`backward()` wants a single number. What do you do with N losses?",
        _triplet(_hinge, reduce=lambda x: x),
    ),
    Misconception(
        "margin_ignored",
        "when the margin is always 1",
        "Your result does not change with `margin`.",
        _triplet(lambda dp, dn, m: _hinge(dp, dn, 1.0)),
    ),
    Misconception(
        "margin_forgotten",
        "when the margin is left out",
        "Without it, a loss of 0 is reached when all embeddings are equal. How much closer should "
        "the positive be?",
        _triplet(lambda dp, dn, m: _hinge(dp, dn, 0.0)),
    ),
)

TRIPLET_LOSS = Exercise(
    "triplet_loss",
    reference.triplet_loss,
    (
        values("8 triplets of 3 numbers, margin 0.3", _triplets(8, 3, 0.3), RTOL),
        values("5 triplets of 5 numbers, margin 2", _triplets(5, 5, 2.0), RTOL),
        values("9 triplets, margin left out", _triplets(9, 4, None), RTOL),
        values("6 triplets, margin 0.05", _triplets(6, 2, 0.05), RTOL),
        values("100 triplets of 17 numbers", _triplets(100, 17, 0.5), RTOL, hidden=True),
        values("1 triplet", _triplets(1, 4, 0.9), RTOL, part="special"),
        gradient("through 8 triplets, margin 0.3", _triplets(8, 3, 0.3), 1e-3, 1e-6),
        gradient("through 5 triplets, margin 2", _triplets(5, 5, 2.0), 1e-3, 1e-6),
        unchanged("the same when everything is turned and moved", _turned_triplets, RTOL),
        *manners(_triplets(6, 4, 0.7)),
    ),
    TRIPLET_MISTAKES,
    (
        "One number per triplet: how much closer is the positive than the negative? Compare that "
        "with the margin.",
        "d(a, p) − d(a, n) + margin is 0 or below when a triplet is solved. What should such a "
        "triplet pay?",
        "Cut off at 0 for every triplet, then take the mean over all of them.",
    ),
)

# --- batch_hard_triplet_loss -------------------------------------------------------------------


def _batch(sizes: tuple[int, ...], d: int, margin: float | None, apart: float = 1.0):
    """Classes around centres `apart` from each other, with unit spread."""

    def draw(g: Generator) -> Inputs:
        y = labels(*sizes, generator=g)
        centres = apart * torch.randn(len(sizes), d, generator=g, dtype=torch.float64)
        z = centres[y] + torch.randn(len(y), d, generator=g, dtype=torch.float64) / d**0.5
        # Class numbers with gaps: they are names, not positions.
        inputs = {"z": z, "labels": 3 * y + 2}
        return inputs if margin is None else {**inputs, "margin": margin}

    return draw


def _turned_batch(g: Generator) -> Inputs:
    first = _batch((3, 4, 2), 4, 0.8)(g)
    order = torch.randperm(9, generator=g)
    z = (first["z"] @ _turn(g, 4))[order]
    return {
        **first,
        "z, turned": z,
        "labels, shuffled": first["labels"][order],
        "margin again": 0.8,
    }


def zero_with_gradient(student: Callable, inputs: Inputs) -> Mapping[str, object]:
    """The loss of a batch without any triplet, and what backward leaves in z (0 or nothing)."""
    z = inputs["z"].requires_grad_()
    loss = student(*inputs.values())
    if isinstance(loss, Tensor) and loss.requires_grad:
        loss.backward()
        left = torch.zeros_like(z) if z.grad is None else z.grad
        return {"result": loss, "gradient of z": left}
    return {"result": loss, "gradient of z": None}


def _is_zero(student: Outcome, expected: Outcome) -> Verdict:
    if (failure := judges.failed(student)) is not None:
        return failure
    if student.values.get("result is") != "tensor":
        return Verdict(False, f"expected a tensor, got {student.values.get('result is')}", "type")
    for name in ("result", "gradient of z"):
        got = student.values.get(name)
        if not isinstance(got, Tensor):
            return Verdict(False, "the 0 has no gradient: backward() fails", "no gradient")
        if not got.isfinite().all():
            return Verdict(False, f"expected 0, {name} holds NaN or infinity", "nan")
        if got.abs().max() > 1e-9 or (name == "result" and got.ndim):
            return Verdict(False, f"expected 0, got {judges.number(got.max().item())}", "number")
    return judges.FINE


def _distances(z: Tensor) -> Tensor:
    return (z[:, None] - z[None]).norm(dim=2)


def _masks(y: Tensor) -> tuple[Tensor, Tensor]:
    equal = y[:, None] == y[None]
    return equal & ~torch.eye(len(y), dtype=torch.bool, device=y.device), ~equal


def _mined(positive: Callable, negative: Callable, *, keep="both", distances=_distances,
           reduce=Tensor.mean, hinge=lambda x: x.clamp_min(0)):  # fmt: skip
    """A wrong batch-hard loss: how the positive and the negative of each anchor are found."""

    def loss(z, y, margin=1.0):
        d, (same, other) = distances(z), _masks(y)
        has_both = same.any(1) & other.any(1)
        if keep == "both" and not has_both.any():
            return z.sum() * 0
        terms = hinge(positive(d, same) - negative(d, other) + margin)
        return reduce(terms[has_both] if keep == "both" else terms)

    return loss


def _farthest(d: Tensor, mask: Tensor) -> Tensor:
    return d.masked_fill(~mask, -torch.inf).amax(1)


def _nearest(d: Tensor, mask: Tensor) -> Tensor:
    return d.masked_fill(~mask, torch.inf).amin(1)


def _mean_of(d: Tensor, mask: Tensor) -> Tensor:
    return (d * mask).sum(1) / mask.sum(1).clamp_min(1)


def _sqrt_by_hand(z: Tensor) -> Tensor:
    return (z[:, None] - z[None]).square().sum(2).sqrt()


def _one_by_one(z, y, margin=1.0):
    d, (same, other) = _distances(z), _masks(y)
    losses = [(d[i][same[i]].max() - d[i][other[i]].min() + margin) for i in range(len(y))]
    return torch.stack(losses).clamp_min(0).mean()


def _without_gradient(z, y, margin=1.0):
    with torch.no_grad():
        return _mined(_farthest, _nearest)(z, y, margin)


BATCH_HARD_MISTAKES = (
    Misconception(
        "minimum_finds_masked_zeros",
        "when the minimum finds the zeros that a mask has made",
        "`(d * mask).min()` sees 0 wherever the mask is 0, and 0 is the smallest distance there "
        "is. Put something *large* where a negative may not be.",
        _mined(_farthest, lambda d, m: (d * m).amin(1)),
    ),
    Misconception(
        "easiest_instead_of_hardest",
        "with the nearest positive and the farthest negative",
        "Those are the easiest. What makes a positive hard: being near or being far?",
        _mined(_nearest, _farthest),
    ),
    Misconception(
        "nearest_positive",
        "with the nearest positive",
        "The hard positive is the one that is still far away.",
        _mined(_nearest, _nearest),
    ),
    Misconception(
        "farthest_negative",
        "with the farthest negative",
        "The hard negative is the one that is too close.",
        _mined(_farthest, _farthest),
    ),
    Misconception(
        "nearest_positive_is_itself",
        "when the sample itself is its nearest positive",
        "Its distance to itself is 0. Take it out of the positives, and look for the farthest.",
        _mined(lambda d, m: torch.zeros_like(d[:, 0]), _nearest),
    ),
    Misconception(
        "extremes_of_the_whole_batch",
        "with one maximum and one minimum for the whole batch",
        "Every anchor has a farthest positive and a nearest negative of its own: take the extremes "
        "per row.",
        _mined(
            lambda d, m: d[m].max().expand(len(d)),
            lambda d, m: d[m].min().expand(len(d)),
        ),
    ),
    Misconception(
        "mean_instead_of_hardest",
        "when distances are averaged instead of mined",
        "That is the mean positive and the mean negative. Batch-hard takes the extreme of each.",
        _mined(_mean_of, _mean_of),
    ),
    Misconception(
        "lonely_anchor_counts_itself",
        "when an anchor without a positive counts, with itself as its positive",
        "A class with a single member has no positive; its anchor is left out of the mean.",
        _mined(lambda d, m: (d * m).amax(1), _nearest, keep="all"),
    ),
    Misconception(
        "lonely_anchor_counts_as_zero",
        "when an anchor without a positive (a −∞, −1 or 0 in its place) stays in the mean",
        "The mean runs over the anchors that have both a positive and a negative: divide by their "
        "number, not by N.",
        _mined(_farthest, _nearest, keep="all"),
    ),
    Misconception(
        "maximum_of_nothing",
        "when the maximum of no distances is asked for",
        "Write down the positives of a class with a single member. Such an anchor has to be left "
        "out *before* you look for its hardest positive.",
        _one_by_one,
    ),
    Misconception(
        "squared_distances",
        "with squared distances",
        "Ours are plain Euclidean distances; the paper compares both and prefers these.",
        _mined(_farthest, _nearest, distances=lambda z: _distances(z) ** 2),
    ),
    Misconception(
        "no_cut_off",
        "without the cut-off at 0",
        "An anchor whose negatives are all far enough should pay nothing.",
        _mined(_farthest, _nearest, hinge=lambda x: x),
    ),
    Misconception(
        "soft_margin",
        "with the softplus in place of the hinge",
        "log(1 + eˣ) is the paper's other version. Here: max(0, x).",
        _mined(_farthest, _nearest, hinge=F.softplus),
    ),
    Misconception(
        "normalizes_inside",
        "when the embeddings are normalised first",
        "Here the raw Euclidean distance is asked for; normalising is the caller's choice.",
        _mined(_farthest, _nearest, distances=lambda z: _distances(F.normalize(z, dim=1))),
    ),
    Misconception(
        "average_over_active",
        "when only the unsolved anchors are averaged",
        "The mean runs over all anchors that have a positive and a negative, solved or not.",
        _mined(_farthest, _nearest, reduce=lambda x: x.sum() / (x > 0).sum().clamp_min(1)),
    ),
    Misconception(
        "sum_instead_of_mean",
        "when the anchors are added up",
        "A sum grows with the batch. Take the mean over the anchors that count.",
        _mined(_farthest, _nearest, reduce=Tensor.sum),
    ),
    Misconception(
        "nan_gradient_on_the_diagonal",
        "when a square root is asked for its slope at 0",
        "Every sample is at distance 0 from itself, and the derivative of √x there is infinite. "
        "`.norm` and `torch.cdist` know about 0.",
        _mined(_farthest, _nearest, distances=_sqrt_by_hand),
    ),
    Misconception(
        "no_gradient",
        "when everything happens under `no_grad`",
        "Finding the hardest samples needs no gradient; their *distances* do.",
        _without_gradient,
    ),
)

BATCH_HARD = Exercise(
    "batch_hard_triplet_loss",
    reference.batch_hard_triplet_loss,
    (
        values("9 samples in 3 classes, margin 0.7", _batch((3, 4, 2), 4, 0.7), RTOL),
        values("6 samples of 6 numbers, margin 2", _batch((3, 3), 6, 2.0), RTOL),
        values("8 samples, margin left out", _batch((3, 2, 3), 3, None), RTOL),
        values("classes far apart, margin 0.5", _batch((4, 3, 5), 5, 0.6, apart=0.9), RTOL),
        values("40 samples in 6 classes", _batch((9, 4, 7, 12, 3, 5), 8, 0.9), RTOL, hidden=True),
        values("a class with one member", _batch((3, 1, 4), 4, 0.7), RTOL, part="special"),
        values("two lonely samples of 11", _batch((1, 5, 4, 1), 3, 1.5), RTOL, part="special"),
        Case("only one class", "special", _batch((5,), 3, 0.7), zero_with_gradient, _is_zero),
        Case("all classes different", "special", _batch((1,) * 5, 3, 0.7), zero_with_gradient,
             _is_zero),
        gradient("through 9 samples", _batch((3, 4, 2), 4, 0.7), 1e-3, 1e-6),
        gradient("with a class of one member", _batch((3, 1, 4), 4, 0.7), 1e-3, 1e-6),
        unchanged("the same when turned and shuffled", _turned_batch, RTOL),
        *manners(_batch((3, 4, 2), 4, 0.7)),
    ),
    BATCH_HARD_MISTAKES,
    (
        "Start with all distances, [N, N], and two masks of the same shape: who is a positive of "
        "whom, who is a negative?",
        "For the maximum, put −∞ where nobody may be chosen; for the minimum, +∞ "
        "(`masked_fill`). One extreme per row.",
        "Keep only the anchors that have a positive *and* a negative, then the hinge, then the "
        "mean. If none is left, return a 0 that still depends on z.",
    ),
)  # fmt: skip
