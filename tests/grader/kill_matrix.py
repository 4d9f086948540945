"""Write docs/kill_matrix.md: what every known answer scores, and the name that the grader gives it.

python tests/grader/kill_matrix.py
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from contrastive_ref.grading import assess, exercises  # noqa: E402
from contrastive_ref.grading.registry import find  # noqa: E402
from tests.grader.right import RIGHT, RIGHT_BUT_SLOW  # noqa: E402
from tests.grader.wrong import WRONG  # noqa: E402


def rows(name: str) -> list[str]:
    """One Markdown table row per known answer to an exercise."""
    answers = [("wrong", m.name, m.wrong) for m in find(name).misconceptions]
    answers += [("wrong", style, student) for style, (student, _) in WRONG[name].items()]
    answers += [("right", style, student) for style, student in RIGHT[name].items()]
    answers += [("right, slow", s, student) for s, student in RIGHT_BUT_SLOW.get(name, {}).items()]
    lines = []
    for kind, answer, student in answers:
        found = assess(name, student, device="fake")
        lines.append(
            f"| {kind} | {answer} | {100 * found.score:.0f} | {found.misconception or ''} |"
        )
    return lines


def main() -> None:
    text = [
        "# Kill matrix",
        "",
        "What the grader gives to every known answer, hidden cases included. Written by",
        "`python tests/grader/kill_matrix.py`; `tests/grader/test_matrix.py` asserts it.",
    ]
    for name in exercises():
        print(name, flush=True)
        text += ["", f"## {name}", "", "| answer | | score in % | named |", "|---|---|---|---|"]
        text += rows(name)
    (ROOT / "docs" / "kill_matrix.md").write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
