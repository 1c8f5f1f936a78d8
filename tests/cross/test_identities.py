"""Identities of the theory that hold for every mix, with drawn parameters.

EQUAL, for two computations of one number from different equations: each is right to some 1e−14
relative to the sum of the absolute values of its summands. Where an identity has summands of both
signs, the tolerance is EQUAL times the sum of their absolute values.
"""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detequiv as de
from helpers.strategies import (
    arrays,
    changed,
    counts,
    decades,
    dimensions,
    everything,
    letters,
    mixes,
    models,
    moments,
    noises,
    paper_mixes,
    positive,
    projections,
    ridges,
    scaled,
    spectra,
    terms,
)

EQUAL = 1e-12


def same(a, b, tolerance=EQUAL):
    """Everything but the collapse relative to itself; the collapse, too, as gains are 1."""
    np.testing.assert_allclose(everything(a), everything(b), rtol=tolerance)


def with_counts(mix, real, synthetic):
    first, second = mix.sources
    sources = [changed(first, n=real), changed(second, n=synthetic)]
    return dataclasses.replace(mix, sources=sources)


# 1. The collapse is exactly quadratic in p_2.


@settings(max_examples=28)
@given(paper_mixes(model=models), st.integers(1, 12))
def test_collapse_is_quadratic_in_the_synthetic_fraction(mix, step):
    """With n fixed at 3 steps: the third difference of ζ at p_2 = 0, 1/3, 2/3, 1 is 0."""
    ζ = np.array([de.predict(with_counts(mix, (3 - k) * step, k * step)).collapse for k in range(4)])
    signs = np.array([-1, 3, -3, 1])
    assert ζ[0] == 0
    assert abs(signs @ ζ) <= EQUAL * (abs(signs) @ ζ)


@settings(max_examples=35)
@given(paper_mixes(model=models))
def test_collapse_has_the_coefficients_of_the_quadratic(mix):
    """ζ = p_2u tr ΔΣ + p_2²{(1+u) tr ΔΣ³T⁻² + ω′ tr ΔΣ²T⁻² − 2u tr ΔΣ²T⁻¹}."""
    Σ, _, Δ, θ, u, ω = letters(mix)
    p, T = mix.fractions[1], Σ + θ
    summands = [
        p * u * np.sum(Δ * Σ),
        p**2 * (1 + u) * np.sum(Δ * Σ**3 / T**2),
        p**2 * ω * np.sum(Δ * Σ**2 / T**2),
        -2 * p**2 * u * np.sum(Δ * Σ**2 / T),
    ]
    gap = abs(de.predict(mix).collapse - sum(summands))
    assert gap <= 1e-11 * sum(map(abs, summands))  # m − df2 above is a difference


# 2. A precision-shaped shift makes the collapse depend on df1(θ) alone.


@settings(max_examples=35)
@given(paper_mixes(model=models, zeros=False), positive)
def test_collapse_of_a_precision_shift(mix, quality):
    """ζ = c²u p_2[1 + p_2(n − 2 df_1(θ))/d], whatever Σ, λ and the width."""
    s = mix.sources[0].covariance
    shift = de.label_shift(s, quality)
    mix = dataclasses.replace(mix, sources=[mix.sources[0], changed(mix.sources[1], shift=shift)])
    *_, θ, u, _ = letters(mix)
    n, d, p = mix.n, mix.d, mix.fractions[1]
    df1 = de.degrees_of_freedom(s, θ)
    wanted = quality * u * p * (1 + p * (n - 2 * df1) / d)
    size = quality * u * p * (1 + p * (n + 2 * df1) / d)
    assert abs(de.predict(mix).collapse - wanted) <= EQUAL * size


# 6. Merging, common factors, limits.


@settings(max_examples=28)
@given(mixes(), st.integers(0, 40))
def test_merging_two_sources_with_one_truth_changes_nothing(mix, n):
    first, *rest = (changed(source, shift=None) for source in mix.sources)
    extra = changed(first, n=n).again()
    split = dataclasses.replace(mix, sources=[first, extra, *rest])
    merged = dataclasses.replace(mix, sources=[changed(first, n=first.n + n), *rest])
    target = lambda prediction: [*terms(prediction), prediction.error]  # noqa: E731
    np.testing.assert_allclose(target(de.predict(split)), target(de.predict(merged)), rtol=EQUAL)
    assert de.predict(split).sources[0].error == pytest.approx(de.predict(merged).sources[0].error, rel=EQUAL)


