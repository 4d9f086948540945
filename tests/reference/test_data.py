"""The data: fixed splits, images that agree with their factors and masks, errors that help."""

import colorsys
import dataclasses
import math
import pickle
import urllib.error

import numpy as np
import pytest
import torch
import torchvision.datasets.cifar
from sklearn.datasets import load_digits

from contrastive_ref.data import Dataset, Split, load
from contrastive_ref.data.shapes import SIZE, hue_class


@pytest.fixture(scope="module")
def drawn():
    return load("shapes", train_size=3000, test_size=400)


# ---- digits


def test_digits_are_scikit_learns_each_in_one_split():
    data, bunch = load("digits"), load_digits()
    assert data.train.images.shape == (1297, 1, 8, 8)
    assert data.test.images.shape == (500, 1, 8, 8)
    label_of = dict(zip(map(bytes, bunch.images.astype(np.uint8)), bunch.target, strict=True))
    seen = []
    for split in (data.train, data.test):
        assert split.images.dtype == torch.float32 and split.labels.dtype == torch.long
        pixels = [bytes(p) for p in (split.images * 16).to(torch.uint8).numpy()]
        assert [label_of[p] for p in pixels] == split.labels.tolist()
        seen += pixels
    assert sorted(seen) == sorted(map(bytes, bunch.images.astype(np.uint8)))
    assert data.class_names == tuple("0123456789")


def test_the_split_of_digits_is_fixed_and_has_every_class():
    data = load("digits", seed=5)
    # Written down from the first run: numbers in the notebooks depend on this split.
    assert data.train.labels[:10].tolist() == [6, 5, 5, 7, 9, 9, 8, 4, 6, 8]
    assert data.test.labels[:10].tolist() == [3, 0, 7, 1, 3, 8, 3, 4, 1, 4]
    assert data.test.labels.bincount().min() >= 40


def test_fewer_digits_are_the_first_of_them():
    few, all_ = load("digits", train_size=10, test_size=3), load("digits")
    assert torch.equal(few.train.images, all_.train.images[:10])
    assert torch.equal(few.test.labels, all_.test.labels[:3])


# ---- shapes


def test_the_same_seed_draws_the_same_images_and_another_seed_others(drawn):
    again, other = (load("shapes", train_size=3000, test_size=400, seed=seed) for seed in (0, 1))
    for split in ("train", "test"):
        expected = getattr(drawn, split)
        assert torch.equal(getattr(again, split).images, expected.images)
        assert torch.equal(getattr(again, split).labels, expected.labels)
        assert not torch.equal(getattr(other, split).images, expected.images)


def test_drawing_leaves_the_global_generator_alone():
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    load("shapes", train_size=2, test_size=1)
    assert torch.equal(torch.rand(1), expected)


def test_no_image_is_in_two_splits_and_test_does_not_depend_on_the_size_of_train(drawn):
    images = torch.cat([drawn.train.images, drawn.test.images]).flatten(1)
    assert len(images.unique(dim=0)) == 3400
    fewer = load("shapes", train_size=1, test_size=400)
    assert torch.equal(fewer.test.images, drawn.test.images)
    # Drawn at one size, equal streams would show as equal labels.
    equal_sizes = load("shapes", train_size=400, test_size=400)
    assert not torch.equal(equal_sizes.train.labels, equal_sizes.test.labels)
    # Split seeds of neighbouring seeds must not meet either: test of 0 is not train of 1.
    other = load("shapes", train_size=400, test_size=1, seed=1)
    assert not torch.equal(other.train.labels, drawn.test.labels)


def test_shapes_have_the_promised_form(drawn):
    split = drawn.train
    assert split.images.shape == (3000, 3, SIZE, SIZE) and split.images.dtype == torch.float32
    assert split.masks.shape == (3000, 1, SIZE, SIZE)
    for pixels in (split.images, split.masks):
        assert pixels.min() >= 0 and pixels.max() <= 1
    assert len(drawn.class_names) == len(set(drawn.class_names)) == 8
    values = {name: set(split.factors[name].tolist()) for name in ("hue", "quadrant", "big")}
    assert values == {"hue": set(range(6)), "quadrant": set(range(4)), "big": {0, 1}}


def test_classes_and_factors_are_balanced_and_independent(drawn):
    # Bounds are five standard deviations of a fair draw of 3,000.
    labels, factors = drawn.train.labels, drawn.train.factors
    assert (labels.bincount(minlength=8) - 375).abs().max() < 5 * math.sqrt(3000 * 7 / 64)
    for label in range(8):
        big = factors["big"][labels == label].double()
        assert abs(big.mean() - 0.5) < 5 * 0.5 / math.sqrt(len(big))


