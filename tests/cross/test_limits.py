"""Limits in which a problem becomes another one, or a closed form: for problems of every kind.

EQUAL as in test_invariances: rounding of a matrix is 1e−12 of its smallest eigenvalue.
"""

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import detequiv as de
from helpers.strategies import (
    changed,
    decades,
    everything,
    few_dimensions,
    in_basis,
    letters,
    models,
    moments,
    noises,
    paper_mixes,
    positive,
    positive_ridges,
    problems,
    rotation,
    seeds,
    spectra,
    terms,
)
from helpers.transformations import agree, as_matrix, entries, has_products, joint, label_variances, mapped

EQUAL = 1e-11


# What every problem obeys


@settings(max_examples=18)
@given(problems())
def test_the_terms_add_up_to_the_error(mix):
    """Error and collapse are formed apart: equal up to the rounding of their summands, which are
    below 4 (bias + error) in sum."""
    prediction = de.predict(mix)
    if np.isfinite(terms(prediction)).all():
        size = 4 * (prediction.bias + prediction.variance + prediction.error)
        if has_products(mix):
            size += label_variances(mix).sum()
        assert abs(terms(prediction).sum() - prediction.error) <= 1e-13 * size
    else:
        assert prediction.status is de.Status.DIVERGES
        assert abs(prediction.error) == np.inf or -np.inf in terms(prediction)


@settings(max_examples=18)
@given(problems(truths=("random",), gains=False))
def test_without_gains_no_term_is_negative(mix):
    prediction = de.predict(mix)
    assert (terms(prediction) >= 0).all()
    assert all(source.error >= 0 for source in prediction.sources)


@settings(max_examples=18)
@given(problems())
def test_training_errors_lie_between_zero_and_the_errors_on_fresh_data(mix):
    prediction = de.predict(mix)
    assert prediction.bias >= 0 and prediction.variance >= 0
    rounding = 1e-13 * label_variances(mix)  # 0 where positive and negative summands cancel
    for source, slack in zip(prediction.sources, rounding, strict=False):
        assert -slack <= source.error
        assert -slack <= source.training_error <= source.error_with_noise + slack


@settings(max_examples=18)
@given(problems(ridge=positive_ridges))
def test_the_equations_hold_at_the_returned_point(mix):
    """(F) and (κ) in the letters of the theory, with X = Σ_k (n_k/n) f_k μ_k²Σ_k, P = (I + X)⁻¹."""
    point, d, n = de.predict(mix).fixed_point, int(mix.d), mix.n
    covariances = [as_matrix(entries(source.covariance), d) for source in mix.sources]
    μ2, tails = np.transpose([_slope_and_tail(mix, np.trace(Σ)) for Σ in covariances])
    αf = np.multiply(mix.fractions, point.f)
    P = np.linalg.inv(np.eye(d) + np.einsum("k,kij", αf * μ2, covariances))
    df1, ν = d - np.trace(P), αf @ tails
    for source, f, m, tail, Σ in zip(mix.sources, point.f, μ2, tails, covariances, strict=True):
        wanted = point.kappa / source.weight + (m * np.trace(Σ @ P) + tail) / n
        assert 1 / f == pytest.approx(wanted, rel=EQUAL)
    assert point.df1 == pytest.approx(df1, rel=EQUAL, abs=EQUAL * d)
    assert point.df2 == pytest.approx(np.trace(P @ P) - d + 2 * df1, rel=EQUAL, abs=EQUAL * d)
    assert point.samples_left == pytest.approx(n - df1 - ν, rel=EQUAL, abs=EQUAL * n)
    wanted = point.kappa
    if not isinstance(mix.model, de.Linear):
        m = mix.model.width
        left = m - df1 - ν
        assert point.width_left == pytest.approx(left, rel=EQUAL, abs=EQUAL * m)
        wanted *= left * (mix.entry_variance or 1.0)
    if isinstance(mix.model, de.OrthogonalProjection):
        wanted *= 1 / (d - df1)
    # m − df1 is a difference here, of numbers up to 3d + 3 = 24
    assert mix.ridge == pytest.approx(wanted, rel=EQUAL, abs=EQUAL * 24 * point.kappa)


def _slope_and_tail(mix, trace):
    """μ² and μ*²/s² of one source."""
    if not isinstance(mix.model, de.RandomFeatures):
        return 1.0, 0.0
    found = mix.model.activation.moments(mix.entry_variance * trace)
    return found.slope**2, found.residual / mix.entry_variance


