# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 02 · Siamese nets and margins
#
# **The claim of this notebook: a network can learn a *map* in which distance means "same thing?",
# from nothing but pairs marked *same* or *different*.** It is never told which digit it sees. It
# never even learns that there are ten.
#
# You write the pairs and the losses, and test the claim on real handwriting. The **controls** are
# distances between raw pixels, and the same network untrained. The **negative control** is the same
# training with answers that are coin flips: that one must fail.
#
# | exercise | you write | minutes | points |
# |---|---|---|---|
# | 2.1 | `make_pairs` | 20 | 3 |
# | 2.2 | `contrastive_margin_loss` | 15 | 4 |
# | 2.3 | `triplet_loss` | 10 | 3 |
# | 2.4 | `batch_hard_triplet_loss` | 25 | 5 |
#
# About 110 minutes with the reading. The computing takes well under a minute on two processor
# cores.

# %%
import torch
from sklearn.metrics import roc_auc_score, roc_curve
from torch import Tensor, nn

from contrastive_ref.data import load
from contrastive_ref.grading import check
from contrastive_ref.nets import small_cnn
from contrastive_ref.plots.siamese import (
    plot_hard_triplet,
    plot_losses,
    plot_maps,
    plot_margin_loss,
    plot_pairs,
)
from contrastive_ref.plots.style import show, use_style
from contrastive_ref.plots.verification import plot_margin_sweep, plot_roc, plot_runs
from contrastive_ref.training import encode, fit, pick_device
from contrastive_ref.workbook import use

use_style()
device = pick_device()
l2_normalize = use("l2_normalize")

# %% [markdown]
# ## 1 · The only teacher: same or different
#
# Think of a bank that compares signatures, or a phone that knows its owner's face. Neither has a
# list of all the people in the world. All that either needs is one answer: *are these two by the
# same person?*
#
# So this is all the teaching that our network will get.

# %% tags=["experiment"]
digits = load("digits").to(device)
train_images, train_labels = digits.train.images, digits.train.labels  # [1297, 1, 8, 8], [1297]
test_images, test_labels = digits.test.images, digits.test.labels  # [500, 1, 8, 8], [500]

pairs = use("make_pairs")  # the course's, until yours has passed its check
index_a, index_b, same = pairs(train_labels, torch.Generator(device=device).manual_seed(1))
show(
    plot_pairs(train_images[index_a[:8]], train_images[index_b[:8]], same[:8]),
    alt="Eight columns with two small grey digits each, one above the other. Some columns are "
    "headed 'same' and show one digit in two handwritings; the others are headed 'different'.",
)

# %% [markdown]
# There is a catch. Draw two digits at random, and nine pairs of ten are *different*. With a thousand
# classes it would be 999 of 1,000. A network that always says "different" would look brilliant.
#
# So we do not draw pairs blindly. For every sample we toss a coin first: same, or different?