@settings(max_examples=15)
@given(spectra(9), positive, ridges, st.integers(2, 60))
def test_sixty_small_sources_are_one_large_one(values, noise, ridge, copies):
    small = de.Source(3, values, noise_variance=noise, gain=0.5)
    large = changed(small, n=3 * copies)
    many = de.Problem(signal=1.0, sources=[small.again() for _ in range(copies)], ridge=ridge)
    one = de.Problem(signal=1.0, sources=[large], ridge=ridge)
    np.testing.assert_allclose(terms(de.predict(many)), terms(de.predict(one)), rtol=EQUAL, atol=EQUAL)


@settings(max_examples=28)
@given(mixes(), decades(-6, 6))
def test_a_common_factor_of_weights_and_ridge_changes_nothing(mix, c):
    sources = [changed(source, weight=c * source.weight) for source in mix.sources]
    again = dataclasses.replace(mix, sources=sources, ridge=c * mix.ridge)
    same(de.predict(again), de.predict(mix))


@settings(max_examples=28)
@given(mixes())
def test_an_infinite_ridge_leaves_the_null_error(mix):
    """At ridge 1e15 the weights are below 1e−13 of what the labels ask for."""
    prediction = de.predict(dataclasses.replace(mix, ridge=1e15))
    assert prediction.error == pytest.approx(prediction.null_error, rel=1e-10)
    assert prediction.null_error == pytest.approx(
        float(np.sum(mix.signal * mix.target_covariance.values)), rel=EQUAL
    )


@settings(max_examples=28)
@given(paper_mixes(model=models))
def test_without_synthetic_samples_it_is_plain_ridge(mix):
    alone = dataclasses.replace(mix, sources=mix.sources[:1])
    empty = dataclasses.replace(mix, sources=[mix.sources[0], changed(mix.sources[1], n=0)])
    a, b = terms(de.predict(empty)), terms(de.predict(alone))
    np.testing.assert_allclose(a, b, rtol=1e-15)  # one noise less to add up
    assert de.predict(alone).collapse == 0


# 7. One source and a random projection: Simon et al. 2023, "More is better".


@st.composite
def one_source_projected(draw):
    d = draw(dimensions)
    n = draw(counts(d))
    width = draw(projections(d, n)).width
    return de.Problem(
        signal=draw(moments(d)),
        sources=[de.Source(n, draw(spectra(d)), noise_variance=draw(noises))],
        ridge=draw(ridges),
        model=de.RandomProjection(width, 1 / width),
    )


@settings(max_examples=20)
@given(one_source_projected())
def test_one_projected_source_obeys_more_is_better(mix):
    """E + σ² as they state it. Their quotients take differences that cancel to m − df_1 and to
    n − df_1, so both sides are evaluated with 60 digits."""
    (source,) = mix.sources
    prediction = de.predict(mix, digits=60)
    point = prediction.fixed_point
    exact = type(point.kappa)  # mpmath numbers of that precision
    n, m, σ2 = exact(mix.n), exact(mix.model.width), exact(source.noise_variance)
    frame = mix.coordinates
    given = (frame.covariances[0], frame.independent.signal, frame.multiplicities)
    λ, Γ, copies = (np.array([exact(x) for x in a.tolist()]) for a in given)
    κ, z, q = point.effective_ridge, point.df1, point.df2
    v2 = λ * Γ
    damped = κ / (λ + κ) - κ * λ / (λ + κ) ** 2 * (m - z) / (m - q)
    inflation = 1 - (q * (m - 2 * z) + z**2) / (n * (m - q))
    stated = (copies @ (damped * v2) + σ2) / inflation
    assert abs(stated / (prediction.error + σ2) - 1) < 1e-30


@settings(max_examples=28)
@given(paper_mixes(model=projections))
def test_the_variance_factor_is_that_of_the_dimension_free_theory(mix):
    """Υ = u/(1+u) of arXiv 2405.15699: Υ = (m/n)[(1−r)² + r² df_2/(m − df_2)], r = 1 − df_1/m."""
    *_, u, _ = letters(mix)
    m, n, point = mix.model.width, mix.n, de.predict(mix).fixed_point
    r, spread = point.width_left / m, point.df1 - point.df2
    Υ = m / n * ((1 - r) ** 2 + r**2 * point.df2 / (point.width_left + spread))
    assert abs(u / (1 + u) - Υ) <= 1e-11


# Nonlinear random features, one source: Adlam and Pennington 2020, S67 and S68.