@settings(max_examples=18)
@given(problems(models=("linear", "projection", "orthogonal"), ridge=st.just(0.0)))
def test_without_ridge_the_smallest_count_is_used_up(mix):
    """df_1 = min(n, m, r), of samples, width and rank: one source, so that none can split off."""
    mix = dataclasses.replace(mix, sources=mix.sources[:1], truths=None, signal=1.0, target=None)
    point, n = de.predict(mix).fixed_point, mix.n
    r = np.count_nonzero(_eigenvalues(mix.sources[0]))
    m = np.inf if isinstance(mix.model, de.Linear) else mix.model.width
    assert point.df1 == pytest.approx(min(n, m, r), rel=EQUAL)
    assert point.samples_left == pytest.approx(max(n - min(m, r), 0), rel=EQUAL, abs=1e-12)
    if isinstance(mix.model, de.Linear):
        assert point.width_left is None
    else:
        assert point.width_left == pytest.approx(max(m - min(n, r), 0), rel=EQUAL, abs=1e-12)
    assert (point.kappa > 0) == (m < min(n, r))
    assert np.isinf(point.f[0]) == (r <= min(n, m))


# Models that are one another


@settings(max_examples=15)
@given(problems(models=("linear",)))
def test_an_orthogonal_projection_to_all_dimensions_is_the_linear_model(mix):
    square = dataclasses.replace(mix, model=de.OrthogonalProjection(mix.d))
    np.testing.assert_array_equal(everything(de.predict(square)), everything(de.predict(mix)))


@settings(max_examples=15)
@given(problems(models=("projection",)))
def test_features_of_the_identity_are_random_projections(mix):
    s2 = mix.entry_variance
    projected = dataclasses.replace(mix, model=de.RandomProjection(mix.model.width, s2))
    model = de.RandomFeatures(mix.model.width, de.activations.identity, s2)
    features = dataclasses.replace(mix, model=model)
    np.testing.assert_array_equal(everything(de.predict(features)), everything(de.predict(projected)))


@settings(max_examples=15)
@given(problems(models=("projection",)), st.sampled_from([0.5, -2.0, 8.0]))
def test_a_steeper_linear_activation_is_a_larger_entry_variance(mix, slope):
    """act(z) = cz: the projection with c²s². Powers of two: the same digits."""
    s2, m = mix.entry_variance, mix.model.width
    projected = dataclasses.replace(mix, model=de.RandomProjection(m, slope**2 * s2))
    model = de.RandomFeatures(m, de.activations.polynomial([0.0, slope]), s2)
    a, b = de.predict(dataclasses.replace(mix, model=model)), de.predict(projected)
    agree(everything(a), everything(b), _sizes(b), EQUAL)


def _sizes(prediction):
    """Themselves, and where truths have products the variances of all labels."""
    size = np.nan_to_num(np.abs(everything(prediction)), posinf=0.0)
    return size + has_products(prediction.problem) * label_variances(prediction.problem).sum()


@settings(max_examples=15)
@given(problems(truths=("random",)))
def test_fixed_columns_of_a_root_are_the_random_truth(mix):
    """d outputs w_i = i-th column of L with LLᵀ = Γ: the errors add up to those of E wwᵀ = Γ."""
    sources = [changed(source, shift=None) for source in mix.sources]
    random = dataclasses.replace(mix, sources=sources)
    values, basis = np.linalg.eigh(as_matrix(mix.signal, int(mix.d)))
    root = basis * np.sqrt(np.maximum(values, 0))
    a, b = de.predict(dataclasses.replace(random, signal=de.Fixed(root))), de.predict(random)
    size = _sizes(b) + label_variances(random).sum()
    agree(everything(a), everything(b), size, EQUAL)


# ridge → 0


