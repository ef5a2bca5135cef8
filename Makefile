# What a checkout can do; `make help` lists it. Needs Python 3.11 or newer with venv and pip, and nothing else: the first
# target that needs an environment makes it in .venv, puts the locked uv into it, and with it the locked packages, each
# checked against its hash. Say PYTHON=python3.12 to choose another Python, ARGS=... to pass options on.

PYTHON ?= python3
VENV ?= .venv
BENCH_VENV ?= $(VENV)-bench
ARGS ?=
BIN := $(VENV)/bin

# Values that people type may hold quotes and dollars: they reach the commands through the environment, never by being
# pasted into one.
override QUESTION := $(value QUESTION)
override DATA := $(value DATA)
export QUESTION DATA

# Nothing of the caller's own environments gets into ours.
unexport VIRTUAL_ENV CONDA_PREFIX PYTHONPATH PYTHONHOME UV_PYTHON UV_SYSTEM_PYTHON UV_TARGET UV_PREFIX PIP_TARGET PIP_PREFIX

.DEFAULT_GOAL := help
.PHONY: help demo test lint lint-style lint-types lint-layers bench crash pictures format lock clean

help:  ## list what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/ready  ## research a question and draw the run; QUESTION="..." asks your own
	@if [ -n "$$QUESTION" ]; then $(BIN)/planweave demo -- "$$QUESTION"; else $(BIN)/planweave demo; fi

test: $(VENV)/ready  ## run the tests and the examples in docstrings; ARGS="-k frontier" chooses
	@$(BIN)/pytest -q -n auto --maxprocesses 4 $(ARGS)

lint: lint-style lint-types lint-layers  ## check style, types and layers

lint-style: $(VENV)/ready
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check . || { echo "make format mends the layout of these files" >&2; exit 1; }

# planweave/ reaches engine/ and its siblings through the links, so that each module is checked once, as planweave.*.
TYPED = planweave planweave_pytest.py $(sort $(dir $(wildcard tests/*.py examples/*.py benchmarks/*.py)))
lint-types: $(VENV)/ready
	@$(BIN)/mypy --no-error-summary $(TYPED)

lint-layers: $(VENV)/ready
	@report=$$($(BIN)/lint-imports --no-cache --no-logo 2>&1) || { echo "$$report" >&2; exit 1; }

bench: $(BENCH_VENV)/ready  ## measure against bare loops and peers; DATA=... names a folder of data
	@if [ -n "$$DATA" ]; then set -- --data "$$DATA"; fi; $(BENCH_VENV)/bin/python -m benchmarks "$$@" $(ARGS)

crash: $(VENV)/ready  ## kill runs 2,000 times, in files and in PostgreSQL; ARGS="--help" says what can be chosen
	@$(BIN)/python -m tests.crash $(ARGS)

pictures: $(VENV)/ready  ## make the pictures of the README anew, from a run of the demo
	@$(BIN)/python docs/pictures.py

format: $(VENV)/ready  ## mend what ruff can mend
	@$(BIN)/ruff check -q --fix-only .
	@$(BIN)/ruff format -q .

# The locks name no index: hashes say what a package is, each machine's own settings where it comes from.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header $(ARGS)
lock: $(VENV)/made  ## write requirements/*.txt anew; ARGS=--upgrade takes newer versions
	@$(COMPILE) requirements/uv.in --output-file requirements/uv.txt >/dev/null
	@$(COMPILE) pyproject.toml --extra test --extra lint --extra sat --extra fast --extra postgres --extra tools --output-file requirements/dev.txt >/dev/null
	@$(COMPILE) pyproject.toml --extra test --extra lint --extra sat --extra fast --extra postgres --extra tools --extra embed --extra bench --constraints requirements/dev.txt \
	    --output-file requirements/bench.txt >/dev/null

clean:  ## remove the environments, caches and what building leaves
	@rm -rf $(VENV) $(BENCH_VENV) build dist *.egg-info .coverage htmlcov
	@rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name .git -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

# An environment is made in two steps, each with a stamp: `made` is a Python with uv in it, `ready` all that its lock names
# and the project itself, editable. Peers stand in an environment of their own: some bring plugins for pytest along.
# `made` holds the folder it was made in: an environment that was moved or copied with its checkout, lost its Python,
# or has another version than the PYTHON asked for is made anew.
ASKED := $(filter command environment,$(firstword $(origin PYTHON)))
VERSION := -c 'import sys; print(sys.version_info[:2])'
fits = [ "$$(cat $(1)/made 2>/dev/null)" = "$$(pwd -P)" ] && version=$$($(1)/bin/python $(VERSION) 2>/dev/null) \
    $(if $(ASKED),&& [ "$$version" = "$$($(PYTHON) $(VERSION) 2>/dev/null)" ])
.PHONY: $(foreach environment,$(VENV) $(BENCH_VENV),$(if $(shell $(call fits,$(environment)) || echo no),$(environment)/made))

# uv trusts the certificates that pip does: the machine's own, and those that PIP_CERT names.
INSTALLING := $(foreach environment,$(VENV) $(BENCH_VENV),$(environment)/made $(environment)/ready) lock
$(INSTALLING): export PIP_USER := 0
$(INSTALLING): export PIP_DISABLE_PIP_VERSION_CHECK := 1
$(INSTALLING): export UV_SYSTEM_CERTS ?= 1
ifdef PIP_CERT
$(INSTALLING): export SSL_CERT_FILE ?= $(PIP_CERT)
endif

$(VENV)/made $(BENCH_VENV)/made: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    echo "planweave needs Python 3.11 or newer, which $(PYTHON) is not: try make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "$(PYTHON) has no venv and pip: install them (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@echo "Preparing $(@D) (once, about a minute) ..." >&2
	@$(call fits,$(@D)) || $(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install --quiet --only-binary :all: --require-hashes -r requirements/uv.txt
	@pwd -P > $@

$(VENV)/ready: requirements/dev.txt
$(BENCH_VENV)/ready: requirements/bench.txt
$(VENV)/ready $(BENCH_VENV)/ready: %/ready: %/made requirements/uv.txt pyproject.toml
	@$(@D)/bin/uv pip sync --quiet --python $(@D)/bin/python --no-build --require-hashes $(filter requirements/%,$^) || { \
	    echo "uv could not install the locked packages (see above); trying pip, which may know another way to them ..." >&2; \
	    $(@D)/bin/python -m pip install --quiet --only-binary :all: --require-hashes $(patsubst %,-r %,$(filter requirements/%,$^)); }
	@$(@D)/bin/uv pip install --quiet --python $(@D)/bin/python --offline --no-deps --no-build-isolation --editable .
	@touch $@
