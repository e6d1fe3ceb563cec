# `make synth` and `make test` need Python 3.11 to 3.13, make and git. Everything else, Node included, they install into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLKIT := $(VENV)/toolkit/.ready
CDK_CLI := aws-cdk@2.1148.1

NODE := $(CURDIR)/$(VENV)/nodejs/bin
NPX := $(NODE)/node $(CURDIR)/$(VENV)/nodejs/lib/node_modules/npm/bin/npx-cli.js

export JSII_NODE := $(NODE)/node
export NODE_COMPILE_CACHE := $(CURDIR)/$(VENV)/node-compile-cache

.DEFAULT_GOAL := help
.PHONY: help synth test torch lint snapshots ledger docs bench cdk lock wheel clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

synth: $(READY)  ## synthesize every reference stack and run every check on them
	@$(BIN)/cdk-ml synth app.py

test: $(READY) $(TOOLKIT)  ## run the tests
	@$(BIN)/python -m pytest

torch: $(TOOLKIT)  ## add PyTorch to the toolkit of the tests, which then train on several processes
	@$(VENV)/toolkit/bin/python -m pip install -q --disable-pip-version-check torch==2.13.0

lint: $(READY)  ## ruff and mypy --strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

snapshots: $(READY)  ## accept the templates of the reference stacks as they are now
	@$(BIN)/python -m pytest tests/snapshots --snapshot-update

ledger: $(READY)  ## accept stateful resources that are new, or whose change is in changes.toml
	@$(BIN)/python -m pytest tests/proofs/test_ledger.py --snapshot-update

docs: $(READY)  ## build the docs site into build/docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

bench: $(READY)  ## measure against raw CDK, and rewrite docs/benchmarks.md; ROUNDS=1 for a quick look
	@$(BIN)/python -m tests.benchmarks $(if $(ROUNDS),--rounds $(ROUNDS))

cdk: $(READY)  ## the matching CDK CLI: make cdk ARGS="diff NeuronInference"
	@PATH="$(CURDIR)/$(BIN):$(NODE):$$PATH" $(NPX) --yes $(CDK_CLI) $(ARGS)

lock: $(READY)  ## pin the development environment again (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --output-file requirements/dev.txt
	uv pip compile requirements/toolkit.in --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --output-file requirements/toolkit.txt

wheel: $(READY)  ## build the wheel into dist/
	@$(BIN)/python -m build --wheel --no-isolation

clean:  ## remove everything that make made
	rm -rf $(VENV) build dist cdk.out .mypy_cache .ruff_cache .pytest_cache

$(READY): requirements/dev.txt tools/bootstrap.py
	@$(PYTHON) tools/bootstrap.py $(VENV)

$(TOOLKIT): requirements/toolkit.txt tools/toolkit.py $(READY)
	@$(PYTHON) tools/toolkit.py $(VENV)/toolkit
