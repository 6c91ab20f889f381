.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000

help: ## Say what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(VENV)/.installed: pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

$(VENV)/.translated: $(VENV)/.installed $(wildcard feedback/translations/*/LC_MESSAGES/*.po)
	$(BIN)/python -m feedback.web.catalogues
	@touch $@

run: $(VENV)/.translated ## Start the web server and the jobs with the demo company (PORT=…, DATABASE_URL=…)
	@PORT=$(PORT) $(BIN)/python -m feedback up --port $(PORT)

check: $(VENV)/.translated ## Lint, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

system: # Chromium and PostgreSQL for the tests, where apt can install them
	@sh tests/system_packages.sh

test: check system ## Everything that CI runs: checks and all tests on SQLite and PostgreSQL, with a browser
	$(BIN)/python -m pytest -n 2
	CLOSEDLOOP_TEST_DATABASE=postgresql $(BIN)/python -m pytest -n 2 tests/slices tests/migrations

bench: $(VENV)/.translated ## Measure: ours, the limit, and what a user would do otherwise
	$(BIN)/python -m benchmarks

messages: $(VENV)/.installed ## Collect the texts for people from the code into the catalogues, for translation
	$(BIN)/pybabel -q extract -F babel.cfg --no-wrap --omit-header --add-location=file --sort-by-file -o feedback/translations/messages.pot feedback dashboards jobs
	$(BIN)/pybabel -q update --no-wrap --no-fuzzy-matching --ignore-obsolete --omit-header -i feedback/translations/messages.pot -d feedback/translations

lock: ## Pin the dependencies again
	$(BIN)/uv pip compile --quiet --universal --no-header --generate-hashes --all-extras pyproject.toml -o requirements.lock

.PHONY: help run check system test bench messages lock
