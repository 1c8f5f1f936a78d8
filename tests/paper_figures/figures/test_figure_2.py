"""Figure 2: its terms, what its panels show, and that it draws."""

from pathlib import Path

import pandas as pd
import pytest

from detequiv.paper_figures.computing.work import Work
from detequiv.paper_figures.drawing.style import styled
from detequiv.paper_figures.figures import figure_2
from detequiv.paper_figures.setups import figure_5_setup

# Bias, variance and collapse at c² = 1, computed by tests/reference (80 digits, its own formulas).
TERMS = {
    100: (0.519369, 0.00249989, 0.119995),
    500: (2.48949, 0.479594, 12.9239),
    1000: (0.101347, 0.0632182, 1.68602),
}


@pytest.mark.parametrize("width", TERMS)
def test_the_terms_pass_the_landmarks(width: int) -> None:
    here = figure_5_setup.lines().sel(width=width, quality=1.0)
    found = [f"{float(here[term]):.6g}" for term in ("bias", "variance", "collapse")]
    assert found == [f"{x:.6g}" for x in TERMS[width]]


def test_only_collapse_knows_the_quality_and_is_proportional_to_it() -> None:
    table = figure_5_setup.lines()
    assert figure_2.series(table, "bias") == figure_2.series(table, "variance") == [0.0]
    assert figure_2.series(table, "collapse") == [0.1, 0.5, 1.0]
    assert figure_2.series(table, "error") == [0.0, 0.1, 0.5, 1.0]
    shares = table.collapse / table.collapse.sel(quality=1.0)
    assert abs(shares - table.quality).max() < 1e-12  # linear in Δ: rounding of c² Σ⁻¹ alone


def test_every_term_peaks_where_width_meets_samples() -> None:
    for term in figure_2.PANELS:
        peak = figure_5_setup.lines()[term].sel(quality=1.0).idxmax("width")
        assert abs(int(peak) - 500) <= 2  # a step of the lines


@pytest.mark.slow
def test_each_panel_is_judged_by_its_own_term(made: dict[str, list[Path]]) -> None:
    _, _, csv, _, caption = made["2"]
    said = " ".join(caption.read_text(encoding="utf-8").split())
    assert "bias, of 2 points" in said and "variance, of 2 points" in said
    assert "collapse, of 6 points" in said and "error, of 8 points" in said
    table = pd.read_csv(csv)
    assert len(table.dropna(subset="simulated")) == 2 * 4 * 4 and "point_verdict" in table
    assert len(table) == len(figure_5_setup.WIDTHS) * 4 * 4


def test_panels_have_their_words_and_series() -> None:
    points = figure_5_setup.simulated((10, 100), Work(trials=2, seed=0))
    with styled():
        figure = figure_2.draw(figure_5_setup.lines(), points, "title")
    assert [axes.get_title("left") for axes in figure.axes] == [*figure_2.PANELS.values()]
    assert len({axes.get_ylim() for axes in figure.axes}) == 1  # terms are compared at a glance
    # the threshold, and a line for each series; points are containers of their own
    drawn = [sum(len(line.get_xdata()) > 2 for line in axes.lines) for axes in figure.axes]
    assert drawn == [1, 1, 3, 4]
