# symmv: every target but `help` and `setup` runs in .venv and nowhere else.

PYTHON ?= python3
# Files of tests side by side, each whole in one process; a process may need 1.5 GB.
PARALLEL := -n auto --maxprocesses 4 --dist loadfile
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all check bench golden docs

help:  ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 16

# Phony on purpose: the script alone knows what is stale (its stamp is .venv/symmv-setup.json) and answers in a
# tenth of a second when nothing is; file times would call a half-finished environment complete.
# PYTHON only makes .venv; from then on .venv's own runs the script, so that `make test` needs no PYTHON= again.
setup:  ## make .venv with everything in it (PYTHON=python3.11 picks the Python)
	@python=$(BIN)/python; test -x $$python || python=$(PYTHON); $$python symmv_tools/setup_house.py --venv .venv --dev

demo: setup  ## real video and music to annotated Parquet, in demo/work
	$(BIN)/python demo/render.py
	$(BIN)/symmv build demo/demo.toml --work demo/work
	$(BIN)/symmv show --work demo/work --html demo/work/pages
	$(BIN)/symmv report demo/work/export --work demo/work --pages demo/work/pages

test: setup  ## the tests that need no network, no GPU and no patience
	$(BIN)/pytest -q -m "not slow" $(PARALLEL)

test-all: setup  ## every test, the slow ones too
	$(BIN)/pytest -q $(PARALLEL)

check: setup  ## format, lint and types, as CI does
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: setup  ## accuracy and speed on real data (SYMMV_DATA=folder)
	@test -n "$$SYMMV_DATA" || { echo "make bench: SYMMV_DATA does not say where the data lie; try: make bench SYMMV_DATA=/path/to/data" >&2; exit 2; }
	@test -d "$$SYMMV_DATA" || { echo "make bench: SYMMV_DATA is '$$SYMMV_DATA', which is no folder; try: ls '$$SYMMV_DATA'" >&2; exit 2; }
	$(BIN)/python -m pip install -q -r manifests/requirements/bench.txt
	$(BIN)/python tests/benchmarks/run_all.py

golden: setup  ## write tests/golden and manifests/splits anew; `git diff` then says what changed
	$(BIN)/python tests/golden/make_golden.py
	$(BIN)/python tests/golden/make_splits.py

docs: setup  ## write docs/reference anew from the code
	$(BIN)/python docs/generate.py
