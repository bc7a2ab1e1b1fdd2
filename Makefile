# Needs Python 3.11 or newer, pip and make. The first call builds .venv in the checkout from the lock files; later
# calls reuse it, and install again only after a change of a lock file. No virtual environment has to be active.

VENV := .venv
BIN := $(VENV)/bin
UV := sh scripts/uv
# Compiled once here, where a read-only home or PYTHONDONTWRITEBYTECODE would make each command compile them again.
INSTALL := $(UV) pip install --compile-bytecode --quiet --python $(BIN)/python
# The locks hold what PyPI has: extra indexes of the machine's pip must not leak into them.
COMPILE := PIP_CONFIG_FILE=/dev/null UV_CUSTOM_COMPILE_COMMAND='make lock' $(UV) pip compile --quiet --universal \
	--python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow check lint types format lock docs bench-read bench-ground bench-model bench-curate bench-picks \
	train-picks train-roles bench-extract bench-store bench-requests test-model \
	bench-scale bench-day bench-backfill bench-site bench-growth views-digest screenshots clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do \
		printf '  make %-14s%s\n' "$$name" "$$what"; done

demo: $(VENV)/run.stamp  ## the bundled sample day through the whole pipeline: no key, no network
	@$(BIN)/daily-papers demo

test: $(VENV)/dev.stamp  ## the test suite
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

test-slow: $(VENV)/dev.stamp  ## the slow tests: kills, workers, other databases
	@$(BIN)/python -m pytest -m slow --numprocesses 3 --dist loadfile $(ARGS)

test-model: $(VENV)/dev.stamp  ## one sample paper by a real small model: minutes on one core, a download of 100 MB
	@$(BIN)/python -m tests.real_model

check: lint types test  ## all checks before a commit

lint: $(VENV)/dev.stamp  ## ruff: rules and format; import-linter: which folder may import which
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/lint-imports --no-cache

types: $(VENV)/dev.stamp  ## mypy, strict
	@$(BIN)/mypy

format: $(VENV)/dev.stamp  ## fix and format with ruff
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

lock:  ## bring both lock files up to date with pyproject.toml (ARGS=--upgrade: to the newest versions)
	@$(COMPILE) pyproject.toml --output-file requirements.lock $(ARGS)
	@$(COMPILE) pyproject.toml --group dev --constraints requirements.lock --output-file requirements-dev.lock $(ARGS)

docs: $(VENV)/dev.stamp  ## docs/tables.md from the registry of columns, docs/commands.md from the commands' help
	@$(BIN)/python -m papers.tables.table_docs > docs/tables.md
	@$(BIN)/python -m flows.cli.command_docs > docs/commands.md

train-roles: $(VENV)/dev.stamp  ## learn the weights of the sentence roles from ../shared/roles
	@$(BIN)/python -m scripts.train_roles $(ARGS)

bench-extract: $(VENV)/dev.stamp  ## the extract: roles, parts, CPU (ARGS='--against DIR': the same of another checkout)
	@$(BIN)/python -m tests.bench.bench_extract $(ARGS)

bench-read: $(VENV)/dev.stamp  ## how well and how fast papers are read
	@$(BIN)/python -m tests.bench.bench_read $(ARGS)

bench-model: $(VENV)/dev.stamp  ## a whole day by a replayed model: lies, a kill, faults
	@$(BIN)/python -m tests.bench.bench_model $(ARGS)

bench-ground: $(VENV)/dev.stamp  ## right and wrong numbers, roles, computed statements; CPU (ARGS="roles --misses 3")
	@$(BIN)/python -m tests.bench.bench_ground $(ARGS)

bench-curate: $(VENV)/dev.stamp  ## repeats, verdicts and editions over all recorded days in any order; roundups
	@$(BIN)/python -m tests.bench.bench_curate $(ARGS)

bench-picks: $(VENV)/dev.stamp  ## picks beside those of editors (2024); reasons, must-reads and directions of the recorded days
	@$(BIN)/python -m tests.bench.bench_picks $(ARGS)

train-picks: $(VENV)/dev.stamp  ## fit the weights of words, interest and upvotes to editors' picks of 2024
	@$(BIN)/python -m scripts.train_picks $(ARGS)

bench-scale: $(VENV)/dev.stamp  ## whether many processes keep arXiv's and the model's limits together
	@$(BIN)/python -m tests.bench.bench_scale $(ARGS)

screenshots: $(VENV)/dev.stamp  ## pictures of the site and of Prefect's UI, from the bundled sample (needs chromium)
	@$(BIN)/python -m scripts.site_screenshots
	@$(BIN)/python -m scripts.ui_screenshots

bench-store: $(VENV)/dev.stamp  ## the store: writers side by side, a long history, a year's query, kills
	@$(BIN)/python -m tests.bench.bench_store $(ARGS)

bench-requests: $(VENV)/dev.stamp  ## S3 requests and objects of a first and a second run and of 1,000 unchanged days (Ceph)
	@$(BIN)/python -m tests.bench.bench_requests $(ARGS)

bench-day: $(VENV)/dev.stamp  ## a day through the flow against its plain functions; reading over analysing; CPU of the command
	@$(BIN)/python -m tests.bench.bench_day $(ARGS)

bench-backfill: $(VENV)/dev.stamp  ## all recorded days: time, memory, requests; again; on two workers (ARGS='--days 10')
	@$(BIN)/python -m tests.bench.bench_backfill $(ARGS)

bench-site: $(VENV)/dev.stamp  ## the site over all recorded days: full build, update by a day, search index
	@$(BIN)/python -m tests.bench.bench_site $(ARGS)

bench-growth: $(VENV)/dev.stamp  ## how time grows with hostile text, for every function with a regular expression
	@$(BIN)/python -m tests.bench.bench_growth $(ARGS)

views-digest: $(VENV)/dev.stamp  ## hashes of all views, to compare two versions (ARGS="--output FILE"), or orders of dates ("--orders 50")
	@$(BIN)/python -m tests.bench.views_digest $(ARGS)

clean:  ## remove what make and the tools created; the store and the editions stay
	rm -rf $(VENV) .uv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

$(VENV)/pyvenv.cfg:
	@echo 'Building $(VENV) …'
	@$(UV) venv --quiet $(VENV)

# pip checks each file against the lock's hashes; the project itself is installed in place.
$(VENV)/run.stamp: requirements.lock pyproject.toml | $(VENV)/pyvenv.cfg
	@echo 'Installing requirements.lock …'
	@$(INSTALL) --require-hashes --requirement requirements.lock
	@$(INSTALL) --no-deps --editable .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml | $(VENV)/pyvenv.cfg
	@echo 'Installing requirements-dev.lock …'
	@$(INSTALL) --require-hashes --requirement requirements-dev.lock
	@$(INSTALL) --no-deps --editable .
	@touch $@