@pytest.mark.slow
@settings(max_examples=25)
@given(problems(ridge=st.just(0.0)))
def test_no_ridge_is_the_limit_of_small_ridges(mix):
    """Near 0 a finite number departs from its limit by cλ^p with p ≥ 1/3 (triple ties), so that
    from 8λ to λ it moves by at least as much as what is left; a diverging one grows by 2 or more.
    λ is 1e−13 of the smallest eigenvalue, far above the rounding of any difference."""
    scale = min(float(np.min(v[v > 1e-12])) for v in map(_eigenvalues, mix.sources))
    small = 1e-13 * scale * min(source.weight for source in mix.sources) / mix.n
    if mix.entry_variance is not None:
        small *= min(1.0, mix.entry_variance)
    limit, near, far = (
        everything(de.predict(dataclasses.replace(mix, ridge=x))) for x in (0.0, small, 8 * small)
    )
    # both ridges are solved to 1e−11, and a vanishing number is a difference of others
    rounding = 1e-10 * (np.abs(near) + label_variances(mix).sum())
    finite = np.isfinite(limit)
    assert not np.isnan(limit).any()
    left, moved = abs(near - limit)[finite], abs(far - near)[finite]
    assert (left <= 1.01 * moved + rounding[finite]).all()
    finite[3] |= has_products(mix)  # its parts may diverge against each other, and cancel
    assert (abs(near)[~finite] >= 1.9 * abs(far)[~finite]).all()
    assert (np.sign(near) == np.sign(limit))[~finite].all()


def _eigenvalues(source):
    covariance = source.covariance
    return covariance.values if isinstance(covariance, de.Spectrum) else covariance.eigenvalues


# ridge → ∞


@settings(max_examples=15)
@given(problems())
def test_an_infinite_ridge_leaves_the_null_error(mix):
    """At ridge 1e15 predictions are below 1e−12 of what the labels ask for."""
    prediction = de.predict(dataclasses.replace(mix, ridge=1e15))
    scale = label_variances(mix)
    assert prediction.null_error == pytest.approx(scale[-1], rel=EQUAL)
    assert prediction.error == pytest.approx(scale[-1], rel=1e-10, abs=1e-10 * scale.sum())
    for source, own in zip(prediction.sources, scale, strict=False):
        assert source.error == pytest.approx(own, rel=1e-10, abs=1e-10 * scale.sum())
        assert source.training_error == pytest.approx(source.error_with_noise, rel=1e-10)


# width → ∞


@settings(max_examples=15)
@given(problems(models=("linear",), ridge=positive_ridges), st.sampled_from(["1/m", "1/d"]))
def test_an_infinite_width_is_the_linear_model(mix, entries):
    """At s² = 1/m and the same ridge, or at s² = 1/d and the ridge times m/d. What is left is
    df_1/m < 1e−12 of an error, and 1e4 times that near a threshold at ridge 1e−4."""
    m = 10**13
    s2 = 1 / m if entries == "1/m" else None
    ridge = mix.ridge * (1.0 if entries == "1/m" else m / mix.d)
    wide = dataclasses.replace(mix, model=de.RandomProjection(m, s2), ridge=ridge)
    a, b = everything(de.predict(wide)), everything(de.predict(mix))
    atol = 1e-8 * label_variances(mix).sum() if has_products(mix) else 0.0
    np.testing.assert_allclose(a, b, rtol=1e-8, atol=atol)


# n → ∞


@settings(max_examples=18)
@given(problems(models=("linear",), ridge=positive_ridges))
def test_infinitely_many_samples_are_the_population(mix):
    """ŵ = (Σ α_ka_kΣ_k + λ)⁻¹ Σ α_ka_kΣ_kw_k; corrections of order d/n = 1e−12."""
    many = 10**12
    sources = [changed(source, n=source.n * many) for source in mix.sources]
    prediction = de.predict(dataclasses.replace(mix, sources=sources))
    d, W = int(mix.d), joint(mix).truths.blocks
    Σ = [as_matrix(entries(source.covariance), d) for source in mix.sources]
    H = [α * source.weight * S for α, source, S in zip(mix.fractions, mix.sources, Σ, strict=True)]
    G = np.linalg.inv(mix.ridge * np.eye(d) + sum(H))
    maps = [*(-G @ h for h in H), np.eye(d)]  # w_t − ŵ = Σ maps_k w_k
    Σ_t = as_matrix(entries(mix.target_covariance), d)
    wanted = sum(
        np.trace(A.T @ Σ_t @ B @ as_matrix(W[k][j], d))
        for j, A in enumerate(maps)
        for k, B in enumerate(maps)
    )
    scale = label_variances(mix).sum() + sum(source.noise_variance for source in mix.sources)
    assert prediction.error == pytest.approx(wanted, rel=1e-9, abs=1e-9 * scale)


