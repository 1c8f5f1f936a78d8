"""What every prediction has, whatever the mix."""

import dataclasses
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detequiv as de
from helpers.refusals import refused
from helpers.strategies import changed, everything, mixes, moments, positive, rotation, spectra, terms

EPS = np.finfo(float).eps


@settings(max_examples=35)
@given(mixes(most=4))
def test_without_gains_no_term_is_negative(mix):
    prediction = de.predict(mix)
    assert (terms(prediction) >= 0).all()
    assert all(source.error >= 0 for source in prediction.sources)


@settings(max_examples=35)
@given(mixes(gains=True))
def test_the_terms_add_up_to_the_error(mix):
    """Error and collapse are formed apart: equal up to the rounding of their largest summand."""
    prediction = de.predict(mix)
    size = np.abs(terms(prediction)).sum() + prediction.error
    assert abs(terms(prediction).sum() - prediction.error) <= 1e-14 * size


@settings(max_examples=35)
@given(mixes(gains=True))
def test_errors_are_positive_even_where_the_collapse_is_not(mix):
    prediction = de.predict(mix)
    assert prediction.error >= 0
    assert prediction.error_with_noise == prediction.error + mix.target_noise_variance
    assert all(source.error >= 0 for source in prediction.sources)


@settings(max_examples=28)
@given(mixes(gains=True))
def test_training_errors_are_at_most_the_errors_on_fresh_data(mix):
    for source in de.predict(mix).sources:
        assert 0 <= source.training_error <= source.error_with_noise


@settings(max_examples=28)
@given(mixes())
def test_degrees_of_freedom_stay_below_samples_width_and_dimension(mix):
    """samples_left and width_left are formed without subtraction, so that they are positive even
    where df1 rounds to the bound."""
    point = de.predict(mix).fixed_point
    bounds = [mix.n, mix.d]
    assert point.samples_left > 0
    if isinstance(mix.model, de.RandomProjection):
        bounds.append(mix.model.width)
        assert point.width_left > 0
        assert point.df1 + point.width_left == pytest.approx(mix.model.width, rel=1e-13)
    else:
        assert point.width_left is None
        assert point.kappa == pytest.approx(mix.ridge, rel=1e-13)
    assert 0 < point.df2 < point.df1 * (1 + 4 * EPS) <= min(bounds) * (1 + 1e-13)
    assert point.df1 + point.samples_left == pytest.approx(mix.n, rel=1e-13)


@settings(max_examples=28)
@given(mixes())
def test_the_equations_hold_at_the_returned_point(mix):
    """(F), with df1 = Σ_k (n_k/n) f_k tr Σ_kP, in the letters of the theory: a few eps times the
    number of operations."""
    point = de.predict(mix).fixed_point
    spectra = [source.covariance.values for source in mix.sources]
    X = sum(α * f * Σ for α, f, Σ in zip(mix.fractions, point.f, spectra, strict=True))
    P = 1 / (1 + X)
    for source, f, Σ in zip(mix.sources, point.f, spectra, strict=True):
        assert 1 / f == pytest.approx(point.kappa / source.weight + Σ @ P / mix.n, rel=1e-12)
    assert point.df1 == pytest.approx(X @ P, rel=1e-13)
    assert point.df2 == pytest.approx(X**2 @ P**2, rel=1e-13)


@settings(max_examples=28)
@given(mixes())
def test_the_error_is_continuous_in_the_ridge(mix):
    """|d log E/d log λ| is of order one: 1e−6 of the ridge moves the error by less than 1e−5."""
    nudged = dataclasses.replace(mix, ridge=mix.ridge * (1 + 1e-6))
    assert de.predict(nudged).error == pytest.approx(de.predict(mix).error, rel=1e-5)


@settings(max_examples=28)
@given(mixes(gains=True), st.integers(0, 3), positive)
def test_more_noise_on_any_source_means_more_error_everywhere(mix, k, more):
    k %= len(mix.sources)
    sources = list(mix.sources)
    sources[k] = changed(sources[k], noise_variance=sources[k].noise_variance + more)
    noisier = de.predict(dataclasses.replace(mix, sources=sources))
    assert noisier.variance > de.predict(mix).variance
    assert noisier.error >= de.predict(mix).error
    pairs = zip(noisier.sources, de.predict(mix).sources, strict=True)
    assert all(a.error >= b.error * (1 - 4 * EPS) for a, b in pairs)


