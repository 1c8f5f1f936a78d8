"""Inverses of what is singular are refused, also where the inverse does not occur in the result."""

from typing import Any

import numpy as np
import pytest
import sympy

import detequiv as de
from helpers.refusals import refused

fp = de.freeprob
n, d = fp.dimensions("n d")
o = fp.dimensions("o", commuting=False)
lam = sympy.Symbol("lam", positive=True)
t = sympy.Symbol("t", real=True)
I = fp.identity(d)
A, B, K, L = (fp.Deterministic(x, name) for x, name in ((d, "A"), (d, "B"), (o, "K"), (o, "L")))
X = fp.Gaussian(n, d, "X", variance=1 / n)
G = fp.Gaussian(d, d, "G", variance=1 / d)
R = (X.T @ X + lam * I).inv()

NOT_FINITE, IDENTITY = "not finite singular", "identity"
SPECTRUM = np.linspace(0.5, 1.5, 12)
Q = np.linalg.qr(np.random.default_rng(0).standard_normal((12, 12)))[0]
REGULAR: dict[Any, Any] = {
    n: 20,
    d: 12,
    o: 12,
    lam: 0.3,
    t: 0.7,
    A: SPECTRUM,
    B: SPECTRUM[::-1] ** 2,
    K: (Q * SPECTRUM) @ Q.T,
    L: np.diag(SPECTRUM),
}
ZERO = np.append(SPECTRUM[1:], 0.0)
SINGULAR = {A: ZERO, K: (Q * ZERO) @ Q.T}


def vanishing(A: Any, B: Any, one: Any) -> dict[str, tuple[Any, Any]]:
    """Products and inverses, and what they are where A is regular."""
    return {
        "A @ A.inv()": (A @ A.inv(), one),
        "A.inv() @ A": (A.inv() @ A, one),
        "inverse of the inverse": (A.inv().inv(), A),
        "power of the inverse": (A.inv() ** -2, A @ A),
        "multiple": ((2 * A).inv() @ A, one / 2),
        "product": ((A @ B).inv() @ A @ B @ A, A),
        "product within": (A @ (B @ A).inv() @ B @ A, A),
        "sum": ((A @ A + A @ B).inv() @ (A @ A + A @ B), one),
        "nested": ((A.inv() + B).inv() @ (A.inv() + B) @ B, B),
        "in a covariance": (A.inv() @ A @ B, B),
    }


@pytest.mark.parametrize("name", vanishing(A, B, I))
@pytest.mark.parametrize("ordered", [False, True])
def test_an_inverse_that_vanishes_is_still_checked(name: str, ordered: bool) -> None:
    letters = (K, L, fp.identity(o)) if ordered else (A, B, I)
    written, same = vanishing(*letters)[name]
    expression = fp.trace(written @ letters[1])
    system = fp.derive(expression)
    expected = fp.sample(fp.trace(same @ letters[1]), REGULAR, trials=1)[0]
    # well conditioned matrices of dimension 12
    assert fp.solve(system, REGULAR) == pytest.approx(expected, rel=1e-11)
    for call in (lambda v: fp.solve(system, v), lambda v: fp.sample(expression, v, trials=1)):
        with refused(de.SolveError, "inverse", NOT_FINITE, remedy=IDENTITY):
            call(REGULAR | SINGULAR)


def test_eigenvalues_of_a_matrix_are_0_up_to_rounding() -> None:
    system = fp.derive(fp.trace(A @ A.inv() @ B))
    turned = {A: (Q * ZERO) @ Q.T, B: (Q * SPECTRUM) @ Q.T}
    with refused(de.SolveError, "inverse of A", NOT_FINITE, remedy=IDENTITY):
        fp.solve(system, REGULAR | turned)
    tiny = np.append(SPECTRUM[1:], 1e-30)
    assert fp.solve(system, REGULAR | {A: tiny}) == pytest.approx(REGULAR[B].sum(), rel=1e-12)


def test_a_difference_that_is_0_but_for_rounding_is_singular() -> None:
    inner = A - B - t * I
    values = REGULAR | {A: 0.3 + 0.1 * np.arange(12), B: 0.1 + 0.1 * np.arange(12), t: 0.2}
    with refused(de.SolveError, "inverse of A - B - t I_d", NOT_FINITE, remedy=IDENTITY):
        fp.solve(fp.derive(fp.trace(inner @ inner.inv())), values)


