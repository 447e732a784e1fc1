# Every target makes the environment it needs: on a fresh machine `make demo` and `make test` are enough.
PYTHON ?= python3
VENV ?= .venv
WORKERS ?= 2
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help install demo test format lint types imports check build clean

help:
	@echo "make demo     install, then compile and search spaces/digits.das"
	@echo "make test     install, then run the tests"
	@echo "make check    everything that must hold before a commit"
	@echo "make format   rewrite the sources in canonical form"
	@echo "make build    make the wheel and the source archive in dist/"

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $(STAMP)

demo: $(STAMP)
	$(BIN)/dasdsl compile spaces/digits.das
	$(BIN)/dasdsl search spaces/digits.das --data digits

test: $(STAMP)
	$(BIN)/python -m pytest -m "not alone" --numprocesses $(WORKERS) --dist worksteal
	$(BIN)/python -m pytest -m alone tests/security --numprocesses $(WORKERS) --dist worksteal

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/pyright

imports: $(STAMP)
	$(BIN)/lint-imports

check: lint types imports test

build: $(STAMP)
	$(BIN)/python -m build

clean:
	rm -rf build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
