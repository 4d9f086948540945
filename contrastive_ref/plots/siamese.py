"""Figures of notebook 02: pairs and triplets of images, the margin loss, maps of the digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from contrastive_ref.plots.style import PALETTE

# Ten classes need two colours more than the palette has; on every map the classes are also named.
CLASS_COLOURS = (*PALETTE, "#882255", "#999999")


def plot_pairs(images_a: Tensor, images_b: Tensor, same: Tensor) -> Figure:
    """One column per pair: a above, b below, and what the pair says.

    images_a, images_b: [N, 1, H, W] in [0, 1]; same: bool [N].
    """
    figure, axes = plt.subplots(2, len(same), figsize=(1.2 * len(same), 3.0), squeeze=False)
    for column, is_same in enumerate(same.tolist()):
        for axis, images in zip(axes[:, column], (images_a, images_b), strict=True):
            _draw_image(axis, images[column])
        axes[0, column].set_title("same" if is_same else "different", fontsize=11, loc="center")
        axes[1, column].set_xlabel("= pull" if is_same else "$\\neq$ push", fontsize=11)
    return figure


def plot_margin_loss(
    distances: Sequence[float], same: Sequence[float], different: Sequence[float], margin: float
) -> Figure:
    """Loss of one pair against its distance, and the slope of that: the force.

    same, different: the loss at each of the distances for the two kinds of pair.
    """
    figure, (loss, force) = plt.subplots(1, 2, figsize=(9.5, 3.6))
    step = distances[1] - distances[0]
    middles = [d + step / 2 for d in distances[:-1]]
    for values, name, colour, style in (
        (same, "same", PALETTE[0], "-"),
        (different, "different", PALETTE[5], "--"),
    ):
        slopes = [(b - a) / step for a, b in pairwise(values)]
        loss.plot(distances, values, style, color=colour, label=name)
        force.plot(middles, slopes, style, color=colour, label=name)
    for axis in (loss, force):
        axis.axvline(margin, color="0.5", lw=1, ls=":")
        axis.set(xlabel="distance $d$ of the pair", xlim=(0, distances[-1]))
    loss.set(ylabel="loss of the pair", ylim=(-0.03, 2), title="What a pair pays")
    loss.text(margin + 0.03, 1.8, "margin", color="0.35")
    loss.legend(loc="upper left")
    force.set(ylabel="slope of the loss", ylim=(-2.3, 3), title="Which way it is moved")
    force.axhline(0, color="0.3", lw=1)
    force.text(0.05, 2.55, "above 0: pulled together", color="0.25", fontsize=11)
    force.text(0.35, -2.15, "below 0: pushed apart", color="0.25", fontsize=11)
    force.text(margin + 0.08, -0.5, "0: left alone", color=PALETTE[5], fontsize=11)
    return figure


def plot_maps(
    maps: Mapping[str, tuple[Tensor, Tensor]], train_labels: Tensor, test_labels: Tensor
) -> Figure:
    """Points in the plane, one panel per map; each class is named where its held-out points are.

    maps: title -> (train [N, 2], held-out [M, 2]). Train images are dots, held-out ones crosses.
    """
    figure, axes = plt.subplots(1, len(maps), figsize=(5.6 * len(maps), 5.2), squeeze=False)
    for axis, (title, (train, test)) in zip(axes[0], maps.items(), strict=True):
        for label in test_labels.unique().tolist():
            colour = CLASS_COLOURS[label]
            known, held_out = train[train_labels == label].cpu(), test[test_labels == label].cpu()
            axis.scatter(*known.T, s=9, color=colour, alpha=0.35, lw=0)
            axis.scatter(*held_out.T, s=26, color=colour, marker="x", lw=1.3)
            axis.text(
                *held_out.median(0).values.tolist(),
                str(label),
                fontsize=15,
                weight="bold",
                ha="center",
                va="center",
                bbox={"boxstyle": "circle,pad=0.2", "fc": "white", "ec": colour, "lw": 2},
                zorder=5,
            )
        axis.set(title=title, xlabel="$z_1$", ylabel="$z_2$")
        axis.ticklabel_format(style="plain", useOffset=False)
        axis.locator_params(nbins=5)
        axis.set_aspect("equal", adjustable="datalim")
    axes[0, 0].text(
        0.01,
        0.01,
        "dots: trained on    crosses: held out",
        fontsize=11,
        transform=axes[0, 0].transAxes,
    )
    return figure


def plot_losses(losses: Mapping[str, Sequence[float]]) -> Figure:
    """The loss of every step, named at its end."""
    figure, axis = plt.subplots(figsize=(7.4, 3.2))
    longest = max(len(values) for values in losses.values())
    for colour, style, (name, values) in zip(
        PALETTE, ("-", "--", "-."), losses.items(), strict=False
    ):
        axis.plot(values, style, color=colour, lw=1.5)
        axis.text(1.02 * longest, sum(values[-20:]) / 20, name, color=colour, va="center")
    axis.set(xlabel="step", ylabel="loss of the batch", xlim=(0, 1.45 * longest), ylim=(0, None))
    axis.set_xticks(range(0, longest + 1, 50))
    return figure


def plot_hard_triplet(z: Tensor, labels: Tensor, images: Tensor, anchor: int) -> Figure:
    """One anchor of a batch on the map, its farthest positive and its nearest negative.

    z: [N, 2]; labels: [N]; images: [N, 1, H, W]; anchor: a position in the batch.
    """
    z, labels = z.cpu(), labels.cpu()
    distances = (z - z[anchor]).norm(dim=1).tolist()
    outwards = sorted(range(len(z)), key=distances.__getitem__)
    positive = [i for i in outwards if labels[i] == labels[anchor] and i != anchor][-1]
    negative = next(i for i in outwards if labels[i] != labels[anchor])

    figure = plt.figure(figsize=(8.6, 3.9))
    left, right = figure.subfigures(1, 2, width_ratios=(1.6, 1))
    axis, cells = left.subplots(), right.subplots(3, 1)
    axis.scatter(*z.T, s=18, color="0.75")
    roles = (
        ("anchor", anchor, "black", "o"),
        ("farthest positive", positive, PALETTE[0], "s"),
        ("nearest negative", negative, PALETTE[5], "^"),
    )
    for cell, (name, index, colour, marker) in zip(cells, roles, strict=True):
        if index != anchor:
            style = "-" if index == positive else "--"
            axis.plot(*z[[anchor, index]].T, style, color=colour, lw=2)
            name = f"{name}\n$d = {distances[index]:.2f}$"
        axis.plot(*z[index], marker, color=colour, ms=10, zorder=5)
        _draw_image(cell, images[index])
        cell.set_ylabel(name, rotation=0, ha="right", va="center", color=colour, labelpad=8)
    axis.set(xlabel="$z_1$", ylabel="$z_2$", title=f"{len(z)} held-out digits on the map")
    axis.set_aspect("equal", adjustable="datalim")
    return figure


def _draw_image(axis: Axes, image: Tensor) -> None:
    axis.imshow(image.squeeze().cpu(), cmap="gray_r", vmin=0, vmax=1)
    axis.set(xticks=[], yticks=[])
    axis.grid(False)
