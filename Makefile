# Needs only make and Python >= 3.11 with pip. `make` alone lists the commands.
#
#   make test PYTHON=python3.13     with another interpreter (default: the first suitable one found)
#   make test UV=                   with pip even where uv is installed
#   make test CONSTRAINTS=          with the newest versions in place of those in constraints.txt
#   make test JOBS=8                with more test processes
#   make test TESTS="tests/theory"  with part of the test suite
#   make test-newest QUICK="tests"  with other tests (also test-lowest)
#   make extended STAGES="pythons"  with part of the stages: pythons, mutation, figures

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
# What `make extended` runs, which modules it mutates, each with its tests, and for how many seconds.
STAGES ?= pythons mutation figures
MUTATION_SECONDS ?= 900
PREDICTED := tests/theory/models,tests/theory/equations,tests/numerics/predictions/test_predictor.py,tests/cross/test_theorems.py
STATED := tests/theory/statements,tests/cross/test_theorems.py,tests/cross/test_propositions.py
MUTATE ?= $(foreach module,models/width_closures equations/error_terms equations/response,theory/$(module).py=$(PREDICTED)) \
	$(foreach module,theorems propositions,theory/statements/$(module).py=$(STATED)) \
	theory/data/label_shifts.py theory/data/degrees.py=tests/cross/test_identities.py,tests/numerics/predictions \
	verify/comparison/agreement.py verify/comparison/alpha_spending.py verify/comparison/intervals.py
export PYTHON UV CONSTRAINTS

BIN := .venv/bin
STAGE := sh .ci/stage

# One BLAS thread per process: reproducible, and faster where several processes run. No screen is needed.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export MPLBACKEND := Agg

.PHONY: help demo test test-newest test-lowest docs witness figures gallery format benchmark coverage
.PHONY: wheel-check sdist-check links-check extended facts clean
.DEFAULT_GOAL := help
.NOTPARALLEL:

help:
	@echo "make demo         predict, simulate and plot an example"
	@echo "make test         style, types, import contracts, tests, doctests, code in README and docs"
	@echo "make test-newest  the quick tests on the newest Python found, with the newest versions"
	@echo "make test-lowest  the quick tests on Python 3.11, with the lowest versions that pyproject.toml allows"
	@echo "make docs         the documentation site, into build/docs"
	@echo "make witness      compare every statement of the theory with simulation (2 minutes)"
	@echo "make figures      draw every figure at small size, into build/figures (4 minutes)"
	@echo "make gallery      draw every figure at full size, into docs/gallery; resumes if interrupted"
	@echo "make format       fix style and format the code"
	@echo "make coverage     run the tests and list the lines that no test reaches"
	@echo "make benchmark    run the benchmarks"
	@echo "make wheel-check  build the wheel and use it in a fresh environment"
	@echo "make sdist-check  unpack the sdist and run quick tests there, in a fresh environment"
	@echo "make links-check  run quick tests in a clone of the last commit without symlinks"
	@echo "make extended     before a release: all Pythons found, mutants, figures at full size (hours)"
	@echo "make facts        write CITATION.cff and other files from [tool.detequiv] in pyproject.toml"
	@echo "make clean        remove .venv, caches and builds"
	@echo "Each sets up what it needs in .venv or build/venv-*."

demo:
	@sh .ci/setup demo
	@$(STAGE) "the demo: predicted and simulated test error against model width" $(BIN)/python -m detequiv demo

test:
	@sh .ci/setup test
	@$(STAGE) "lint: ruff check" $(BIN)/ruff check --quiet .
	@$(STAGE) "format: ruff format --check (make format fixes it)" $(BIN)/ruff format --check --quiet .
	@$(STAGE) "types: mypy --strict" $(BIN)/mypy
	@$(STAGE) "import contracts: import-linter" $(BIN)/lint-imports --no-logo
	@$(STAGE) "tests, doctests, code in README and docs: pytest, $(JOBS) processes" \
		$(BIN)/pytest -n $(JOBS) --quiet $(TESTS)
	@sh .ci/not_run

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
	@$(STAGE) "lint: ruff check --fix" $(BIN)/ruff check --fix .
	@$(STAGE) "format: ruff format" $(BIN)/ruff format .

witness:
	@sh .ci/setup test
	@$(STAGE) "witness: compare every statement with simulation" \
		sh -c 'mkdir -p build && $(BIN)/python -m detequiv witness --out build/witness.md'

figures:
	@sh .ci/setup test
	@$(STAGE) "figures at small size" $(BIN)/python -m detequiv figures all --quick --out build/figures

gallery:
	@sh .ci/setup test
	@$(STAGE) "figures at full size, into docs/gallery" $(BIN)/python -m detequiv figures all --full --out docs/gallery

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
	@$(STAGE) "wheel: build, install in a fresh environment, predict" $(BIN)/python .ci/wheel_check.py

sdist-check:
	@sh .ci/setup test
	@$(STAGE) "sdist: build, unpack, run quick tests there" $(BIN)/python .ci/sdist_check.py

links-check:
	@sh .ci/setup test
	@$(STAGE) "a clone without symlinks: predict, run quick tests, build the wheel" \
		$(BIN)/python .ci/links_check.py

extended: export STAGES := $(STAGES)
extended: export JOBS := $(JOBS)
extended: export TESTS := $(TESTS)
extended: export MUTATE := $(MUTATE)
extended: export MUTATION_SECONDS := $(MUTATION_SECONDS)
extended:
	@sh .ci/setup test
	@$(BIN)/python .ci/extended.py

facts:
	@sh .ci/setup test
	@$(BIN)/python .ci/project_facts.py

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	rm -rf .coverage .coverage.* htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
