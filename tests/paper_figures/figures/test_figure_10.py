"""Figure 10: landmarks, laws of its lines, points on them, and that it draws."""

import pytest

import detequiv as de
from detequiv.paper_figures.computing.work import Work
from detequiv.paper_figures.drawing.captions import tally
from detequiv.paper_figures.drawing.style import styled
from detequiv.paper_figures.drawing.tables import Tables
from detequiv.paper_figures.figures import figure_10

CLEAN, ONCE, SAME, FRESH = figure_10.SERIES


@pytest.fixture(scope="module")
def tables() -> Tables:
    return Tables(figure_10.lines(), figure_10.simulated((300, 1100), Work(trials=40, seed=4)))


def test_the_lines_end_at_the_landmarks() -> None:
    ends = figure_10.lines().error.sel(samples=10_000)
    assert f"{float(ends.sel(series=CLEAN, quality=1.0)):.4f}" == "0.0204"
    assert f"{float(ends.sel(series=SAME, quality=1.0)):.3f}" == "0.027"


def test_the_clean_line_is_least_squares_on_half_of_the_samples() -> None:
    clean = figure_10.lines().error.sel(series=CLEAN)
    law = 100 / (clean.samples / 2 - 100)
    assert abs(clean / law - 1).max() < 1e-12  # a few roundings


@pytest.mark.parametrize("quality", figure_10.QUALITIES)
def test_mixing_once_ends_on_a_plateau_and_rounds_do_not(quality: float) -> None:
    far = figure_10.lines((10**9,)).error.sel(samples=10**9, quality=quality)
    assert float(far.sel(series=ONCE)) == pytest.approx(quality / 4, rel=1e-4)  # p₂²c₀²
    # what is left of c₀² after 5 rounds: p₂^10, a thousandth; the noise, 3d/n at most, is gone
    for series in (SAME, FRESH):
        assert float(far.sel(series=series)) == pytest.approx(quality / 4**5, rel=0.05)


def test_mixing_once_is_what_predict_says() -> None:
    spectrum = de.isotropic(100)
    sources = [
        de.Source(150, spectrum, noise_variance=1.0),
        de.Source(150, spectrum, noise_variance=1.0, shift=de.label_shift(spectrum, 0.1)),
    ]
    error = de.predict(de.Problem(signal=0.01, sources=sources, ridge=0.0)).error
    line = figure_10.lines().error.sel(samples=300, quality=0.1, series=ONCE)
    assert float(line) == pytest.approx(error, rel=1e-11)  # what predict promises


def test_many_samples_put_the_same_real_data_above_clean_and_fresh_ones_below() -> None:
    error = figure_10.lines().error.sel(quality=0.01).sel(samples=slice(500, None))
    clean, same, fresh = (error.sel(series=series) for series in (CLEAN, SAME, FRESH))
    assert (same > clean).all() and (fresh < clean).all()
    small = figure_10.lines((10**6,)).error.sel(samples=10**6, quality=0.01)
    excess = float(small.sel(series=SAME) - small.sel(series=CLEAN)) - 0.01 / 4**5
    # p₂²/(1 − p₂²)·σ²d/n₂ less what 5 rounds have not forgotten of the real labels
    left = (1 - 0.5**5) ** 2 - 1 + (1 - 0.25**5) / 3
    assert excess == pytest.approx(left * 2e-4, rel=0.01)


@pytest.mark.parametrize("quality", figure_10.QUALITIES)
def test_at_the_end_fresh_real_data_are_below_the_clean_fit_and_the_same_ones_above(quality: float) -> None:
    ends = figure_10.lines().error.sel(samples=10_000, quality=quality)
    assert ends.sel(series=FRESH) < ends.sel(series=CLEAN) < ends.sel(series=SAME)


@pytest.mark.slow
def test_points_lie_on_the_lines_that_the_leading_order_misses(tables: Tables) -> None:
    points = tables.points.sel(term="error")
    for n in (300, 1100):
        here = points.sel(samples=n)
        allowed = 4.5 * here.stderr + 2.5 / (n / 2 - 100) * here.predicted  # finite size
        assert (abs(here.simulated - here.predicted) <= allowed).all()
    for series in (SAME, FRESH):
        here = points.sel(samples=300, quality=1.0, series=series)
        form = de.corollary_3_reused if series == SAME else de.corollary_3
        leading = form(rounds=5, aspect_ratio=1 / 3, synthetic_share=0.5, noise_variances=(1, 1), quality=1.0)
        assert abs(float(here.simulated) - leading) > 10 * float(here.stderr)


def test_a_clean_point_has_its_exact_mean(tables: Tables) -> None:
    clean = tables.points.sel(term="error", series=CLEAN, quality=1.0)
    exact = 100 / (clean.samples / 2 - 101)  # E tr (XᵀX)⁻¹ = d/(n₁ − d − 1)
    assert float((abs(clean.simulated - exact) / clean.stderr).max()) < 4.5


def test_the_caption_names_what_was_inferred_and_counts_each_series(tables: Tables) -> None:
    said = " ".join(figure_10.caption(tables).split())
    assert "Inferred" in said and "d = 100" in said and "n/2 real samples alone" in said
    assert "40 simulated trials" in said
    for series in figure_10.SERIES:
        assert tally(figure_10.points_of_series(tables.points, series).verdict) in said
    assert said.count("of 2 points") == 1 and said.count("of 6 points") == 3  # clean is one line
    # the leading order, by hand: p₂^10 + (1 − p₂^5)²·2/3 + (2/3)·(1 − p₂^10)/3 at n = 300
    leading = 0.5**10 + (1 - 0.5**5) ** 2 * 2 / 3 + 2 / 9 * (1 - 0.25**5)
    line = float(tables.lines.error.sel(samples=300, quality=1.0, series=SAME))
    assert f"is {1 - leading / line:.0%} too low at n = 300" in said


def test_the_panels_have_four_series(tables: Tables) -> None:
    with styled():
        figure = figure_10.draw(*tables, "title")
    assert len(figure.axes) == 3
    for quality, axes in zip(figure_10.QUALITIES, figure.axes, strict=True):
        assert f"$c_0^2$ = {quality:g}" in axes.get_title("left")
        long = [line for line in axes.lines if len(line.get_xdata()) == len(figure_10.SAMPLES)]
        assert len(long) == 4
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {figure_10.KEYS[series] for series in figure_10.SERIES} <= set(labels)
