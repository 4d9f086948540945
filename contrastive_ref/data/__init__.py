"""The course's data: real digits and drawn shapes without a network, CIFAR-10 with one.

data = load("digits")
data.train.images     # float [1297, 1, 8, 8] in [0, 1]
data.train.labels     # long [1297]
"""

from __future__ import annotations

from pathlib import Path

import torch

from contrastive_ref.data import cifar, digits, shapes
from contrastive_ref.data.dataset import Dataset, Split

__all__ = ["Dataset", "Split", "load"]

_SOURCES = {"digits": digits, "shapes": shapes, "cifar10": cifar}


def load(
    name: str,
    *,
    train_size: int | None = None,
    test_size: int | None = None,
    seed: int = 0,
    root: str | Path | None = None,
    download: bool = False,
) -> Dataset:
    """Images in [0, 1] with labels, in two splits that never change for the same arguments.

    Args:
        name: "digits" (1,297 + 500 real ones, 8 x 8 grey), "shapes" (drawn, 32 x 32 colour, as
            many as asked for, all factors and masks known) or "cifar10" (50,000 + 10,000 photos,
            32 x 32 colour, from files).
        train_size, test_size: how many images; None means all (of shapes 6,000 and 1,500).
        seed: what `shapes` draws from. The splits of real data do not depend on it.
        root: folder of the files, for "cifar10" only.
        download: fetch the files of "cifar10" into `root`.

    Raises:
        TypeError, ValueError: an unknown name, a size that is not there, a `seed` below 0, a
            `root` where no files are read.
        FileNotFoundError, ConnectionError: no files of "cifar10", no network to fetch them.
    """
    if name not in _SOURCES:
        raise ValueError(f"name: expected one of {', '.join(map(repr, _SOURCES))}, got {name!r}")
    source = _SOURCES[name]
    # Drawn images never run out.
    train_size = _size("train_size", train_size, source.TRAIN, endless=name == "shapes")
    test_size = _size("test_size", test_size, source.TEST, endless=name == "shapes")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ValueError(f"seed: expected a whole number from 0, got {seed!r}")
    if name != "cifar10" and (root is not None or download):
        raise ValueError(f"root, download: {name!r} needs no files; leave both out")

    if name == "cifar10":
        train, test = cifar.cifar10(root, download, train_size, test_size)
    elif name == "shapes":
        # One stream per split: a longer training set leaves the test images as they are.
        train, test = (
            shapes.shapes(size, torch.Generator().manual_seed(2 * seed + is_test))
            for is_test, size in enumerate((train_size, test_size))
        )
    else:
        train, test = digits.digits()
        train = Split(train.images[:train_size], train.labels[:train_size])
        test = Split(test.images[:test_size], test.labels[:test_size])
    return Dataset(name, train, test, source.CLASS_NAMES)


def _size(name: str, size: int | None, available: int, endless: bool) -> int:
    if size is None:
        return available
    if isinstance(size, bool) or not isinstance(size, int):
        raise TypeError(f"{name}: expected a whole number or None, got {size!r}")
    if size < 1 or (size > available and not endless):
        expected = "1 or more" if endless else f"1 to {available}, all there are"
        raise ValueError(f"{name}: expected {expected}, got {size}")
    return size
