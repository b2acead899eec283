# Every target explains itself: `make help`.
PYTHON ?= python3.11
# Any build of torch 2.13.0 will do: a file or a version that pip understands.
TORCH ?= torch==2.13.0
BIN := .venv/bin
INSTALLED := .venv/installed

.DEFAULT_GOAL := help
.PHONY: help install demo test check tests test-slow test-tutorial test-real test-postgres docs benchmarks clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(INSTALLED)  ## make .venv with everything, at the versions of constraints.txt

$(INSTALLED): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@# torch by itself first: another package's wish for it would take gigabytes of CUDA libraries.
	$(BIN)/pip install --quiet --constraint constraints.txt "$(TORCH)"
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

demo: $(INSTALLED)  ## the whole life of a model on the sample, ending in a gallery of pictures
	$(BIN)/atelier demo

test: check tests  ## all checks and the quick tests

check: $(INSTALLED)  ## formatter, linter, types, and the direction of the rooms
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

tests: $(INSTALLED)  ## the quick tests
	$(BIN)/python -m pytest -q -n auto --dist worksteal

test-slow: $(INSTALLED)  ## the tests that take minutes
	$(BIN)/python -m pytest -q -m slow

test-tutorial: $(INSTALLED)  ## the tutorial, followed command by command
	$(BIN)/python -m pytest -q -m slow tests/docs/test_walkthroughs.py -k tutorial

test-real: $(INSTALLED)  ## the tests on real artworks (ATELIER_TEST_DATA, or ../shared/data)
	$(BIN)/python -m pytest -q -m real_data

docs: $(INSTALLED)  ## the documentation's site, in site/: built strictly, and all its links followed
	$(BIN)/python -m pytest -q -m slow tests/docs/test_site.py
	@echo "Look at site/index.html"

test-postgres: $(INSTALLED)  ## the tests on PostgreSQL and S3 (Debian's package `postgresql`)
	$(BIN)/python -m pytest -q -m postgres

benchmarks: $(INSTALLED)  ## the figures of docs/benchmarks.md
	$(BIN)/python -m benchmarks.input_pipeline
	$(BIN)/python -m benchmarks.batch_overhead
	$(BIN)/python -m benchmarks.batch_memory
	$(BIN)/python -m benchmarks.stylize
	$(BIN)/python -m benchmarks.large_pictures --plot docs/images/large_pictures.png

clean:  ## remove what runs have left: scratch, derived data, pictures, caches (not data/, not .venv)
	rm -rf .atelier prepared out site .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .cache
