"""Drawn images of one shape each, with every factor known: so an invariance can be measured.

A class is a shape. Everything else is drawn independently of it: colour, background, place, size
and rotation. Coordinates run from -1 to 1 across the image, x to the right and y downwards.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from contrastive_ref.data.dataset import Split

SIZE = 32
TRAIN, TEST = 6000, 1500
SUBPIXELS = 2  # each pixel is tested at 2 x 2 points, for soft edges
SMALLEST, LARGEST = 0.6, 0.95  # radius; smaller objects are not learnt in a minute
SHIFT = 0.12  # the centre is at most this far from the middle, in x and in y
TEXTURE, PIXEL_NOISE = 0.12, 0.02
HUE_CLASSES = ("red", "yellow", "green", "cyan", "blue", "magenta")


def _polygon(x: Tensor, y: Tensor, corners: int) -> Tensor:
    step = 2 * math.pi / corners
    off_middle = torch.atan2(y, x) % step - step / 2
    return torch.hypot(x, y) * off_middle.cos() < math.cos(step / 2)


def _star(x: Tensor, y: Tensor, points: int, inner: float) -> Tensor:
    # Seen from the centre the edge swings linearly in the angle from 1 (a point) to `inner`.
    turn = torch.atan2(y, x) * points / (2 * math.pi) % 1
    return torch.hypot(x, y) < inner + (1 - inner) * (2 * turn - 1).abs()


def _plus(x: Tensor, y: Tensor) -> Tensor:
    long, thin = 0.95, 0.3
    return ((x.abs() < long) & (y.abs() < thin)) | ((x.abs() < thin) & (y.abs() < long))


# Which points of the plane an unrotated shape of radius 1 covers; the order is that of the labels.
INSIDE: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "disc": lambda x, y: torch.hypot(x, y) < 0.85,
    "triangle": lambda x, y: _polygon(x, y, corners=3),
    "square": lambda x, y: (x.abs() < 0.75) & (y.abs() < 0.75),
    "star": lambda x, y: _star(x, y, points=5, inner=0.4),
    "plus": _plus,
    "ring": lambda x, y: (torch.hypot(x, y) - 0.72).abs() < 0.22,
    "half-disc": lambda x, y: (torch.hypot(x, y) < 1) & (y > 0),
    "bow tie": lambda x, y: (x.abs() < 0.85) & (y.abs() < x.abs()),
}
CLASS_NAMES = tuple(INSIDE)


def shapes(n: int, generator: torch.Generator) -> Split:
    """Draw `n` images; all randomness comes from `generator`.

    Factors, each [N]: `hue` (0 to 5, see HUE_CLASSES) and `background_hue`, `quadrant` (of the
    centre: 0 upper left, 1 lower left, 2 upper right, 3 lower right), `big` (0 or 1); and the
    numbers behind them: `angle` (radians), `radius`, `centre_x`, `centre_y`.
    """

    def uniform(*shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        return low + (high - low) * torch.rand(*shape, generator=generator)

    labels = torch.randint(len(CLASS_NAMES), (n,), generator=generator)
    centre_x, centre_y = uniform(2, n, low=-SHIFT, high=SHIFT)
    radius = uniform(n, low=SMALLEST, high=LARGEST)
    angle = uniform(n, low=-math.pi, high=math.pi)
    masks = _masks(labels, centre_x, centre_y, radius, angle)

    background, colour = uniform(n, 3), uniform(n, 3)
    too_close = (colour - background).norm(dim=1, keepdim=True) < 0.5
    colour = torch.where(too_close, (background + 0.5) % 1, colour)

    # Bilinear interpolation from 8 x 8 is linear: as two matrix products it costs a third.
    enlarge = F.interpolate(torch.eye(8)[None], size=SIZE, mode="linear")[0].T

    def painted(rgb: Tensor, roughness: float) -> Tensor:
        coarse = torch.randn(n, 3, 8, 8, generator=generator) * roughness * uniform(n, 1, 1, 1)
        return (enlarge @ coarse @ enlarge.T).add_(rgb[:, :, None, None])

    images = torch.lerp(painted(background, TEXTURE), painted(colour, 0.6 * TEXTURE), masks)
    noise = torch.randn(images.shape, generator=generator)
    images = images.add_(noise, alpha=PIXEL_NOISE).clamp_(0, 1)

    factors = {
        "hue": hue_class(colour),
        "background_hue": hue_class(background),
        "quadrant": 2 * (centre_x > 0).long() + (centre_y > 0).long(),
        "big": (radius > (SMALLEST + LARGEST) / 2).long(),
        "angle": angle,
        "radius": radius,
        "centre_x": centre_x,
        "centre_y": centre_y,
    }
    return Split(images, labels, factors, masks)


def _masks(labels: Tensor, cx: Tensor, cy: Tensor, radius: Tensor, angle: Tensor) -> Tensor:
    side = SIZE * SUBPIXELS
    line = (torch.arange(side) + 0.5) / side * 2 - 1
    cos, sin = (angle.cos() / radius)[:, None, None], (angle.sin() / radius)[:, None, None]
    masks = torch.empty(len(labels), 1, SIZE, SIZE)
    for label, inside in enumerate(INSIDE.values()):
        i = (labels == label).nonzero().squeeze(1)
        dx = line[None, None, :] - cx[i, None, None]
        dy = line[None, :, None] - cy[i, None, None]
        # Turning the plane back by the angle is the same as turning the shape by it.
        covered = inside(cos[i] * dx + sin[i] * dy, cos[i] * dy - sin[i] * dx)
        masks[i] = F.avg_pool2d(covered[:, None].float(), SUBPIXELS)
    return masks


def hue_class(rgb: Tensor) -> Tensor:
    """The sixth of the colour circle that each colour [N, 3] lies in, LongTensor [N] of 0 to 5."""
    largest, channel = rgb.max(1)
    spread = (largest - rgb.min(1).values).clamp_min(1e-8)
    red, green, blue = rgb.unbind(1)
    # The hexagon of HSV: two sixths to each side of the largest channel's own corner.
    from_corner = torch.stack([green - blue, blue - red, red - green]).gather(0, channel[None])[0]
    return ((from_corner / spread + 2 * channel) % 6).floor().long().clamp_max(5)
