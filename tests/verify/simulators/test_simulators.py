"""The two simulators: against sums written out, against each other, and route against route."""

import dataclasses
import itertools
from typing import Any

import mpmath
import numpy as np
import pytest

import detequiv as de
from detequiv import activations
from detequiv.verify import TERMS, trial_seed
from detequiv.verify.simulators import conditional, draw, naive
from detequiv.verify.simulators.draw import Design, Ensemble
from detequiv.verify.simulators.feature_moments import feature_moments
from helpers.refusals import refused

Array = np.ndarray[Any, Any]

D = 12
DECAY = de.power_law(D, 0.7, trace=D)
ROLLED = de.Spectrum(np.roll(DECAY.values, 5))
SHIFT = np.linspace(0.0, 0.3, D)


def turned(values: Array, seed: int) -> Array:
    """A matrix with these eigenvalues in a random basis."""
    basis = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(values), len(values))))[0]
    matrix: Array = basis * values @ basis.T
    return (matrix + matrix.T) / 2


def vectors(seed: int, *shape: int) -> Array:
    return np.random.default_rng(seed).standard_normal(shape) / np.sqrt(D)


def joint(dense: bool) -> de.Moments:
    """Correlated truths of two sources and the target."""
    factors = vectors(9, 3 * D, 3 * D) if dense else vectors(9, D, 3, 3)
    moments = factors @ np.swapaxes(factors, -1, -2)
    if dense:
        moments = (moments + moments.T) / 2
        return de.Moments([np.hsplit(rows, 3) for rows in np.vsplit(moments, 3)])
    upper = [[moments[:, min(j, k), max(j, k)] for k in range(3)] for j in range(3)]
    return de.Moments(upper)


TILTED, CROSSED = turned(DECAY.values, 1), turned(DECAY.values, 2)
FLAT = turned(np.where(np.arange(D) < 7, 1.5, 0.0), 3)
SIGNAL, DRIFT = turned(DECAY.values / D, 4), turned(np.where(np.arange(D) < 4, 0.2, 0.0), 5)


def problem(*sources: de.Source, **changes: Any) -> de.Problem:
    given = {"sources": sources, "ridge": 0.05} | changes
    return de.Problem(**given if "truths" in changes else {"signal": 0.1} | given)


REAL = de.Source(9, DECAY, noise_variance=0.4)
SYNTHETIC = de.Source(7, ROLLED, noise_variance=0.2, shift=SHIFT, weight=0.6)
UNSEEN = de.Source(0, ROLLED, noise_variance=0.1, shift=0.2, gain=0.5)
IGNORED = de.Source(5, ROLLED, noise_variance=0.3, shift=0.1, gain=2.0, weight=0.0)


