"""Run every notebook from top to bottom and note the seconds and the peak memory of its kernel.

    python benchmarks/notebook_times.py            # course and solutions, writes benchmarks/results

The README's table takes its numbers from the file that this writes.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import psutil
import torch
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent


def run(path: Path) -> dict[str, float]:
    """Seconds of wall time, of all cells, and the largest resident memory seen, in MB."""
    notebook = nbformat.read(path, as_version=4)
    peak = 0

    def watch(**_: object) -> None:
        nonlocal peak
        kernel = client.km.provisioner.pid if client.km else None
        if kernel:
            peak = max(peak, psutil.Process(kernel).memory_info().rss)

    client = NotebookClient(
        notebook,
        timeout=300,
        resources={"metadata": {"path": path.parent}},
        on_cell_executed=watch,
    )
    started = time.perf_counter()
    client.execute()
    return {"seconds": round(time.perf_counter() - started, 1), "peak_mb": round(peak / 1e6)}


def main() -> None:
    os.environ["CONTRASTIVE_WORKBOOK"] = tempfile.mkdtemp()
    results: dict[str, dict[str, dict[str, float]]] = {}
    for tree in ("course", "solutions"):
        for path in sorted((ROOT / tree).glob("[0-9][0-9]_*/*.ipynb")):
            results.setdefault(path.stem, {})[tree] = run(path)
            print(f"{tree:10} {path.stem:24} {results[path.stem][tree]}", flush=True)
    machine = {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "load_before": None if sys.platform == "win32" else round(os.getloadavg()[0], 1),
    }
    target = ROOT / "benchmarks" / "results" / "notebook_times.json"
    target.write_text(json.dumps({"machine": machine, "notebooks": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
