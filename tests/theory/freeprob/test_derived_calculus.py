"""Sympy's calculus on derived systems and closed forms: right, or refused."""

import copy
import dataclasses
import pickle
from typing import Any

import numpy as np
import pytest
import sympy

import detequiv as de
from detequiv.theory.freeprob.derivations.named_expectations import OBJECTS, derived
from detequiv.theory.freeprob.expressions.unknown_functions import Dependent, bare
from detequiv.theory.freeprob.symbols.printing import TraceOf, latex, plain
from helpers.refusals import check_refusal, refused

fp = de.freeprob
n, d = fp.dimensions("n d")
lam = sympy.Symbol("lam", positive=True)
θ, tau, omega = sympy.symbols("theta tau omega")
I = fp.identity(d)
Σ, A = fp.Deterministic(d, "Sigma"), fp.Deterministic(d, "A")
X = fp.Gaussian(n, d, "X", variance=1 / n, column_covariance=Σ)
Y = fp.Gaussian(n, d, "Y", variance=1 / n)
R = (X.T @ X + lam * I).inv()
EXPRESSION = fp.trace(Σ @ R @ A @ R)
SYSTEM = fp.derive(EXPRESSION)
FORM = fp.closed_form(SYSTEM)
ISOTROPIC = fp.derive(fp.trace((Y.T @ Y + lam * I).inv()))
VALUES: dict[Any, Any] = {n: 40, d: 30, Σ: np.linspace(0.2, 2.0, 30), A: np.linspace(-1.0, 2.0, 30)}

DERIVED = {
    "observable": SYSTEM.observable,
    "equation": SYSTEM.equations[tau],
    "second equation": SYSTEM.equations[omega],
    "inverse": next(iter(SYSTEM.inverses.values())),
    "observable without letters": ISOTROPIC.observable,
    "equation without letters": ISOTROPIC.equations[tau],
}
CALLS: dict[str, Any] = {
    "diff": sympy.diff,
    "second derivative": lambda e, x: sympy.diff(e, x, 2),
    "Derivative": lambda e, x: sympy.Derivative(e, x).doit(),
    "of a product": lambda e, x: sympy.diff(x * e, x),
    "of a function": lambda e, x: sympy.diff(sympy.exp(2 * e), x),
    "after a substitution": lambda e, x: sympy.diff(e.subs(x, x**2), x),
    "limit": lambda e, x: sympy.limit(e, x, 0),
    "limit at infinity": lambda e, x: sympy.limit(e, x, sympy.oo),
    "series": lambda e, x: sympy.series(e, x, 0, 2),
    "series elsewhere": lambda e, x: sympy.series(e, x, 1, 2),
    "leading term": lambda e, x: e.as_leading_term(x),
    "integrate": sympy.integrate,
    "integrate a product": lambda e, x: sympy.integrate(x * e, x),
    "definite integral": lambda e, x: sympy.integrate(e, (x, 1, 2)),
}


@pytest.mark.parametrize("symbol", [lam, n, d], ids=str)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", DERIVED)
def test_what_is_not_known_of_unknowns_and_traces_is_refused(
    name: str, call: str, symbol: sympy.Symbol
) -> None:
    """To sympy they would be constants: the derivative of the observable by λ would be 0."""
    with pytest.raises(de.SpecError) as caught:
        CALLS[call](DERIVED[name] ** 2 if name == "inverse" else DERIVED[name], symbol)
    check_not_known(str(caught.value))


def check_not_known(message: str) -> None:
    """Either a derivative or a series is named as not known, with what can be taken in its place."""
    if "series" in message:
        check_refusal(message, "series and limits", "not known", (), ("compile(system)", "at"))
    else:
        check_refusal(message, "derivative", "depends not known", (), "deriving")


def test_the_remedy_is_right() -> None:
    solved = fp.compile(fp.derive(sympy.diff(EXPRESSION, lam)))({**VALUES, lam: 0.3})
    low, high = fp.compile(SYSTEM)({**VALUES, lam: 0.3 * np.array([1 - 1e-5, 1 + 1e-5])})
    assert solved == pytest.approx((high - low) / 6e-6, rel=1e-8)  # (10⁻⁵)² and rounding


def test_derivatives_by_unknowns_are_partial_ones_where_these_are_known() -> None:
    assert sympy.diff(SYSTEM.observable, omega) == SYSTEM.observable.coeff(
        next(x for x in SYSTEM.observable.atoms(Dependent) if x.symbol == omega)
    )
    slope = sympy.diff(ISOTROPIC.observable, tau)
    assert bare(slope) == -d / (lam + tau) ** 2
    with refused(de.SpecError, "tr(Sigma^2 P^2)", "depends derivative not known", "tau", "derive("):  # by P
        sympy.diff(SYSTEM.observable, tau)


