# `make train` runs the main job, `make test` the tests; each prepares what it needs in .venv.
# Wanted on the machine: Python >= 3.11 and a C++20 compiler. CMake and Ninja come from PyPI.
PYTHON ?= python3
BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SOURCES := CMakeLists.txt pyproject.toml $(sort $(shell find native src -name '*.h' -o -name '*.cpp'))
# Two builds at once would write the same files; where the machine has no flock, don't start two.
LOCK := $(if $(shell command -v flock 2>/dev/null),flock .venv/lock)

.PHONY: train test check format build bench web sanitize clean FORCE
train: .venv/built
	$(BIN)/coterie train cogsguard_team

test: check
	$(BIN)/python -m pytest -n 2

check: .venv/built
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyrefly check

format: .venv/built
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

build: .venv/built

bench: .venv/built
	$(BIN)/coterie bench step

# The viewer: its bundle is committed, so only who changes web/ needs npm. No lock file: it would name a registry.
web: web/node_modules/.built
	cd web && npm run --silent check && npm run --silent build

web/node_modules/.built: web/package.json
	cd web && npm install --no-package-lock --no-audit --no-fund --loglevel=error
	touch $@

# torch first and alone: asked for by another package it would bring several GB of CUDA.
.venv/torch:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	"coterie needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(PIP_INSTALL) torch==2.13.0
	touch $@

.venv/packages: .venv/torch pyproject.toml
	$(PIP_INSTALL) "scikit-build-core>=1.1" "nanobind>=3.1" "ninja>=1.11" "cmake>=3.25"
	touch $@

# A header that was deleted is in no list of prerequisites: the list itself is one, and changes when it does.
.venv/sources: .venv/torch FORCE
	@echo '$(SOURCES)' | cmp -s - $@ || echo '$(SOURCES)' > $@

.venv/built: .venv/packages .venv/sources $(SOURCES)
	$(LOCK) $(PIP_INSTALL) --no-build-isolation -e '.[dev]'
	touch $@

# The sanitized package is a wheel in a venv of its own, which sees the packages of .venv by one path line. Path lines
# of a path line are not followed, so .venv's editable coterie stays out of sight and the sanitized one is found.
SANITIZED := build/sanitized
SANITIZED_BIN := $(SANITIZED)/venv/bin
PRELOAD = $(foreach library,libasan.so libubsan.so libstdc++.so,$(shell $(CXX) -print-file-name=$(library)))
UNDER_SANITIZERS = LD_PRELOAD="$(PRELOAD)" UBSAN_OPTIONS=print_stacktrace=1 \
  ASAN_OPTIONS=detect_leaks=0:handle_abort=1:fast_unwind_on_fatal=0 $(SANITIZED_BIN)/python
sanitize: $(SANITIZED)/built
	$(UNDER_SANITIZERS) -c 'from coterie import native; from pathlib import Path; \
	assert b"__asan_init" in Path(native.__file__).read_bytes(), native.__file__'
	$(UNDER_SANITIZERS) -m pytest -n 2 --capture=sys -p no:faulthandler \
	  tests/contract $(wildcard tests/unit/test_*_fuzz.py)

$(SANITIZED)/built: .venv/built $(shell find src -type f -not -path '*/__pycache__/*')
	$(BIN)/python -m venv --clear --without-pip $(SANITIZED)/venv
	$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
	  > $$($(SANITIZED_BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/house.pth
	$(BIN)/python -m pip --python $(SANITIZED_BIN)/python --quiet --disable-pip-version-check install \
	  --no-build-isolation --no-deps --ignore-installed -C build-dir=$(SANITIZED)/cmake -C install.strip=false \
	  -C cmake.define.COTERIE_SANITIZE=ON -C cmake.define.COTERIE_WERROR=ON .
	touch $@

clean:
	rm -rf .venv build