def test_discrete_factors_say_the_same_as_the_numbers_behind_them(drawn):
    factors = drawn.train.factors
    right, low = factors["centre_x"] > 0, factors["centre_y"] > 0
    assert torch.equal(factors["quadrant"] // 2, right.long())
    assert torch.equal(factors["quadrant"] % 2, low.long())
    big = factors["big"].bool()
    assert factors["radius"][big].min() > factors["radius"][~big].max()
    assert factors["angle"].abs().max() <= math.pi


# Area of a shape of radius 1; the star's is half the integral of its squared polar radius.
AREAS = {
    "disc": math.pi * 0.85**2,
    "triangle": 3 * math.sqrt(3) / 4,
    "square": 1.5**2,
    "star": math.pi * (1 - 0.4**3) / (3 * 0.6),
    "plus": 2 * 1.9 * 0.6 - 0.6**2,
    "ring": math.pi * (0.94**2 - 0.5**2),
    "half-disc": math.pi / 2,
    "bow tie": 2 * 0.85**2,
}


def whole(split):
    """Which objects lie inside the image whatever their shape and angle."""
    corner = 0.85 * math.sqrt(2)  # of the bow tie, the farthest of all
    off = torch.stack([split.factors["centre_x"], split.factors["centre_y"]]).abs().amax(0)
    return off + corner * split.factors["radius"] < 1


@pytest.mark.parametrize("name", AREAS)
def test_a_mask_has_the_area_of_its_shape(drawn, name):
    split = drawn.train
    chosen = whole(split) & (split.labels == drawn.class_names.index(name))
    assert chosen.sum() > 20
    area = split.masks[chosen].sum((1, 2, 3)) * (2 / SIZE) ** 2
    expected = AREAS[name] * split.factors["radius"][chosen] ** 2
    assert (area / expected - 1).abs().max() < 0.06
    assert (area / expected - 1).mean().abs() < 0.01


def centroid(masks):
    line = (torch.arange(SIZE) + 0.5) / SIZE * 2 - 1
    weights = masks[:, 0] / masks.sum((1, 2, 3))[:, None, None]
    return (weights * line).sum((1, 2)), (weights * line[:, None]).sum((1, 2))


@pytest.mark.parametrize("name", ["disc", "square", "plus", "ring", "bow tie"])
def test_a_symmetric_mask_lies_around_its_centre(drawn, name):
    split = drawn.train
    chosen = whole(split) & (split.labels == drawn.class_names.index(name))
    x, y = centroid(split.masks[chosen])
    assert (x - split.factors["centre_x"][chosen]).abs().max() < 0.02
    assert (y - split.factors["centre_y"][chosen]).abs().max() < 0.02


def test_a_half_disc_points_where_its_angle_says(drawn):
    split = drawn.train
    chosen = whole(split) & (split.labels == drawn.class_names.index("half-disc"))
    factors = {name: factor[chosen] for name, factor in split.factors.items()}
    x, y = centroid(split.masks[chosen])
    # Unrotated, the centroid of half a disc is 4 / (3 pi) radii below the centre.
    distance = 4 / (3 * math.pi) * factors["radius"]
    assert (x - factors["centre_x"] + distance * factors["angle"].sin()).abs().max() < 0.02
    assert (y - factors["centre_y"] - distance * factors["angle"].cos()).abs().max() < 0.02


def mean_colour(split, where):
    return (split.images * where).sum((2, 3)) / where.sum((2, 3))


def test_the_object_is_where_its_mask_says_in_the_colour_its_hue_says(drawn):
    split = drawn.train
    inside = mean_colour(split, (split.masks == 1).float())
    outside = mean_colour(split, (split.masks == 0).float())
    assert (inside - outside).norm(dim=1).min() > 0.25
    for colour, name in ((inside, "hue"), (outside, "background_hue")):
        vivid = (colour.amax(1) - colour.amin(1) > 0.3).nonzero().squeeze(1)
        hues = [int(colorsys.rgb_to_hsv(*colour[i].tolist())[0] * 6) for i in vivid]
        agree = torch.tensor(hues) == split.factors[name][vivid]
        # Texture moves a colour a little, and with it some of those next to a boundary.
        assert agree.double().mean() > 0.9


def test_hue_classes_are_those_of_the_standard_library():
    colours = torch.rand(500, 3, generator=torch.Generator().manual_seed(0))
    greys = torch.tensor([0.0, 0.5, 1.0])[:, None].expand(3, 3)
    colours = torch.cat([colours, torch.eye(3), 1 - torch.eye(3), greys])
    expected = [int(colorsys.rgb_to_hsv(*colour.tolist())[0] * 6) for colour in colours]
    assert hue_class(colours).tolist() == expected


def test_a_single_image_can_be_drawn():
    data = load("shapes", train_size=1, test_size=1)
    assert len(data.train) == len(data.test) == 1


# ---- CIFAR-10, from files that look like the real ones


@pytest.fixture
def cifar_root(tmp_path, monkeypatch):
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]:
        batch = {"data": rng.integers(0, 256, (4, 3072), dtype=np.uint8), "labels": [9, 0, 3, 1]}
        (folder / name).write_bytes(pickle.dumps(batch))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": list("abcdefghij")}))
    monkeypatch.setattr(torchvision.datasets.cifar, "check_integrity", lambda *args: True)
    return tmp_path