# ---- closed forms

EXPRESSIONS = [
    fp.trace(R),
    EXPRESSION,
    fp.trace(R @ R @ R) / fp.trace(A @ R),
    fp.trace(A @ R) ** 2,
    lam * fp.trace(A @ R @ Σ @ R) + fp.trace(A @ Σ),
]


def curve(form: Any, value: sympy.Expr, ridges: Any) -> Any:
    """Any expression in θ, degrees of freedom and traces, in numbers."""
    changed = dataclasses.replace(form, terms=((value, sympy.S.One),))
    return changed.at(ridges, VALUES)[1]


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_derivatives_by_the_effective_ridge_are_limits_of_differences(
    expression: sympy.Expr, order: int
) -> None:
    form = fp.closed_form(fp.derive(expression))
    for value in (form.value, form.ridge):
        before, slope = sympy.diff(value, θ, order - 1), sympy.diff(value, θ, order)
        h = 1e-4
        low, high = curve(form, before, 0.7 * np.array([1 - h, 1 + h]))
        assert curve(form, slope, 0.7) == pytest.approx((high - low) / (1.4 * h), rel=1e-6)


def test_the_derivative_by_the_ridge_is_the_quotient_of_those_by_the_effective_ridge() -> None:
    slope = sympy.diff(FORM.value, θ) / sympy.diff(FORM.ridge, θ)
    ridge, _ = FORM.at(0.7, VALUES)
    right = fp.solve(fp.derive(sympy.diff(EXPRESSION, lam)), {**VALUES, lam: float(ridge)})
    assert curve(FORM, slope, 0.7) == pytest.approx(right, rel=1e-10)


def test_a_derivative_takes_what_was_put_in_place_of_the_effective_ridge() -> None:
    moved = sympy.diff(FORM.value.subs(θ, θ**2), θ)
    again = moved.subs(θ, sympy.sqrt(θ))
    assert curve(FORM, bare(again), 0.7) == pytest.approx(
        curve(FORM, 2 * sympy.sqrt(θ) * sympy.diff(FORM.value, θ), 0.7), rel=1e-12
    )


@pytest.mark.parametrize("symbol", [lam, d], ids=str)
@pytest.mark.parametrize("call", CALLS)
def test_closed_forms_refuse_what_is_not_known(call: str, symbol: sympy.Symbol) -> None:
    if call == "after a substitution" and symbol == d:
        symbol = lam
    with pytest.raises(de.SpecError) as caught:
        CALLS[call](FORM.value, symbol)
    check_not_known(str(caught.value))


@pytest.mark.parametrize("call", [name for name in CALLS if "limit" in name or "series" in name])
def test_closed_forms_have_no_series_in_the_effective_ridge(call: str) -> None:
    for value in (FORM.value, FORM.ridge):
        with refused(de.SpecError, "series and limits", "not known", (), ("compile(system)", "at")):
            CALLS[call](value, θ)


def test_integrals_over_the_effective_ridge_are_left_as_they_are() -> None:
    assert sympy.integrate(FORM.ridge, θ).has(sympy.Integral)
    assert sympy.diff(sympy.Integral(FORM.value, (θ, 1, tau)), tau) == FORM.value.subs(θ, tau)


@pytest.mark.slow
def test_integrals_of_a_long_value_are_left_as_they_are() -> None:
    assert sympy.integrate(FORM.value, (θ, 1, 2)).has(sympy.Integral)


def test_a_closed_form_without_letters_is_a_function_of_its_unknown() -> None:
    form = fp.closed_form(ISOTROPIC)
    assert sympy.simplify(bare(sympy.diff(form.value, tau)) - sympy.diff(bare(form.value), tau)) == 0
    for symbol in (lam, n, d):
        with refused(de.SpecError, "tau", "depends derivative not known", str(symbol), "deriving"):
            sympy.diff(form.value, symbol)


# ---- substitutions, numbers, functions


def test_values_are_put_in_place_of_symbols_in_any_order() -> None:
    numbers = {n: 40, d: 30, lam: 0.3, tau: 0.6}
    right = 40 * (0.3 + 0.6) / (30 + 40 * (0.3 + 0.6))
    equation = ISOTROPIC.equations[tau]
    for pairs in (list(numbers.items()), list(numbers.items())[::-1]):
        assert float(equation.subs(pairs)) == pytest.approx(right, rel=1e-15)
    assert float(equation.subs(numbers)) == pytest.approx(right, rel=1e-15)
    assert float(equation.xreplace(numbers)) == pytest.approx(right, rel=1e-15)
    assert float(equation.evalf(subs=numbers)) == pytest.approx(right, rel=1e-15)
    solution = fp.compile(SYSTEM).solution({**VALUES, lam: 0.3})
    assert not SYSTEM.observable.subs(solution.unknowns).has(omega)


