"""Expressions: immutable, compared by structure, checked where they are written."""

import math
import pickle
from typing import Any

import numpy as np
import pytest
import sympy

from detequiv.theory import ShapeError, SpecError
from detequiv.theory.freeprob import Deterministic, Gaussian, Matrix, derive, dimensions, identity, trace
from helpers.refusals import Facts, refused

n, d = dimensions("n d")
lam = sympy.Symbol("lam", positive=True)
Σ, A = Deterministic(d, "Sigma"), Deterministic(d, "A")
X = Gaussian(n, d, "X", variance=1 / n, column_covariance=Σ)
R = (X.T @ X + lam * identity(d)).inv()


def test_equal_structures_are_equal_and_hash_alike() -> None:
    again = Gaussian(n, d, "X", variance=1 / n, column_covariance=Deterministic(d, "Sigma"))
    assert again == X and hash(X) == hash(again) and (again.T @ again == X.T @ X)
    assert Gaussian(n, d, "X", variance=2 / n, column_covariance=Σ) != X
    assert (X.T @ X).inv() != (X.T @ X + A).inv()
    assert trace(R) == trace((again.T @ again + lam * identity(d)).inv())


@pytest.mark.parametrize("value", [n, Σ, X, R, A @ R @ Σ, trace(R), 2 * trace(R) / n], ids=str)
def test_everything_pickles(value: object) -> None:
    assert pickle.loads(pickle.dumps(value)) == value


@pytest.mark.parametrize(
    ("given", "same"),
    [
        ((A @ Σ) @ A, A @ (Σ @ A)),
        (A + Σ - A, Σ),
        (2 * A + 3 * A, 5 * A),
        ((A @ X.T).T, X @ A),
        (A @ identity(d), A),
        ((2 * A) @ (3 * Σ), 6 * (A @ Σ)),
        (sum([A, Σ, A]), 2 * A + Σ),
        (sum([A]), A),
        (0 + A - 0, A),
        (0 - A, -A),
        (sympy.S.Zero + A, A),
        (np.int64(0) + A, A),
        (sum([X, 2 * X]), 3 * X),
        (np.sum(np.array([A, Σ], dtype=object)), A + Σ),
        (A**2, A @ A),
        (A**-1, A.inv()),
        (A**0, identity(d)),
        (A / 2, 0.5 * A),
        (np.float64(0.5) * A, A / 2),
        (-A, -1 * A),
        ((X.T @ X).T, X.T @ X),
    ],
)
def test_forms_of_one_expression_are_one(given: object, same: object) -> None:
    assert given == same


def test_a_decimal_is_what_is_written() -> None:
    assert sympy.Rational(1, 10) * A == 0.1 * A


