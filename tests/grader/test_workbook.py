"""The workbook keeps what passed, and never stands in the way."""

import importlib

import pytest
import torch
import torch.nn.functional as F

import contrastive_ref
from contrastive_ref import workbook
from contrastive_ref.grading import check

checking = importlib.import_module("contrastive_ref.grading.checking")


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CONTRASTIVE_WORKBOOK", str(tmp_path / "kept"))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return tmp_path / "kept"


def make_student(marker):
    def l2_normalize(x, eps=1e-12):
        l2_normalize.marker = marker
        return F.normalize(x, dim=1)

    return l2_normalize


def test_a_function_that_passes_is_handed_out_again(capsys):
    assert workbook.use("l2_normalize") is contrastive_ref.l2_normalize
    assert "until yours has passed" in capsys.readouterr().out
    check("l2_normalize", make_student("mine"), points=2)
    capsys.readouterr()
    own = workbook.use("l2_normalize")
    assert capsys.readouterr().out == "l2_normalize: your own\n"
    assert own is not contrastive_ref.l2_normalize
    assert torch.allclose(own(torch.tensor([[3.0, 4.0]])), torch.tensor([[0.6, 0.8]]))


def test_a_function_that_fails_is_not_kept(own_folder):
    check("l2_normalize", lambda x: x, points=2)
    assert workbook.use("l2_normalize") is contrastive_ref.l2_normalize
    assert not list(own_folder.glob("*"))


def test_a_right_but_slow_function_is_kept():
    def cosine(a, b):
        return torch.stack([F.cosine_similarity(row[None], b) for row in a])

    check("cosine_similarity_matrix", cosine, points=3)
    own = workbook.use("cosine_similarity_matrix")
    assert own is not contrastive_ref.cosine_similarity_matrix


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: b"not json\n" + data,
        lambda data: data.replace(b'"format": 1', b'"format": 0'),
        lambda data: data.replace(torch.__version__.encode(), b"1.0"),
    ],
)
def test_a_broken_or_stale_file_falls_back_with_a_line(spoil, own_folder, capsys):
    check("l2_normalize", make_student("mine"), points=2)
    stored = own_folder / "l2_normalize.pkl"
    stored.write_bytes(spoil(stored.read_bytes()))
    capsys.readouterr()
    assert workbook.use("l2_normalize") is contrastive_ref.l2_normalize
    out, err = capsys.readouterr()
    assert "Run its check again" in out
    assert err == ""


def test_nothing_is_read_or_written_while_grading(own_folder, monkeypatch):
    check("l2_normalize", make_student("mine"), points=2)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert workbook.use("l2_normalize") is contrastive_ref.l2_normalize
    (own_folder / "l2_normalize.pkl").unlink()
    check("l2_normalize", make_student("mine"), points=2)
    assert not list(own_folder.glob("*.pkl"))


def test_grading_runs_the_hidden_cases(monkeypatch):
    def only_small(x, eps=1e-12):
        return F.normalize(x) if len(x) < 20 else x

    assert check("l2_normalize", only_small, points=2) == 2.0
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert check("l2_normalize", only_small, points=2) < 2.0


def test_what_cannot_be_kept_costs_nothing(capsys, tmp_path):
    handle = (tmp_path / "open").open("w")

    def student(x, eps=1e-12):
        assert handle is not None
        return F.normalize(x)

    assert check("l2_normalize", student, points=2) == 2.0
    assert "could not be kept" in capsys.readouterr().out
    handle.close()


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="no function 'l2'"):
        workbook.use("l2")


def test_forget(own_folder):
    check("l2_normalize", make_student("mine"), points=2)
    workbook.forget("l2_normalize")
    assert workbook.use("l2_normalize") is contrastive_ref.l2_normalize
