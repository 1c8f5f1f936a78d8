"""What a sceptic found: numbers wrong without a word, and errors that were no sentence."""

import warnings
from typing import Any

import numpy as np
import pytest
import sympy

import detequiv as de

fp = de.freeprob
n, d = fp.dimensions("n d")
q = fp.dimensions("q", commuting=False)
lam = sympy.Symbol("lam", positive=True)
v = sympy.Symbol("v")
I = fp.identity(d)
A, B = fp.Deterministic(d, "A"), fp.Deterministic(d, "B")
C, F = fp.Deterministic(n, "C"), fp.Deterministic(q, "F")
X, Y = fp.Gaussian(n, d, "X", variance=1 / n), fp.Gaussian(n, d, "Y", variance=1 / n)
G = fp.Gaussian(d, d, "G", variance=1 / d)
Z = fp.Gaussian(n, d, "Z", variance=1 / n, column_covariance=A)
W = fp.Gaussian(n, d, "W", variance=v)
R = (Z.T @ Z + lam * I).inv()
FALLING = np.arange(1.0, 21) ** -0.5
GOOD: dict[Any, Any] = {
    n: 30,
    d: 20,
    q: 20,
    lam: 0.3,
    v: 0.1,
    A: FALLING,
    B: np.ones(20),
    C: np.ones(30),
    F: np.diag(FALLING),
}


@pytest.mark.parametrize(
    "inner",
    [
        G + 0.5 * I, G @ G + 0.5 * I, X.T @ Y + 0.1 * I, X.T @ X + G + 0.1 * I, G + A,
        X.T @ X @ Y.T @ Y @ (G @ G.T) + I, X.T @ X @ Y.T @ Y - I, X.T @ X @ Y.T @ Y + v * I,
        X.T @ X @ Y.T @ Y + lam * I - A @ X.T @ X @ Y.T @ Y, X.T @ C @ X @ Y.T @ Y + I,
        X.T @ X @ Y.T @ Y + B, A @ X.T @ X + I, A @ B @ X.T @ X + I,
        X.T @ X + X.T @ Y - Y.T @ X, X.T @ X + B + X.T @ Y - Y.T @ X,
        (X.T @ X - 2 * Y.T @ Y) @ G @ G.T + I, X.T @ X - Y.T @ Y + I + X.T @ Y - Y.T @ X,
    ],
    ids=str,
)  # fmt: skip
def test_inverses_that_are_not_symmetric_are_refused(inner: Any) -> None:
    """Their eigenvalues lie in the plane: (G + ½)⁻¹ has trace d/2, and not the 2d of no noise."""
    with pytest.raises(de.SpecError, match=r"it is not symmetric, .* lam \* I \+ P @ Q and"):
        fp.derive(fp.trace(inner.inv()))


@pytest.mark.parametrize(
    "inner", [X.T @ Y + Y.T @ X + 9 * I, G + G.T + 9 * I, X.T @ C @ X + A @ B + I], ids=str
)
def test_symmetric_ones_are_not(inner: Any) -> None:
    expression = fp.trace(inner.inv())
    draws = fp.sample(expression, GOOD, trials=40)
    found = fp.solve(fp.derive(expression), GOOD)
    # forty draws, and O(1) in a trace of some 2 to 10
    assert abs(found - draws.mean()) < 6 * draws.std() / 40**0.5 + 0.02 * found


@pytest.mark.parametrize(
    ("expression", "changed", "said"),
    [
        (fp.trace(R), {A: -FALLING}, "the covariance A of Z must not have negative eigenvalues"),
        (fp.trace(R), {A: np.where(np.arange(20) % 2, 1.0, -1.0)}, "must not have negative"),
        (fp.trace((W.T @ W + I).inv()), {v: -1e-6}, "the variance of W must be positive; got -1e"),
        (fp.trace(R), {A: FALLING + 1j}, "A must be an array of real numbers"),
        (fp.trace(R), {lam: np.array([0.3 + 1j])}, "lam must be a real number"),
        (fp.trace(R), {A: "abc"}, "A must be an array of real numbers; got 'abc'"),
        (fp.trace(R), {A: [[1.0], [1.0, 2.0]]}, "A must be an array of real numbers"),
        (fp.trace(R), {lam: np.array([0.1, 0.2])}, "takes one value of every scalar"),
    ],
)
def test_values_without_a_meaning_are_refused(expression: Any, changed: dict[Any, Any], said: str) -> None:
    system = fp.derive(expression)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(de.SpecError, match=said):
            fp.solve(system, GOOD | changed)
        if "covariance" not in said and "variance" not in said and "negative" not in said:
            with pytest.raises(de.SpecError):
                fp.sample(expression, GOOD | changed, trials=2)


