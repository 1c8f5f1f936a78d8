"""Expressions and values without a meaning are refused, and what has one is not."""

from typing import Any

import numpy as np
import pytest
import sympy

import detequiv as de
from helpers.refusals import refused

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
    facts = (
        "inverse",
        "cannot exist not symmetric eigenvalues",
        str(inner),
        ("lam * I + P @ Q", "lam * I + P + K"),
    )
    with refused(de.SpecError, *facts, longest=450):
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


NEGATIVE = {
    "a covariance": (fp.trace(R), {A: -FALLING}, ("covariance A", "Z"), "negative eigenvalues", "-1"),
    "half of a covariance": (
        fp.trace(R),
        {A: np.where(np.arange(20) % 2, 1.0, -1.0)},
        ("covariance A", "Z"),
        "negative eigenvalues",
        "-1",
    ),
    "a variance": (fp.trace((W.T @ W + I).inv()), {v: -1e-6}, ("variance", "W"), "positive", "-1e-06"),
}
NO_NUMBERS = {
    "complex eigenvalues": ({A: FALLING + 1j}, "A", "array real numbers", "array([1. +1.j"),
    "a complex scalar": ({lam: np.array([0.3 + 1j])}, "lam", "real number", "array([0.3+1.j])"),
    "text": ({A: "abc"}, "A", "array real numbers", "'abc'"),
    "rows of several lengths": ({A: [[1.0], [1.0, 2.0]]}, "A", "array real numbers", "[[1.0], [1.0, 2.0]]"),
    "an array of scalars": (
        {lam: np.array([0.1, 0.2])},
        "solve",
        "one value scalar",
        "(2,)",
        "compile(system)",
    ),
}


@pytest.mark.parametrize("name", NEGATIVE)
@pytest.mark.filterwarnings("error")
def test_negative_covariances_and_variances_are_refused(name: str) -> None:
    expression, changed, *facts = NEGATIVE[name]
    with refused(de.SpecError, *facts):
        fp.solve(fp.derive(expression), GOOD | changed)


@pytest.mark.parametrize("name", NO_NUMBERS)
@pytest.mark.filterwarnings("error")
def test_values_without_a_meaning_are_refused(name: str) -> None:
    changed, *facts = NO_NUMBERS[name]
    with refused(de.SpecError, *facts):
        fp.solve(fp.derive(fp.trace(R)), GOOD | changed)
    sampled = ("sample", "one value scalar", "lam") if name == "an array of scalars" else facts
    with refused(de.SpecError, *sampled):
        fp.sample(fp.trace(R), GOOD | changed, trials=2)


@pytest.mark.parametrize("expression", [fp.trace(A.inv()), fp.trace(A.inv() @ B)], ids=str)
def test_what_is_not_finite_is_not_given_out(expression: Any) -> None:
    singular = np.append(FALLING[:-1], 0.0)
    with refused(de.SolveError, ("inverse", "A"), "not finite singular", remedy="identity"):
        fp.solve(fp.derive(expression), GOOD | {A: singular, B: singular})


SCALAR, TRACES = "finite real number", "expression traces"
WRONG: dict[str, tuple[Any, ...]] = {
    "a matrix to derive": (lambda: fp.derive(A), "derive", TRACES, "'A'", "trace(A @ R)"),
    "nothing to derive": (lambda: fp.derive(None), "derive", TRACES, "None", "trace(A @ R)"),
    "1 / A": (lambda: 1 / A, "A", "cannot divide", "1", ".inv()"),
    "A / 0": (lambda: A / 0, "A", "cannot divide", "0"),
    "nan": (lambda: float("nan") * A, "scalar", SCALAR, "nan"),
    "a complex scalar": (lambda: sympy.I * A, "scalar", SCALAR, "I"),
    "infinity": (lambda: sympy.oo * A, "scalar", SCALAR, "oo"),
    "a random variance": (
        lambda: fp.Gaussian(n, d, "V", variance=fp.trace(A)),
        "scalar",
        "without traces",
        "tr(A)",
    ),
    "an inverse of 0": (
        lambda: fp.derive(fp.trace((A - A).inv())),
        "matrix",
        "singular all values",
        "(A - A).inv()",
    ),
    "a fraction by 0": (
        lambda: fp.derive(fp.trace(A) / ((n + d) ** 2 - n**2 - 2 * n * d - d**2)),
        "scalar",
        "0 all values fraction",
    ),
    "a root": (
        lambda: fp.derive(sympy.sqrt(fp.trace(A))),
        "traces",
        "only sums products quotients",
        "sqrt(tr(A))",
        "function",
    ),
    "no system": (
        lambda: fp.solve(fp.trace(A), GOOD),
        "system",
        "derived needed",
        "tr(A)",
        "derive(expression)",
    ),
    "a list of values": (
        lambda: fp.solve(fp.derive(fp.trace(A)), [1]),
        "values",
        "mapping",
        "[1]",
        "{n: 200",
    ),
    "a matrix to sample": (lambda: fp.sample(A, GOOD, trials=2), "sample", TRACES, "'A'"),
    "no trials": (lambda: fp.sample(fp.trace(A), GOOD, trials=0), "trials", "integer least 1", "0", "draw"),
    "half a dimension": (
        lambda: fp.sample(fp.trace(A), GOOD | {d: 20.5}, trials=2),
        "d",
        "one whole number",
        "20.5",
    ),
    "a value missing": (lambda: fp.sample(fp.trace(A), {d: 20}, trials=2), "values", "no value for", "A"),
    "no tolerance": (lambda: fp.check(fp.trace(G), GOOD), "tolerance", "error allowed", "0"),
}


@pytest.mark.parametrize("name", WRONG)
def test_errors_are_one_sentence(name: str) -> None:
    call, *facts = WRONG[name]
    with refused(de.SpecError, *facts):
        call()


def test_eigenvalues_of_another_number_are_refused() -> None:
    with refused(de.ShapeError, "A", "shape", ("(20,)", "(20, 20)", "d = 20", "(1,)")):
        fp.sample(fp.trace(A), GOOD | {A: [1.0]}, trials=2)


def test_an_iterate_that_is_singular_does_not_matter() -> None:
    """At h = 1 the first iterate of (2 − XᵀX)⁻¹'s fingerprints would invert 1 − 1."""
    expression = fp.trace((X.T @ X - I).inv())
    with refused(
        de.SolveError, "fixed point", "not followed", "h = 0.3", "larger ridge"
    ):  # inside the spectrum
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
    with refused(de.SpecError, "leading order", "vanish fluctuations", "tr(", "sample(expression, values"):
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
    with refused(de.SpecError, "tolerance", "error allowed", "0"):
        fp.check(fp.trace(G), GOOD)
    assert fp.check(fp.trace(G), GOOD, tolerance=1.0, trials=256).verdict == "agrees"
