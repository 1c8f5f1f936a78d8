"""Derived systems against formulas written by hand, and against sampled matrices."""

import dataclasses
import functools
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import detequiv as de
from detequiv.numerics.freeprob import compile, solve
from detequiv.theory.freeprob import (
    Deterministic,
    Gaussian,
    Matrix,
    System,
    derive,
    dimensions,
    identity,
    trace,
)
from detequiv.theory.freeprob.derivations.named_expectations import named
from detequiv.verify.freeprob import sample

lam = sympy.Symbol("lam", positive=True)
n1, n2, d, m = dimensions("n1 n2 d m")
n = n1 + n2
A, Σ, T, Γ, Δ = (Deterministic(d, name) for name in ("A", "Sigma", "T", "Gamma", "Delta"))
a1, a2 = sympy.symbols("a1 a2", positive=True)
X1 = Gaussian(n1, d, "X1", variance=a1 / n, column_covariance=Σ)
X2 = Gaussian(n2, d, "X2", variance=a2 / n, column_covariance=T)
S = Gaussian(d, m, "S", variance=1 / d)
M1, M2, I = X1.T @ X1, X2.T @ X2, identity(d)


def operator(projected: bool) -> Matrix:
    """What the fit is made of: ŵ = Q Σ_k X_kᵀy_k."""
    if not projected:
        return (M1 + M2 + lam * I).inv()
    return S @ (S.T @ (M1 + M2) @ S + lam * identity(m)).inv() @ S.T


def terms(projected: bool) -> dict[str, sympy.Expr]:
    """Bias, variance and collapse from their definitions, noise variances .3 and .2."""
    Q = operator(projected)
    left = Q @ (M1 + M2) - I
    noise = 0.3 * a1 * M1 + 0.2 * a2 * M2
    shifted = Q @ M2
    return {
        "bias": trace(left.T @ Σ @ left @ Γ),
        "variance": trace(Q @ noise @ Q.T @ Σ) / n,
        "collapse": trace(shifted.T @ Σ @ shifted @ Δ),
    }


@functools.cache
def system(projected: bool, name: str) -> System:
    """What is derived for one of them."""
    return derive(terms(projected)[name])


SIZE = 60
SPECTRA = np.arange(1, SIZE + 1) ** -0.7, np.roll(np.arange(1, SIZE + 1) ** -0.4, 20)


@pytest.mark.slow(keep=10)
@pytest.mark.parametrize("ridge", [1.0, 1e-2, 1e-5])
@pytest.mark.parametrize("weights", [(1.0, 1.0), (1.0, 0.3)])
@pytest.mark.parametrize("name", ["bias", "variance", "collapse"])
@pytest.mark.parametrize("projected", [False, True])
def test_the_test_error_derived_is_the_test_error_predicted(
    projected: bool, name: str, weights: tuple[float, float], ridge: float
) -> None:
    values: dict[Any, Any] = {
        n1: 50,
        n2: 30,
        d: SIZE,
        m: 45,
        lam: ridge,
        a1: weights[0],
        a2: weights[1],
        Σ: SPECTRA[0],
        T: SPECTRA[1],
        Γ: np.linspace(1, 2, SIZE),
        Δ: np.linspace(0.5, 0.1, SIZE),
    }
    sources = [
        de.Source(50, SPECTRA[0], noise_variance=0.3, weight=weights[0]),
        de.Source(30, SPECTRA[1], noise_variance=0.2, weight=weights[1], shift=values[Δ]),
    ]
    problem = de.Problem(
        signal=values[Γ],
        sources=sources,
        ridge=ridge,
        model=de.RandomProjection(45) if projected else de.Linear(),
    )
    # sums of terms that cancel at small ridges: a digit for each of its two decades
    found = solve(system(projected, name), values)
    assert found == pytest.approx(getattr(de.predict(problem), name), rel=1e-11)


@pytest.mark.parametrize("ridge", [1.0, 1e-2])
def test_the_bias_of_random_features_derived_is_the_one_predicted(ridge: float) -> None:
    """Two sources of unlike covariances and one trace, by their Gaussian equivalents: relu has
    slope ½ and leaves a variance of ½ − 1/(2π) − ¼."""
    first, second = (spectrum * SIZE / spectrum.sum() for spectrum in SPECTRA)
    sources = [de.Source(50, first), de.Source(30, second)]
    model = de.RandomFeatures(45, de.activations.relu)
    problem = de.Problem(signal=1 / SIZE, sources=sources, ridge=ridge, model=model)
    expression = named("features-error").build()
    names: dict[str, Any] = {
        "n1": 50,
        "n2": 30,
        "d": SIZE,
        "m": 45,
        "lam": ridge,
        "mu": 0.5,
        "mu_star": np.sqrt(0.25 - 1 / (2 * np.pi)),
    }
    derived = derive(expression)
    values: dict[Any, Any] = {symbol: names[symbol.name] for symbol in derived.symbols}
    values |= {
        Deterministic(d, "Sigma1"): first,
        Deterministic(d, "Sigma2"): second,
        Deterministic(d, "Gamma"): np.full(SIZE, 1 / SIZE),
    }
    assert solve(derived, values) == pytest.approx(de.predict(problem).bias, rel=1e-11)