@pytest.mark.parametrize("expression", [fp.trace(A.inv()), fp.trace(A.inv() @ B)], ids=str)
def test_what_is_not_finite_is_not_given_out(expression: Any) -> None:
    singular = np.append(FALLING[:-1], 0.0)
    with pytest.raises(de.SolveError, match="not finite at these values"):
        fp.solve(fp.derive(expression), GOOD | {A: singular, B: singular})


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: fp.derive(A), "takes an expression in traces"),
        (lambda: fp.derive(None), "takes an expression in traces"),
        (lambda: 1 / A, "cannot divide 1 by the matrix A"),
        (lambda: A / 0, "cannot divide the matrix A by 0"),
        (lambda: float("nan") * A, "finite real number"),
        (lambda: sympy.I * A, "finite real number"),
        (lambda: sympy.oo * A, "finite real number"),
        (lambda: fp.Gaussian(n, d, "V", variance=fp.trace(A)), "without traces"),
        (lambda: fp.derive(fp.trace((A - A).inv())), "singular for all values"),
        (lambda: fp.derive(fp.trace(A) / ((n + d) ** 2 - n**2 - 2 * n * d - d**2)), "fraction bar"),
        (lambda: fp.derive(sympy.sqrt(fp.trace(A))), "only sums, products and quotients"),
        (lambda: fp.solve(fp.trace(A), GOOD), "a derived system is needed"),
        (lambda: fp.solve(fp.derive(fp.trace(A)), [1]), "values are a mapping"),
        (lambda: fp.sample(A, GOOD, trials=2), "takes an expression in traces"),
        (lambda: fp.sample(fp.trace(A), GOOD, trials=0), "trials must be"),
        (lambda: fp.sample(fp.trace(A), GOOD | {d: 20.5}, trials=2), "one whole number"),
        (lambda: fp.sample(fp.trace(A), GOOD | {A: [1.0]}, trials=2), r"A must have shape \(20,\)"),
        (lambda: fp.sample(fp.trace(A), {d: 20}, trials=2), "no value for A"),
        (lambda: fp.check(fp.trace(G), GOOD), "give a tolerance"),
    ],
)
def test_errors_are_one_sentence(call: Any, said: str) -> None:
    with pytest.raises(de.SpecError, match=said):
        call()


def test_an_iterate_that_is_singular_does_not_matter() -> None:
    """At h = 1 the first iterate of (2 − XᵀX)⁻¹'s fingerprints would invert 1 − 1."""
    expression = fp.trace((X.T @ X - I).inv())
    with pytest.raises(de.SolveError):  # inside the spectrum: no real solution
        fp.solve(fp.derive(expression), GOOD)
    outside = fp.trace((I - 0.1 * X.T @ X).inv())
    draws = fp.sample(outside, GOOD, trials=40)
    found = fp.solve(fp.derive(outside), GOOD)
    assert abs(found - draws.mean()) < 6 * draws.std() / 40**0.5 + 0.02 * found


def test_inverses_of_two_spaces_have_two_names() -> None:
    V = fp.Gaussian(n, d, "V", variance=1 / n, row_covariance=C, column_covariance=A)
    system = fp.derive(fp.trace(A @ (V.T @ V + lam * I).inv()))
    assert [str(name) for name in system.inverses] == ["P_1", "P_2"]
    assert str(system).count("⁻¹ = ") == 2 and "λ I" in str(system)


def test_a_spectrum_is_taken_for_its_eigenvalues() -> None:
    spectrum = de.power_law(20, 0.5)
    system = fp.derive(fp.trace(R))
    assert fp.solve(system, GOOD | {A: spectrum}) == fp.solve(system, GOOD | {A: spectrum.values})