def test_cifar10_is_read_from_its_files(cifar_root):
    data = load("cifar10", root=cifar_root, train_size=7, test_size=3)
    assert data.train.images.shape == (7, 3, 32, 32) and data.test.images.shape == (3, 3, 32, 32)
    assert data.train.labels.tolist() == [9, 0, 3, 1, 9, 0, 3]
    assert data.class_names[9] == "truck"
    raw = pickle.loads((cifar_root / "cifar-10-batches-py" / "data_batch_2").read_bytes())["data"]
    # A row holds 1,024 red values, line by line, then green, then blue.
    x, y, green = 5, 20, 1
    stored = raw[1, green * 1024 + y * 32 + x] / 255
    assert data.train.images[5, green, y, x].item() == pytest.approx(stored)


def test_cifar10_without_a_folder_names_the_offline_choices(tmp_path):
    offline = r"load\('digits'\) or load\('shapes'\)"
    with pytest.raises(ValueError, match=rf"root: .*download=True.*{offline}"):
        load("cifar10")
    with pytest.raises(FileNotFoundError, match=rf"no folder .*nowhere.*download=True.*{offline}"):
        load("cifar10", root=tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match=rf"no complete cifar-10.*download=True.*{offline}"):
        load("cifar10", root=tmp_path)


def test_cifar10_without_a_network_names_the_offline_choices(tmp_path, monkeypatch, capsys):
    def no_network(*args, **kwargs):
        raise urllib.error.URLError("Name or service not known")

    name = "download_and_extract_archive"
    monkeypatch.setattr(torchvision.datasets.cifar, name, no_network)
    with pytest.raises(ConnectionError, match=r"not known.*load\('digits'\) or load\('shapes'\)"):
        load("cifar10", root=tmp_path, download=True)
    assert capsys.readouterr().err == ""


# ---- structure and errors


def test_nothing_can_be_assigned(drawn):
    with pytest.raises(dataclasses.FrozenInstanceError):
        drawn.train.labels = drawn.test.labels
    with pytest.raises(dataclasses.FrozenInstanceError):
        drawn.name = "other"


def test_moving_to_a_device_moves_every_part(drawn):
    moved = drawn.test.to("meta")
    parts = [moved.images, moved.labels, moved.masks, *moved.factors.values()]
    assert {part.device.type for part in parts} == {"meta"}
    assert moved.factors.keys() == drawn.test.factors.keys()
    assert load("digits").train.to("meta").masks is None


IMAGES, LABELS = torch.zeros(4, 1, 8, 8), torch.zeros(4, dtype=torch.long)
GOOD, WIDE = Split(IMAGES, LABELS), Split(torch.zeros(4, 1, 8, 9), LABELS)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: load("mnist"), ValueError, r"'digits', 'shapes', 'cifar10', got 'mnist'"),
        (lambda: load(3), ValueError, r"name: .*got 3"),
        (lambda: load("digits", train_size=-1), ValueError, r"train_size: .*1 to 1297.*got -1"),
        (lambda: load("digits", train_size=1298), ValueError, r"1 to 1297.*got 1298"),
        (lambda: load("digits", test_size=0), ValueError, r"test_size: .*1 to 500.*got 0"),
        (lambda: load("shapes", train_size=-5), ValueError, r"train_size: .*1 or more, got -5"),
        (lambda: load("shapes", test_size=2.5), TypeError, r"test_size: .*got 2.5"),
        (lambda: load("cifar10", test_size=10_001), ValueError, r"1 to 10000.*got 10001"),
        (lambda: load("shapes", seed=-1), ValueError, r"seed: .*got -1"),
        (lambda: load("digits", root="here"), ValueError, r"root.*'digits' needs no files"),
        (lambda: Dataset("toy", GOOD, GOOD, ()), ValueError, r"train.labels: .*got 0 to 0"),
        (
            lambda: Dataset("toy", GOOD, WIDE, ("a",)),
            ValueError,
            r"test: .*\[1, 8, 8\].*\[1, 8, 9\]",
        ),
        (lambda: Split(IMAGES[0], LABELS), ValueError, r"images: .*got \[1, 8, 8\]"),
        (lambda: Split(IMAGES, LABELS.int()), TypeError, r"labels: .*torch.int32"),
        (lambda: Split(IMAGES, LABELS[:3]), ValueError, r"labels: .*\[4\], got \[3\]"),
        (lambda: Split(IMAGES, LABELS, {"hue": LABELS[:1]}), ValueError, r"factors\['hue'\]: "),
        (lambda: Split(IMAGES, LABELS, masks=IMAGES[0]), ValueError, r"masks: .*\[4, 1, 8, 8\]"),
    ],
)
def test_an_error_names_the_argument_and_what_to_give(call, error, says):
    with pytest.raises(error, match=says):
        call()
