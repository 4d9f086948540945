"""Release, three submissions, autograde, feedback, export: the commands an instructor types."""

import math
from pathlib import Path

import pytest
import torch

from contrastive_ref.grading import assess
from contrastive_ref.grading.registry import find

pytestmark = pytest.mark.nbgrader
ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENT = "01_cosine_similarity"
MAXIMUM = {
    "cosine_similarity_matrix": 3,
    "squared_distance_matrix": 3,
    "top_k_neighbours": 2,
    "knn_classify": 4,
}
# Two mistakes with a name: the wrong function, as a student types it and as a function.
MISTAKES = {
    "not_normalized": (
        "cosine_similarity_matrix",
        "def cosine_similarity_matrix(a, b):\n    return a @ b.T",
        lambda a, b: a @ b.T,
    ),
    "not_squared": (
        "squared_distance_matrix",
        "def squared_distance_matrix(a, b):\n    return torch.cdist(a, b)",
        lambda a, b: torch.cdist(a, b),
    ),
}


@pytest.fixture(scope="module")
def classroom(new_classroom, answered):
    room = new_classroom(ASSIGNMENT)
    assert room.nbgrader("generate_assignment", ASSIGNMENT) == 0, room.log
    release = room.folder / "course" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    room.submit("empty", release.read_text(encoding="utf-8"))
    room.submit("mistaken", answered(ASSIGNMENT, **{m[0]: m[1] for m in MISTAKES.values()}))
    room.submit("perfect", answered(ASSIGNMENT))
    for command in (["autograde", ASSIGNMENT], ["generate_feedback", ASSIGNMENT], ["export"]):
        assert room.nbgrader(*command) == 0, room.log
    return room


def test_stock_generate_assignment_gives_the_committed_notebook(classroom):
    released = classroom.folder / "course" / ASSIGNMENT
    assert [p.name for p in released.iterdir()] == [f"{ASSIGNMENT}.ipynb"]  # not the script
    committed = ROOT / "course" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    made = released / f"{ASSIGNMENT}.ipynb"
    assert made.read_text(encoding="utf-8") == committed.read_text(encoding="utf-8")


def test_the_right_answer_earns_everything_and_no_answer_nothing(classroom):
    assert classroom.points("perfect") == MAXIMUM
    assert classroom.points("empty") == dict.fromkeys(MAXIMUM, 0)


def test_two_mistakes_cost_what_assess_says(classroom):
    expected = dict(MAXIMUM)
    for name, _, function in MISTAKES.values():
        score = assess(name, function).score
        assert score < 1
        expected[name] = math.floor(MAXIMUM[name] * score * 100) / 100
    assert classroom.points("mistaken") == pytest.approx(expected)


def test_export_adds_up(classroom):
    students = ("empty", "mistaken", "perfect")
    sums = {student: sum(classroom.points(student).values()) for student in students}
    assert classroom.totals() == pytest.approx(sums)
    assert sums["empty"] == 0 and sums["perfect"] == 12


@pytest.mark.parametrize("mistake", MISTAKES)
def test_feedback_names_the_mistake_and_gives_the_hint(classroom, mistake):
    exercise = find(MISTAKES[mistake][0])
    (named,) = [m for m in exercise.misconceptions if m.name == mistake]
    told = " ".join(f"{named.title}. {named.hint}".replace("`", "").split())
    assert told in classroom.feedback("mistaken")
    assert told not in classroom.feedback("perfect")
    assert told not in classroom.feedback("empty")


def test_grading_reads_and_writes_no_workbook(classroom):
    assert not (classroom.folder / "workbook").exists()
    assert not list(classroom.folder.rglob(".workbook"))
