"""Figures: one look, said in words too, and shown once."""

import json
import subprocess
import sys

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_rgb

from contrastive_ref.plots.style import PALETTE, show, use_style


def contrast_with_white(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)


def test_the_style_uses_the_palette_and_legible_type():
    with plt.rc_context():
        use_style()
        assert plt.rcParams["axes.prop_cycle"].by_key()["color"] == list(PALETTE)
        for key in ("font.size", "axes.labelsize", "xtick.labelsize", "legend.fontsize"):
            assert plt.rcParams[key] >= 11
        # Black text needs its own light background on a dark page.
        background = plt.rcParams["savefig.facecolor"]
        assert contrast_with_white(plt.rcParams["text.color"]) > 10
        assert contrast_with_white(background) < 1.1


def test_the_first_colours_stand_out_from_white():
    assert len(set(PALETTE)) == len(PALETTE)
    assert all(contrast_with_white(colour) > 2 for colour in PALETTE[:6])


def test_without_a_notebook_or_a_window_the_words_are_printed(capfd):
    fig, _ = plt.subplots()
    show(fig, alt="Two lines that cross.")
    out, err = capfd.readouterr()
    assert out == "[figure] Two lines that cross.\n" and err == ""
    assert not plt.fignum_exists(fig.number)


@pytest.mark.parametrize("alt", ["", "  ", None])
def test_a_figure_without_words_is_refused(alt):
    fig, _ = plt.subplots()
    with pytest.raises(ValueError, match="alt: expected the figure in words"):
        show(fig, alt=alt)
    plt.close(fig)


CELLS = [
    """
import torch
from contrastive_ref.training import fit
model = torch.nn.Linear(2, 2)
model.loss = lambda batch: model(batch).square().mean()
fit(model, lambda step: torch.ones(3, 2), steps=4, description="toy");""",
    """
import matplotlib.pyplot as plt
from contrastive_ref.plots.style import show, use_style
use_style()
fig, axis = plt.subplots()
show(fig, alt='A "quoted" <line> & more.')""",
]


def test_in_a_notebook_there_is_one_image_with_its_words_and_nothing_on_stderr(tmp_path):
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}}
    notebook["cells"] = [
        {
            "cell_type": "code",
            "id": f"cell{i}",
            "source": source,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for i, source in enumerate(CELLS)
    ]
    path = tmp_path / "toy.ipynb"
    path.write_text(json.dumps(notebook))
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "notebook", "--execute"]
    subprocess.run([*command, "--inplace", str(path)], check=True, capture_output=True)
    training, figure = (cell["outputs"] for cell in json.loads(path.read_text())["cells"])
    assert {(o["output_type"], o["name"]) for o in training} == {("stream", "stdout")}
    assert "4/4" in "".join("".join(output["text"]) for output in training)
    assert [output["output_type"] for output in figure] == ["display_data"]
    html = "".join(figure[0]["data"]["text/html"])
    assert html.count("<img") == 1
    assert 'alt="A &quot;quoted&quot; &lt;line&gt; &amp; more."' in html
    assert "".join(figure[0]["data"]["text/plain"]) == '[figure] A "quoted" <line> & more.'