# %% [markdown]
# ### Exercise 2.1 — `make_pairs` · ●●○ · about 20 minutes · 3 points
#
# Give every sample one partner. Return `(index_a, index_b, same)`, each of length $N$:
#
# - `index_a`: each sample once. `index_b`: its partner, **never itself**.
# - `same`: bool, true where the two labels are equal. About half of the pairs are.
# - There may be any number of classes, with any labels. (Code for two classes often looks for the
#   class `1 - label`. For label 3 that is class −2, and a search for it never ends.)
# - A sample whose class has no other member gets a partner of another class. If there is only one
#   class, all pairs are same. A single sample has no partner at all: raise a `ValueError` that says
#   so.
# - All randomness comes from `generator`, which lives on the device of `labels`.
#
# *Elsewhere:* many texts and much code use `y = 1` for **different** pairs, as the first paper did.
# Here `same` means same.
#
# **Before you write code**, answer for yourself: a class has 50 members. If you draw a same-class
# partner from all 50, how often does a sample meet itself? And what does the network learn from such
# a pair?
#
# <details><summary>Hint 1: two lists</summary>
#
# For one sample there are two lists: who has the same label, and who has another one. The coin
# chooses the list. Either list may be empty: what then?
#
# </details>
# <details><summary>Hint 2: from labels to positions</summary>
#
# `labels == labels[i]` is true for all of that class, for $i$ too. `.nonzero().flatten()` turns such
# a mask into positions.
#
# </details>
# <details><summary>Hint 3: a draw that can be repeated</summary>
#
# `torch.randint(len(positions), (), generator=generator)` picks a place in the list, and
# `torch.rand((), generator=generator) < 0.5` is a coin. On a GPU both also want
# `device=labels.device`. A Python loop over the samples is fine.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "make_pairs", "locked": false, "schema_version": 3, "solution": true, "task": false}
def make_pairs(labels: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """One partner for every sample, of the same class with probability one half.

    labels: [N]. Returns index_a and index_b, LongTensors [N], and same, bool [N].
    """
    ### BEGIN SOLUTION
    n, device = len(labels), labels.device
    if n < 2:
        raise ValueError(f"a pair needs at least 2 samples, got {n}")
    equal = labels[:, None] == labels[None, :]
    mates = equal & ~torch.eye(n, dtype=torch.bool, device=device)
    coin = torch.rand(n, generator=generator, device=device) < 0.5
    same = torch.where(coin, mates.any(1), equal.all(1))
    allowed = torch.where(same[:, None], mates, ~equal).float()
    partner = torch.multinomial(allowed, 1, generator=generator).squeeze(1)
    return torch.arange(n, device=device), partner, same
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_make_pairs", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check("make_pairs", make_pairs, points=3)

# %% [markdown]
# Count on real data. **Expected:** about half of the pairs are same, and nobody meets himself.

# %% tags=["experiment"]
pairs = use("make_pairs")  # yours once it has passed, the reference until then
index_a, index_b, same = pairs(train_labels, torch.Generator(device=device).manual_seed(0))
print(f"same: {same.float().mean().item():.2f}   with itself: {(index_a == index_b).sum().item()}")

# %% [markdown]
# ## 2 · A spring and a stop
#
# The network $f$ turns an image into a point, $z = f(x)$. Look at the distance $d$ of the two points
# of a pair.
#
# - A **same** pair is joined by a spring. It pays $d^2$, and is pulled together until $d = 0$.
# - A **different** pair pays while it is closer than the **margin** $m$, and is pushed apart. Beyond
#   the margin it pays nothing, and nothing happens to it.
#
# With $s = 1$ for same and $s = 0$ for different pairs:
#
# $$\ell = s\, d^2 + (1 - s)\, \max(0,\; m - d)^2 \qquad d = \lVert z_1 - z_2 \rVert$$

# %% tags=["experiment"]
margin_loss = use("contrastive_margin_loss")


def pays(distance: float, same: bool) -> float:
    """The loss of a single pair on a line, at 0 and at `distance`."""
    here, there = torch.zeros(1, 1), torch.full((1, 1), distance)
    return margin_loss(here, there, torch.tensor([same]), margin=1.0).item()


distances = torch.linspace(0, 2, 101).tolist()
show(
    plot_margin_loss(
        distances,
        [pays(d, True) for d in distances],
        [pays(d, False) for d in distances],
        margin=1.0,
    ),
    alt="Left: the loss of a same pair is a parabola that rises from 0. That of a different pair "
    "falls from 1 to 0 at the margin and stays 0. Right: the slopes. For same pairs it is 2d: the "
    "farther, the stronger the pull. For different pairs it rises from -2 to 0 at the margin.",
)

# %% [markdown]
# Read the right panel as forces. The pull has no end: two 3s that are far apart are pulled hard. The
# push ends at the margin. *Different* means "not close", and that is all; the loss does not care how
# far.
#
# Why not push for ever? A single pair that runs away could then make the loss as low as it likes,
# and nothing else would matter.

# %% [markdown]
# ### Exercise 2.2 — `contrastive_margin_loss` · ●●○ · about 15 minutes · 4 points
#
# Return the mean of $\ell$ over the $N$ pairs. Row $i$ of `z1` and row $i$ of `z2` are one pair.
#
# - Raw Euclidean distances: do **not** normalise inside.
# - `same` is bool, or 0/1 of any number type.
# - A mean over *all* pairs: also over those that pay nothing.
# - Two identical points must not give a NaN gradient.
#
# *Elsewhere*, and all of it looks alike: a factor ½ in front of both terms (the paper), `y = 1` for
# different pairs (the paper again), hinge not squared and averages over the active pairs only (one
# popular library), $m - d^2$ instead of $(m - d)^2$ (several blogs). Ours is the equation above.
#
# **Before you write code**, answer for yourself: two *different* things are already 10 apart, and the
# margin is 1. What should they pay? And what is `1 - same` if `same` is bool?
#
# <details><summary>Hint 1: one number per pair</summary>
#
# Get the $N$ distances first. Then each term is one line, and neither needs an `if`.
#
# </details>
# <details><summary>Hint 2: the square root at 0</summary>
#
# $\sqrt{x}$ is infinitely steep at 0. If you write the root yourself, a pair of identical points
# gives a NaN gradient, and one NaN is enough to ruin all the weights. `.norm(dim=1)` knows what to
# do at 0.
#
# </details>
# <details><summary>Hint 3: the switch</summary>
#
# `same.to(z1.dtype)` turns the answers into numbers 1 and 0: multiply one term by it, and the other
# by one minus it. `.clamp_min(0)` is the $\max$.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "contrastive_margin_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def contrastive_margin_loss(z1: Tensor, z2: Tensor, same: Tensor, margin: float = 1.0) -> Tensor:
    """Mean of same * d^2 + (1 - same) * max(0, margin - d)^2.

    z1, z2: [N, D], row i of both is one pair. same: [N], bool or 0/1. Returns a scalar.
    """
    ### BEGIN SOLUTION
    same = same.to(z1.dtype)
    distance = (z1 - z2).norm(dim=1)
    repulsion = (margin - distance).clamp_min(0) ** 2
    return (same * distance**2 + (1 - same) * repulsion).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_contrastive_margin_loss", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
check("contrastive_margin_loss", contrastive_margin_loss, points=4)

# %% [markdown]
# ## 3 · Ten digits find their places
#
# *Siamese* means: two networks with the same weights, one for each image of a pair. You do not need
# two. One network embeds the whole batch once, and the pairs pick their rows.
#
# We let it end in just **two** numbers per image. Two are hardly enough for ten digits, but we can
# look at the result.

# %% tags=["experiment"]
margin_loss = use("contrastive_margin_loss")


class SiameseNet(nn.Module):
    """Image to point. Its loss wants (images, index_a, index_b, same)."""

    def __init__(self, dim: int = 2, margin: float = 1.0, unit_length: bool = False):
        super().__init__()
        self.encoder = small_cnn(1, widths=(32, 64, 64), strides=(2, 2, 1))
        self.head = nn.Linear(self.encoder.out_dim, dim)
        self.margin, self.unit_length = margin, unit_length

    def forward(self, images: Tensor) -> Tensor:
        z = self.head(self.encoder(images))
        return l2_normalize(z) if self.unit_length else z

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        images, index_a, index_b, same = batch
        z = self(images)
        return margin_loss(z[index_a], z[index_b], same, self.margin)


# %% [markdown]
# A batch is 128 random images and the 128 pairs that your function makes of them. **Expected:** the
# loss starts near 0.3 and ends near 0.02.


# %% tags=["experiment"]
def pair_sampler(images: Tensor, labels: Tensor, coin_flips: bool = False):
    """A function step -> batch. With coin_flips, the answers have nothing to do with the pairs."""
    generator = torch.Generator(device=device).manual_seed(0)

    def sample(step: int) -> tuple[Tensor, ...]:
        chosen = torch.randperm(len(labels), generator=generator, device=device)[:128]
        index_a, index_b, same = pairs(labels[chosen], generator)
        if coin_flips:
            same = torch.rand(len(same), generator=generator, device=device) < 0.5
        return images[chosen], index_a, index_b, same

    return sample


torch.manual_seed(0)
net = SiameseNet().to(device)
before = encode(net, train_images), encode(net, test_images)
history = fit(net, pair_sampler(train_images, train_labels), steps=200, lr=3e-3)
after = encode(net, train_images), encode(net, test_images)
print(f"loss: {history.loss[0]:.2f} at first, {sum(history.loss[-20:]) / 20:.3f} at the end")

# %% tags=["experiment"]
show(
    plot_maps({"Before": before, "After 200 steps": after}, train_labels, test_labels),
    alt="Two scatter plots. Before: all ten digits in one mixed cloud, a hundredth of a unit wide. "
    "After: ten separate clumps, each named by its digit, about 1 apart. The crosses of the held-out "
    "images lie in the clumps of their own digit, with a few strays.",
)

# %% [markdown]
# Look at the axes first. Before the training, the whole map is about 0.01 wide. After it, clumps are
# about one margin apart. Each is one digit, and nobody told the network that there are ten.
#
# Now the crosses. Those images were held out; the network has never seen them, and most of them land
# where they belong.
#
# What the map does *not* say: which clumps are neighbours, and where the origin is. Another seed
# gives another arrangement. The loss only speaks about distances, so you may turn, mirror and shift
# the whole map and it pays the same.

# %% [markdown]
# ## 4 · Same or different? A test, and its controls
#
# A pretty map proves little. The test is the task itself: **verification**. Take two held-out images,
# measure the distance, say "same" if it is below a threshold.
#
# Every threshold makes two kinds of error. Two summaries do not need one:
#
# - **AUC**, the area under the ROC curve: take a same pair and a different pair at random. How often
#   is the same one closer? 1 is perfect, 0.5 is a coin.
# - **Equal error rate**: the threshold at which both kinds of error are equally frequent. Lower is
#   better.


# %% tags=["experiment"]
def verify(z: Tensor, labels: Tensor):
    """ROC curve (false accepts, true accepts), its area, and the equal error rate; all pairs."""
    a, b = torch.triu_indices(len(z), len(z), offset=1, device=z.device)
    same = (labels[a] == labels[b]).cpu()
    closeness = -(z[a] - z[b]).norm(dim=1).cpu()
    false, true, _ = roc_curve(same, closeness)
    equal = abs(false - (1 - true)).argmin()
    return false, true, roc_auc_score(same, closeness), false[equal]


def knn(z_train: Tensor, z_test: Tensor) -> float:
    """Share of held-out images whose 5 nearest training images vote for the right digit."""
    nearest = torch.cdist(z_test, z_train).topk(5, largest=False).indices
    return (train_labels[nearest].mode(dim=1).values == test_labels).float().mean().item()


# %% [markdown]
# Four rulers for the same 124,750 held-out pairs. The last one is the negative control: same network,
# same images, same number of steps, but *same* and *different* are coin flips.
#
# **Expected:** the map reaches an AUC of about 0.99, raw pixels about 0.87. **Before you run:** what
# do you expect of the coin flips? Exactly 0.5?

# %% tags=["experiment"]
torch.manual_seed(0)
fooled = SiameseNet().to(device)
flips = fit(fooled, pair_sampler(train_images, train_labels, coin_flips=True), steps=200, lr=3e-3)
show(
    plot_losses({"real answers": history.loss, "coin flips": flips.loss}),
    alt="Loss against the step. With real answers it falls from 0.29 to about 0.02 within 200 steps. "
    "With coin flips it stays near 0.3.",
)

# %% [markdown]
# Against coin flips, the best that a net can do is to put *every* pair at $d = 0.5$: half of the
# answers then cost $0.5^2$, the other half $(1 - 0.5)^2$, on average 0.25. It cannot do better,
# because there is nothing to learn.

# %% tags=["experiment"]
rulers = {
    "the learned map": after,
    "raw pixels": (train_images.flatten(1), test_images.flatten(1)),
    "the untrained net": before,
    "a net trained on coin flips": (encode(fooled, train_images), encode(fooled, test_images)),
}
curves = {}
for name, (z_train, z_test) in rulers.items():
    *curve, error = verify(z_test, test_labels)
    curves[name] = tuple(curve)
    print(
        f"{name:28} AUC {curve[2]:.3f}   equal error {error:.3f}   kNN {knn(z_train, z_test):.3f}"
    )

# %% tags=["experiment"]
show(
    plot_roc(curves),
    alt="Four ROC curves. That of the learned map hugs the upper left corner. Raw pixels bend "
    "halfway towards it. The untrained net and the one trained on coin flips stay much closer to "
    "the diagonal of a coin.",
)

# %% [markdown]
# The map wins, by far. And the negative control fails, as it should: it is no better than the net
# that was never trained.
#
# It does not fall to exactly 0.5, though. Two images that are nearly equal lie close together on
# *any* smooth map, and nearly equal images tend to be the same digit. This is why an untrained net is
# the control to beat, and not the coin.
#
# Now the last column. Count votes among labelled neighbours, and raw pixels are as good as the map or
# better. On these tidy digits, looks alone find the right neighbour. So what has the map gained?
# **One threshold that works everywhere.** Among pixels the nearest image is the right one, but how
# near "near" is differs from place to place; no single threshold serves all, and that is what an AUC
# of 0.87 says. On the map, one does.

# %% [markdown]
# ### What about digits that it has never met?
#
# The bank must verify people who were not in the training. So: train on the pairs of 0 to 6 only,
# and verify 7, 8 and 9. **Expected:** write down your guess before you run.

# %% tags=["experiment"]
met, unmet = train_labels < 7, test_labels >= 7
torch.manual_seed(0)
partial = SiameseNet().to(device)
untrained = verify(encode(partial, test_images[unmet]), test_labels[unmet])
fit(partial, pair_sampler(train_images[met], train_labels[met]), steps=200, lr=3e-3)
seen = verify(encode(partial, test_images[~unmet]), test_labels[~unmet])
unseen = verify(encode(partial, test_images[unmet]), test_labels[unmet])
pixels = verify(test_images[unmet].flatten(1), test_labels[unmet])
print(f"0 to 6 (trained on, new images): AUC {seen[2]:.2f}")
print(f"7 to 9 (never met):              AUC {unseen[2]:.2f}")
print(f"7 to 9, untrained net {untrained[2]:.2f}, raw pixels {pixels[2]:.2f}")

# %% [markdown]
# New *images* of known digits are verified nearly perfectly. New *digits* are not: the map does worse
# on them than raw pixels. It has learned what tells 0 to 6 apart, and it has thrown away whatever
# else there was; with two numbers per image there was no room for more.
#
# Does this refute the bank? No: it says what the bank needs. Seven classes are far too few to learn
# what *being different* looks like in general. Networks for faces are trained on thousands of people.

# %% [markdown]
# ## 5 · How large a margin?
#
# The margin looks like the knob that matters most. Turn it, from 0.1 to 4, twice: once in the plane,
# as above, and once with every embedding scaled to length 1, so that all points lie on a circle.
#
# **Before you run:** multiply all embeddings *and* the margin by 10. What happens to the loss?

# %% tags=["experiment"]
margins = [0.1, 0.3, 1.0, 4.0]
areas = {}
for name, unit_length in (("in the plane", False), ("on the circle", True)):
    areas[name] = []
    for margin in margins:
        torch.manual_seed(0)
        swept = SiameseNet(margin=margin, unit_length=unit_length).to(device)
        sampler = pair_sampler(train_images, train_labels)
        fit(swept, sampler, steps=100, lr=3e-3, description=f"{name}, {margin:g}")
        areas[name].append(verify(encode(swept, test_images), test_labels)[2])
for name, values in areas.items():
    print(
        f"{name:14}", "   ".join(f"m={m:g}: {v:.2f}" for m, v in zip(margins, values, strict=True))
    )
show(
    plot_margin_sweep(margins, areas),
    alt="AUC against the margin, from 0.1 to 4. In the plane it rises gently from 0.95 to 0.99. On "
    "the circle it rises from about 0.8 to 0.92 at margin 1 and falls again to about 0.86 at "
    "margin 4.",
)

# %% [markdown]
# **In the plane** the margin hardly matters: forty times as large, and all AUCs are within 0.05. Look
# at the loss: multiply every $z$ and $m$ by $k$, and the loss is multiplied by $k^2$. The best map for
# margin 4 is the best map for margin 1, drawn larger. The margin is a unit of length, like inches or
# centimetres. (The smallest ones lag behind because we stopped all runs at 100 steps. Give them 300
# and look again.)
#
# **On the circle** the network cannot draw larger. No two points are farther apart than 2. Margin 0.1
# is content once different digits are 0.1 apart, which is less than the width of a digit. Margin 4
# can never be satisfied: it keeps pushing pairs that are on opposite sides already. Now the margin
# means something, and the best one is in between.
#
# Remember it as a rule: **a margin can only be chosen together with a scale.** What happens if
# somebody forgets?

# %% [markdown]
# ## 6 · A bug from the wild: the push that never comes
#
# A popular tutorial trains a Siamese net like this: take the features of a large network *as they
# come*, put them into the margin loss, margin 1. The loss falls beautifully. Can you see the mistake
# already?
#
# Features as they come are long, and long vectors are far apart. We rebuild it with our encoder: its
# 64 features, times 2.5, are about 7 apart at first. The learning rate is small, as is usual for
# fine-tuning. At every step the net writes down how many of the different pairs are inside the
# margin.


# %% tags=["experiment"]
class WatchedNet(SiameseNet):
    """The encoder's 64 features times 2.5 are the embedding; every batch is looked at."""

    def __init__(self, margin: float = 1.0, unit_length: bool = False):
        super().__init__(margin=margin, unit_length=unit_length)
        self.head = nn.Identity()
        self.seen = {"different pairs inside the margin": [], "std of the embedding": []}
        self.nearest = torch.inf

    def forward(self, images: Tensor) -> Tensor:
        z = 2.5 * self.encoder(images)
        return l2_normalize(z) if self.unit_length else z

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        images, index_a, index_b, same = batch
        z = self(images)
        distance = (z[index_a] - z[index_b]).norm(dim=1)[~same].detach()
        self.nearest = min(self.nearest, distance.min().item())
        inside, spread = self.seen.values()
        inside.append((distance < self.margin).float().mean().item())
        spread.append(z.detach().std(dim=0).mean().item())
        return margin_loss(z[index_a], z[index_b], same, self.margin)


# %% [markdown]
# Three runs: the tutorial's, and two repairs. They differ in nothing else.
#
# - **as they come, margin 1**: the tutorial
# - **length 1, margin 1**: normalise first; no two points can be farther apart than 2
# - **as they come, margin 10**: leave the features, and choose a margin on their scale

# %% tags=["experiment"]
runs = {}
for name, margin, unit_length in (
    ("as they come, margin 1", 1.0, False),
    ("length 1, margin 1", 1.0, True),
    ("as they come, margin 10", 10.0, False),
):
    torch.manual_seed(0)
    watched = WatchedNet(margin, unit_length).to(device)
    history = fit(
        watched, pair_sampler(train_images, train_labels), steps=100, lr=3e-4, every=10,
        callback=lambda step, net: verify(encode(net, test_images[:250]), test_labels[:250])[2],
        description=name,
    )  # fmt: skip
    areas = [area for _, area in history.notes]
    inside, spread = watched.seen.values()
    print(f"loss {history.loss[0]:.2f} -> {history.loss[-1]:.2f}", end="   ")
    print(
        f"inside the margin at steps 0, 20, 40: {inside[0]:.2f} {inside[20]:.2f} {inside[40]:.2f}"
    )
    print(f"std {spread[0]:.2f} -> {spread[-1]:.2f}   AUC {areas[0]:.2f} -> {areas[-1]:.2f}")
    per_step = {"loss": history.loss, **watched.seen}
    runs[name] = {key: values[::10] for key, values in per_step.items()} | {"AUC": areas[:-1]}

# %% tags=["experiment"]
show(
    plot_runs(range(0, 100, 10), runs, log=("loss", "std of the embedding")),
    alt="Four panels against the step, three runs each. As they come with margin 1: the loss falls "
    "furthest, from 15 to 0.35; no different pair is inside the margin for the first 30 steps; the "
    "std shrinks sevenfold; the AUC stays at 0.8. Both repairs: the loss falls less, most of the "
    "different pairs are inside the margin, the AUC rises to 0.99.",
)

# %% [markdown]
# Look at the tutorial's line, panel by panel.
#
# 1. The **loss** falls to a fortieth. A lovely curve. Anybody would post it.
# 2. For the first 30 steps, **no different pair is inside the margin**. None is ever pushed. The
#    only force is attraction.
# 3. So everything moves together. The **std** falls to about a seventh: the map shrinks. *That* is
#    what brings the loss down.
# 4. The **AUC** (here on 250 held-out images) ends where it started, near 0.8. In the same 100 steps both repairs get to 0.99, with
#    losses that look far less impressive.
#
# Be fair: the shrinking heals itself in the end. Once the map is so small that different pairs come
# inside the margin, the push begins (second panel, right half). Longer runs do start to learn. Try
# `steps=300`, or features twice as long. But until then the training was spent on undoing the length
# of the features.
#
# Is it really the missing push? Then a loss with *no push at all* must give the same run. Margin
# 0.000001 is as good as none. **Expected:** the two losses differ in 0 of 30 steps.

# %% tags=["experiment"]
torch.manual_seed(0)
never = WatchedNet(margin=1e-6).to(device)
without = fit(never, pair_sampler(train_images, train_labels), steps=30, lr=3e-4).loss
torch.manual_seed(0)
tutorial = WatchedNet(margin=1.0).to(device)
with_push = fit(tutorial, pair_sampler(train_images, train_labels), steps=30, lr=3e-4).loss
print(
    "differences of the two losses:", sum(a != b for a, b in zip(without, with_push, strict=True))
)
print(f"nearest different pair in these 30 batches: {tutorial.nearest:.2f}")

# %% [markdown]
# Not similar: identical, to the last digit. For 30 steps the answer "different" made no difference.
#
# What to do in your own work: before training, print the distances of different pairs, and compare
# them with the margin. It is one line, and it would have saved the tutorial.

# %% [markdown]
# ## 7 · Three at a time
#
# A pair needs an absolute answer: how far is far? A **triplet** only compares. An *anchor*, a
# *positive* of its class, a *negative* of another one: the positive has to be closer, by a margin.
#
# $$\ell = \max\bigl(0,\; d(a, p) - d(a, n) + m\bigr)$$
#
# No distance has to become 0 any more. A class may stay as wide as its handwriting, if others keep
# away.

# %% [markdown]
# ### Exercise 2.3 — `triplet_loss` · ●○○ · about 10 minutes · 3 points
#
# Return the mean of $\ell$ over the $N$ triplets. Row $i$ of the three inputs is one triplet.
#
# - Plain Euclidean distances of the embeddings as they are.
# - Mean over all triplets, the solved ones included.
#
# *Elsewhere:* FaceNet squares the distances. One popular library averages only over the triplets that
# still pay. `torch.nn.functional.triplet_margin_loss` is like ours (it adds 0.000001 to every
# coordinate difference; that is within tolerance), and you may use it to compare.
#
# **Before you write code**, answer for yourself: one triplet is solved with room to spare, $-5$ inside
# the $\max$; the other one is at $+1$. What do they pay on average?
#
# <details><summary>Hint 1: the order</summary>
#
# Cut off, then average. The other way round, solved triplets pay for unsolved ones.
#
# </details>
# <details><summary>Hint 2: the sign</summary>
#
# The loss should fall when the *positive* comes closer. Which of the two distances has the minus?
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "triplet_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def triplet_loss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0) -> Tensor:
    """Mean of max(0, d(anchor, positive) - d(anchor, negative) + margin).

    anchor, positive, negative: [N, D], row i of the three is one triplet. Returns a scalar.
    """
    ### BEGIN SOLUTION
    to_positive = (anchor - positive).norm(dim=1)
    to_negative = (anchor - negative).norm(dim=1)
    return (to_positive - to_negative + margin).clamp_min(0).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_triplet_loss", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check("triplet_loss", triplet_loss, points=3)

# %% [markdown]
# Train with it: 64 random triplets per step. A net with a `loss` of its own is all that `fit` wants.
#
# **Before you run:** after 100 steps, which share of random triplets do you think still pays?

# %% tags=["experiment"]
triplet = use("triplet_loss")
members = torch.stack([(train_labels == c).nonzero().flatten()[:110] for c in range(10)])


class TripletNet(SiameseNet):
    """Its loss wants the images of anchors, positives and negatives, one after the other."""

    def loss(self, images: Tensor) -> Tensor:
        return triplet(*self(images).chunk(3), self.margin)


def triplet_sampler(step: int) -> Tensor:
    """64 random triplets: a class, another class, and members of the two."""
    g = torch.Generator().manual_seed(step)
    one = torch.randint(10, (64,), generator=g)
    other = (one + torch.randint(1, 10, (64,), generator=g)) % 10
    who = torch.randint(110, (3, 64), generator=g)
    return train_images[members[torch.stack([one, one, other]), who].flatten()]


# %% tags=["experiment"]
torch.manual_seed(0)
warm = TripletNet().to(device)
history = fit(warm, triplet_sampler, steps=100, lr=3e-3)
area = verify(encode(warm, test_images), test_labels)[2]
with torch.no_grad():
    a, p, n = encode(warm, triplet_sampler(1000)).chunk(3)
paying = ((a - p).norm(dim=1) - (a - n).norm(dim=1) + 1 > 0).float().mean().item()
print(
    f"loss {history.loss[0]:.2f} -> {history.loss[-1]:.2f}   AUC {area:.3f}   still paying {paying:.2f}"
)

# %% [markdown]
# A good map, and a waste. Nine random triplets of ten are solved already: they pay 0, their gradient is
# 0, and the network learns from the tenth.
#
# So do not take *any* triplet. For each anchor of a batch, take the **hardest**: of its own class the
# farthest, of the other classes the nearest.

# %% tags=["experiment"]
few = slice(0, 60)
show(
    plot_hard_triplet(encode(warm, test_images[few]), test_labels[few], test_images[few], anchor=0),
    alt="Sixty grey points on the map. From one of them, the anchor, a solid line goes to its "
    "farthest positive and a dashed one to its nearest negative. The three images are shown on the "
    "right.",
)

# %% [markdown]
# ### Exercise 2.4 — `batch_hard_triplet_loss` · ●●● · about 25 minutes · 5 points
#
# Mine the triplets from the batch itself. For every anchor $i$:
#
# $$\ell_i = \max\Bigl(0,\; m + \max_{p:\ \text{same class}} d(z_i, z_p)
#   - \min_{n:\ \text{other class}} d(z_i, z_n)\Bigr)$$
#
# - The sample itself is not its own positive.
# - An anchor counts only if it has both a positive and a negative. Return the mean over those.
# - If there is no such anchor, return a 0 that can be differentiated.
# - Farthest and nearest are found **per anchor**. The chosen distances must carry a gradient.
# - Raw Euclidean distances. Identical points must not give a NaN gradient.
#
# *Elsewhere:* some libraries average over the triplets that still pay, some square the distances,
# and some replace the hinge by a soft one, $\log(1 + e^x)$.
#
# **Before you write code**, answer for yourself: you want the smallest distance to another class, and
# multiply the matrix of distances by a 0/1 mask first. Which entry is now the smallest?
#
# <details><summary>Hint 1: two masks</summary>
#
# All distances are one $[N, N]$ matrix. You need two masks of the same shape: who is a positive of
# whom, and who is a negative.
#
# </details>
# <details><summary>Hint 2: out of the race</summary>
#
# An entry that must not win a minimum has to be very large. One that must not win a maximum has to be
# very small. 0 is neither. `masked_fill` puts $\pm\infty$ there.
#
# </details>
# <details><summary>Hint 3: the lonely</summary>
#
# An anchor without a positive has a maximum of $-\infty$, and it must not reach the mean. `.any(dim=1)`
# of each mask tells you who has somebody. And for the distances: a difference that broadcasts to
# $[N, N, D]$ and then `.norm(dim=2)` is safe where two points are equal.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "batch_hard_triplet_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def batch_hard_triplet_loss(z: Tensor, labels: Tensor, margin: float = 1.0) -> Tensor:
    """Per anchor: farthest positive, nearest negative; mean over the anchors that have both.

    z: [N, D], labels: [N]. Returns a scalar.
    """
    ### BEGIN SOLUTION
    distance = (z[:, None] - z[None, :]).norm(dim=2)
    equal = labels[:, None] == labels[None, :]
    mates = equal & ~torch.eye(len(z), dtype=torch.bool, device=z.device)
    farthest = distance.masked_fill(~mates, -torch.inf).amax(dim=1)
    nearest = distance.masked_fill(equal, torch.inf).amin(dim=1)
    has_both = mates.any(dim=1) & ~equal.all(dim=1)
    if not has_both.any():
        return z.sum() * 0
    return (farthest - nearest + margin)[has_both].clamp_min(0).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_batch_hard_triplet_loss", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
check("batch_hard_triplet_loss", batch_hard_triplet_loss, points=5)

# %% [markdown]
# ## 8 · When the loss equals the margin
#
# Two trainings with your loss, 100 steps each. One starts from nothing, the other from the net
# above, which 100 steps of random triplets have put into some order.
#
# **Before you run:** put *all* embeddings at one point. What is the loss then, whatever the labels?

# %% tags=["experiment"]
batch_hard = use("batch_hard_triplet_loss")


class BatchHardNet(SiameseNet):
    """Its loss wants (images, labels)."""

    def loss(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        images, labels = batch
        return batch_hard(self(images), labels, self.margin)


def labelled_sampler(step: int) -> tuple[Tensor, Tensor]:
    """128 random images with their labels."""
    generator = torch.Generator().manual_seed(step)
    chosen = torch.randperm(len(train_labels), generator=generator)[:128]
    return train_images[chosen], train_labels[chosen]


point = torch.zeros(128, 2, device=device)
print(f"all at one point: {batch_hard(point, labelled_sampler(0)[1], margin=1.0).item():.2f}")


# %% tags=["experiment"]
def spread(step: int, net: nn.Module) -> float:
    """Mean standard deviation of the embedding of the held-out images."""
    return encode(net, test_images).std(dim=0).mean().item()


runs = {}
for name in ("hardest from the start", "random triplets first"):
    torch.manual_seed(0)
    hard = BatchHardNet().to(device)
    if name == "random triplets first":
        hard.load_state_dict(warm.state_dict())
    history = fit(
        hard, labelled_sampler, steps=100, lr=3e-3, callback=spread, every=10, description=name
    )
    stds = [note for _, note in history.notes]
    area = verify(encode(hard, test_images), test_labels)[2]
    print(f"loss {history.loss[-1]:.2f}   std {stds[-1]:.3f}   AUC {area:.2f}   ({name})")
    runs[name] = {"loss": history.loss[::10], "std of the embedding": stds[:-1]}
show(
    plot_runs(range(0, 100, 10), runs, log=("std of the embedding",)),
    alt="Two panels against the step. Hardest from the start: the loss drops to exactly the margin, "
    "1, and stays there; the std stays below 0.01. Random triplets first: the loss falls from about 2 "
    "to less than 0.5, and the std stays between 1 and 3.",
)

# %% [markdown]
# From the start, the hardest triplets are too hard. Nothing is in order yet, so for every anchor the
# nearest negative is *much* nearer than the farthest positive. The cheapest way out is to put
# everything at one point: then both distances are 0, and the loss is exactly the margin. There it
# stays.
#
# Learn to recognise it: **if a triplet loss equals the margin for many steps, all embeddings are
# equal. Look at their standard deviation.** The loss alone does not tell you; 1.00 looks like any
# number.
#
# After random triplets, the same loss has something to work on, and the AUC rises from 0.97 to 0.99.
# Other ways out are a smaller learning rate, or a wider embedding than our two numbers. The collapse
# is a danger, not a law.

# %% [markdown]
# ## What was shown, and what was not
#
# **Shown**, on 1,797 real digits: from nothing but *same* and *different*, a network learns a map in
# which one threshold on the distance verifies held-out images (AUC about 0.99; raw pixels 0.87; the
# same training on coin flips no better than no training). The margin is a unit of length. If no
# different pair is inside it, nothing is pushed, and a falling loss only says that the map shrinks.
# The hardest triplets teach the most, and from a bad start they collapse.
#
# **Not shown**: that it works for classes outside the training. Here it did not: raw pixels were
# better. Nor that it beats raw pixels at naming digits by neighbours; it did not either. All this is
# one split of one small data set, with one seed, in two dimensions, after 100 to 200 steps. "Same" and
# "different" still came from labels: notebook 04 does without.
#
# To read on:
#
# - [Hadsell, Chopra and LeCun (2006)](https://doi.org/10.1109/CVPR.2006.100): the margin loss, the
#   springs, and maps like ours
# - [Schroff, Kalenichenko and Philbin (2015)](https://arxiv.org/abs/1503.03832): FaceNet, triplets for
#   millions of faces, and why they chose negatives that are not quite the hardest
# - [Hermans, Beyer and Leibe (2017)](https://arxiv.org/abs/1703.07737): batch-hard triplets, and
#   what the collapse looks like
