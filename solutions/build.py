"""Make both notebook trees from the scripts `solutions/NN_topic/NN_topic.py`.

    python solutions/build.py [--out DIR]

Each script (jupytext percent format, nbgrader's metadata inline) becomes
`solutions/NN_topic/NN_topic.ipynb` through jupytext, and that becomes
`course/NN_topic/NN_topic.ipynb` through nbgrader's own `generate_assignment`, run in a temporary
copy of the course so that nobody's gradebook is touched. `--out` writes both trees elsewhere.
"""

from __future__ import annotations

import argparse
import ast
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
NAME = re.compile(r"\d\d_[a-z0-9_]+")
MAX_LINES = 25
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}


class NotebookError(Exception):
    """A rule of the course that a notebook breaks; the message names file, cell and rule."""


def read_script(script: Path) -> NotebookNode:
    """The notebook that a percent script stands for, with the same cell ids at every reading."""
    notebook = jupytext.read(script)
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    name, since = "start", 0
    for cell in notebook.cells:  # a new cell renames only its neighbours up to the next exercise
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        name, since = (grade_id, 0) if grade_id else (name, since + 1)
        cell.id = grade_id or f"{name}-{since}"
    return notebook


def validate(notebook: NotebookNode, where: str) -> None:
    """Check the rules that every notebook of the course keeps.

    Raises:
        NotebookError: the first rule that is broken.
    """
    seen: set[str] = set()
    for position, cell in enumerate(notebook.cells):
        grading = cell.metadata.get("nbgrader", {})
        grade_id = grading.get("grade_id", "")
        problem = _code_problem(cell, grading) if cell.cell_type == "code" else ""
        if grading and not re.fullmatch(r"[a-zA-Z_]\w{0,59}", grade_id):
            problem = f"grade_id must be a Python name of at most 60 letters, not {grade_id!r}"
        elif grading and cell.cell_type != "code":
            problem = "only code cells are exercises; nbgrader cannot restore a locked text cell"
        elif grade_id in seen:
            problem = f"grade_id {grade_id!r} is used twice"
        if problem:
            first = cell.source.strip().split("\n")[0][:60]
            raise NotebookError(f"{where}, cell {position} ({grade_id or first!r}): {problem}")
        seen.add(grade_id or f"cell {position}")
    nbformat.validate(notebook)


def _code_problem(cell: NotebookNode, grading: dict) -> str:
    """What is wrong with one code cell; empty if nothing is."""
    lines = len(cell.source.split("\n"))
    if lines > MAX_LINES:
        return f"{lines} lines; a code cell has at most {MAX_LINES}"
    grade_id, points = grading.get("grade_id", ""), grading.get("points", 0)
    if grading.get("grade"):
        function = grade_id.removeprefix("test_")
        wanted = f"check({function!r}, {function}, points={points})".replace("'", '"')
        if function == grade_id or not grading.get("locked") or grading.get("solution"):
            return "a graded cell has a grade_id test_..., is locked and is no solution cell"
        if not points > 0:
            return f"points must be above 0, not {points}"
        if "experiment" in cell.metadata.get("tags", []):
            return "a graded cell cannot be an experiment: grading leaves experiments out"
        # exactly this line: a semicolon behind it would hide the result, which nbgrader
        # takes for full marks
        if cell.source.strip() != wanted:
            return f"the cell must be exactly {wanted}"
    elif grade_id.startswith("test_"):
        return "a test_ cell must be graded (nbgrader metadata: grade true)"
    elif grading.get("solution"):
        try:
            body = ast.parse(cell.source).body
        except SyntaxError as error:
            return f"not valid Python ({error})"
        if grade_id not in {getattr(node, "name", None) for node in body}:
            return f"the cell must define {grade_id}, as its grade_id says"
        if "### BEGIN SOLUTION" not in cell.source:
            return "no ### BEGIN SOLUTION: students would lose the whole cell, signature included"
    elif grading:
        return "a cell with nbgrader metadata is either graded or a solution"
    return ""


def build(out: Path = ROOT, root: Path = ROOT) -> list[str]:
    """Write `solutions/` and `course/` notebooks under `out`; returns the assignments' names."""
    scripts = sorted(p for p in root.glob("solutions/*/*.py") if p.stem == p.parent.name)
    names = [script.stem for script in scripts if NAME.fullmatch(script.stem)]
    with tempfile.TemporaryDirectory() as temporary:
        course = Path(temporary)
        shutil.copy(root / "nbgrader_config.py", course)
        for name in names:
            folder = course / "solutions" / name
            shutil.copytree(root / "solutions" / name, folder)
            notebook = read_script(folder / f"{name}.py")
            validate(notebook, f"solutions/{name}/{name}.py")
            nbformat.write(notebook, folder / f"{name}.ipynb")
        command = [sys.executable, "-m", "nbgrader", "generate_assignment", "*", "--force"]
        run = subprocess.run(command, cwd=course, capture_output=True, text=True)
        if run.returncode:
            raise NotebookError(f"nbgrader generate_assignment failed\n{run.stderr}")
        for name in names:
            target = out / "solutions" / name
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(course / "solutions" / name / f"{name}.ipynb", target)
            shutil.copytree(course / "course" / name, out / "course" / name, dirs_exist_ok=True)
            print(f"{name}: solutions and course written")
    return names


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make the notebooks from their scripts.")
    parser.add_argument("--out", type=Path, default=ROOT, help="folder to write both trees to")
    try:
        build(parser.parse_args().out.resolve())
    except NotebookError as error:
        sys.exit(f"error: {error}")