@pytest.mark.parametrize("ridge", [1e-10, 1e-14, 1e-18])
def test_lost_digits_at_the_threshold_are_estimated(ridge: float) -> None:
    """n = d, isotropic: the trace of the resolvent against its closed form."""
    import mpmath

    system = fp.derive(fp.trace((X.T @ X + lam * I).inv()) / d)
    solution = fp.compile(system).solution({n: 100, d: 100, lam: ridge})
    with mpmath.workdps(60):
        λ = mpmath.mpf(ridge)
        exact = (-λ + mpmath.sqrt(λ * λ + 4 * λ)) / (2 * λ)
        error = float(abs(mpmath.mpf(solution.value) / exact - 1))
    assert error <= 10 * solution.estimated_error


# ---- leading orders that vanish

E = fp.Gaussian(d, d, "E", variance=1 / d)
NOTHING = lam * fp.trace(R) + fp.trace(Z.T @ Z @ R) - d
"""Zero, as the sum of its terms."""


@pytest.mark.parametrize(
    "expression",
    [
        fp.trace(G) ** 2,
        fp.trace(G) * fp.trace(E),
        fp.trace(G) * fp.trace(A @ R),
        NOTHING**2,
        fp.trace(G) / fp.trace(R),
        (1 + fp.trace(G)) ** 2,
        fp.trace(G) ** 2 + fp.trace(A) / d,
        (fp.trace(Z.T @ Z) - fp.trace(A)) * fp.trace(R),
        NOTHING**2 + 1,
        (fp.trace(R) - fp.trace(A @ R @ A.inv())) ** 2 + 1,
        fp.trace(G) ** 3 / fp.trace(R),
        fp.trace(R) ** 2 - 2 * fp.trace(R) * fp.trace(A @ R @ A.inv()) + fp.trace(A @ R @ A.inv()) ** 2 + 1,
    ],
    ids=str,
)
def test_products_of_fluctuations_are_refused(expression: Any) -> None:
    """tr(G)² has the expectation 1, and 0 · 0 is no approximation of it."""
    with pytest.raises(de.SpecError, match=r"vanishes: fluctuations of the traces decide"):
        fp.derive(expression)


@pytest.mark.parametrize(
    ("expression", "right"),
    [
        (fp.trace(G), 0),
        (fp.trace(G @ G), 0),
        (fp.trace(G @ G) + 1, 1),
        (NOTHING, 0),
        (fp.trace(G) * fp.trace(A), 0),
        ((fp.trace(X.T @ X) - d) / d, 0),
        (fp.trace(G) / d, 0),
        (sympy.sqrt(n) * fp.trace(G @ A), 0),
    ],
    ids=str,
)
def test_a_leading_order_that_vanishes_is_said_to(expression: Any, right: float) -> None:
    """E tr(G²) is 1, which is no leading order of a trace."""
    system = fp.derive(expression)
    with pytest.warns(fp.LeadingOrderWarning, match="leading order of this expectation is 0"):
        assert fp.solve(system, GOOD) == right
    assert fp.compile(system).solution(GOOD).vanishing
    assert "The leading order is 0" in system.remark


@pytest.mark.parametrize(
    "expression",
    [
        fp.trace(G) + fp.trace(A),
        fp.trace(G) ** 2 / d + fp.trace(A),
        fp.trace(A) ** 2,
        fp.trace(R) ** 2,
        fp.trace(R) / fp.trace(A),
        (fp.trace(R) - fp.trace(A @ R)) ** 2,
        fp.trace(G) ** 2 + fp.trace(A),
        1 / fp.trace(R) + 1,
        fp.trace(A @ R) / d + 1,
    ],
    ids=str,
)
def test_leading_orders_that_stay_are_derived(expression: Any) -> None:
    values = GOOD | {n: 300, d: 200, A: np.arange(1, 201) ** -0.5}
    system = fp.derive(expression)
    draws = fp.sample(expression, values, trials=8)
    # corrections of relative order 1/d, and eight draws
    error = draws.std(ddof=1) + 0.05 * abs(draws.mean())
    assert not system.vanishing and abs(fp.solve(system, values) - draws.mean()) < error


def test_a_check_of_a_vanishing_leading_order_takes_a_band() -> None:
    with pytest.raises(de.SpecError, match="give a tolerance"):
        fp.check(fp.trace(G), GOOD)
    assert fp.check(fp.trace(G), GOOD, tolerance=1.0, trials=256).verdict == "agrees"
