"""Figures of notebook 02 about verification: ROC curves, the margin swept, runs side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from contrastive_ref.plots.style import PALETTE

LINES = ("-", "--", "-.", ":")


def plot_roc(curves: Mapping[str, tuple[Sequence[float], Sequence[float], float]]) -> Figure:
    """ROC curves of "same or different?", one per entry.

    curves: name -> (share of different pairs accepted, share of same pairs accepted, area).
    """
    figure, axis = plt.subplots(figsize=(9.0, 4.6))
    styles = zip((PALETTE[0], PALETTE[5], PALETTE[2], PALETTE[7]), LINES, strict=True)
    for (name, (false, true, area)), (colour, style) in zip(curves.items(), styles, strict=False):
        axis.plot(false, true, style, color=colour, label=f"{area:.2f}  {name}")
    axis.plot([0, 1], [0, 1], color="0.7", lw=1, label="0.50  a coin")
    axis.plot([0, 1], [1, 0], color="0.7", lw=1, ls=":")
    axis.text(0.97, 0.06, "equal errors lie on this line", color="0.35", fontsize=10, ha="right")
    axis.set(
        xlabel="share of different pairs called same",
        ylabel="share of same pairs called same",
        title="Same or different? Held-out pairs",
        aspect="equal",
        xlim=(-0.01, 1),
        ylim=(0, 1.01),
    )
    axis.legend(
        loc="center left", bbox_to_anchor=(1.02, 0.5), title="area  distance in", alignment="left"
    )
    return figure


def plot_margin_sweep(margins: Sequence[float], areas: Mapping[str, Sequence[float]]) -> Figure:
    """Area under the ROC curve against the margin (log scale), one line per kind of embedding."""
    figure, axis = plt.subplots(figsize=(7.4, 3.6))
    markers = zip((PALETTE[0], PALETTE[5]), ("o-", "s--"), strict=True)
    for (name, values), (colour, style) in zip(areas.items(), markers, strict=True):
        axis.plot(margins, values, style, color=colour)
        axis.annotate(
            name, (margins[-1], values[-1]), (10, 0), textcoords="offset points", color=colour,
            va="center",
        )  # fmt: skip
    axis.set_xscale("log")
    axis.set_xticks(margins, [f"{margin:g}" for margin in margins])
    axis.minorticks_off()
    axis.set(xlabel="margin", ylabel="area under the ROC curve", ylim=(None, 1.0))
    axis.set_xlim(0.8 * margins[0], 4 * margins[-1])
    return figure


def plot_runs(
    steps: Sequence[int], runs: Mapping[str, Mapping[str, Sequence[float]]], log: Sequence[str] = ()
) -> Figure:
    """One panel per quantity, two panels in a row, one line per run.

    runs: name of the run -> {quantity -> a value for each of the steps}; log: the quantities that
    are drawn on a logarithmic scale.
    """
    quantities = list(next(iter(runs.values())))
    rows = (len(quantities) + 1) // 2
    figure, axes = plt.subplots(rows, 2, figsize=(8.6, 2.9 * rows + 0.3), squeeze=False)
    colours = (PALETTE[5], PALETTE[0], PALETTE[2])
    for axis, quantity in zip(axes.flat, quantities, strict=True):
        for (name, run), colour, style in zip(runs.items(), colours, LINES, strict=False):
            axis.plot(steps, run[quantity], style, color=colour, label=name)
        axis.set(xlabel="step", title=quantity)
        if quantity in log:
            axis.set_yscale("log")
            axis.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
            axis.yaxis.set_major_formatter("{x:g}")
            axis.yaxis.set_minor_formatter(NullFormatter())
        else:
            axis.set_ylim(0.5 if quantity == "AUC" else min(0, *axis.get_ylim()), None)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure
