"""The first finite-size correction against exact results, limits and plain simulation."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sympy
from hypothesis import example, given, settings
from hypothesis import strategies as st

import detequiv as de
from detequiv.theory.finite_size.first_correction import Sums, WeightedSums, first_order
from detequiv.theory.finite_size.taylor import ORDER, Taylor
from reference.first_order import FirstOrder

χ = sympy.Symbol("χ")
PLAIN = json.loads((Path(__file__).parents[2] / "reference/plain_projections.json").read_text())
"""Random problems, simulated by tests/reference/draw_plain.py."""


def series(expression):
    """The Taylor series of an expression in χ."""
    terms = [expression.diff(χ, k).subs(χ, 0) / sympy.factorial(k) for k in range(ORDER + 1)]
    return Taylor(np.array([float(term) for term in terms]))


@pytest.mark.parametrize(
    "operation",
    [
        lambda f, g: f + g,
        lambda f, g: 2 - f * g,
        lambda f, g: f / g,
        lambda f, g: 3 / g,
        lambda f, g: f / 7 - 1,
        lambda f, g: (f - g) * 0.5,
    ],
)
def test_operations_on_series_agree_with_sympy(operation):
    f, g = sympy.exp(-2 * χ) + χ, sympy.cos(χ) + χ**3 + 1
    found = operation(series(f), series(g)).coefficients
    wanted = series(sympy.sympify(operation(f, g))).coefficients
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-13 * abs(wanted).max())


def test_a_derivative_loses_one_order():
    f = sympy.exp(2 * χ)
    found = series(f).derivative().coefficients
    np.testing.assert_allclose(found[:-1], series(f.diff(χ)).coefficients[:-1], rtol=1e-14)
    assert found[-1] == 0


def test_sums_of_powers_give_the_series_of_the_degrees_of_freedom():
    λ, w = np.array([3.0, 1.0, 0.2]), np.array([1.0, 2.0, 0.5])
    exact = sum(
        float(a) * sympy.Float(b) / (sympy.Float(b) + sympy.exp(χ) * 0.7) for a, b in zip(w, λ, strict=True)
    )
    (found,) = WeightedSums.stack(w[None], λ / (λ + 0.7), 0.7 / (λ + 0.7))
    np.testing.assert_allclose(found.series.coefficients, series(exact).coefficients, rtol=1e-13)


@pytest.mark.parametrize(("n", "d"), [(50, 20), (25, 20), (400, 10)])
def test_for_least_squares_the_correction_is_the_first_term_of_the_exact_error(n, d):
    """d/(n − d − 1) = d/(n − d) · (1 + 1/(n − d) + …)."""
    source = de.Source(n, de.isotropic(d), noise_variance=1.0)
    p = de.predict(de.Problem(signal=1.0, sources=[source], ridge=0))
    assert p.approximation_error == pytest.approx(1 / (n - d), rel=1e-9)


def test_the_correction_is_inversely_proportional_to_the_size():
    def relative(factor):
        s = de.Spectrum(de.power_law(12, 1.0).values, np.full(12, factor))
        source = de.Source(9 * factor, s, noise_variance=0.3)
        model = de.RandomProjection(14 * factor, entry_variance=1 / 12 / factor)
        mix = de.Problem(signal=1 / factor, sources=[source], ridge=0.02, model=model)
        return de.predict(mix).approximation_error

    assert relative(4) == pytest.approx(relative(1) / 4, rel=1e-9)
    assert abs(relative(1)) > 1e-3


def test_a_wide_projection_has_the_correction_of_the_linear_model():
    s = de.power_law(30, 1.2, trace=1.0)
    sources = [de.Source(40, s, noise_variance=0.1), de.Source(9, s, shift=de.label_shift(s, 0.3))]
    linear = de.predict(de.Problem(signal=1.0, sources=sources, ridge=1e-3))
    model = de.RandomProjection(10**9, entry_variance=1e-9)
    wide = de.predict(de.Problem(signal=1.0, sources=sources, ridge=1e-3, model=model))
    assert wide.approximation_error == pytest.approx(linear.approximation_error, rel=1e-6)


@pytest.mark.parametrize("model", [de.Linear(), de.RandomProjection(17)])
def test_the_leading_order_equals_the_prediction(model):
    s = de.power_law(30, 1.2, trace=1.0)
    p = de.predict(
        de.Problem(signal=1.0, sources=[de.Source(40, s, noise_variance=0.1)], ridge=1e-3, model=model)
    )
    θ, λ = p.fixed_point.effective_ridge, s.values
    rows = np.array([np.ones(30), λ, np.ones(30), λ, np.zeros(30)])
    weighted = WeightedSums.stack(rows, λ / (λ + θ), θ / (λ + θ))
    left, spare = p.fixed_point.samples_left, p.fixed_point.width_left
    effect = first_order(Sums(*weighted, np.array(left), spare and np.array(spare), 0.1 / θ))
    assert effect.leading == pytest.approx(p.error, rel=1e-12)
    found = (effect.width + effect.samples) / p.error
    assert found == pytest.approx(p.approximation_error, rel=1e-9)


ORTHOGONAL = [
    # d, n, m, exponent, noise, ridge, simulated share (4000 trials of de.simulate), standard error
    (30, 21, 28, 0.0, 0.0, 1e-3, 0.0163, 0.0016),
    (30, 45, 24, 0.0, 1.0, 1e-2, 0.0032, 0.0003),
    (50, 35, 25, 2.0, 0.0, 1e-6, 0.0962, 0.0033),
    (50, 75, 47, 0.0, 0.0, 1e-2, 0.0081, 0.0003),
]


def orthogonal(d, n, m, exponent, noise, ridge):
    s = de.power_law(d, exponent, trace=1.0)
    source = de.Source(n, s, noise_variance=noise)
    model = de.OrthogonalProjection(m)
    return de.Problem(signal=1.0, sources=[source], ridge=ridge, model=model)


@pytest.mark.parametrize("case", ORTHOGONAL, ids=lambda case: " ".join(map(str, case[:3])))
def test_orthogonal_projections_have_their_own_correction(case):
    """As a share of the correction it is off by at most 1/5 and 3 standard errors."""
    *mix, share, stderr = case
    found = de.predict(orthogonal(*mix)).approximation_error
    assert abs(found - share) < 0.2 * share + 3 * stderr


@pytest.mark.parametrize("ridge", [0, 1e-6, 1e-2])
def test_as_many_orthonormal_columns_as_dimensions_have_the_correction_of_the_linear_model(ridge):
    mix = orthogonal(20, 60, 20, 1.0, 1.0, ridge)
    linear = de.predict(replace(mix, model=de.Linear())).approximation_error
    assert de.predict(mix).approximation_error == pytest.approx(linear, rel=1e-12)


def test_one_missing_column_of_many_changes_little():
    mix = orthogonal(400, 900, 399, 0.5, 1.0, 1e-4)
    linear = de.predict(replace(mix, model=de.Linear())).approximation_error
    assert de.predict(mix).approximation_error == pytest.approx(linear, rel=0.05)


@pytest.mark.parametrize("ridge", [0, 1e-40, 1e-14])
def test_a_width_that_is_the_rank_takes_nothing_away_without_ridge(ridge):
    """S is then square and the fit is least squares. At 1e-14 √λ is still felt."""
    mix = orthogonal(20, 60, 20, 1.0, 1.0, ridge)
    linear = de.predict(replace(mix, model=de.Linear())).approximation_error
    square = de.predict(replace(mix, model=de.RandomProjection(20)))
    assert square.approximation_error == pytest.approx(linear, rel=0.05)
    assert square.status is de.Status.OK


def test_a_series_that_is_as_large_as_the_error_is_no_estimate():
    """Square S, and a bias that is all of the error: the first term would be 74 times the error."""
    s = de.power_law(20, 1.0, trace=1.0)
    mix = de.Problem(signal=1.0, sources=[de.Source(30, s)], ridge=1e-9, model=de.RandomProjection(20))
    p = de.predict(mix)
    assert p.approximation_error == np.inf
    assert p.status is de.Status.APPROXIMATE
    assert "as large as the error" in p.notes[-1]
    table = de.sweep(lambda width: replace(mix, model=de.RandomProjection(width)), width=[20] * 9)
    assert np.isinf(table.approximation_error.values).all()


@pytest.mark.parametrize("ridge", [1e-6, 1e-12, 1e-15, 1e-17, 1e-19, 1e-25])
def test_errors_that_rounding_hides_have_no_estimate(ridge):
    """Without noise the error is of order λ² and the terms of its correction of order λ."""
    mix = replace(orthogonal(20, 60, 20, 1.0, 0.0, ridge), model=de.Linear())
    limit = de.predict(replace(mix, ridge=1e-10)).approximation_error
    swept = de.sweep(lambda repeat: mix, repeat=list(range(9))).approximation_error.values
    single = de.predict(mix).approximation_error
    for found in (single, swept[0]):
        assert found == (pytest.approx(limit, rel=0.1) if ridge > 5e-17 else np.inf)


def problem(case):
    s = de.power_law(case["d"], case["beta"], trace=1)
    linear = case["model"] == "linear"
    return de.Problem(
        signal=s.values ** case["sig"],
        sources=[de.Source(case["n"], s, noise_variance=case["noise"])],
        ridge=case["ridge"],
        model=de.Linear() if linear else de.RandomProjection(case["m"]),
    )


def test_simulated_means_agree_with_prediction_plus_correction():
    """|z| of a normal variable has median 0.674 and exceeds 4 with probability 1/16000; predictions
    without correction deviate far more."""
    predicted = [de.predict(problem(case)) for case in PLAIN]
    error, share = np.array([(p.error, p.approximation_error) for p in predicted]).T
    mean, stderr = np.array([(case["simulated"], case["se"]) for case in PLAIN]).T
    small = abs(share) < 0.1
    z = abs(mean - error * (1 + share))[small] / stderr[small]
    plain = abs(mean - error)[small] / stderr[small]
    assert small.sum() > 150
    assert np.median(z) < 0.85 < 1.5 < np.median(plain)
    assert np.quantile(z, 0.95) < 2.6 < np.quantile(plain, 0.95)


def test_inaccurate_predictions_of_projections_are_flagged():
    """Misses: at most 3% of predictions with an error above 10%. False alarms: at most 10% of
    predictions with an error below 2%."""
    flagged = np.array([de.predict(problem(case)).status is not de.Status.OK for case in PLAIN])
    error = np.array([de.predict(problem(case)).error for case in PLAIN])
    off = abs(np.log(np.array([case["simulated"] for case in PLAIN]) / error))
    assert (off > 0.1).sum() > 20 and (off < 0.02).sum() > 60
    assert (~flagged & (off > 0.1)).sum() <= 0.03 * (off > 0.1).sum()
    assert (flagged & (off < 0.02)).sum() <= 0.10 * (off < 0.02).sum()


@given(
    exponent=st.floats(0, 2.5),
    d=st.integers(3, 60),
    n=st.integers(5, 200),
    m=st.integers(5, 200),
    ridge=st.floats(-4, 0).map(lambda x: 10**x),
    noise=st.sampled_from([0.0, 0.3]),
)
@settings(max_examples=60)
@example(exponent=0, d=3, n=5, m=5, ridge=0.01, noise=0.0)
def test_it_is_the_correction_of_the_attained_loss_by_differences(exponent, d, n, m, ridge, noise):
    """A second statement of the formula, which takes derivatives by differences and in complex
    numbers: tests/reference/first_order.py. Differences of differences keep some 5 digits."""
    s = de.power_law(d, exponent, trace=1.0)
    model = de.RandomProjection(m)
    source = de.Source(n, s, noise_variance=noise)
    p = de.predict(de.Problem(signal=1.0, sources=[source], ridge=ridge, model=model))
    reference = FirstOrder(s.values, np.ones(d), n, noise, m)
    error, width, samples = reference.corrections(p.fixed_point.kappa)
    assert error == pytest.approx(p.error, rel=1e-6)
    if np.isinf(p.approximation_error):  # by definition, where the correction exceeds the error
        assert abs(width + samples) > (1 - 1e-4) * p.error
        return
    found = p.approximation_error * p.error
    size = abs(width) + abs(samples) + 1e-3 * p.error
    assert found == pytest.approx(width + samples, abs=1e-4 * size)
