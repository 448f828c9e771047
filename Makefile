# Everything a checkout can do. Each target makes what it needs in .venv and .bench first; a second call is instant.
# With another Python: make test PYTHON=python3.13, in an environment of its own (.venv-python3.13).
# Needed beforehand: Python >= 3.11 with venv, make, and a way to the package registry.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv$(addprefix -,$(notdir $(PYTHON)))
PY := $(VENV)/bin/python
STAMPS := $(VENV)/.stamps
PIP := $(PY) -m pip install --quiet --disable-pip-version-check
export PYTHON

# Where it is set, each of the thousands of processes that the tests start compiles all it imports anew: that takes as long
# as the tests do.
unexport PYTHONDONTWRITEBYTECODE

# As many tests at once as there are processors; who is done early takes some from who is not.
AT_ONCE := -n auto --dist worksteal

# Tests that no fall-back of the system room can change.
ELSEWHERE := contract domain examples house parameters typing

# Where the trip files are; unset when there are none, and the example then finds data by itself.
ifneq ($(or $(TIDEMILL_TRIPS),$(wildcard ../shared/data)),)
export TIDEMILL_TRIPS := $(abspath $(or $(TIDEMILL_TRIPS),../shared/data))
endif

.PHONY: help demo test slow portable peer browser faults check format bench contract clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' Makefile | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

demo: $(STAMPS)/example ## run the example pipeline on real trips
	$(PY) -m examples.duration_model $(if $(TIDEMILL_TRIPS),--data "$(TIDEMILL_TRIPS)")

test: $(STAMPS)/dev $(STAMPS)/example ## run the tests
	$(PY) -m pytest $(AT_ONCE) -m "not slow and not thorough and not peer and not browser"

slow: $(STAMPS)/dev $(STAMPS)/example ## run the tests that take minutes each
	$(PY) -m pytest -m slow

portable: $(STAMPS)/dev ## run the tests with the fall-backs for systems that are not POSIX
	TIDEMILL_PORTABLE=1 $(PY) -m pytest $(AT_ONCE) -m "not machine and not slow and not thorough and not peer and not browser" $(ELSEWHERE:%=--ignore=tests/%)

peer: $(STAMPS)/dev ## the peer's own client against our server; installs it first
	@$(PY) -c "from benchmarks.sides import peer; peer()" || echo "The peer cannot be installed here: its tests are skipped"
	$(PY) -m pytest -m peer

browser: $(STAMPS)/browser ## what strangers' pages come to in a real Chromium, which has to be there
	$(PY) -m pytest tests/browser

faults: $(STAMPS)/dev ## kill, simulate, cut the power, fuzz: the full figures, and what else `make test` has a part of
	TIDEMILL_FAULTS=full $(PY) -m pytest $(AT_ONCE) -m "faults or thorough or hypothesis" --timeout 1200

check: $(STAMPS)/dev $(STAMPS)/types ## formatting, lint, types, directions of imports
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/mypy --platform darwin --cache-dir .mypy_cache/darwin
	$(VENV)/bin/mypy --platform win32 --cache-dir .mypy_cache/win32
	$(VENV)/bin/mypy --strict tests/typing
	$(VENV)/bin/basedpyright --pythonpath $(PY)
	$(VENV)/bin/ty check --quiet --python $(VENV) tests/typing
	$(VENV)/bin/lint-imports --no-cache

format: $(STAMPS)/dev ## put the formatting right
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

bench: $(STAMPS)/dev ## our figures beside the peer's; pick rows with ROWS="import sequential"
	$(PY) -m benchmarks $(ROWS)

contract: $(STAMPS)/dev ## what of the contract is still missing
	$(PY) -m tests.contract.report

clean: ## remove what make made
	rm -rf .venv .venv-* .bench .demo dist build

$(PY):
	@python=$$(sh scripts/find-python) && echo "Making $(VENV) with $$python" && "$$python" -m venv --clear $(VENV)

# A fresh environment carries whatever pip came with the interpreter; dependency groups need 25.1.
$(STAMPS)/base: $(PY) pyproject.toml
	@echo "Installing tidemill"
	@$(PIP) --upgrade "pip>=25.1"
	@$(PIP) --editable .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: $(STAMPS)/base
	@echo "Installing what the tests and checks need"
	@$(PIP) --editable '.[server]' --group dev
	@touch $@

$(STAMPS)/browser: $(STAMPS)/dev
	@echo "Installing what drives a browser"
	@$(PIP) --group browser
	@touch $@

$(STAMPS)/types: $(STAMPS)/base
	@echo "Installing the type checkers that users have"
	@$(PIP) --group types
	@touch $@

$(STAMPS)/example: $(STAMPS)/base
	@echo "Installing what the example needs (this is the large one)"
	@$(PIP) --editable '.[example]'
	@touch $@
