"""Inverses that are not symmetric: those that are shown to exist do, and their traces are right."""

from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import detequiv as de
from detequiv.theory.freeprob.expressions.invertibility import is_provably_regular

fp = de.freeprob
lam, h = sympy.symbols("lam h", positive=True)
real = sympy.Symbol("t", real=True)

Array = np.ndarray[Any, Any]


class World:
    """Letters and Gaussian matrices on one kind of spaces; B and D are covariances, C and E not.

    h multiplies all variances.
    """

    def __init__(self, commuting: bool) -> None:
        self.commuting = commuting
        self.k, self.p, self.q = fp.dimensions("k p q", commuting=commuting)
        k, p, q = self.k, self.p, self.q
        self.B, self.C, self.E = (fp.Deterministic(p, name) for name in "BCE")
        self.D = fp.Deterministic(k, "D")
        self.X = fp.Gaussian(k, p, "X", variance=h / k, column_covariance=self.B)
        self.Y = fp.Gaussian(k, p, "Y", variance=h / k, row_covariance=self.D)
        self.S = fp.Gaussian(p, q, "S", variance=h / p)
        self.one, self.M1, self.M2 = fp.identity(p), self.X.T @ self.X, self.Y.T @ self.Y

    def values(self, times: int) -> dict[Any, Any]:
        """Dimensions in proportion to ``times``, letters of one joint spectrum for all of them."""
        found: dict[Any, Any] = {self.k: 8 * times, self.p: 6 * times, self.q: 7 * times}
        for seed, letter in enumerate((self.B, self.C, self.E, self.D)):
            found[letter] = self._letter(letter, times, seed)
        return found | {lam: 0.4, h: 1, real: 0.7}

    def _letter(self, letter: Any, times: int, seed: int) -> Array:
        size, rng = 8 if letter is self.D else 6, np.random.default_rng(seed)
        values = rng.uniform(0.3, 1.5, size)
        if letter in (self.C, self.E):
            values[::2] *= -1
        if self.commuting:
            return np.tile(values, times)
        Q, _ = np.linalg.qr(rng.standard_normal((size, size)))
        return np.kron(np.eye(times), (Q * values) @ Q.T)

    def observed(self, matrix: Any) -> Any:
        """A trace with covariances in sight, which are known for that: X and Y with next to no
        weight."""
        return fp.trace(matrix) / self.p + fp.trace(self.M1 + self.M2) / (10**6 * self.p)


WORLDS = {commuting: World(commuting) for commuting in (True, False)}


def products(w: World) -> dict[str, Any]:
    """c + PQ, each by another rule."""
    B, C, D, X, S, M1, M2, one = w.B, w.C, w.D, w.X, w.S, w.M1, w.M2, w.one
    ridge = lam * one
    projected = S @ (S.T @ M2 @ S + lam * fp.identity(w.q)).inv() @ S.T
    return {
        "two grams": M1 @ S @ S.T + ridge,
        "a sum of grams": (M1 + 2 * M2) @ S @ S.T + ridge,
        "a sum written out": M1 @ S @ S.T + M2 @ S @ S.T + S @ S.T + ridge,
        "a sum behind": S @ S.T @ M1 + S @ S.T @ M2 + ridge,
        "a covariance in a form": X.T @ D @ X @ S @ S.T + ridge,
        "a covariance": B @ M2 + ridge,
        "a square": C @ C @ M1 + ridge,
        "a form in a form": C @ M2 @ C @ M1 + ridge,
        "an inverse": M1 @ (M2 + ridge).inv() + one,
        "an inverse in a form": M1 @ projected + ridge,
        "all of it negative": -(M1 @ S @ S.T + ridge),
        "a scalar that is positive": M1 @ B + (real**2 + lam) * one,
    }


def turned(w: World) -> dict[str, Any]:
    """c + P + K, each by another rule."""
    B, C, E, X, Y, M1, one = w.B, w.C, w.E, w.X, w.Y, w.M1, w.one
    ridge = lam * one
    other = (w.M2 @ B + ridge).inv()
    return {
        "letters": M1 + ridge + C @ E - E @ C,
        "Gaussian matrices": ridge + 2 * (X.T @ Y - Y.T @ X),
        "a letter and a gram": M1 + ridge + C @ M1 - M1 @ C,
        "a letter and a gram alone": ridge + 3 * (C @ M1 - M1 @ C),
        "an inverse that is not symmetric": M1 + ridge + (other - other.T) / 2,
    }


