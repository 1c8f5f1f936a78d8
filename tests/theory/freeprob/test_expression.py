"""Expressions: immutable, compared by structure, checked where they are written."""

import math
import pickle

import numpy as np
import pytest
import sympy

from detequiv.theory import ShapeError, SpecError
from detequiv.theory.freeprob import Deterministic, Gaussian, Matrix, derive, dimensions, identity, trace

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


@pytest.mark.parametrize(
    ("written", "error", "said"),
    [
        (lambda: X @ X, ShapeError, r"cannot multiply X \(n by d\) by X \(n by d\)"),
        (lambda: X + A, ShapeError, r"cannot add A \(d by d\) to X \(n by d\)"),
        (lambda: X.inv(), ShapeError, r"an inverse needs a square matrix; got X \(n by d\)"),
        (lambda: X**2, ShapeError, "the power 2 needs a square matrix"),
        (lambda: A**0.5, SpecError, "powers of matrices are integers; got 0.5"),
        (lambda: A + 1, SpecError, r"write 1 \* identity\(d\)"),
        (lambda: 1 + A, SpecError, r"cannot add 1 to the matrix A; write 1 \* identity\(d\)"),
        (lambda: 1 - A, SpecError, r"write 1 \* identity\(d\)"),
        (lambda: lam + A, SpecError, r"cannot add lam to .*write lam \* identity\(d\)"),
        (lambda: lam - A, SpecError, r"write lam \* identity\(d\)"),
        (lambda: np.float64(0.5) + A, SpecError, r"\* identity\(d\)"),
        (lambda: 0.0 + A, SpecError, r"cannot add 0.0 to the matrix A"),
        (lambda: False + A, SpecError, "cannot add False to the matrix A"),
        (lambda: sum([A, Σ], start=1), SpecError, r"write 1 \* identity\(d\)"),
        (lambda: 2 + X, SpecError, r"cannot add 2 to X \(n by d\); only a matrix of that shape"),
        (lambda: sum([A, X]), ShapeError, r"cannot add X \(n by d\) to A \(d by d\)"),
        (lambda: math.prod([A, Σ]), SpecError, "write A @ Σ for the product"),
        (lambda: A @ 2, SpecError, r"Scalars take \*"),
        (lambda: A * Σ, SpecError, "for the product"),
        (lambda: A / Σ, SpecError, r"multiply by its .inv\(\)"),
        (lambda: trace(X), ShapeError, "only a square matrix has a trace"),
        (lambda: trace(3), SpecError, "trace takes a matrix expression; got 3"),
        (lambda: dimensions("n n"), SpecError, "a name of its own"),
        (lambda: dimensions(""), SpecError, "dimensions takes names"),
        (lambda: dimensions("2n"), SpecError, "must be an identifier; got '2n'"),
        (lambda: dimensions("n", commuting=1), SpecError, "commuting must be True or False"),
        (lambda: Deterministic("d", "A"), SpecError, "takes dimensions of fp.dimensions"),
        (lambda: Deterministic(d, "A B"), SpecError, "name of a matrix must be an identifier"),
        (lambda: Gaussian(n, d, "X", variance=-1), SpecError, "variance of X must be positive"),
        (lambda: Gaussian(n, d, "X", column_covariance=X.T @ X), SpecError, "deterministic"),
        (lambda: Gaussian(n, d, "X", row_covariance=A), ShapeError, "must be n by n"),
        (lambda: derive(lam), SpecError, "takes an expression in traces"),
        (lambda: derive(trace((X.T @ X).inv())), SpecError, "cannot be shown to exist"),
    ],
)
def test_what_does_not_fit_is_refused_where_it_is_written(
    written: object, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        written()  # type: ignore[operator]


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
    with pytest.raises(SpecError, match="column_covariance of Z must be symmetric"):
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
    ("expression", "said"),
    [
        (trace(A @ R) + trace(Deterministic(OTHER, "B")), "d names two different things"),
        (trace(A @ R) * trace(Deterministic(n, "A")), "A names two different things"),
        (trace(R @ Gaussian(d, d, "X")), "X names two different things"),
        (trace(X.T @ Gaussian(n, d, "X", variance=2)), r"Gaussian matrix \(n by d\) and a Gauss"),
        (trace(R) * sympy.Symbol("Sigma"), "a letter on d and a scalar"),
        (
            trace((X.T @ X + sympy.Symbol("lam") * identity(d)).inv()) + trace(R),
            r"lam names two different symbols here, Symbol\('lam'(, positive=True)?\) and .*once",
        ),
        (trace(R @ Deterministic(d, "lambda_")), "lambda_ and lam are both printed λ here"),
        (trace(R @ Deterministic(d, "I_d")), "I_d names two different things here, the identity"),
        (trace(R @ Deterministic(d, "A1") @ Deterministic(d, "A_1")), "are both printed A₁ here"),
    ],
)
def test_one_name_for_two_things_is_refused(expression: sympy.Expr, said: str) -> None:
    with pytest.raises(SpecError, match=said):
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
