"""The routes to the response of ridge regression: against each other and against 50 digits."""

import itertools
from collections.abc import Sequence
from typing import Any

import mpmath
import numpy as np
import pytest

from detequiv.verify.simulators import naive
from detequiv.verify.simulators import ridge_response as response
from detequiv.verify.simulators.ridge_response import (
    RidgeResponse,
    Weighted,
    by_singular_values,
    few_features_by_cholesky,
    few_samples_by_cholesky,
    respond,
)

Array = np.ndarray[Any, Any]


def weighted(n: Sequence[int], d: int, m: int | None, *, decay: float = 1.0) -> Weighted:
    """A stack of one."""
    rng = np.random.default_rng(2)
    X = rng.standard_normal((1, sum(n), d)) * np.arange(1, d + 1.0) ** -decay
    ends = np.cumsum([0, *n])
    rows = tuple(slice(int(a), int(b)) for a, b in itertools.pairwise(ends))
    return Weighted(X, rows, None if m is None else rng.standard_normal((1, d, m)))


def moment_of(columns: Array) -> Array:
    moment: Array = columns @ columns.mT
    return moment


def everything(answer: RidgeResponse, K: int, d: int) -> list[Array]:
    s, γ = np.linspace(1, 2, K), np.linspace(0.5, 1, d)
    unlike = [c * γ for c in np.linspace(-1, 1, K)]
    matrices = [None, *(np.random.default_rng(k).standard_normal((d, 3)) / np.sqrt(12) for k in range(1, K))]
    weights = [answer.weights(truths) for truths in (unlike, K * [γ], matrices)]
    return [
        *answer.inputs(),
        *(fitted.values for fitted in weights if fitted is not None),
        answer.noise(s),
        answer.noise_moment(s),
        moment_of(answer.noise_columns(s).values),
        answer.training_noise(s),
        *(answer.training(truths) for truths in (unlike, K * [γ], matrices)),
    ]


SHAPES = [([6, 5], 9, None), ([6, 5], 9, 4), ([6, 5], 9, 20), ([30, 40], 9, None), ([30, 40], 9, 5)]


@pytest.mark.parametrize(("n", "d", "m"), SHAPES)
def test_all_routes_are_one_map(n: list[int], d: int, m: int | None) -> None:
    """Condition numbers here are below 1e4, so 1e-11 leaves a factor of ten to rounding."""
    data = weighted(n, d, m)
    by_svd = everything(by_singular_values(data, 0.1), len(n), d)
    for route in (few_samples_by_cholesky, few_features_by_cholesky):
        good, found = route(data, 0.1)
        assert good.tolist() == [True]
        assert found is not None
        for a, b in zip(everything(found, len(n), d), by_svd, strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=1e-11 * np.abs(b).max())


def test_gram_matrices_are_refused_where_they_would_lose_digits() -> None:
    data = weighted([6, 5], 9, 11)
    for ridge, routes in (
        (1e-3, [few_samples_by_cholesky]),
        (1e-18, [few_samples_by_cholesky, few_features_by_cholesky]),
    ):
        for route in routes:
            good, answer = route(data, ridge)
            assert good.tolist() == [answer is not None] == [ridge == 1e-3]


def spread(n: int, m: int, least: float) -> Array:
    """(1, n, m) with singular values from 1 down to the least, in random directions."""
    rng = np.random.default_rng(4)
    U, V = (np.linalg.qr(rng.standard_normal((size, n)))[0] for size in (n, m))
    Z: Array = (U * np.geomspace(1.0, least, n)) @ V.T
    return Z[None]


def relative(found: Array, exact: Array) -> float:
    return float(np.linalg.norm(found - exact) / np.linalg.norm(exact))


@pytest.mark.slow(keep=10)
@pytest.mark.parametrize(("n", "m"), [(12, 12), (10, 14)])
@pytest.mark.parametrize("least", [1.0, 1e-3, 1e-5])
@pytest.mark.parametrize("ridge", [1e-5, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-13])
def test_improved_inverses_against_50_digits(
    ridge: float, least: float, n: int, m: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Cholesky answers, B and H have the digits that are promised. They have them because of
    the step, which leaves eps·√cond, twice at most, where Cholesky alone has some eps·cond."""
    data = Weighted(spread(n, m, least), (slice(0, n),), None)
    condition = 1.0 / (least**2 + ridge)
    good, found = few_samples_by_cholesky(data, ridge)
    assert good[0] or condition > 1e9
    if found is None:
        return
    with mpmath.workdps(50):
        Z = mpmath.matrix(data.Z[0].tolist())
        K = mpmath.inverse(Z * Z.T + mpmath.mpf(ridge) * mpmath.eye(n))
        B, H = (np.array(M.tolist(), dtype=float) for M in (Z.T * K, ridge * K))
    eps = np.finfo(float).eps
    improved = eps * condition > response.LOSS
    bound = 2 * eps * np.sqrt(condition) if improved else response.LOSS
    assert max(relative(found.B[0], B), relative(found.H[0], H)) <= bound <= response.LOSS
    monkeypatch.setattr(response, "_improve", lambda K, Z, ridge: 0.0)
    _, plain = few_samples_by_cholesky(data, ridge)
    assert plain is not None
    if condition > 1e9:
        assert relative(plain.B[0], B) > 100 * relative(found.B[0], B)


@pytest.mark.parametrize("ridge", [1e-3, 1e-10, 1e-18])
@pytest.mark.parametrize(("n", "d", "m"), [([6, 5], 9, 14), ([6, 5], 14, 9), ([6, 5], 6, 9)])
def test_tiny_ridges_against_50_digits(ridge: float, n: list[int], d: int, m: int) -> None:
    """Well-conditioned or of deficient rank: the singular values that are not 0 are above 1e-2."""
    data = weighted(n, d, m, decay=0.2)
    assert data.S is not None
    with mpmath.workdps(50):
        X, S = mpmath.matrix(data.X[0].tolist()), mpmath.matrix(data.S[0].tolist())
        Z = X * S
        v = mpmath.inverse(Z.T * Z + mpmath.mpf(ridge) * mpmath.eye(m)) * Z.T * X
        exact = np.array((S * v).tolist(), dtype=float)
        by_hand = np.array(v.tolist(), dtype=float)[:, 0]
    [(_, answer)] = respond(data, ridge)
    got = np.sum(answer.inputs(), axis=0)[0]
    np.testing.assert_allclose(got, exact, rtol=0, atol=1e-11 * np.abs(exact).max())
    y, a = data.X[0, :, :1], np.full(sum(n), float(sum(n)))
    fitted = naive.fit(data.Z[0], y, a, ridge)[:, 0]
    np.testing.assert_allclose(fitted, by_hand, rtol=0, atol=1e-11 * np.abs(by_hand).max())