NOT_ADDED, IDENTIFIER, TRACES = "cannot add", "name identifier", "expression traces"
WRONG: dict[str, tuple[Any, ...]] = {
    # the error, the call, what is named, the rule, the value, the remedy
    "X @ X": (ShapeError, lambda: X @ X, "X (n by d)", "cannot multiply", "(n by d) by X (n by d)"),
    "X + A": (ShapeError, lambda: X + A, ("X", "A"), NOT_ADDED, ("(d by d)", "(n by d)")),
    "X.inv()": (ShapeError, lambda: X.inv(), "inverse", "square matrix", "X (n by d)"),
    "X**2": (ShapeError, lambda: X**2, "power 2", "square matrix", "X (n by d)"),
    "A**0.5": (SpecError, lambda: A**0.5, "powers", "matrices integers", "0.5"),
    "A + 1": (SpecError, lambda: A + 1, "A", NOT_ADDED, "1", "1 * identity(d)"),
    "1 + A": (SpecError, lambda: 1 + A, "A", NOT_ADDED, "1", "1 * identity(d)"),
    "1 - A": (SpecError, lambda: 1 - A, "-A", NOT_ADDED, "1", "1 * identity(d)"),
    "lam + A": (SpecError, lambda: lam + A, "A", NOT_ADDED, "lam", "lam * identity(d)"),
    "lam - A": (SpecError, lambda: lam - A, "-A", NOT_ADDED, "lam", "lam * identity(d)"),
    "np.float64(0.5) + A": (SpecError, lambda: np.float64(0.5) + A, "A", NOT_ADDED, "0.5", "* identity(d)"),
    "0.0 + A": (SpecError, lambda: 0.0 + A, "A", NOT_ADDED, "0.0", "0.0 * identity(d)"),
    "False + A": (SpecError, lambda: False + A, "A", NOT_ADDED, "False", "identity(d)"),
    "a sum from 1": (SpecError, lambda: sum([A, Σ], start=1), "A", NOT_ADDED, "1", "1 * identity(d)"),
    "2 + X": (SpecError, lambda: 2 + X, "X (n by d)", NOT_ADDED, "2", "shape"),
    "sum([A, X])": (ShapeError, lambda: sum([A, X]), ("X", "A"), NOT_ADDED, ("(n by d)", "(d by d)")),
    "math.prod([A, Σ])": (SpecError, lambda: math.prod([A, Σ]), "*", "scalar product", (), "A @ Σ"),
    "A @ 2": (SpecError, lambda: A @ 2, "@", "two matrices scalars", ("2", "A"), "*"),
    "A * Σ": (SpecError, lambda: A * Σ, "*", "scalar product", (), "A @ Σ"),
    "A / Σ": (SpecError, lambda: A / Σ, "Σ", "cannot divide", (), ".inv()"),
    "trace(X)": (ShapeError, lambda: trace(X), "trace", "square matrix", "X (n by d)"),
    "trace(3)": (SpecError, lambda: trace(3), "trace", "matrix expression", "3"),
    "a dimension twice": (SpecError, lambda: dimensions("n n"), "dimension", "name own", "'n n'"),
    "no dimension": (SpecError, lambda: dimensions(""), "dimensions", "names", "''", 'dimensions("n d")'),
    "a number first": (SpecError, lambda: dimensions("2n"), "dimension", IDENTIFIER, "'2n'"),
    "commuting": (SpecError, lambda: dimensions("n", commuting=1), "commuting", "True False", "1"),
    "a dimension's name": (
        SpecError,
        lambda: Deterministic("d", "A"),
        "Deterministic(d, name)",
        "dimensions",
        "'d'",
        "fp.dimensions",
    ),
    "a blank in a name": (SpecError, lambda: Deterministic(d, "A B"), "matrix", IDENTIFIER, "'A B'"),
    "a variance": (SpecError, lambda: Gaussian(n, d, "X", variance=-1), ("variance", "X"), "positive", "-1"),
    "a random covariance": (
        SpecError,
        lambda: Gaussian(n, d, "X", column_covariance=X.T @ X),
        ("column_covariance", "X"),
        "deterministic d",
        "Gaussian(n, d, 'X')",
    ),
    "a covariance of columns": (
        ShapeError,
        lambda: Gaussian(n, d, "X", row_covariance=A),
        ("row_covariance", "X"),
        "n by n",
        "A (d by d)",
    ),
    "no trace": (SpecError, lambda: derive(lam), "derive", TRACES, "lam", "trace(A @ R)"),
    "a singular matrix": (
        SpecError,
        lambda: derive(trace((X.T @ X).inv())),
        "inverse",
        "cannot exist singular",
        (),
        "identity(d)",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_refused_where_it_is_written(name: str) -> None:
    error, call, *facts = WRONG[name]
    with refused(error, *facts):
        call()


K, L, M = (Deterministic(dimensions("o", commuting=False), name) for name in "KLM")
CURLS = (K @ L - L @ K) @ (K @ M - M @ K)


@pytest.mark.parametrize(
    "covariance",
    [
        A @ Σ,
        (A @ Σ + identity(d)).inv() @ A,
        K @ L + L @ K,
        K @ (L @ M + M @ L) @ K,
        K @ L @ K,
        K @ (L @ K + identity(K.rows)).inv(),
        (K + L) @ (K - L) + K @ L - L @ K,
        CURLS + CURLS.T,
    ],
    ids=str,
)
def test_covariances_that_are_symmetric_however_written_are_taken(covariance: Matrix) -> None:
    Gaussian(n, covariance.rows, "Z", column_covariance=covariance)


@pytest.mark.parametrize("covariance", [K @ L, (K @ L).inv(), K @ L - L @ K, CURLS], ids=str)
def test_covariances_that_are_not_symmetric_are_refused(covariance: Matrix) -> None:
    """The last one would be, of two by two matrices."""
    with refused(SpecError, ("column_covariance", "Z"), "symmetric", str(covariance)):
        Gaussian(n, covariance.rows, "Z", column_covariance=covariance)


@pytest.mark.parametrize(
    ("expression", "text", "latex"),
    [
        (X, "X", "X"),
        (X.T @ X - lam * identity(d), "Xᵀ X - lam I_d", r"X^{\top} X - \lambda I_{d}"),
        ((A + Σ) @ A, "(A + Σ) A", r"\left(A + \Sigma\right) A"),
        ((lam + 1) * A.inv(), "(lam + 1) A⁻¹", r"\left(\lambda + 1\right) A^{-1}"),
        ((X @ X.T).inv() / 2, "1/2 (X Xᵀ)⁻¹", r"\frac{1}{2} \left(X X^{\top}\right)^{-1}"),
        (-A - 2 * Σ, "-A - 2 Σ", r"-A - 2 \Sigma"),
        (
            (1 - lam) * A - A @ Σ / n,
            "(1 - lam) A - 1/n A Σ",
            r"\left(1 - \lambda\right) A - \frac{1}{n} A \Sigma",
        ),
    ],
    ids=str,
)
def test_expressions_are_written_in_text_and_in_latex(expression: Matrix, text: str, latex: str) -> None:
    assert (str(expression), expression.latex) == (text, latex)


OTHER = dimensions("d", commuting=False)
N = Deterministic(n, "N")


@pytest.mark.parametrize(
    ("expression", "names", "kinds"),
    [
        (trace(A @ R) + trace(Deterministic(OTHER, "B")), "I_d", "identity on d"),
        (trace(A @ R) * trace(Deterministic(n, "A")), "A", ("on n", "on d")),
        (trace(R @ Gaussian(d, d, "X")), "X", ("Gaussian", "n by d", "d by d")),
        (trace(X.T @ Gaussian(n, d, "X", variance=2)), "X", ("Gaussian", "n by d")),
        (trace(R) * sympy.Symbol("Sigma"), "Sigma", ("letter on d", "scalar")),
        (
            trace((X.T @ X + sympy.Symbol("lam") * identity(d)).inv()) + trace(R),
            "lam",
            ("Symbol('lam')", "Symbol('lam', positive=True)"),
        ),
        (trace(R @ Deterministic(d, "I_d")), "I_d", ("identity on d", "letter on d")),
    ],
)
def test_one_name_for_two_things_is_refused(expression: sympy.Expr, names: Facts, kinds: Facts) -> None:
    with refused(SpecError, names, "two different", kinds):
        derive(expression)


@pytest.mark.parametrize(
    ("expression", "names", "printed"),
    [
        (trace(R @ Deterministic(d, "lambda_")), ("lambda_", "lam"), "λ"),
        (trace(R @ Deterministic(d, "A1") @ Deterministic(d, "A_1")), ("A1", "A_1"), "A₁"),
    ],
)
def test_names_that_print_alike_are_refused(expression: sympy.Expr, names: Facts, printed: str) -> None:
    with refused(SpecError, names, "both printed", printed, "another name"):
        derive(expression)


def test_a_letter_may_be_called_like_an_identity_without_its_dimension() -> None:
    assert str(derive(trace(Deterministic(d, "I")))) == "tr(I) ≃ tr(I)"


def test_names_of_unknowns_and_inverses_keep_clear_of_the_users() -> None:
    q, P = sympy.Symbol("tau", positive=True), Deterministic(d, "P")
    Y = Gaussian(n, d, "Y", variance=1 / n, row_covariance=N, column_covariance=P)
    system = derive(trace(P @ (Y.T @ Y + q * identity(d)).inv()))
    assert sorted(map(str, system.equations)) == ["tau_1"]
    assert sorted(map(str, system.inverses)) == ["P_1", "P_2"]
    assert "tr(P P₁)" in str(system) or "tr(P P₂)" in str(system)


def test_names_of_unknowns_keep_clear_of_what_prints_like_them() -> None:
    letter = Deterministic(d, "tau1")
    system = derive(trace(letter @ R @ A @ R) + trace(R @ (X.T @ X + 2 * identity(d)).inv()))
    assert "tau_1" not in map(str, system.equations) and len(system.equations) >= 2
