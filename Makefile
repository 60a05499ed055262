# 两条命令：make run（启动演示）、make test（全部测试）。其余见下。
# Two commands: make run (the demonstration), make test (all tests). The rest is below.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000

.PHONY: run test test-spark equal fuzz lint bench crash clean

run: $(VENV)/.run  ## install, migrate, load the catalog and the demonstration, serve on 127.0.0.1:8000
	FEELEDGER_MODE=demo $(BIN)/python -m feeledger demo --serve --port $(PORT)

test: $(VENV)/.test  ## everything the tests need, and the tests
	@$(BIN)/python .ci/prepare.py
	$(BIN)/python -m pytest -n 2 --dist loadgroup

test-spark: $(VENV)/.spark  ## Spark against the columns, line for line; needs Java 17
	@$(BIN)/python .ci/prepare_spark.py
	$(BIN)/python -m pytest -q tests_spark

equal: $(VENV)/.spark  ## long form: columns, DuckDB, PostgreSQL, Spark, the reference, planted faults, 20 kills
	@$(BIN)/python .ci/prepare_spark.py
	FEELEDGER_KILLS=20 $(BIN)/python -m pytest -n 2 --dist loadgroup --timeout 1500 tests_equal tests/assessment/test_province.py

fuzz: $(VENV)/.test  ## the property tests round after round with new seeds, for FEELEDGER_FUZZ_MINUTES (an hour)
	$(BIN)/python .ci/fuzz.py

lint: $(VENV)/.test  ## ruff, mypy, storeys
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

crash: $(VENV)/.test  ## kill workers, databases and writers twenty times each while a bank pays
	FEELEDGER_CRASHES=20 $(BIN)/python -m pytest tests/crash --timeout 900

bench: $(VENV)/.test  ## figures beside their yardsticks, written to docs/benchmarks.md
	$(BIN)/python -m bench

clean:  ## remove what the commands made
	rm -rf $(VENV) .var

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新版本 / Python 3.11 or newer is needed"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.txt
	@touch $@

$(VENV)/.test: requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-dev.txt
	@touch $@ $(VENV)/.run

$(VENV)/.spark: requirements-spark.txt $(VENV)/.test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spark.txt
	@touch $@
