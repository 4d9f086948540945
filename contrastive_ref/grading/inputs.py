"""Inputs that tell right from wrong: rows of very different length, odd sizes, unequal classes."""

from __future__ import annotations

import torch
from torch import Tensor


def rows(
    generator: torch.Generator, n: int, d: int, shortest: float = 0.2, longest: float = 8.0
) -> Tensor:
    """[n, d] float64 in random directions; lengths spread from `shortest` to `longest`.

    On rows of one length, "forgot to normalise" cannot be seen.
    """
    directions = torch.randn(n, d, generator=generator, dtype=torch.float64)
    directions = directions / directions.norm(dim=1, keepdim=True)
    exponents = torch.rand(n, 1, generator=generator, dtype=torch.float64)
    return directions * shortest * (longest / shortest) ** exponents


def unit_rows(generator: torch.Generator, n: int, d: int) -> Tensor:
    """[n, d] float64, every row of length 1."""
    return rows(generator, n, d, 1.0, 1.0)


def near(generator: torch.Generator, x: Tensor, distance: float) -> Tensor:
    """A copy of `x` with every row moved by about `distance` in a random direction."""
    step = torch.randn(x.shape, generator=generator, dtype=torch.float64)
    return x + distance * step / step.norm(dim=1, keepdim=True)


def labels(*sizes: int, generator: torch.Generator | None = None) -> Tensor:
    """[sum(sizes)] classes of the given sizes, 0 first; shuffled if a generator is given."""
    y = torch.cat([torch.full((size,), c, dtype=torch.long) for c, size in enumerate(sizes)])
    return y if generator is None else y[torch.randperm(len(y), generator=generator)]


def scale(generator: torch.Generator, n: int) -> Tensor:
    """[n, 1] positive factors from 0.1 to 10, for "unchanged when a row is made longer"."""
    return 10 ** (2 * torch.rand(n, 1, generator=generator, dtype=torch.float64) - 1)
