"""Submissions that are broken, or that try something: the rest of the class is graded all the same.

Graded with `make grade`, from an empty gradebook. Every case stands in docs/instructor.md, "Bad
submissions". One student may show several cases, each in another exercise; apart from what its
function says, every notebook is right.
"""

import copy
import shutil
import sys

import pytest

pytestmark = pytest.mark.nbgrader
ASSIGNMENT = "01_cosine_similarity"
FULL = {
    "cosine_similarity_matrix": 3,
    "squared_distance_matrix": 3,
    "top_k_neighbours": 2,
    "knn_classify": 4,
}
NOT_GRADED = dict.fromkeys(FULL)
FAILING = {"dies", "lost_exercise", "not_json"}


def to_markdown(cell):
    cell.cell_type = "markdown"
    del cell["outputs"], cell["execution_count"]


def insert_copy(notebook, cell):
    again = copy.deepcopy(cell)
    again.id = f"{cell.id}-again"
    notebook.cells.insert(notebook.cells.index(cell) + 1, again)


@pytest.fixture(scope="module")
def classroom(new_classroom, answered, cell_of):
    room = new_classroom(ASSIGNMENT)
    # names in alphabetical order are the order of grading: the last one shows that it went on

    def case(student, change):
        notebook = answered(ASSIGNMENT)
        changed = change(notebook)
        room.submit(student, changed if isinstance(changed, str) else notebook)

    def changed_cells(notebook):
        insert_copy(notebook, cell_of(notebook, "test_cosine_similarity_matrix"))
        insert_copy(notebook, cell_of(notebook, "squared_distance_matrix"))
        to_markdown(cell_of(notebook, "test_top_k_neighbours"))
        to_markdown(cell_of(notebook, "knn_classify"))
        cell_of(
            notebook, "squared_distance_matrix"
        ).source += "\nimport sys\nprint('to stderr', file=sys.stderr)"

    def changed_tests(notebook):
        notebook.cells.remove(cell_of(notebook, "test_cosine_similarity_matrix"))
        cell_of(notebook, "test_squared_distance_matrix").metadata.nbgrader.points = 300
        cell_of(notebook, "top_k_neighbours").source = "top_k_neighbours = None"
        cell_of(notebook, "test_top_k_neighbours").source = "2.0"
        cell_of(notebook, "knn_classify").source = "knn_classify = None"
        cell_of(notebook, "test_knn_classify").metadata.tags = ["experiment"]

    def dies(notebook):
        cell_of(notebook, "top_k_neighbours").source = "import os\nos._exit(1)"

    def endless(notebook):
        cell_of(notebook, "cosine_similarity_matrix").source = "while True:\n    pass"
        cell_of(notebook, "squared_distance_matrix").source = "import sys\nsys.exit(1)"

    def lost_exercise(notebook):
        notebook.cells.remove(cell_of(notebook, "top_k_neighbours"))
        notebook.cells.remove(cell_of(notebook, "test_top_k_neighbours"))

    for change in (changed_cells, changed_tests, dies, endless, lost_exercise):
        case(change.__name__, change)
    case("not_json", lambda notebook: "this is not a notebook")
    case("zoe", lambda notebook: None)
    config = room.folder / "nbgrader_config.py"
    config.write_text(config.read_text() + "\nc.Execute.timeout = 30\n")  # for endless
    if shutil.which("make") and sys.platform != "win32":
        room.status = room.make_grade()
    else:
        assert room.nbgrader("generate_assignment", ASSIGNMENT) == 0, room.log
        room.status = room.nbgrader("autograde", ASSIGNMENT)
        assert room.nbgrader("generate_feedback", ASSIGNMENT) == 0, room.log
        assert room.nbgrader("export") == 0, room.log
    return room


def test_the_rest_of_the_class_is_graded(classroom):
    assert classroom.points("zoe") == FULL
    assert classroom.totals()["zoe"] == 12
    assert "cosine_similarity_matrix" in classroom.feedback("zoe")


def test_autograde_names_who_could_not_be_graded_and_fails(classroom):
    assert classroom.status != 0
    line = "There was an error processing assignment '{}' for student '{}'"
    named = {s for s in classroom.totals() if line.format(ASSIGNMENT, s) in classroom.log}
    assert named == FAILING


@pytest.mark.parametrize("student", sorted(FAILING))
def test_who_could_not_be_graded_has_no_grade_and_no_feedback(classroom, student):
    assert classroom.points(student) == NOT_GRADED
    assert classroom.feedback(student) == ""
    assert classroom.totals()[student] == 0  # in the file it looks like a grade: see the manual


def test_a_copied_cell_costs_nothing(classroom):
    points = classroom.points("changed_cells")
    assert points["cosine_similarity_matrix"] == 3  # its test cell
    assert points["squared_distance_matrix"] == 3  # its answer


def test_writing_to_stderr_outside_a_test_cell_costs_nothing(classroom):
    assert "to stderr" in classroom.feedback("changed_cells")
    assert classroom.points("changed_cells")["squared_distance_matrix"] == 3


def test_a_code_cell_turned_into_text_becomes_code_again(classroom):
    points = classroom.points("changed_cells")
    assert points["top_k_neighbours"] == 2  # its test cell
    assert points["knn_classify"] == 4  # its answer


def test_a_deleted_test_cell_is_put_back(classroom):
    assert classroom.points("changed_tests")["cosine_similarity_matrix"] == 3
    assert "was missing from the submission" in classroom.feedback("changed_tests")


def test_edited_points_and_an_edited_test_cell_are_overwritten(classroom):
    points = classroom.points("changed_tests")
    assert points["squared_distance_matrix"] == 3
    assert points["top_k_neighbours"] == 0


def test_a_tag_does_not_hide_a_test_cell(classroom):
    assert classroom.points("changed_tests")["knn_classify"] == 0


def test_an_endless_loop_or_an_exit_costs_its_own_exercise(classroom):
    lost = {"cosine_similarity_matrix": 0, "squared_distance_matrix": 0}
    assert classroom.points("endless") == FULL | lost
    assert "CellTimeoutError" in classroom.feedback("endless")