def test_one_singular_value_among_many_is_found() -> None:
    system = fp.derive(fp.trace((A - t * I) @ (A - t * I).inv() @ R))
    shifts = np.array([0.2, SPECTRUM[3], 0.3])
    run = fp.compile(system)
    alone = run(REGULAR | {t: shifts[[0, 2]]})
    with pytest.warns(fp.InadmissibleWarning, match=r"\[1\]: the inverse of A - t I_d is not finit"):
        found = run(REGULAR | {t: shifts})
    assert np.isnan(found[1]) and np.array_equal(found[[0, 2]], alone)
    with refused(de.SolveError, "inverse of A - t I_d", NOT_FINITE, remedy=IDENTITY):
        run(REGULAR | {t: shifts[1]})


def test_a_grid_of_scalars_is_looked_at_point_by_point() -> None:
    """A − t − λ is singular at one of the 4 times 3 points only."""
    inner = A - t * I - lam * I
    run = fp.compile(fp.derive(fp.trace(inner @ inner.inv() @ B)))
    ridges, shifts = np.array([[0.01], [0.02], [0.03], [0.25]]), np.array([0.1, 0.2, 0.3])
    assert run(REGULAR | {lam: ridges, t: shifts}).shape == (4, 3)
    meets = REGULAR | {lam: ridges, t: shifts, A: SPECTRUM + 0.05}  # ½ + 0.05 = ¼ + 0.3
    with pytest.warns(fp.InadmissibleWarning, match=r"1 place of 12 is NaN, at \[3, 2\]: the inver"):
        found = run(meets)
    assert np.argwhere(np.isnan(found)).tolist() == [[3, 2]]


@pytest.mark.parametrize("ordered", [False, True])
def test_the_inner_of_two_inverses_is_named_where_it_is_singular(ordered: bool) -> None:
    C, D, one = (K, L, fp.identity(o)) if ordered else (A, B, I)
    inner = (C - t * one).inv()
    run = fp.compile(fp.derive(fp.trace((inner + D).inv() @ (inner + D) @ D)))
    shifts = np.append(np.linspace(0.1, 0.4, 7), 0.0)  # eigenvalues of C are 0, 0.59, …
    with pytest.warns(fp.InadmissibleWarning, match=f"at \\[7\\]: the inverse of {C} - t I_. is not"):
        found = run(REGULAR | SINGULAR | {t: shifts})
    assert np.isnan(found).tolist() == [False] * 7 + [True]
    right = np.trace(REGULAR[L]) if ordered else REGULAR[B].sum()
    assert found[:7] == pytest.approx(right, rel=1e-11)


def test_rows_that_are_refused_are_not_looked_at_again(recwarn: pytest.WarningsRecorder) -> None:
    """√t of a negative t, and 1/0, would be looked at."""
    s = sympy.Symbol("s", positive=True)
    inner = A + sympy.sqrt(s) * I + I / s
    run = fp.compile(fp.derive(fp.trace(inner @ inner.inv() @ B)))
    solution = run.solution(REGULAR | {s: np.array([-1.0, 0.0, 0.5, np.nan])})
    assert {place for (place,) in solution.inadmissible} == {0, 1, 3} and not recwarn.list
    assert all("s must be" in why for why in solution.inadmissible.values())
    assert solution.value[2] == pytest.approx(REGULAR[B].sum(), rel=1e-11)


@pytest.mark.parametrize("others", [[], [np.nan], [0.2]])
def test_what_is_singular_in_all_rows_is_an_error_and_in_the_only_one_left_is_not(
    others: list[float],
) -> None:
    system = fp.derive(fp.trace((A - t * I) @ (A - t * I).inv() @ R))
    with pytest.warns(fp.InadmissibleWarning, match="the inverse of A - t I_d is not finite"):
        found = fp.compile(system)(REGULAR | {t: np.array([SPECTRUM[3], *others])})
    assert np.isnan(found).tolist() == [True, *(np.isnan(x) for x in others)]
    of_letters = fp.compile(fp.derive(fp.trace(A @ A.inv() @ R)))
    with refused(de.SolveError, "inverse of A", NOT_FINITE, remedy=IDENTITY):
        of_letters(REGULAR | SINGULAR | {lam: np.array([0.3, *others])})