@settings(max_examples=28)
@given(mixes(gains=True), positive)
def test_more_noise_leaves_bias_and_collapse_as_they_are(mix, noise):
    sources = [changed(source, noise_variance=noise) for source in mix.sources]
    noisier = de.predict(dataclasses.replace(mix, sources=sources))
    assert (noisier.bias, noisier.collapse) == pytest.approx(
        (de.predict(mix).bias, de.predict(mix).collapse), rel=1e-14
    )


@settings(max_examples=28)
@given(mixes(gains=True))
def test_predicting_twice_gives_the_same_numbers(mix):
    np.testing.assert_array_equal(everything(de.predict(mix)), everything(de.predict(mix)))
    assert de.predict(mix).fixed_point == de.predict(mix).fixed_point


@settings(max_examples=28)
@given(mixes())
def test_without_shifts_and_gains_there_is_no_collapse(mix):
    sources = [changed(source, shift=None) for source in mix.sources]
    assert de.predict(dataclasses.replace(mix, sources=sources)).collapse == 0


@settings(max_examples=28)
@given(mixes())
def test_without_noise_there_is_no_variance(mix):
    sources = [changed(source, noise_variance=0.0) for source in mix.sources]
    assert de.predict(dataclasses.replace(mix, sources=sources)).variance == 0


@settings(max_examples=28)
@given(mixes(gains=True))
def test_a_shift_of_zero_is_no_shift(mix):
    none = [changed(source, shift=None) for source in mix.sources]
    zero = [changed(source, shift=0.0) for source in mix.sources]
    a = de.predict(dataclasses.replace(mix, sources=none))
    b = de.predict(dataclasses.replace(mix, sources=zero))
    # sums of positive contributions, of which there is one more: another order of additions
    np.testing.assert_allclose(everything(a), everything(b), rtol=4 * EPS)


@settings(max_examples=28)
@given(st.integers(1, 12), st.data())
def test_a_scalar_moment_is_an_array_of_equal_entries(d, data):
    values, signal, shift = data.draw(spectra(d)), data.draw(positive), data.draw(positive)
    real = de.Source(5, values, noise_variance=0.1)

    def mix(signal, shift):
        sources = [real, changed(real, shift=shift)]
        return de.Problem(signal=signal, sources=sources, ridge=0.1)

    a, b = mix(signal, shift), mix(np.full(d, signal), np.full(d, shift))
    np.testing.assert_array_equal(everything(de.predict(a)), everything(de.predict(b)))


@settings(max_examples=28)
@given(mixes(gains=True), moments(1))
def test_the_target_noise_counts_in_the_noisy_error_only(mix, noise):
    noise = float(np.max(noise))
    target = de.Target(mix.target_covariance, noise_variance=noise)
    a, b = de.predict(mix), de.predict(dataclasses.replace(mix, target=target))
    assert (b.error, b.variance) == (a.error, a.variance)
    assert b.error_with_noise == a.error + noise


def test_the_target_is_the_first_source_unless_given():
    s, t = de.power_law(9, 1.0), de.power_law(9, 2.0)
    sources = [de.Source(6, s, noise_variance=0.3), de.Source(4, t, noise_variance=0.2)]
    mix = de.Problem(signal=1.0, sources=sources, ridge=0.1)
    explicit = dataclasses.replace(mix, target=de.Target(s, noise_variance=0.3))
    assert de.predict(mix).error == de.predict(explicit).error
    assert de.predict(mix).error_with_noise == de.predict(explicit).error_with_noise
    # two rows of one matrix product, which BLAS may sum in another order
    assert de.predict(mix).error == pytest.approx(de.predict(mix).sources[0].error, rel=1e-15)


# What a prediction says


def example(**fields):
    s = de.power_law(12, 1.0)
    sources = [de.Source(8, s, noise_variance=0.3), de.Source(5, s, shift=0.2)]
    return de.Problem(**{"signal": 1.0, "sources": sources, "ridge": 0.1, **fields})