@pytest.mark.slow
@settings(max_examples=20)
@given(
    st.sampled_from(["tanh", "erf", "relu", "sign", "sine", "softplus", "gelu"]),
    st.integers(1, 40),
    st.integers(1, 60),
    st.integers(1, 60),
    decades(-6, 2),
)
def test_the_kernel_of_random_features_has_the_traces_of_adlam_and_pennington(name, d, n, m, λ):
    """F = act(WX/√d) with X, W of N(0, 1) entries and K = FᵀF/m + λ, so that our ridge is mλ/n.
    λτ_1 = λ tr K⁻¹/n is what training leaves of the residuals, (n − df)/n. S67 gives τ_2; then S68
    holds. Both are differences that cancel to 1e−10 at worst here, and evaluated with 40 digits."""
    activation = getattr(de.activations, name)
    mix = de.Problem(
        signal=1.0,
        sources=[de.Source(n, np.ones(d))],
        ridge=m * λ / n,
        model=de.RandomFeatures(m, activation),  # s² = 1/tr Σ = 1/d, exactly
    )
    point = de.predict(mix, digits=40).fixed_point
    found = activation.moments(1.0, digits=40)
    ζ, η = found.slope**2, found.slope**2 + found.residual
    exact = type(point.kappa)
    λ = exact(mix.ridge) * n / m
    φ, ψ = exact(d) / n, exact(d) / m
    τ1 = point.samples_left / (n * λ)
    τ2 = φ**2 * τ1 / (φ**2 + ζ * τ1 * (φ + ψ * (λ * τ1 - 1)))
    left = ζ * τ1 * τ2 * (λ * τ1 - 1)
    right = φ * (τ2 - τ1) * (ζ * (τ2 - τ1) + η * τ1)
    assert abs(left - right) < 1e-25 * abs(left)


# 8. Sources with disjoint ranges decouple in the linear model.


@st.composite
def disjoint_mixes(draw):
    sizes = draw(st.lists(st.integers(1, 8), min_size=2, max_size=3))
    d = sum(sizes)
    found, start = [], 0
    for size in sizes:
        values = np.zeros(d)
        values[start : start + size] = draw(spectra(size))
        start += size
        found.append(
            de.Source(
                draw(counts(size)),
                values,
                noise_variance=draw(noises),
                shift=draw(st.one_of(st.none(), moments(d))),
                weight=draw(positive),
            )
        )
    return de.Problem(signal=draw(moments(d)), sources=found, ridge=draw(ridges))


def alone(mix, k):
    """Source k as a problem of its own, with ridge λ n/n_k."""
    source = mix.sources[k]
    return dataclasses.replace(mix, sources=[source], ridge=mix.ridge * (mix.n / source.n))


@settings(max_examples=28)
@given(disjoint_mixes())
def test_sources_with_disjoint_ranges_decouple(mix):
    together = de.predict(mix)
    for k, source in enumerate(together.sources):
        by_itself = de.predict(alone(mix, k)).sources[0]
        assert dataclasses.astuple(source) == pytest.approx(dataclasses.astuple(by_itself), rel=EQUAL)


@settings(max_examples=28)
@given(disjoint_mixes())
def test_the_error_on_the_sum_of_disjoint_ranges_is_the_sum_of_errors(mix):
    whole = sum(source.covariance.values for source in mix.sources)
    on_all = dataclasses.replace(mix, target=de.Target(whole))
    on_each = [
        dataclasses.replace(alone(mix, k), target=de.Target(source.covariance))
        for k, source in enumerate(mix.sources)
    ]
    parts = np.sum([terms(de.predict(part)) for part in on_each], axis=0)
    np.testing.assert_allclose(terms(de.predict(on_all)), parts, rtol=EQUAL)


# 9. Units: factors that are powers of two change no digit.


@settings(max_examples=28)
@given(mixes(gains=True), st.sampled_from([-300, -53, -1, 1, 53, 300]))
def test_covariances_noise_and_ridge_in_other_units_give_the_same_digits(mix, exponent):
    c = 2.0**exponent
    np.testing.assert_array_equal(everything(de.predict(scaled(mix, c))), c * everything(de.predict(mix)))


@settings(max_examples=28)
@given(mixes(gains=True), st.sampled_from([-300, -53, 53, 300]))
def test_labels_in_other_units_give_the_same_digits(mix, exponent):
    c = 2.0**exponent
    sources = [
        changed(
            source,
            noise_variance=c * source.noise_variance,
            shift=None if source.shift is None else c * source.shift,
        )
        for source in mix.sources
    ]
    again = dataclasses.replace(mix, signal=c * mix.signal, sources=sources)
    np.testing.assert_array_equal(everything(de.predict(again)), c * everything(de.predict(mix)))


