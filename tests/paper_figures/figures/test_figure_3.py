"""Figure 3: landmarks, floors, whole numbers of samples, and that it draws."""

import numpy as np
import pytest

import detequiv as de
from detequiv.paper_figures.computing.work import Work
from detequiv.paper_figures.drawing.captions import tally
from detequiv.paper_figures.drawing.style import styled
from detequiv.paper_figures.figures import figure_3

FRACTIONS, QUALITIES = figure_3.FRACTIONS, figure_3.QUALITIES

# At n = 100 000 and c² = 1: the published curves, to the digits that are shown.
LANDMARKS = ["0.0010", "0.0011", "0.0111", "0.2513", "1.001"]


def test_the_lines_end_at_the_landmarks() -> None:
    ends = figure_3.lines((100_000,), FRACTIONS).error.sel(samples=100_000, quality=1.0).values
    shown = [f"{x:.{len(mark) - 2}f}" for x, mark in zip(ends, LANDMARKS, strict=True)]
    assert shown == LANDMARKS


def test_the_clean_line_is_the_law_of_least_squares() -> None:
    clean = figure_3.lines(fractions=(0.0,)).error.sel(fraction=0.0)
    law = 100 / (clean.samples - 100)
    assert abs(clean / law - 1).max() < 1e-11  # n − d as 1 − d/n in double: n/(n−d) roundings


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("fraction", FRACTIONS)
def test_collapse_ends_on_the_floor(fraction: float, quality: float) -> None:
    collapse = de.predict(figure_3.mix(10**9, fraction, quality)).collapse
    # the rest of it is p₁p₂c²·d/(n − d), which is at most d/(n − d)/p₂ of the floor
    assert 0 <= collapse / (fraction**2 * quality) - 1 <= 1.1e-7 / fraction


@pytest.mark.parametrize("quality", QUALITIES)
def test_a_line_leaves_the_clean_one_where_the_floor_crosses_it(quality: float) -> None:
    n = round(100 / (0.1**2 * quality))  # σ²d/(p₂²c²)
    table = figure_3.lines((n // 10, n, 10 * n), (0.0, 0.1)).sel(quality=quality)
    before, at, beyond = (table.error.sel(fraction=0.1) / table.error.sel(fraction=0.0)).values
    # clean + p₂²c² + p₁p₂c²·clean: 1.1, 2 and 11 times the clean one, and less than a tenth more
    assert 1.1 < before < 1.2 and 2.0 <= round(at, 3) < 2.1 and 10.9 < beyond < 11.1


def test_only_whole_numbers_of_samples_are_drawn() -> None:
    there = figure_3.lines(tuple(range(200, 1001, 50))).error.isel(quality=0).notnull()
    starts = {p2: int(there.samples[there.sel(fraction=p2).values][0]) for p2 in FRACTIONS}
    assert starts == {0.001: 1000, 0.01: 200, 0.1: 200, 0.5: 200, 1.0: 200}
    assert int(there.sel(fraction=0.01).sum()) == 9  # 200, 300, ... 1000
    for samples, fraction in ((200, 0.001), (250, 0.01), (201, 0.5)):
        assert not figure_3.is_whole(samples, fraction)


def test_lines_are_simulated_in_turn_and_the_largest_sizes_less_often() -> None:
    points = figure_3.simulated(((200, 12_000), (500,)), Work(trials=4, seed=0))
    ran = points.trials.transpose("fraction", "samples")
    assert ran.samples.values.tolist() == [200, 500, 12_000]
    expected = [[0, 0, 3], [0, 4, 0], [4, 0, 3], [0, 4, 0], [4, 0, 3]]  # p₂n whole; 4·10⁴/n, ≥ 3
    assert ran.values.tolist() == expected
    assert (points.simulated.notnull().all(["quality", "term"]) == (points.trials > 0)).all()
    assert ((points.verdict == "") == points.simulated.isnull()).all()


def test_simulated_points_have_the_exact_variance() -> None:
    points = figure_3.simulated(((200,), (500,)), Work(trials=60, seed=3)).isel(quality=0)
    variance = points.sel(term="variance")
    exact = 100 / (variance.samples - 101)  # E tr (XᵀX)⁻¹ = d/(n − d − 1)
    apart = abs(variance.simulated - exact) / variance.stderr
    assert float(apart.max()) < 4.5  # four points, 60 trials: beyond by chance 1 in 10 000


def test_the_signal_does_not_matter() -> None:
    points = figure_3.simulated(((200,), (500,)), Work(trials=4, seed=0)).sel(term="bias")
    assert float(points.predicted.max()) == 0
    assert float(np.nanmax(points.simulated)) < 1e-25  # of a signal of 1: rounding, squared


@pytest.mark.slow
def test_the_figure_names_what_was_inferred_and_counts_its_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure_3, "SIZES", ((1000,), (500,)))
    tables = figure_3.compute(Work(trials=3, seed=5))
    said = " ".join(figure_3.caption(tables).split())
    verdicts = tables.points.sel(term="error").verdict
    assert "Inferred" in said and "d = 100" in said and "3 simulated trials" in said
    assert tally(verdicts) in said and "of 15 points" in said
    with styled():
        figure = figure_3.draw(*tables, "title")
    for quality, axes in zip(QUALITIES, figure.axes, strict=True):
        assert f"$c^2$ = {quality:g}" in axes.get_title("left")
        long = [line for line in axes.lines if len(line.get_xdata()) > 2]  # not points or ticks
        assert len(long) == len(FRACTIONS) + 1  # and the clean one
