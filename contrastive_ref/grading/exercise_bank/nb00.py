"""Notebook 00: l2_normalize, the exercise that is done together."""

from __future__ import annotations

import torch
from torch import Tensor

from contrastive_ref import similarity
from contrastive_ref.grading.cases import gradient, manners, stable, unchanged, values
from contrastive_ref.grading.exercise import Exercise, Misconception
from contrastive_ref.grading.inputs import rows, scale


def _with_zero_row(g: torch.Generator) -> dict[str, Tensor]:
    x = rows(g, 5, 3)
    x[2] = 0
    return {"x": x}


def _stretched(g: torch.Generator) -> dict[str, Tensor]:
    x = rows(g, 6, 4)
    return {"x": x, "x with longer and shorter rows": x * scale(g, 6)}


def _in_place(x: Tensor, eps: float = 1e-12) -> Tensor:
    x /= x.norm(dim=1, keepdim=True).clamp_min(eps)
    return x


def _no_keepdim(x: Tensor, eps: float = 1e-12) -> Tensor:
    return x / x.norm(dim=1).clamp_min(eps)


MISTAKES = (
    Misconception(
        "normalizes_columns",
        "when every column gets length 1, instead of every row",
        "One embedding is one row. Print `x.norm(dim=1)` of your result: which numbers should be "
        "there? `dim` names the dimension that the sum runs over.",
        lambda x, eps=1e-12: x / x.norm(dim=0, keepdim=True).clamp_min(eps),
    ),
    Misconception(
        "one_norm_for_all",
        "when the whole matrix is divided by one length",
        "`x.norm()` without `dim` is a single number for all rows together. How many lengths do "
        "you need for 5 embeddings?",
        lambda x, eps=1e-12: x / x.norm().clamp_min(eps),
    ),
    Misconception(
        "missing_keepdim",
        "when the lengths are a flat vector of N numbers",
        "[N, D] divided by [N] lines up the *last* dimensions: with N ≠ D it is an error, with "
        "N = D it silently divides columns. Which argument of `norm` keeps the dimension?",
        _no_keepdim,
    ),
    Misconception(
        "squared_norm",
        "when you divide by the squared length",
        "A row of length 2 comes out with length ½. Which root is missing?",
        lambda x, eps=1e-12: x / x.square().sum(1, keepdim=True).clamp_min(eps),
    ),
    Misconception(
        "l1_norm",
        "when you divide by the sum of absolute values",
        "That is the L1 norm. The Euclidean length of (3, 4) is 5, not 7.",
        lambda x, eps=1e-12: x / x.abs().sum(1, keepdim=True).clamp_min(eps),
    ),
    Misconception(
        "max_norm",
        "when you divide by the largest absolute value",
        "That is the maximum norm. The Euclidean length of (3, 4) is 5, not 4.",
        lambda x, eps=1e-12: x / x.abs().amax(1, keepdim=True).clamp_min(eps),
    ),
    Misconception(
        "softmax",
        "from a softmax",
        "A softmax makes rows that *add up* to 1. Here the *length* of a row should be 1, and its "
        "direction (signs included) should stay.",
        lambda x, eps=1e-12: x.softmax(dim=1),
    ),
    Misconception(
        "standardized",
        "when rows are standardised to mean 0 and deviation 1",
        "Subtracting the mean turns the vector. Only its length should change.",
        lambda x, eps=1e-12: (x - x.mean(1, keepdim=True)) / x.std(1, keepdim=True).clamp_min(eps),
    ),
    Misconception(
        "returns_lengths",
        "when the lengths themselves come back",
        "You are half-way there: now divide each row by its length.",
        lambda x, eps=1e-12: x.norm(dim=1, keepdim=True),
    ),
    Misconception(
        "zero_row_is_nan",
        "when a row of zeros is divided by its length",
        "0 / 0 is NaN, and one NaN is enough to ruin a whole training run. What is the smallest "
        "number that you are willing to divide by? That is what `eps` is for.",
        lambda x, eps=1e-12: x / x.norm(dim=1, keepdim=True),
    ),
    Misconception(
        "changes_its_input",
        "when a function writes into what it was given",
        "`x /= …` changes the caller's data, and training stops with an error about in-place "
        "operations. `x / …` makes a new tensor.",
        _in_place,
    ),
)

EXERCISES = (
    Exercise(
        "l2_normalize",
        similarity.l2_normalize,
        (
            values("5 rows of 3 numbers", lambda g: {"x": rows(g, 5, 3)}),
            values("4 rows of 4 numbers", lambda g: {"x": rows(g, 4, 4)}),
            values("1 row of 7 numbers", lambda g: {"x": rows(g, 1, 7)}),
            values("9 rows of 2 numbers", lambda g: {"x": rows(g, 9, 2)}),
            values(
                "64 rows of 33 numbers", lambda g: {"x": rows(g, 64, 33, 0.05, 50)}, hidden=True
            ),
            values("a row of zeros stays zero", _with_zero_row, part="special"),
            values(
                "a row of zeros, float32",
                lambda g: {"x": torch.zeros(2, 3)},
                part="special",
            ),
            gradient("through 5 rows of 3 numbers", lambda g: {"x": rows(g, 5, 3)}),
            unchanged("the same for a longer and a shorter row", _stretched),
            stable("long rows", lambda g: {"x": rows(g, 6, 5, 1e3, 1e5)}, torch.float32),
            *manners(lambda g: {"x": rows(g, 6, 4)}),
        ),
        MISTAKES,
        (
            "For (3, 4) the answer is (0.6, 0.8). Which number did you divide by, and how do you "
            "get it from 3 and 4?",
            "`torch.linalg.vector_norm(x, dim=…, keepdim=True)` gives lengths. Which `dim`?",
            "Lengths of shape [N, 1] divide a matrix of shape [N, D] row by row. Before you "
            "divide, replace lengths below `eps` by `eps` (`clamp_min`).",
        ),
    ),
)
