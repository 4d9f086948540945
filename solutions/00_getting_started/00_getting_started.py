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
# # 00 · Getting started
#
# Show somebody two photographs of the same cat. They see at once that it is the same cat. They
# needed no label for that, and no list of a thousand classes.
#
# *Contrastive learning* trains a network on exactly this: two pictures of one thing should land
# close together, pictures of different things far apart. In this course you write every piece of
# it yourself, in small functions, from the first cosine on.
#
# Each function is checked while you write it. The check does not only say *wrong*. Where it can, it
# says **which mistake** this is.
#
# **In this notebook:** how all of that works, and one exercise that we solve together.
# About 15 minutes; 10 seconds of computing on two processor cores; 2 points.

# %% [markdown]
# ## 1 · The first cell
#
# Every notebook begins with a cell like the next one. Run it now: click into it and press
# **Shift + Enter**. That runs the cell and moves to the next.
#
# `pick_device()` finds the fastest thing that your machine can compute on. `cpu` is fine: all
# notebooks are made for a laptop with two cores. With a graphics card from NVIDIA you will read
# `cuda`.

# %%
import torch
from torch import Tensor

from contrastive_ref.data import load
from contrastive_ref.grading import check
from contrastive_ref.plots.similarity import plot_images, plot_rays
from contrastive_ref.plots.style import show, use_style
from contrastive_ref.training import pick_device
from contrastive_ref.workbook import use

use_style()
device = pick_device()
print(f"computing on: {device}")

# %% [markdown]
# ## 2 · An image is an arrow
#
# Here is a real handwritten digit, of 8 by 8 grey pixels, at four contrasts: as it is, and as if
# the pen had been running dry. Which digit it is does not depend on the pen.

# %% tags=["experiment"]
digits = load("digits").to(device)
contrasts = [1.0, 0.6, 0.3, 0.1]
number = int((digits.train.labels == 3).nonzero()[0])
three = digits.train.images[number]  # [1, 8, 8], grey values from 0 to 1
copies = torch.stack([contrast * three for contrast in contrasts])  # [4, 1, 8, 8]
show(
    plot_images(copies, [f"contrast {contrast:g}" for contrast in contrasts]),
    alt="The same handwritten 3 four times; each copy is darker than the one before it, "
    "and the last can hardly be seen.",
)

# %% [markdown]
# Write the 64 pixels of an image one after another and you have a list of 64 numbers. A list of
# numbers is an *arrow*: it has a direction and a length.
#
# Less contrast multiplies all 64 numbers by the same factor. That makes the arrow shorter. It does
# not turn it.
#
# Nobody can draw 64 dimensions. But two images and all their copies lie in one flat plane, and that
# plane can be drawn without any cheating:

# %% tags=["experiment"]
number = int((digits.train.labels == 0).nonzero()[0])
zero = digits.train.images[number]
show(
    plot_rays(three[0].cpu(), zero[0].cpu(), contrasts=[1.0, 0.6, 0.3]),
    alt="Arrows from one corner. Three solid arrows, the copies of image A (the 3), lie on one ray "
    "and differ only in length. Three dashed arrows, the copies of image B (the 0), lie on another "
    "ray. A quarter circle of radius 1 crosses each ray once, at an open dot.",
)

# %% [markdown]
# Image A is the 3, image B is a 0. All copies of the 3 lie on one ray, all copies of the 0 on
# another. *What* is drawn is the direction. *How loudly* it is drawn is the length.
#
# So if you want to know what is drawn, take the length away: shrink or stretch every arrow until it
# has length 1. Then all copies of the 3 become the same point (the open dot on the circle). This is
# called **L2 normalisation**, and almost every function of this course begins with it.
#
# $$\hat x = \frac{x}{\lVert x \rVert}, \qquad \lVert x \rVert = \sqrt{x_1^2 + \dots + x_D^2}$$

# %% [markdown]
# ## 3 · One exercise together
#
# In this course data is a matrix $[N, D]$: one **row** per image, one column per pixel. The small
# matrix below has $N = 3$ rows of $D = 2$ numbers.
#
# `torch.linalg.vector_norm` measures lengths. It takes a `dim`. **Before you run the cell:** the
# arrows are $(3, 4)$, $(0, 2)$ and $(0, 0)$. What are their lengths? Which `dim` will give them?

# %%
x = torch.tensor([[3.0, 4.0], [0.0, 2.0], [0.0, 0.0]])
print("dim=0:", torch.linalg.vector_norm(x, dim=0))
print("dim=1:", torch.linalg.vector_norm(x, dim=1))

# %% [markdown]
# The lengths are 5, 2 and 0, so it is `dim=1`: add up *along* the columns, and one number per row
# is left. With `dim=0` you get the lengths of the two columns, which nobody asked for.
#
# Both results are perfectly good tensors. Nothing crashes when you take the wrong one. That is what
# makes this mistake so common, and it is why the course has checks.
#
# ### First, a wrong attempt
#
# The function below uses `dim=0` on purpose. Run both cells and read the report slowly.


# %%
def first_attempt(x: Tensor, eps: float = 1e-12) -> Tensor:
    """Meant to scale every row to length 1. It does not."""
    return x / torch.linalg.vector_norm(x, dim=0)


# %% tags=["experiment"]
earned = check("l2_normalize", first_attempt, points=2)