def test_pieces_of_a_long_batch_are_looked_at_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    from detequiv.theory.freeprob.values import checked_inverses

    monkeypatch.setattr(checked_inverses, "ENTRIES", 36)  # three rows at a time
    system = fp.derive(fp.trace((A - t * I) @ (A - t * I).inv() @ R))
    shifts = np.append(np.linspace(0.1, 0.4, 6), SPECTRUM[3])  # the last piece is of one row
    solution = fp.compile(system).solution(REGULAR | {t: shifts})
    assert list(solution.inadmissible) == [(6,)]


def test_a_scalar_that_is_0_in_an_inverse_that_vanishes_is_found() -> None:
    system = fp.derive(fp.trace((t * A).inv() @ (t * A) @ R))
    assert t in system.symbols
    fp.solve(system, REGULAR)
    with refused(de.SolveError, "inverse of t A", NOT_FINITE, remedy=IDENTITY):
        fp.solve(system, REGULAR | {t: 0})


def test_the_inverse_in_a_covariance_is_checked() -> None:
    Z = fp.Gaussian(n, d, "Z", variance=1 / n, column_covariance=A.inv() @ A @ B)
    expression = fp.trace((Z.T @ Z + lam * I).inv())
    for call in (lambda v: fp.solve(fp.derive(expression), v), lambda v: fp.sample(expression, v, trials=1)):
        call(REGULAR)
        with refused(de.SolveError, "inverse of A", NOT_FINITE, remedy=IDENTITY):
            call(REGULAR | SINGULAR)


@pytest.mark.parametrize(
    "inner", [X.T @ X, G + G.T, A @ X.T @ X + X.T @ X @ A, X.T @ X @ R @ X.T @ X, A @ X.T @ X @ A], ids=str
)
def test_what_is_singular_without_randomness_is_refused_however_it_is_written(inner: Any) -> None:
    """XᵀX (XᵀX)⁻¹ is 1 with more rows than columns, and does not exist with fewer."""
    for written in (inner.inv(), inner @ inner.inv(), inner.inv() @ inner, inner.inv().inv()):
        with refused(de.SpecError, "inverse", "cannot exist", longest=450):
            fp.derive(fp.trace(written))


def test_a_square_gaussian_is_not_cancelled_by_its_inverse() -> None:
    for written in (G @ G.inv(), G.inv().inv(), G.T @ G.T.inv()):
        with refused(de.SpecError, "inverse", "cannot exist not symmetric G", longest=450):
            fp.derive(fp.trace(written))


@pytest.mark.parametrize("letter", [A, B], ids=str)
def test_a_random_matrix_that_vanishes_is_regular_with_its_letters(letter: Any) -> None:
    inner = X.T @ X + letter
    system = fp.derive(fp.trace(inner @ inner.inv()))
    assert fp.solve(system, REGULAR) == pytest.approx(12, rel=1e-12)
    with refused(de.SolveError, f"inverse of Xᵀ X + {letter}", NOT_FINITE, remedy=IDENTITY):
        fp.solve(system, REGULAR | {n: 3, letter: np.where(SPECTRUM < 1, 0.0, 1.0)})


def test_inverses_of_resolvents_are_what_was_inverted() -> None:
    expression = fp.trace(R.inv() @ A @ R @ B)
    draws = fp.sample(expression, REGULAR, trials=400, seed=2)
    found = fp.solve(fp.derive(expression), REGULAR)
    # seven standard errors, and O(1) of a trace of order 12
    assert abs(found - draws.mean()) < 7 * draws.std() / 20 + 0.02 * found
    twice = fp.derive(fp.trace(R.inv().inv() @ A))
    assert fp.solve(twice, REGULAR) == pytest.approx(fp.solve(fp.derive(fp.trace(R @ A)), REGULAR), rel=1e-11)


def test_a_draw_that_is_singular_up_to_rounding_is_refused() -> None:
    """With 5 rows for 12 columns; numpy inverts what rounding has left."""
    inner = X.T @ X
    for written in (inner.inv(), inner @ inner.inv()):
        with refused(de.SolveError, "inverse", "singular draw", remedy="identity(d)"):
            fp.sample(fp.trace(written), REGULAR | {n: 5}, trials=5)
        fp.sample(fp.trace(written), REGULAR, trials=5)
