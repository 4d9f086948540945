"""What an exercise is made of: cases to try, parts that earn points, mistakes with a name.

A *case* joins a probe (runs beside the student's code) and a judge (never runs student code).
Everything that passes between the two is an `Outcome`: plain tensors, numbers and text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

Plain = Tensor | float | int | bool | str
Inputs = dict[str, Plain]
Probe = Callable[[Callable, Inputs], Mapping[str, object]]


@dataclass(frozen=True)
class Outcome:
    """What one run of a probe left behind.

    values: plain results by name; `"result is"` says in words what kind of thing came back.
    error: how the run ended if not normally ("ValueError", "timeout", "exit", …), else "".
    message: the error's own words. line: the student's line that raised it, "" if unknown.
    notes: what the student should know but what costs nothing (a warning, a print).
    """

    values: Mapping[str, Plain] = field(default_factory=dict)
    error: str = ""
    message: str = ""
    line: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """A judge's word on one case. passed is None where the case could not decide."""

    passed: bool | None
    detail: str = ""
    symptom: str = ""


Judge = Callable[[Outcome, Outcome], Verdict]  # (student's, reference's)


@dataclass(frozen=True)
class Case:
    """One thing to try: inputs drawn from a generator, a probe, a judge, the part it counts for.

    where: "cpu", or "device": a GPU if there is one, else fake CUDA tensors.
    """

    name: str
    part: str
    inputs: Callable[[torch.Generator], Inputs]
    probe: Probe
    judge: Judge
    hidden: bool = False
    where: str = "cpu"


@dataclass(frozen=True)
class Misconception:
    """A wrong implementation that people really write, and what to say to somebody who wrote it.

    title completes "This is what you get …". `wrong` is tried on the same cases as the student's
    function; equal numbers mean the same mistake. Where numbers cannot identify it (random
    results), `symptom` looks at the student's verdicts, by case name, instead.
    """

    name: str
    title: str
    hint: str
    wrong: Callable
    symptom: Callable[[Mapping[str, Verdict]], bool] | None = None


# What a student reads for each part, and its weight. "vectorised" is the only part that a correct
# function may lose; with the others present it is never worth more than a tenth.
PARTS = {
    "values": ("right numbers", 8.0),
    "special": ("special cases", 3.0),
    "gradient": ("gradient", 4.0),
    "properties": ("properties", 3.0),
    "stability": ("extreme numbers", 2.0),
    "types": ("type, dtype and device", 2.0),
    "untouched": ("inputs left alone", 1.0),
    "vectorised": ("no loop over rows", 2.0),
}


@dataclass(frozen=True)
class Exercise:
    """Everything the grader knows about one exercise. See docs/authoring.md for how to add one."""

    name: str
    reference: Callable
    cases: tuple[Case, ...]
    misconceptions: tuple[Misconception, ...]
    hints: tuple[str, ...]

    def __post_init__(self) -> None:
        unknown = {case.part for case in self.cases} - set(PARTS)
        names = [case.name for case in self.cases]
        repeated = {name for name in names if names.count(name) > 1}
        if unknown or repeated:
            raise ValueError(
                f"{self.name}: unknown parts {sorted(unknown)}, repeated cases {sorted(repeated)}"
            )
