"""For all tests and for `pytest --nbmake`: nobody's own workbook is read or written."""

import os
import shutil
import tempfile


def pytest_configure(config):
    # Notebooks run in kernels and nbgrader in processes of its own; they all inherit this.
    if hasattr(config, "workerinput"):
        return  # a worker of pytest-xdist has inherited it too
    config.workbook = tempfile.mkdtemp(prefix="workbook-")
    os.environ["CONTRASTIVE_WORKBOOK"] = config.workbook


def pytest_unconfigure(config):
    if hasattr(config, "workbook"):
        shutil.rmtree(config.workbook, ignore_errors=True)
