"""The grader with real CUDA tensors. Run with `pytest -m gpu` on a machine that has a GPU."""

import pytest

from contrastive_ref.grading import assess, exercises
from contrastive_ref.grading.registry import find
from tests.grader.right import RIGHT
from tests.grader.wrong import WRONG

pytestmark = pytest.mark.gpu

STYLES = [(name, style) for name, styles in RIGHT.items() for style in styles]
NAMED = [(name, mistake) for name in exercises() for mistake in find(name).misconceptions]
OTHERS = [(name, style) for name, styles in WRONG.items() for style in styles]


@pytest.mark.parametrize(("name", "style"), STYLES)
def test_right_answers_get_full_marks_on_cuda(name, style):
    found = assess(name, RIGHT[name][style], device="cuda")
    assert found.score == 1.0, found.message


@pytest.mark.parametrize(("name", "mistake"), NAMED, ids=lambda x: getattr(x, "name", x))
def test_a_grade_on_cuda_equals_the_grade_without_a_gpu(name, mistake):
    there, here = (assess(name, mistake.wrong, device=d) for d in ("cuda", "fake"))
    assert there.misconception == here.misconception == mistake.name
    assert there.score == pytest.approx(here.score, abs=0.05)


@pytest.mark.parametrize(("name", "style"), OTHERS)
def test_other_wrong_answers_lose_points_on_cuda(name, style):
    assert assess(name, WRONG[name][style][0], device="cuda").score < 1.0
