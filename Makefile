# `make lab` opens the course, `make test` tests it. Both make .venv first when it is missing.
# Another Python:  make lab PYTHON=/path/to/python3.12

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?=
LAB_ARGS ?=
A ?=

BIN := .venv/bin
STAMP := .venv/.installed
FIRST := 00_getting_started/00_getting_started.ipynb

.PHONY: help lab formgrader test lint notebooks grade clean

help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1|/' \
	| awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

# Reinstalled whenever the requirements change.
$(STAMP): pyproject.toml constraints.txt
	@python="$(PYTHON)"; \
	ok='import sys; sys.exit(sys.version_info < (3, 11))'; \
	for name in python3 python3.13 python3.12 python3.11; do \
	    if [ -z "$$python" ] && "$$name" -c "$$ok" 2>/dev/null; then python="$$name"; fi; \
	done; \
	if [ -z "$$python" ]; then \
	    echo "No Python 3.11 or newer was found (tried python3, python3.13, python3.12, python3.11)."; \
	    echo "Install one, or name it:  make $(or $(MAKECMDGOALS),lab) PYTHON=/path/to/python"; exit 1; \
	fi; \
	if [ ! -x $(BIN)/python ]; then \
	    if ! "$$python" -c "$$ok"; then \
	        echo "PYTHON=$$python does not run, or is older than Python 3.11."; exit 1; \
	    fi; \
	    echo "Making .venv with $$("$$python" --version) ..."; \
	    if ! "$$python" -m venv .venv; then \
	        rm -rf .venv; \
	        echo "Could not make .venv. On Debian and Ubuntu: apt install python3-venv"; exit 1; \
	    fi; \
	fi
	@echo "Installing the course and its tools (the first time this takes some minutes) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    -e '.[dev]' -c constraints.txt
	@touch $@

lab: $(STAMP) ## open JupyterLab on the course, at notebook 00 (options: LAB_ARGS="--no-browser")
	@echo "Opening JupyterLab on course/; stop it with Ctrl-C."
	@JUPYTER_CONFIG_PATH="$(CURDIR)/.jupyter" $(BIN)/python -m jupyter lab \
	    --ServerApp.root_dir=course --LabApp.default_url=/lab/tree/$(FIRST) $(LAB_ARGS)

formgrader: $(STAMP) ## instructors: JupyterLab on the whole repository, with nbgrader's Formgrader
	@echo "Opening JupyterLab; Formgrader is in the menu Nbgrader."
	@$(BIN)/python -m jupyter lab --LabApp.default_url=/lab $(LAB_ARGS)

test: $(STAMP) ## everything that must pass: lint, tests, all notebooks from top to bottom
	@failed=""; \
	run() { echo; echo "== $$*"; PATH="$(CURDIR)/$(BIN):$$PATH" "$$@" || failed="$$failed\n  $$*"; }; \
	run ruff check .; \
	run ruff format --check .; \
	run python -m pytest tests -n 2 --dist loadfile; \
	run python -m pytest --nbmake course; \
	run python -m pytest --nbmake solutions; \
	if [ -n "$$failed" ]; then printf "\nFAILED:$$failed\n"; exit 1; fi; \
	echo; echo "All passed."

lint: $(STAMP) ## check style and format (to repair: ruff check --fix . ; ruff format .)
	@echo "Checking style and format ..."
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

notebooks: $(STAMP) ## make both notebook trees again from solutions/NN_topic/NN_topic.py
	@$(BIN)/python solutions/build.py

grade: $(STAMP) ## grade submitted/*/A and write feedback and grades.csv (make grade A=NN_topic)
	@if [ ! -f "solutions/$(A)/$(A).ipynb" ]; then \
	    echo "Which assignment? make grade A=01_cosine_similarity"; exit 1; \
	fi
	@echo "Grading submitted/*/$(A) with nbgrader ..."
	@if ! $(BIN)/python -m nbgrader db assignment list 2>/dev/null | grep -q "^$(A) "; then \
	    $(BIN)/python -m nbgrader generate_assignment "$(A)" --force; \
	fi
	@failed=0; \
	$(BIN)/python -m nbgrader autograde "$(A)" || failed=1; \
	$(BIN)/python -m nbgrader generate_feedback "$(A)" || failed=1; \
	$(BIN)/python -m nbgrader export || failed=1; \
	if [ $$failed = 1 ]; then \
	    echo "Some submissions could not be graded; they are named above. See docs/instructor.md."; \
	    exit 1; \
	fi; \
	echo "Grades are in grades.csv and gradebook.db, feedback in feedback/STUDENT/$(A)."

clean: ## remove .venv and caches; leaves submissions, grades and .workbook alone
	@echo "Removing .venv, build and caches ..."
	@rm -rf .venv build *.egg-info .pytest_cache .ruff_cache .hypothesis
	@find contrastive_ref tests solutions course \
	    \( -name __pycache__ -o -name .ipynb_checkpoints \) -type d -prune -exec rm -rf {} +
