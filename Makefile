# `make train` runs the main job, `make test` the tests; each prepares what it needs.
PYTHON ?= python3
BIN := .venv/bin
SOURCES := CMakeLists.txt pyproject.toml $(shell find native src -name '*.h' -o -name '*.cpp')

.PHONY: train test check build bench sanitize clean
train: .venv/built
	$(BIN)/coterie play -m cogsguard_arena.basic -p random -r log

test: .venv/built
	$(BIN)/python -m pytest

check: .venv/built
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyrefly check

build: .venv/built

# torch first and alone: asked for by another package it would bring several GB of CUDA.
.venv/torch:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check torch==2.13.0
	touch $@

.venv/packages: .venv/torch pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check "scikit-build-core>=1.1" "nanobind>=3.1" ninja cmake
	touch $@

.venv/built: .venv/packages $(SOURCES)
	flock .venv/lock $(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation -e '.[dev]'
	touch $@

clean:
	rm -rf .venv build
