"""Figure 7: features through their Gram matrix, and their theory, where it must be right."""

from typing import Any

import numpy as np
import pytest

import detequiv as de
from detequiv.paper_figures.computing.simulated_points import TOLERANCE
from detequiv.paper_figures.computing.work import Work
from detequiv.paper_figures.drawing.captions import tally
from detequiv.paper_figures.drawing.style import styled
from detequiv.paper_figures.drawing.tables import Tables
from detequiv.paper_figures.figures import figure_7
from detequiv.paper_figures.setups import feature_points, real_images
from detequiv.paper_figures.setups.feature_points import (
    BY_FEATURES,
    BY_INPUTS,
    CONTROL,
    RIDGE,
    grid_points,
    predicted,
)
from detequiv.paper_figures.setups.image_features import (
    CENTRE,
    errors,
    feature_moments,
    gaussian_training_mix,
    gram,
)
from detequiv.paper_figures.setups.image_moments import ImageMoments, mix, of_inputs
from detequiv.paper_figures.setups.images import pool
from detequiv.paper_figures.setups.networks import LABEL_NOISE, draw_training_mix, generated_labels
from detequiv.verify.comparison.term_comparison import compare_mean
from detequiv.verify.simulators.naive import fit

FRACTIONS = (0.0, 0.02, 0.9)
WIDTH = 150


@pytest.fixture(scope="module")
def tables() -> Tables:
    """The figure with three fractions, two sizes, and narrow models."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figure_7, "FRACTIONS", FRACTIONS)
        patch.setattr(figure_7, "WIDTHS", {False: (WIDTH, 20)})
        patch.setattr(real_images, "SIZES", (60, 200))
        patch.setattr(real_images, "STEPS", {False: 20})
        patch.setattr(feature_points, "LINE", 4)
        return figure_7.compute(Work(trials=3, seed=0))  # the generator of what is below


def plain(inputs: Any, width: int, rng: np.random.Generator) -> Any:
    """The features themselves, in double precision."""
    S = rng.standard_normal((width, inputs.shape[1]), dtype=np.float32).astype(float)
    return np.maximum(inputs.astype(float) @ S.T, 0) - CENTRE


@pytest.mark.parametrize("chunk", [7, 150, 1000])
def test_the_gram_matrix_in_chunks_is_that_of_the_features(chunk: int) -> None:
    x = pool("", 0).inputs[:80]
    K = gram(x, WIDTH, np.random.default_rng(3), chunk)
    Φ = plain(x, WIDTH, np.random.default_rng(3))
    # 6e-8, single precision, for each term of a sum: 64 in a feature, up to 150 in a product
    assert abs(K - Φ @ Φ.T / WIDTH).max() < (64 + 150) * 6e-8 * K.diagonal().max()


def test_features_are_centred_as_the_library_centres_them() -> None:
    assert abs(CENTRE - 1 / np.sqrt(2 * np.pi)) < 1e-15


def test_errors_through_the_gram_matrix_are_those_of_the_naive_fit() -> None:
    wanted = [(60, 0.0), (100, 0.2), (100, 0.9)]
    sample = draw_training_mix("", 0, 0, most=100, tests=150)
    found = errors(sample, WIDTH, RIDGE, wanted, np.random.default_rng(4))
    test, targets = sample.test
    Φ = plain(np.concatenate([sample.inputs, test]), WIDTH, np.random.default_rng(4))
    for (n, p2), error in zip(wanted, found, strict=True):
        v = fit(Φ[:n], sample.labels(n, p2).astype(float), np.ones(n), RIDGE * WIDTH)
        naive = np.mean((Φ[100:] @ v - targets) ** 2)
        assert error == pytest.approx(naive, rel=1e-4)  # roundings of 1e-7 over a ridge of 1e-3


def test_the_lines_are_predictions_from_the_moments_of_the_images() -> None:
    images, generated = pool("", 0), generated_labels("", 0)
    spectrum = de.Spectrum.from_data(images.inputs)
    x = spectrum.project(images.inputs)
    there = spectrum.values > 0
    w1, w2 = (np.linalg.lstsq(x, y, rcond=1e-12)[0] for y in (images.targets, generated))
    left = [float(np.mean((y - x @ w) ** 2)) for y, w in ((images.targets, w1), (generated, w2))]
    covariance = de.Spectrum(spectrum.values)
    shift = de.Fixed((w2 - w1) / np.sqrt(10))
    problem = de.Problem(
        signal=de.Fixed(w1 / np.sqrt(10)),
        ridge=RIDGE * WIDTH,
        model=de.RandomFeatures(WIDTH, de.activations.relu),
        sources=[
            de.Source(60, covariance, noise_variance=left[0]),
            de.Source(40, covariance, noise_variance=left[1] + 0.01, shift=shift),
        ],
    )
    line = predicted(of_inputs("", 0), (60, 100), (0.4,), RIDGE * WIDTH, problem.model)
    # the fits agree to the square root of the least eigenvalue that counts, 1e-6 of the labels
    expected = de.predict(problem).error_with_noise
    assert float(line.sel(samples=100, fraction=0.4)) == pytest.approx(expected, rel=1e-5)
    assert there.sum() < 64  # some pixels never change; nothing is fitted there


@pytest.mark.slow
@pytest.mark.parametrize("fraction", [0.0, 0.5])
def test_theory_is_right_for_gaussian_rows_with_linear_labels(fraction: float) -> None:
    """The panel's own plumbing, where every assumption holds: many coordinates, all alike."""
    d, n, width = 200, 150, 300
    rng = np.random.default_rng(0)
    truths = rng.normal(size=(2, d, 3)) * [[[1.0]], [[0.7]]]
    told = ImageMoments(np.full(d, 1 / d), truths, np.array([0.3, 0.1]))
    theory = de.predict(mix(told, n, fraction, RIDGE * width, de.RandomFeatures(width, de.activations.relu)))
    samples = [
        errors(gaussian_training_mix(told, n, 500, rng), width, RIDGE, [(n, fraction)], rng)
        for _ in range(60)
    ]
    # 3%: the theory's own error at n = 150, 1/n to 4/n; one call in 10 000 fails by chance
    agreement = compare_mean(
        "error",
        theory.error_with_noise,
        np.ravel(samples),
        tolerance=0.03 * theory.error_with_noise,
        alpha=1e-4,
    )
    assert agreement.verdict is de.Verdict.AGREES, f"{agreement}"
    wrong = 1.08 * theory.error_with_noise
    assert (
        compare_mean("error", wrong, np.ravel(samples), tolerance=0.03 * wrong, alpha=1e-4).verdict
        is not de.Verdict.AGREES
    )


