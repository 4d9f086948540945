"""A small class in a temporary folder, graded once with the real nbgrader commands."""

import csv
import html
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Classroom:
    """One course folder, and what the commands that ran in it printed."""

    folder: Path
    assignment: str
    log: str = ""

    def run(self, *command: str) -> int:
        """Run a command in the course, keep what it prints, and return its exit status."""
        environment = dict(os.environ, CONTRASTIVE_WORKBOOK=str(self.folder / "workbook"))
        run = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True
        )
        self.log += run.stdout + run.stderr
        return run.returncode

    def nbgrader(self, *arguments: str) -> int:
        return self.run(sys.executable, "-m", "nbgrader", *arguments)

    def make_grade(self) -> int:
        """`make grade`, with this Python in place of the one that the Makefile would install."""
        for name in ("Makefile", "pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, self.folder)
        python = self.folder / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        (self.folder / ".venv" / ".installed").touch()
        return self.run("make", "grade", f"A={self.assignment}")

    def submit(self, student: str, notebook: NotebookNode | str) -> None:
        """Put a notebook, or the text of a broken one, where nbgrader collects submissions."""
        folder = self.folder / "submitted" / student / self.assignment
        folder.mkdir(parents=True)
        text = notebook if isinstance(notebook, str) else nbformat.writes(notebook)
        (folder / f"{self.assignment}.ipynb").write_text(text, encoding="utf-8")

    def totals(self) -> dict[str, float]:
        """Points per student, from the file that `nbgrader export` wrote."""
        with (self.folder / "grades.csv").open() as file:
            return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}

    def points(self, student: str) -> dict[str, float | None]:
        """Points per exercise, from the gradebook; None where nbgrader has none."""
        with Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}") as gradebook:
            submission = gradebook.find_submission(self.assignment, student)
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            return {grade.name.removeprefix("test_"): grade.auto_score for grade in grades}

    def feedback(self, student: str) -> str:
        """The text of a student's feedback page; empty if there is no page."""
        page = self.folder / "feedback" / student / self.assignment / f"{self.assignment}.html"
        if not page.exists():
            return ""
        return plain(html.unescape(re.sub(r"<[^>]*>", "", page.read_text(encoding="utf-8"))))


def plain(text: str) -> str:
    """Text without the marks of code and with single spaces, to compare across formats."""
    return " ".join(text.replace("`", "").split())


def exercise_cell(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    """The cell of a notebook with this grade_id."""
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id:
            return cell
    raise KeyError(grade_id)


@pytest.fixture(scope="session")
def new_classroom(tmp_path_factory) -> Callable[[str], Classroom]:
    """`new_classroom(assignment)`: a course folder as an instructor has it, without students."""

    def make(assignment: str) -> Classroom:
        folder = tmp_path_factory.mktemp("classroom")
        shutil.copytree(ROOT / "solutions" / assignment, folder / "solutions" / assignment)
        shutil.copy(ROOT / "nbgrader_config.py", folder)
        return Classroom(folder, assignment)

    return make


def read(tree: str, assignment: str) -> NotebookNode:
    return nbformat.read(ROOT / tree / assignment / f"{assignment}.ipynb", as_version=4)


@pytest.fixture(scope="session")
def cell_of():
    return exercise_cell


@pytest.fixture(scope="session")
def answered() -> Callable[..., NotebookNode]:
    """`answered(assignment, name=source)`: a submission, right except for the functions given."""

    def make(assignment: str, **sources: str) -> NotebookNode:
        notebook, solutions = read("course", assignment), read("solutions", assignment)
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                name = cell.metadata.nbgrader.grade_id
                cell.source = sources.pop(name, exercise_cell(solutions, name).source)
        assert not sources, f"no such exercise: {sources}"
        return notebook

    return make