def test_what_a_scalar_was_replaced_by_is_printed() -> None:
    moved = ISOTROPIC.equations[tau].subs(lam, 2)
    assert str(moved) == "n*(tau(lam = 2) + 2)/(d + n*(tau(lam = 2) + 2))"
    assert r"\tau\left(lam = 2\right)" in sympy.latex(moved) and "lam = 2" in sympy.pretty(moved)
    assert moved != ISOTROPIC.equations[tau].subs(lam, 3) and moved.subs(tau, 5) == 7 * n / (d + 7 * n)
    several = sympy.summation(FORM.value, (θ, 1, 2))
    assert "df_1(theta = 1)" in str(several) and "df_1(theta = 2)" in str(several)


@pytest.mark.parametrize("value", [SYSTEM.observable, FORM.value, SYSTEM.equations[tau]], ids=str)
def test_functions_of_numbers_take_all_symbols(value: sympy.Expr) -> None:
    symbols = sorted(bare(value).free_symbols, key=str)
    numbers = np.linspace(1.3, 4.2, len(symbols))
    right = sympy.lambdify(symbols, bare(value))(*numbers)
    assert sympy.lambdify(symbols, value)(*numbers) == right
    for names in ([lam], [θ, n], [x for x in symbols if not isinstance(x, TraceOf)]):
        with refused(de.SpecError, "arguments", "not among function", (), "compile(system)"):
            sympy.lambdify(names, value)
    with refused(
        de.SpecError, "arguments", "not among function", "lam = 2", "compile(system)"
    ):  # df_1 at 1 is not at 2
        sympy.lambdify(symbols, value.subs({lam: 2, θ: 2}))


@pytest.mark.parametrize("solver", [sympy.solve, sympy.nsolve, sympy.roots, sympy.Poly])
def test_equations_are_solved_in_symbols_alone(solver: Any) -> None:
    """An unknown is no variable of the function that it is: a solution would be one in itself.

    In which way sympy refuses depends on its order of symbols, that is on PYTHONHASHSEED.
    """
    difference = ISOTROPIC.equations[tau] - tau
    refusals = (de.SpecError, sympy.PolynomialError, ValueError, NotImplementedError)
    with pytest.raises(refusals):
        solver(difference, tau, *([1] if solver is sympy.nsolve else []))
    numbers = {n: 40, d: 30, lam: sympy.Rational(3, 10)}
    found = sympy.solve((ISOTROPIC.bare_equations[tau] - tau).subs(numbers), tau)
    solution = fp.compile(ISOTROPIC).solution({n: 40, d: 30, lam: 0.3})
    assert float(max(found)) == pytest.approx(solution.unknowns[tau], rel=1e-12)


# ---- all else is as it was


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(x, marks=pytest.mark.slow) if x == "theorem-2" else x
        for x in OBJECTS
        if x != "features-error"
    ],
)
def test_derived_objects_print_as_their_symbols(name: str) -> None:
    system = derived(name)
    values = [system.observable, *system.equations.values(), *system.inverses.values()]
    values += system.sums.values()
    try:
        form = fp.closed_form(system)
    except (de.SpecError, de.SolveError):
        pass
    else:
        values += [form.value, form.ridge]
    for value in values:
        assert bare(value) == value.xreplace({x: x.symbol for x in value.atoms(Dependent)})
        assert not bare(value).has(Dependent)
        for told in (str, plain, latex, sympy.latex, sympy.pretty):
            assert told(value) == told(bare(value))


@pytest.mark.parametrize(
    "rewrite", [sympy.factor, sympy.cancel, sympy.together, sympy.expand, sympy.simplify]
)
@pytest.mark.parametrize("name", DERIVED)
def test_algebra_is_that_of_the_symbols(name: str, rewrite: Any) -> None:
    value = DERIVED[name]
    assert sympy.expand(bare(rewrite(value)) - bare(value), force=True).equals(0)


def test_derived_objects_are_copied_and_pickled() -> None:
    for value in (*DERIVED.values(), FORM.value, FORM.ridge):
        assert copy.deepcopy(value) == value == pickle.loads(pickle.dumps(value))
        assert str(pickle.loads(pickle.dumps(value)).subs(lam, 2)) == str(value.subs(lam, 2))
