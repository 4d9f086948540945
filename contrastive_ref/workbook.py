"""The student's own functions, kept from one notebook to the next.

`check` keeps a function that has passed; `use` hands it out again, or the reference until then.
Everything lies in the folder `.workbook/` next to the course, one file per function, readable only
by the Python and torch versions that wrote it. Deleting the folder loses nothing but this memory.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import torch

import contrastive_ref

FORMAT = 1


def folder() -> Path:
    """Where kept functions lie: $CONTRASTIVE_WORKBOOK, else `.workbook` beside `course/`."""
    if "CONTRASTIVE_WORKBOOK" in os.environ:
        return Path(os.environ["CONTRASTIVE_WORKBOOK"])
    here = Path.cwd()
    for place in (here, *here.parents):
        if (place / "nbgrader_config.py").exists() or (place / ".workbook").is_dir():
            return place / ".workbook"
    return here.parent / ".workbook"  # notebooks run in course/NN_topic; share course/.workbook


def keep(name: str, function: Callable) -> bool:
    """Store a function that has passed its check; says so in one line. False if that failed."""
    import cloudpickle

    content = {"format": FORMAT, "python": _python(), "torch": torch.__version__}
    try:
        body = cloudpickle.dumps(function)
        target = folder() / f"{name}.pkl"
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_suffix(f".{os.getpid()}.tmp")  # never a half-written file
        temporary.write_bytes(json.dumps(content).encode() + b"\n" + body)
        temporary.replace(target)
    except Exception as error:  # a read-only disk, or a function that holds an open file
        print(f"{name}: correct, but it could not be kept for later notebooks ({error}).")
        return False
    return True


def use(name: str) -> Callable:
    """The student's own function once it has passed its check, the reference until then.

    Prints one line that says which. While nbgrader grades it is always the reference: what lies on
    the grading machine's disk must not decide anybody's grade.

    Raises:
        ValueError: the course has no function of that name.
    """
    if name not in contrastive_ref.__all__:
        known = ", ".join(contrastive_ref.__all__)
        raise ValueError(f"name: the course has no function {name!r}; it has {known}")
    reference = getattr(contrastive_ref, name)
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        print(f"{name}: the reference (while grading)")
        return reference
    stored = folder() / f"{name}.pkl"
    if not stored.exists():
        print(f"{name}: the reference, until yours has passed its check")
        return reference
    own, problem = _load(stored)
    if own is None:
        print(f"{name}: the reference; your own is kept in {stored.name}, but {problem}.")
        print("Run its check again to renew it.")
        return reference
    print(f"{name}: your own")
    return own


def forget(name: str | None = None) -> None:
    """Delete one kept function, or all of them."""
    for stored in folder().glob(f"{name or '*'}.pkl"):
        stored.unlink()


def _load(stored: Path) -> tuple[Callable | None, str]:
    import cloudpickle

    try:
        head, body = stored.read_bytes().split(b"\n", 1)
        content = json.loads(head)
        wanted = {"format": FORMAT, "python": _python(), "torch": torch.__version__}
        stale = [key for key in wanted if content.get(key) != wanted[key]]
        if stale:
            return None, f"it was made with another version ({', '.join(stale)})"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            own = cloudpickle.loads(body)
    except Exception as error:  # truncated, edited by hand, or of a module that is gone
        return None, f"it cannot be read ({type(error).__name__})"
    return (own, "") if callable(own) else (None, "it is not a function")


def _python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"
