# `make` alone lists the targets. Every path here is relative, so the checkout may live in a folder with a space.
# PYTHON=… names the interpreter that .venv is made with; ARGS=… is handed to the tool a target runs.

VENV := .venv
PY := $(VENV)/bin/python
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
SPARK := $(VENV)/.spark-installed
NODE := $(VENV)/bin/node
NPM := "$(CURDIR)/$(VENV)/bin/npm"
PYTEST := $(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder
COMPILE_LOCK := $(PY) -m uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
LINTS := lint-code lint-format lint-types lint-imports lint-javascript lint-project lint-schema
JS := tests/js
EXPORTS := tests/exports/node_modules/.installed
SIGN_ON := tests/sign_on/provider/node_modules/.installed tests/sign_on/hub/node_modules/.installed

# With these set elsewhere, installs would fetch more than is locked and measurements would run without bytecode.
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install demo test test-full lint bench docs lock browser $(LINTS)

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

install: $(DEV) ## Install BOS and its development tools into .venv (PYTHON=… chooses the interpreter)
	@$(PY) -c 'import platform; print("BOS is installed in .venv, with Python " + platform.python_version() + ".")'

demo: $(RUNTIME) ## Start BOS with the pilot blueprint and generated telemetry (ARGS="--home DIR --port N --check")
	@$(VENV)/bin/bos demo $(ARGS)

test: $(DEV) $(SIGN_ON) browser ## Run the quick tests and the notebooks in parallel (ARGS="-k word")
	$(PYTEST) -m "not full" --nbval --ignore=tests/apps/notebooks $(wildcard notebooks/[0-9]*.ipynb) tests $(ARGS)

test-full: $(DEV) $(SPARK) $(SIGN_ON) $(EXPORTS) browser ## Run the long tests, which `make test` leaves out
	@sh tests/prometheus.sh
	$(PYTEST) -m full tests $(ARGS)

lint: $(LINTS) ## Check style, format, types, imports, size budgets, locks and the database schema

bench: $(DEV) $(SPARK) browser ## Run every benchmark in turn and print its table
	@failed=0; for bench in benchmarks/bench_*.py; do \
		printf '\n== %s\n' "$$bench"; $(PY) "$$bench" $(ARGS) || failed=1; \
	done; exit $$failed

docs: $(DEV) browser ## Write the reference pages and take the pictures under docs/ from the product
	@$(PY) docs/build.py
	@$(PY) docs/pictures.py

lock: | $(PY) ## Renew the locks in requirements/ from pyproject.toml (ARGS=--upgrade takes newer versions)
	@$(PY) -m uv --version >/dev/null 2>&1 || $(MAKE) install # an environment of the lock before will do
	$(COMPILE_LOCK) $(ARGS) pyproject.toml --group build -o requirements/runtime.txt
	$(COMPILE_LOCK) $(ARGS) pyproject.toml --group dev -c requirements/runtime.txt -o requirements/dev.txt
	$(COMPILE_LOCK) $(ARGS) pyproject.toml --group build --extra spark -c requirements/runtime.txt -o requirements/spark.txt

browser: $(DEV)
	@sh tests/browser.sh
	@sh tests/nginx.sh

lint-code: $(DEV)
	@$(PY) -m ruff check

lint-format: $(DEV)
	@$(PY) -m ruff format --check

lint-types: $(DEV)
	@$(PY) -m mypy

lint-imports: $(DEV)
	@$(VENV)/bin/lint-imports --no-logo

lint-javascript: $(JS)/node_modules/.installed
	@$(NODE) $(JS)/node_modules/typescript/bin/tsc -p $(JS)
	@$(NODE) $(JS)/node_modules/eslint/bin/eslint.js -c $(JS)/eslint.config.js widgets

%/node_modules/.installed: %/package-lock.json $(DEV)
	@echo 'Installing what $* needs'
	@cd $* && $(NPM) ci --silent --no-audit --no-fund
	@touch $@

lint-project: $(DEV)
	@$(PY) -m pytest -q --tb=short -rP tests/unit/project/test_size_budgets.py
	@$(PY) -m pytest -q --tb=short tests/unit/project/test_locks.py tests/unit/project/test_environment.py tests/unit/project/test_packages.py

lint-schema: $(DEV)
	@$(PY) -m bos.store.migrate check

# The first of these interpreters that runs, is in range and can make a virtual environment makes .venv.
$(PY):
	@for candidate in $(if $(PYTHON),"$(PYTHON)",python3.13 python3.12 python3.11 python3); do \
		if "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
			2>/dev/null; then echo "Making .venv with $$candidate"; exec "$$candidate" -m venv --clear $(VENV); fi; \
	done; \
	echo 'No usable Python 3.11, 3.12 or 3.13 with venv was found$(if $(PYTHON), at $(PYTHON)).' >&2; \
	echo 'Install one, or name it: make install PYTHON=/path/to/python3.12' >&2; exit 1

# $(1) is a lock. It is complete, so nothing is resolved; bytecode is compiled on every core instead of by pip on one.
define install-lock
	@echo 'Installing $(1) (about a minute)'
	@$(PY) -m pip install -qq --require-hashes --no-deps --no-compile -r $(1)
	@$(PY) -m pip install -qq --no-deps --no-build-isolation --no-compile -e .
	@$(PY) -m pip check --quiet
	@$(PY) -m compileall -qq -j 0 -x '/tests/' $(VENV)/lib bos widgets connectors || true # some packages ship samples that are no Python
endef

$(RUNTIME): requirements/runtime.txt pyproject.toml | $(PY)
	$(call install-lock,$<)
	@touch $@

$(DEV): requirements/dev.txt pyproject.toml | $(PY)
	$(call install-lock,$<)
	@touch $(RUNTIME) $@

# Hundreds of megabytes that only the Spark engine needs, as a source archive: pip fetches setuptools to unpack it.
$(SPARK): requirements/spark.txt $(DEV)
	@echo 'Installing pyspark (about a minute)'
	@$(PY) -m pip install -qq --require-hashes --no-deps --no-compile -r $<
	@touch $@
