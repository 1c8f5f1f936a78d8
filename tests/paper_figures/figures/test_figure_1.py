"""Figure 1: the diagonal, the frontier, two verdicts in one, and that it draws."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray

import detequiv as de
from detequiv.paper_figures.computing.work import Work
from detequiv.paper_figures.drawing.captions import tally
from detequiv.paper_figures.drawing.style import styled
from detequiv.paper_figures.drawing.tables import Tables
from detequiv.paper_figures.figures import figure_1
from detequiv.paper_figures.setups import figure_5_setup
from detequiv.paper_figures.setups import sample_split_setup as splits

AGREES, UNDECIDED, DISAGREES = "agrees", "undecided", "disagrees"


@pytest.fixture(scope="module")
def tables() -> Tables:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figure_1, "POINTS", (158, 250))
        return figure_1.compute(Work(trials=3, seed=2))


def test_perfect_labels_lie_on_the_diagonal() -> None:
    table = figure_1.lines().sel(quality=0.0)
    assert (abs(table["error"] / table["real"] - 1) < 1e-11).all()  # the same problem, split


def test_worse_labels_and_the_widths_of_the_paper() -> None:
    table = figure_1.lines()
    assert (table.error.diff("quality") > 0).all()
    logarithms = np.log10(table.width.values[[0, -1]] / 500)
    assert logarithms.round(2).tolist() == [-0.5, 0.7]
    # what the paper shows as the smallest error on real data, below the isotropic floor of .217
    small = table["real"].sel(width=1581).isel(fraction=0, quality=0)
    assert float(small) == pytest.approx(0.13, abs=0.005)


def test_the_share_of_figure_5_has_its_landmarks() -> None:
    here = figure_1.lines().sel(fraction=0.4, quality=1.0, width=500)
    assert f"{float(here['error']):.3g} {float(here['real']):.3g}" == "15.9 2.97"
    assert splits.mix(500, 0.4, 1.0) == figure_5_setup.mix(500, 1.0)


def test_the_frontier_is_what_no_width_beats() -> None:
    table = figure_1.lines()
    for p2 in figure_1.FRACTIONS:
        for quality in table.quality.values:
            line = table.sel(fraction=p2, quality=quality)
            x, y = line["real"].values, line["error"].values
            best = figure_1.frontier(x, y)
            for i in range(len(x)):
                beaten = any(
                    x[j] <= x[i] and y[j] <= y[i] and (x[j], y[j]) != (x[i], y[i]) for j in range(len(x))
                )
                assert best[i] == (not beaten)


def test_good_labels_want_the_widest_model_and_bad_ones_leave_a_choice() -> None:
    def on_frontier(fraction: float, quality: float) -> list[int]:
        line = figure_1.lines().sel(fraction=fraction, quality=quality)
        best = figure_1.frontier(line["real"].values, line["error"].values)
        return [int(m) for m in line.width.values[best]]

    for p2 in figure_1.FRACTIONS:
        assert on_frontier(p2, 0.1) == [2506]
        narrow = on_frontier(p2, 1.0)
        assert narrow[-1] == 2506 and len(narrow) > 2 and max(narrow[:-1]) < 400
    assert on_frontier(0.1, 0.5) == [2506] != on_frontier(0.4, 0.5)


def test_the_widest_model_alone_is_on_the_frontier_where_the_caption_says() -> None:
    table = figure_1.lines()
    for p2 in figure_1.FRACTIONS:
        for quality in table.quality.values.tolist():
            line = table.sel(fraction=p2, quality=quality)
            best = line.width.values[figure_1.frontier(line["real"].values, line["error"].values)]
            assert (best.tolist() == [2506]) == (p2 * quality < 0.099)  # "below 0.1"
            assert best[-1] == int(line["real"].idxmin())  # the widest is best on real data
            if len(best) > 1:  # and narrow ones on the mix
                assert best[-2] < 300 and float(line["error"].idxmin()) < 200


def test_no_isotropic_covariance_reaches_the_smallest_error_on_real_data() -> None:
    s = de.power_law(600, 0.0, trace=1.0)
    real = de.Source(500, s, noise_variance=0.01)

    def isotropic(model: de.Linear | de.RandomProjection, ridge: float) -> float:
        return de.predict(de.Problem(signal=1.0, sources=[real], ridge=ridge, model=model)).error

    floor = isotropic(de.Linear(), 0.0)
    assert f"{floor:.3f}" == "0.217"
    widths_there = (*range(20, 3000, 40), 10**5)
    assert min(isotropic(de.RandomProjection(m), 1e-8) for m in widths_there) > floor


@pytest.mark.parametrize(
    ("up", "across", "verdict"),
    [
        (AGREES, AGREES, AGREES),
        (AGREES, UNDECIDED, UNDECIDED),
        (UNDECIDED, UNDECIDED, UNDECIDED),
        (DISAGREES, AGREES, DISAGREES),
        (UNDECIDED, DISAGREES, DISAGREES),
    ],
)
def test_a_point_agrees_in_both_directions_or_not_at_all(up: str, across: str, verdict: str) -> None:
    verdicts = xarray.DataArray([[up, across]], dims=("width", "term"))
    assert figure_1.joint_verdict(verdicts).values.tolist() == [verdict]


@pytest.mark.slow
def test_both_errors_of_a_point_are_simulated(tables: Tables) -> None:
    points = tables.points
    assert points.term.values.tolist() == ["error", "real"]
    off = abs(points.simulated - points.predicted)
    # three trials: within 6 standard errors plus 3% (finite size)
    assert (off <= 6 * points.stderr + 0.03 * points.predicted).all()
    across = points.sel(term="real")
    assert (across.simulated == across.simulated.isel(fraction=0, quality=0)).all()
    rows = tables.rows().reset_index()
    assert isinstance(rows, pd.DataFrame) and set(rows.term) == {"error", "real"}


def test_the_caption_says_what_was_inferred_and_counts_both(tables: Tables) -> None:
    said = " ".join(figure_1.caption(tables).split())
    assert "isotropic" in said and "inferred" in said and "base 10" in said
    assert f"both, {tally(figure_1.joint_verdict(tables.points.verdict))}" in said


def test_the_panels_have_lines_markers_and_stars(tables: Tables) -> None:
    with styled():
        figure = figure_1.draw(*tables, "title")
    titles = [panel.get_title("left") for panel in figure.axes]
    assert titles == ["10% synthetic", "40% synthetic", "80% synthetic"]
    for panel in figure.axes:
        long = [line for line in panel.lines if len(line.get_xdata()) == len(figure_1.WIDTHS)]
        assert len(long) == 4
        stars = [line for line in panel.lines if line.get_marker() == "*"]
        assert len(stars) == 4


@pytest.mark.slow
def test_the_made_figure_has_both_directions(made: dict[str, list[Path]]) -> None:
    table = pd.read_csv(made["1"][2])
    assert set(table.term) == {"error", "real"}