@settings(max_examples=28)
@given(mixes(gains=True), st.sampled_from([-300, -53, 53, 300]))
def test_weights_and_ridge_in_other_units_give_the_same_digits(mix, exponent):
    c = 2.0**exponent
    sources = [changed(source, weight=c * source.weight) for source in mix.sources]
    again = dataclasses.replace(mix, sources=sources, ridge=c * mix.ridge)
    np.testing.assert_array_equal(everything(de.predict(again)), everything(de.predict(mix)))


@settings(max_examples=28)
@given(mixes(), decades(-6, 6))
def test_any_unit_of_the_covariances_will_do(mix, c):
    np.testing.assert_allclose(
        everything(de.predict(scaled(mix, c))), c * everything(de.predict(mix)), rtol=EQUAL
    )


# Weight 0, no samples, order, multiplicities, width → ∞.


@settings(max_examples=28)
@given(mixes(), st.integers(1, 60))
def test_weight_zero_is_leaving_out_at_a_larger_ridge(mix, n):
    """Weight 0 keeps the samples in n: the same as leaving out at ridge λ n/n₊."""
    ignored = changed(mix.sources[0], n=n, weight=0.0).again()
    with_it = dataclasses.replace(mix, sources=[*mix.sources, ignored])
    left_out = dataclasses.replace(mix, ridge=mix.ridge * ((mix.n + n) / mix.n))
    a, b = de.predict(with_it), de.predict(left_out)
    np.testing.assert_allclose(terms(a), terms(b), rtol=EQUAL)
    for one, other in zip(a.sources, b.sources, strict=False):
        assert dataclasses.astuple(one) == pytest.approx(dataclasses.astuple(other), rel=EQUAL)
    assert a.fixed_point.f[-1] == 0


@settings(max_examples=28)
@given(mixes(), spectra(24))
def test_a_source_without_samples_only_adds_its_own_error(mix, values):
    """What is said of it is what is said of a target with its covariance."""
    covariance = values[: mix.d] if values[: mix.d].any() else np.ones(mix.d)
    looked_at = de.Source(0, covariance, noise_variance=0.25)
    a = de.predict(dataclasses.replace(mix, sources=[*mix.sources, looked_at]))
    np.testing.assert_allclose(terms(a), terms(de.predict(mix)), rtol=EQUAL)
    b = de.predict(dataclasses.replace(mix, target=de.Target(covariance)))
    assert a.sources[-1].error == pytest.approx(b.error, rel=EQUAL)
    assert a.sources[-1].error_with_noise == pytest.approx(b.error + 0.25, rel=EQUAL)
    assert a.sources[-1].training_error is None


@settings(max_examples=28)
@given(mixes(gains=True), st.randoms(use_true_random=False))
def test_the_order_of_the_sources_does_not_matter(mix, random):
    order = random.sample(range(len(mix.sources)), len(mix.sources))
    mix = dataclasses.replace(mix, target=de.Target(mix.target_covariance))
    a = de.predict(mix)
    b = de.predict(dataclasses.replace(mix, sources=[mix.sources[k] for k in order]))
    assert b.error == pytest.approx(a.error, rel=EQUAL)
    for place, k in enumerate(order):
        assert b.sources[place].error == pytest.approx(a.sources[k].error, rel=EQUAL)
        assert b.fixed_point.f[place] == pytest.approx(a.fixed_point.f[k], rel=EQUAL)


def reordered(moment, order):
    return moment[order] if isinstance(moment, np.ndarray) else moment


@settings(max_examples=28)
@given(mixes(gains=True), st.integers(0, 99))
def test_the_order_of_the_coordinates_does_not_matter(mix, seed):
    order = np.random.default_rng(seed).permutation(mix.d)
    sources = [
        changed(source, covariance=source.covariance.values[order], shift=reordered(source.shift, order))
        for source in mix.sources
    ]
    target = mix.target and de.Target(mix.target.covariance.values[order])
    again = dataclasses.replace(mix, signal=reordered(mix.signal, order), sources=sources, target=target)
    a, b = de.predict(mix), de.predict(again)
    assert b.error == pytest.approx(a.error, rel=EQUAL)
    assert b.bias == pytest.approx(a.bias, rel=EQUAL)
    assert b.fixed_point.f == pytest.approx(a.fixed_point.f, rel=EQUAL)


