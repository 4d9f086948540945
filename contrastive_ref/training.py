"""Train a model that knows its own loss, and read out its features."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

# Not tqdm.auto: it wants ipywidgets in a notebook, and complains on stderr where they are missing.
from tqdm import tqdm

from contrastive_ref import _validate


@dataclass
class History:
    """What happened in `fit`: the loss of every step, seconds in all, the callback's notes."""

    loss: list[float] = field(default_factory=list)
    seconds: float = 0.0
    notes: list[tuple[int, Any]] = field(default_factory=list)


def pick_device() -> torch.device:
    """The GPU if CUDA sees one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def fit(
    model: nn.Module,
    sample_batch: Callable[[int], Any],
    steps: int = 300,
    lr: float = 2e-3,
    weight_decay: float = 1e-4,
    callback: Callable[[int, nn.Module], Any] | None = None,
    every: int = 50,
    description: str = "training",
) -> History:
    """Minimise `model.loss(batch)` with AdamW (Loshchilov & Hutter 2019), in place.

    All randomness is the caller's: the same model, `torch.manual_seed` and `sample_batch` give the
    same numbers.

    Args:
        model: has a method `loss(batch)` that returns a scalar tensor with a gradient.
        sample_batch: called with the step, 0 to steps - 1; returns whatever `loss` takes.
        steps: number of updates. lr, weight_decay: of AdamW.
        callback: called as callback(updates so far, model) in eval mode and without gradients,
            before the first update, every `every` updates and after the last; what it returns
            (unless None) is kept as a note (updates so far, result).
        description: what the progress bar is called.

    Returns:
        History. The model is left in the modes (train or eval) it came in.

    Raises:
        TypeError, ValueError: no method `loss`, or it returns something else than a scalar tensor
            with a gradient; `steps`, `every`, `lr` not above 0.
        FloatingPointError: the loss is NaN or infinite.
    """
    if not callable(getattr(model, "loss", None)):
        raise TypeError(f"model: expected a method loss(batch), {type(model).__name__} has none")
    _validate.size("steps", steps)
    _validate.size("every", every)
    _validate.positive("lr", lr)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=weight_decay)
    history = History()

    def note(updates: int) -> None:
        if callback is not None and (updates % every == 0 or updates == steps):
            with _eval_mode(model), torch.no_grad():
                result = callback(updates, model)
            if result is not None:
                history.notes.append((updates, result))

    start = time.perf_counter()
    # stdout: nbgrader gives no points to a cell that wrote to stderr.
    bar = tqdm(total=steps, desc=description, file=sys.stdout, ncols=80, mininterval=0.5)
    with _restored_modes(model), bar:
        note(0)
        model.train()
        for step in range(steps):
            loss = _checked(model.loss(sample_batch(step)), step, model, history)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            history.loss.append(loss.item())
            bar.set_postfix_str(f"loss {history.loss[-1]:.3f}", refresh=False)
            bar.update()
            note(step + 1)
    history.seconds = time.perf_counter() - start
    return history


def encode(model: nn.Module, images: Tensor, batch_size: int = 1000) -> Tensor:
    """`model(images)` in eval mode, without gradients, a batch at a time.

    Args:
        model: [N, ...] -> [N, D], on the device of the images. images: [N, ...].
        batch_size: rows that go through the model at once; changes memory, not the result.

    Returns:
        [N, D]. The model is left in the modes (train or eval) it came in.

    Raises:
        TypeError, ValueError: no tensor, no images, or `batch_size` not above 0.
    """
    if not isinstance(images, Tensor):
        raise TypeError(f"images: expected a tensor [N, ...], got {type(images).__name__}")
    if images.ndim < 2 or len(images) == 0:
        raise ValueError(f"images: expected shape [N, ...] with N > 0, got {list(images.shape)}")
    _validate.size("batch_size", batch_size)
    with _eval_mode(model), torch.no_grad():
        return torch.cat([model(batch) for batch in images.split(batch_size)])


@contextmanager
def _restored_modes(model: nn.Module) -> Iterator[None]:
    # Part by part: someone may have frozen one batch norm on purpose.
    modes = [(part, part.training) for part in model.modules()]
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


@contextmanager
def _eval_mode(model: nn.Module) -> Iterator[None]:
    with _restored_modes(model):
        model.eval()
        yield


def _checked(loss: object, step: int, model: nn.Module, history: History) -> Tensor:
    if not isinstance(loss, Tensor):
        raise TypeError(f"model.loss: expected a scalar tensor, got {type(loss).__name__}")
    if loss.ndim != 0:
        raise ValueError(
            f"model.loss: expected a scalar tensor (shape []), got shape {list(loss.shape)}; "
            "take the mean over the batch"
        )
    if not loss.requires_grad:
        raise ValueError(
            "model.loss: the loss does not depend on any parameter (detach(), .item(), .data or "
            "no_grad on the way?)"
        )
    if not math.isfinite(loss.item()):
        before = f"{history.loss[-1]:.4g} the step before" if history.loss else "the first step"
        if all(p.isfinite().all() for p in model.parameters()):
            look = (
                "The weights are finite: look for a division by 0, log(0) or exp of a large number"
            )
        else:
            look = (
                "The weights are not finite: a gradient was not (a square root at 0 has none), or "
                "the learning rate is too high"
            )
        raise FloatingPointError(f"loss is {loss.item()} at step {step} ({before}). {look}.")
    return loss
