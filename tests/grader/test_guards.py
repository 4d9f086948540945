"""Whatever student code does becomes a report and a score."""

import random
import sys
import threading
import time
import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import contrastive_ref
from contrastive_ref.grading import assess, check, exercises, limits


def right(x, eps=1e-12):
    return F.normalize(x, dim=1)


def leaves(x):
    sys.exit("bye")


def recurses(x):
    return recurses(x)


def fails(x):
    raise KeyError("lost")


def message_that_fails(x):
    class Odd(Exception):
        def __str__(self):
            raise RuntimeError

    raise Odd


def own_base_exception(x):
    class Own(BaseException):
        pass

    raise Own("mine")


def waits(x):
    while True:
        pass


def waits_and_swallows(x):
    while True:
        try:
            while True:
                pass
        except BaseException:
            if time.monotonic() > waits_and_swallows.until:
                return right(x)


class Strange:
    """Equal to everything, true, and of every shape."""

    def __eq__(self, other):
        return True

    __hash__ = None

    def __getattr__(self, name):
        return self


@pytest.mark.parametrize(
    ("student", "name"),
    [
        (leaves, "exits"),
        (recurses, "endless_recursion"),
        (fails, "raises_an_error"),
        (message_that_fails, "raises_an_error"),
        (own_base_exception, "raises_an_error"),
        (waits, "never_returns"),
        (lambda x: None, "returns_nothing"),
        (lambda x: Strange(), "wrong_type"),
        (lambda x: "text", "wrong_type"),
        (lambda x: x.tolist(), "wrong_type"),
        (lambda x: right(x).to_sparse(), "wrong_type"),
        (lambda x: torch.zeros(1), "wrong_shape"),
        (lambda x: x * torch.nan, "nan"),
        (lambda: None, "raises_an_error"),
    ],
)
def test_bad_behaviour_becomes_a_score(student, name):
    found = assess("l2_normalize", student, hidden=False)
    assert found.score == 0.0
    assert not found.passed
    assert found.misconception == name
    assert "Traceback" not in found.message
    assert "AssertionError" not in found.message


def test_the_report_tells_the_students_own_line():
    message = assess("l2_normalize", fails, hidden=False).message
    assert "KeyError" in message
    assert 'raise KeyError("lost")' in message
    assert message.count("KeyError") == 2  # name and line, once: not again for every part


def test_a_function_that_swallows_the_time_limit_is_stopped_when_it_can_be():
    waits_and_swallows.until = time.monotonic() + 6  # a second after the limit of the first case
    found = assess("l2_normalize", waits_and_swallows, hidden=False)
    assert (found.score, found.misconception) == (0.0, "never_returns")


@pytest.mark.parametrize("thread", [False, True])
def test_time_limit(thread):
    seen = []

    def body():
        try:
            with limits.time_limit(0.1):
                while True:
                    pass
        except limits.OutOfTime:
            seen.append("stopped")
        with limits.time_limit(5):
            seen.append("went on")

    if thread:
        worker = threading.Thread(target=body)
        worker.start()
        worker.join(20)
    else:
        body()
    assert seen == ["stopped", "went on"]


def test_the_stub_is_not_called_wrong():
    def stub(x):
        raise NotImplementedError()

    found = assess("l2_normalize", stub)
    assert (found.score, found.passed, found.misconception) == (0.0, False, None)
    assert found.status == "empty"
    assert "Not solved yet" in found.message


@pytest.mark.parametrize("student", [None, 3, "l2_normalize", torch.zeros(3)])
def test_what_cannot_be_called(student):
    found = assess("l2_normalize", student)
    assert (found.score, found.passed) == (0.0, False)


def test_prints_warnings_and_stderr_cost_nothing_and_are_told(capfd):
    def noisy(x):
        print("hello")
        print("complaint", file=sys.stderr)
        warnings.warn("deprecated", stacklevel=1)
        return right(x)

    found = assess("l2_normalize", noisy)
    assert found.score == 1.0
    assert "prints" in found.message
    assert "stderr" in found.message
    assert "deprecated" in found.message
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


def test_a_flood_of_output_is_not_kept():
    def floods(x):
        for _ in range(2000):
            print("x" * 1000)
        return right(x)

    assert assess("l2_normalize", floods, hidden=False).score == 1.0


