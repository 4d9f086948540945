"""The report: one content in two forms, safe to show."""

from html.parser import HTMLParser

import pytest
import torch
import torch.nn.functional as F

from contrastive_ref.grading import assess, report
from contrastive_ref.grading.registry import find


class Page(HTMLParser):
    """Collects the text and the open tags of a piece of HTML."""

    def __init__(self, source):
        super().__init__()
        self.text, self.open, self.tags = "", [], set()
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.tags.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


STUDENTS = {
    "right": lambda x, eps=1e-12: F.normalize(x),
    "wrong": lambda x, eps=1e-12: F.normalize(x, dim=0),
    "unknown": lambda x, eps=1e-12: F.normalize(x) ** 3,
    "not callable": None,
}


@pytest.mark.parametrize("kind", STUDENTS)
def test_html_and_text_say_the_same(kind):
    exercise, found = find("l2_normalize"), assess("l2_normalize", STUDENTS[kind])
    page = Page(report.as_html(exercise, found, "1 of 2 points"))
    assert page.open == []
    text = report.as_text(exercise, found, "1 of 2 points")

    def words(s):
        return "".join(s.replace("`", "").split())

    for line in text.splitlines():
        assert words(line) in words(page.text)


def test_student_text_cannot_become_markup():
    def nasty(x):
        raise ValueError("<script>alert(1)</script><img src=x>")

    page = report.as_html(find("l2_normalize"), assess("l2_normalize", nasty), "0 of 2 points")
    assert "<script>" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


def test_the_first_difference_has_both_numbers():
    message = assess("l2_normalize", lambda x: F.normalize(x) + 1, hidden=False).message
    assert "5 rows of 3 numbers: row 0, column 0: expected" in message


def test_theme_colours_come_from_jupyterlab():
    page = report.as_html(find("l2_normalize"), assess("l2_normalize", None), "0 of 2 points")
    assert "var(--jp-ui-font-color1,inherit)" in page
    assert "background" not in page  # the theme's own, light or dark


def test_full_marks_are_short():
    found = assess("l2_normalize", STUDENTS["right"])
    text = report.as_text(find("l2_normalize"), found, "2 of 2 points")
    assert "✗" not in text
    assert "Hint" not in text
    assert torch.is_grad_enabled()
