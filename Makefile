# A bare machine needs Python 3.11+ and make; everything else is made in .venv.
PYTHON ?= $(shell for p in python3 python3.12 python3.11 python3.13; do \
  $$p -c 'import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
  && echo $$p && break; done)
BIN := .venv/bin
# Continuous integration adds the extras, so that their tests run too.
EXTRAS ?= dev
FOREIGN := clients labmcp modbus mtsics opentrons

.PHONY: demo reports test foreign catalogue check bench soak docs clean

demo: .venv/installed
	$(BIN)/inoculum rehearse protocols/ecoli-feed-iptg.yaml --station protocols/stations/open-48.yaml --seed 2021 -o campaigns/demo --force

# Full reports of two published experiments; their data are not part of this repository and are
# read in place, from CASES. What is not there is named and left out.
CASES ?= $(INOCULUM_CASES)
reports: .venv/installed
	$(BIN)/python -m docs.reports "$(or $(CASES),cases)" reports

# Three workers on two cores: the tests on wall time come first and mostly wait.
test: .venv/dev
	$(BIN)/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder

# Our drivers against other people's simulators, and the other way round; see
# docs/foreign-counterparts.md. mbpoll is a Debian package and is left out where it is not installed.
foreign: .venv/dev $(FOREIGN:%=tests/foreign/.venvs/%/installed)
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -rs tests/foreign

tests/foreign/.venvs/%/installed: tests/foreign/requirements/%.txt
	$(BIN)/python -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet -r $<
	touch $@

# Every number of the reference catalogue that process-improve ships; its files are read in place,
# from an environment of their own. See docs/published-cases.md.
catalogue: .venv/dev tests/catalogue/.venv/installed
	$(BIN)/python -m pytest -q -s tests/catalogue

tests/catalogue/.venv/installed: tests/catalogue/requirements.txt
	$(BIN)/python -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --no-deps -r $<
	touch $@

check: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/dev
	$(BIN)/python -m benchmarks
	$(BIN)/python -m docs.generate

soak: .venv/dev
	INOCULUM_SOAK=1 $(BIN)/python -m pytest -q -n 2 --timeout 3600

docs: .venv/dev
	$(BIN)/python -m docs.generate

clean:
	rm -rf .venv tests/foreign/.venvs tests/catalogue/.venv .mypy_cache .ruff_cache .pytest_cache campaigns

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	touch $@

.venv/dev: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[$(EXTRAS)]"
	touch $@ .venv/installed
