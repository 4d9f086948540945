"""The kill matrix: every wrong answer loses points and is named, every right one gets them all."""

import types

import pytest

from contrastive_ref.grading import assess, exercises
from contrastive_ref.grading.assessing import planned
from contrastive_ref.grading.registry import find
from contrastive_ref.grading.runner import run_case
from tests.grader.right import RIGHT, RIGHT_BUT_SLOW
from tests.grader.wrong import WRONG

NAMED = [(name, mistake) for name in exercises() for mistake in find(name).misconceptions]
OTHERS = [(name, style) for name, styles in WRONG.items() for style in styles]
STYLES = [(name, style) for name, styles in RIGHT.items() for style in styles]
SLOW = [(name, style) for name, styles in RIGHT_BUT_SLOW.items() for style in styles]


@pytest.mark.parametrize(("name", "mistake"), NAMED, ids=lambda x: getattr(x, "name", x))
def test_known_mistake_loses_points_and_is_named(name, mistake):
    found = assess(name, mistake.wrong)
    assert found.score < 1.0
    assert not found.passed
    assert found.misconception == mistake.name
    assert mistake.hint.split(".")[0][:40] in " ".join(found.message.split())


@pytest.mark.parametrize(("name", "mistake"), NAMED, ids=lambda x: getattr(x, "name", x))
def test_known_mistake_is_named_on_the_public_cases_too(name, mistake):
    assert assess(name, mistake.wrong, hidden=False).misconception == mistake.name


@pytest.mark.parametrize(("name", "style"), OTHERS)
def test_other_wrong_answers_lose_points(name, style):
    student, expected_name = WRONG[name][style]
    found = assess(name, student)
    assert found.score < 1.0
    assert not found.passed
    if expected_name is not None:
        assert found.misconception == expected_name


@pytest.mark.parametrize(("name", "style"), STYLES)
def test_right_answers_get_full_marks(name, style):
    found = assess(name, RIGHT[name][style])
    assert found.score == 1.0, found.message
    assert found.passed
    assert found.misconception is None


@pytest.mark.parametrize(("name", "style"), SLOW)
def test_a_loop_is_correct_and_loses_only_the_part_that_asks_for_none(name, style):
    found = assess(name, RIGHT_BUT_SLOW[name][style])
    assert found.passed
    assert 0.75 <= found.score < 1.0
    assert found.misconception == "loops_over_rows"


@pytest.mark.parametrize("name", exercises())
@pytest.mark.parametrize("seed", [1])
def test_scores_do_not_depend_on_the_seed(name, seed):
    exercise = find(name)
    copy = types.FunctionType(
        exercise.reference.__code__,
        exercise.reference.__globals__,
        "copy_of_the_reference",
        exercise.reference.__defaults__,
    )
    assert assess(name, copy, seed=seed).score == 1.0
    for mistake in exercise.misconceptions:
        assert assess(name, mistake.wrong, seed=seed).misconception == mistake.name


@pytest.mark.parametrize("name", exercises())
def test_no_case_about_values_has_the_answer_zero(name):
    """Else a function that always returns 0 would pass the gate of "at least one right number"."""
    exercise = find(name)
    for _, case, seed in planned(exercise, hidden=True, seed=0):
        result = run_case(case, exercise.reference, seed, "cpu").values.get("result")
        if case.part == "values" and result is not None and result.is_floating_point():
            assert result.abs().max() > 1e-3, case.name


def test_every_exercise_has_right_and_wrong_answers_in_these_tests():
    assert set(exercises()) == set(RIGHT) == set(WRONG)
    for name in exercises():
        assert len(RIGHT[name]) >= 5
        assert len(find(name).misconceptions) >= 5
        assert len(find(name).hints) >= 2
