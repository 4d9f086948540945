"""The notebooks: made from their scripts, and worth what they should be worth."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbgrader.utils import determine_grade, is_grade

ROOT = Path(__file__).resolve().parent.parent
NAMES = sorted(p.stem for p in ROOT.glob("solutions/*/*.py") if p.stem == p.parent.name)


@pytest.fixture(scope="module")
def build():
    """The module solutions/build.py."""
    spec = importlib.util.spec_from_file_location("build", ROOT / "solutions" / "build.py")
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    spec.loader.exec_module(module)  # no __pycache__: nbgrader would list it as an assignment
    sys.dont_write_bytecode = before
    return module


def test_the_notebooks_are_what_their_scripts_make(tmp_path):
    command = [sys.executable, str(ROOT / "solutions" / "build.py"), "--out", str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    for tree in ("course", "solutions"):
        made, there = (
            {p.relative_to(folder): p.read_text("utf-8") for p in folder.glob(f"{tree}/*/*.ipynb")}
            for folder in (tmp_path, ROOT)
        )
        assert sorted(made) == sorted(there)
        differing = [str(path) for path in made if made[path] != there[path]]
        assert not differing, f"run `make notebooks`: {differing}"


def run_as_nbgrader_does(path: Path) -> tuple[list[str], dict[str, tuple]]:
    """Execute without the experiments; returns errors, and (points, maximum) per check."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=120,
        allow_errors=True,
        skip_cells_with_tag="experiment",
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute(env=dict(os.environ, NBGRADER_EXECUTION="autograde"))
    wrong = [
        f"cell {number}: {output.get('ename', 'stderr')} {output.get('evalue', output.get('text'))}"
        for number, cell in enumerate(notebook.cells)
        for output in cell.get("outputs", [])
        if output.output_type == "error" or output.get("name") == "stderr"
    ]
    points = {
        cell.metadata.nbgrader.grade_id: determine_grade(cell)
        for cell in notebook.cells
        if is_grade(cell)
    }
    return wrong, points


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_earns_full_marks(name):
    wrong, points = run_as_nbgrader_does(ROOT / "solutions" / name / f"{name}.ipynb")
    assert not wrong
    assert points and all(earned == maximum for earned, maximum in points.values()), points


@pytest.mark.parametrize("name", NAMES)
def test_the_untouched_notebook_runs_and_earns_nothing(name):
    wrong, points = run_as_nbgrader_does(ROOT / "course" / name / f"{name}.ipynb")
    assert not wrong
    assert points and all(earned == 0 for earned, _ in points.values()), points


@pytest.mark.parametrize("name", NAMES)
def test_no_outputs_and_no_solutions_in_what_students_get(name):
    released = nbformat.read(ROOT / "course" / name / f"{name}.ipynb", as_version=4)
    code = [cell for cell in released.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert not any("SOLUTION" in cell.source for cell in released.cells)
    solution = [cell for cell in code if cell.metadata.get("nbgrader", {}).get("solution")]
    assert solution and all("raise NotImplementedError()" in cell.source for cell in solution)


GOOD = """
# %% nbgrader={"grade": false, "grade_id": "f", "locked": false, "schema_version": 3, "solution": true, "task": false}
def f(x):
    ### BEGIN SOLUTION
    return x
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_f", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("f", f, points=2)
"""  # noqa: E501


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("points=2)", "points=3)", 'must be exactly check("f", f, points=2)'),
        ("points=2)", "points=2);", "must be exactly"),
        ('"locked": true, ', '"locked": false, ', "is locked"),
        ('"points": 2', '"points": 0', "points must be above 0"),
        ("def f(x)", "def g(x)", "must define f"),
        ("### BEGIN SOLUTION", "# here", "no ### BEGIN SOLUTION"),
        ('"grade_id": "test_f"', '"grade_id": "f_test"', "a grade_id test_..."),
        ("    return x", "    return x\n" + "    x\n" * 25, "at most 25"),
        ('"task": false}\ncheck', '"task": false} tags=["experiment"]\ncheck', "experiment"),
        ("# %% nbgrader", "# %% [markdown] nbgrader", "only code cells"),
        (GOOD, GOOD + GOOD, "used twice"),
    ],
)
def test_build_refuses_a_broken_rule_and_names_file_and_cell(build, tmp_path, old, new, message):
    script = tmp_path / "01_x.py"
    assert old in GOOD
    script.write_text(GOOD)
    build.validate(build.read_script(script), "01_x.py")
    script.write_text(GOOD.replace(old, new))
    with pytest.raises(build.NotebookError) as raised:
        build.validate(build.read_script(script), "01_x.py")
    assert message in str(raised.value)
    assert str(raised.value).startswith("01_x.py, cell ")


def test_cell_ids_do_not_change_from_one_reading_to_the_next(build, tmp_path):
    script = tmp_path / "01_x.py"
    script.write_text("# %% [markdown]\n# text\n" + GOOD + "\n# %%\nprint(1)\n")
    ids = [[cell.id for cell in build.read_script(script).cells] for _ in range(2)]
    assert ids[0] == ids[1] == ["start-1", "f", "test_f", "test_f-1"]
