"""From a student's function to a score: probe, judge, name the mistake.

`probe` and `judge` share nothing but an exercise's name, a seed and the outcomes between them.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import torch

from contrastive_ref.grading import naming
from contrastive_ref.grading.delegation import reference_disarmed
from contrastive_ref.grading.exercise import PARTS, Case, Exercise, Outcome, Verdict
from contrastive_ref.grading.registry import find
from contrastive_ref.grading.runner import run_case

HIDDEN_SEED = 7_919  # added to the seed for the runs that students do not see
TIMEOUTS_BEFORE_GIVING_UP = 2
REPEATED_WITH_FRESH_NUMBERS = ("values", "special", "gradient", "properties")


@dataclass(frozen=True)
class CaseResult:
    """One case with its verdict, as the report shows it."""

    case: Case
    verdict: Verdict
    hidden: bool


@dataclass(frozen=True)
class Assessment:
    """What the grader thinks of one function.

    score: 0..1. passed: every part but "no loop over rows" is complete. misconception: the name of
    the mistake, None if there is none or it has no name. message: what the student reads.
    status: "ok", "empty" (the stub), "delegated" or "not a function".
    """

    name: str
    score: float
    passed: bool
    misconception: str | None
    message: str
    status: str = "ok"
    results: tuple[CaseResult, ...] = ()
    named: tuple[naming.Named, ...] = ()
    notes: tuple[str, ...] = ()

    def part_fractions(self) -> dict[str, float]:
        """Fraction of the decided cases that passed, by part; parts without a decided case: 1."""
        fractions = {}
        for part in PARTS:
            verdicts = [r.verdict.passed for r in self.results if r.case.part == part]
            decided = [v for v in verdicts if v is not None]
            if verdicts:
                fractions[part] = sum(decided) / len(decided) if decided else 1.0
        return fractions


def pick_device(device: str | None) -> str:
    """ "cuda" if asked for or there, "fake" otherwise; "cpu" leaves the device cases out."""
    if device not in (None, "cpu", "cuda", "fake"):
        raise ValueError(f"device: expected None, 'cpu', 'cuda' or 'fake', got {device!r}")
    if device is None:
        return "cuda" if torch.cuda.is_available() else "fake"
    if device == "cuda" and not torch.cuda.is_available():
        raise ValueError("device: 'cuda' was asked for, but torch sees no GPU; use 'fake' or None")
    return device


def planned(exercise: Exercise, hidden: bool, seed: int) -> Iterator[tuple[str, Case, int]]:
    """(key, case, seed) of every run: the public ones, then the hidden ones with fresh numbers."""
    for case in exercise.cases:
        if hidden or not case.hidden:
            yield case.name, case, _case_seed(seed, case)
    for case in exercise.cases:
        if hidden and not case.hidden and case.part in REPEATED_WITH_FRESH_NUMBERS:
            yield (
                f"{case.name} (fresh)",
                replace(case, hidden=True),
                _case_seed(seed + HIDDEN_SEED, case),
            )


def _case_seed(seed: int, case: Case) -> int:
    return zlib.crc32(f"{seed}/{case.name}".encode())


def probe(
    name: str, student: Callable, *, hidden: bool = True, device: str = "fake", seed: int = 0
) -> dict[str, Outcome]:
    """Run every case of an exercise on a student's function. Judges nothing."""
    exercise = find(name)
    outcomes: dict[str, Outcome] = {}
    timeouts = 0
    with reference_disarmed(exercise.reference) as calls:
        for key, case, case_seed in planned(exercise, hidden, seed):
            if timeouts >= TIMEOUTS_BEFORE_GIVING_UP:
                outcomes[key] = Outcome(error="timeout", message="not tried any more")
                continue
            outcomes[key] = run_case(case, student, case_seed, device)
            timeouts += outcomes[key].error == "timeout"
            if calls:
                outcomes[key] = Outcome(error="delegated", message="the reference was called")
                break
            if is_stub(outcomes[key]):
                break
    return outcomes


def is_stub(outcome: Outcome) -> bool:
    """True for `raise NotImplementedError`, not for what torch raises on an unsupported dtype."""
    own = outcome.line.startswith("raise NotImplementedError") or not outcome.message
    return outcome.error == "NotImplementedError" and own


def judge(
    name: str,
    outcomes: Mapping[str, Outcome],
    *,
    hidden: bool = True,
    device: str = "fake",
    seed: int = 0,
) -> Assessment:
    """Decide about outcomes that `probe` brought back. Runs the reference, no student code."""
    exercise = find(name)
    first = next(iter(outcomes.values()), Outcome(error="missing"))
    if is_stub(first):
        return Assessment(name, 0.0, False, None, "", status="empty")
    if any(outcome.error == "delegated" for outcome in outcomes.values()):
        return Assessment(name, 0.0, False, "delegates_to_reference", "", status="delegated")

    runs = list(planned(exercise, hidden, seed))
    expected = {key: _run_reference(exercise, case, s, device) for key, case, s in runs}
    got = {key: outcomes.get(key, Outcome(error="missing")) for key, _, _ in runs}
    results = tuple(
        CaseResult(case, _verdict(case, got[key], expected[key]), case.hidden)
        for key, case, _ in runs
    )
    notes = tuple(dict.fromkeys(note for outcome in got.values() for note in outcome.notes))
    assessment = Assessment(name, 0.0, False, None, "", results=results, notes=notes)
    fractions = assessment.part_fractions()
    weights = {part: PARTS[part][1] for part in fractions}
    score = sum(weights[part] * fractions[part] for part in fractions) / sum(weights.values())
    if fractions.get("values", 1.0) == 0.0:
        score = 0.0  # a constant is untouched, finite, of the right dtype, and worth nothing
    passed = all(fractions[part] == 1.0 for part in fractions if part != "vectorised")
    named: tuple[naming.Named, ...] = ()
    if score < 1.0:
        verdicts = {key: r.verdict for (key, _, _), r in zip(runs, results, strict=True)}
        named = naming.name_mistakes(exercise, runs, got, expected, verdicts, device)
    return replace(
        assessment,
        score=score,
        passed=passed,
        named=named,
        misconception=named[0].name if named else None,
    )


_references: dict[tuple, Outcome] = {}


def _run_reference(exercise: Exercise, case: Case, seed: int, device: str) -> Outcome:
    key = (exercise.name, case.name, seed, device)
    if key not in _references:
        _references[key] = run_case(case, exercise.reference, seed, device, seconds=60)
    return _references[key]


def _verdict(case: Case, got: Outcome, expected: Outcome) -> Verdict:
    if got.error == "skipped":
        return Verdict(None, "not tried on this machine", "skipped")
    if got.error == "missing":
        return Verdict(False, "no result", "missing")
    try:
        return case.judge(got, expected)
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError):
        # The probe promised entries that are not there, or of another kind: its code was meddled
        # with, or the result is stranger than any judge foresaw. Either way it is not right.
        return Verdict(False, "a result of this kind cannot be read", "unreadable")
