"""The two simulators: against sums written out, against each other, and route against route."""

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

import mpmath
import numpy as np
import pytest

import detequiv as de
from detequiv.verify import TERMS, conditional, naive, trial_seed
from detequiv.verify.draw import Design, Ensemble
from detequiv.verify.response import (
    Response,
    Weighted,
    by_singular_values,
    few_features_by_cholesky,
    few_samples_by_cholesky,
    respond,
)

DECAY = de.power_law(12, 0.7, trace=12)
ROLLED = de.Spectrum(np.roll(DECAY.values, 5))
SHIFT = np.linspace(0.0, 0.3, 12)


def problem(*sources: de.Source, **changes: Any) -> de.Problem:
    return de.Problem(**{"signal": 0.1, "sources": sources, "ridge": 0.05} | changes)


REAL = de.Source(9, DECAY, noise_variance=0.4)
SYNTHETIC = de.Source(7, ROLLED, noise_variance=0.2, shift=SHIFT, weight=0.6)
UNSEEN = de.Source(0, ROLLED, noise_variance=0.1, shift=0.2, gain=0.5)
IGNORED = de.Source(5, ROLLED, noise_variance=0.3, shift=0.1, gain=2.0, weight=0.0)

PROBLEMS = {
    "one source": problem(REAL),
    "one source, fewer features": problem(REAL, model=de.RandomProjection(5)),
    "one source, more features": problem(REAL, model=de.RandomProjection(40)),
    "two sources": problem(REAL, SYNTHETIC),
    "two sources, fewer features": problem(REAL, SYNTHETIC, model=de.RandomProjection(6)),
    "two sources, as many features": problem(REAL, SYNTHETIC, model=de.RandomProjection(14)),
    "two sources, more features": problem(REAL, SYNTHETIC, model=de.RandomProjection(30)),
    "gains": problem(
        dataclasses.replace(REAL, gain=1.5),
        dataclasses.replace(SYNTHETIC, gain=-0.4),
        model=de.RandomProjection(8),
    ),
    "other target": problem(
        REAL, SYNTHETIC, signal=SHIFT, target=de.Target(np.r_[np.zeros(4), np.ones(8)])
    ),
    "many samples": problem(
        dataclasses.replace(REAL, n=60), dataclasses.replace(SYNTHETIC, n=50, gain=0.8)
    ),
    "many samples, fewer features": problem(
        dataclasses.replace(REAL, n=60),
        dataclasses.replace(SYNTHETIC, n=50),
        model=de.RandomProjection(7),
    ),
    "three sources": problem(
        REAL, SYNTHETIC, dataclasses.replace(SYNTHETIC, n=3, gain=0.7, weight=2.0)
    ),
    "an unseen source": problem(UNSEEN, REAL, SYNTHETIC, model=de.RandomProjection(20)),
    "an ignored source": problem(REAL, IGNORED, SYNTHETIC),
    "only ignored sources": problem(IGNORED),
    "repeated eigenvalues": de.Problem(
        signal=np.array([0.1, 0.3]),
        sources=[de.Source(6, de.Spectrum([2.0, 0.5], [3, 4]), noise_variance=0.2)],
        ridge=0.1,
    ),
    "no ridge, fewer samples": problem(
        dataclasses.replace(REAL, n=5), SYNTHETIC, ridge=0, model=de.RandomProjection(20)
    ),
    "no ridge, fewer features": problem(REAL, SYNTHETIC, ridge=0, model=de.RandomProjection(5)),
}

each_problem = pytest.mark.parametrize("named", PROBLEMS.values(), ids=PROBLEMS)


def written_out(mix: de.Problem, design: Design) -> dict[str, Any]:
    """Every error as E|Mu|², u = (w_t, δ_1 … δ_K, ε) independent: matrices in full, no cleverness.

    Shares nothing with the simulators but the draw of (X, S).
    """
    ensemble = Ensemble.of(mix)
    d, n, K = ensemble.target.size, mix.n, len(mix.sources)
    zero = np.zeros(d)
    shifts = [zero if Δ is None else Δ for Δ in ensemble.shifts]
    noise = np.repeat([s.noise_variance for s in mix.sources], [s.n for s in mix.sources])
    moments = np.concatenate([ensemble.signal, *shifts, noise])
    pick = np.eye(moments.size)
    w_t, δ, ε = pick[:d], [pick[d * (k + 1) : d * (k + 2)] for k in range(K)], pick[-n:]
    truths = [s.gain * w_t + δ[k] for k, s in enumerate(mix.sources)]
    y = np.concatenate([design.X[r] @ w for r, w in zip(ensemble.rows, truths, strict=True)]) + ε
    A = np.diag(np.repeat([s.weight for s in mix.sources], [s.n for s in mix.sources]) / n)
    Φ = design.features
    P = np.linalg.pinv(Φ.T @ A @ Φ + mix.ridge * np.eye(Φ.shape[1]), hermitian=True)
    B = design.effective(P @ Φ.T @ A)

    def size(M: np.ndarray, Σ: np.ndarray) -> float:
        return float(Σ @ M**2 @ moments)

    labels = y - Φ @ P @ Φ.T @ A @ y
    error = size(B @ y - w_t, ensemble.target)
    bias = size(B @ design.X @ w_t - w_t, ensemble.target)
    variance = size(B @ ε, ensemble.target)
    fresh = [size(B @ y - w, Σ) for w, Σ in zip(truths, ensemble.spectra, strict=True)]
    training = [
        size(labels[rows], np.full(s.n, 1 / s.n)) if s.n else 0.0
        for s, rows in zip(mix.sources, ensemble.rows, strict=True)
    ]
    terms = [error, bias, variance, error - bias - variance]
    return {"terms": terms, "fresh": fresh, "training": training}


