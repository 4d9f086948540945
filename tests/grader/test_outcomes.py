"""Probe and judge are joined by plain data that survives a process boundary."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from contrastive_ref.grading import assessing, exercises
from contrastive_ref.grading.exercise import Outcome
from contrastive_ref.grading.outcomes import flatten, pack, unpack
from tests.grader.right import RIGHT

PROBE = """
import sys
from pathlib import Path
from contrastive_ref.grading.assessing import probe
from contrastive_ref.grading.outcomes import pack
from tests.grader.test_outcomes import STUDENTS
for (name, kind), student in STUDENTS.items():
    Path(sys.argv[1], name + "." + kind).write_bytes(pack(probe(name, student)))
"""

STUDENTS = {
    (name, kind): student
    for name in ("l2_normalize", "make_pairs", "batch_hard_triplet_loss")
    for kind, student in (
        ("right", next(iter(RIGHT[name].values()))),
        ("wrong", assessing.find(name).misconceptions[0].wrong),
    )
}


def test_probe_in_another_process_gives_the_same_assessment(tmp_path, request):
    subprocess.run(
        [sys.executable, "-c", PROBE, str(tmp_path)], check=True, cwd=request.config.rootpath
    )
    for (name, kind), student in STUDENTS.items():
        there = assessing.judge(name, unpack((tmp_path / f"{name}.{kind}").read_bytes()))
        here = assessing.judge(name, assessing.probe(name, student))
        assert there.score == here.score
        assert there.misconception == here.misconception
        assert (there.score == 1.0) == (kind == "right")


def test_what_crosses_is_plain():
    for name in exercises():
        outcomes = assessing.probe(name, next(iter(RIGHT[name].values())))
        for outcome in outcomes.values():
            for value in outcome.values.values():
                assert type(value) in (torch.Tensor, float, int, bool, str)


def test_pack_round_trip():
    sent = {
        "a case": Outcome(
            {"result": torch.eye(3, dtype=torch.float16), "n": 3, "text": "é", "flag": True},
            notes=("a note",),
        ),
        "another": Outcome(error="ValueError", message="no", line="x = 1"),
    }
    back = unpack(pack(sent))
    assert torch.equal(back["a case"].values.pop("result"), torch.eye(3, dtype=torch.float16))
    assert back["a case"].values == {"n": 3, "text": "é", "flag": True}
    assert back["a case"].notes == ("a note",)
    assert back["another"] == sent["another"]


@pytest.mark.parametrize("data", [b"", b"x" * 100, b"\xff" * 8 + b"{}", pack({})[:-1]])
def test_foreign_bytes_are_refused(data):
    with pytest.raises(ValueError, match="not a packed set of outcomes"):
        unpack(data)


class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return True


def test_flatten_makes_anything_plain():
    assert flatten("r", None) == {"r is": "None"}
    assert flatten("r", 2.5) == {"r is": "number", "r": 2.5}
    assert flatten("r", object()) == {"r is": "object"}
    assert flatten("r", (1, None))["r is"] == "tuple of 2"
    assert flatten("r", torch.zeros(2_000_000))["r is"] == "a tensor of 2,000,000 numbers"
    assert type(flatten("r", np.float64(2.0))["r"]) is float
    assert flatten("r", np.float32(2.0))["r is"] == "numpy float32"
    assert flatten("r", np.zeros(3))["r"].shape == (3,)
    assert type(flatten("r", torch.nn.Parameter(torch.zeros(2)))["r"]) is torch.Tensor


def test_a_judge_survives_outcomes_that_make_no_sense():
    names = list(assessing.probe("l2_normalize", lambda x: x))
    for values in ({}, {"result": "text"}, {"result is": 3}, {"first": 1, "result": torch.ones(2)}):
        found = assessing.judge("l2_normalize", {name: Outcome(values) for name in names})
        assert found.score == 0.0
        assert not found.passed
    assert assessing.judge("l2_normalize", {}).score == 0.0
