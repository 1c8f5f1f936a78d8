"""Covariances D + U N Uᵀ are predicted as the matrices they are: problems × models × ridges × limits."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detequiv as de

low_rank = de.Covariance.diagonal_plus_low_rank
MODELS = {
    "linear": lambda d: de.Linear(),
    "projection": lambda d: de.RandomProjection(max(1, d // 2)),
    "tied projection": de.RandomProjection,
    "orthogonal": lambda d: de.OrthogonalProjection(max(1, d // 2)),
}
TRUTHS = {"none": {}, "shift": {"shift": 0.2}, "gain": {"gain": 0.5}, "truth": {"truth": True}}


def covariance(rng, d, r, spread=1.0):
    """Not indefinite; its update adds to some directions and takes from others."""
    D = np.exp(spread * rng.normal(size=d))
    U = rng.normal(size=(d, r)) * np.sqrt(D)[:, None]
    N = rng.normal(size=(r, r))
    N = (N + N.T) / 2
    R = np.linalg.qr(U / np.sqrt(D)[:, None])[1]
    least = float(np.linalg.eigvalsh(R @ N @ R.T).min(initial=0.0))
    return low_rank(D, U, N * min(1.0, 0.9 / max(-least, 1e-9)))


def problem(seed, d, sizes, truth, ridge, model):
    rng = np.random.default_rng(seed)
    sources = []
    for k, n in enumerate(sizes):
        named = {"truth": rng.normal(size=d)} if truth == "truth" else TRUTHS[truth]
        weight = rng.choice([0.0, 0.5, 1.0, 3.0])
        c = covariance(rng, d, int(rng.integers(1, 4))) if k != 1 else de.Spectrum(np.ones(d))
        sources.append(de.Source(n, c, noise_variance=0.1 * (k + 1), weight=weight if k else 1.0, **named))
    signal = de.Fixed(rng.normal(size=d)) if seed % 2 else 1.0 / d
    target = de.Target(covariance(rng, d, 2))
    return de.Problem(signal=signal, sources=sources, ridge=ridge, model=MODELS[model](d), target=target)


def as_dense(given):
    """The same with matrices."""

    def of(c):
        return de.Covariance(c.matrix) if isinstance(c, de.Covariance) else c

    def source(s):
        named = {"shift": s.shift, "gain": s.gain} if s.truth is None else {"truth": s.truth}
        return de.Source(s.n, of(s.covariance), noise_variance=s.noise_variance, weight=s.weight, **named)

    target = de.Target(of(given.target.covariance))
    return dataclasses.replace(given, sources=[source(s) for s in given.sources], target=target)


def numbers(p):
    on_sources = [x for s in p.sources for x in (s.error, s.training_error or 0.0)]
    return np.array([p.error, p.bias, p.variance, p.collapse, p.null_error, *on_sources], dtype=float)


def assert_same(a, b, tolerance=1e-9):
    found, expected = numbers(de.predict(a)), numbers(de.predict(b))
    finite = np.isfinite(expected)
    assert (np.isfinite(found) == finite).all()
    scale = np.abs(expected[finite]).max(initial=0.0)
    np.testing.assert_allclose(found[finite], expected[finite], rtol=0, atol=tolerance * scale)


@pytest.mark.parametrize("truth", TRUTHS)
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("ridge", [0.0, 1e-12, 1e-3, 2.0])
def test_they_are_predicted_as_matrices(truth, model, ridge):
    seed = sum(map(ord, truth + model))
    given = problem(seed, 6, (6, 5, 9), truth, ridge, model)
    assert_same(given, as_dense(given))


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 9999),
    st.integers(1, 12),
    st.lists(st.integers(0, 30), min_size=1, max_size=3),
    st.sampled_from([*TRUTHS]),
    st.sampled_from([0.0, 1e-12, 1e-6, 0.1, 10.0]),
    st.sampled_from([*MODELS]),
)
def test_sizes_and_ties(seed, d, sizes, truth, ridge, model):
    given = problem(seed, d, [sizes[0] + 1, *sizes[1:]], truth, ridge, model)
    assert_same(given, as_dense(given), 1e-8)


@pytest.mark.parametrize("ridge", [0.0, 1e-12, 1e-6, 0.1])
@pytest.mark.parametrize("n", [2, 3, 4, 9])
@pytest.mark.parametrize("beside", [0, 3])
def test_an_update_may_take_a_direction_away(ridge, n, beside):
    """At the tie n = rank and ridge 1e-12 it was 9e-6 off, since what it does not reach is 1e12 larger."""
    u = np.array([0.5, -0.5, 0.1, 0.7])
    c = low_rank(np.ones(4), u[:, None], [[-1.0 / (u @ u)]])
    sources = [de.Source(n, c, noise_variance=0.2), de.Source(beside, np.ones(4), noise_variance=0.1)]
    target = de.Target(np.ones(4))
    given = de.Problem(signal=de.Fixed([0.3, 1.0, -0.2, 0.4]), sources=sources, ridge=ridge, target=target)
    assert_same(given, as_dense(given))


@pytest.mark.parametrize("zeros", [1, 3])
@pytest.mark.parametrize("ridge", [0.0, 1e-12, 0.1])
def test_coordinates_may_have_no_variance(zeros, ridge):
    rng = np.random.default_rng(zeros)
    inner = covariance(rng, 4, 2)
    nothing = np.zeros((zeros, 2))
    c = low_rank([*inner.values, *[0.0] * zeros], np.vstack([inner.vectors, nothing]), inner.coefficients)
    sources = [de.Source(3, c, noise_variance=0.2), de.Source(2, np.ones(4 + zeros), noise_variance=0.1)]
    given = de.Problem(signal=0.3, sources=sources, ridge=ridge, target=de.Target(c))
    assert_same(given, as_dense(given))


def test_digits_beyond_double_precision():
    given = problem(3, 4, (9, 5), "truth", 0.01, "linear")
    a, b = (de.predict(p, digits=30).error for p in (given, as_dense(given)))
    assert abs(a - b) < 1e-14 * b
    assert float(a) == pytest.approx(de.predict(given).error, rel=1e-13)


def test_a_sweep_predicts_each_point():
    given = problem(5, 8, (9, 7), "shift", 0.1, "linear")
    ridges = [0.0, 0.1, 1.0]
    found = de.sweep(lambda ridge: dataclasses.replace(given, ridge=ridge), ridge=ridges).error.values
    expected = [de.predict(dataclasses.replace(given, ridge=ridge)).error for ridge in ridges]
    assert found == pytest.approx(expected, rel=1e-13)


def test_tiny_problems():
    one = low_rank([2.0], [[1.0]], [[-0.5]])
    for ridge in (0.0, 0.3):
        given = de.Problem(signal=1.0, sources=[de.Source(4, one, noise_variance=0.2)], ridge=ridge)
        plain = de.Problem(signal=1.0, sources=[de.Source(4, [1.5], noise_variance=0.2)], ridge=ridge)
        assert de.predict(given).error == pytest.approx(de.predict(plain).error, rel=1e-12)
