"""Short ways to write the cases that most exercises share."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from contrastive_ref.grading import judges, probes
from contrastive_ref.grading.exercise import Case, Inputs

Draw = Callable[[torch.Generator], Inputs]


def values(name: str, inputs: Draw, rtol: float = 1e-5, part: str = "values", **more) -> Case:
    """The result equals the reference's."""
    arrays = more.pop("arrays", False)
    return Case(name, part, inputs, probes.value, judges.equal(rtol, arrays=arrays), **more)


def gradient(name: str, inputs: Draw, rtol: float = 1e-5, atol: float = 1e-7) -> Case:
    """The gradients with respect to all float inputs equal the reference's."""
    return Case(name, "gradient", inputs, probes.gradient, judges.gradients(rtol, atol))


def finite_gradient(name: str, inputs: Draw) -> Case:
    """Result and gradients are finite where a careless formula gives NaN."""
    return Case(name, "stability", inputs, probes.gradient, judges.finite)


def unchanged(name: str, inputs: Draw, rtol: float = 1e-5) -> Case:
    """Two calls of the student's function agree: inputs are those of the first, then the second."""
    return Case(name, "properties", inputs, probes.two_calls, judges.unchanged(rtol))


def stable(name: str, inputs: Draw, dtype: torch.dtype, tolerance: float = 1e-3) -> Case:
    """In `dtype` the function gives about what it gives in float64, for the same numbers.

    The student's function is compared with itself: wrong numbers are another part's business.
    """
    half = dtype in (torch.float16, torch.bfloat16)
    judge = (judges.half if half else judges.unchanged)(tolerance, tolerance)
    return Case(name, "stability", _exact_and_rounded(dtype, inputs), probes.two_calls, judge)


def manners(inputs: Draw, half: bool = True, arrays: bool = False) -> tuple[Case, ...]:
    """What every function on float tensors owes its caller: inputs alone, dtype and device kept."""
    in_float32 = as_dtype(torch.float32, inputs)
    cases = (
        Case(
            "float32 numbers", "values", in_float32, probes.value, judges.equal(1e-3, 1e-4, arrays)
        ),
        Case(
            "the inputs afterwards", "untouched", inputs, probes.untouched, judges.inputs_left_alone
        ),
        Case("float32 in, float32 out", "types", in_float32, probes.value, judges.same_dtype),
        Case("float64 in, float64 out", "types", inputs, probes.value, judges.same_dtype),
        Case(
            "inputs on a GPU", "types", in_float32, probes.value, judges.on_device, where="device"
        ),
    )
    if half:
        cases += (
            stable("float16 in", inputs, torch.float16, 0.03),
            stable("bfloat16 in", inputs, torch.bfloat16, 0.2),
        )
    return cases


def as_dtype(dtype: torch.dtype, inputs: Draw) -> Draw:
    """The same inputs with every float tensor in another dtype."""
    return lambda generator: _converted(inputs(generator), dtype)


def _converted(inputs: Inputs, dtype: torch.dtype) -> Inputs:
    def convert(value: object) -> object:
        is_float = isinstance(value, Tensor) and value.is_floating_point()
        return value.to(dtype) if is_float else value

    return {name: convert(value) for name, value in inputs.items()}


def _exact_and_rounded(dtype: torch.dtype, inputs: Draw) -> Draw:
    def draw(generator: torch.Generator) -> Inputs:
        rounded = _converted(inputs(generator), dtype)
        exact = _converted(rounded, torch.float64)
        return exact | {f"{name}, rounded": value for name, value in rounded.items()}

    return draw
