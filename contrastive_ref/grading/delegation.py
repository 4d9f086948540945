"""Noticing that a student's function hands its work to the reference.

While the student's code runs, the reference of the exercise under test is disarmed: its code is
swapped for one that notes the call and raises. All names of the function, wrappers and stored
copies of it included, share that code, so it does not matter under which name it is called.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager

calls: list[str] = []


class DelegatedToReference(BaseException):
    """Raised where a student's function calls the reference of its own exercise."""


def _disarmed(*args: object, **kwargs: object) -> None:
    from contrastive_ref.grading import delegation

    delegation.calls.append("called")
    raise delegation.DelegatedToReference("the reference was called")


def functions_of(reference: Callable) -> list[types.FunctionType]:
    """The function itself, or all methods of a class."""
    if isinstance(reference, types.FunctionType):
        return [reference]
    members = vars(reference).values() if isinstance(reference, type) else ()
    return [member for member in members if isinstance(member, types.FunctionType)]


def disarmed_code() -> types.CodeType:
    """The code that a reference is given when it may not be called."""
    return _disarmed.__code__


@contextmanager
def reference_disarmed(reference: Callable) -> Iterator[list[str]]:
    """Within this block, calling `reference` (a function or a class) raises and is noted.

    Yields the list of noted calls, which holds even if the student's code swallows the exception.
    """
    functions = functions_of(reference)
    originals = [function.__code__ for function in functions]
    calls.clear()
    try:
        for function in functions:
            function.__code__ = _disarmed.__code__
        yield calls
    finally:
        for function, code in zip(functions, originals, strict=True):
            function.__code__ = code