def dense_pair(shift: Any = None, gain: float = 1.0, n: tuple[int, int] = (9, 7)) -> Any:
    """Two sources whose covariances do not commute."""
    return (
        de.Source(n[0], TILTED, noise_variance=0.4),
        de.Source(n[1], CROSSED, noise_variance=0.2, weight=0.6, shift=shift, gain=gain),
    )


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
    "other target": problem(REAL, SYNTHETIC, signal=SHIFT, target=de.Target(np.r_[np.zeros(4), np.ones(8)])),
    "many samples": problem(dataclasses.replace(REAL, n=60), dataclasses.replace(SYNTHETIC, n=50, gain=0.8)),
    "many samples, fewer features": problem(
        dataclasses.replace(REAL, n=60), dataclasses.replace(SYNTHETIC, n=50), model=de.RandomProjection(7)
    ),
    "three sources": problem(REAL, SYNTHETIC, dataclasses.replace(SYNTHETIC, n=3, gain=0.7, weight=2.0)),
    "an unseen source": problem(UNSEEN, REAL, SYNTHETIC, model=de.RandomProjection(20)),
    "an ignored source": problem(REAL, IGNORED, SYNTHETIC),
    "only ignored sources": problem(IGNORED),
    "single samples": problem(dataclasses.replace(REAL, n=1), dataclasses.replace(SYNTHETIC, n=1)),
    "repeated eigenvalues": de.Problem(
        signal=np.array([0.1, 0.3]),
        sources=[de.Source(6, de.Spectrum([2.0, 0.5], [3, 4]), noise_variance=0.2)],
        ridge=0.1,
    ),
    "repeated eigenvalues, fixed truth": de.Problem(
        signal=de.Fixed([[0.1, 0.2], [0.3, -0.4]]),
        sources=[de.Source(6, de.Spectrum([2.0, 0.5], [3, 4]), noise_variance=0.2, shift=0.1)],
        ridge=0.1,
    ),
    "no ridge, fewer samples": problem(
        dataclasses.replace(REAL, n=5), SYNTHETIC, ridge=0, model=de.RandomProjection(20)
    ),
    "no ridge, fewer features": problem(REAL, SYNTHETIC, ridge=0, model=de.RandomProjection(5)),
    "dense": problem(*dense_pair(DRIFT), signal=SIGNAL),
    "dense, projected": problem(*dense_pair(DRIFT, gain=0.7), signal=SIGNAL, model=de.RandomProjection(8)),
    "dense, many samples": problem(*dense_pair(DRIFT, n=(60, 50)), signal=SIGNAL),
    "dense moments beside diagonal covariances": problem(
        REAL, dataclasses.replace(SYNTHETIC, shift=DRIFT, gain=1.4), signal=SIGNAL
    ),
    "diagonal beside dense": problem(REAL, *dense_pair(0.05), signal=SHIFT, target=de.Target(FLAT)),
    "deficient rank, no ridge": problem(
        de.Source(9, FLAT, noise_variance=0.3),
        de.Source(8, FLAT, shift=0.05),
        ridge=0,
        target=de.Target(TILTED),
    ),
    "fixed truth": problem(REAL, SYNTHETIC, signal=de.Fixed(vectors(1, D))),
    "fixed truths": problem(
        *dense_pair(de.Fixed(vectors(2, D)), gain=0.8),
        signal=de.Fixed(vectors(1, D)),
        model=de.RandomProjection(30),
    ),
    "fixed truths of three outputs": problem(
        *dense_pair(de.Fixed(vectors(2, D, 3)), n=(60, 50)), signal=de.Fixed(vectors(1, D, 3))
    ),
    "fixed shift beside a random signal": problem(
        *dense_pair(de.Fixed(vectors(2, D, 2)), gain=0.8), signal=SIGNAL
    ),
    "random shift beside a fixed signal": problem(
        *dense_pair(DRIFT), signal=de.Fixed(vectors(1, D, 2)), ridge=0
    ),
    "an unseen fixed shift": problem(de.Source(0, TILTED, shift=de.Fixed(vectors(2, D))), *dense_pair(0.1)),
    "joint diagonal moments": problem(
        REAL, dataclasses.replace(SYNTHETIC, shift=None), truths=joint(dense=False)
    ),
    "joint moments": problem(*dense_pair(), truths=joint(dense=True), model=de.RandomProjection(20)),
    "orthogonal": problem(REAL, SYNTHETIC, model=de.OrthogonalProjection(7)),
    "orthogonal, no ridge": problem(
        *dense_pair(DRIFT), signal=SIGNAL, ridge=0, model=de.OrthogonalProjection(10)
    ),
    "relu": problem(
        *dense_pair(DRIFT, gain=0.7), signal=SIGNAL, model=de.RandomFeatures(20, activations.relu)
    ),
    "erf, no ridge": problem(REAL, SYNTHETIC, ridge=0, model=de.RandomFeatures(10, activations.erf, 0.3)),
    "erf, many samples": problem(
        dataclasses.replace(REAL, n=60),
        dataclasses.replace(SYNTHETIC, n=50),
        model=de.RandomFeatures(7, activations.erf),
    ),
    "a cubic, fixed truths": problem(
        *dense_pair(de.Fixed(vectors(2, D))),
        signal=de.Fixed(vectors(1, D)),
        model=de.RandomFeatures(10, activations.polynomial([0.5, 1.0, 0.0, 0.2])),
    ),
    "tanh": problem(REAL, SYNTHETIC, UNSEEN, model=de.RandomFeatures(20, activations.tanh)),
    "softplus, joint moments": problem(
        *dense_pair(), truths=joint(dense=True), model=de.RandomFeatures(9, activations.softplus)
    ),
}

each_problem = pytest.mark.parametrize("named", PROBLEMS.values(), ids=PROBLEMS)


