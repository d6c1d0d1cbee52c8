# Everything runs inside .venv, which make builds by itself from requirements.txt (exact versions, hashes).
PYTHON ?= python3
UV_VERSION := 0.13.8
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Where nothing compiled may be kept, each of the hundreds of processes of the tests compiles all that it imports.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup demo test check lint bench fuzz soak audit shots requirements clean

help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 22

setup: $(STAMP) ## make .venv and install everything into it

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "maglabel needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { echo "python cannot make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements.txt
	$(BIN)/uv pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP) ## refresh from the bundled demo shops, show the table, open the dashboard
	$(BIN)/maglabel demo

test: $(STAMP) ## run all tests
	$(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile

lint: $(STAMP) ## ruff, ruff format, mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: lint test ## lint and all tests

soak: $(STAMP) ## damaged texts through the reader, refreshes killed at random moments, for minutes
	MAGLABEL_SOAK=100 $(BIN)/python -m pytest tests/checker/test_reader_survives.py
	MAGLABEL_KILLS=50 $(BIN)/python -m pytest tests/catalog/test_kill.py

fuzz: $(STAMP) ## coverage-guided fuzzing of the reader, for five minutes
	$(BIN)/uv pip install --quiet --python $(BIN)/python "atheris>=2.3"
	$(BIN)/python -m benchmarks.fuzz_reader -max_total_time=300

audit: $(STAMP) ## list the errors that the checks raise on recorded labels, in docs/FINDINGS.md
	$(BIN)/python -m benchmarks.audit_findings

bench: $(STAMP) ## speed, as ratios within one run
	$(BIN)/python -m benchmarks

shots: $(STAMP) ## pictures of every page, wide and on a phone, light and dark, in build/shots
	MAGLABEL_SHOTS=build/shots $(BIN)/python -m pytest tests/dashboard/test_browser.py

requirements: $(STAMP) ## compile requirements.txt anew from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --upgrade pyproject.toml --output-file requirements.txt

clean: ## remove .venv and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info build dist