def test_a_prediction_prints_as_a_sentence_with_its_numbers():
    prediction = de.predict(example())
    text = str(prediction)
    for name in ("error", "bias", "variance", "collapse", "error_with_noise", "null_error"):
        assert f"{getattr(prediction, name):.4g}" in text, name
    assert "noise excluded" in text
    assert "ridge 0.1" in text
    assert "8 samples" in text and "5 samples of quality" in text


def test_a_prediction_knows_its_problem_and_how_it_went():
    mix = example()
    prediction = de.predict(mix)
    assert prediction.problem is mix
    assert prediction.status is de.Status.OK
    point = prediction.fixed_point
    assert 0 < point.iterations < 30
    assert point.residual <= point.estimated_error <= 1e-11
    assert point.digits == 16


def test_every_status_is_a_sentence():
    assert all(status.sentence.endswith(".") for status in de.Status)
    assert de.Status.OK == "ok"


def test_predictions_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        de.predict(example()).error = 0.0


def test_the_results_are_plain_floats():
    prediction = de.predict(example())
    numbers = [*everything(prediction).tolist(), *prediction.fixed_point.f]
    assert {type(number) for number in numbers} == {float}
    assert type(prediction.error) is type(prediction.sources[0].training_error) is float
    assert type(prediction.fixed_point.kappa) is type(prediction.fixed_point.df1) is float


# Refusals


@pytest.mark.parametrize("function", [de.predict, de.effective_ridge])
@pytest.mark.parametrize("wrong", [None, "mix", 1.0, [example()], example().sources[0]])
def test_only_problems_are_predicted(function, wrong):
    with refused(de.SpecError, "Problem", "expected", type(wrong).__name__, "Problem(signal=..."):
        function(wrong)


@pytest.mark.parametrize("digits", [0, -3, 2.5, "30", True, float("nan")])
def test_digits_must_be_a_positive_integer(digits):
    with refused(de.SpecError, "digits", "integer least 1", repr(digits), "significant digits"):
        de.predict(example(), digits=digits)


def test_a_mix_of_ignored_sources_is_the_null_error():
    mix = example()
    sources = [changed(source, weight=0.0) for source in mix.sources]
    prediction = de.predict(dataclasses.replace(mix, sources=sources))
    assert prediction.error == prediction.bias == prediction.null_error
    assert "weight 0" in prediction.notes[0]
    noisy = prediction.sources[0]
    assert noisy.training_error == noisy.error_with_noise == noisy.error + 0.3


def test_an_error_beyond_double_precision_is_refused_with_a_way_out():
    mix = example(signal=1e308, sources=[de.Source(3, [1e10, 1e10])])
    with refused(de.SolveError, "prediction", "range double precision", "1e308", ("units", "digits=16")):
        de.predict(mix)
    assert de.predict(mix, digits=16).null_error > 1e308


# The effective ridge


def test_the_isotropic_point_with_kappa_one_is_exact():
    """κ = 1, φ = 1/2, λ = 3/4: bias 2/7 of the signal and variance 1/7 of the noise."""
    source = de.Source(200, de.isotropic(100), noise_variance=0.5)
    mix = de.Problem(signal=3 / 100, sources=[source], ridge=0.75)
    prediction = de.predict(mix)
    assert de.effective_ridge(mix) == pytest.approx(1, rel=1e-15)
    assert prediction.bias == pytest.approx(3 * 2 / 7, rel=1e-14)
    assert prediction.variance == pytest.approx(0.5 / 7, rel=1e-14)
    assert prediction.fixed_point.df1 == pytest.approx(50, rel=1e-15)
    assert prediction.fixed_point.df2 == pytest.approx(25, rel=1e-15)


@settings(max_examples=28)
@given(mixes(most=1))
def test_the_effective_ridge_solves_its_closed_equation(mix):
    """λ/a = m s² θ (1 − df_1/m)(1 − df_1/n), m s²(1 − df_1/m) = 1 in the linear model."""
    θ, point = de.effective_ridge(mix), de.predict(mix).fixed_point
    (source,) = mix.sources
    product = source.weight * θ * point.samples_left / mix.n
    if isinstance(mix.model, de.RandomProjection):
        product *= mix.model.entry_variance_in(mix.d) * point.width_left
    assert product == pytest.approx(mix.ridge, rel=1e-13)
    assert de.degrees_of_freedom(source.covariance, θ) == pytest.approx(point.df1, rel=1e-13)
    assert θ == point.effective_ridge


