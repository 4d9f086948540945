"""Judges: compare what a probe brought back with what the reference gives. No student code here."""

from __future__ import annotations

import re

import torch
from torch import Tensor

from contrastive_ref.grading.exercise import Judge, Outcome, Verdict

FINE = Verdict(True)
DEVICE_MISMATCH = re.compile(
    r"two devices|two different devices|same device|on cpu.*on cuda|DeviceMismatch", re.IGNORECASE
)
NO_HALF_KERNEL = re.compile(r"not implemented for|without overflow|not supported for|unsupported")


def failed(outcome: Outcome) -> Verdict | None:
    """The verdict of a run that did not end normally, None for one that did."""
    if not outcome.error:
        return None
    if outcome.error == "timeout":
        return Verdict(False, "did not come back in time", "timeout")
    where = f", in the line `{outcome.line}`" if outcome.line else ""
    return Verdict(False, f"{outcome.error}: {outcome.message}{where}", f"error:{outcome.error}")


def number(value: float) -> str:
    """Four significant digits, without the noise of more."""
    return f"{value:.4g}"


def difference(got: object, expected: object, rtol: float, atol: float) -> tuple[str, str] | None:
    """(what differs, symptom) for two plain values, None if they agree."""
    if not isinstance(expected, Tensor):
        expected = torch.tensor(expected)
    if not isinstance(got, Tensor):
        got = torch.tensor(got)
    if got.shape != expected.shape:
        return f"expected shape {list(expected.shape)}, got {list(got.shape)}", "shape"
    exact = not (expected.is_floating_point() or got.is_floating_point())
    got64, expected64 = got.double(), expected.double()
    if expected64.isfinite().all() and not got64.isfinite().all():
        kind = "nan" if got64.isnan().any() else "inf"
        return f"expected {_first(expected64, ~got64.isfinite())}, got {kind.upper()}", kind
    close = torch.isclose(
        got64, expected64, rtol=0 if exact else rtol, atol=0 if exact else atol, equal_nan=True
    )
    if close.all():
        return None
    place = _place(~close)
    pair = f"expected {_first(expected64, ~close)}, got {_first(got64, ~close)}"
    return f"{place}{pair}", "number"


def _first(values: Tensor, where: Tensor) -> str:
    return number(values[where][0].item())


def _place(where: Tensor) -> str:
    if where.ndim == 0:
        return ""
    position = where.nonzero()[0].tolist()
    names = ("row", "column", "depth")
    return ", ".join(f"{names[i]} {p}" for i, p in enumerate(position[:3])) + ": "


def equal(rtol: float = 1e-5, atol: float = 1e-7, arrays: bool = False) -> Judge:
    """Every value of the reference is there, of the same kind and shape, and close.

    arrays: a numpy array is as good as a tensor.
    """

    def judge(student: Outcome, reference: Outcome) -> Verdict:
        if (failure := failed(student)) is not None:
            return failure
        for name, expected in reference.values.items():
            if name.endswith(" device"):
                continue
            if name.endswith(" is"):
                got = student.values.get(name, "missing")
                if got != expected and not (arrays and str(got).startswith("numpy")):
                    return Verdict(False, f"expected a {expected}, got {got}", f"type:{got}")
                continue
            got = student.values.get(name)
            if got is None:
                return Verdict(False, f"{name} is missing", "missing")
            found = difference(got, expected, rtol, atol)
            if found is not None:
                label = "" if name == "result" else f"{name}, "
                return Verdict(False, label + found[0], found[1])
        return FINE

    return judge


def gradients(rtol: float = 1e-5, atol: float = 1e-7) -> Judge:
    """Every gradient of the reference arrives, and is close."""
    compare = equal(rtol, atol)

    def judge(student: Outcome, reference: Outcome) -> Verdict:
        if (failure := failed(student)) is not None:
            return failure
        for name in reference.values:
            if name.startswith("gradient of") and name.endswith(" is"):
                expected, got = reference.values[name], student.values.get(name, "None")
                if got == "None" and expected != "None":
                    return Verdict(False, f"no {name.removesuffix(' is')} arrives", "no gradient")
        named = {k: v for k, v in reference.values.items() if k.startswith("gradient of")}
        return compare(student, Outcome(named))

    return judge


