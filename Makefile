# `make` lists the targets. Everything goes into .venv; nothing is installed outside of this folder.
PYTHON ?= python3
PLUGINS := $(wildcard plugins/*/pyproject.toml)
BIN := .venv/bin
WIDGET_SOURCES := $(shell find widget/src -type f) widget/build.mjs widget/budgets.mjs

.DEFAULT_GOAL := help
.PHONY: help demo serve test test-python test-widget check check-python check-widget widget bench pictures screenshots docs frameworks clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | while IFS='|' read -r name text; do printf '  %-14s %s\n' "$$name" "$$text"; done

demo: .venv/installed ## Serve a demo newspaper with a live thread (Ctrl-C ends it)
	@$(BIN)/python examples/newspaper/demo.py

serve: .venv/installed ## Serve comments from ./embedcomments-data on port 8080
	@$(BIN)/embedcomments serve

test: test-python test-widget ## Install what the tests need and run all of them

test-python: .venv/developing
	@$(BIN)/python tests/support/find_browser.py
	$(BIN)/python -m pytest -n auto --dist loadfile --durations 25

test-widget:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory widget/node_modules/.package-lock.json && cd widget && npm test --silent; \
	elif [ "$$CI" = true ]; then echo "Node is missing: the widget's own tests cannot run." >&2; exit 1; \
	else echo "Skipped: the widget's own tests need Node 20 (https://nodejs.org)."; fi

check: check-python check-widget ## Lint, types, architecture, generated pages, the widget's types and size

check-python: .venv/developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

check-widget: widget/node_modules/.package-lock.json
	cd widget && npm run check --silent

widget: widget/node_modules/.package-lock.json ## Build the widget into the package (needs Node 20)
	cd widget && npm run build --silent

bench: .venv/developing ## Measure speed and size; prints figures, asserts nothing
	$(BIN)/python -m tests.benchmarks

pictures: .venv/developing ## Take the pictures in docs/ anew
	$(BIN)/python docs/pictures.py

screenshots: .venv/developing ## Take the pictures of all designs in docs/screenshots/ anew
	$(BIN)/python docs/screenshots.py

frameworks: examples/node_modules/.package-lock.json examples/astro/node_modules/.package-lock.json ## Install what the examples with frameworks need, so that they are tested too

docs: .venv/developing ## Write the generated pages of docs/ anew
	$(BIN)/python docs/generate.py

clean: ## Remove what was installed and built here, but no data
	rm -rf .venv widget/node_modules examples/node_modules examples/astro/node_modules examples/astro/.astro .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "embedcomments needs Python 3.11 or newer; set PYTHON=… to use another one")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip

.venv/installed: pyproject.toml $(PLUGINS) | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable . $(foreach plugin,$(PLUGINS),--editable $(dir $(plugin)))
	@touch $@

.venv/developing: pyproject.toml $(PLUGINS) | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]' $(foreach plugin,$(PLUGINS),--editable $(dir $(plugin)))
	@touch $@ .venv/installed

examples/node_modules/.package-lock.json: examples/package-lock.json
	cd examples && npm ci --silent --no-fund --no-audit
	@touch $@

examples/astro/node_modules/.package-lock.json: examples/astro/package-lock.json
	cd examples/astro && npm ci --silent --no-fund --no-audit
	@touch $@

widget/node_modules/.package-lock.json: widget/package.json widget/package-lock.json
	cd widget && npm ci --silent --no-fund --no-audit
	@touch $@
