"""Values of a derived system: by name, checked, and how a number was obtained."""

from typing import Any

import numpy as np
import pytest
import sympy

import detequiv as de
from helpers.refusals import Facts, refused

fp = de.freeprob
n, d = fp.dimensions("n d")
c = fp.dimensions("c", commuting=False)
lam = sympy.Symbol("lam", positive=True)
Σ, T = fp.Deterministic(d, "Sigma"), fp.Deterministic(c, "T")
X = fp.Gaussian(n, d, "X", variance=1 / n, column_covariance=Σ)
Y = fp.Gaussian(n, c, "Y", variance=1 / n, column_covariance=T)
R = (X.T @ X + lam * fp.identity(d)).inv()
COMMUTING = fp.derive(fp.trace(Σ @ R))
ORDERED = fp.derive(fp.trace(T @ (Y.T @ Y + lam * fp.identity(c)).inv()))
GOOD: dict[Any, Any] = {n: 20, d: 4, c: 4, lam: 0.1, Σ: np.ones(4), T: np.eye(4)}


WRONG: dict[str, tuple[Any, ...]] = {
    "no dimension": ({d: None}, de.SpecError, "d", "finite", "None"),
    "a negative ridge": ({lam: -1.0}, de.SpecError, "lam", "positive declared", "-1"),
    "nan": ({lam: np.nan}, de.SpecError, "lam", "finite", "nan"),
    "text": ({lam: "x"}, de.SpecError, "lam", "real number array", "'x'"),
    "half a dimension": ({d: 4.5}, de.SpecError, "d", "one whole number", "4.5"),
    "two dimensions": ({d: np.array([4, 5])}, de.SpecError, "d", "one whole number", "[4.0, 5.0]"),
    "another dimension": ({d: 5}, de.ShapeError, "Sigma", "shape (5,) (5, 5)", ("d = 5", "(4,)")),
    "a rectangle": ({Σ: np.ones((4, 3))}, de.ShapeError, "Sigma", "shape (4,) (4, 4)", ("d = 4", "(4, 3)")),
    "infinite eigenvalues": ({Σ: np.full(4, np.inf)}, de.SpecError, "Sigma", "finite", "inf"),
    "unlike arrays": (
        {lam: np.ones(3), n: np.full(2, 20.0)},
        de.ShapeError,
        "scalars",
        "broadcast",
        ("lam (3,)", "n (2,)"),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_values_that_do_not_fit_are_refused_by_name(name: str) -> None:
    changed, error, *facts = WRONG[name]
    with refused(error, *facts):
        fp.solve(COMMUTING, GOOD | changed)


A = fp.Deterministic(d, "A")
TWO = fp.derive(fp.trace(A @ R @ Σ @ R))
EIGENVALUES = {Σ: np.array([1.0, 0.5, 0.3, 0.1]), A: np.array([0.2, 1.0, 1.0, -0.3])}


def turned(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The matrix with these eigenvalues in a basis of its own."""
    Q, _ = np.linalg.qr(np.random.default_rng(3).standard_normal((4, 4)))
    return (Q * values) @ Q.T


def test_matrices_that_commute_are_as_good_as_their_eigenvalues() -> None:
    plain = GOOD | EIGENVALUES
    matrices = plain | {x: turned(values) for x, values in EIGENVALUES.items()}
    assert fp.solve(TWO, matrices) == pytest.approx(fp.solve(TWO, plain), rel=1e-13)
    assert fp.sample(TWO, matrices, trials=2).mean() > 0
    form = fp.closed_form(TWO)
    assert form.at(0.4, matrices)[1] == pytest.approx(form.at(0.4, plain)[1], rel=1e-12)
    beside = plain | {Σ: np.eye(4), A: turned(EIGENVALUES[A])}
    assert fp.solve(TWO, beside) == pytest.approx(fp.solve(TWO, plain | {Σ: np.ones(4)}), rel=1e-13)


def test_matrices_that_commute_may_have_any_basis_and_any_size() -> None:
    """Sixty eigenvalues and their reverse in a random basis, and letters that are 0."""
    Q, _ = np.linalg.qr(np.random.default_rng(4).standard_normal((60, 60)))
    values = 1 / np.arange(1.0, 61)
    plain = GOOD | {d: 60, Σ: values, A: values[::-1]}
    matrices = plain | {x: (Q * plain[x]) @ Q.T for x in (Σ, A)}
    assert fp.solve(TWO, matrices) == pytest.approx(fp.solve(TWO, plain), rel=1e-13)
    assert fp.solve(TWO, matrices | {A: np.zeros((60, 60))}) == 0
    assert fp.solve(TWO, GOOD | {Σ: np.zeros((4, 4)), A: np.zeros((4, 4))}) == 0


@pytest.mark.parametrize("call", [fp.solve, lambda *x: fp.sample(*x, trials=1)])
def test_matrices_that_do_not_commute_are_refused_where_letters_do(call: Any) -> None:
    mixed = GOOD | EIGENVALUES | {Σ: turned(EIGENVALUES[Σ])}
    with refused(de.SpecError, ("A", "Sigma"), "commute matrices not", "d", "commuting=False"):
        call(TWO, mixed)


def test_everything_that_is_missing_is_named() -> None:
    with refused(de.SpecError, "values", "no value for", "d, lam and Sigma"):
        fp.solve(COMMUTING, {n: 20})


SIGMA = "Deterministic(dimensions('d'), 'Sigma')"


@pytest.mark.parametrize(
    ("name", "right", "wrong", "told"),
    [
        ("Sigma", Σ, fp.Deterministic(n, "Sigma"), ("Deterministic(dimensions('n'), 'Sigma')", SIGMA)),
        (
            "Sigma",
            Σ,
            fp.Deterministic(c, "Sigma"),
            ("Deterministic(dimensions('c', commuting=False), 'Sigma')", SIGMA),
        ),
        ("Sigma", Σ, sympy.Symbol("Sigma"), ("Symbol('Sigma')", SIGMA)),
        ("Sigma", Σ, "Sigma", "'Sigma'"),
        ("d", d, "d", "'d'"),
    ],
)
def test_what_may_have_been_meant_is_said(name: str, right: Any, wrong: Any, told: Facts) -> None:
    values = {wrong if key == right else key: value for key, value in GOOD.items()}
    form = fp.closed_form(COMMUTING)
    for call in (
        lambda: fp.solve(COMMUTING, values),
        lambda: form.at(0.5, values),
        lambda: fp.sample(COMMUTING, values, trials=1),
    ):
        with refused(de.SpecError, f"no value for {name}", "key", told):
            call()


@pytest.mark.parametrize(
    ("matrix", "error", "rule", "told"),
    [
        (np.ones(4), de.ShapeError, "shape (4, 4)", ("c = 4", "(4,)")),
        (np.triu(np.ones((4, 4))), de.SpecError, "symmetric", "1"),
    ],
)
def test_matrices_of_ordered_letters_are_checked(
    matrix: Any, error: type[Exception], rule: str, told: Facts
) -> None:
    with refused(error, "T", rule, told):
        fp.solve(ORDERED, GOOD | {T: matrix})


def test_ordered_and_commuting_letters_of_one_spectrum_give_one_number() -> None:
    spectrum = np.array([1.0, 0.5, 0.2, 0.1])
    one = fp.solve(COMMUTING, GOOD | {Σ: spectrum})
    assert fp.solve(ORDERED, GOOD | {T: np.diag(spectrum)}) == pytest.approx(one, rel=1e-13)


def test_two_dimensions_of_equal_value_stay_apart() -> None:
    """n = d: X is square, and neither of its spaces takes the other's letters."""
    found = fp.solve(COMMUTING, GOOD | {n: 4})
    eigenvalues = np.ones(4)
    κ = de.effective_ridge(de.Problem(signal=1.0, sources=[de.Source(4, eigenvalues)], ridge=0.1))
    assert found == pytest.approx(κ / 0.1 * np.sum(eigenvalues / (eigenvalues + κ)), rel=1e-12)


def test_a_solution_says_how_it_was_obtained() -> None:
    solution = fp.compile(COMMUTING).solution(GOOD)
    assert solution.value == fp.solve(COMMUTING, GOOD)
    assert {str(name) for name in solution.unknowns} == {"tau"}
    assert 0 <= solution.residual < 1e-14 and solution.steps >= 1
    assert 0 < solution.estimated_error < 1e-13


def test_the_estimated_error_is_of_the_size_of_the_error() -> None:
    """Against the closed form of the isotropic case in 40 digits, at ridges down to 1e-12."""
    import mpmath

    system = fp.derive(fp.trace(R) / d)
    for ridge in (1.0, 1e-4, 1e-8, 1e-12):
        for samples in (3, 4, 20):
            solution = fp.compile(system).solution(GOOD | {n: samples, lam: ridge})
            with mpmath.workdps(40):
                φ, λ = mpmath.mpf(4) / samples, mpmath.mpf(ridge)
                b = λ + 1 - φ
                exact = (-b + mpmath.sqrt(b * b + 4 * λ * φ)) / (2 * λ * φ)
                error = abs(mpmath.mpf(solution.value) / exact - 1)
            assert error <= 100 * solution.estimated_error


def test_samples_repeat_and_extend() -> None:
    expression = fp.trace(R)
    few = fp.sample(expression, GOOD, trials=3, seed=1)
    assert np.array_equal(fp.sample(expression, GOOD, trials=5, seed=1)[:3], few)
    assert not np.array_equal(fp.sample(expression, GOOD, trials=3, seed=2), few)


def test_a_check_agrees_with_what_is_right_and_not_without_a_band() -> None:
    values = GOOD | {n: 60, d: 40, Σ: np.ones(40)}
    assert fp.check(fp.trace(R), values).verdict == "agrees"
    # the deterministic equivalent of a 40-dimensional trace is off by O(1): more than 10⁻⁹
    assert fp.check(fp.trace(R), values, tolerance=1e-9, trials=1024).verdict == "disagrees"


# ---- arrays with places that have no value

free = sympy.Symbol("free")
SHIFTED = fp.derive(fp.trace((X.T @ X + free * fp.identity(d)).inv()))


@pytest.mark.parametrize(
    ("ridges", "said"),
    [
        ([0.1, -1.0, 0.3], r"1 place of 3 is NaN, at \[1\]: lam must be positive, .* got -1"),
        ([0.1, np.nan, 0.3], r"at \[1\]: lam must be finite; got nan"),
        ([0.1, 0, 0.3, np.inf, -1, -2], r"4 places of 6 are NaN, .*; and 1 more\."),
    ],
)
def test_a_place_of_an_array_without_a_value_is_nan(ridges: list[float], said: str) -> None:
    run = fp.compile(COMMUTING)
    with pytest.warns(fp.InadmissibleWarning, match=said):
        found = run(GOOD | {lam: np.array(ridges)})
    good = np.isfinite(ridges) & (np.array(ridges) > 0)
    assert np.isnan(found).tolist() == np.logical_not(good).tolist()
    alone = [run(GOOD | {lam: ridge}) for ridge in np.array(ridges)[good]]
    assert found[good] == pytest.approx(alone, rel=1e-13)
    solution = run.solution(GOOD | {lam: np.array(ridges)})
    assert set(solution.inadmissible) == {(i,) for i in np.flatnonzero(~good)}
    assert np.isnan(solution.unknowns[next(iter(solution.unknowns))]).sum() == sum(~good)


def test_a_place_of_a_grid_is_named_by_all_its_indices() -> None:
    run = fp.compile(COMMUTING)
    grid = GOOD | {lam: np.array([[0.1], [-1.0]]), n: np.array([20.0, -3.0])}
    with pytest.warns(fp.InadmissibleWarning, match=r"at \[0, 1\]: n must .*; \[1, 0\]: lam must"):
        found = run(grid)
    assert np.isnan(found).tolist() == [[False, True], [True, True]]


def test_a_place_without_a_solution_is_nan() -> None:
    """Inside the spectrum there is none; beyond it, there is."""
    run = fp.compile(SHIFTED)
    shifts = np.array([0.1, -1.0, 0.3, -40.0])
    with pytest.warns(fp.InadmissibleWarning, match=r"\[1\]: the fixed point could not be followed"):
        found = run(GOOD | {free: shifts})
    alone = [run(GOOD | {free: shift}) for shift in shifts[[0, 2, 3]]]
    assert np.isnan(found[1]) and found[[0, 2, 3]] == pytest.approx(alone, rel=1e-13)
    with refused(de.SolveError, "fixed point", "not followed", "h = 0.48", "larger ridge"):
        run(GOOD | {free: -1.0})


def test_long_arrays_lose_only_the_places_without_a_value() -> None:
    run = fp.compile(SHIFTED)
    shifts = np.linspace(0.1, 1.0, 300)
    whole = run(GOOD | {free: shifts})
    shifts[[7, 200]] = -1.0, np.nan
    with pytest.warns(fp.InadmissibleWarning, match="2 places of 300"):
        found = run(GOOD | {free: shifts})
    good = np.isfinite(found)
    assert good.sum() == 298 and found[good] == pytest.approx(whole[good], rel=1e-12)


def test_variances_and_covariances_are_checked_place_by_place() -> None:
    W = fp.Gaussian(n, d, "W", variance=free, column_covariance=Σ)
    of_variance = fp.compile(fp.derive(fp.trace((W.T @ W + lam * fp.identity(d)).inv())))
    with pytest.warns(fp.InadmissibleWarning, match=r"\[1\]: the variance of W must be positive"):
        assert np.isnan(of_variance(GOOD | {free: np.array([0.1, -1.0])})).tolist() == [False, True]
    with refused(de.SpecError, ("variance", "W"), "positive", "-1"):
        of_variance(GOOD | {free: -1.0, lam: np.array([0.1, 0.2])})
    U = fp.Gaussian(n, d, "U", variance=1, column_covariance=Σ + free * fp.identity(d))
    of_covariance = fp.compile(fp.derive(fp.trace((U.T @ U + lam * fp.identity(d)).inv())))
    with pytest.warns(fp.InadmissibleWarning, match=r"\[0\]: the covariance .* negative eigen"):
        found = of_covariance(GOOD | {free: np.array([-2.0, 0.5])})
    assert np.isnan(found).tolist() == [True, False]


def test_an_array_without_any_value_is_nan_throughout() -> None:
    with pytest.warns(fp.InadmissibleWarning, match="2 places of 2"):
        assert np.isnan(fp.compile(COMMUTING)(GOOD | {lam: -np.ones(2)})).all()
    with refused(de.SpecError, "lam", "positive declared", "-1"):
        fp.solve(COMMUTING, GOOD | {lam: -1.0})


# ---- symbols of one name


def test_a_symbol_of_the_same_name_is_taken() -> None:
    other = {x: value for x, value in GOOD.items() if x != lam}
    found = fp.solve(COMMUTING, other | {sympy.Symbol("lam"): 0.1})
    assert found == fp.solve(COMMUTING, GOOD)
    ordered = fp.dimensions("d", commuting=False)
    assert fp.solve(COMMUTING, {ordered if x == d else x: y for x, y in GOOD.items()}) == found
    named = {sympy.Symbol("n"): 20, sympy.Symbol("d"): 4, sympy.Symbol("lam", real=True): 0.1}
    assert fp.solve(COMMUTING, {**named, Σ: np.ones(4)}) == found
    assert fp.sample(COMMUTING, {**named, Σ: np.ones(4)}, trials=2).shape == (2,)
    form = fp.closed_form(COMMUTING)
    assert form.at(0.4, {**named, Σ: np.ones(4)}) == form.at(0.4, GOOD)
    with refused(de.SpecError, "lam", "positive declared", "-0.1"):
        fp.solve(COMMUTING, other | {sympy.Symbol("lam"): -0.1})


def test_the_symbol_itself_goes_first() -> None:
    assert fp.solve(COMMUTING, {sympy.Symbol("lam"): 7.0, **GOOD}) == fp.solve(COMMUTING, GOOD)


@pytest.mark.parametrize("call", [fp.solve, lambda *x: fp.sample(*x, trials=1)])
def test_two_symbols_of_one_name_are_refused(call: Any) -> None:
    other = {x: value for x, value in GOOD.items() if x != lam}
    both = {sympy.Symbol("lam"): 0.1, sympy.Symbol("lam", real=True): 0.2}
    told = ("Symbol('lam')", "Symbol('lam', real=True)")
    with refused(
        de.SpecError, "lam", "two values assumptions", told, ("Symbol('lam', positive=True)", "key")
    ):
        call(COMMUTING, other | both)
