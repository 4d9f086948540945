"""All exercises by name, collected from `grading/exercise_bank/`, one file per notebook."""

from __future__ import annotations

import difflib
import functools
import importlib
import pkgutil

from contrastive_ref.grading.exercise import Exercise


@functools.cache
def all_exercises() -> dict[str, Exercise]:
    """Exercises by name, in the order of the notebooks."""
    from contrastive_ref.grading import exercise_bank as package

    found: dict[str, Exercise] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
        loaded = importlib.import_module(f"{package.__name__}.{module}")
        for exercise in getattr(loaded, "EXERCISES", ()):
            if exercise.name in found:
                raise ValueError(f"two exercises are called {exercise.name!r}")
            found[exercise.name] = exercise
    return found


def find(name: str) -> Exercise:
    """The exercise called `name`.

    Raises:
        ValueError: there is none; the message names the closest one.
    """
    known = all_exercises()
    if name in known:
        return known[name]
    close = difflib.get_close_matches(str(name), known, n=1)
    meant = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"there is no exercise {name!r}.{meant} There are: {', '.join(known)}")
