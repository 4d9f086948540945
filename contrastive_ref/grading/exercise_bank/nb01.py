"""Notebook 01: cosine similarity, distances, neighbours, and a classifier made of neighbours."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from contrastive_ref import similarity
from contrastive_ref.grading import judges, probes
from contrastive_ref.grading.cases import gradient, manners, stable, unchanged, values
from contrastive_ref.grading.exercise import (
    Case,
    Exercise,
    Inputs,
    Misconception,
    Outcome,
    Verdict,
)
from contrastive_ref.grading.inputs import labels, rows, scale, unit_rows

Generator = torch.Generator


def _two(n: int, m: int, d: int, shortest: float = 0.2, longest: float = 8.0):
    def draw(g: Generator) -> Inputs:
        return {"a": rows(g, n, d, shortest, longest), "b": rows(g, m, d, shortest, longest)}

    return draw


def _unit(x: Tensor, dim: int = 1) -> Tensor:
    return F.normalize(x, dim=dim)


# --- cosine_similarity_matrix ------------------------------------------------------------------


def _stretched(g: Generator) -> Inputs:
    a, b = rows(g, 5, 4), rows(g, 3, 4)
    return {"a": a, "b": b, "a, longer": a * scale(g, 5), "b, longer": b * scale(g, 3)}


def _growing(g: Generator) -> Inputs:
    return {**_two(8, 8, 4)(g), "more a": rows(g, 48, 4), "more b": rows(g, 48, 4)}


COSINE_MISTAKES = (
    Misconception(
        "pairs_only",
        "when row i of `a` is compared with row i of `b` only",
        "`F.cosine_similarity(a, b)` gives N numbers. Here everybody is compared with everybody: "
        "for 5 and 4 rows, how many numbers are that?",
        lambda a, b: F.cosine_similarity(a, b, dim=1),
    ),
    Misconception(
        "not_normalized",
        "without taking the lengths away",
        "A longer vector should not be a more similar one. Which function of notebook 00 takes the "
        "length away?",
        lambda a, b: a @ b.T,
    ),
    Misconception(
        "only_a_normalized",
        "when only `a` is normalised",
        "The lengths of `b` are still in there: twice as long a row of `b` doubles a column.",
        lambda a, b: _unit(a) @ b.T,
    ),
    Misconception(
        "only_b_normalized",
        "when only `b` is normalised",
        "The lengths of `a` are still in there: twice as long a row of `a` doubles a row.",
        lambda a, b: a @ _unit(b).T,
    ),
    Misconception(
        "compares_columns",
        "when columns are compared instead of rows",
        "One sample is one row. `a.T @ b` has shape [D, D]; which of the two should be transposed?",
        lambda a, b: _unit(a).T @ _unit(b),
    ),
    Misconception(
        "normalizes_columns",
        "when the columns are normalised instead of the rows",
        "Check `x.norm(dim=1)` of what you multiply: it should be all ones.",
        lambda a, b: _unit(a, 0) @ _unit(b, 0).T,
    ),
    Misconception(
        "distance_not_similarity",
        "when 1 − cos comes back",
        "That is the cosine *distance*, 0 for equal directions. The similarity is 1 there.",
        lambda a, b: 1 - _unit(a) @ _unit(b).T,
    ),
    Misconception(
        "one_norm_for_all",
        "when a whole matrix is divided by one length",
        "`a.norm()` without `dim` is one number. Every row has a length of its own.",
        lambda a, b: a @ b.T / (a.norm() * b.norm()),
    ),
    Misconception(
        "ignores_b",
        "when `a` is compared with itself",
        "`b` does not appear in your result. What should entry [i, j] compare?",
        lambda a, b: _unit(a) @ _unit(a).T,
    ),
    Misconception(
        "transposed",
        "when the result lies on its side",
        "Rows belong to `a`, columns to `b`: [N, M].",
        lambda a, b: _unit(b) @ _unit(a).T,
    ),
    Misconception(
        "negative_cut_off",
        "when negative cosines are cut off at 0",
        "Opposite directions have cosine −1, and that is worth knowing.",
        lambda a, b: (_unit(a) @ _unit(b).T).clamp_min(0),
    ),
    Misconception(
        "divides_by_squared_lengths",
        "when you divide by squared lengths",
        "Is there a root missing? The cosine of a vector with itself has to be 1.",
        lambda a, b: a @ b.T / ((a * a).sum(1)[:, None] * (b * b).sum(1)[None]),
    ),
)

COSINE = Exercise(
    "cosine_similarity_matrix",
    similarity.cosine_similarity_matrix,
    (
        values("5 rows against 4, of 3 numbers", _two(5, 4, 3)),
        values("4 rows against 4, of 4 numbers", _two(4, 4, 4)),
        values("1 row against 3, of 6 numbers", _two(1, 3, 6)),
        values(
            "rows that have length 1 already",
            lambda g: {"a": unit_rows(g, 3, 5), "b": unit_rows(g, 7, 5)},
        ),
        values("30 rows against 41, of 8 numbers", _two(30, 41, 8), hidden=True),
        gradient("through 5 rows against 4", _two(5, 4, 3)),
        unchanged("the same for longer and shorter rows", _stretched),
        stable("long rows, float32", _two(5, 4, 6, 1e2, 1e4), torch.float32),
        *manners(_two(6, 4, 5, 0.5, 2.0)),
        Case("8 and 48 rows", "vectorised", _growing, probes.operations, judges.no_loop(40)),
    ),
    COSINE_MISTAKES,
    (
        "A cosine is a dot product of two vectors of length 1. Which of the two steps is yours "
        "missing?",
        "Row i of `a` with row j of `b`, for all i and j: that is a matrix product. Which of the "
        "two has to be transposed so that the shapes are [N, D] and [D, M]?",
        "Normalise the rows of both (notebook 00), then multiply.",
    ),
)

# --- squared_distance_matrix -------------------------------------------------------------------


def _near_duplicates(g: Generator) -> Inputs:
    a = rows(g, 64, 16, 500.0, 2000.0).float()
    return {"a": a, "b": a + 1e-4 * torch.randn(a.shape, generator=g)}


def _never_negative(student: Outcome, reference: Outcome) -> Verdict:
    if not (verdict := judges.finite(student, reference)).passed:
        return verdict
    smallest = student.values["result"].min().item()
    if smallest < 0:
        return Verdict(False, f"the smallest distance is {judges.number(smallest)}", "negative")
    return judges.FINE


def _turned(g: Generator) -> Inputs:
    a, b = rows(g, 5, 4), rows(g, 3, 4)
    turn = torch.linalg.qr(torch.randn(4, 4, generator=g, dtype=torch.float64)).Q
    return {"a": a, "b": b, "a, turned": a @ turn, "b, turned": b @ turn}


def _expansion(a: Tensor, b: Tensor) -> Tensor:
    return (a * a).sum(1)[:, None] + (b * b).sum(1)[None] - 2 * a @ b.T


DISTANCE_MISTAKES = (
    Misconception(
        "not_squared",
        "when the distance itself comes back",
        "`torch.cdist` gives distances. The exercise asks for their squares.",
        lambda a, b: torch.cdist(a, b),
    ),
    Misconception(
        "can_be_negative",
        "when the difference of two large, nearly equal numbers is rounded",
        "|a|² + |b|² − 2ab of near-duplicates may come out as −0.0625, and a square root taken "
        "later is NaN. What is the smallest value that a squared distance may have?",
        _expansion,
    ),
    Misconception(
        "sum_over_wrong_axis",
        "when the sum runs over the samples instead of the features",
        "`a[:, None] - b[None]` has shape [N, M, D]. Which of the three should disappear?",
        lambda a, b: (a[:, None] - b[None]).square().sum(1),
    ),
    Misconception(
        "ignores_b",
        "when distances within `a` come back",
        "`b` does not appear in your result. What should entry [i, j] compare?",
        lambda a, b: (a[:, None] - a[None]).square().sum(2),
    ),
    Misconception(
        "cosine_identity_on_long_rows",
        "from 2 − 2cos, for rows that do not have length 1",
        "The identity holds on the unit circle only. These rows are used as they are: what are "
        "|a|² and |b|² then?",
        lambda a, b: 2 - 2 * _unit(a) @ _unit(b).T,
    ),
    Misconception(
        "dot_identity_on_long_rows",
        "from 2 − 2ab, for rows that do not have length 1",
        "The 2 stands for |a|² + |b|², which is 2 for unit rows only.",
        lambda a, b: 2 - 2 * a @ b.T,
    ),
    Misconception(
        "pairs_only",
        "when row i of `a` is compared with row i of `b` only",
        "Here everybody is compared with everybody: for 5 and 4 rows, how many numbers are that?",
        lambda a, b: (a - b).square().sum(1),
    ),
    Misconception(
        "missing_factor_two",
        "when the mixed term is subtracted once",
        "Write out (a − b)² for plain numbers. How often does ab occur?",
        lambda a, b: (a * a).sum(1)[:, None] + (b * b).sum(1)[None] - a @ b.T,
    ),
    Misconception(
        "wrong_sign",
        "when the mixed term is added",
        "Write out (a − b)² for plain numbers. Which sign does 2ab have?",
        lambda a, b: (a * a).sum(1)[:, None] + (b * b).sum(1)[None] + 2 * a @ b.T,
    ),
    Misconception(
        "mean_over_features",
        "when you take the mean over the features instead of their sum",
        "(3, 4) is at squared distance 25 from the origin, not 12.5.",
        lambda a, b: (a[:, None] - b[None]).square().mean(2),
    ),
    Misconception(
        "absolute_differences",
        "when absolute differences are added up",
        "That is the L1 distance. Square every difference before you add.",
        lambda a, b: (a[:, None] - b[None]).abs().sum(2),
    ),
    Misconception(
        "not_squared_lengths",
        "when the lengths enter without being squared",
        "|a|² + |b|² − 2ab: the norms are squared.",
        lambda a, b: a.norm(dim=1)[:, None] + b.norm(dim=1)[None] - 2 * a @ b.T,
    ),
    Misconception(
        "norms_along_wrong_axes",
        "when the lengths of `a` and `b` stand along each other's dimension",
        "Entry [i, j] needs |a_i|² and |b_j|². Which of the two varies along the rows, and so "
        "needs shape [N, 1]?",
        lambda a, b: (a * a).sum(1)[None] + (b * b).sum(1)[:, None] - 2 * a @ b.T,
    ),
)

DISTANCE = Exercise(
    "squared_distance_matrix",
    similarity.squared_distance_matrix,
    (
        values("5 rows against 4, of 3 numbers", _two(5, 4, 3), 1e-4),
        values("4 rows against 4, of 4 numbers", _two(4, 4, 4), 1e-4),
        values("1 row against 3, of 6 numbers", _two(1, 3, 6), 1e-4),
        values("3 rows against 1, of 1 number", _two(3, 1, 1), 1e-4),
        values("30 rows against 41, of 8 numbers", _two(30, 41, 8), 1e-4, hidden=True),
        gradient("through 5 rows against 4", _two(5, 4, 3), 1e-4),
        unchanged("the same when both sets are turned", _turned, 1e-4),
        Case(
            "near-duplicates far from 0, float32",
            "stability",
            _near_duplicates,
            probes.value,
            _never_negative,
        ),
        *manners(_two(6, 4, 5, 0.3, 1.0)),
    ),
    DISTANCE_MISTAKES,
    (
        "Start with one pair: subtract, square, add up. What is the shape of all differences?",
        "Either broadcast, `a[:, None] - b[None]`, or expand (a − b)² and use one matrix product.",
        "After the expansion, cut off what rounding has pushed below 0 (`clamp_min`).",
    ),
)

# --- top_k_neighbours --------------------------------------------------------------------------


def _search(n: int, m: int, d: int, k: int):
    def draw(g: Generator) -> Inputs:
        return {"queries": rows(g, n, d), "keys": rows(g, m, d), "k": k}

    return draw


def _stretched_search(g: Generator) -> Inputs:
    q, keys = rows(g, 5, 4), rows(g, 20, 4)
    changed = {
        "queries, longer": q * scale(g, 5),
        "keys, longer": keys * scale(g, 20),
        "k again": 4,
    }
    return {"queries": q, "keys": keys, "k": 4, **changed}


def _cosines(a: Tensor, b: Tensor) -> Tensor:
    return _unit(a) @ _unit(b).T


TOP_K_MISTAKES = (
    Misconception(
        "farthest_instead_of_nearest",
        "when the least similar keys are returned",
        "Large cosine means near. `largest=False` belongs to distances.",
        lambda q, keys, k: _cosines(q, keys).topk(k, dim=1, largest=False).indices,
    ),
    Misconception(
        "raw_dot_product",
        "when keys are ranked by their raw dot product",
        "Long keys win whatever their direction. Take the lengths away first.",
        lambda q, keys, k: (q @ keys.T).topk(k, dim=1).indices,
    ),
    Misconception(
        "raw_distance",
        "when keys are ranked by Euclidean distance without normalising",
        "A key in exactly your direction but ten times as long is far away by that measure.",
        lambda q, keys, k: torch.cdist(q, keys).topk(k, dim=1, largest=False).indices,
    ),
    Misconception(
        "absolute_cosine",
        "when the sign of the cosine is dropped",
        "The opposite direction counts as near in your ranking.",
        lambda q, keys, k: _cosines(q, keys).abs().topk(k, dim=1).indices,
    ),
    Misconception(
        "worst_first",
        "when the best neighbour comes last",
        "The right keys, in the wrong order: best first.",
        lambda q, keys, k: _cosines(q, keys).topk(k, dim=1).indices.flip(1),
    ),
    Misconception(
        "values_instead_of_positions",
        "when the cosines come back instead of the positions",
        "`topk` returns two things. Which of them tells *where* the neighbours are?",
        lambda q, keys, k: _cosines(q, keys).topk(k, dim=1).values,
    ),
    Misconception(
        "both_results_of_topk",
        "when both results of `topk` come back",
        "`topk` returns values and indices. Only one of them was asked for.",
        lambda q, keys, k: _cosines(q, keys).topk(k, dim=1),
    ),
    Misconception(
        "searches_along_queries",
        "when for every key the best queries are searched",
        "Every row of the similarity matrix belongs to one query. Along which `dim` do you search?",
        lambda q, keys, k: _cosines(q, keys).topk(k, dim=0).indices,
    ),
    Misconception(
        "skips_the_best",
        "when the best neighbour is left out",
        "Dropping the query itself is the caller's business: here queries and keys are two sets.",
        lambda q, keys, k: _cosines(q, keys).argsort(dim=1, descending=True)[:, 1 : k + 1],
    ),
    Misconception(
        "int32_positions",
        "when the positions are not int64",
        "Indices in torch are LongTensors (int64); what `topk` returns is one already.",
        lambda q, keys, k: _cosines(q, keys).topk(k, dim=1).indices.int(),
    ),
    Misconception(
        "list_of_positions",
        "when a Python list comes back",
        "A list cannot index a tensor on a GPU. Leave out `.tolist()`.",
        lambda q, keys, k: _cosines(q, keys).topk(k, dim=1).indices.tolist(),
    ),
)

TOP_K = Exercise(
    "top_k_neighbours",
    similarity.top_k_neighbours,
    (
        values("5 queries, 12 keys, k = 3", _search(5, 12, 4, 3)),
        values("6 queries, 6 keys, k = 2", _search(6, 6, 6, 2)),
        values("7 queries, 9 keys, k = 1", _search(7, 9, 3, 1)),
        values("1 query, 8 keys, k = 8", _search(1, 8, 5, 8)),
        values("40 queries, 60 keys, k = 10", _search(40, 60, 8, 10), hidden=True),
        unchanged("the same for longer and shorter rows", _stretched_search),
        *manners(_search(6, 10, 4, 3), half=False),
    ),
    TOP_K_MISTAKES,
    (
        "You have a function for all cosines already. What is left is to find the largest ones.",
        "`torch.topk` along the right dimension returns values and positions.",
        "Row i belongs to query i: search along `dim=1` and return the positions.",
    ),
)

# --- knn_classify ------------------------------------------------------------------------------


def _bank(k: int | None, temperature: float | None, spread: float = 0.9, n_test: int = 24):
    """Four overlapping classes of unequal size; test rows whose vote is no near-tie.

    spread: how far rows stray from the direction of their class; smaller means larger cosines.
    """

    def draw(g: Generator) -> Inputs:
        sizes = (30, 22, 14, 9)
        centres = torch.randn(4, 6, generator=g, dtype=torch.float64)
        centres = centres + 3 * (1 - min(spread, 1.0)) * centres.mean(0)
        train_y = labels(*sizes, generator=g)
        noise = torch.randn(sum(sizes), 6, generator=g, dtype=torch.float64)
        train_x = (centres[train_y] + spread * noise) * scale(g, sum(sizes))
        test_y = torch.randint(4, (6 * n_test,), generator=g)
        test_x = centres[test_y] + spread * torch.randn(
            6 * n_test, 6, generator=g, dtype=torch.float64
        )
        test_x = test_x * scale(g, 6 * n_test)
        clear = _clear_votes(train_x, train_y, test_x, k or 20, temperature or 0.1)
        inputs = {"train_x": train_x, "train_y": train_y, "test_x": test_x[clear][:n_test]}
        if k is not None:
            inputs["k"] = k
        if temperature is not None:
            inputs["temperature"] = temperature
        return inputs

    return draw


def _clear_votes(x: Tensor, y: Tensor, test_x: Tensor, k: int, temperature: float) -> Tensor:
    """True where the winner leads by 2 % of all weight: such a vote does not hang on rounding."""
    cosines, nearest = _cosines(test_x, x).topk(k, dim=1)
    weights = ((cosines - 1) / temperature).exp()
    share = (F.one_hot(y[nearest], 4) * weights[..., None]).sum(1) / weights.sum(1, keepdim=True)
    best = share.topk(2, dim=1).values
    return best[:, 0] - best[:, 1] > 0.02


def _vote(weigh, *, cosines=_cosines, largest=True, collect="add"):
    """A wrong classifier: `weigh(cosines, temperature)` gives the weights of the neighbours."""

    def classify(train_x, train_y, test_x, k=20, temperature=0.1):
        near, nearest = cosines(test_x, train_x).topk(k, dim=1, largest=largest)
        votes = torch.zeros(len(test_x), int(train_y.max()) + 1, dtype=near.dtype)
        weights = weigh(near, temperature)
        if collect == "overwrite":
            return votes.scatter_(1, train_y[nearest], weights).argmax(1)
        return votes.scatter_add_(1, train_y[nearest], weights).argmax(1)

    return classify


def _exponential(near: Tensor, temperature: float) -> Tensor:
    return torch.softmax(near / temperature, dim=1)


def _mean_label(train_x, train_y, test_x, k=20, temperature=0.1):
    nearest = _cosines(test_x, train_x).topk(k, dim=1).indices
    return train_y[nearest].double().mean(1).round().long()


def _plain_exponential(near: Tensor, temperature: float) -> Tensor:
    return (near / temperature).exp()


def _all_vote(train_x, train_y, test_x, k=20, temperature=0.1):
    weights = torch.softmax(_cosines(test_x, train_x) / temperature, dim=1)
    return (weights @ F.one_hot(train_y).to(weights.dtype)).argmax(1)


def _shares(train_x, train_y, test_x, k=20, temperature=0.1):
    near, nearest = _cosines(test_x, train_x).topk(k, dim=1)
    weights = torch.softmax(near / temperature, dim=1)
    return (F.one_hot(train_y)[nearest] * weights[..., None]).sum(1)


KNN_MISTAKES = (
    Misconception(
        "not_normalized",
        "when neighbours are found, and weighed, by raw dot products",
        "Loud training samples win every vote. The features come with very different lengths: "
        "which of your functions ignores length?",
        _vote(_exponential, cosines=lambda a, b: a @ b.T),
    ),
    Misconception(
        "farthest_instead_of_nearest",
        "when the k least similar samples vote",
        "Large cosine means near. `largest=False` belongs to distances.",
        _vote(_exponential, largest=False),
    ),
    Misconception(
        "last_vote_overwrites",
        "when a later neighbour overwrites the votes of an earlier one",
        "`scatter_` (and `votes[i, c] = w`) keep only the last weight of a class. Votes add up.",
        _vote(_exponential, collect="overwrite"),
    ),
    Misconception(
        "mean_of_labels",
        "when class numbers are averaged",
        "The mean of class 1 and class 9 is class 5, which nobody voted for. Collect votes per "
        "class.",
        _mean_label,
    ),
    Misconception(
        "temperature_multiplied",
        "when the cosine is multiplied by the temperature",
        "A smaller temperature should trust the nearest neighbour *more*. In yours, less.",
        _vote(lambda near, t: torch.softmax(near * t, dim=1)),
    ),
    Misconception(
        "weights_grow_with_distance",
        "when far neighbours weigh more than near ones",
        "exp(distance/τ) grows with the distance. Is there a sign missing?",
        _vote(lambda near, t: torch.softmax(-near / t, dim=1)),
    ),
    Misconception(
        "unweighted",
        "when all k neighbours have the same say",
        "The nearest neighbour should count more than the k-th: weigh by exp(cos/τ).",
        _vote(lambda near, t: torch.ones_like(near)),
    ),
    Misconception(
        "weights_without_exp",
        "when neighbours are weighed by the cosine itself",
        "There is an exponential and a temperature in the formula: exp(cos/τ).",
        _vote(lambda near, t: near),
    ),
    Misconception(
        "temperature_forgotten",
        "when the temperature is never used",
        "exp(cos) lies between 0.4 and 2.7: all neighbours weigh nearly the same. Divide by τ "
        "first.",
        _vote(lambda near, t: near.exp()),
    ),
    Misconception(
        "everybody_votes",
        "when all training samples vote, not only the k nearest",
        "`k` does not change your result. Choose the neighbours before you collect votes.",
        _all_vote,
    ),
    Misconception(
        "returns_votes",
        "when the votes come back instead of the winner",
        "[M, classes] is one step away from [M]: which class has most?",
        _shares,
    ),
    Misconception(
        "overflows_at_low_temperature",
        "when exp(cos/τ) leaves the range of float32",
        "At τ = 0.01 it is e¹⁰⁰, more than float32 can hold: all votes are infinite, and a tie. "
        "The winner does not change if you subtract the largest exponent first (`softmax` does).",
        _vote(_plain_exponential),
    ),
)

KNN = Exercise(
    "knn_classify",
    similarity.knn_classify,
    (
        values("k = 20, τ = 0.1", _bank(20, 0.1), arrays=True),
        values("k = 5, τ = 0.05", _bank(5, 0.05), arrays=True),
        values("k = 1", _bank(1, 0.1), arrays=True),
        values("k = 30, τ = 2", _bank(30, 2.0), arrays=True),
        values("k and τ left out", _bank(None, None), arrays=True),
        values(
            "k = 12, τ = 0.3, 60 test rows", _bank(12, 0.3, n_test=60), arrays=True, hidden=True
        ),
        stable("τ = 0.01, float32", _bank(20, 0.01, spread=0.1), torch.float32),
        *manners(_bank(10, 0.2), half=False, arrays=True),
    ),
    KNN_MISTAKES,
    (
        "Three steps: find the k nearest (you have a function for that), weigh them, add the "
        "weights up per class.",
        "For the adding up: a loop over the classes with a mask, a one-hot product, or "
        "`scatter_add_`.",
        "exp(cos/τ) may be as large as e¹⁰⁰. A softmax over the k neighbours has the same winner "
        "and never overflows.",
    ),
)

EXERCISES = (COSINE, DISTANCE, TOP_K, KNN)
