# Needs only make and Python >= 3.11 with pip. `make` alone lists the commands.
#
#   make test PYTHON=python3.13     with another interpreter (default: the first suitable one found)
#   make test UV=                   with pip even where uv is installed
#   make test CONSTRAINTS=          with the newest versions in place of those in constraints.txt
#   make test JOBS=8                with more test processes
#   make test TESTS="tests/theory"  with part of the test suite
#   make test-newest QUICK="tests"  with other tests (also test-lowest)

PYTHON ?=
UV ?= uv
CONSTRAINTS ?= constraints.txt
JOBS ?= 2
TESTS ?=
# What test-newest and test-lowest run: activations and other parts of the theory, predictions, sweeps (xarray),
# the command line with its pictures (matplotlib), and the doctests of every module (reprs, sympy).
QUICK ?= -m "not slow" src tests/theory tests/numerics/predictions/test_predictor.py \
	tests/numerics/grids/test_parameter_grid.py tests/face/test_command_line.py tests/face/test_house.py \
	tests/face/test_requirements.py
export PYTHON UV CONSTRAINTS

BIN := .venv/bin
STAGE := sh .ci/stage

# One BLAS thread per process: reproducible, and faster where several processes run. No screen is needed.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export MPLBACKEND := Agg

.PHONY: help demo test test-newest test-lowest docs witness figures gallery format benchmark coverage
.PHONY: wheel-check sdist-check links-check clean
.DEFAULT_GOAL := help
.NOTPARALLEL:

help:
	@echo "make demo         predict, simulate and draw one example; prints a table and the picture's path"
	@echo "make test         everything that must hold: style, types, layers, tests, doctests, README"
	@echo "make test-newest  the quick tests on the newest Python found, with the newest versions"
	@echo "make test-lowest  the quick tests on Python 3.11, with the lowest versions that pyproject.toml allows"
	@echo "make docs         the documentation site, into build/docs"
	@echo "make witness      every statement of the theory against simulation, quick (2 minutes)"
	@echo "make figures      every figure, quick, into build/figures (4 minutes)"
	@echo "make gallery      every figure as printed, with docs/gallery/gallery.md; goes on where it was"
	@echo "make format       put the code into the common format"
	@echo "make coverage     run the tests and list the lines that none of them reaches"
	@echo "make benchmark    measure the speed of what is in benchmarks/"
	@echo "make wheel-check  build the wheel and use it from a fresh environment elsewhere"
	@echo "make sdist-check  unpack the sdist and run quick tests there, in a fresh environment"
	@echo "make links-check  run quick tests in a clone of the last commit that has no symlinks"
	@echo "make clean        remove .venv, caches and builds"
	@echo "Each sets up what it needs in .venv, or in build/venv-newest and build/venv-lowest."

demo:
	@sh .ci/setup demo
	@$(STAGE) "the demo: predicted and simulated test error against model width" $(BIN)/python -m detequiv demo

test:
	@sh .ci/setup test
	@$(STAGE) "common mistakes: ruff check" $(BIN)/ruff check --quiet .
	@$(STAGE) "format: ruff format --check (make format repairs it)" $(BIN)/ruff format --check --quiet .
	@$(STAGE) "types: mypy --strict" $(BIN)/mypy
	@$(STAGE) "layers: import-linter" $(BIN)/lint-imports --no-logo
	@$(STAGE) "tests, doctests and README examples: pytest, $(JOBS) processes" \
		$(BIN)/pytest -n $(JOBS) --quiet $(TESTS)

# $(call quick_tests,newest or lowest,constraints file): each in its own environment, with its own Python.
define quick_tests
	@python=$$(sh .ci/interpreter $(1)) || { echo "no suitable Python for test-$(1) found; specify one: make test-$(1) PYTHON=/path/to/python3" >&2; exit 1; }; \
		PYTHON="$$python" CONSTRAINTS="$(2)" ENVIRONMENT=build/venv-$(1) sh .ci/setup test
	@echo "== $(1) versions: $$(build/venv-$(1)/bin/python .ci/versions.py)"
	@$(STAGE) "quick tests with the $(1) versions: pytest, $(JOBS) processes" \
		build/venv-$(1)/bin/pytest -n $(JOBS) --quiet $(QUICK)
endef

test-newest:
	$(call quick_tests,newest,)

test-lowest:
	$(call quick_tests,lowest,.ci/lowest.txt)

format:
	@sh .ci/setup test
	@$(STAGE) "what ruff can repair by itself" $(BIN)/ruff check --fix .
	@$(STAGE) "format" $(BIN)/ruff format .

witness:
	@sh .ci/setup test
	@$(STAGE) "witness: every statement against simulation" \
		sh -c 'mkdir -p build && $(BIN)/python -m detequiv witness --out build/witness.md'

figures:
	@sh .ci/setup test
	@$(STAGE) "figures: every one is drawn" $(BIN)/python -m detequiv figures all --quick --out build/figures

gallery:
	@sh .ci/setup test
	@$(STAGE) "figures: as printed, into docs" $(BIN)/python -m detequiv figures all --full --out docs/gallery

docs:
	@sh .ci/setup docs
	@$(STAGE) "documentation: sphinx-build, warnings are errors; open build/docs/index.html" \
		$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --nitpicky -b html docs build/docs

coverage:
	@sh .ci/setup test
	@$(STAGE) "tests with line and branch coverage" $(BIN)/coverage run $(BIN)/pytest --quiet $(TESTS)
	@$(BIN)/coverage report

benchmark:
	@sh .ci/setup test
	@for file in benchmarks/*.py; do $(STAGE) "$$file" $(BIN)/python $$file || exit 1; done

wheel-check:
	@sh .ci/setup test
	@$(STAGE) "wheel: build, install elsewhere, predict" $(BIN)/python .ci/wheel_check.py

sdist-check:
	@sh .ci/setup test
	@$(STAGE) "sdist: build, unpack, run quick tests there" $(BIN)/python .ci/sdist_check.py

links-check:
	@sh .ci/setup test
	@$(STAGE) "a clone without symlinks: predict, run quick tests, build the wheel" \
		$(BIN)/python .ci/links_check.py

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	rm -rf .coverage .coverage.* htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