@each_problem
def test_conditional_trial_is_the_expectation_written_out(named: de.Problem) -> None:
    """Relative to the error: 1e-9 leaves room for the pseudo-inverse of the plain formula."""
    ensemble = Ensemble.of(named)
    for i in range(3):
        design = ensemble.design(np.random.default_rng(i))
        measured, expected = conditional.integrate(ensemble, design), written_out(named, design)
        scale = 1e-9 * (1 + expected["terms"][0])
        np.testing.assert_allclose(measured.terms, expected["terms"], rtol=0, atol=scale)
        np.testing.assert_allclose(measured.fresh, expected["fresh"], rtol=0, atol=scale)
        seen = [s.active for s in named.sources]
        np.testing.assert_allclose(
            measured.training[seen], np.array(expected["training"])[seen], rtol=0, atol=scale
        )


def test_training_error_of_an_ignored_source_is_its_error_on_fresh_data() -> None:
    """Given (X, S) its samples are integrated out as well; naive trials say the same on average."""
    mix = PROBLEMS["an ignored source"]
    run = de.simulate(mix, trials=20)
    training = run.samples.training_errors[1]
    assert training is not None
    np.testing.assert_allclose(training, run.samples.source_errors[1] + 0.3, rtol=1e-14)


@each_problem
def test_naive_and_conditional_agree(named: de.Problem) -> None:
    """Paired by seed, so both see the same (X, S): the mean difference is within 4 of its standard
    errors (6e-5 each; seeds are fixed), or of rounding where nothing is random."""
    plain, integrated = (
        de.simulate(named, trials=400, seed=5, method=method).samples
        for method in ("naive", "conditional")
    )
    pairs = [(getattr(plain, name), getattr(integrated, name)) for name in TERMS]
    pairs += zip(plain.source_errors, integrated.source_errors, strict=True)
    pairs += zip(plain.training_errors, integrated.training_errors, strict=True)
    for a, b in pairs:
        assert (a is None) == (b is None)
        if a is not None:
            difference, size = a - b, np.abs(b).mean()
            stderr = difference.std(ddof=1) / np.sqrt(difference.size)
            assert abs(difference.mean()) <= 4 * stderr + 1e-9 * (1 + size)


@pytest.mark.parametrize("method", ["naive", "conditional"])
def test_one_sample_in_one_dimension_by_hand(method: Any) -> None:
    Σ, Σ_t, Γ, Δ, σ2, λ = 2.0, 3.0, 0.7, 0.4, 0.5, 0.9
    source = de.Source(1, [Σ], noise_variance=σ2, shift=Δ)
    mix = de.Problem(signal=Γ, sources=[source], ridge=λ, target=de.Target([Σ_t]))
    run = de.simulate(mix, trials=3, seed=8, method=method)
    for i in range(3):
        x, w, δ, ε = np.random.default_rng(trial_seed(8, i)).standard_normal(4)
        x, w, δ, ε = x * Σ**0.5, w * Γ**0.5, δ * Δ**0.5, ε * σ2**0.5
        shrink, gain = λ / (x**2 + λ), x / (x**2 + λ)
        if method == "naive":
            bias, variance = Σ_t * (shrink * w) ** 2, Σ_t * (gain * ε) ** 2
            error = Σ_t * (gain * (x * (w + δ) + ε) - w) ** 2
            training = (shrink * (x * (w + δ) + ε)) ** 2
        else:
            bias, variance = Σ_t * shrink**2 * Γ, Σ_t * gain**2 * σ2
            error = bias + variance + Σ_t * (gain * x) ** 2 * Δ
            training = shrink**2 * (x**2 * (Γ + Δ) + σ2)
        seen = run.samples.training_errors[0]
        assert seen is not None
        got = [getattr(run.samples, name)[i] for name in ("error", "bias", "variance")]
        np.testing.assert_allclose([*got, seen[i]], [error, bias, variance, training], rtol=1e-12)


def weighted(n: Sequence[int], d: int, m: int | None, *, decay: float = 1.0) -> Weighted:
    rng = np.random.default_rng(2)
    X = rng.standard_normal((sum(n), d)) * np.arange(1, d + 1.0) ** -decay
    ends = np.cumsum([0, *n])
    rows = tuple(slice(int(a), int(b)) for a, b in itertools.pairwise(ends))
    return Weighted(X, rows, None if m is None else rng.standard_normal((d, m)))


