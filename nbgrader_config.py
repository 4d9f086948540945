"""nbgrader's settings for this course. Run every nbgrader command in the folder of this file."""

import os
import sys
import warnings
from pathlib import Path

from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
)

# nbgrader calls alembic by name: find the one beside this Python, activated environment or not.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"

c = get_config()  # noqa: F821 - nbgrader provides it

# Three lines of database chatter per student, which would hide the messages that matter.
warnings.filterwarnings("ignore", message="Object of type <Submitted", module="nbgrader")

c.CourseDirectory.course_id = "contrastive-course"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "course"
# The script that a notebook is made from holds the solutions: never release it.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "__pycache__",
    "*.pyc",
    "[0-9][0-9]_*.py",
]


class RepairCells(NbGraderPreprocessor):
    """Undo two edits that would otherwise cost a student everything, or earn points for nothing.

    A copied exercise cell: nbgrader empties the copy's metadata and then cannot read it. Without
    any metadata the copy is just a cell.

    A tag on an exercise cell: nbgrader does not run cells with the tag below, and a graded cell
    that was not run gets full marks.
    """

    def preprocess_cell(self, cell, resources, index):
        if not cell.metadata.get("nbgrader", True):
            del cell.metadata["nbgrader"]
        if "nbgrader" in cell.metadata:
            cell.metadata.pop("tags", None)
        return cell, resources


c.Autograde.sanitize_preprocessors = [
    ClearOutput,
    DeduplicateIds,
    RepairCells,
    OverwriteKernelspec,
    OverwriteCells,
    CheckCellMetadata,
]
# A deleted test cell is put back behind its exercise.
c.OverwriteCells.add_missing_cells = True

# Grading needs no figures and no training: those cells are left out.
c.Execute.skip_cells_with_tag = "experiment"
# An endless loop costs its cell, not the notebook: interrupt it and go on with the next cell.
c.Execute.timeout = 120
c.Execute.interrupt_on_timeout = True
c.Execute.allow_errors = True
