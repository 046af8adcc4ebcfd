# Everything lives inside the checkout: uv in .tools, packages in .venv, data in var.
# Needed on the machine: Python 3.11 or newer, git, make.

PORT ?= 8000
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$p && break; done)
UV ?= $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
RUN := .venv/bin/python

.PHONY: help install run manage test test-postgres test-long coverage bench audit lock clean
.PHONY: lint lint-style lint-types lint-imports lint-migrations lint-locks

help:
	@echo "make install   install everything into this folder"
	@echo "make run       start the demo portal on http://127.0.0.1:$(PORT) (make run PORT=8001 for another port)"
	@echo "make manage    run a command of the portal beside the demo (make manage ARGS=help)"
	@echo "make test      run all tests (make test ARGS='-k worker' for some)"
	@echo "make test-postgres   run all tests on a PostgreSQL that is made for them and thrown away"
	@echo "make test-long  change the rules of the review line by line: a test has to notice; then make coverage (an hour or more)"
	@echo "make coverage  run all tests and measure which lines and branches they reach"
	@echo "make bench     compare API, queue and the reader of connect.yaml with a floor (make bench ARGS='api --help')"
	@echo "make lint      check style, types, import contracts, migrations and locks (make lint-style for one of them)"
	@echo "make audit     compare locked packages with known vulnerabilities (make audit ARGS=--online asks the OSV service)"
	@echo "make lock      regenerate the lock files from pyproject.toml"
	@echo "make clean     remove what was installed; var/ with its data stays"

install: .venv/.installed

# A virtual environment where Python has one; Debian ships it apart, so a folder of packages serves too.
.tools/bin/uv:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found. Install it, or say where: make PYTHON=/path/to/python3"; exit 1; }
	@echo "Installing uv into .tools ..."
	@rm -rf .tools
	@{ $(PYTHON) -m venv .tools >/dev/null 2>&1 && .tools/bin/python -m pip install --quiet 'uv>=0.9,<0.14'; } \
		|| { rm -rf .tools && $(PYTHON) -m pip install --quiet --target .tools 'uv>=0.9,<0.14'; } \
		|| { echo "uv could not be installed: Python needs its module pip (Debian: apt install python3-venv)."; exit 1; }

.venv/.installed: requirements-dev.lock | $(UV)
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found. Install it, or say where: make PYTHON=/path/to/python3"; exit 1; }
	@echo "Installing packages into .venv ..."
	@$(UV) venv --quiet --allow-existing --no-python-downloads --python "$(PYTHON)" .venv
	@$(UV) pip sync --quiet --require-hashes --python $(RUN) requirements-dev.lock
	@touch $@

run: install
	@PORT=$(PORT) exec $(RUN) bin/run

manage: install
	@$(RUN) bin/run manage $(ARGS)

test: install
	$(RUN) -m pytest $(ARGS)

test-postgres: install
	.ci/postgres.sh $(RUN) -m pytest $(ARGS)

# Every run of mutmut begins with a copy of this database instead of the migrations. Its repositories and databases are
# in memory where the system has a folder there, and apart from those of other tests, which pytest would clear away each
# time. ARGS names some of the changes.
test-long: install
	@mkdir -p var/tests && rm -f var/tests/migrated.sqlite3
	@DATABASE_URL="sqlite:///$(CURDIR)/var/tests/migrated.sqlite3" DJANGO_SETTINGS_MODULE=tests.settings $(RUN) manage.py migrate -v0
	@folder=$$(mktemp -d $(firstword $(wildcard /dev/shm) /tmp)/mutants.XXXXXX) && trap 'rm -rf "$$folder"' EXIT \
		&& TMPDIR="$$folder" .venv/bin/mutmut run $(ARGS)
	$(RUN) .ci/mutants.py
	BAD_VALUES=all $(RUN) -m pytest -q tests/config/test_hostile_input.py
	@$(MAKE) --no-print-directory coverage ARGS='-n auto'

# The floor is in pyproject.toml. A part of the tests is measured by itself: make coverage ARGS=tests/validator COVER='validator/*'
coverage: install
	.venv/bin/coverage erase
	.venv/bin/coverage run -m pytest $(ARGS)
	.venv/bin/coverage combine --quiet
	.venv/bin/coverage report $(if $(COVER),--include='$(COVER)')

bench: install
	@test -x devtools/bench/run || { echo "There is nothing to measure: devtools/bench/run is missing."; exit 1; }
	devtools/bench/run $(ARGS)

# The fast half of the gate. The locks come last, because only they need the package index.
lint: lint-style lint-types lint-imports lint-migrations lint-locks

lint-style: install
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check --quiet

lint-types: install
	$(RUN) -m mypy

lint-imports: install
	.venv/bin/lint-imports --no-logo

# On an empty database that is thrown away: yours may hold the migrations of another branch.
lint-migrations: install
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && export DATABASE_URL="sqlite:///$$folder/empty.sqlite3" \
		&& DJANGO_SETTINGS_MODULE=tests.settings $(RUN) manage.py makemigrations --check --dry-run

lint-locks: install | $(UV)
	UV=$(UV) $(RUN) .ci/locks.py

audit: install
	$(RUN) .ci/audit.py $(ARGS)

lock: $(UV)
	$(UV) lock --quiet
	$(UV) export --quiet --no-emit-project --no-emit-local --no-dev -o requirements.lock
	$(UV) export --quiet --no-emit-project --no-emit-local --all-groups -o requirements-dev.lock

clean:
	rm -rf .venv .tools staticfiles .mypy_cache .ruff_cache .pytest_cache .import_linter_cache mutants
