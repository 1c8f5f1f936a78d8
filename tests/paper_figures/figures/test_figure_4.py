"""Figure 4: the share of figure 5, its symmetries, and that it draws."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest

import detequiv as de
from detequiv.paper_figures.computing.work import Work
from detequiv.paper_figures.drawing.captions import tally
from detequiv.paper_figures.drawing.style import styled
from detequiv.paper_figures.drawing.tables import Tables
from detequiv.paper_figures.figures import figure_4
from detequiv.paper_figures.setups import figure_5_setup
from detequiv.paper_figures.setups import sample_split_setup as splits

# The published curves of figure 5, which is p₂ = .4, to the digits that are shown.
WIDTHS = [10, 100, 200, 300, 400, 480, 500, 520, 600, 700, 800, 1000]
LANDMARKS = {
    0.0: [0.814, 0.522, 0.460, 0.464, 0.584, 1.61, 2.97, 1.43, 0.405, 0.255, 0.205, 0.165],
    1.0: [0.825, 0.642, 0.744, 1.02, 1.86, 7.59, 15.9, 8.50, 3.13, 2.34, 2.07, 1.851],
}

LINE = tuple(sorted({*figure_4.LINE[::5], *WIDTHS, 80, *range(490, 511, 2)}))
"""A quarter of the widths of the lines: all around the threshold, and what is looked at below."""


@pytest.fixture(scope="module", autouse=True)
def fewer_widths() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figure_4, "LINE", LINE)
        figure_4.lines.cache_clear()
        yield
    figure_4.lines.cache_clear()


@pytest.fixture(scope="module")
def tables() -> Tables:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figure_4, "SIZES", ((10, 200), (80,)))
        return figure_4.compute(Work(trials=2, seed=1))


@pytest.mark.parametrize("quality", LANDMARKS)
def test_the_line_of_two_fifths_passes_the_landmarks(quality: float) -> None:
    found = figure_4.lines().error.sel(quality=quality, fraction=0.4, width=WIDTHS).values
    assert [float(f"{x:.3g}") for x in found] == [float(f"{x:.3g}") for x in LANDMARKS[quality]]


def test_perfect_labels_make_one_line_of_all_shares() -> None:
    error = figure_4.lines().error.sel(quality=0.0)
    assert (abs(error / error.isel(fraction=0) - 1) < 1e-11).all()


def test_every_line_peaks_at_the_threshold() -> None:
    assert (figure_4.lines().error.idxmax("width") == 500).all()


def test_the_widest_model_is_best_while_the_product_of_share_and_quality_is_below_a_tenth() -> None:
    best = figure_4.lines().error.idxmin("width")
    product = best.fraction * best.quality
    assert ((best == 1000) == (product < 0.099)).all()
    narrow = best.where(product > 0.099)
    for quality in (0.5, 1.0):
        there = narrow.sel(quality=quality).dropna("fraction").values
        assert len(there) > 3 and there[0] < 250 and (np.diff(there) <= 0).all()
        assert there[-1] < 0.6 * there[0]  # the narrower the larger p₂


@pytest.mark.parametrize(("fraction", "quality"), [(0.2, 0.5), (0.1, 1.0)])
def test_where_a_narrow_model_is_best_an_infinitely_wide_one_is_not(fraction: float, quality: float) -> None:
    linear = dataclasses.replace(splits.mix(10, fraction, quality), ridge=0.0, model=de.Linear())
    least = figure_4.lines().error.sel(fraction=fraction, quality=quality).min()
    assert de.predict(linear).error > float(least)


def test_before_the_threshold_more_bad_labels_are_worse() -> None:
    error = figure_4.lines().error.sel(quality=1.0).sel(width=slice(10, 460))
    assert (error.diff("fraction") > 0).all()


def test_beyond_the_threshold_collapse_is_symmetric_about_three_fifths() -> None:
    """c²u p₂(1 − p₂n/d): equal at .4 and .8, largest at .6."""
    beyond = figure_4.lines().collapse.sel(quality=1.0).sel(width=slice(520, 1000))
    low, high = beyond.sel(fraction=0.4), beyond.sel(fraction=0.8)
    assert abs(high / low - 1).max() < 0.01  # not 0, for the ridge is not; largest at the threshold
    assert (beyond.idxmax("fraction") == 0.6).all()
    shares = beyond.fraction * (1 - beyond.fraction * 500 / 600)
    level = beyond / shares
    assert abs(level / level.sel(fraction=0.6) - 1).max() < 0.01


def test_lines_are_simulated_in_turn(tables: Tables) -> None:
    ran = tables.points.trials.transpose("fraction", "width")
    assert ran.width.values.tolist() == [10, 80, 200]
    assert ran.values.tolist() == [[2, 0, 2], [0, 2, 0]] * 3
    there = tables.points.simulated.notnull().all(["quality", "term"])
    assert (there == (ran > 0)).all()


def test_a_point_is_that_of_figure_5(tables: Tables) -> None:
    patched = tables.points.sel(fraction=0.4, width=80, term="error")
    own = figure_5_setup.simulated((80,), Work(trials=2, seed=1)).sel(width=80, term="error")
    assert np.array_equal(patched.simulated.values, own.simulated.values)


def test_the_caption_says_its_setting_and_how_many_trials(tables: Tables) -> None:
    said = " ".join(figure_4.caption(tables).split())
    assert "appendix A.1 of the paper says I/d" in said and "n = 500" in said
    assert "2 simulated trials" in said


def test_the_caption_counts_and_the_panels_have_six_lines(tables: Tables) -> None:
    assert tally(tables.points.verdict) in " ".join(figure_4.caption(tables).split())
    with styled():
        figure = figure_4.draw(*tables, "title")
    for quality, axes in zip(tables.lines.quality.values, figure.axes, strict=True):
        assert f"$c^2$ = {quality:g}" in axes.get_title("left")
        assert sum(len(line.get_xdata()) == len(figure_4.LINE) for line in axes.lines) == 6
        assert any("m = n" in text.get_text() for text in axes.texts)