def finite(student: Outcome, reference: Outcome) -> Verdict:
    """No NaN and no infinity, in results and gradients; the shapes are the reference's."""
    if (failure := failed(student)) is not None:
        return failure
    for name, expected in reference.values.items():
        got = student.values.get(name)
        if isinstance(expected, Tensor):
            if not isinstance(got, Tensor):
                return Verdict(False, f"no {name} arrives", "no gradient")
            if not got.double().isfinite().all():
                kind = "nan" if got.isnan().any() else "inf"
                return Verdict(False, f"{name} holds {kind.upper()}", kind)
    return FINE


def half(rtol: float = 3e-2, atol: float = 3e-2) -> Judge:
    """The second call (half precision) gives about what the first (float64) gives.

    Where the CPU has no kernel for half precision, nothing is decided.
    """
    compare = unchanged(rtol, atol)

    def judge(student: Outcome, reference: Outcome) -> Verdict:
        if student.error and NO_HALF_KERNEL.search(student.message):
            return Verdict(None, f"not decided: {student.message}", "half")
        return compare(student, reference)

    return judge


def same_dtype(student: Outcome, reference: Outcome) -> Verdict:
    """The result has the dtype of the reference's, which is that of the inputs."""
    if (failure := failed(student)) is not None:
        return failure
    for name, expected in reference.values.items():
        got = student.values.get(name)
        if isinstance(expected, Tensor):
            if not isinstance(got, Tensor):
                return Verdict(False, f"got {student.values.get(f'{name} is')}", "type")
            if got.dtype != expected.dtype:
                return Verdict(False, f"expected {expected.dtype}, got {got.dtype}", "dtype")
    return FINE


def unchanged(rtol: float = 1e-5, atol: float = 1e-7) -> Judge:
    """Both calls of the student's own function agree with each other."""

    def judge(student: Outcome, reference: Outcome) -> Verdict:
        if (failure := failed(student)) is not None:
            return failure
        first, second = student.values.get("first"), student.values.get("second")
        if first is None or second is None:
            return Verdict(False, f"got {student.values.get('first is')}", "missing")
        found = difference(second, first, rtol, atol)
        return FINE if found is None else Verdict(False, found[0], found[1])

    return judge


def inputs_left_alone(student: Outcome, reference: Outcome) -> Verdict:
    """Every input is after the call what it was before."""
    if (failure := failed(student)) is not None:
        return failure
    for name, before in student.values.items():
        if name.endswith(" before"):
            changed = name.removesuffix(" before")
            after = student.values.get(f"{changed} after")
            if after is None or not torch.equal(before, after):
                return Verdict(False, f"{changed} has changed", "mutated")
    return FINE


def no_loop(rows_added: int) -> Judge:
    """More rows do not mean more tensor operations (half an operation per row is forgiven)."""

    def judge(student: Outcome, reference: Outcome) -> Verdict:
        if (failure := failed(student)) is not None:
            return failure
        small, large = student.values["small"], student.values["large"]
        if large - small < rows_added / 2:
            return FINE
        return Verdict(
            False, f"{small} tensor operations, {large} with {rows_added} rows more", "loop"
        )

    return judge


def on_device(student: Outcome, reference: Outcome) -> Verdict:
    """Inputs on a GPU (or fake CUDA tensors): the result is there too. Only device mistakes count.

    What else goes wrong there is left undecided, so that a grade does not depend on the machine.
    """
    if student.error:
        if DEVICE_MISMATCH.search(f"{student.error} {student.message}"):
            where = f", in the line `{student.line}`" if student.line else ""
            return Verdict(False, f"tensors on two devices{where}", "device")
        return Verdict(None, f"not decided: {student.error}", "device unknown")
    wanted = reference.values["inputs device"]
    for name, got in student.values.items():
        if name.endswith(" device") and name != "inputs device" and got != wanted:
            return Verdict(False, f"inputs on {wanted}, result on {got}", "device")
    return FINE
