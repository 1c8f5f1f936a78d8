"""Expectations whose terms cancel: more digits are taken, or it is said that they are missing."""

import functools
import random
import warnings
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

import detequiv as de
from detequiv.numerics.freeprob import rational_values as exact
from detequiv.numerics.freeprob.branch_following import iterated_unknowns
from detequiv.numerics.freeprob.number_format import DOUBLE, Decimals

fp = de.freeprob
lam = sympy.Symbol("lam", positive=True)
n, m = fp.dimensions("n m")


def ridge_regression(commuting: bool) -> tuple[Any, ...]:
    """The space, its letters, and the fit minus 1 of one source."""
    d = fp.dimensions("d", commuting=commuting)
    A, B, Σ = (fp.Deterministic(d, name) for name in ("A", "B", "Sigma"))
    X = fp.Gaussian(n, d, "X", variance=1 / n, column_covariance=Σ)
    R = (X.T @ X + lam * fp.identity(d)).inv()
    return d, A, B, Σ, R, R @ X.T @ X - fp.identity(d)


d, A, B, Σ, R, LEFT = ridge_regression(commuting=True)
CANCELS = fp.compile(fp.derive(fp.trace(LEFT.T @ Σ @ LEFT)))
DOES_NOT = fp.compile(fp.derive(lam**2 * fp.trace(R @ Σ @ R)))
FALLING = 1 / np.arange(1, 101.0)


def exactly(a: float, b: float) -> float:
    """Relative distance."""
    return abs(a / b - 1)


@pytest.mark.parametrize(
    ("samples", "ridge", "digits"),
    [(200, 1e-10, 40), (150, 1e-9, 40), (200, 1e-14, 40), (50, 1e-12, 16), (100, 1e-13, 40)],
)
def test_a_squared_norm_that_cancels_is_the_one_that_does_not(
    samples: int, ridge: float, digits: int
) -> None:
    """(RXᵀX − 1) = −λR: the two expressions are one."""
    values = {n: samples, d: 100, lam: ridge, Σ: FALLING}
    found, right = CANCELS.solution(values), DOES_NOT.solution(values)
    assert found.digits == digits and found.estimated_error <= 1e-10
    assert exactly(found.value, right.value) <= found.estimated_error + right.estimated_error


def test_an_array_of_ridges_is_right_everywhere() -> None:
    values = {n: 200, d: 100, lam: np.logspace(-14, 0, 29).reshape(29, 1), Σ: FALLING}
    found, right = CANCELS.solution(values), DOES_NOT.solution(values)
    assert found.value.shape == (29, 1) and found.estimated_error <= 1e-10
    apart = np.abs(found.value / right.value - 1)
    assert apart.max() <= found.estimated_error + right.estimated_error
    alone = CANCELS(values | {lam: float(values[lam][0, 0])})
    assert exactly(alone, float(found.value[0, 0])) <= 2e-10
    assert found.value.min() > 0


def test_digits_are_taken_only_where_they_are_needed() -> None:
    few = CANCELS.solution({n: 200, d: 100, lam: 1.0, Σ: FALLING})
    assert few.digits == 16 and few.estimated_error < 1e-11


@pytest.mark.parametrize("ridge", [1e-16, 1e-14, 5.6e-13, 1e-8])
def test_a_denominator_that_cancels_in_doubles_is_computed(ridge: float) -> None:
    """At some ridges it is exactly 0 in doubles."""
    values = {n: 14, d: 7, lam: ridge, Σ: 1 / np.arange(1, 8.0)}
    found = fp.solve(fp.derive(1 / fp.trace(LEFT @ LEFT)), values)
    right = fp.solve(fp.derive(1 / (lam**2 * fp.trace(R @ R))), values)
    assert found == pytest.approx(right, rel=1e-10)


def test_a_square_root_of_a_scalar_gets_its_digits() -> None:
    """√λ is no rational function: it is evaluated anew."""
    root = sympy.sqrt(lam)
    X = fp.Gaussian(n, d, "X", variance=1 / n, column_covariance=Σ)
    resolvent = (X.T @ X + root * fp.identity(d)).inv()
    left = resolvent @ X.T @ X - fp.identity(d)
    found, right = (
        fp.compile(fp.derive(fp.trace(x))) for x in (left @ Σ @ left.T, lam * resolvent @ Σ @ resolvent)
    )
    values = {n: 200, d: 100, lam: np.array([2e-20, 3e-26]), Σ: FALLING}
    assert found(values) == pytest.approx(right(values), rel=1e-12)


# ---- random expressions against mpmath