def bounded_by_others(w: World) -> dict[str, Any]:
    """P + K with a P that is bounded below without a ridge."""
    return {"an inverse for a ridge": (w.M1 + w.B).inv() + (w.C @ w.M1 - w.M1 @ w.C) / 4}


def shown(w: World) -> dict[str, Any]:
    return products(w) | turned(w) | bounded_by_others(w)


NAMES = list(shown(WORLDS[True]))


# ---- what is shown


@pytest.mark.parametrize("commuting", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_they_are_shown_to_be_regular(name: str, commuting: bool) -> None:
    world = WORLDS[commuting]
    inner = shown(world)[name]
    for E in (inner, inner.T, -inner):
        assert is_provably_regular(E, {world.B, world.D})


@pytest.mark.parametrize("name", ["a covariance", "a covariance in a form"])
def test_only_covariances_are_known_to_be_semidefinite(name: str) -> None:
    assert not is_provably_regular(products(WORLDS[True])[name])


@pytest.mark.parametrize(
    "ridge",
    [
        sympy.Symbol("u"),
        1 + sympy.Symbol("u", nonnegative=True),
        sympy.Symbol("u", integer=True, positive=True) - sympy.Rational(3, 4),
        lam - 1,
    ],
    ids=str,
)
def test_only_signs_that_values_are_held_to_count(ridge: sympy.Expr) -> None:
    """−1 is taken for a symbol that is declared nonnegative, and ½ for an integer."""
    w = WORLDS[True]
    assert not is_provably_regular(w.M1 @ w.S @ w.S.T + ridge * w.one)


@pytest.mark.parametrize("seed", range(5))
def test_the_bounds_of_the_proof_hold(seed: int) -> None:
    rng = np.random.default_rng(seed)
    A, B, K = rng.standard_normal((3, 6, 6)) * 10.0 ** rng.uniform(-2, 2, (3, 1, 1))
    P, Q, c = A[:, :4] @ A[:, :4].T, B @ B.T, 0.1
    least = np.linalg.svd(c * np.eye(6) + P + K - K.T, compute_uv=False)[-1]
    assert least >= c * (1 - 1e-9)  # of rounding in numbers up to 10⁴ times as large
    least = np.linalg.svd(c * np.eye(6) + P @ Q, compute_uv=False)[-1]
    assert 1 / least <= (1 + np.linalg.norm(P, 2) * np.linalg.norm(Q, 2) / c) / c * (1 + 1e-9)


@pytest.mark.parametrize("strength", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("name", turned(WORLDS[True]))
def test_samples_obey_the_bound_at_every_strength(name: str, strength: float) -> None:
    """All singular values of the inverse are at most 1/λ, so the mean of their squares is."""
    w = WORLDS[False]
    inverse = turned(w)[name].inv()
    values = w.values(4) | {h: strength}
    draws = fp.sample(w.observed(inverse @ inverse.T), values, trials=3)
    small = strength * 1e-5  # what is observed beside it
    assert (draws <= (1 / 0.4**2 + small) * (1 + 1e-9)).all()


def test_three_semidefinite_factors_may_have_any_eigenvalue() -> None:
    """Why they are refused: of projections on lines at 0°, 60° and 120° the product has −1/8."""
    lines = np.exp(1j * np.pi * np.arange(3) / 3)
    P, Q, R = (np.outer(v, v) for v in np.stack([lines.real, lines.imag], axis=1))
    assert np.linalg.eigvals(P @ Q).real.min() > -1e-15
    assert np.linalg.eigvals(P @ Q @ R).real.min() == pytest.approx(-1 / 8)


# ---- other writings of the same matrix, with symmetric inverses


def writings(w: World) -> dict[str, tuple[Any, Any]]:
    """By S (SᵀMS + λ)⁻¹ = (SSᵀM + λ)⁻¹ S."""
    S, B, C, one = w.S, w.B, w.C, w.one
    M = w.M1 + w.M2
    G = S @ S.T
    R = (M @ G + lam * one).inv()
    Q = S @ (S.T @ M @ S + lam * fp.identity(w.q)).inv() @ S.T
    R2 = (one - M @ Q) / lam
    out = (w.M1 @ G + w.M2 @ G + lam * one).inv()
    return {
        "first order": (G @ R @ C, Q @ C),
        "the fit": (G @ R @ M, Q @ M),
        "written out": (G @ out @ C, Q @ C),
        "transposed": (R.T @ G @ C, Q @ C),
        "without S": (R @ C, R2 @ C),
        "second order": (R @ C @ R.T @ B, R2 @ C @ R2.T @ B),
        "second order, one way": (R.T @ C @ R.T @ B, R2.T @ C @ R2.T @ B),
        "second order of the fit": (G @ R @ C @ R.T @ G @ B, Q @ C @ Q @ B),
    }


@pytest.mark.slow(keep=4)
@pytest.mark.parametrize("name", writings(WORLDS[True]))
def test_push_through_identities_give_equal_numbers(name: str) -> None:
    w = WORLDS[True]
    direct, symmetric = (fp.compile(fp.derive(w.observed(e))) for e in writings(w)[name])
    ridges = np.array([1.0, 0.1, 1e-3])
    values = w.values(10) | {lam: ridges}
    # both in double precision, with a digit lost for each decade of λ in sums that cancel
    assert direct(values) == pytest.approx(symmetric(values), rel=1e-10)


def test_ordered_letters_are_pushed_through_as_well() -> None:
    w = WORLDS[False]
    direct, symmetric = writings(w)["first order"]
    one, other = (fp.solve(fp.derive(w.observed(e)), w.values(2)) for e in (direct, symmetric))
    assert one == pytest.approx(other, rel=1e-10)


# ---- samples


def sampled(w: World, expression: Any) -> tuple[float, float]:
    """The mean with its O(1/n) taken out by two sizes, and its deviation: at four times the size
    the mean is off by a quarter as much."""
    means, deviations = [], []
    for times, trials in ((5, 40), (20, 10)):
        draws = fp.sample(expression, w.values(times), trials=trials, seed=times)
        means.append(draws.mean())
        deviations.append(draws.std(ddof=1) / trials**0.5)
    (a, b), (s, t) = means, deviations
    return (4 * b - a) / 3, float(np.hypot(4 * t, s)) / 3


@pytest.mark.slow(keep=4)
@pytest.mark.parametrize(("name", "commuting"), [(x, k % 2 > 0) for k, x in enumerate(NAMES)])
def test_what_is_derived_is_what_is_sampled(name: str, commuting: bool) -> None:
    w = WORLDS[commuting]
    inverse = shown(w)[name].inv()
    expression = w.observed(inverse @ w.C + 2 * inverse)
    value = fp.solve(fp.derive(expression), w.values(1))  # that of any size
    mean, deviation = sampled(w, expression)
    # six standard deviations, of 10 draws, are passed once in some 5000 times; 1/n² of the larger
    # size is below 0.1%
    assert abs(value - mean) <= 6 * deviation + 1e-3 * abs(value)


@pytest.mark.parametrize("commuting", [True, False])
def test_unknowns_may_go_through_0(commuting: bool) -> None:
    """One does, on the way from no randomness; a step that is small beside the others is taken."""
    w = WORLDS[commuting]
    inner = lam * w.one + 3 * w.M1 + (w.C @ w.M1 - w.M1 @ w.C) / 2
    expression = w.observed(inner.inv() @ w.C)
    value = fp.solve(fp.derive(expression), w.values(1))
    mean, deviation = sampled(w, expression)
    assert abs(value - mean) <= 6 * deviation + 1e-2 * abs(value)


@st.composite
def certified(draw: st.DrawFn, w: World) -> Any:
    """Expressions with a certificate, of parts that are drawn."""
    C, E, one = w.C, w.E, w.one
    semidefinite = st.sampled_from(
        [w.M1, w.M2, w.S @ w.S.T, w.B, C @ C, w.M1 + 2 * w.B, (w.M2 + one).inv(), C @ w.M2 @ C]
    )
    P, Q = draw(semidefinite), draw(semidefinite)
    if draw(st.booleans()):
        return draw(st.sampled_from([P @ Q, P @ Q + w.M1 @ Q, Q @ P + Q @ w.B])) + lam * one
    A = draw(st.sampled_from([C, E])) @ draw(st.sampled_from([Q, E]))
    return draw(st.sampled_from([lam * one, (w.B + one).inv()])) + P + (A - A.T) / 4


@pytest.mark.slow
@pytest.mark.parametrize("commuting", [True, False])
@given(data=st.data())
@settings(max_examples=5, deadline=None)
def test_drawn_expressions_with_a_certificate_are_what_is_sampled(
    commuting: bool, data: st.DataObject
) -> None:
    w = WORLDS[commuting]
    inverse = data.draw(certified(w)).inv()
    expression = w.observed(inverse @ data.draw(st.sampled_from([w.one, w.C, inverse.T])))
    value = fp.solve(fp.derive(expression), w.values(1))
    mean, deviation = sampled(w, expression)
    # as above, except for new draws in each run; more of 1/n² is left where bounds are larger
    assert abs(value - mean) <= 8 * deviation + 1e-2 * abs(value)