def test_the_effective_ridge_needs_one_covariance():
    s, t = de.power_law(9, 1.0), de.power_law(9, 2.0)
    unlike = example(sources=[de.Source(6, s), de.Source(4, t)])
    with refused(
        de.SpecError, "effective ridge", "one covariance", "different", "predict(problem).fixed_point"
    ):
        de.effective_ridge(unlike)
    assert de.predict(unlike).fixed_point.effective_ridge is None


def test_sources_that_are_not_fitted_do_not_spoil_the_effective_ridge():
    s, t = de.power_law(9, 1.0), de.power_law(9, 2.0)
    alone = example(sources=[de.Source(6, s)])
    looked_at = example(sources=[de.Source(6, s), de.Source(0, t)])
    assert de.effective_ridge(looked_at) == de.effective_ridge(alone)


def test_one_covariance_with_unlike_weights_has_an_effective_ridge():
    """θ = 1/Σ (n_k/n) f_k, with f_k of each weight."""
    s = de.power_law(9, 1.0)
    mix = example(sources=[de.Source(6, s), de.Source(4, s, weight=0.2)])
    f, α = de.predict(mix).fixed_point.f, mix.fractions
    assert de.effective_ridge(mix) == pytest.approx(1 / np.dot(α, f), rel=1e-14)
    assert f[0] > f[1]


# Size


def _ols(n: int, d: int) -> de.Prediction:
    source = de.Source(n, de.isotropic(d), noise_variance=1.0)
    return de.predict(de.Problem(signal=1.0, sources=[source], ridge=1e-12))


def test_degrees_left_are_those_of_least_squares():
    assert _ols(50, 20).fixed_point.degrees_left == pytest.approx(30, rel=1e-9)


def test_a_size_too_small_for_the_theory_is_noted():
    """Least squares: d/(n − d) in theory, d/(n − d − 1) at finite size; the relative first
    correction is 1/(n − d)."""
    assert _ols(1000, 100).notes == () and _ols(1000, 100).status is de.Status.OK
    prediction = _ols(25, 20)
    assert prediction.approximation_error == pytest.approx(1 / 5, rel=1e-6)
    assert prediction.status is de.Status.APPROXIMATE
    (note,) = prediction.notes
    assert note.startswith("5 degrees of freedom are left to the samples") and "20% higher" in note


def test_one_sample_in_one_dimension_is_approximate():
    """The simulated error is lower here (0.3626, not 0.4517), and no direction is claimed."""
    source = de.Source(1, de.isotropic(1))
    model = de.RandomProjection(1)
    prediction = de.predict(de.Problem(signal=1.0, sources=[source], ridge=0.1, model=model))
    assert prediction.error == pytest.approx(0.4517, abs=1e-4)
    assert prediction.status is de.Status.APPROXIMATE
    (note,) = prediction.notes
    assert "any factor" in note and "higher" not in note


@pytest.mark.parametrize(
    ("m", "n", "predicted", "simulated", "stderr"),
    [(10, 300, 0.01314, 0.01458, 0.00017), (20, 2000, 0.00344, 0.00369, 0.00004)],
)
def test_the_fluctuation_of_narrow_projections_on_steep_spectra_is_estimated(
    m, n, predicted, simulated, stderr
):
    """Plain numpy simulations with at least 16 trials."""
    s = de.power_law(400, 3, trace=1)
    source, model = de.Source(n, s, noise_variance=1e-6), de.RandomProjection(m)
    p = de.predict(de.Problem(signal=1.0, sources=[source], ridge=1e-12, model=model))
    assert p.error == pytest.approx(predicted, abs=6e-6)
    assert p.status is de.Status.APPROXIMATE
    assert abs(p.error * (1 + p.approximation_error) - simulated) < 3 * stderr
    assert p.fixed_point.degrees_left < m / 2
    assert "left to the features" in p.notes[-1]


def test_widths_near_the_rank_are_noted():
    """Simulated at width 32 in 16 dimensions with n = 640: 24 ± 2.5% higher (400 trials)."""

    def of(d, width):
        source = de.Source(40 * d, de.isotropic(d))
        model = de.RandomProjection(width)
        return de.predict(de.Problem(signal=1.0, sources=[source], ridge=0.01, model=model))

    assert of(16, 32).status is de.Status.APPROXIMATE
    assert of(16, 32).approximation_error == pytest.approx(0.24, abs=3 * 0.025)
    assert "% higher" in of(16, 32).notes[0]
    assert of(100, 50).notes == of(100, 300).notes == ()


