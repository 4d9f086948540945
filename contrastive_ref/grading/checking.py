"""The two doors of the grader: `check` for notebooks, `assess` for tools and tests."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import replace

from contrastive_ref.grading import assessing, report
from contrastive_ref.grading.assessing import Assessment
from contrastive_ref.grading.registry import all_exercises, find

_attempts: dict[str, int] = {}  # failed checks so far in this kernel: how far down the hint ladder


def exercises() -> list[str]:
    """The names of all exercises, in the order of the notebooks."""
    return list(all_exercises())


def assess(
    name: str,
    student: Callable,
    *,
    hidden: bool = True,
    device: str | None = None,
    seed: int | None = None,
) -> Assessment:
    """Grade one function without showing or keeping anything.

    Args:
        name: an exercise, see `exercises()`.
        student: the function or class to grade. Whatever it does when called becomes a score.
        hidden: also run the probes that students do not see (fresh numbers, larger sizes).
        device: "cuda", "fake" (CUDA tensors without data, on any machine), "cpu" (no device
            probes), or None: a GPU if there is one, fake CUDA tensors otherwise.
        seed: of the inputs; the same seed gives the same score.

    Raises:
        ValueError: unknown exercise or device.
    """
    return _assess(name, student, hidden, device, seed, attempt=0)


def _assess(
    name: str,
    student: Callable,
    hidden: bool,
    device: str | None,
    seed: int | None,
    attempt: int,
) -> Assessment:
    find(name)  # an unknown name is the caller's mistake, and is told before anything runs
    if not callable(student):
        found = Assessment(name, 0.0, False, None, "", status="not a function")
    else:
        settings = {"hidden": hidden, "device": assessing.pick_device(device), "seed": seed or 0}
        outcomes = assessing.probe(name, student, **settings)
        found = assessing.judge(name, outcomes, **settings)
    return with_message(found, attempt)


def with_message(found: Assessment, attempt: int = 0) -> Assessment:
    """The same assessment with what the student reads."""
    return replace(found, message=report.as_text(find(found.name), found, attempt=attempt))


def check(name: str, student: Callable, points: float = 1.0) -> float:
    """Grade a function, show the report below the cell, and return the points as a plain float.

    The last line of an nbgrader test cell: `check("l2_normalize", l2_normalize, points=2)`.
    Never raises: an empty or broken answer earns 0.0. A function that passes is kept for later
    notebooks (see `contrastive_ref.workbook`). While nbgrader grades, hidden probes run as well.
    """
    grading = os.environ.get("NBGRADER_EXECUTION") == "autograde"
    try:
        attempt = _attempts.get(name, 0)
        found = _assess(name, student, hidden=grading, device=None, seed=None, attempt=attempt)
        if found.score < 1.0 and found.status != "empty":
            _attempts[name] = attempt + 1
        earned = points_for(found, points)
        report.show(find(name), found, earned, points, attempt)
        if found.passed and not grading:
            from contrastive_ref import workbook

            workbook.keep(name, student)
        return earned
    except KeyboardInterrupt:
        print(f"{name}: the check was interrupted. Run the cell again.")
    except Exception as error:
        print(f"{name}: the grader itself has failed ({type(error).__name__}: {error}).")
        print("That is not your mistake. Please tell your instructor.")
    return 0.0


def points_for(found: Assessment, points: float) -> float:
    """A plain float in [0, points]; below `points` unless everything is right."""
    points = float(points)
    if found.score >= 1.0:
        return points
    return math.floor(points * found.score * 100) / 100  # never rounded up to full marks