@settings(max_examples=15)
@given(st.data())
def test_with_many_samples_and_no_ridge_the_collapse_is_p2_squared(data):
    """φ → 0, one covariance: ζ = p_2² tr ΣΔ, whatever Σ; version 2 prints tr Δ."""
    d = data.draw(few_dimensions)
    Σ = in_basis(data.draw(spectra(d, zeros=False)) + 0.01, rotation(d, data.draw(seeds)))
    Δ = in_basis(data.draw(spectra(d)), rotation(d, data.draw(seeds)))
    n = [data.draw(st.integers(1, 9)) * 10**12 for _ in range(2)]
    mix = de.Problem(signal=1.0, sources=[de.Source(n[0], Σ), de.Source(n[1], Σ, shift=Δ)], ridge=0.0)
    p2 = mix.fractions[1]
    prediction = de.predict(mix)
    assert prediction.bias == 0
    assert prediction.collapse == pytest.approx(p2**2 * np.trace(Σ @ Δ), rel=1e-10)
    assert prediction.collapse == pytest.approx(p2**2 * mix.quality(1), rel=1e-10)


# Identities 3 to 5 of the ridgeless case: one covariance, T = Σ + θ.


def without_ridge(mix, n, width, turn=None):
    """The two-source mix at ridge 0 with so many samples in all, at least one synthetic."""
    half = n // 2
    sources = [changed(mix.sources[0], n=n - half), changed(mix.sources[1], n=half)]
    model = de.Linear() if width is None else de.RandomProjection(width)
    there = dataclasses.replace(mix, sources=sources, ridge=0.0, model=model)
    if turn is not None:
        Q = rotation(mix.d, turn)
        there = mapped(there, covariance=lambda Σ: in_basis(Σ, Q), moment=lambda M: _turned(M, Q))
    return there


def _turned(M, Q):
    return M if np.ndim(M) == 0 else in_basis(M, Q)


turns = st.one_of(st.none(), seeds)


def close(mix, turn, base=1e-10):
    """A tolerance: ``base``, and where the covariance is a matrix the rounding of that, d·eps of
    its largest eigenvalue relative to the smallest, times 10."""
    Σ = mix.sources[0].covariance.values
    rounding = 10 * mix.d * np.finfo(float).eps * Σ.max() / Σ.min()
    return base + (rounding if turn is not None else 0.0)


@settings(max_examples=15)
@given(paper_mixes(zeros=False), st.data(), turns)
def test_a_narrow_width_without_ridge(mix, data, turn):
    """m < min(n, d): df_1(θ) = m, V = σ²ψ/(1 − ψ), B = θ tr[ΓΣT⁻¹]/(1 − ψ), ψ = m/n."""
    assume(mix.d >= 2)
    m = data.draw(st.integers(1, mix.d - 1))
    n = m + data.draw(st.integers(1, 3 * mix.d))
    there = without_ridge(mix, n, m, turn)
    prediction = de.predict(there)
    Σ, Γ = mix.sources[0].covariance.values, mix.signal
    θ, ψ = de.effective_ridge(there), m / n
    σ2 = np.dot(there.fractions, [source.noise_variance for source in there.sources])
    assert prediction.fixed_point.df1 == pytest.approx(m, rel=close(mix, turn, EQUAL))
    assert np.sum(Σ / (Σ + θ)) == pytest.approx(m, rel=close(mix, turn))
    assert prediction.variance == pytest.approx(σ2 * ψ / (1 - ψ), rel=close(mix, turn))
    assert prediction.bias == pytest.approx(θ * np.sum(Γ * Σ / (Σ + θ)) / (1 - ψ), rel=close(mix, turn))
    assert prediction.sources[0].training_error > 0 or σ2 == 0


@settings(max_examples=15)
@given(paper_mixes(zeros=False), st.data(), turns, positive)
def test_few_samples_without_ridge(mix, data, turn, quality):
    """n < min(m, d): df_1(θ) = n, 1 + u = n(m − df_2)/((n − df_2)(m − n)), and for the shift of
    quality c² of precision shape ζ = c²u p_2(1 − p_2n/d), symmetric about p_2 = d/2n."""
    assume(mix.d >= 3)
    n = data.draw(st.integers(2, mix.d - 1))
    m = n + data.draw(st.integers(1, 3 * mix.d))
    Σ = mix.sources[0].covariance.values
    shift = de.label_shift(Σ, quality)
    mix = dataclasses.replace(mix, sources=[mix.sources[0], changed(mix.sources[1], shift=shift)])
    there = without_ridge(mix, n, m, turn)
    prediction, θ = de.predict(there), de.effective_ridge(there)
    df2 = np.sum((Σ / (Σ + θ)) ** 2)
    u = n * (m - df2) / ((n - df2) * (m - n)) - 1
    σ2 = np.dot(there.fractions, [source.noise_variance for source in there.sources])
    p2 = there.fractions[1]
    assert np.sum(Σ / (Σ + θ)) == pytest.approx(n, rel=close(mix, turn))
    assert prediction.variance == pytest.approx(
        σ2 * u, rel=close(mix, turn, 1e-8)
    )  # n − df_2 and u are differences
    ζ = quality * u * p2 * (1 - p2 * n / mix.d)
    assert prediction.collapse == pytest.approx(ζ, rel=close(mix, turn, 1e-8))
    assert all(source.training_error == 0 for source in prediction.sources)


