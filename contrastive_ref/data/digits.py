"""Real handwritten digits, 8 x 8 pixels: 1,797 of them ship with scikit-learn.

The test part of "Optical recognition of handwritten digits" (Alpaydin & Kaynak 1998, UCI): forms
filled in by 13 people, each digit scanned and counted down to 8 x 8 cells with values 0 to 16.
"""

from __future__ import annotations

import torch
from sklearn.datasets import load_digits

from contrastive_ref.data.dataset import Split

CLASS_NAMES = tuple("0123456789")
TRAIN, TEST = 1297, 500


def digits() -> tuple[Split, Split]:
    """The whole data set, shuffled once and for all and cut into 1,297 and 500 images."""
    bunch = load_digits()
    images = torch.tensor(bunch.images, dtype=torch.float32)[:, None] / 16
    labels = torch.tensor(bunch.target, dtype=torch.long)
    # The file is ordered by writer and cycles through the classes: never cut it unshuffled.
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    train, test = order[:TRAIN], order[TRAIN:]
    return Split(images[train], labels[train]), Split(images[test], labels[test])