# %% [markdown]
# How to read a report:
#
# - **The number on top** is what the function would earn. Points are *partial*: each part that
#   works earns its share, so a function with one flaw is worth much more than an empty one. Only
#   if not a single number is right, as here, the small parts earn nothing either.
# - **The list of parts** says what was tried: right numbers, special cases such as a row of zeros,
#   the gradient, very large and very small numbers, the type of the result, and whether your
#   inputs were left alone. A tick means that all is well there, a cross that something is not.
# - **The brackets after a cross** show the first difference: what was tried, one number that was
#   expected, and the one that you returned.
# - **The sentence in bold**, when there is one, names the mistake. It appears when your numbers are
#   exactly the numbers that a well-known mistake gives. Otherwise you get a hint.
#
# A check never stops the notebook, and you may run it as often as you like. Only your last version
# counts.
#
# ### Now yours
#
# Under every exercise there are hints. Click on one to open it. They go from vague to nearly
# there, so open one, think, and only then open the next. They cost nothing.

# %% [markdown]
# ### Exercise 0.1 — `l2_normalize` · ●○○ · about 5 minutes · 2 points
#
# Return a matrix in which every row of `x` has been scaled to length 1.
#
# - A row of zeros has no direction. It stays a row of zeros: no NaN. That is what `eps` is for.
# - `x` itself is not changed.
# - The result has the dtype and the device of `x`.
# - Gradients flow through it, because later this function sits inside every loss.
#
# **Before you write code**, answer for yourself: the lengths have shape $[N]$, the matrix has shape
# $[N, D]$. Which shape must the lengths have, so that row $i$ is divided by length $i$?
#
# <details><summary>Hint 1: where to begin</summary>
#
# Two steps: measure one length per row, then divide. You have just seen how to measure.
#
# </details>
# <details><summary>Hint 2: shapes that do not fit</summary>
#
# torch lines shapes up from the right. $[N]$ under $[N, D]$ puts the lengths along the *columns*:
# an error if $N \neq D$, and a silent mistake if $N = D$. You want $[N, 1]$. Look up `keepdim`.
#
# </details>
# <details><summary>Hint 3: the row of zeros</summary>
#
# $0 / 0$ is NaN, but $0$ divided by any small positive number is $0$. See to it that no length is
# smaller than `eps` when you divide. Tensors have a method `clamp_min`.
#
# </details>
#
# Replace the line `raise NotImplementedError()` by your code, run the cell, then run the check.


# %% nbgrader={"grade": false, "grade_id": "l2_normalize", "locked": false, "schema_version": 3, "solution": true, "task": false}
def l2_normalize(x: Tensor, eps: float = 1e-12) -> Tensor:
    """Scale every row of x to length 1; a row of zeros stays zero.

    x: [N, D]. Returns [N, D].
    """
    ### BEGIN SOLUTION
    length = torch.linalg.vector_norm(x, dim=1, keepdim=True)
    return x / length.clamp_min(eps)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_l2_normalize", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("l2_normalize", l2_normalize, points=2)

# %% [markdown]
# ## 4 · Your function at work
#
# The course keeps what you have finished. `use("l2_normalize")` gives you **your own** function
# once it has passed its check, in this notebook and in every later one. Until then it gives you
# the course's version, so you are never stuck. One line says which of the two you got.
#
# Back to the four contrasts. **Expected:** four different lengths before, the longest ten times the
# shortest; four times 1.000 after. And the four normalised images should be one and the same image,
# up to rounding: a difference below 0.000001.

# %% tags=["experiment"]
normalise = use("l2_normalize")
rows = copies.flatten(1)  # [4, 64]
unit = normalise(rows)
print("lengths before:", [f"{n:.3f}" for n in rows.norm(dim=1).tolist()])
print("lengths after: ", [f"{n:.3f}" for n in unit.norm(dim=1).tolist()])
print(f"largest difference between the four: {(unit - unit[0]).abs().max().item():.9f}")

# %% [markdown]
# The faintest 3 and the brightest 3 are now the same 64 numbers. Loudness is gone; what is drawn
# has stayed. Notebook 01 shows what that is worth.

# %% [markdown]
# ## 5 · What else you should know
#
# **There are hidden inputs.** When your notebook is graded, the same checks run again on more
# inputs of the same kind: other random numbers, larger matrices. They exist, and you cannot see
# them. A function that does what the exercise says passes them; a function that has learned the
# visible examples by heart does not.
#
# **Any style is fine.** A loop, a matrix product, a function of `torch.nn.functional`: the check
# looks at what comes out, not at how you wrote it. A few exercises keep a small part of the points
# for doing it without a loop over rows, and say so. Calling the course's own solution earns
# nothing.
#
# **Nothing blocks you.** An empty exercise earns 0 and the notebook still runs to its end. You may
# skip one and come back.
#
# **Before you hand in**, choose *Kernel → Restart Kernel and Run All Cells…* and look once through
# the reports. A notebook remembers functions whose cells you have since changed or deleted; a
# restart does not. What you see after it is what will be graded.
#
# **Then save** (Ctrl + S, or ⌘ + S) and hand in this one file, `00_getting_started.ipynb`, under
# this name, in the way your instructor told you. Do not delete or copy the check cells: the points
# hang on them.

# %% [markdown]
# ## What was shown, and what was not
#
# You have written one function and seen that it takes the contrast of an image away and nothing
# else.
#
# Not shown: that this *helps*. Whether directions find the right images, and lengths the wrong
# ones, is a question for real data, with a control. That is notebook 01.
#
# To read on:
#
# - [torch.linalg.vector_norm](https://docs.pytorch.org/docs/stable/generated/torch.linalg.vector_norm.html):
#   the function that measured the lengths
# - [Broadcasting in PyTorch](https://docs.pytorch.org/docs/stable/notes/broadcasting.html): the
#   rule behind `keepdim`, worth ten minutes of anybody's life
# - [The digits data set](https://scikit-learn.org/stable/datasets/toy_dataset.html):
#   where the handwriting comes from
