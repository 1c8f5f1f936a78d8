"""The witness table: that it is complete, that it catches what is wrong, and what it prints.

The table itself is the test of the theory; here a few of its statements run, and false ones.
"""

import argparse
import ast
import dataclasses
import inspect
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import detequiv as de
from detequiv import paper, theory
from detequiv.commands import witness_command as command
from detequiv.numerics import solved_statements as theorems
from detequiv.theory.base.blas_threads import one_thread
from detequiv.theory.statements import (
    generator_bound,
    generator_least_squares,
    least_squares_rounds,
    two_effective_ridges,
    zero_residual,
)
from detequiv.verify import TERMS, trial_seed, witness
from detequiv.verify.witness.witness_problems import unit_problem
from detequiv.verify.witness.witnessed_problem import EQUATIONS, WitnessedProblem
from helpers.refusals import Facts, refused

SIZES = [witness.QUICK, witness.FULL]
TRIALS = 128
"""The first look, which the statements here are made to be decided at."""


def steady(value: float, spread: float = 0.01) -> Any:
    """A trial whose mean is the value."""
    return lambda rng: rng.normal(value, spread)


def statement(theory: float = 1.0, simulated: float = 1.0, **fields: Any) -> witness.Statement:
    made: dict[str, Any] = {"name": "mean", "source": "test", "parameters": "n = 1"}
    return witness.Statement(theory=lambda: theory, draw=steady(simulated), **{**made, **fields})


def run(*statements: witness.Statement) -> witness.Report:
    return witness.run_witnesses((witness.Group("Group", "About.", statements),), trials=TRIALS)


DISAGREES = de.Verdict.DISAGREES

# The registry


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_no_statement_is_there_twice(size: witness.Size) -> None:
    groups = witness.statements(size)
    keys = [s.key for group in groups for s in group.statements]
    assert len(set(keys)) == len(keys)
    assert len({group.title for group in groups}) == len(groups)


def names_in(folder: Path) -> set[str]:
    """Every name and attribute that the modules of a folder use."""
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in folder.glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    return {n.id for n in nodes if isinstance(n, ast.Name)} | {
        n.attr for n in nodes if isinstance(n, ast.Attribute)
    }


FORMULAS = [
    name
    for name, value in vars(theory).items()
    if inspect.isfunction(value)
    and re.match(r"corollary|chain|collapse|optimal|weighted|isotropic_ridge", name)
]
FITTED_GENERATORS = [
    name
    for module in (
        generator_bound,
        generator_least_squares,
        least_squares_rounds,
        two_effective_ridges,
        zero_residual,
    )
    for name in module.__all__
    if name in paper.__all__ and inspect.isfunction(getattr(module, name))
]
STATED = [*FORMULAS, *(name for name in theorems.__all__ if name != "paper_variables"), *FITTED_GENERATORS]


@pytest.mark.slow(keep=10)
@pytest.mark.parametrize("name", STATED)
def test_every_formula_of_the_library_is_witnessed(name: str) -> None:
    assert name in names_in(Path(witness.__file__).parent)


def test_there_are_formulas_to_look_for() -> None:
    assert {"corollary_1", "collapse_plateau_as_printed", "theorem_2_as_printed"} <= set(STATED)
    assert {"best_ridge_error", "fitted_generator_mix", "replace_rounds", "neutral_ridge"} <= set(STATED)


PRINTED = {
    "eq. 15": {"V as printed", "ζ as printed"},
    "Corollary 2": {"E as printed"},
    "eq. 18": {"least E as printed"},
    "Corollary 4": {"ζ as printed"},
    "plateau": {"ζ, many samples as printed"},
}


def test_what_version_2_misprints_is_expected_to_disagree_and_nothing_else() -> None:
    found: dict[str, set[str]] = {}
    for group in witness.statements(witness.QUICK):
        for s in group.statements:
            assert s.known_wrong == s.name.endswith("as printed")
            if s.known_wrong:
                found.setdefault(s.source, set()).add(s.name)
    assert found == PRINTED


@pytest.mark.slow(keep=4)
@pytest.mark.parametrize("number", range(1, 10))
def test_every_identity_is_there(number: int) -> None:
    """The seventh is that of "More is better", and goes by that name."""
    wanted = "More is better" if number == 7 else f"identity {number}"
    sources = {s.source for group in witness.statements(witness.QUICK) for s in group.statements}
    assert wanted in sources


@pytest.mark.slow
def test_exact_routes_agree_where_they_should() -> None:
    """Without simulation, at the sizes of the page: what is stated against the master equations,
    for the whole registry. (CI runs the quick sizes with simulation and the engine.)"""
    for group in witness.statements(witness.FULL):
        for s in group.statements:
            right = s.theory() if s.right is None else s.right()
            assert right != 0
            if EQUATIONS in s.witnesses:
                off = abs(s.theory() - s.witnesses[EQUATIONS]()) > 1e-12 * abs(right)
                assert off == s.known_wrong, s.key


