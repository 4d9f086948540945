"""What `load` returns: two splits of images with their labels and whatever else is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Split:
    """Images with one label each, and the drawn factors and masks where they are known.

    Args:
        images: [N, C, H, W] float in [0, 1].
        labels: [N] long, classes from 0.
        factors: what else is known of each image, every entry [N]; empty for real data.
        masks: [N, 1, H, W] float, the part of each pixel that the object covers, or None.

    Raises:
        TypeError, ValueError: a part has another dtype or shape than the one above.
    """

    images: Tensor
    labels: Tensor
    factors: Mapping[str, Tensor] = field(default_factory=dict)
    masks: Tensor | None = None

    def __post_init__(self) -> None:
        if self.images.ndim != 4 or not self.images.is_floating_point():
            given = f"{list(self.images.shape)} of {self.images.dtype}"
            raise ValueError(f"images: expected a float tensor [N, C, H, W], got {given}")
        if self.labels.dtype != torch.long:
            raise TypeError(f"labels: expected dtype torch.int64, got {self.labels.dtype}")
        n, _, height, width = self.images.shape
        expected = {"labels": [n]} | {f"factors[{name!r}]": [n] for name in self.factors}
        parts = [self.labels, *self.factors.values()]
        if self.masks is not None:
            expected["masks"] = [n, 1, height, width]
            parts.append(self.masks)
        for (name, shape), part in zip(expected.items(), parts, strict=True):
            if list(part.shape) != shape:
                raise ValueError(f"{name}: expected shape {shape}, got {list(part.shape)}")

    def __len__(self) -> int:
        return len(self.images)

    def to(self, device: torch.device | str) -> Split:
        """The same split with every tensor on `device`."""
        return Split(
            self.images.to(device),
            self.labels.to(device),
            {name: factor.to(device) for name, factor in self.factors.items()},
            None if self.masks is None else self.masks.to(device),
        )


@dataclass(frozen=True, eq=False)
class Dataset:
    """A train and a test split of one kind of image, and what the labels mean.

    Args:
        name: the name that `load` was asked for.
        train, test: splits with no image in common.
        class_names: `class_names[label]` is that class in words.

    Raises:
        ValueError: the splits' images differ in shape, or a label has no name.
    """

    name: str
    train: Split
    test: Split
    class_names: tuple[str, ...]

    def __post_init__(self) -> None:
        train, test = list(self.train.images.shape[1:]), list(self.test.images.shape[1:])
        if train != test:
            raise ValueError(f"test: expected images of shape {train} as in train, got {test}")
        for which, split in (("train", self.train), ("test", self.test)):
            if split.labels.min() < 0 or split.labels.max() >= len(self.class_names):
                given = f"{split.labels.min().item()} to {split.labels.max().item()}"
                raise ValueError(
                    f"{which}.labels: expected 0 to {len(self.class_names) - 1}, got {given}"
                )

    def to(self, device: torch.device | str) -> Dataset:
        """The same data with every tensor on `device`."""
        return Dataset(self.name, self.train.to(device), self.test.to(device), self.class_names)
