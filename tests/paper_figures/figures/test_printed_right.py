"""Printed against right: the table of known cases, who wins where, and the best weight."""

import dataclasses

import numpy as np
import pytest

from detequiv.paper_figures.computing.work import Work
from detequiv.paper_figures.drawing.style import styled
from detequiv.paper_figures.figures import printed_right
from detequiv.paper_figures.setups.printed_statements import MIX, STATEMENTS, WEIGHTS


@pytest.mark.parametrize(
    ("name", "at", "right", "printed"),
    [  # by hand from the formulas: φ = 1.5 and 3 at p₂ = .3; p₂²c² and p₂² tr Δ at λ = 0
        ("Corollary 4", 1.5, 0.48, 0.288),
        ("Corollary 4", 3.0, 0.135, 0.2565),
        ("eq. 18", 0.01, 0.005 / (0.01 + 0.005 + 0.00125), 1 - 0.375 * 0.0025 / 0.02),
        ("Corollary 2", 0.2, 0.0004 + 0.0025 * (1.28 + 0.02), 1e-6 * 100 + 0.0025 * (0.4 + 0.025)),
    ],
)
def test_the_formulas_are_those_of_the_table(name: str, at: float, right: float, printed: float) -> None:
    statement = STATEMENTS[name]
    assert statement.right(at) == pytest.approx(right, rel=1e-12)
    assert statement.printed(at) == pytest.approx(printed, rel=1e-12)


def test_the_printed_variance_is_as_many_times_too_large_as_there_are_samples() -> None:
    statement = STATEMENTS["Theorem 2, variance"]
    ratios = [statement.printed(m) / statement.right(m) for m in statement.simulated_at]
    assert ratios == pytest.approx([400] * len(ratios), rel=1e-9)


def test_printed_and_right_collapse_meet_where_there_is_one_kind_of_data() -> None:
    statement = STATEMENTS["Theorem 2, collapse"]
    assert statement.right(0) == statement.printed(0) == 0
    assert statement.right(1.0) == pytest.approx(statement.printed(1.0), rel=1e-12)
    assert all(statement.printed(p2) > 1.02 * statement.right(p2) for p2 in (0.1, 0.5, 0.9))


def test_the_titles_of_the_panels_are_what_the_formulas_do() -> None:
    weight, plateau, scarce = (STATEMENTS[n] for n in ("eq. 18", "plateau", "Corollary 4"))
    assert weight.printed(1e6) > 0.999 > 0.001 > weight.right(1e6)  # all to the worst labels
    assert plateau.printed(0.01) == plateau.printed(10.0) > 10 * plateau.right(10.0)
    assert plateau.printed(0.01) == pytest.approx(0.09 * np.mean(1 / power_law_values()))
    assert scarce.right(1e6) < 1e-5 and scarce.printed(1e6) == pytest.approx(0.3, rel=1e-5)


def power_law_values() -> np.ndarray:
    """C/j of mean 1 in 20 dimensions: tr Δ is the mean of the inverses."""
    values = 1 / np.arange(1, 21)
    return values / values.mean()


def test_eq_18_is_the_minimum_of_corollary_2_as_it_should_be() -> None:
    from detequiv.theory import corollary_2

    best, step = STATEMENTS["eq. 18"].right(0.01), 1e-3
    error = [corollary_2(weight=best + x, quality=0.01, **MIX.ratios).total for x in (-step, 0.0, step)]
    assert error[1] < min(error[0], error[2])
    assert error[0] == pytest.approx(error[2], rel=1e-9)  # a parabola


@pytest.mark.slow
def test_the_lines_hold_both_formulas_at_every_simulated_place() -> None:
    lines = printed_right.lines()
    for name, statement in STATEMENTS.items():
        here = lines.sel(statement=name, at=list(statement.simulated_at))
        assert here.right.values.tolist() == [statement.right(x) for x in statement.simulated_at]
        assert bool(here.printed.notnull().all())


@pytest.fixture(scope="module")
def small() -> printed_right.Tables:
    """One place of each panel, those where printed and right are far apart; few trials."""
    at = {
        "Theorem 2, variance": 50,
        "Theorem 2, collapse": 0.3,
        "plateau": 0.1,
        "Corollary 2": 0.2,
        "eq. 18": 0.0232,
        "Corollary 4": 20.0,
    }
    with pytest.MonkeyPatch.context() as patch:
        fewer = {
            name: dataclasses.replace(
                statement, simulated_at=(min(statement.simulated_at, key=lambda x: abs(x - at[name])),)
            )
            for name, statement in STATEMENTS.items()
        }
        patch.setattr(printed_right, "STATEMENTS", fewer)
        return printed_right.compute(Work(trials=16, seed=1))


@pytest.mark.slow
@pytest.mark.parametrize("name", STATEMENTS)
def test_simulation_sides_with_what_is_right(name: str, small: printed_right.Tables) -> None:
    points = small.points.sel(statement=name).dropna("at", subset=["simulated"]).squeeze("at")
    right, printed = points.sel(term="right"), points.sel(term="printed")
    away = abs(points.simulated - points.predicted)
    # five standard errors and the size of the theory's own error, the 2% of the tolerance
    tolerance = 0.02 if name == "eq. 18" else 0.02 * float(right.predicted)
    assert float(away.sel(term="right")) < 5 * float(right.stderr) + tolerance
    assert float(away.sel(term="printed")) > 5 * float(right.stderr) + tolerance
    assert printed.verdict == "disagrees" and right.verdict in ("agrees", "undecided")


def test_the_caption_counts_and_the_picture_has_six_panels(small: printed_right.Tables) -> None:
    said = " ".join(printed_right.caption(small).split())
    assert "16 simulated trials (seed 1)" in said and f"lowest of {len(WEIGHTS)}" in said
    assert all(f"{name}, 0 and" in said for name in STATEMENTS)
    with styled():
        figure = printed_right.draw(*small, "title")
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        statement.title for statement in STATEMENTS.values()
    ]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels[:2] == ["as printed (v2)", "corrected"]
    assert all(np.isfinite(axes.get_xlim()).all() for axes in figure.axes)
