"""Figures of notebooks 00 and 01 about directions: images as arrows, angles, the unit circle."""

from __future__ import annotations

import math
from collections.abc import Sequence

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Arc
from torch import Tensor

from contrastive_ref.plots.style import PALETTE


def plot_images(images: Tensor, titles: Sequence[str]) -> Figure:
    """A row of grey images, all on the same scale from 0 (black) to 1 (white).

    images: [N, 1, H, W] in [0, 1]; titles: N short texts.
    """
    figure, axes = plt.subplots(1, len(images), figsize=(1.7 * len(images), 2.1), squeeze=False)
    for axis, image, title in zip(axes[0], images, titles, strict=True):
        draw_image(axis, image)
        axis.set_title(title, fontsize=11)
    return figure


def plot_rays(first: Tensor, second: Tensor, contrasts: Sequence[float]) -> Figure:
    """Two images at several contrasts, as arrows in the one plane that holds all of them exactly.

    first, second: [H, W] images; contrasts: the factors that each is multiplied with.
    """
    rows = torch.stack([first.flatten(), second.flatten()])
    plane = torch.linalg.qr(rows.T).Q  # its first axis is the direction of `first`
    plane = plane * torch.sign(rows @ plane).diagonal()
    figure, axis = plt.subplots(figsize=(6.4, 4.6))
    looks = (
        ("image A", PALETTE[0], "-", {"xytext": (0, -16), "ha": "center"}),
        ("image B", PALETTE[5], "--", {"xytext": (10, -8), "ha": "left"}),
    )
    for image, (name, colour, style, place) in zip(rows, looks, strict=True):
        x, y = (image @ plane).tolist()
        for contrast in contrasts:
            axis.annotate(
                "",
                (contrast * x, contrast * y),
                (0, 0),
                arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 2, "ls": style},
            )
            axis.annotate(
                f"{name} $\\times$ {contrast:g}",
                (contrast * x, contrast * y),
                textcoords="offset points",
                fontsize=10,
                **place,
            )
        length = math.hypot(x, y)
        axis.plot(x / length, y / length, "o", ms=11, mfc="white", mec=colour, mew=2.5, zorder=5)
    axis.add_patch(Arc((0, 0), 2, 2, theta1=0, theta2=90, color="0.4", lw=1.5))
    axis.text(0.06, 1.08, "length 1", color="0.3", fontsize=10)
    furthest = rows.norm(dim=1).max().item()
    axis.set(
        xlim=(0, 1.2 * furthest), ylim=(-0.5, 0.75 * furthest), aspect="equal",
        xlabel="along image A", ylabel="away from image A",
        title="Contrast moves an image along its ray",
    )  # fmt: skip
    return figure


def plot_unit_circle(degrees: float = 50) -> Figure:
    """Left: two unit arrows, their angle, cosine and distance. Right: both against the angle."""
    figure, (circle, curves) = plt.subplots(1, 2, figsize=(10.5, 4.4))
    angle = math.radians(degrees)
    tip = (math.cos(angle), math.sin(angle))
    turn = torch.linspace(0, 2 * math.pi, 400)
    circle.plot(turn.cos(), turn.sin(), color="0.75", lw=1.2)
    for end, name, place in (
        ((1, 0), "a", (1.06, 0.04)),
        (tip, "b", (tip[0] + 0.03, tip[1] + 0.05)),
    ):
        circle.annotate(
            "", end, (0, 0), arrowprops={"arrowstyle": "-|>", "color": "black", "lw": 2}
        )
        circle.text(*place, f"${name}$", fontsize=15)
    circle.plot([0, tip[0]], [0, 0], color=PALETTE[0], lw=6, alpha=0.8, solid_capstyle="butt")
    circle.plot([tip[0]] * 2, [0, tip[1]], ":", color="0.4")
    circle.text(tip[0] / 2, -0.14, "cosine", color=PALETTE[0], ha="center", fontsize=12)
    circle.plot([1, tip[0]], [0, tip[1]], "--", color=PALETTE[5], lw=2.5)
    circle.text(0.9, 0.44, "distance $d$", color=PALETTE[5], fontsize=12)
    circle.add_patch(Arc((0, 0), 0.5, 0.5, theta1=0, theta2=degrees))
    circle.text(0.27, 0.09, f"{degrees:g}°", fontsize=11)
    circle.set(xlim=(-1.15, 1.6), ylim=(-1.1, 1.15), aspect="equal", title="Two arrows of length 1")
    circle.set(xlabel="first coordinate", ylabel="second coordinate")

    theta = torch.linspace(0, math.pi, 181)
    curves.plot(theta.rad2deg(), theta.cos(), color=PALETTE[0], label="cosine")
    squared = 2 - 2 * theta.cos()
    curves.plot(theta.rad2deg(), squared, "--", color=PALETTE[5], label="$d^2 = 2 - 2\\cos$")
    for mark in (0, 60, 90, 180):
        cosine = math.cos(math.radians(mark))
        curves.plot([mark], [cosine], "o", color=PALETTE[0], clip_on=False)
        curves.plot([mark], [2 - 2 * cosine], "s", color=PALETTE[5], clip_on=False)
    curves.set(
        xlabel="angle between the arrows (degrees)", ylabel="value", xticks=range(0, 181, 30)
    )
    curves.set_title("One falls as the other rises")
    curves.legend(loc="upper left")
    return figure


def draw_image(axis: Axes, image: Tensor) -> None:
    """Draw one grey image [1, H, W] in [0, 1], the same scale for every image."""
    axis.imshow(image.squeeze(0).cpu(), cmap="gray", vmin=0, vmax=1)
    axis.set(xticks=[], yticks=[])
    axis.grid(False)