@settings(max_examples=28)
@given(st.data())
def test_multiplicities_are_repeated_eigenvalues(data):
    p = data.draw(st.integers(1, 6))
    times = data.draw(arrays(p, st.integers(1, 9))).astype(float)
    repeated = np.repeat(np.arange(p), times.astype(int))
    d = repeated.size
    values = [data.draw(spectra(p)) for _ in range(2)]
    signal, shift = data.draw(arrays(p, positive)), data.draw(arrays(p, positive))
    n = data.draw(st.tuples(counts(d), counts(d)))
    model, ridge = data.draw(models(d, sum(n))), data.draw(ridges)

    def mix(covariances, signal, shift):
        real = de.Source(n[0], covariances[0], noise_variance=0.1)
        synthetic = de.Source(n[1], covariances[1], noise_variance=0.2, shift=shift, weight=0.5)
        return de.Problem(signal=signal, sources=[real, synthetic], ridge=ridge, model=model)

    short = mix([de.Spectrum(v, times) for v in values], signal, shift)
    long = mix([v[repeated] for v in values], signal[repeated], shift[repeated])
    same(de.predict(short), de.predict(long))


@settings(max_examples=20)
@given(st.lists(decades(-2, 1), min_size=3, max_size=3), ridges)
def test_unlike_integer_multiplicities_are_expanded(values, ridge):
    """Two levels against one: 2 + 3 coordinates against 5."""
    a, b, c = values
    real, synthetic = de.Spectrum([a, b], [2.0, 3.0]), de.isotropic(5, 5 * c)
    short = de.Problem(
        signal=1.0, sources=[de.Source(4, real), de.Source(3, synthetic, shift=1.0)], ridge=ridge
    )
    long = de.Problem(
        signal=1.0, sources=[de.Source(4, [a, a, b, b, b]), de.Source(3, [c] * 5, shift=1.0)], ridge=ridge
    )
    same(de.predict(short), de.predict(long))


@settings(max_examples=28)
@given(mixes(), st.sampled_from([10**13, 10**15]))
def test_an_infinite_width_is_the_linear_model(mix, width):
    """At entry variance 1/m and the same ridge; what is left is df_1/m < 1e−11 of an error."""
    linear = dataclasses.replace(mix, model=de.Linear())
    wide = dataclasses.replace(mix, model=de.RandomProjection(width, 1 / width))
    a, b = everything(de.predict(wide)), everything(de.predict(linear))
    np.testing.assert_allclose(a, b, rtol=1e-9)


@settings(max_examples=28)
@given(paper_mixes(model=projections))
def test_the_default_entry_variance_is_one_over_d(mix):
    model = de.RandomProjection(mix.model.width, None)
    explicit = de.RandomProjection(mix.model.width, 1 / mix.d)
    a = de.predict(dataclasses.replace(mix, model=model))
    b = de.predict(dataclasses.replace(mix, model=explicit))
    same(a, b)


# The size of a truth is its own


@pytest.mark.parametrize("gain", [1e-8, 1e-12, 1e-17])
@pytest.mark.parametrize("signal", [1.0, de.Fixed(np.arange(1.0, 7.0))], ids=["random", "fixed"])
def test_the_error_on_a_source_scales_with_its_own_gain(signal, gain):
    """One source alone: what it does to w_t is nothing to its own error, which is of size gain²."""
    S = [1.0, 0.5, 0.25, 1.0, 0.1, 0.3]

    def fresh(g):
        source = de.Source(4, S, gain=g)
        return de.predict(de.Problem(signal=signal, sources=[source], ridge=1e-3)).sources[0]

    assert fresh(gain).error == pytest.approx(gain**2 * fresh(1.0).error, rel=1e-13)
    assert fresh(gain).training_error == pytest.approx(gain**2 * fresh(1.0).training_error, rel=1e-13)


@pytest.mark.parametrize("size", [1.0, 1e-10, 1e-20])
def test_joint_moments_of_unlike_sizes_are_those_of_a_gain_and_a_shift(size):
    S = [1.0, 0.5, 0.25, 1.0, 0.1, 0.3]
    joint = de.Problem(truths=de.Moments([[size, 0.0], [0.0, 1.0]]), sources=[de.Source(4, S)], ridge=1e-3)
    plain = de.Problem(signal=1.0, sources=[de.Source(4, S, gain=0.0, shift=size)], ridge=1e-3)
    a, b = de.predict(joint), de.predict(plain)
    assert a.sources[0].error == pytest.approx(b.sources[0].error, rel=1e-13)
    assert a.sources[0].training_error == pytest.approx(b.sources[0].training_error, rel=1e-13)
    assert a.error == pytest.approx(b.error, rel=1e-13)
