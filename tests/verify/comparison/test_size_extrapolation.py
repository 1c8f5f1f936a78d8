"""Extrapolation to infinite size: the intercept is the theory, the slope what finite size does."""

import dataclasses

import numpy as np
import pytest

import detequiv as de
from detequiv.verify.comparison.intervals import Mean
from detequiv.verify.comparison.size_extrapolation import _line

OLS = de.Problem(signal=0.1, sources=[de.Source(20, de.isotropic(10), noise_variance=1.0)], ridge=0)


def test_least_squares_has_the_slope_of_its_exact_mean() -> None:
    """d/(n − d − 1) beside d/(n − d): at n = 2d the error is 1 + 1/(d − 1)."""
    found = de.extrapolate(OLS, (1, 2, 4), trials=4000, tolerance=0.05)
    assert found.predicted == pytest.approx(1.0)
    assert abs(found.intercept - 1) < 4 * found.intercept_stderr + 0.01
    assert found.slope == pytest.approx(1.0, abs=4 * found.slope_stderr + 0.1)
    assert found.verdict is de.Verdict.AGREES
    assert found.finite_size_tolerance == pytest.approx(2 * (abs(found.slope) + found.slope_stderr) / 10)


def test_a_line_is_found_exactly() -> None:
    """3 + 5/d with errors of unlike size."""
    means = [Mean(100, 3 + 5 / d, error, 0.0) for d, error in ((10, 0.1), (20, 0.2), (40, 0.05))]
    (a, b), (a_error, b_error) = _line([10, 20, 40], means)
    assert (a, b) == pytest.approx((3, 5), rel=1e-12)
    design = np.array([[1 / e, 1 / e / d] for d, e in ((10, 0.1), (20, 0.2), (40, 0.05))])
    covariance = np.linalg.inv(design.T @ design)
    assert (a_error, b_error) == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-12)


def test_a_wrong_theory_is_caught_at_infinite_size() -> None:
    found = de.extrapolate(OLS, (2, 4, 8), trials=1000)
    wrong = dataclasses.replace(found, predicted=1.2)
    assert wrong.verdict is de.Verdict.DISAGREES and "disagrees" in str(wrong)


def test_the_band_of_compare_can_be_extrapolated() -> None:
    mix = dataclasses.replace(OLS, ridge=0.1)
    found = de.extrapolate(mix, trials=500)
    run = de.simulate(mix, trials=2000)
    agreement = de.compare(de.predict(mix), run, tolerance=found)
    assert agreement.tolerance == found.finite_size_tolerance
    assert agreement.tolerance_origin == found.finite_size_tolerance_origin
    assert (found.band, found.band_origin) == (agreement.band, agreement.band_origin)  # old names
    assert agreement.verdict is de.Verdict.AGREES
    assert "fitted to simulations at d = 10, 20, 40" in " ".join(str(agreement).split())


def test_the_default_band_grows_where_few_degrees_are_left() -> None:
    """D = n − d = 10: the first correction is 1/D, the tolerance twice that."""
    agreement = de.compare(de.predict(OLS), de.simulate(OLS, trials=20))
    assert agreement.tolerance == pytest.approx(0.2)
    assert "twice the theory's estimated error, +10.0%" in agreement.tolerance_origin
    large = dataclasses.replace(OLS, sources=[de.Source(2000, de.isotropic(10), noise_variance=1)])
    agreement = de.compare(de.predict(large), de.simulate(large, trials=20))
    assert agreement.tolerance == pytest.approx(0.02 * de.predict(large).error)


@pytest.mark.parametrize("factors", [(1,), (2, 1), (1, 1), 3, "12", (1.5, 2)])
def test_factors_increase(factors: object) -> None:
    with pytest.raises(de.SpecError, match="factors must be"):
        de.extrapolate(OLS, factors)  # type: ignore[arg-type]


