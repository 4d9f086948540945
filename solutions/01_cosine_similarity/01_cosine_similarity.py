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
# # 01 · Cosine similarity
#
# **The claim of this notebook: direction says *what*, length says *how loud*.** Ask for the images
# that are most like this 3. If you compare directions, you get other 3s. If you let lengths take
# part, you get whatever was written with the thickest pen.
#
# You write the four functions that it takes, and test the claim on real handwriting: dim every
# image at random and see which ruler breaks. The cosine is the **control**: it must not move. Two
# **negative controls** must fail: lengths without directions, and labels that mean nothing.
#
# | exercise | you write | minutes | points |
# |---|---|---|---|
# | 1.1 | `cosine_similarity_matrix` | 10 | 3 |
# | 1.2 | `squared_distance_matrix` | 12 | 3 |
# | 1.3 | `top_k_neighbours` | 8 | 2 |
# | 1.4 | `knn_classify` | 20 | 4 |
#
# About 75 minutes with the reading; 20 seconds of computing on two processor cores, most of it for
# the checks.

# %%
import torch
from torch import Tensor

from contrastive_ref.data import load
from contrastive_ref.grading import check
from contrastive_ref.plots.retrieval import (
    plot_knn_curves,
    plot_neighbours,
    plot_scores,
    plot_two_histograms,
)
from contrastive_ref.plots.similarity import plot_unit_circle
from contrastive_ref.plots.style import show, use_style
from contrastive_ref.training import pick_device
from contrastive_ref.workbook import use

use_style()
device = pick_device()
l2_normalize = use("l2_normalize")  # yours from notebook 00, if it has passed there

# %% [markdown]
# ## 1 · Two arrows
#
# Give two arrows the length 1. Now nothing is left but the angle between them. Three numbers
# describe it, and each can be computed from each other:
#
# - the **angle** itself, from 0° (same direction) to 180° (opposite),
# - its **cosine**, from 1 down to $-1$: the shadow that one arrow throws on the other,
# - the **distance** $d$ between the two tips, from 0 up to 2.

# %% tags=["experiment"]
show(
    plot_unit_circle(degrees=50),
    alt="Left: a circle of radius 1 with two arrows, a and b, 50 degrees apart. The cosine is the "
    "shadow of b on a, about 0.64 long; the distance is the straight line between the two tips. "
    "Right: against the angle, the cosine falls from 1 over 0.5 at 60 degrees and 0 at 90 to -1; "
    "the squared distance rises from 0 over 1 and 2 to 4.",
)

# %% [markdown]
# The cosine is the cheapest of the three. It needs no square root and no arc: for arrows $a$ and
# $b$ of any length it is the sum of products, with the two lengths divided out.
#
# $$\cos(a, b) = \frac{a \cdot b}{\lVert a \rVert\, \lVert b \rVert} = \hat a \cdot \hat b$$
#
# We never want just one. We want all queries against all keys, and that is one matrix
# $S_{ij} = \cos(a_i, b_j)$. This matrix is the heart of nearly every loss in this course.