def test_features_of_few_coordinates_are_noted():
    """The theory needs (tr Σ)²/tr Σ² to be large."""
    features = de.RandomFeatures(300, de.activations.tanh)

    def of(s, model):
        source = de.Source(100, s, noise_variance=0.1)
        return de.predict(de.Problem(signal=1.0, sources=[source], ridge=1.0, model=model))

    assert of(de.isotropic(60), features).notes == ()
    assert of(de.isotropic(5), de.RandomProjection(300)).notes == ()
    few = of(de.isotropic(5), features)
    # simulated: 570 ± 2% higher
    assert few.approximation_error == pytest.approx(5.70, rel=0.02)
    assert "(tr Σ)²/tr Σ² = 5 dimensions" in few.notes[-1] and "higher" in few.notes[-1]


def test_features_without_a_linear_part_learn_nothing_and_say_so():
    """z² is even: its slope is 0, all of it is residual. The truth is noise of variance tr ΓΣ."""
    square = de.RandomFeatures(300, de.activations.polynomial([0.0, 0.0, 1.0]))
    source = de.Source(100, de.isotropic(60), noise_variance=0.1)
    mix = de.Problem(signal=1.0, sources=[source], ridge=0.1, model=square)
    prediction = de.predict(mix)
    u = prediction.variance / 0.1
    assert u > 0.1
    assert prediction.bias == pytest.approx(60 * (1 + u), rel=1e-13)
    assert any("no linear part" in note for note in prediction.notes)
    assert prediction.fixed_point.df1 == 0


def test_the_interpolation_threshold_at_a_tiny_ridge_is_noted():
    mix = de.Problem(
        signal=1.0,
        sources=[de.Source(100, de.power_law(200, 1.0), noise_variance=0.01)],
        ridge=1e-12,
        model=de.RandomProjection(100),
    )
    (note,) = de.predict(mix).notes
    assert "interpolation threshold" in note


def test_a_huge_ridge_is_no_overflow():
    mix = de.Problem(signal=1.0, sources=[de.Source(5, [0.1, 0.05])], ridge=1e308)
    assert de.predict(mix).error == pytest.approx(0.15)
    with refused(de.SolveError, "prediction", "range double precision", "1e308", ("units", "digits=16")):
        de.predict(replace(mix, signal=1e308, sources=[de.Source(5, [1e10, 1.0])]))


# Found by a reviewer


def test_sources_of_weight_0_need_not_commute():
    first, second = np.array([[2.0, 1.0], [1.0, 2.0]]), np.diag([1.0, 3.0])
    sources = [de.Source(5, first, weight=0), de.Source(3, second, weight=0)]
    assert de.predict(de.Problem(signal=1.0, ridge=0.1, sources=sources)).error == 4.0


def test_an_f_beyond_the_range_of_doubles_is_no_reason_to_refuse():
    source = de.Source(5, [1.0, 1.0], weight=1e10, noise_variance=0.1)
    prediction = de.predict(de.Problem(signal=1.0, ridge=1e-300, sources=[source]))
    assert prediction.error == pytest.approx(0.1 * 2 / 3, rel=1e-13)
    assert prediction.fixed_point.f == (float("inf"),)


def test_a_tiny_ridge_beside_low_rank_matrices_that_commute_is_quick():
    """In their eigenbasis; as the matrices are, to the last bit, it would take minutes."""
    Q = rotation(8, 0)
    Σ = (Q * np.array([1.0, 0.5, 0.25, 0.0, 0.0, 0.0, 0.0, 0.0])) @ Q.T
    sources = [de.Source(5, (Σ + Σ.T) / 2, noise_variance=0.1), de.Source(3, (Σ + Σ.T) / 2, shift=1)]
    tiny = de.predict(de.Problem(signal=1.0, sources=sources, ridge=1e-260))
    none = de.predict(de.Problem(signal=1.0, sources=sources, ridge=0))
    assert tiny.error == pytest.approx(none.error, rel=1e-11)
