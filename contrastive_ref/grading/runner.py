"""Running one case: student code between guards; whatever it does becomes an Outcome."""

from __future__ import annotations

import io
import random
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout

import numpy as np
import torch
from torch import Tensor

from contrastive_ref.grading.delegation import DelegatedToReference
from contrastive_ref.grading.exercise import Case, Inputs, Outcome
from contrastive_ref.grading.limits import OutOfTime, time_limit
from contrastive_ref.grading.outcomes import flatten

SECONDS_PER_CASE = 5.0
MOST_TEXT = 10_000


def run_case(
    case: Case, student: Callable, seed: int, device: str, seconds: float = SECONDS_PER_CASE
) -> Outcome:
    """Draw the inputs of a case, run its probe on a function, and describe what happened.

    device: where cases with `where="device"` run: "cuda", "fake" (CUDA tensors without data and
    without a GPU), or "cpu" (then they are not run: the error is "skipped").

    Raises nothing that student code raised, except KeyboardInterrupt.
    """
    inputs = case.inputs(torch.Generator().manual_seed(seed))
    if case.where == "cpu":
        return _guarded(case, student, inputs, seconds)
    if device == "cpu":
        return Outcome({"inputs device": "cpu"}, error="skipped")
    with _fake_tensors() if device == "fake" else nullcontext():
        outcome = _guarded(case, student, _to_cuda(inputs, fake=device == "fake"), seconds)
    return Outcome(
        {**outcome.values, "inputs device": "cuda"}, outcome.error, outcome.message, outcome.line
    )


def _guarded(case: Case, student: Callable, inputs: Inputs, seconds: float) -> Outcome:
    copies = {k: v.clone() if isinstance(v, Tensor) else v for k, v in inputs.items()}
    printed, complained = _Short(), _Short()
    started = time.monotonic()
    with _global_state_restored(), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            with redirect_stdout(printed), redirect_stderr(complained), time_limit(seconds):
                values = _flat(case.probe(student, copies))
        except OutOfTime:
            return Outcome(error="timeout", message=f"no result after {seconds:g} s")
        except DelegatedToReference as found:
            return Outcome(error="delegated", message=str(found))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit, GeneratorExit and all that a student can raise
            return _ended_by(error)
    if time.monotonic() - started > seconds:  # it swallowed the interruption, and came back later
        return Outcome(error="timeout", message=f"no result after {seconds:g} s")
    return Outcome(values, notes=_notes(printed, complained, caught))


def _flat(results: Mapping[str, object]) -> dict:
    values: dict = {}
    for name, result in results.items():
        values.update(flatten(name, result))
    return values


def _ended_by(error: BaseException) -> Outcome:
    name = type(error).__name__
    try:
        message = " ".join(str(error).split())[:300]
    except Exception:
        message = "(its message cannot be read)"
    return Outcome(error=name, message=message, line=_students_line(error))


def _students_line(error: BaseException) -> str:
    """The innermost line of the traceback outside torch, the standard library and this package."""
    foreign = ("contrastive_ref", "site-packages", "dist-packages", "/lib/python", "\\lib\\")
    frames = traceback.extract_tb(error.__traceback__)[-200:]
    own = [f for f in frames if not any(part in f.filename for part in foreign)]
    return (own[-1].line or "")[:120] if own else ""


def _notes(printed: _Short, complained: _Short, caught: list) -> tuple[str, ...]:
    notes = []
    if printed.getvalue().strip():
        notes.append("your function prints; the check has swallowed it")
    if complained.getvalue().strip():
        notes.append(
            "your function writes to stderr; in a cell of its own nbgrader takes that for an error"
        )
    for warning in caught[:2]:
        notes.append(f"your function warns: {str(warning.message).splitlines()[0][:160]}")
    return tuple(notes)


class _Short(io.StringIO):
    """A text stream that keeps only the beginning."""

    def write(self, text: str) -> int:
        if self.tell() < MOST_TEXT:
            super().write(text[:MOST_TEXT])
        return len(text)


def _to_cuda(inputs: Inputs, fake: bool) -> Inputs:
    def move(value: object) -> object:
        if not isinstance(value, Tensor):
            return value
        if fake:
            return torch.empty(value.shape, dtype=value.dtype, device="cuda")
        return value.to("cuda")

    return {name: move(value) for name, value in inputs.items()}


def warm_up() -> None:
    """Do what the first run would wait for: import and start the fake tensors."""
    with _fake_tensors():
        torch.empty(1, device="cuda")


@contextmanager
def _fake_tensors() -> Iterator[None]:
    from torch._subclasses import FakeTensorMode  # costs a second to import, used last

    with FakeTensorMode(allow_non_fake_inputs=True), torch.no_grad():
        yield


@contextmanager
def _global_state_restored() -> Iterator[None]:
    """Student code may seed, switch gradients off or change defaults: put all of it back."""
    python_state, numpy_state = random.getstate(), np.random.get_state()
    grad, dtype = torch.is_grad_enabled(), torch.get_default_dtype()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        try:
            yield
        finally:
            random.setstate(python_state)
            np.random.set_state(numpy_state)
            torch.set_grad_enabled(grad)
            torch.set_default_dtype(dtype)