# %% [markdown]
# ### Exercise 1.1 — `cosine_similarity_matrix` · ●○○ · about 10 minutes · 3 points
#
# Return the cosine of every row of `a` with every row of `b`: $[N, D]$ and $[M, D]$ give $[N, M]$.
#
# - The rows you get have any length. Normalise **inside** your function.
# - A row of zeros must not produce NaN. (`l2_normalize` from the first cell takes care of that.)
# - Inputs stay as they are; the result has their dtype and device; gradients flow through.
# - No Python loop over the rows. A loop is correct and keeps most of the points; a fraction of one
#   point is for computing the matrix at once.
#
# **Before you write code**, answer for yourself: what is on the diagonal of
# `cosine_similarity_matrix(a, a)`? And which shape has the result for 5 queries, 7 keys and 64
# pixels?
#
# <details><summary>Hint 1: half of it is done</summary>
#
# The last form of the equation has two steps. One of them you wrote in notebook 00.
#
# </details>
# <details><summary>Hint 2: all pairs at once</summary>
#
# Entry $(i, j)$ is the sum over $d$ of $\hat a_{id}\, \hat b_{jd}$. A product of two matrices sums
# like that, if the shapes are $[N, D]$ and $[D, M]$.
#
# </details>
# <details><summary>Hint 3: a ready-made function that is not enough</summary>
#
# `torch.nn.functional.cosine_similarity(a, b)` compares row 0 with row 0, row 1 with row 1, and so
# on: $N$ numbers, not $N \times M$. It can do all pairs only if you give it shapes that broadcast.
# The matrix product is shorter.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "cosine_similarity_matrix", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cosine_similarity_matrix(a: Tensor, b: Tensor) -> Tensor:
    """Cosine of every row of a with every row of b.

    a: [N, D], b: [M, D], rows of any length. Returns [N, M].
    """
    ### BEGIN SOLUTION
    return l2_normalize(a) @ l2_normalize(b).T
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_cosine_similarity_matrix", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check("cosine_similarity_matrix", cosine_similarity_matrix, points=3)

# %% [markdown]
# From here on `cosine` is your function if it has passed, and the course's if not. The exercises
# below may call it, so a mistake here does not follow you down the page.

# %%
cosine = use("cosine_similarity_matrix")

# %% [markdown]
# Now real data: handwritten digits, 8 by 8 pixels. 1,297 of them have labels that we may look at
# (the *keys*). 500 others are held out (the *queries*).
#
# How similar are two images of the same digit, and two of different digits? **Expected:** about
# 0.82 on average for the same, about 0.67 for different ones. Not 0, let alone $-1$: grey values
# are never negative, so no two images can point away from each other.

# %% tags=["experiment"]
digits = load("digits").to(device)
keys, key_labels = digits.train.images.flatten(1), digits.train.labels  # [1297, 64], [1297]
queries, query_labels = digits.test.images.flatten(1), digits.test.labels  # [500, 64], [500]

similarity = cosine(queries, keys)  # [500, 1297]
same = query_labels[:, None] == key_labels[None, :]
print(f"mean cosine, same digit:       {similarity[same].mean().item():.2f}")
print(f"mean cosine, different digits: {similarity[~same].mean().item():.2f}")
show(
    plot_two_histograms(similarity[same], similarity[~same]),
    alt="Two broad humps of cosines that overlap. Pairs of the same digit peak near 0.88, pairs of "
    "different digits near 0.69; between 0.7 and 0.85 both are common.",
)

# %% [markdown]
# Look at the overlap. A cosine of 0.75 alone tells you nothing: it is ordinary for both kinds of
# pair. What counts is the **order**: of all the keys, which is *most* similar to this query? That
# question comes in section 3. First, a second ruler.

# %% [markdown]
# ## 2 · The other ruler
#
# Distance is a ruler that everybody knows. For arrows of length 1 it says the same as the cosine,
# read backwards:
#
# $$\lVert \hat a - \hat b \rVert^2 = 1 + 1 - 2\, \hat a \cdot \hat b = 2 - 2 \cos(a, b)$$
#
# For arrows of any length, the same lines of algebra give
#
# $$\lVert a - b \rVert^2 = \lVert a \rVert^2 + \lVert b \rVert^2 - 2\, a \cdot b$$
#
# This is how every library computes many distances at once: the last term is a matrix product,
# which is what computers do best.
#
# On paper the right side is never negative. On a computer it is a small difference of large
# numbers. **Before you run the cell:** the two arrows of each pair below are at least 0.05 apart.
# How many of 1,000 squared distances will come out negative in 32-bit numbers?

# %%
generator = torch.Generator().manual_seed(0)
long = 100 * torch.randn(1000, 64, generator=generator)  # lengths around 800
near = long + 0.01 * torch.randn(1000, 64, generator=generator)