@settings(max_examples=15)
@given(paper_mixes(zeros=False), st.data(), turns)
def test_more_samples_and_features_than_dimensions_without_ridge(mix, data, turn):
    """d ≤ min(m, n), d < n: B = 0, u = φ/(1 − φ), whatever m."""
    n = mix.d + data.draw(st.integers(1, 3 * mix.d))
    m = data.draw(st.one_of(st.none(), st.integers(mix.d, 4 * mix.d)))
    there = without_ridge(mix, n, m, turn)
    prediction, φ = de.predict(there), mix.d / n
    σ2 = np.dot(there.fractions, [source.noise_variance for source in there.sources])
    assert prediction.bias == 0
    assert prediction.variance == pytest.approx(σ2 * φ / (1 - φ), rel=close(mix, turn, EQUAL))
    assert prediction.fixed_point.kappa == 0
    assert prediction.fixed_point.df1 == pytest.approx(mix.d, rel=close(mix, turn, EQUAL))


@settings(max_examples=15)
@given(paper_mixes(zeros=False), st.data(), turns)
def test_the_bias_of_an_isotropic_signal_is_symmetric_in_samples_and_width(mix, data, turn):
    """Without ridge, n ≠ m below d: swapped, they give one bias."""
    assume(mix.d >= 3)
    a, b = data.draw(st.lists(st.integers(1, mix.d - 1), min_size=2, max_size=2, unique=True))
    mix = dataclasses.replace(mix, signal=0.7)
    one, other = (de.predict(without_ridge(mix, n, m, turn)) for n, m in ((a, b), (b, a)))
    assert one.bias == pytest.approx(other.bias, rel=close(mix, turn))


# Ranges that are disjoint


@st.composite
def disjoint(draw):
    """Two sources whose covariances have orthogonal ranges, in any rotation."""
    sizes = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    d, Q = sum(sizes), rotation(sum(sizes), draw(seeds))
    found, start = [], 0
    for size in sizes:
        values = np.zeros(d)
        values[start : start + size] = draw(spectra(size, zeros=False)) + 0.01
        start += size
        n = draw(st.integers(1, 3 * size + 2))
        found.append(
            de.Source(
                n,
                in_basis(values, Q),
                noise_variance=draw(noises),
                shift=draw(moments(d)),
                weight=draw(positive),
            )
        )
    ridge = draw(st.one_of(st.just(0.0), decades(-3, 1)))
    return de.Problem(signal=draw(moments(d)), sources=found, ridge=ridge)


@pytest.mark.slow
@settings(max_examples=18)
@given(disjoint())
def test_sources_with_disjoint_ranges_decouple_without_ridge_too(mix):
    """Each is a problem of its own with ridge λ n/n_k; at ties of either its own terms diverge."""
    together = de.predict(mix)
    for k, source in enumerate(mix.sources):
        alone = dataclasses.replace(mix, sources=[source], ridge=mix.ridge * (mix.n / source.n))
        by_itself = de.predict(alone).sources[0]
        found = dataclasses.astuple(together.sources[k])
        assert found == pytest.approx(dataclasses.astuple(by_itself), rel=1e-10, abs=1e-13)


# The effective ridge of a matrix


@settings(max_examples=15)
@given(paper_mixes(model=models, zeros=False), positive_ridges, turns)
def test_the_effective_ridge_does_not_depend_on_the_basis(mix, ridge, turn):
    mix = dataclasses.replace(mix, ridge=ridge)
    there = mix
    if turn is not None:
        Q = rotation(mix.d, turn)
        there = mapped(mix, covariance=lambda Σ: in_basis(Σ, Q), moment=lambda M: _turned(M, Q))
    assert letters(mix)[3] == pytest.approx(de.effective_ridge(there), rel=close(mix, turn))
    a, b = terms(de.predict(there)), terms(de.predict(mix))
    np.testing.assert_allclose(a, b, rtol=close(mix, turn))