# Verdicts


def test_a_right_statement_is_as_expected() -> None:
    report = run(statement(witnesses={"twice": lambda: 1.0 + 1e-13}))
    (finding,) = report.findings
    assert (finding.verdict, finding.expected, report.status) == (de.Verdict.AGREES, True, 0)


@pytest.mark.parametrize("printed", [False, True])
def test_a_statement_is_caught_where_simulation_says_what_is_not_expected(printed: bool) -> None:
    """10 % off and expected to agree; right and expected to disagree."""
    wrong = statement(expected=DISAGREES) if printed else statement(theory=1.1)
    report = run(wrong, statement(name="other"))
    assert [finding.expected for finding in report.findings] == [False, True]
    assert report.status == 1
    text = witness.page(report, witness.QUICK)
    assert text.count("NOT as expected** |") == 1
    assert "1 statement NOT as expected" in text


def test_a_misprint_that_is_refuted_is_as_expected() -> None:
    report = run(statement(theory=1.1, right=lambda: 1.0, expected=DISAGREES))
    assert report.status == 0
    assert "1 statement as printed in version 2 disagrees, as expected" in witness.summary(report)


def test_an_exact_route_is_heard_where_simulation_sees_nothing() -> None:
    """Off by 1e−6, which no simulation tells from 0."""
    report = run(statement(theory=1.0 + 1e-6, right=lambda: 1.0, witnesses={"exact": lambda: 1.0}))
    (finding,) = report.findings
    assert finding.verdict is de.Verdict.AGREES
    assert report.status == 1
    assert "| +0.0001 % |" in witness.page(report, witness.QUICK)


def test_what_is_undecided_has_a_status_of_its_own() -> None:
    """A mean on the edge of the tolerance, 2 % off."""
    edge, wrong = statement(theory=1.02, right=lambda: 1.0), statement(theory=2.0, name="wrong")
    assert run(edge).status == 3
    assert "1 undecided" in witness.page(run(edge), witness.QUICK)
    assert run(edge, wrong).status == 1


def test_a_wrong_theorem_is_caught_on_a_problem_of_its_own() -> None:
    """σ² = 0.0925 and φ = 0.2: the variance without ridge is σ²φ/(1 − φ), and not σ²φ."""
    case = WitnessedProblem(unit_problem(40, (150, 50), 0.0))
    wrong = case.statement("Theorem 1", "variance", lambda: 0.2 * 0.0925)
    right = case.statement("Theorem 1", "variance", case.predicted("variance"), suffix=" right")
    report = run(wrong, right)
    assert [finding.expected for finding in report.findings] == [False, True]


def test_statements_about_one_problem_see_the_same_trials() -> None:
    """Those of simulate, to the last bit, on one thread of BLAS as in the table."""
    case = WitnessedProblem(unit_problem(20, (30, 10), 0.1), training=True)
    simulated = de.simulate(case.problem, trials=3, seed=5).samples
    draws = {term: case.draw(term) for term in TERMS} | {"training": case.draw_training(0)}
    found: dict[str, list[float]] = {name: [] for name in draws}
    with one_thread():
        for i in range(3):
            for name, draw in draws.items():
                found[name].append(draw(np.random.default_rng(trial_seed(5, i))))
    for term in TERMS:
        assert found[term] == getattr(simulated, term).tolist()
    assert simulated.training_errors[0] is not None
    assert found["training"] == simulated.training_errors[0].tolist()


# The page


@pytest.fixture(scope="module")
def report() -> witness.Report:
    return run(
        statement(name="E", witnesses={"equations": lambda: 1.0}),
        statement(theory=1.5, right=lambda: 1.0, name="E as printed", expected=DISAGREES),
    )


def test_every_row_of_the_page_has_the_cells_of_its_head(report: witness.Report) -> None:
    text = witness.page(report, witness.QUICK)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 6
    assert {row.count("|") for row in rows[:3]} == {8} and {row.count("|") for row in rows[3:]} == {9}
    assert rows[5].startswith("| E | test | n = 1 | 1.0000 | 1.00") and "| = |" in rows[5]


def test_a_refuted_misprint_stands_at_the_top_beside_its_correction(report: witness.Report) -> None:
    text = witness.page(report, witness.QUICK)
    errata = text.partition("## Statements that fail as printed")[2].partition("## ")[0]
    assert "| E | test | n = 1 | 1.5000 | 1.0000 | 1.00" in errata
    assert "as printed" not in text.partition("## Group")[2].partition("---\n\nWritten")[0]


