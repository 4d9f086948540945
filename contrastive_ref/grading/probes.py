"""Probes: what is tried on a student's function. They run beside its code and know no answers.

Arguments are passed by position, in the order of the exercise's contract, so that a student may
name them freely.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from contrastive_ref.grading.exercise import Inputs


def value(student: Callable, inputs: Inputs) -> Mapping[str, object]:
    """Call once and hand over the result."""
    return {"result": student(*inputs.values())}


def two_calls(student: Callable, inputs: Inputs) -> Mapping[str, object]:
    """Call twice: with the first half of the inputs and with the second half."""
    arguments = list(inputs.values())
    half = len(arguments) // 2
    return {"first": student(*arguments[:half]), "second": student(*arguments[half:])}


def gradient(student: Callable, inputs: Inputs) -> Mapping[str, object]:
    """Gradients of the result (a weighted sum, if not a scalar) for every float input."""
    variables = {
        name: tensor.requires_grad_()
        for name, tensor in inputs.items()
        if isinstance(tensor, Tensor) and tensor.is_floating_point() and name != "same"
    }
    result = student(*inputs.values())
    if not isinstance(result, Tensor) or not result.requires_grad:
        return {"result": result, **{f"gradient of {name}": None for name in variables}}
    # Weights that differ from entry to entry, so that no gradient cancels by symmetry.
    weights = torch.cos(torch.arange(result.numel(), dtype=result.dtype, device=result.device))
    gradients = torch.autograd.grad(
        (result.reshape(-1) * weights).sum(), list(variables.values()), allow_unused=True
    )
    named = {f"gradient of {name}": g for name, g in zip(variables, gradients, strict=True)}
    return {"result": result, **named}


def untouched(student: Callable, inputs: Inputs) -> Mapping[str, object]:
    """Call once and hand over what became of the inputs."""
    tensors = {name: tensor for name, tensor in inputs.items() if isinstance(tensor, Tensor)}
    before = {f"{name} before": tensor.clone() for name, tensor in tensors.items()}
    student(*inputs.values())
    return {**before, **{f"{name} after": tensor for name, tensor in tensors.items()}}


def operations(student: Callable, inputs: Inputs) -> Mapping[str, object]:
    """Number of tensor operations on the first half of the inputs and on the second, larger one."""
    arguments = list(inputs.values())
    half = len(arguments) // 2
    counts = []
    for these in (arguments[:half], arguments[half:]):
        with _Counter() as counter:
            student(*these)
        counts.append(counter.count)
    return {"small": counts[0], "large": counts[1]}


class _Counter(TorchDispatchMode):
    """Counts the operations that reach torch's dispatcher."""

    count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += 1
        return func(*args, **(kwargs or {}))