def precisely(run: Any, values: dict[Any, Any]) -> Any:
    """The value of the system in mpmath numbers, by an evaluation of its own."""
    system = run.system.full
    start = fp.compile(system).solution(values).unknowns
    known: dict[Any, Any] = {leaf: Fraction(values[leaf.key]) for leaf in system.scalar_leaves}
    letters = {
        letter: [Fraction(x) for x in values[fp.Deterministic(space.dimension, name)].tolist()]
        for space in system.spaces
        for name, letter in space.letters.items()
    }
    counts = [1] * values[next(x for x in values if x.name == "d")]

    def real(numbers: dict[Any, Any]) -> dict[Any, Any]:
        return {key: exact._real(x) for key, x in numbers.items()}

    for block in system.blocks:
        unknowns = iterated_unknowns(block).unknowns
        first = [system.signs[u] * start[system.names[u]] for u in unknowns]
        build = functools.partial(exact._Exact, letters, counts, block.equations)
        x = exact._newton(build, known, unknowns, first)
        evaluated = build({**real(known), **dict(zip(unknowns, x, strict=True))})
        known |= {u: evaluated(u) for u in block.equations}
    return exact._real(exact._Exact(letters, counts, {}, real(known))(system.value))


def cancelling(rng: random.Random) -> Any:
    """A trace, or a sum of them, of products of differences of resolvents."""
    K = fp.Gaussian(m, d, "Y", variance=1 / m, column_covariance=rng.choice([A, Σ, None]))
    X = fp.Gaussian(n, d, "X", variance=1 / n, column_covariance=rng.choice([Σ, None]))
    one, M, N = fp.identity(d), X.T @ X, K.T @ K
    R, both, other, second = (
        (matrix + ridge * one).inv() for matrix, ridge in ((M, lam), (M + N, lam), (M, 2 * lam), (N, lam))
    )
    factors = [
        R, R @ M - one, R - other, one - lam * R, A, B, M, both, both @ (M + N) - one, R - both,
        second @ N - one, both @ M @ both - both, one - lam * R - M @ both, R @ A @ R - other,
        (A + lam * R).inv() - (A + lam * other).inv(),
    ]  # fmt: skip

    def product() -> Any:
        chosen = [rng.choice(factors) for _ in range(rng.randint(1, 3))]
        return fp.trace(functools.reduce(lambda x, y: x @ y, chosen))

    expression = fp.trace(R @ A) * lam + product()
    for _ in range(rng.choice([0, 0, 1, 2])):
        expression = expression + rng.choice([1, -1, -lam, 1 / lam]) * product()
    return expression * product() if rng.random() < 0.2 else expression


@pytest.mark.parametrize("seed", range(12))
def test_random_expressions_are_right_to_their_estimate(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "DIGITS", 150)
    rng = random.Random(seed)
    try:
        run = fp.compile(fp.derive(cancelling(rng)))
    except de.SpecError as error:  # a factor that is 0 to leading order, with others
        assert "leading order" in str(error)
        return
    size, numbers = rng.choice([3, 5]), np.random.default_rng(seed)
    values: dict[Any, Any] = {
        n: rng.choice([2, size, 12]),
        m: rng.choice([3, 9]),
        d: size,
        lam: 10 ** -rng.uniform(0, 14),
        A: numbers.uniform(0.1, 1, size),
        B: numbers.uniform(-1, 1, size),
        Σ: 1 / np.arange(1, size + 1.0),
    }
    solution = run.solution(values)
    with mpmath.workdps(150):
        right = precisely(run, values)
        error = abs(mpmath.mpf(solution.value) - right)
    assert solution.estimated_error <= 1e-10
    assert error <= solution.estimated_error * abs(right)


# ---- where digits are missing


def dense(size: int, commuting: bool, ridge: float) -> tuple[Any, dict[Any, Any]]:
    """The same numbers as eigenvalues, and as matrices of ordered letters."""
    d, A, _, Σ, _, left = ridge_regression(commuting)
    numbers = 1 / np.arange(1, size + 1.0), np.linspace(1, 2, size)
    first, second = numbers if commuting else map(np.diag, numbers)
    run = fp.compile(fp.derive(fp.trace(left.T @ Σ @ left @ A)))
    return run, {n: 2 * size, d: size, lam: ridge, Σ: first, A: second}


def test_small_ordered_letters_get_their_digits() -> None:
    (run, values), (plain, eigenvalues) = (dense(6, flag, 1e-10) for flag in (False, True))
    solution = run.solution(values)
    assert solution.digits == 40 and solution.estimated_error <= 1e-10
    assert exactly(solution.value, plain(eigenvalues)) <= 1e-12


def test_large_ordered_letters_are_flagged() -> None:
    """More digits of dense inverses take minutes: the bound says that no digit is sure."""
    run, values = dense(45, False, 1e-10)
    with pytest.warns(fp.PrecisionWarning, match="relative error may be 100% here: terms cancel"):
        run(values)
    for call in (run, functools.partial(fp.solve, run.system)):
        with pytest.warns(fp.PrecisionWarning, match="A larger ridge") as caught:
            call(values)
        assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(values | {lam: 0.1})