def test_an_infinite_prediction_is_refused() -> None:
    tie = dataclasses.replace(OLS, sources=[de.Source(10, de.isotropic(10), noise_variance=1.0)])
    with pytest.raises(de.SpecError, match="infinite"):
        de.extrapolate(tie)


def test_the_default_tolerance_of_the_intercept_is_half_a_percent() -> None:
    found = de.extrapolate(OLS, (1, 2), trials=40)
    assert found.tolerance == pytest.approx(0.005 * found.predicted, rel=1e-15)
    assert (found.alpha, found.trials, found.dimensions) == (0.01, (40, 32), (10.0, 20.0))
    assert de.extrapolate(OLS, (2, 3), trials=64).trials == (64, 42)
    assert de.extrapolate(OLS, (1, 2), trials=2).trials == (32, 32)


def test_the_interval_is_normal_at_alpha() -> None:
    """1.959964 standard errors at 5%, from the tables."""
    found = dataclasses.replace(EXTRAPOLATED, alpha=0.05)
    assert found.interval == pytest.approx((1 - 0.1959964, 1 + 0.1959964), rel=1e-6)


EXTRAPOLATED = dataclasses.replace(
    de.extrapolate(OLS, (1, 2), trials=32), predicted=1.0, intercept=1.0, intercept_stderr=0.1
)


@pytest.mark.parametrize(
    ("predicted", "tolerance", "verdict"),
    [
        (1.0, 0.26, de.Verdict.AGREES),
        (1.0, 0.25, de.Verdict.UNDECIDED),
        (1.1, 0.3, de.Verdict.UNDECIDED),
        (0.9, 0.3, de.Verdict.UNDECIDED),
        (1.5, 0.23, de.Verdict.DISAGREES),
        (1.5, 0.25, de.Verdict.UNDECIDED),
        (0.5, 0.23, de.Verdict.DISAGREES),
        (0.5, 0.25, de.Verdict.UNDECIDED),
    ],
)
def test_the_intercept_has_three_verdicts(predicted: float, tolerance: float, verdict: de.Verdict) -> None:
    """The interval extends 0.2576 to both sides."""
    found = dataclasses.replace(EXTRAPOLATED, predicted=predicted, tolerance=tolerance)
    assert found.verdict is verdict
    said = {"agrees": "which agrees with", "disagrees": "which disagrees with"}
    assert said.get(verdict.value, "is not yet certain to agree with") in found.sentence


def test_constant_samples_have_a_standard_error_of_their_rounding() -> None:
    """1e-15 of the largest mean, so that the weights stay finite."""
    means = [Mean(100, 2.0 + 4 / d, 0.0, 0.0) for d in (10, 20)]
    (a, b), (a_error, _) = _line([10, 20], means)
    assert (a, b) == pytest.approx((2, 4), rel=1e-12)
    assert a_error == pytest.approx(2.4e-15 * np.sqrt(1 + 4), rel=1e-6)


@pytest.mark.parametrize("side", [1, -1])
def test_the_edges_of_the_tolerance_belong_to_it(side: int) -> None:
    """An interval without width at the edge, 1/4 from the prediction; and beyond it."""
    at = dataclasses.replace(
        EXTRAPOLATED, intercept=1.0, intercept_stderr=0.0, predicted=1 + side / 4, tolerance=0.25
    )
    assert at.verdict is de.Verdict.AGREES
    beyond = dataclasses.replace(at, tolerance=0.25 - 1e-15)
    assert beyond.verdict is de.Verdict.DISAGREES


def test_an_interval_that_touches_the_tolerance_is_undecided() -> None:
    """From below and from above; the differences are exact."""
    low, high = EXTRAPOLATED.interval
    for predicted, tolerance in ((2.0, 2.0 - high), (0.5, low - 0.5)):
        found = dataclasses.replace(EXTRAPOLATED, predicted=predicted, tolerance=tolerance)
        assert found.predicted - tolerance == high or found.predicted + tolerance == low
        assert found.verdict is de.Verdict.UNDECIDED
