"""Figure 9: landmarks, its ends, the marked weights, the closed form, and that it draws."""

from collections.abc import Iterator

import numpy as np
import pytest

import detequiv as de
from detequiv.paper_figures.computing.work import Work
from detequiv.paper_figures.drawing.style import styled
from detequiv.paper_figures.drawing.tables import Tables
from detequiv.paper_figures.figures import figure_9
from detequiv.paper_figures.setups import figure_9_setup as weighted_mixes

SERIES = [
    (n1, n2, noise)
    for n1, of in weighted_mixes.SYNTHETIC.items()
    for n2 in of
    for noise in weighted_mixes.NOISES
]

WEIGHTS = (0.0, 0.01, 0.02, 0.03, 0.04, 0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.75, 1.0)
"""Half of those of the lines: all that are least on one of them, and what is looked at below."""


@pytest.fixture(scope="module", autouse=True)
def fewer_weights() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weighted_mixes, "WEIGHTS", WEIGHTS)
        weighted_mixes.lines.cache_clear()
        yield
    weighted_mixes.lines.cache_clear()


def variances(n1: int, n2: int, noise: str) -> tuple[float, float]:
    return (n1 / (n1 + n2), n2 / (n1 + n2)) if noise == "shares" else (1.0, 1.0)


@pytest.fixture(scope="module")
def tables() -> Tables:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figure_9, "POINTS", (0.0, 0.3, 1.0))
        return figure_9.compute(Work(trials=3, seed=1))


@pytest.mark.slow
def test_the_first_line_passes_the_landmarks() -> None:
    line = weighted_mixes.lines().error.sel(real=1000, synthetic=1000, noise="shares", quality=0.25)
    found = line.sel(weight=[0, 0.25, 0.5, 0.75, 1], method="nearest").values
    assert [f"{x:.3f}" for x in found] == ["0.500", "0.242", "0.250", "0.340", "0.750"]


@pytest.mark.parametrize(("n1", "n2", "noise"), SERIES)
def test_the_lines_are_the_closed_form(n1: int, n2: int, noise: str) -> None:
    line = weighted_mixes.lines().error.sel(real=n1, synthetic=n2, noise=noise, quality=0.25)
    for weight in (0.0, 0.02, 0.3, 0.7, 1.0):
        closed = de.weighted_mixing(
            weight=weight,
            aspect_ratio=weighted_mixes.DIMENSION[n1] / (n1 + n2),
            synthetic_share=n2 / (n1 + n2),
            noise_variances=variances(n1, n2, noise),
            quality=0.25,
        ).total
        at = line.sel(weight=weight, method="nearest")
        assert float(at) == pytest.approx(closed, rel=1e-11)  # what predict promises


@pytest.mark.parametrize(("n1", "n2", "noise"), SERIES)
def test_the_ends_are_the_fits_to_one_source_alone(n1: int, n2: int, noise: str) -> None:
    line = weighted_mixes.lines().error.sel(real=n1, synthetic=n2, noise=noise, quality=0.25)
    first, second = variances(n1, n2, noise)
    d = weighted_mixes.DIMENSION[n1]
    assert float(line[0]) == pytest.approx(first * d / (n1 - d), rel=1e-11)
    assert float(line[-1]) == pytest.approx(0.25 + second * d / (n2 - d), rel=1e-11)


@pytest.mark.parametrize(("n1", "n2", "noise"), SERIES)
def test_stars_are_within_a_percent_of_the_least_error_and_crosses_on_the_line(
    n1: int, n2: int, noise: str
) -> None:
    here = weighted_mixes.lines().sel(real=n1, synthetic=n2, noise=noise, quality=0.25)
    grid = (
        de.weighted_mixing(
            weight=a,
            aspect_ratio=weighted_mixes.DIMENSION[n1] / (n1 + n2),
            synthetic_share=n2 / (n1 + n2),
            noise_variances=variances(n1, n2, noise),
            quality=0.25,
        ).total
        for a in np.geomspace(1e-4, 1, 3000)
    )
    assert float(here.least) == pytest.approx(min(grid), rel=1e-5)  # of a parabola, squared steps
    assert float(here.least) <= min(float(here.error.min()), float(here.best_error))
    assert float(here.best_error) <= 1.005 * float(here.least)
    assert float(here.best_error) < float(here.plain_error) * 1.01
    assert float(here.plain) == n2 / (n1 + n2)
    # plain weights are 1: Corollary 1
    wanted = de.corollary_1(
        aspect_ratio=weighted_mixes.DIMENSION[n1] / (n1 + n2),
        synthetic_share=n2 / (n1 + n2),
        noise_variances=variances(n1, n2, noise),
        quality=0.25,
    ).total
    assert float(here.plain_error) == pytest.approx(wanted, rel=1e-11)


def test_what_the_text_says_is_not_what_is_plotted() -> None:
    error = weighted_mixes.lines().error.sel(real=1000, weight=0.0, quality=0.25)
    assert error.sel(noise="one", synthetic=[1000, 4000]).values.round(10).tolist() == [1, 1]
    plotted = error.sel(noise="shares", synthetic=[1000, 4000]).values.round(10).tolist()
    assert plotted == [0.5, 0.2]


@pytest.mark.slow
def test_points_exist_where_lines_do_and_lie_on_them(tables: Tables) -> None:
    points = tables.points.sel(term="error")
    assert int(points.simulated.notnull().sum()) == 6 * 2 * 3
    assert (points.simulated.isnull() == (points.verdict == "")).all()
    assert set(np.unique(points.trials)) == {0, 3}
    off = abs(points.simulated / points.predicted - 1)
    assert float(off.max()) < 0.12  # three trials; d = 100 and n = 200 scatter most


def test_the_caption_names_what_was_inferred_and_the_marks(tables: Tables) -> None:
    said = " ".join(figure_9.caption(tables).split())
    assert "inferred" in said and "σ_k² = p_k = n_k/n" in said and "which is what the text says" in said
    assert "its error is at most 0.5% above the least" in said and "up to 13 times worse" in said
    assert "eq. 18" in said and said.count("of 9 points") == 4
    assert "n₁ = 1000, σ_k² = p_k: of" in said and "n₁ = 10000, σ_k² = 1: of" in said


def test_the_panels_have_three_lines_stars_and_crosses(tables: Tables) -> None:
    with styled():
        figure = figure_9.draw(*tables, "title")
    titles = [axes.get_title("left") for axes in figure.axes]
    numbers = ["$n_1$ = 1000", "$n_1$ = 10\u2009000"]
    assert [title.partition(",")[0] for title in titles] == [numbers[0]] * 2 + [numbers[1]] * 2
    assert ["= p_k$" in title for title in titles] == [True, False] * 2
    for axes in figure.axes:
        lengths = [len(line.get_xdata()) for line in axes.lines]
        assert lengths.count(len(weighted_mixes.WEIGHTS)) == 3
        markers = [line.get_marker() for line in axes.lines]
        assert markers.count("*") == 3 and markers.count("X") == 3
    named = [axes.get_legend() for axes in figure.axes]
    said = [[text.get_text() for text in legend.get_texts()] for legend in named if legend]
    assert said == [["1000", "2000", "4000"], ["200", "1000", "10\u2009000"]]


def test_the_arrow_names_the_factor_of_the_title(tables: Tables) -> None:
    with styled():
        figure = figure_9.draw(*tables, "title")
    words = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert "factor\nof 13" in words