def test_a_bound_for_ordered_letters_holds() -> None:
    for ridge in (1e-2, 1e-4, 1e-6):
        (run, values), (plain, eigenvalues) = (dense(45, flag, ridge) for flag in (False, True))
        solution = run.solution(values)
        assert exactly(plain(eigenvalues), solution.value) <= solution.estimated_error + 1e-10


def test_eigenvalues_of_matrices_are_not_exact_and_it_is_said() -> None:
    """tr Σ⁻¹ of a turned matrix with an eigenvalue of 10⁻¹²: four digits are left."""
    turn = np.array([[0.6, 0.8], [-0.8, 0.6]])
    matrix = (turn * [1.0, 1e-12]) @ turn.T
    run = fp.compile(fp.derive(fp.trace(A.inv())))
    with pytest.warns(fp.PrecisionWarning, match="letters are not exact"):
        found = run({d: 2, A: (matrix + matrix.T) / 2})
    assert exactly(found, 1e12) <= run.solution({d: 2, A: matrix}).estimated_error < 0.1
    assert exactly(run({d: 2, A: [1.0, 1e-12]}), 1e12 + 1) < 1e-15


def test_a_value_that_is_zero_at_these_numbers_is_said_to_be() -> None:
    """tr BR with B = ±1 and one eigenvalue: 0 to all digits, and not 10⁻¹⁷."""
    run = fp.compile(fp.derive(fp.trace(B @ R)))
    values = {n: 8, d: 6, lam: 0.3, Σ: np.full(6, 0.7), B: np.array([1, 1, 1, -1, -1, -1.0])}
    with pytest.warns(fp.LeadingOrderWarning, match="leading order of this expectation is 0"):
        assert run(values) == 0
    solution = run.solution(values | {lam: np.array([0.1, 0.3])})
    assert solution.vanishing and (solution.value == 0).all()


@pytest.mark.parametrize(
    "expression",
    [fp.trace(B @ R) ** 2, fp.trace(B @ R) * fp.trace(B @ R @ R), 1e-8 * fp.trace(B @ R)],
    ids=["square", "product", "small"],
)
def test_a_value_is_said_to_vanish_where_bounds_on_errors_underflow(expression: Any) -> None:
    """In 320 digits the bound is 10⁻⁶⁴⁰ or 10⁻³²⁸, which doubles do not hold."""
    values = {n: 8, d: 6, lam: 0.3, Σ: np.full(6, 0.7), B: np.array([1, 1, 1, -1, -1, -1.0])}
    with pytest.warns(fp.LeadingOrderWarning, match="leading order of this expectation is 0"):
        assert fp.solve(fp.derive(expression), values) == 0


def test_a_product_with_a_letter_that_is_zero_is_zero() -> None:
    values = {n: 8, d: 6, lam: 0.3, Σ: np.full(6, 0.7), B: np.zeros(6)}
    solution = fp.compile(fp.derive(fp.trace(B @ R) ** 2)).solution(values)
    assert solution.value == 0 and not solution.vanishing


def test_a_value_whose_error_is_not_known_is_not_set_to_zero() -> None:
    """1/10⁻³²⁰ overflows in doubles; the value, tr R, is right in decimals."""
    values = {n: 8, d: 6, lam: 0.3, Σ: np.full(6, 0.7), B: np.array([1, 1, 1, 1, 1, 1e-320])}
    solution = fp.compile(fp.derive(fp.trace(B.inv() @ B @ R))).solution(values)
    assert exactly(solution.value, fp.solve(fp.derive(fp.trace(R)), values)) <= 1e-14
    assert solution.estimated_error == np.inf and not solution.vanishing


# ---- the number formats


@pytest.mark.parametrize("sign", [1, -1])
def test_decimals_solve_as_doubles_do(sign: int) -> None:
    rng = np.random.default_rng(4)
    matrices, right = rng.standard_normal((3, 4, 4)), rng.standard_normal((3, 4))
    matrices[:, 0] *= sign
    matrices[0, :2] = matrices[0, 1::-1]
    many = Decimals(50)
    with many.running():
        A, b = many.array(matrices), many.array(right)
        found, inverse = many.solve(A, b), many.inverse(A)
        assert np.abs((A @ found[..., None])[..., 0] - b).max() < Fraction(1, 10**46)
        assert np.abs(A @ inverse - np.eye(4, dtype=object)).max() < Fraction(1, 10**46)
        positive = many.determinant_is_positive(A)
    assert found.astype(float) == pytest.approx(DOUBLE.solve(matrices, right), rel=1e-12)
    assert positive.tolist() == DOUBLE.determinant_is_positive(matrices).tolist()


def test_a_singular_matrix_of_decimals_has_no_solution() -> None:
    many = Decimals(30)
    with many.running():
        found = many.solve(many.array(np.ones((1, 2, 2))), many.array(np.ones((1, 2))))
        assert np.isnan(found.astype(float)).all()
        assert not many.determinant_is_positive(many.array(np.ones((1, 2, 2))))[0]