def test_a_grid_of_ridges_is_its_points() -> None:
    run = compile(system(True, "collapse"))
    values: dict[Any, Any] = {
        n1: 50,
        n2: 30,
        d: SIZE,
        m: 45,
        a1: 1,
        a2: 1,
        Σ: SPECTRA[0],
        T: SPECTRA[1],
        Δ: np.ones(SIZE),
    }
    ridges = np.logspace(-3, 0, 7)
    found = run({**values, lam: ridges})
    alone = [run({**values, lam: ridge}) for ridge in ridges]
    assert found.shape == (7,) and found == pytest.approx(alone, rel=1e-12)


def test_letters_that_do_not_commute_are_kept_in_order() -> None:
    """Turned covariances: commuted letters would give 3.31 where 0.0868 is right."""
    size = 60
    c = dimensions("d", commuting=False)
    k1, k2 = dimensions("k1 k2")
    Σ1, Σ2, P = (Deterministic(c, name) for name in ("Sigma1", "Sigma2", "T"))
    Y1 = Gaussian(k1, c, "Y1", variance=1 / k1, column_covariance=Σ1)
    Y2 = Gaussian(k2, c, "Y2", variance=1 / k2, column_covariance=Σ2)
    R = lam * ((Y1.T @ Y1 + Y2.T @ Y2) / 2 + lam * identity(c)).inv()
    derived = derive(trace(Σ1 @ R @ P @ R) / c)

    def turned(values: list[float], degrees: float) -> np.ndarray[Any, Any]:
        t = np.radians(degrees)
        Q = np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]])
        return np.kron(np.eye(size // 2), Q @ np.diag(values) @ Q.T)

    values = {
        k1: size // 3,
        k2: size // 3,
        c: size,
        lam: 0.001,
        Σ1: turned([1, 0.01], 0),
        Σ2: turned([1, 0.01], 45),
        P: turned([1, 0], -22.5),
    }
    assert round(solve(derived, values), 4) == 0.0868


# ---- random expressions against sampled matrices


def resolvents(commuting: bool) -> tuple[Any, st.SearchStrategy[Matrix]]:
    """Products of resolvents of Gram matrices, nested and repeated, and deterministic letters."""
    k, p, q = dimensions("k p q", commuting=commuting)
    B, C, D = Deterministic(p, "B"), Deterministic(p, "C"), Deterministic(k, "D")
    X = Gaussian(k, p, "X", variance=1 / k, column_covariance=B)
    Y = Gaussian(k, p, "Y", variance=1 / k, row_covariance=D)
    W = Gaussian(p, q, "W", variance=1 / p)
    one = identity(p)
    squares = st.sampled_from(
        [X.T @ X, Y.T @ Y, W @ W.T, X.T @ D @ X, (X + Y).T @ (X + Y), (X - 2 * Y).T @ (X - 2 * Y)]
    )
    grams = st.recursive(
        squares,
        lambda inner: st.one_of(
            st.builds(lambda a, b: a + b, inner, inner),
            inner.map(lambda a: W @ (W.T @ a @ W + lam * identity(q)).inv() @ W.T),
            st.just(X.T @ (Y @ C @ Y.T + identity(k)).inv() @ X),
        ),
        max_leaves=3,
    )
    factors = st.one_of(
        grams.map(lambda a: (a + lam * one).inv()),
        grams.map(lambda a: (a + lam * one + C).inv()),
        grams.map(lambda a: a @ (a + lam * one).inv()),
        st.sampled_from([B, C]),
    )
    return (k, p, q, B, C, D), st.lists(factors, min_size=1, max_size=3).map(product_of)


def product_of(factors: list[Matrix]) -> Matrix:
    product = factors[0]
    for factor in factors[1:]:
        product = product @ factor
    return product


def letters(commuting: bool, size: int, seed: int) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(seed)
    values = rng.uniform(0.3, 1.5, size)
    if commuting:
        return values
    Q, _ = np.linalg.qr(rng.standard_normal((size, size)))
    return (Q * values) @ Q.T


@pytest.mark.slow
@pytest.mark.parametrize("commuting", [True, False])
@given(data=st.data(), seed=st.integers(0, 2**20))
@settings(max_examples=5, deadline=None)
def test_random_expressions_are_what_they_average_to(commuting: bool, data: st.DataObject, seed: int) -> None:
    (k, p, q, B, C, D), expressions = resolvents(commuting)
    expression = trace(data.draw(expressions)) / p
    values = {k: 48, p: 36, q: 42, lam: 0.5}
    values |= {x: letters(commuting, int(values[x.rows]), seed + i) for i, x in enumerate((B, C, D))}
    draws = sample(expression, values, trials=16, seed=seed)
    system = derive(expression)
    predicted = solve(system, values)
    # the reduced equations alone; the path that is followed ends at 1e−13 of either
    assert solve(dataclasses.replace(system, unreduced=None), values) == pytest.approx(predicted, rel=1e-9)
    error = draws.std(ddof=1) / 4
    # means of 16: seven standard errors are passed once in 10⁵; 2% is some O(1/d) at d = 36
    assert abs(predicted - draws.mean()) <= 7 * error + 0.02 * abs(predicted)