def everything(response: Response, K: int, d: int) -> list[np.ndarray]:
    s, c, γ = np.linspace(1, 2, K), np.linspace(-1, 1, K), np.linspace(0.5, 1, d)
    return [
        *response.truths(),
        response.noise(s),
        response.training_noise(s),
        response.training_truth(c, γ),
        response.training_truth(np.ones(K), γ),
    ]


SHAPES = [([6, 5], 9, None), ([6, 5], 9, 4), ([6, 5], 9, 20), ([30, 40], 9, None), ([30, 40], 9, 5)]


@pytest.mark.parametrize(("n", "d", "m"), SHAPES)
def test_all_routes_are_one_map(n: list[int], d: int, m: int | None) -> None:
    """Condition numbers here are below 1e4, so 1e-11 leaves a factor of ten to rounding."""
    data = weighted(n, d, m)
    by_svd = everything(by_singular_values(data, 0.1), len(n), d)
    for route in (few_samples_by_cholesky, few_features_by_cholesky):
        found = route(data, 0.1)
        assert found is not None
        for a, b in zip(everything(found, len(n), d), by_svd, strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=1e-11 * np.abs(b).max())


def test_gram_matrices_are_refused_where_they_would_lose_digits() -> None:
    data = weighted([6, 5], 9, 11)
    assert few_samples_by_cholesky(data, 1e-3) is not None
    assert few_samples_by_cholesky(data, 1e-18) is None
    assert few_features_by_cholesky(data, 1e-18) is None


@pytest.mark.parametrize("ridge", [1e-3, 1e-10, 1e-18])
@pytest.mark.parametrize(("n", "d", "m"), [([6, 5], 9, 14), ([6, 5], 14, 9), ([6, 5], 6, 9)])
def test_tiny_ridges_against_50_digits(ridge: float, n: list[int], d: int, m: int) -> None:
    """Well-conditioned or of deficient rank: the singular values that are not 0 are above 1e-2."""
    data = weighted(n, d, m, decay=0.2)
    assert data.S is not None
    with mpmath.workdps(50):
        X, S = mpmath.matrix(data.X.tolist()), mpmath.matrix(data.S.tolist())
        Z = X * S
        v = mpmath.inverse(Z.T * Z + mpmath.mpf(ridge) * mpmath.eye(m)) * Z.T * X
        exact = np.array((S * v).tolist(), dtype=float)
        by_hand = np.array(v.tolist(), dtype=float)[:, 0]
    got = np.sum(respond(data, ridge).truths(), axis=0)
    np.testing.assert_allclose(got, exact, rtol=0, atol=1e-11 * np.abs(exact).max())
    fitted = naive.fit(data.Z, data.X[:, :1], np.full(sum(n), float(sum(n))), ridge)[:, 0]
    np.testing.assert_allclose(fitted, by_hand, rtol=0, atol=1e-11 * np.abs(by_hand).max())


def test_the_naive_fit_is_the_minimiser() -> None:
    """The gradient of the weighted loss vanishes, to rounding."""
    rng = np.random.default_rng(0)
    Φ, y, a = rng.standard_normal((20, 6)), rng.standard_normal((20, 2)), rng.random(20)
    v = naive.fit(Φ, y, a, 0.3)
    gradient = Φ.T @ (a[:, None] * (y - Φ @ v)) / 20 - 0.3 * v
    assert np.abs(gradient).max() <= 1e-14


@pytest.mark.parametrize("factor", [0.0, 0.25, 3.0, 1e6])
@pytest.mark.parametrize("name", ["two sources", "three sources", "an ignored source"])
def test_scaled_shifts_are_the_same_as_another_simulation(name: str, factor: float) -> None:
    gainless = [dataclasses.replace(source, gain=1.0) for source in PROBLEMS[name].sources]
    mix = dataclasses.replace(PROBLEMS[name], sources=tuple(gainless))
    scaled = de.simulate(mix, trials=6, seed=3).with_shift_scaled(factor)
    again = de.simulate(scaled.problem, trials=6, seed=3)
    assert scaled.problem.quality(1) == pytest.approx(factor * mix.quality(1), rel=1e-14)
    for name in TERMS:
        a, b = getattr(scaled.samples, name), getattr(again.samples, name)
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=0)
    np.testing.assert_allclose(
        scaled.samples.source_errors, again.samples.source_errors, rtol=1e-12
    )
    for a, b in zip(scaled.samples.training_errors, again.samples.training_errors, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    twice = scaled.with_shift_scaled(2.0)
    np.testing.assert_allclose(
        twice.samples.collapse, 2 * scaled.samples.collapse, rtol=1e-14, atol=0
    )


def test_scaling_shifts_is_refused_where_collapse_is_not_linear_in_them() -> None:
    gains, shifted = PROBLEMS["gains"], PROBLEMS["two sources"]
    with pytest.raises(de.SpecError, match="gains"):
        de.simulate(gains, trials=2).with_shift_scaled(2)
    with pytest.raises(de.SpecError, match="naive"):
        de.simulate(shifted, trials=2, method="naive").with_shift_scaled(2)
    with pytest.raises(de.SpecError, match="factor must be non-negative"):
        de.simulate(shifted, trials=2).with_shift_scaled(-1)