@pytest.fixture(autouse=True)
def small_test_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors are unbiased for test sets of any size."""
    monkeypatch.setattr(draw, "TEST_SAMPLES", 100)


def matrix_of(given: Any, repeats: Array) -> Array:
    """A scalar, a diagonal or a matrix as a (d, d) matrix."""
    if np.ndim(given) == 2:
        return np.asarray(given)
    return np.diag(np.repeat(np.broadcast_to(given, repeats.shape), repeats))


def covariances_of(mix: de.Problem, repeats: Array) -> list[Array]:
    """Those of the sources and, last, the target."""
    given = [*(source.covariance for source in mix.sources), mix.target_covariance]
    return [matrix_of(c.values if isinstance(c, de.Spectrum) else c.matrix, repeats) for c in given]


def moments_of(mix: de.Problem, repeats: Array) -> Array:
    """(K + 1, K + 1, d, d) second moments E[w_j w_kᵀ], the target last."""
    K, d = len(mix.sources), int(repeats.sum())
    if mix.truths is not None:
        return np.array([[matrix_of(b, repeats) for b in row] for row in mix.truths.blocks])
    gains = np.array([*(source.gain for source in mix.sources), 1.0])
    shifts = [*(source.shift for source in mix.sources), None]
    fixed = [m for m in (mix.signal, *shifts) if isinstance(m, de.Fixed)]
    columns = np.zeros((K + 1, d, fixed[0].columns.shape[1] if fixed else 1))
    W = np.zeros((K + 1, K + 1, d, d))
    if isinstance(mix.signal, de.Fixed):
        columns += gains[:, None, None] * np.repeat(mix.signal.columns, repeats, axis=0)
    else:
        W += np.multiply.outer(np.outer(gains, gains), matrix_of(mix.signal, repeats))
    for k, shift in enumerate(shifts):
        if isinstance(shift, de.Fixed):
            columns[k] += np.repeat(shift.columns, repeats, axis=0)
        elif shift is not None:
            W[k, k] += matrix_of(shift, repeats)
    return W + np.einsum("jio,klo->jkil", columns, columns)


def measures_of(mix: de.Problem, design: Design, covariances: list[Array]) -> list[Array]:
    """(m + d, m + d) matrices Q of the errors (v, w)ᵀQ(v, w) = E(φᵀv − xᵀw)²."""
    identity = np.eye(design.X.shape[1])
    if not isinstance(mix.model, de.RandomFeatures):
        S = identity if design.S is None else design.S
        residual = np.hstack([S, -identity])
        return [residual.T @ Σ @ residual for Σ in covariances]
    assert design.S is not None
    assert design.nonlinear is not None
    if design.tests:
        frame = mix.coordinates
        places = [frame.covariances[k] for k in Ensemble.of(mix).tested]
        inputs = {id(Σ): X for Σ, X in zip(places, design.tests, strict=True)}
        rows = {key: np.hstack([design.features_of(X), -X]) for key, X in inputs.items()}
        return [rows[id(Σ)].T @ rows[id(Σ)] / len(rows[id(Σ)]) for Σ in frame.covariances]
    measures = []
    for Σ in covariances:
        known = feature_moments(mix.model.activation, design.S, Σ)
        assert known is not None
        K = known.about(design.nonlinear.centre).second
        J = known.gain[:, None] * (design.S.T @ Σ)
        measures.append(np.block([[K, -J], [-J.T, Σ]]))
    return measures


def written_out(mix: de.Problem, design: Design) -> dict[str, Any]:
    """Every error as a trace of second moments: matrices in full, no cleverness.

    Shares nothing with the simulators but the draw of the inputs.
    """
    repeats = mix.coordinates.multiplicities.astype(int)
    covariances, W = covariances_of(mix, repeats), moments_of(mix, repeats)
    n, d, K = mix.n, design.X.shape[1], len(mix.sources)
    counts = [source.n for source in mix.sources]
    noise = np.repeat([source.noise_variance for source in mix.sources], counts)
    A = np.diag(np.repeat([source.weight for source in mix.sources], counts) / n)
    rows = np.split(np.arange(n), np.cumsum(counts)[:-1])
    Φ, X = design.features, design.X
    P = np.linalg.pinv(Φ.T @ A @ Φ + mix.ridge * np.eye(Φ.shape[1]), hermitian=True)
    V = P @ Φ.T @ A
    maps = [V[:, r] @ X[r] for r in rows]
    nothing = np.zeros((d, d))

    def size(Q: Array, *maps: Array) -> float:
        """E|Q^½ Σ_j M_jw_j|² for the truths of all sources and, last, the target."""
        pairs = itertools.product(enumerate(maps), repeat=2)
        return float(sum(np.trace(a.T @ Q @ b @ W[k, j]) for (j, a), (k, b) in pairs))

    def error(Q: Array, own: int) -> float:
        true = [np.eye(d) if j == own else nothing for j in range(K + 1)]
        predicted = [*maps, np.zeros((len(V), d))]
        return size(Q, *(np.vstack(pair) for pair in zip(predicted, true, strict=True)))

    def training(k: int) -> float:
        own = np.eye(n)[rows[k]]
        residual = own - Φ[rows[k]] @ V
        on_truths = [residual[:, r] @ X[r] for r in rows]
        total = size(np.eye(counts[k]), *on_truths, np.zeros((counts[k], d)))
        return (total + np.trace(residual * noise @ residual.T)) / counts[k]

    *Q, Q_t = measures_of(mix, design, covariances)
    on_noise = [np.trace(M[: len(V), : len(V)] @ (V * noise) @ V.T) for M in (*Q, Q_t)]
    all_alike = np.vstack([V @ X, np.eye(d)])
    bias = np.trace(all_alike.T @ Q_t @ all_alike @ W[-1, -1])
    collapse = error(Q_t, K) - bias
    return {
        "terms": [bias + on_noise[-1] + collapse, bias, on_noise[-1], collapse],
        "fresh": [error(M, k) + on_noise[k] for k, M in enumerate(Q)],
        "training": [training(k) if counts[k] else 0.0 for k in range(K)],
    }


@each_problem
def test_conditional_trial_is_the_expectation_written_out(named: de.Problem) -> None:
    """Relative to the error: 1e-9 leaves room for the pseudo-inverse of the plain formula."""
    ensemble = Ensemble.of(named)
    for i in range(2):
        design = ensemble.design(np.random.default_rng(i))
        measured = conditional.integrate(ensemble, design[None])[0]
        expected = written_out(named, design)
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
def test_a_naive_trial_measures_what_it_drew(named: de.Problem) -> None:
    """The same matrices applied to the labels of one trial; 1e-9 as above."""
    ensemble, (rng, again) = Ensemble.of(named), (np.random.default_rng(7) for _ in range(2))
    measured, design = naive.trial(ensemble, rng), ensemble.design(again)
    labels = ensemble.labels(again)
    repeats = named.coordinates.multiplicities.astype(int)
    *Q, Q_t = measures_of(named, design, covariances_of(named, repeats))
    counts = [source.n for source in named.sources]
    a = np.repeat([source.weight for source in named.sources], counts) / named.n
    Φ, rows = design.features, np.split(np.arange(named.n), np.cumsum(counts)[:-1])
    V = np.linalg.pinv(Φ.T * a @ Φ + named.ridge * np.eye(Φ.shape[1]), hermitian=True) @ Φ.T * a
    truths = zip(rows, labels.truths, strict=True)
    y = np.vstack([design.X[r] @ w for r, w in truths]) + labels.noise
    v = V @ y

    def error(M: Array, weights: Array, truth: Array) -> float:
        both = np.vstack([weights, truth])
        return float(np.trace(both.T @ M @ both))

    bias = error(Q_t, V @ design.X @ labels.target, labels.target)
    variance = error(Q_t, V @ labels.noise, 0 * labels.target)
    total = error(Q_t, v, labels.target)
    scale = 1e-9 * (1 + total)
    np.testing.assert_allclose(
        measured.terms, [total, bias, variance, total - bias - variance], rtol=0, atol=scale
    )
    fresh = [error(M, v, w) for M, w in zip(Q, labels.truths, strict=True)]
    np.testing.assert_allclose(measured.fresh, fresh, rtol=0, atol=scale)
    squares = np.sum((y - Φ @ v) ** 2, axis=1)
    training = [squares[r].mean() if len(r) else 0.0 for r in rows]
    np.testing.assert_allclose(measured.training, training, rtol=0, atol=scale)


@pytest.mark.slow(keep=10)
@each_problem
def test_naive_and_conditional_agree(named: de.Problem) -> None:
    """Paired by seed, so both see the same (X, S): the mean difference is within 4 of its standard
    errors (6e-5 each; seeds are fixed), or of rounding where nothing is random."""
    plain, integrated = (
        de.simulate(named, trials=100, seed=5, method=method).samples for method in ("naive", "conditional")
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


@pytest.mark.parametrize("n", [(6, 10), (3, 4)])
def test_residuals_of_noise_are_no_larger_than_the_noise(n: tuple[int, int]) -> None:
    """Smooth features of one coordinate have singular values down to rounding, and weights of 1e14;
    what is left of the labels is a projection of them all the same, which has 6 dimensions less:
    1e-12 is rounding of the projection."""
    flat = np.r_[1.0, np.zeros(D - 1)]
    sources = [de.Source(count, flat, noise_variance=0.3) for count in n]
    model = de.RandomFeatures(6, activations.softplus)
    ensemble = Ensemble.of(problem(*sources, signal=0.0, ridge=0, model=model))
    for i in range(20):
        measured = conditional.trial(ensemble, np.random.default_rng(i))
        assert 0.3 * (sum(n) - 6) - 1e-12 <= measured.training @ n <= 0.3 * sum(n)
        assert (measured.training >= -1e-12).all()
        assert measured.terms[2] >= 0


@pytest.mark.parametrize("factor", [1e-9, 0.3, 1e9])
@pytest.mark.parametrize("name", ["two sources", "many samples", "an ignored source", "tanh"])
def test_a_common_factor_of_weights_and_ridge_is_free(name: str, factor: float) -> None:
    """Of training errors too, which are those of unweighted residuals; to rounding of the factor
    at condition numbers below 1e3."""
    plain = PROBLEMS[name]
    sources = [dataclasses.replace(s, weight=factor * s.weight) for s in plain.sources]
    scaled = dataclasses.replace(plain, sources=sources, ridge=factor * plain.ridge)
    a, b = (conditional.trial(Ensemble.of(mix), np.random.default_rng(1)) for mix in (plain, scaled))
    for field in dataclasses.fields(a):
        x, y = (getattr(measured, field.name) for measured in (a, b))
        np.testing.assert_allclose(x, y, rtol=1e-12)


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
    np.testing.assert_allclose(scaled.samples.source_errors, again.samples.source_errors, rtol=1e-12)
    for a, b in zip(scaled.samples.training_errors, again.samples.training_errors, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    twice = scaled.with_shift_scaled(2.0)
    np.testing.assert_allclose(twice.samples.collapse, 2 * scaled.samples.collapse, rtol=1e-14, atol=0)


def test_scaling_shifts_is_refused_where_collapse_is_not_linear_in_them() -> None:
    gains, shifted = PROBLEMS["gains"], PROBLEMS["two sources"]
    with refused(de.SpecError, "shifts", "gains not all 1", ("1.5", "-0.4"), "Simulate"):
        de.simulate(gains, trials=2).with_shift_scaled(2)
    with refused(de.SpecError, "shifts", "labels drawn", "'naive'", "Simulate"):
        de.simulate(shifted, trials=2, method="naive").with_shift_scaled(2)
    with refused(de.SpecError, "factor", "non-negative", "-1", "second moments"):
        de.simulate(shifted, trials=2).with_shift_scaled(-1)


@pytest.mark.parametrize("weight", [1e2, 1e4, 1e6, 1e8, 1e10])
def test_conditional_trials_keep_their_digits_where_weights_are_unlike(weight: float) -> None:
    """One noisy sample of a great weight among twenty without noise, against 50 digits."""
    values = np.array([1.0, 0.5, 0.2])
    noisy = de.Source(1, values, weight=weight, noise_variance=1.0)
    mix = de.Problem(signal=1.0, ridge=1e-3, sources=[noisy, de.Source(20, values)])
    ensemble, run = Ensemble.of(mix), de.simulate(mix, trials=6, seed=0)
    for i in range(6):
        design = ensemble.design(np.random.default_rng(trial_seed(0, i)))
        exact = _variance_of_the_first(design.X, weight, 21 * 1e-3, values)
        assert run.samples.variance[i] == pytest.approx(exact, rel=1e-9)


def _variance_of_the_first(X: Array, weight: float, penalty: float, values: Array) -> float:
    """|Σ^½ (XᵀaX + nλ)⁻¹ x_1 a_1|², noise of variance 1 on the first row alone."""
    with mpmath.workdps(50):
        rows = mpmath.matrix(X.tolist())
        weights = mpmath.diag([weight] + [1.0] * (len(X) - 1))
        gram = rows.T * weights * rows + penalty * mpmath.eye(len(values))
        w = mpmath.lu_solve(gram, rows[0, :].T * weight)
        return float(sum(s * w[j] ** 2 for j, s in enumerate(values.tolist())))