def test_planted_labels_have_the_moments_that_they_are_planted_with() -> None:
    told = of_inputs("", 0)
    mixed = gaussian_training_mix(told, 4000, 100, np.random.default_rng(0))
    scores = mixed.inputs @ told.truths
    real, synthetic = (
        np.mean((y - s) ** 2) for y, s in zip((mixed.real, mixed.synthetic), scores, strict=True)
    )
    # 40 000 squares: known to 0.7%, four of which are 2.8%
    assert real == pytest.approx(told.residuals[0], rel=0.028)
    assert synthetic == pytest.approx(told.residuals[1] + LABEL_NOISE**2, rel=0.028)


@pytest.mark.slow
def test_fits_in_the_features_leave_nothing_of_the_labels() -> None:
    told = ImageMoments(**feature_moments(data="", content="", seed=0, width=3000))
    assert told.truths.shape[0] == 2 and len(told.values) > 1500
    # what the fits miss lies along the eigenvalues that single precision cannot tell from 0
    assert told.residuals.max() < 0.01 * np.mean(pool("", 0).targets ** 2)


def test_neighbouring_fractions_stand_at_different_sizes() -> None:
    found = grid_points((60, 100, 200, 400, 600, 1000), (0.0, 0.001, 0.005, 0.9))
    assert found == [
        (60, 0.0),
        (200, 0.0),
        (600, 0.0),
        (1000, 0.001),
        (200, 0.005),
        (600, 0.005),
        (100, 0.9),
        (400, 0.9),
        (1000, 0.9),
    ]


