"""What the student reads: one report, as HTML (JupyterLab, light and dark) and as plain text."""

from __future__ import annotations

import html
import re
import sys
import textwrap
from dataclasses import dataclass

from contrastive_ref.grading.assessing import Assessment, CaseResult
from contrastive_ref.grading.exercise import PARTS, Exercise

MARKS = {True: "✓", False: "✗", None: "·"}


@dataclass(frozen=True)
class Report:
    """The pieces of a report, before they become HTML or text."""

    title: str
    state: str  # "full", "partial", "none" or "empty"
    lines: tuple[tuple[bool | None, str, str], ...]  # (passed, part or parts, first difference)
    mistakes: tuple[tuple[str, str], ...]  # (title, hint)
    footer: tuple[str, ...]


def compose(exercise: Exercise, found: Assessment, score: str, attempt: int) -> Report:
    """Put together what there is to say about one assessment."""
    title = f"{exercise.name} — {score}"
    if found.status == "empty":
        return Report(
            title, "empty", (), (), ("Not solved yet: put your code where the stub raises.",)
        )
    if found.status == "not a function":
        return Report(title, "none", (), (("", "This is not something that can be called."),), ())
    if found.status == "not run":
        return Report(title, "none", (), (("", found.message),), ())
    if found.status == "delegated":
        told = (
            "This calls the reference implementation",
            "which proves that the reference works. Write the few lines yourself: you will need "
            "to know what they do two notebooks from here.",
        )
        return Report(title, "none", (), (told,), ())
    lines = _part_lines(found)
    mistakes = tuple((f"This is what you get {n.title}.", n.hint) for n in found.named)
    if not found.passed and not _wrong_numbers_explained(exercise, found) and exercise.hints:
        rung = min(attempt, len(exercise.hints) - 1)
        mistakes = ((f"Hint {rung + 1}.", exercise.hints[rung]), *mistakes)
    state = "full" if found.score >= 1 else "partial" if found.score > 0 else "none"
    return Report(title, state, lines, mistakes, found.notes)


def _wrong_numbers_explained(exercise: Exercise, found: Assessment) -> bool:
    """False if numbers are wrong and no named mistake says why: then a hint has to help."""
    wrong = any(
        r.case.part == "values" and r.verdict.symptom in ("number", "share") for r in found.results
    )
    known = {mistake.name for mistake in exercise.misconceptions} | {"constant_factor"}
    return bool(known & {n.name for n in found.named}) if wrong else bool(found.named)


def _part_lines(found: Assessment) -> tuple[tuple[bool | None, str, str], ...]:
    lines, told = [], set()
    for part in found.part_fractions():
        passed, title, difference = _part_line(found, part)
        _, _, detail = difference.partition(": ")
        # One exception or endless loop usually breaks every part: tell it once.
        words = re.sub(r"\d+", "", detail)
        if words and words in told:
            difference = "the same"
        told.add(words)
        lines.append((passed, title, difference))
    wrong = [line for line in lines if line[0] is False]
    fine = " · ".join(title for passed, title, _ in lines if passed)
    unknown = " · ".join(title for passed, title, _ in lines if passed is None)
    kept = [(mark, titles, "") for mark, titles in ((True, fine), (None, unknown)) if titles]
    return (*wrong, *kept)


def _part_line(found: Assessment, part: str) -> tuple[bool | None, str, str]:
    results = [r for r in found.results if r.case.part == part]
    failures = [r for r in results if r.verdict.passed is False]
    if not failures:
        undecided = all(r.verdict.passed is None for r in results)
        return (None if undecided else True), PARTS[part][0], ""
    public = [r for r in failures if not r.hidden]
    return False, PARTS[part][0], _difference(public[0] if public else failures[0])


def _difference(result: CaseResult) -> str:
    if result.hidden:  # what failed, but not on which inputs
        return "on inputs that are not shown"
    return (
        f"{result.case.name}: {result.verdict.detail}"
        if result.verdict.detail
        else (result.case.name)
    )


def as_text(exercise: Exercise, found: Assessment, score: str = "", attempt: int = 0) -> str:
    """The report for a terminal, a log, or a notebook that shows no HTML."""
    report = compose(exercise, found, score or f"{100 * found.score:.0f} %", attempt)
    lines = [report.title]
    for passed, part, difference in report.lines:
        told = f" ({difference})" if difference else " (not decided)" if passed is None else ""
        lines.append(f"  {MARKS[passed]} {part}{told}")
    for title, hint in report.mistakes:
        lines += textwrap.wrap(f"{title} {hint}".strip(), 92, break_long_words=False)
    lines += [f"Note: {note}." for note in report.footer] if report.lines else report.footer
    return "\n".join(lines)


# The colours work on white and on JupyterLab's dark grey; text takes the theme's own colour.
COLOURS = {"full": "#009E73", "partial": "#E69F00", "none": "#D55E00", "empty": "#888888"}


def as_html(exercise: Exercise, found: Assessment, score: str, attempt: int = 0) -> str:
    """The report for a notebook; also readable in nbgrader's feedback pages."""
    report = compose(exercise, found, score, attempt)
    colour = COLOURS[report.state]
    rows = "".join(
        f'<li style="margin:.15em 0"><span aria-hidden="true">{MARKS[passed]}</span> '
        f'<span style="{"font-weight:600" if passed is False else "opacity:.85"}">'
        f"{html.escape(part)}</span>"
        + (f' <span style="opacity:.85">({_code(difference)})</span>' if difference else "")
        + (" (not decided)" if passed is None else "")
        + "</li>"
        for passed, part, difference in report.lines
    )
    mistakes = "".join(
        f'<p style="margin:.5em 0 0"><strong>{_code(title)}</strong> {_code(hint)}</p>'
        for title, hint in report.mistakes
    )
    footer = "".join(
        f'<p style="margin:.5em 0 0;opacity:.85">{_code(note)}</p>' for note in report.footer
    )
    items = f'<ul style="list-style:none;padding:0;margin:.4em 0 0">{rows}</ul>' if rows else ""
    return (
        f'<div role="status" style="border-left:5px solid {colour};padding:.5em 1em;'
        f'margin:.2em 0;max-width:52em;line-height:1.45;color:var(--jp-ui-font-color1,inherit)">'
        f"<div><strong>{html.escape(report.title)}</strong></div>{items}{mistakes}{footer}</div>"
    )


def _code(text: str) -> str:
    """Escape, and turn `backticks` into code."""
    pieces = html.escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))


def points_text(earned: float, points: float) -> str:
    """ "1.5 of 4 points"."""
    return f"{earned:g} of {points:g} point{'s' if points != 1 else ''}"


def show(exercise: Exercise, found: Assessment, earned: float, points: float, attempt: int) -> None:
    """Display the report below the cell, or print it where there is no notebook."""
    score = points_text(earned, points)
    text = as_text(exercise, found, score, attempt)
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        print(text)
        return
    from IPython.display import display

    page = as_html(exercise, found, score, attempt)
    display({"text/html": page, "text/plain": text}, raw=True)
