"""Input checks with one voice: which argument, what was given, what was expected."""

from __future__ import annotations

import torch
from torch import Tensor


def matrix(name: str, value: object) -> Tensor:
    """Return `value` if it is a floating-point matrix, else say what it is.

    Raises:
        TypeError: not a tensor, or not a floating-point tensor.
        ValueError: not two-dimensional.
    """
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{name}: expected a float tensor of shape [N, D], got {type(value).__name__}"
        )
    if not value.is_floating_point():
        raise TypeError(f"{name}: expected a float tensor, got dtype {value.dtype}")
    if value.ndim != 2:
        raise ValueError(f"{name}: expected shape [N, D], got {list(value.shape)}")
    return value


def same_shape(**tensors: Tensor) -> None:
    """Raise ValueError unless all tensors, given by name, have one shape."""
    shapes = {name: list(tensor.shape) for name, tensor in tensors.items()}
    if len({tuple(shape) for shape in shapes.values()}) > 1:
        given = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"expected equal shapes, got {given}")


def same_columns(**tensors: Tensor) -> None:
    """Raise ValueError unless all matrices, given by name, have the same number of columns."""
    columns = {name: tensor.shape[1] for name, tensor in tensors.items()}
    if len(set(columns.values())) > 1:
        given = ", ".join(f"{name} has {d}" for name, d in columns.items())
        raise ValueError(f"expected the same number of columns, but {given}")


def vector_of_labels(name: str, value: object, length: int | None = None) -> Tensor:
    """Return `value` if it is a one-dimensional integer tensor (of `length`, where given).

    Raises:
        TypeError: not a tensor, or a floating-point tensor.
        ValueError: not one-dimensional, or of another length.
    """
    if not isinstance(value, Tensor) or value.is_floating_point() or value.is_complex():
        given = f"dtype {value.dtype}" if isinstance(value, Tensor) else type(value).__name__
        raise TypeError(f"{name}: expected an integer tensor of shape [N], got {given}")
    if value.ndim != 1 or (length is not None and len(value) != length):
        expected = "[N]" if length is None else f"[{length}]"
        raise ValueError(f"{name}: expected shape {expected}, got {list(value.shape)}")
    return value


def positive(name: str, value: float) -> float:
    """Return `value` if it is above zero."""
    if not value > 0:
        raise ValueError(f"{name}: expected a number above 0, got {value}")
    return value


def count(name: str, value: int, at_most: int, of_what: str) -> int:
    """Return `value` if it is a whole number from 1 to `at_most`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}: expected a whole number, got {value!r}")
    if not 1 <= value <= at_most:
        raise ValueError(f"{name}: expected 1 to {at_most} ({of_what}), got {value}")
    return value


def generator_or_none(name: str, value: object) -> torch.Generator | None:
    """Return `value` if it is a torch.Generator or None."""
    if value is not None and not isinstance(value, torch.Generator):
        raise TypeError(f"{name}: expected a torch.Generator or None, got {type(value).__name__}")
    return value


def size(name: str, value: int) -> int:
    """Return `value` if it is a whole number from 1."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}: expected a whole number, got {value!r}")
    if value < 1:
        raise ValueError(f"{name}: expected a whole number from 1, got {value}")
    return value
