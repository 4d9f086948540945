"""The repository's own promises: requirements, settings, layers."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import urllib.request
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# Every module may use those to its left (and its own family), never one to its right.
LAYERS = ["_validate", "similarity", "losses", "nets", "momentum", "methods", "training"]
LAYERS += ["evaluation"]


def name_of(requirement: str) -> str:
    return re.match(r"[\w-]+", requirement).group().lower()


def test_conda_environment_has_the_requirements_of_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    packages = [d for d in environment["dependencies"] if isinstance(d, str)]
    (from_pip,) = [d["pip"] for d in environment["dependencies"] if isinstance(d, dict)]
    python = next(p for p in packages if p.startswith("python>"))
    assert PROJECT["requires-python"] in python
    assert [p for p in from_pip if not p.startswith("-")] == PROJECT["dependencies"]
    assert [p for p in from_pip if p.startswith("-")] == ["-c constraints.txt", "-e ."]


def test_every_requirement_is_constrained_to_a_tested_version():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    lines = [line for line in lines if line and not line.startswith("#")]
    for line in lines:
        assert re.fullmatch(r"[\w-]+(==[\d.]+|>=[\d.]+,<\d+)", line), line
    wanted = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]
    missing = {name_of(r) for r in wanted} - {name_of(line) for line in lines}
    assert not missing


def imported_parts(module: Path) -> set[str]:
    """First-level modules of contrastive_ref that a file imports (relative imports included)."""
    package = ["contrastive_ref", *module.relative_to(ROOT / "contrastive_ref").parent.parts]
    found = set()
    for node in ast.walk(ast.parse(module.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{start}.{alias.name}" for alias in node.names]
        found |= {n.split(".")[1] for n in names if n.startswith("contrastive_ref.")}
    return found


def test_layers_only_depend_on_the_layers_before_them():
    checked = 0
    for module in (ROOT / "contrastive_ref").rglob("*.py"):
        part = module.relative_to(ROOT / "contrastive_ref").parts[0].removesuffix(".py")
        uses = imported_parts(module)
        if part != "grading":
            assert "grading" not in uses, f"{module} imports contrastive_ref.grading"
        if part not in ("plots", "grading"):
            assert "plots" not in uses, f"{module} imports contrastive_ref.plots"
        if part in LAYERS:
            later = set(LAYERS[LAYERS.index(part) + 1 :])
            assert not uses & later, f"{module} imports {uses & later}"
            checked += 1
    assert checked >= 5


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_generated_notebooks_are_marked_and_class_data_is_ignored():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")

    def git(*arguments: str) -> str:
        run = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
        return run.stdout

    attributes = git("check-attr", "linguist-generated", "course/01_x/01_x.ipynb")
    assert attributes.strip().endswith("true")
    private = ["gradebook.db", "submitted/ann/01_x/01_x.ipynb", "feedback/a", "grades.csv"]
    assert git("check-ignore", *private).split() == private
    assert git("check-ignore", "course/01_x/01_x.ipynb") == ""


needs_make = pytest.mark.skipif(
    shutil.which("make") is None or sys.platform == "win32", reason="needs make and a Unix shell"
)


@needs_make
def test_make_says_what_to_do_without_a_fitting_python(tmp_path):
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    run = subprocess.run(
        ["make", "lab", "PYTHON=/nowhere/python3"], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode != 0
    assert "older than Python 3.11" in run.stdout
    assert not (tmp_path / ".venv").exists()


@needs_make
def test_make_help_names_every_target():
    targets = re.search(r"\.PHONY: (.*)", (ROOT / "Makefile").read_text()).group(1).split()
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True).stdout
    assert re.findall(r"^  make (\w+) ", shown, re.M) == targets


@needs_make
def test_lab_opens_on_notebook_00_without_news_or_instructor_panels(tmp_path):
    """Starts the server with the Makefile's own settings, and asks it what a browser would get."""
    recipe = (ROOT / "Makefile").read_text().split("\nlab:")[1].split("\n\n")[0]
    config, *arguments = re.findall(r"(?:JUPYTER_CONFIG_PATH|--\w+\.\w+)=\S+", recipe)
    first = re.search(r"FIRST := (\S+)", (ROOT / "Makefile").read_text()).group(1)
    environment = dict(
        os.environ,
        JUPYTER_CONFIG_PATH=config.split("=")[1].strip('"').replace("$(CURDIR)", str(ROOT)),
        JUPYTER_RUNTIME_DIR=str(tmp_path),
        JUPYTER_CONFIG_DIR=str(tmp_path / "config"),
    )
    arguments = [a.replace("$(FIRST)", first) for a in arguments]
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--ServerApp.port=0"]
    command += ["--allow-root", "--IdentityProvider.token=secret", *arguments]
    log = (tmp_path / "log").open("w")
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        for _ in range(240):
            files = list(tmp_path.glob("jpserver-*.json"))
            if files or server.poll() is not None:
                break
            time.sleep(0.25)
        assert files, (tmp_path / "log").read_text()
        base = json.loads(files[0].read_text())["url"]

        def get(path: str) -> str:
            request = urllib.request.Request(base + path, headers={"Authorization": "token secret"})
            with urllib.request.urlopen(request, timeout=60) as reply:
                return reply.read().decode()

        assert f"/lab/tree/{first}" in (tmp_path / "log").read_text()
        page = get(f"lab/tree/{first}")
        settings = re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.S).group(1)
        assert "@jupyter/nbgrader" in json.loads(settings)["disabledExtensions"]
        notebook = json.loads(get(f"api/contents/{first}?content=0"))
        assert notebook["name"] == "00_getting_started.ipynb"
        news = json.loads(get("lab/api/settings/@jupyterlab/apputils-extension:notification"))
        shown = {key: field["default"] for key, field in news["schema"]["properties"].items()}
        assert shown["fetchNews"] == "false" and shown["checkForUpdates"] is False
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()