def test_global_state_is_put_back():
    def careless(x):
        torch.manual_seed(7)
        random.seed(7)
        np.random.seed(7)
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float64)
        return right(x)

    torch.manual_seed(1)
    random.seed(1)
    np.random.seed(1)
    expected = (torch.rand(()), random.random(), np.random.rand())
    torch.manual_seed(1)
    random.seed(1)
    np.random.seed(1)
    assess("l2_normalize", careless, hidden=False)
    assert (torch.rand(()), random.random(), np.random.rand()) == expected
    assert torch.is_grad_enabled()
    assert torch.get_default_dtype() == torch.float32


DELEGATIONS = {
    "by name": lambda x: contrastive_ref.l2_normalize(x),
    "itself": contrastive_ref.l2_normalize,
    "from its module": lambda x: sys.modules["contrastive_ref.similarity"].l2_normalize(x),
    "stored before": lambda x, keep=contrastive_ref.l2_normalize: keep(x),
    "swallowing what it raises": lambda x: swallow(x),
    "by another reference": lambda x: contrastive_ref.cosine_similarity_matrix(
        x, torch.eye(x.shape[1], dtype=x.dtype)
    ),
}


def swallow(x):
    try:
        return contrastive_ref.l2_normalize(x)
    except BaseException:
        return right(x)


@pytest.mark.parametrize("way", DELEGATIONS)
def test_delegation_to_the_reference_earns_nothing(way):
    found = assess("l2_normalize", DELEGATIONS[way])
    assert (found.score, found.passed) == (0.0, False)
    assert found.misconception == "delegates_to_reference"
    assert torch.equal(contrastive_ref.l2_normalize(torch.eye(2)), torch.eye(2))  # works again


def test_other_references_may_be_used():
    def student(queries, keys, k):
        return contrastive_ref.cosine_similarity_matrix(queries, keys).topk(k).indices

    assert assess("top_k_neighbours", student).score == 1.0


def test_check_returns_a_plain_float_and_never_raises(capsys):
    for student, points in [(right, 2), (fails, 2), (None, 2), (waits, 0.5)]:
        earned = check("l2_normalize", student, points=points)
        assert type(earned) is float
        assert 0.0 <= earned <= points
    assert check("l2_normalize", right, points=3) == 3.0
    assert check("no_such_exercise", right, points=3) == 0.0
    assert "no_such_exercise" in capsys.readouterr().out


def test_almost_right_is_not_rounded_up():
    def on_cpu(x, eps=1e-12):
        return right(x) * torch.ones(x.shape, dtype=x.dtype)

    earned = check("l2_normalize", on_cpu, points=1)
    assert 0.9 < earned < 1.0


def test_unknown_names_are_answered_with_the_closest():
    with pytest.raises(ValueError, match=r"Did you mean 'l2_normalize'\?"):
        assess("l2_normalise", right)
    with pytest.raises(ValueError, match="device: expected"):
        assess("l2_normalize", right, device="tpu")
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="torch sees no GPU"):
            assess("l2_normalize", right, device="cuda")


def test_exercises_are_in_the_order_of_the_notebooks():
    assert exercises()[:3] == [
        "l2_normalize",
        "cosine_similarity_matrix",
        "squared_distance_matrix",
    ]
    assert len(exercises()) == len(set(exercises()))


def test_hints_climb_with_the_attempts(capsys):
    def unknown_mistake(a, b):
        return (F.normalize(a) @ F.normalize(b).T) ** 3

    for rung in ("Hint 1.", "Hint 2.", "Hint 3.", "Hint 3."):
        check("cosine_similarity_matrix", unknown_mistake, points=1)
        assert rung in capsys.readouterr().out


def test_hidden_inputs_are_not_shown():
    from contrastive_ref.grading.registry import find

    hidden = [case.name for case in find("l2_normalize").cases if case.hidden]
    assert hidden

    def only_small(x, eps=1e-12):
        return right(x) if x.shape[0] < 20 else x

    found = assess("l2_normalize", only_small)
    assert found.score < 1.0
    assert "on inputs that are not shown" in found.message
    assert not any(name in found.message for name in hidden)
    assert assess("l2_normalize", only_small, hidden=False).score == 1.0
