"""Which mistake is it? A student's numbers are compared with those of every known wrong answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from contrastive_ref.grading import judges
from contrastive_ref.grading.exercise import Case, Exercise, Misconception, Outcome, Verdict
from contrastive_ref.grading.runner import run_case
from contrastive_ref.grading.symptoms import GENERAL

Runs = Iterable[tuple[str, Case, int]]
INDEPENDENT = ("mutated", "no gradient", "dtype", "device", "loop")
SAME_NUMBERS = judges.equal(rtol=1e-4, atol=1e-7, arrays=True)


@dataclass(frozen=True)
class Named:
    """A mistake that the report can name. title completes "This is what you get …"."""

    name: str
    title: str
    hint: str


def name_mistakes(
    exercise: Exercise,
    runs: Runs,
    got: Mapping[str, Outcome],
    expected: Mapping[str, Outcome],
    verdicts: Mapping[str, Verdict],
    device: str,
) -> tuple[Named, ...]:
    """At most two named mistakes, the one that explains most first."""
    runs = list(runs)
    failing = {key for key, verdict in verdicts.items() if verdict.passed is False}
    found: list[tuple[int, Named, set[str]]] = []
    for mistake in exercise.misconceptions:
        explained = _explains(mistake, exercise, runs, got, expected, verdicts, device)
        if explained:
            found.append((len(explained), _named(mistake), explained))
    found.sort(key=lambda item: -item[0])

    named: list[Named] = []
    for _, mistake, explained in found:
        if explained & failing and len(named) < 2:
            named.append(mistake)
            failing -= explained
    if not named and (factor := _constant_factor(runs, got, expected)) is not None:
        named.append(factor)
        failing.clear()
    for key, case, _ in runs:
        symptom = _general_key(verdicts[key], case)
        # Beside a named mistake, only what surely is a second one: the rest follows from the first.
        if key in failing and symptom in GENERAL and (not named or symptom in INDEPENDENT):
            general = Named(*GENERAL[symptom])
            if len(named) < 2 and general.name not in {n.name for n in named}:
                named.append(general)
    return tuple(named)


def _named(mistake: Misconception) -> Named:
    return Named(mistake.name, mistake.title, mistake.hint)


def _explains(
    mistake: Misconception,
    exercise: Exercise,
    runs: Runs,
    got: Mapping[str, Outcome],
    expected: Mapping[str, Outcome],
    verdicts: Mapping[str, Verdict],
    device: str,
) -> set[str]:
    """The failing cases that this mistake accounts for; none if the student's numbers differ."""
    if mistake.symptom is not None:
        failing = {key for key, verdict in verdicts.items() if verdict.passed is False}
        try:
            return failing if failing and mistake.symptom(verdicts) else set()
        except KeyError:
            return set()
    agreeing, telling = set(), set()
    values_told = False
    for key, case, seed in runs:
        if verdicts[key].passed is None:
            continue
        theirs = _run_wrong(exercise, mistake, case, seed, device)
        wrong_here = case.judge(theirs, expected[key]).passed is False
        if not wrong_here:
            if case.part == "values" and verdicts[key].passed is False:
                return set()  # the student is wrong where this mistake is right
            continue
        same = agree(got[key], theirs)
        if case.part == "values":
            values_told = True
            if not same:
                return set()
        telling.add(key)
        if same or verdicts[key].passed is False:
            agreeing.add(key)
    numbers = any(not got[key].error for key in agreeing)
    if values_told:
        return agreeing
    same_everywhere = telling and all(
        agree(got[key], _run_wrong(exercise, mistake, case, seed, device))
        for key, case, seed in runs
        if key in telling
    )
    return agreeing if same_everywhere and (numbers or agreeing) else set()


_wrong_runs: dict[tuple, Outcome] = {}


def _run_wrong(
    exercise: Exercise, mistake: Misconception, case: Case, seed: int, device: str
) -> Outcome:
    key = (exercise.name, mistake.name, case.name, seed, device)
    if key not in _wrong_runs:
        _wrong_runs[key] = run_case(case, mistake.wrong, seed, device, seconds=1)
    return _wrong_runs[key]


def agree(one: Outcome, other: Outcome) -> bool:
    """Equal results, or the same complaint (numbers in the message aside)."""
    if one.error or other.error:
        return one.error == other.error and _words(one.message) == _words(other.message)
    if set(one.values) != set(other.values):
        return False
    return SAME_NUMBERS(one, other).passed is True


def _words(message: str) -> str:
    return re.sub(r"[\d\W]+", " ", message)[:60]


def _constant_factor(
    runs: Runs, got: Mapping[str, Outcome], expected: Mapping[str, Outcome]
) -> Named | None:
    """The student's numbers are the right ones times the same k on at least three inputs."""
    ratios = []
    for key, case, _ in runs:
        if case.part != "values":
            continue
        mine, right = got[key].values.get("result"), expected[key].values.get("result")
        if not (isinstance(mine, Tensor) and isinstance(right, Tensor)):
            return None
        if mine.shape != right.shape or not right.is_floating_point():
            return None
        large = right.abs() > 1e-6
        if large.any():
            ratios.append((mine.double() / right.double())[large])
    if len(ratios) < 3:
        return None
    k = torch.cat(ratios)
    if not k.isfinite().all() or (k - k.mean()).abs().max() > 1e-4 * k.mean().abs():
        return None
    factor = k.mean().item()
    if abs(factor - 1) < 1e-4 or abs(factor) < 1e-6:
        return None
    return Named(
        "constant_factor",
        f"when everything is right up to a factor of {factor:.4g}",
        "What do you average over, and what do you only add up? A sign, a mean over features, "
        "a factor ½ or a sum of two directions all look like this.",
    )


def _general_key(verdict: Verdict, case: Case) -> str:
    symptom = verdict.symptom
    if symptom.startswith("error:") and "in-place" in verdict.detail:
        return "mutated"
    if symptom.startswith("type:"):
        return symptom if symptom in GENERAL else "type"
    if symptom.startswith("error:"):
        return symptom if symptom in GENERAL else "error"
    return symptom if symptom in GENERAL else f"part:{case.part}"
