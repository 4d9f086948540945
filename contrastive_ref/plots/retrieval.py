"""Figures of notebook 01 about neighbours: what a ruler retrieves, and how often it is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import torch
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from torch import Tensor

from contrastive_ref.plots.similarity import draw_image
from contrastive_ref.plots.style import PALETTE

MARKERS = "osD^vP"


def plot_neighbours(
    queries: Tensor, query_labels: Tensor, neighbours: Tensor, neighbour_labels: Tensor
) -> Figure:
    """One row per query: the query, then its neighbours, best first, marked right or wrong.

    queries: [N, 1, H, W]; neighbours: [N, k, 1, H, W]; labels: [N] and [N, k]. Right has a thin
    solid frame and a tick in the title, wrong a thick dashed frame and a cross.
    """
    n, k = neighbours.shape[:2]
    figure, axes = plt.subplots(n, k + 1, figsize=(1.05 * (k + 1), 1.3 * n), squeeze=False)
    for row in range(n):
        wanted = int(query_labels[row])
        draw_image(axes[row, 0], queries[row])
        axes[row, 0].set_title(f"query: {wanted}", fontsize=10)
        for column in range(k):
            axis, label = axes[row, column + 1], int(neighbour_labels[row, column])
            draw_image(axis, neighbours[row, column])
            right = label == wanted
            axis.set_title(f"{label} {'✓' if right else '✗'}", fontsize=10)
            for spine in axis.spines.values():
                spine.set(color=PALETTE[2] if right else PALETTE[5], visible=True)
                spine.set(linewidth=2 if right else 3.5, linestyle="-" if right else "--")
    return figure


def plot_two_histograms(same: Tensor, different: Tensor) -> Figure:
    """How often each cosine occurs between images of one class, and of two classes."""
    figure, axis = plt.subplots(figsize=(7.5, 3.4))
    bins = torch.linspace(0, 1, 61).numpy()
    named = ((same, "same digit", "-", "//"), (different, "different digits", "--", ""))
    for (values, name, line, hatch), colour in zip(named, PALETTE[:2], strict=True):
        style = {"bins": bins, "density": True, "histtype": "stepfilled", "label": name}
        axis.hist(
            values.cpu().numpy(), fc=to_rgba(colour, 0.3), ec=colour, ls=line, hatch=hatch, **style
        )
    axis.set(xlabel="cosine of two images", ylabel="share of pairs (density)", xlim=(0.2, 1))
    axis.legend(loc="upper left")
    return figure


def plot_scores(scores: Mapping[str, Mapping[str, float]], chance: float, xlabel: str) -> Figure:
    """Scores of several rulers (rows), before and after (markers), with a line for chance.

    scores: {condition: {ruler: score in [0, 1]}}, the same rulers in every condition.
    """
    rulers = list(next(iter(scores.values())))
    figure, axis = plt.subplots(figsize=(8, 0.6 * len(rulers) + 1.5))
    # Later markers are smaller, so that equal scores stay visible as one inside the other.
    styles = zip(scores.items(), MARKERS, PALETTE, (15, 8, 5), strict=False)
    for (condition, values), marker, colour, size in styles:
        x = [values[ruler] for ruler in rulers]
        axis.plot(
            x, range(len(rulers)), marker, ms=size, mec="black", color=colour, label=condition
        )
    axis.axvline(chance, color="0.3", ls=":", lw=2)
    axis.text(chance + 0.01, len(rulers) - 0.55, "chance", va="bottom", fontsize=10, color="0.3")
    axis.set(yticks=range(len(rulers)), yticklabels=rulers, xlabel=xlabel, xlim=(0, 1.03))
    axis.set_ylim(len(rulers) - 0.4, -0.6)
    axis.legend(loc="lower center", bbox_to_anchor=(0.45, 1), ncols=len(scores), frameon=False)
    return figure


def plot_knn_curves(ks: Sequence[int], accuracies: Mapping[str, Sequence[float]]) -> Figure:
    """kNN accuracy against the number of neighbours, one line per setting."""
    figure, axis = plt.subplots(figsize=(7.5, 3.8))
    lines = zip(accuracies.items(), MARKERS, PALETTE, ("-", "--", "-.", ":"), strict=False)
    for (name, values), marker, colour, line in lines:
        axis.plot(ks, values, marker=marker, ls=line, color=colour, label=name)
    axis.set(xlabel="neighbours that vote, $k$ (log scale)", ylabel="accuracy on held-out digits")
    axis.set_xscale("log")
    axis.set_xticks(list(ks), [str(k) for k in ks])
    axis.minorticks_off()
    axis.legend(loc="lower left")
    return figure
