# Every job of the house, one target each. `make` alone lists them.

PYTHON ?= python3
VENV   ?= .venv
ARGS   ?=
# What `make mutants` changes, as mutmut names it; and how long `make fuzz` runs each fuzzer.
MUTATE       ?= esos.logbook.* esos.keys.*
SECONDS_EACH ?= 60
# How long `make simulate` goes on, from which world on, how many worlds at most and at a time, and a bug to plant.
SECONDS ?= 60
SEED    ?= 1
WORLDS  ?= 1000000
JOBS    ?= 2
PLANT   ?=
CUT     ?= 0
BIN    := $(VENV)/bin
# The pinned compiler options of the locks: hashed, and naming no index host.
COMPILE := pip compile --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url --universal --python-version 3.11
UV      := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)

OTHER_COSE := .venv-cwt
NIGHTLY := $(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-nightly.lock

export UV_PYTHON_DOWNLOADS := never
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup parts cose demo test checks pytest lint format types imports docs catalogues bench bench-beacon pictures nightly fuzz simulate mutants audit lock wheel clean

help: ## list what can be made
	@echo "make TARGET   (PYTHON=python3.12 and VENV=DIR choose another Python and another place)"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

setup: ## make the environment from the lock; nothing to do when it is up to date
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || \
	{ echo "setup: $(PYTHON) is no Python 3.11 to 3.13 here; name one: make setup PYTHON=python3.12"; exit 1; }
	@$(PYTHON) scripts/set_up.py --venv $(VENV)

demo: setup ## play a drill of a real incident in a station on this machine (ARGS="--exit" plays it alone)
	@echo "demo: Ctrl-C ends it."
	@$(BIN)/esos up --drill hse-2021 $(ARGS)

test: setup parts cose ## everything a change must pass: style, types and imports beside the tests
	@mkdir -p build
	@$(MAKE) --no-print-directory checks >build/checks.txt 2>&1 & checks=$$!; \
	$(MAKE) --no-print-directory pytest; tests=$$?; \
	wait $$checks || { cat build/checks.txt; echo "checks: style, types or imports do not hold; see above."; exit 1; }; \
	exit $$tests

checks: lint types imports ## style, types and imports alone

parts: ## install Chromium and Node.js where allowed, and say what is missing
	@$(PYTHON) scripts/ensure_parts.py

cose: setup ## make the small environment of the COSE library that our messages are compared with
	@cmp -s requirements-cwt.lock $(OTHER_COSE)/made-from.lock || { \
	echo "cose: installing another COSE library, each part checked against its hash, into $(OTHER_COSE)."; \
	$(UV) venv --quiet --clear --python $(BIN)/python $(OTHER_COSE) && \
	$(UV) pip sync --quiet --python $(OTHER_COSE)/bin/python --require-hashes requirements-cwt.lock && \
	cp requirements-cwt.lock $(OTHER_COSE)/made-from.lock; } || \
	echo "cose: it could not be installed; the test that compares with it is skipped."

pytest: setup ## the tests alone (ARGS="-n0 tests/unit" chooses)
	@echo "tests: running pytest; what was skipped and why stands at the end."
	@$(BIN)/pytest $(ARGS)

lint: setup ## style and forbidden calls (ruff)
	@echo "lint: looking for forbidden calls and untidy code."
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet

format: setup ## lay the code out as lint wants it
	@echo "format: laying out the code."
	@$(BIN)/ruff check --fix --quiet; $(BIN)/ruff format --quiet

types: setup ## mypy strict, and pyright where Node.js is there
	@echo "types: checking with mypy."
	@$(BIN)/mypy --no-error-summary
	@if command -v node >/dev/null; then echo "types: checking with pyright."; $(BIN)/pyright; \
	else echo "types: no Node.js here, so pyright is left out."; fi

imports: setup ## the import rule: down, never sideways, no I/O in the core
	@echo "imports: checking that imports point down and the core does no I/O."
	@$(BIN)/lint-imports --no-logo

docs: setup ## write the parts of the documentation that are made from the code
	@echo "docs: writing docs/reference and the tables of spec from the code."
	@for script in scripts/write_*_reference.py scripts/write_case_tables.py scripts/write_case_file_schema.py scripts/write_statement_spec.py; do $(BIN)/python "$$script" || exit 1; done

catalogues: setup ## extract every sentence, keep what is translated, compile (scripts/catalogues.py says how to fill in)
	@$(BIN)/python scripts/catalogues.py

bench: setup ## every benchmark, each against a peer or a floor in the same run
	@for script in benchmarks/bench_*.py; do echo "bench: $$script"; $(BIN)/python "$$script" || exit 1; done
	@$(BIN)/python benchmarks/plot.py

bench-beacon: setup ## calls over a lossy link between network namespaces, beside HTTPS, QUIC, DTLS and CoAP (ARGS="--quick")
	@PYTHONPATH=benchmarks $(BIN)/python -m beacon $(ARGS)

pictures: setup parts ## take the pictures of docs/pictures from a story played at a real station, with Chromium
	@echo "pictures: playing a story and opening each page; this takes ten minutes."
	@$(BIN)/python scripts/make_pictures.py
	@$(BIN)/python scripts/take_pictures.py

simulate: setup ## play simulated worlds in which everything goes wrong (SECONDS=600 SEED=1; PLANT=... plants a bug)
	@$(BIN)/python scripts/simulate.py --seconds "$(SECONDS)" --seed "$(SEED)" --worlds "$(WORLDS)" --jobs "$(JOBS)" --plant "$(PLANT)" --cut "$(CUT)"

nightly: setup parts ## the long checks: thousands of examples, fuzzing, known holes, mutants
	@$(MAKE) --no-print-directory fuzz SECONDS_EACH=3600
	@echo "nightly: running every test with 2,000 examples for each property."
	@HYPOTHESIS_PROFILE=nightly $(BIN)/pytest -m "" --timeout 3600 --cov --cov-report=term
	@$(MAKE) --no-print-directory audit mutants

fuzz: setup ## feed every reader arbitrary bytes (SECONDS_EACH=60)
	@$(NIGHTLY)
	@$(BIN)/python scripts/run_fuzzers.py --seconds-each $(SECONDS_EACH)

mutants: setup ## change the core one operator at a time and see a test fail (MUTATE="esos.case.*")
	@echo "mutants: trying $(MUTATE) in build/mutants; what survived stands at the end."
	@$(NIGHTLY)
	@rm -rf build/mutants && mkdir -p build/mutants && cp -r src tests spec scripts docs pyproject.toml build/mutants
	@cd build/mutants && $(abspath $(BIN))/mutmut run --max-children 2 $(foreach name,$(MUTATE),"$(name)") >run.txt || { tail -40 run.txt; exit 1; }
	@cd build/mutants && { $(abspath $(BIN))/mutmut results | grep -v "not checked" || echo "mutants: none survived."; }

audit: setup ## look the locked libraries up among known holes; needs the network
	@echo "audit: asking for known holes in the locked libraries."
	@$(BIN)/pip-audit --requirement requirements.lock --disable-pip --progress-spinner off

lock: setup ## compute the locks anew (ARGS="--upgrade" for newer libraries)
	@echo "lock: computing the four locks: requirements, -tools, -nightly and -cwt."
	@$(UV) $(COMPILE) pyproject.toml --extra dev $(ARGS) -o requirements.lock >/dev/null
	@$(UV) $(COMPILE) --group tools $(ARGS) -o requirements-tools.lock >/dev/null
	@$(UV) $(COMPILE) --group nightly --constraint requirements.lock $(ARGS) -o requirements-nightly.lock >/dev/null
	@$(UV) $(COMPILE) --group cose $(ARGS) -o requirements-cwt.lock >/dev/null

wheel: setup ## build the one wheel, and prove that it installs and starts on its own
	@$(BIN)/python scripts/build_wheel.py

clean: ## remove what was made, but not the environment
	@echo "clean: removing caches and built files."
	@rm -rf build dist htmlcov .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage*
	@find src tests scripts benchmarks -name __pycache__ -prune -exec rm -rf {} +