true = (long - near).square().sum(1)
by_formula = long.square().sum(1) + near.square().sum(1) - 2 * (long * near).sum(1)
print(f"true squared distances: {true.min().item():.4f} to {true.max().item():.4f}")
print(f"by the formula:         {by_formula.min().item():.4f} to {by_formula.max().item():.4f}")
print(f"negative:               {(by_formula < 0).float().mean().item():.0%}")
print(f"NaN after a root:       {by_formula.sqrt().isnan().float().mean().item():.0%}")

# %% [markdown]
# About a quarter. The squared lengths are around 640,000. A 32-bit number of that size is exact to
# about 0.06, and the true answer is ten times smaller than that: what you see is rounding, and
# nothing else.
#
# The negative numbers are harmless until somebody takes a square root. Then they are NaN, the loss
# is NaN one line later, and after one step of training so is every weight of the network. Nobody
# looks for it *here*.

# %% [markdown]
# ### Exercise 1.2 — `squared_distance_matrix` · ●●○ · about 12 minutes · 3 points
#
# Return the squared Euclidean distance of every row of `a` from every row of `b`: $[N, D]$ and
# $[M, D]$ give $[N, M]$.
#
# - Use the rows **as they are**: do not normalise. This one is the raw ruler.
# - **Never negative**, not even by a rounding error. Where the formula comes out below 0, return 0.
# - Squared: no root.
# - Inputs stay as they are; the result has their dtype and device; gradients flow through.
#
# **Before you write code**, answer for yourself: $\lVert a_i \rVert^2$ belongs to row $i$ of the
# result, $\lVert b_j \rVert^2$ to column $j$. Which shapes must the two have, so that adding them
# gives $[N, M]$?
#
# <details><summary>Hint 1: one term at a time</summary>
#
# Three terms. Write each in a line of its own and print its shape before you add them up.
#
# </details>
# <details><summary>Hint 2: a column plus a row</summary>
#
# $[N, 1]$ plus $[1, M]$ broadcasts to $[N, M]$. Indexing with `None` makes such shapes:
# `v[:, None]`.
#
# </details>
# <details><summary>Hint 3: the floor</summary>
#
# You met the method that sets a floor under every entry in the hints of exercise 0.1. The floor is
# now a different number. (If you subtract the rows from each other instead of using the formula,
# you need no floor, but memory for $N \times M \times D$ numbers.)
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "squared_distance_matrix", "locked": false, "schema_version": 3, "solution": true, "task": false}
def squared_distance_matrix(a: Tensor, b: Tensor) -> Tensor:
    """Squared Euclidean distance of every row of a from every row of b, never negative.

    a: [N, D], b: [M, D], used as they are. Returns [N, M].
    """
    ### BEGIN SOLUTION
    squared_norms = a.square().sum(1)[:, None] + b.square().sum(1)[None, :]
    return (squared_norms - 2 * a @ b.T).clamp_min(0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_squared_distance_matrix", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check("squared_distance_matrix", squared_distance_matrix, points=3)

# %% [markdown]
# Two things to see with it. **Expected:** no negative number and no NaN on the pairs that broke
# the formula. And on normalised digits, the distance ruler and the cosine ruler agree: a
# difference from $2 - 2\cos$ below 0.00001.

# %%
squared_distance = use("squared_distance_matrix")

# %% tags=["experiment"]
trap = squared_distance(long, near)
print(
    f"smallest entry: {trap.min().item():.1f}, NaN after a root: {trap.sqrt().isnan().any().item()}"
)
on_circle = squared_distance(l2_normalize(queries), l2_normalize(keys))
gap = (on_circle - (2 - 2 * similarity)).abs().max().item()
print(f"largest difference between d² and 2 - 2 cos on normalised digits: {gap:.7f}")

# %% [markdown]
# So *once the lengths are gone* it does not matter which ruler you take: the smallest distance and
# the largest cosine pick the same neighbour. In notebook 02 the loss speaks of distances, in
# notebook 05 of cosines. You now know why that is no contradiction.

# %% [markdown]
# ## 3 · The nearest images
#
# Retrieval: here is a query, show me the $k$ most similar keys. That is how image search works,
# and it is the most honest look at an embedding that there is: you see what the ruler thinks is
# alike.

# %% [markdown]
# ### Exercise 1.3 — `top_k_neighbours` · ●○○ · about 8 minutes · 2 points
#
# For every query, return the **positions** of the `k` keys with the largest cosine, the best first.
#
# - Rows have any length: compare by cosine, not by raw products.
# - The result is a tensor of whole numbers (`torch.int64`, also called a LongTensor) of shape
#   $[N, k]$, on the device of the inputs.
# - Queries and keys are two different sets. You need not leave anything out. How ties are ordered
#   does not matter.
#
# **Before you write code**, answer for yourself: you have a matrix $[N, M]$ of cosines. Along which
# dimension do you look for the largest?
#
# <details><summary>Hint 1: which part is new</summary>
#
# The cosines you have: call `cosine` or your own `cosine_similarity_matrix`. New is only the
# picking.
#
# </details>
# <details><summary>Hint 2: the picking</summary>
#
# torch has `topk` and `argsort`. Both have an option that decides which end counts as best, and
# their defaults are opposite.
#
# </details>
# <details><summary>Hint 3: two results</summary>
#
# `topk` returns values *and* positions. Ask which of the two the exercise wants.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "top_k_neighbours", "locked": false, "schema_version": 3, "solution": true, "task": false}
def top_k_neighbours(queries: Tensor, keys: Tensor, k: int) -> Tensor:
    """Positions of the k keys of largest cosine for every query, best first.

    queries: [N, D], keys: [M, D], rows of any length. Returns a LongTensor [N, k].
    """
    ### BEGIN SOLUTION
    return cosine(queries, keys).topk(k, dim=1).indices
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_top_k_neighbours", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("top_k_neighbours", top_k_neighbours, points=2)

# %%
top_k = use("top_k_neighbours")

# %% [markdown]
# Five queries, chosen by a rule and not by their looks: the first held-out 1, 3, 5, 8 and 9.
# Beside each its eight nearest keys, best first.
#
# **Expected:** over all 500 queries, about 95 of 100 retrieved images (ten per query) show the
# right digit. By guessing it would be 10 of 100.

# %% tags=["experiment"]
shown = torch.stack([(query_labels == digit).nonzero()[0, 0] for digit in (1, 3, 5, 8, 9)])
nearest = top_k(queries[shown], keys, 8)  # [5, 8]
images = digits.test.images[shown], digits.train.images[nearest]
show(
    plot_neighbours(images[0], query_labels[shown], images[1], key_labels[nearest]),
    alt="Five rows, each a query digit and its eight nearest keys. Nearly all keys show the "
    "digit of their query and have a thin solid frame and a tick. Two 9s and a 0 in the row of "
    "the 3 have a thick dashed frame and a cross.",
)
ten = top_k(queries, keys, 10)
right = (key_labels[ten] == query_labels[:, None]).float().mean().item()
print(f"right digit among the ten nearest: {right:.2f}   by guessing: 0.10")

# %% [markdown]
# Nothing was learned to get this far: these are raw pixels. It works because the digits are small
# and sit in the middle of the picture. In notebook 04 you will meet images where raw pixels fail,
# and there the network has to earn its keep.

# %% [markdown]
# ## 4 · Length is loudness
#
# Now the claim. Suppose somebody forgets to normalise and ranks the keys by the raw product
# $a \cdot b$. It is the product of *three* things:
#
# $$a \cdot b = \lVert a \rVert\, \lVert b \rVert \cos(a, b)$$
#
# $\lVert a \rVert$ belongs to the query and is the same for all keys: it changes no ranking. But
# $\lVert b \rVert$ belongs to the key. A long key scores high with *everybody*.
#
# The experiment: multiply every image, keys and queries, by its own random contrast between 0.1
# and 1. No digit turns into another. Then rank with each ruler, once on the images as they are and
# once dimmed.
#
# Two rulers that must fail are in it as negative controls: *length alone* (keys whose length is
# closest to the query's), and *cosine with the key labels shuffled*. If one of them scored much
# above 0.10 (guessing),
# something would be wrong with our way of keeping score.
#
# **Before you run:** which ruler will not move at all? Which will suffer most? And where will the
# plain distance end up?


# %% tags=["experiment"]
def rulers(queries: Tensor, keys: Tensor) -> dict[str, Tensor]:
    """Positions of the ten best keys of every query, by each ruler."""
    lengths = queries.norm(dim=1)[:, None] - keys.norm(dim=1)[None, :]
    return {
        "raw product": (queries @ keys.T).topk(10).indices,
        "distance": squared_distance(queries, keys).topk(10, largest=False).indices,
        "cosine": top_k(queries, keys, 10),
        "length alone": lengths.abs().topk(10, largest=False).indices,
    }


generator = torch.Generator().manual_seed(1)
dim_keys = keys * (0.1 ** torch.rand(len(keys), 1, generator=generator)).to(device)
dim_queries = queries * (0.1 ** torch.rand(len(queries), 1, generator=generator)).to(device)
shuffled = key_labels[torch.randperm(len(key_labels), generator=generator).to(device)]

scores = {}
for name, pair in {"as they are": (queries, keys), "dimmed": (dim_queries, dim_keys)}.items():
    picked = rulers(*pair)
    hits = {ruler: key_labels[found] == query_labels[:, None] for ruler, found in picked.items()}
    hits["cosine, labels shuffled"] = shuffled[picked["cosine"]] == query_labels[:, None]
    scores[name] = {ruler: hit.float().mean().item() for ruler, hit in hits.items()}

# %% [markdown]
# **Expected**, right digits among the ten nearest: the raw product about 0.68, and 0.44 on dimmed
# images; the distance 0.96 and 0.85; the cosine 0.95 both times; both negative controls about
# 0.10.

# %% tags=["experiment"]
for name, row in scores.items():
    print(f"{name:12}", "   ".join(f"{k} {v:.2f}" for k, v in row.items()))
show(
    plot_scores(scores, chance=0.1, xlabel="right digits among the ten nearest"),
    alt="Share of right digits by ruler. Raw product: 0.68, and 0.44 when the images are dimmed. "
    "Distance: 0.96 and 0.85. Cosine: 0.95 both times. Length alone and cosine with shuffled "
    "labels: about 0.10, beside the line marked chance.",
)

# %% [markdown]
# And this is what the raw product finds for the five queries from before, on dimmed images:

# %% tags=["experiment"]
loud = (dim_queries[shown] @ dim_keys.T).topk(8).indices
images = dim_queries[shown].view(5, 1, 8, 8), dim_keys[loud].view(5, 8, 1, 8, 8)
show(
    plot_neighbours(images[0], query_labels[shown], images[1], key_labels[loud]),
    alt="The same five queries, now dimmed, each with its eight keys of largest raw product. All "
    "keys are bright. Half show another digit and have a thick dashed frame and a cross, and "
    "some keys turn up in several rows.",
)

# %% [markdown]
# Not a single faint key is in sight. **Expected** from the next cell: of all that the raw product
# picks, nearly nine in ten come from the loudest quarter of the keys, dimmed: all of it.

# %% tags=["experiment"]
for name, q, k in (("as they are", queries, keys), ("dimmed", dim_queries, dim_keys)):
    picked = (q @ k.T).topk(10).indices
    loudest_quarter = k.norm(dim=1) > k.norm(dim=1).quantile(0.75)
    share = loudest_quarter[picked].float().mean().item()
    print(f"{name}: {share:.0%} of what the raw product picks is among the loudest quarter of keys")

# %% [markdown]
# What this says:
#
# - **The raw product asks two questions at once**, *what* and *how loud*, and the loud ones win:
#   nearly all of its picks come from the loudest quarter of the keys.
# - **The cosine does not move.** Not "hardly": a contrast is a factor, and the factor is divided
#   out.
# - **The distance is the quiet danger.** On images as they are it is as good as the cosine,
#   because all digits are about equally loud. It falls only when the lengths begin to differ.
#
# The last point is why a forgotten normalisation *hides*. On data of equal lengths nobody can see
# it, and no test on such data can find it. It shows later, when a network has learned to make some
# of its outputs long. This is also why our checks try your functions on rows of very different
# lengths.

# %% [markdown]
# ## 5 · Let the neighbours vote
#
# One neighbour may be wrong; twenty rarely are. Let the $k$ nearest keys vote on the class of the
# query, and let the closer ones count for more:
#
# $$\text{votes}(c) = \sum_{j \,\in\, k\text{NN}} [y_j = c]\; e^{\cos(x, x_j) / \tau}$$
#
# $[y_j = c]$ is 1 if neighbour $j$ has label $c$, and 0 if not.
#
# $\tau$ (tau) is the **temperature**. It will follow you through the whole course. Small $\tau$: the
# nearest neighbour decides almost alone. Large $\tau$: all $k$ count the same.
#
# This *kNN classifier* is the instrument with which we will measure embeddings from now on,
# because it has nothing to train. If it does well, it was the embedding's doing.

# %% [markdown]
# ### Exercise 1.4 — `knn_classify` · ●●● · about 20 minutes · 4 points
#
# Return the class with the most votes for every row of `test_x`.
#
# - `train_x`: $[N, D]$, `train_y`: $[N]$, classes as whole numbers from 0. `test_x`: $[M, D]$.
#   Rows have any length.
# - The `k` neighbours are those of largest **cosine**. Each votes with weight $e^{\cos/\tau}$.
# - The result is a LongTensor $[M]$, on the device of the inputs. Ties do not matter.
# - It must work at `temperature=0.01` in 32-bit numbers. There $e^{\cos/\tau}$ can be $e^{100}$,
#   about $10^{43}$. The largest 32-bit number is about $10^{38}$.
#
# **Before you write code**, answer for yourself: five neighbours have the labels 3, 3, 8, 8, 8 and
# the weights 9, 8, 2, 2, 2. Who wins? And who would win if everybody had one vote?
#
# <details><summary>Hint 1: the plan</summary>
#
# Positions of the neighbours; their labels; their cosines; weights; one sum per class; the largest
# sum. Write down the shape of each of the six before you write the line.
#
# </details>
# <details><summary>Hint 2: numbers that are too large</summary>
#
# Divide all the weights of one query by the same number: does the winner change? Which number
# would make the largest weight exactly 1? There is also a function in torch that does all of this
# at once.
#
# </details>
# <details><summary>Hint 3: one sum per class</summary>
#
# A loop over the *classes* is fine: for class $c$, keep the weights whose label is $c$ and add
# them up. Without a loop: `scatter_add_` on a matrix of zeros $[M, \text{classes}]$, or a product
# with `one_hot` labels. Careful with `scatter_` without `add`: it overwrites, and the last
# neighbour wins.
#
# </details>


# %% nbgrader={"grade": false, "grade_id": "knn_classify", "locked": false, "schema_version": 3, "solution": true, "task": false}
def knn_classify(
    train_x: Tensor, train_y: Tensor, test_x: Tensor, k: int = 20, temperature: float = 0.1
) -> Tensor:
    """Class with the most votes among the k nearest rows of train_x, for every row of test_x.

    train_x: [N, D], train_y: [N] whole numbers from 0, test_x: [M, D]. Returns a LongTensor [M].
    """
    ### BEGIN SOLUTION
    cosines, neighbours = cosine(test_x, train_x).topk(k, dim=1)
    weights = torch.softmax(cosines / temperature, dim=1)  # same winner, and cannot overflow
    votes = weights.new_zeros(len(test_x), int(train_y.max()) + 1)
    return votes.scatter_add_(1, train_y[neighbours], weights).argmax(1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_knn_classify", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
check("knn_classify", knn_classify, points=4)

# %% [markdown]
# **Expected:** about 0.98 of the held-out digits right, dimmed or not: it is built on the cosine.
# With shuffled labels about 0.1.

# %%
knn = use("knn_classify")


# %% tags=["experiment"]
def accuracy(predicted: Tensor) -> float:
    """Share of held-out digits that were named rightly."""
    return (predicted == query_labels).float().mean().item()


print(f"as they are:     {accuracy(knn(keys, key_labels, queries)):.3f}")
print(f"dimmed:          {accuracy(knn(dim_keys, key_labels, dim_queries)):.3f}")
print(f"labels shuffled: {accuracy(knn(keys, shuffled, queries)):.3f}")

# %% [markdown]
# How many should vote, and how unequally? **Before you run:** if *all* 1,297 keys vote, does the
# classifier still know anything? What does your answer depend on?

# %% tags=["experiment"]
ks = [1, 3, 10, 30, 100, 300, len(keys)]
curves = {
    f"temperature {t:g}": [accuracy(knn(keys, key_labels, queries, k, t)) for k in ks]
    for t in (0.01, 0.1, 1.0, 10.0)
}
print(f"{'k':16}", "  ".join(f"{k:5}" for k in ks))
for name, values in curves.items():
    print(f"{name:16}", "  ".join(f"{value:5.3f}" for value in values))
show(
    plot_knn_curves(ks, curves),
    alt="Accuracy against the number of neighbours, four lines. All start near 0.99 at k = 1. At "
    "temperature 0.01 the line stays there, even when all 1,297 keys vote. At 0.1 it sinks to "
    "about 0.94, at 1 to about 0.76. At 10 it falls to about 0.15 at the end.",
)

# %% [markdown]
# At temperature 10 all votes weigh nearly the same, and 1,297 keys together do little more than
# elect the most frequent class. At temperature 0.01 the far ones have practically no vote, and it
# does not matter how many were asked. The two knobs do one job: they decide **how far you look
# around**.
#
# Do not read the best $k$ off this figure: with 500 test digits, a difference of 0.01 is five
# images, and choosing on the test set is a way of cheating oneself. We keep $k = 20$ and
# $\tau = 0.1$.

# %% [markdown]
# ## What was shown, and what was not
#
# **Shown**, on 1,797 real digits: the direction of the pixel vector finds the right digit and is
# blind to contrast; lengths alone know nothing about it; and lengths that are let in by a
# forgotten normalisation push the loud images to the top. On images of equal contrast the plain
# distance is as good as the cosine, which is how the mistake hides.
#
# **Not shown**: that direction is *always* the right thing to look at (for some data, length
# carries meaning); that pixels are a good space to compare in (they are not, once things move
# about); and nothing was learned yet. One data set, one split, one draw of contrasts.
#
# To read on:
#
# - [Wu, Xiong, Yu and Lin (2018)](https://arxiv.org/abs/1805.01978), section 3.4: the weighted kNN
#   vote that you wrote, as a way of judging an embedding
# - [Wang and Isola (2020)](https://arxiv.org/abs/2005.10242): why contrastive learning puts
#   everything on the sphere, and what it does there (notebook 09)
# - [The digits in scikit-learn](https://scikit-learn.org/stable/datasets/toy_dataset.html):
#   who wrote them, and how they became 8 by 8 pixels
