"""Which tests can run here."""

import os

import pytest
import torch


def pytest_configure():
    # one core per worker of pytest-xdist; more threads would only wait for each other
    torch.set_num_threads(1 if "PYTEST_XDIST_WORKER" in os.environ else 2)


def pytest_collection_modifyitems(items):
    if torch.cuda.is_available():
        return
    for item in items:
        if item.get_closest_marker("gpu"):
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device; none here"))