@pytest.mark.slow
def test_the_points_are_held_against_their_own_lines(tables: Tables) -> None:
    points = tables.points.squeeze("term")
    for panel in (BY_INPUTS, BY_FEATURES, CONTROL):
        here = points.sel(panel=panel)
        there = here.simulated.notnull()
        line = tables.lines.error.sel(panel=panel, samples=here.samples)
        assert int(there.sum()) == 3  # one size for each fraction
        assert bool((here.predicted == line).where(there, True).all())
        assert ((here.verdict != "") == there).all()
    same = points.simulated.sel(panel=BY_INPUTS).fillna(0)
    assert bool((same == points.simulated.sel(panel=BY_FEATURES).fillna(0)).all())


def test_networks_have_points_and_no_verdict(tables: Tables) -> None:
    points = tables.points.squeeze("term").sel(panel=figure_7.NETWORKS)
    assert bool(points.predicted.isnull().all()) and bool((points.verdict == "").all())
    assert int(points.simulated.notnull().sum()) == 3  # the largest size, every fraction


def test_features_and_networks_have_their_rows_in_the_table(tables: Tables) -> None:
    rows = tables.rows().reset_index()
    assert set(rows.panel) == {BY_INPUTS, BY_FEATURES, CONTROL, figure_7.NETWORKS}
    assert int(rows.simulated.notna().sum()) == 12
    assert rows[rows.panel == figure_7.NETWORKS].predicted.isna().all()


def test_theory_of_the_inputs_takes_what_is_not_linear_for_noise(tables: Tables) -> None:
    lines = tables.lines.error.sel(fraction=0.0)
    floor = tables.points.attrs["left"]
    assert bool((lines.sel(panel=BY_INPUTS) > floor).all())
    assert bool((lines.sel(panel=BY_FEATURES) < lines.sel(panel=BY_INPUTS)).all())


def test_synthetic_data_cost_something_where_there_are_many(tables: Tables) -> None:
    """With few, they may help: less of a generated label than of a one-hot one is not linear."""
    lines = tables.lines.error.isel(samples=-1)
    assert bool((lines.sel(fraction=0.9) > lines.sel(fraction=0.0)).all())


def test_the_caption_says_what_is_assumed_inferred_and_found(tables: Tables) -> None:
    said = " ".join(figure_7.caption(tables).split())
    points = tables.points.squeeze("term")
    for panel in (BY_INPUTS, BY_FEATURES, CONTROL):
        assert tally(points.sel(panel=panel).verdict) in said
    for words in (
        f"{WIDTH} ReLU features",
        "MNIST",
        "*Inferred*",
        "The paper has no lines",
        "assumes Gaussian inputs whose labels are linear",
        "as noise, all that these fits leave",
        "not Gaussian either",
        f"within {100 * TOLERANCE:g}%",
        "means of 3 trials",
        "Their width is 20",
    ):
        assert words in said


def test_titles_give_the_largest_deviation_in_whole_percent_rounded_up(tables: Tables) -> None:
    points = tables.points.squeeze("term")
    control = points.sel(panel=CONTROL)
    most = figure_7.largest_deviation(control)
    assert most - 1 < 100 * abs(control.simulated / control.predicted - 1).max() <= most
    assert figure_7.largest_deviation(points.sel(panel=figure_7.NETWORKS)) == 0
    with styled():
        *_, last = figure_7.draw(*tables, "title").axes
    assert last.get_title(loc="left").endswith(f"at most {most}% off")


def test_the_drawing_has_the_panels_of_the_paper_first(tables: Tables) -> None:
    with styled():
        figure = figure_7.draw(*tables, "title")
        figure.canvas.draw()
    first, second, *_ = figure.axes
    assert first.get_title(loc="left") == figure_7.TITLES[BY_INPUTS]
    assert second.get_title(loc="left") == figure_7.TITLES[figure_7.NETWORKS]
    words = {text.get_text() for legend in figure.legends for text in legend.get_texts()}
    assert words == {"0", "0.9", "theory", "mean ± one standard error", "generator's own error"}
    panels: list[Any] = figure.axes
    for legend in figure.legends:
        box, width = legend.get_window_extent(), figure.bbox.width
        assert box.y1 <= min(axes.get_tightbbox().y0 for axes in panels)
        assert box.x0 >= 0 and box.x1 <= width