def test_a_misprint_that_simulation_confirms_is_reported_in_its_group() -> None:
    text = witness.page(run(statement(name="E as printed", expected=DISAGREES)), witness.QUICK)
    assert "Statements that fail as printed" not in text
    assert "| **agrees, NOT as expected** |" in text


def test_every_further_witness_has_a_column_of_its_own() -> None:
    """A route that only some statements have leaves the others' cells empty."""
    two = statement(name="two", witnesses={"equations": lambda: 1.0, "engine": lambda: 1.0})
    text = witness.page(run(statement(name="one"), two), witness.QUICK)
    assert "| trials | equations | engine | verdict |" in text
    assert "|  |  | agrees, as expected |" in text and "| = | = | agrees" in text


def test_the_page_says_what_came_of_it_and_how_it_was_made(report: witness.Report) -> None:
    text = " ".join(witness.page(report, witness.FULL).split())
    assert "2 statements: 1 agree" in text and "No verdict is undecided or unexpected." in text
    assert "detequiv witness --full --seed 0" in text
    for package in ("numpy", "scipy"):
        assert f"{package} {__import__(package).__version__}" in text
    assert "as printed" in text


def test_the_same_run_gives_the_same_page() -> None:
    texts = {witness.page(run(statement()), witness.QUICK) for _ in range(2)}
    assert len(texts) == 1


def test_statements_are_chosen_by_any_part_of_their_names() -> None:
    groups = witness.select_statements(witness.statements(witness.QUICK), "corollary 4: ζ")
    kept = [s for group in groups for s in group.statements]
    assert {s.source for s in kept} == {"Corollary 4"}
    assert len(kept) == 6
    with refused(de.SpecError, "statement", "no", "'corollary 9'", "Corollaries 1 and 4"):
        witness.select_statements(groups, "corollary 9")


# The command


def called(line: list[str]) -> int:
    parser = argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    options = parser.parse_args(["witness", *line])
    return int(options.run(options))


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> list[witness.Statement]:
    """Two statements instead of all."""
    kept = [statement(name="one"), statement(name="two", simulated=1.0)]
    group = lambda size: (witness.Group("Group", "About.", tuple(kept)),)  # noqa: E731
    monkeypatch.setattr(witness, "statements", group)
    monkeypatch.setattr(witness, "QUICK", dataclasses.replace(witness.QUICK, trials=TRIALS))
    return kept


@pytest.mark.parametrize(("theory", "status"), [(1.0, 0), (1.1, 1), (1.02, 3)])
def test_the_exit_status_is_that_of_the_verdicts(
    registry: list[witness.Statement], tmp_path: Path, capsys: Any, theory: float, status: int
) -> None:
    registry[0] = statement(theory, name="one", right=lambda: 1.0)
    page = tmp_path / "page.md"
    assert called(["--out", str(page)]) == status
    assert page.read_text(encoding="utf-8").startswith("# The witness table")
    assert str(page) in capsys.readouterr().out


def test_without_out_the_page_goes_to_the_docs_of_a_checkout_or_else_to_the_directory_at_hand(
    registry: list[witness.Statement], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs = tmp_path / "docs"
    monkeypatch.chdir(tmp_path)
    assert called([]) == 0
    docs.mkdir()  # of any project
    assert called(["--seed", "3"]) == 0
    assert "--seed 3`" in (tmp_path / "witness.md").read_text(encoding="utf-8")
    assert list(docs.iterdir()) == []
    (docs / "witness.md").touch()
    assert called(["--seed", "4"]) == 0
    assert "--seed 4`" in (docs / "witness.md").read_text(encoding="utf-8")
    assert "--seed 3`" in (tmp_path / "witness.md").read_text(encoding="utf-8")


def test_only_prints_a_part_and_writes_nothing(
    registry: list[witness.Statement], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    assert called(["--only", "TWO"]) == 0
    text = capsys.readouterr().out
    assert "| two |" in text and "| one |" not in text and "“TWO”" in text
    assert list(tmp_path.iterdir()) == []


def test_only_runs_statements_of_the_registry(capsys: Any) -> None:
    """The cheapest ones that there are."""
    assert called(["--only", "plateau: ζ, many samples (d = 10, n = 8000 + 8000, λ = 0)"]) == 0
    assert "1 agree with simulation" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "facts"),
    [
        (["--out", "page.html"], ("--out", "end .md", "'page.html'")),
        (["--only", "nothing such"], ("statement", "no", "'nothing such'", "Theorem 1")),
        (["--seed", "-1", "--only", "plateau"], ("seed", "non-negative integer", "-1")),
    ],
    ids=["ending", "only", "seed"],
)
def test_bad_options_are_refused_before_the_work(line: list[str], facts: tuple[Facts, ...]) -> None:
    with refused(de.SpecError, *facts):
        called(line)
