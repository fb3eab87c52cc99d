# Two commands on a fresh machine: `make demo` and `make test`.
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# What is compiled once need not be compiled by each process anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-slow check browser bench lock clean

demo: $(READY)
	$(BIN)/halves demo

# Three at once on two cores: threads of their own would only wait for each other.
test: export OMP_NUM_THREADS := 1
test: check browser
	$(BIN)/pytest -q -n 3
	HALVES_TEST_DATABASE=postgresql $(BIN)/pytest -q -n 3 -m 'house and not slow and not matrix' tests

test-slow: $(READY)
	$(BIN)/pytest -q -m slow
	HALVES_TEST_DATABASE=postgresql $(BIN)/pytest -q -n 3 -m 'house and matrix' tests

# A browser for the tests: Debian's where we may install it, else Playwright's own.
browser: $(READY)
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	&& apt-get update -qq && apt-get install -qq -y chromium >/dev/null; } \
	|| $(BIN)/playwright install chromium || echo 'No browser could be installed: browser tests are skipped.'

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)
	$(BIN)/python -m bench

$(READY): requirements.lock pyproject.toml
	python3 -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# The lock holds names, versions and hashes, and no host: any index serves it.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --all-extras --group dev pyproject.toml --output-file requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
