"""The public names are those of one stub, for the running package and for type checkers alike."""

import ast
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

import detequiv as de

ROOT = Path(__file__).resolve().parents[2]
STUB = ROOT / "src" / "detequiv" / "__init__.pyi"


def listed() -> list[tuple[str | None, str]]:
    """(home, name) of every import of the stub, in its order."""
    tree = ast.parse(STUB.read_text(encoding="utf-8"))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert all(alias.asname == alias.name for node in imports for alias in node.names)
    return [(node.module, alias.name) for node in imports for alias in node.names]


HOME_OF = {name: home for home, name in listed()}
ALIASES = sorted(name for name, home in HOME_OF.items() if home == "paper")
PRINTED = ["collapse_plateau", "corollary_2", "corollary_4", "optimal_weight", "theorem_2"]


def test_the_stub_can_be_read_in_any_locale() -> None:
    """lazy_loader opens it in the encoding of the locale."""
    assert STUB.read_bytes().isascii()


def test_no_name_is_listed_twice() -> None:
    assert len(listed()) == len(HOME_OF) > 70


def test_the_running_package_has_the_names_of_the_stub() -> None:
    assert sorted(HOME_OF) == de.__all__


@pytest.mark.parametrize("name", sorted(HOME_OF))
def test_every_name_of_the_stub_can_be_loaded(name: str) -> None:
    assert getattr(de, name) is vars(de)[name]


def test_the_everyday_names_are_shown_and_the_aliases_are_not() -> None:
    assert set(dir(de)) == HOME_OF.keys() - set(ALIASES) | {"__version__"}
    assert 30 <= len(dir(de)) <= 48


@pytest.mark.parametrize("name", ALIASES)
def test_statements_are_the_same_objects_at_the_top_and_in_paper(name: str) -> None:
    assert getattr(de, name) is getattr(de.paper, name)


BEYOND = {
    *("FittedGeneratorMix", "fitted_generator_mix", "neutral_ridge", "zero_residual_weights"),
    *("least_squares_same_data", "least_squares_part_of_data", "least_squares_other_data"),
    *("accumulate_rounds", "replace_rounds", "best_ridge", "best_ridge_error"),
    *("FilterFactor", "filter_factor", "acceptance_threshold", "factor_threshold"),
    *("BestFilter", "best_filter", "filter_plateau", "light_filter_helps", "Criterion"),
    *("BestAcceptance", "best_acceptance", "exact_verifier_acceptance"),
    *("filtered_error", "fitted_verifier_error", "FilterRounds", "filter_rounds"),
    *("AgreementLabels", "agreement_labels", "agreement_plateau", "agreement_helps"),
    *("worst_useful_oracle", "MarginLabels", "agreement_with_margin"),
    *("flipped_error", "mixture_error", "probit_error", "sign_error"),
}
"""Closed forms of ``paper`` that are not the paper's."""


def test_paper_shows_each_statement_once() -> None:
    old = {f"{name}_printed" for name in PRINTED}
    assert dir(de.paper) == sorted((set(ALIASES) - old) | BEYOND) == de.paper.__all__


@pytest.mark.parametrize("name", PRINTED)
def test_the_names_that_printed_forms_had_still_work(name: str) -> None:
    assert getattr(de, f"{name}_printed") is getattr(de.paper, f"{name}_as_printed")


@pytest.mark.parametrize("module", [de.paper, de.freeprob], ids=lambda module: module.__name__)
def test_functions_of_paper_and_freeprob_belong_to_them(module: object) -> None:
    functions = inspect.getmembers(module, inspect.isfunction)
    assert functions
    assert {f.__module__ for name, f in functions if name[0] != "_"} == {vars(module)["__name__"]}


def test_a_misspelt_name_is_answered_by_the_nearest() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import detequiv as de; de.prediict"],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
    )
    said = "module 'detequiv' has no attribute 'prediict'. Did you mean: 'predict'?"
    assert said in done.stderr


def test_names_that_are_loaded_at_once_are_the_same() -> None:
    """With EAGER_IMPORT (SPEC 1) lazy_loader loads all of them while the package is imported."""
    code = "import detequiv as de; print(de.predict.__module__, de.theorem_1 is de.paper.theorem_1)"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src"), "EAGER_IMPORT": "1"},
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["detequiv", "True"], done.stderr


TYPED = """\
from typing import assert_type

import detequiv as de

source = de.Source(9, de.isotropic(3))
mix = de.Problem(signal=1.0, sources=[source, source], ridge=0.1)
point = de.predict(mix).fixed_point
assert_type(de.theorem_1(mix), de.Decomposition)
assert_type(de.paper.theorem_2_as_printed(mix, point), de.paper.Decomposition)
assert_type(de.paper_variables(mix, point=point), de.PaperVariables)
assert_type(de.mixing_weights(0.5, (1, 2)), tuple[float, float])
assert_type(de.__version__, str)
names = (NAMES)
de.prediict
de.paper.theorem_3
de.freeprob.dervie
de.theorem_1(mix, mix)
"""
REFUSED = {
    14: 'Module has no attribute "prediict"',
    15: 'Module has no attribute "theorem_3"',
    16: 'Module has no attribute "dervie"',
    17: 'incompatible type "Problem"',
}


@pytest.mark.slow
def test_mypy_knows_the_names_and_refuses_misspelt_ones(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    file = tmp_path / "user.py"
    every = [f"de.{name}" for name in dir(de)]
    every += [
        f"de.{module}.{name}" for module in ("paper", "freeprob") for name in getattr(de, module).__all__
    ]
    file.write_text(TYPED.replace("NAMES", ", ".join(every)), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    errors = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert [int(line.split(":")[1]) for line in errors] == list(REFUSED), done.stdout + done.stderr
    assert all(said in line for said, line in zip(REFUSED.values(), errors, strict=True)), errors
