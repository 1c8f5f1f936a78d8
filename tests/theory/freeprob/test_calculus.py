"""Sympy's calculus on traces: derivatives and substitutions are those of the expectation, and what
sympy cannot do with it is refused."""

import functools
import pickle
import random
from typing import Any

import numpy as np
import pytest
import sympy

import detequiv as de
from helpers.refusals import Facts, refused

fp = de.freeprob
n, d, k = fp.dimensions("n d k")
lam, mu, v = sympy.symbols("lam mu v", positive=True)
I = fp.identity(d)
A, B = fp.Deterministic(d, "A"), fp.Deterministic(d, "B")
X = fp.Gaussian(n, d, "X", variance=v / n, column_covariance=A)
R = (X.T @ X + lam * I).inv()
T = fp.trace(R)
VALUES: dict[Any, Any] = {
    n: 80,
    d: 60,
    k: 50,
    lam: 0.3,
    mu: 0.8,
    v: 0.7,
    A: np.linspace(0.5, 1.5, 60),
    B: np.linspace(-1, 1, 60),
}


def solved(expression: sympy.Expr, **changed: float) -> float:
    changes = {sympy.Symbol(name, positive=True): x for name, x in changed.items()}
    return float(fp.solve(fp.derive(expression), {**VALUES, **changes}))


def difference(expression: sympy.Expr, symbol: sympy.Symbol) -> float:
    """The central difference of solved values, in Richardson's form: of error h⁴."""
    run, x = fp.compile(fp.derive(expression)), VALUES[symbol]

    def slope(h: float) -> float:
        low, high = run({**VALUES, symbol: x * np.array([1 - h, 1 + h])})
        return float(high - low) / (2 * h * x)

    return (4 * slope(1e-3) - slope(2e-3)) / 3


def test_a_trace_knows_the_scalars_that_are_in_it() -> None:
    assert T.free_symbols == {n, d, lam, v}
    assert T.has(lam) and not T.has(mu) and (lam * T).atoms(sympy.Symbol) == {n, d, lam, v}
    assert T.func(*T.args) == T and pickle.loads(pickle.dumps(lam * T)) == lam * T
    inside = fp.trace(fp.Gaussian(n, d, "Y", column_covariance=mu * A).T @ X @ R)
    assert mu in inside.free_symbols


# ---- derivatives


def test_the_derivative_of_a_trace_times_its_scalar_is_right() -> None:
    """Were the trace a constant, it would be its value: 84 instead of 37."""
    slope = solved(sympy.diff(lam * T, lam))
    assert slope == pytest.approx(difference(lam * T, lam), rel=1e-9)
    assert abs(slope - solved(T)) > 0.5 * slope


Y = fp.Gaussian(n, d, "Y", variance=mu / n, row_covariance=v * fp.identity(n))
W = fp.Gaussian(d, k, "W", variance=1 / (d * (1 + v)), row_covariance=v * A + v * B @ B)
NESTED = (W.T @ (X.T @ X + lam**2 * Y.T @ Y) @ W + sympy.sqrt(lam) * fp.identity(k)).inv()


@functools.cache
def drawn_expression(seed: int) -> sympy.Expr:
    """Sums, products and quotients of traces of sums, products and inverses, at random. The last
    term and its derivatives are of order 1: products of fluctuations are of lower order."""
    choose = random.Random(seed)
    pool = [
        A, B, A @ B, (mu * A + lam * B @ B).inv(), X.T @ X, Y.T @ X, X.T @ Y / lam, W @ W.T, R,
        W @ NESTED @ W.T, (Y.T @ Y + mu * X.T @ X + (lam + v) * I).inv(), (1 + lam) ** 2 * I,
    ]  # fmt: skip

    def grown(depth: int) -> Any:
        if depth == 0:
            return choose.choice(pool)
        match choose.randrange(5):
            case 0 | 1:
                return grown(depth - 1) @ grown(depth - 1)
            case 2:
                return choose.choice([lam, -mu, v / 3]) * grown(depth - 1) + grown(depth - 1)
            case 3:
                return grown(depth - 1).T
        inner = grown(depth - 1)
        return (inner.T @ inner + choose.choice([lam, mu]) * I).inv()

    tr = fp.trace
    first, second, third = (tr(grown(2)) / d for _ in range(3))
    return lam * first * second + third**2 * d / tr(mu * A + lam * R)


@pytest.mark.parametrize("symbol", [lam, mu, v], ids=str)
@pytest.mark.parametrize("seed", [0, 1, 2, 4, 5])  # 3 is right too, and takes a minute to derive
def test_derivatives_are_limits_of_differences(seed: int, symbol: sympy.Symbol) -> None:
    expression = drawn_expression(seed)
    slope = sympy.diff(expression, symbol)
    found = solved(slope) if slope.has(fp.trace(I).func) else float(slope)
    scale = abs(solved(expression)) / VALUES[symbol]
    # h⁴ times a fifth derivative, and rounding of 1e−13 divided by h
    assert abs(found - difference(expression, symbol)) <= 1e-7 * max(scale, abs(found))


@pytest.mark.parametrize("symbols", [(lam, lam), (lam, v), (v, v)], ids=str)
def test_second_derivatives_are_differences_of_first_ones(symbols: Any) -> None:
    one, two = symbols
    expression = T * fp.trace(B @ R) + fp.trace(X.T @ X @ R) ** 2 / T
    first = sympy.diff(expression, one)
    found = solved(sympy.diff(expression, one, two))
    assert found == pytest.approx(difference(first, two), rel=1e-7)
    assert sympy.Derivative(expression, one, two).doit() == sympy.diff(expression, one, two)


def test_a_derivative_by_the_scale_of_a_gaussian_is_that_of_the_expectation() -> None:
    """With X held fixed it would be 0. E tr XᵀX = v tr A."""
    slope = sympy.diff(fp.trace(X.T @ X), v)
    assert solved(slope) == pytest.approx(VALUES[A].sum(), rel=1e-13)
    assert solved(sympy.diff(fp.trace(X.T @ X) ** 2, v, 2)) == pytest.approx(
        2 * VALUES[A].sum() ** 2, rel=1e-13
    )


@pytest.mark.parametrize("symbol", [lam, v], ids=str)
def test_samples_of_a_derivative_average_to_the_difference(symbol: sympy.Symbol) -> None:
    expression = fp.trace(A @ R @ X.T @ X @ R) / d
    draws = fp.sample(sympy.diff(expression, symbol), VALUES, trials=64, seed=1)
    error = draws.std(ddof=1) / 8
    # seven standard errors, and O(1/d) of a normalised trace at d = 60
    assert abs(draws.mean() - difference(expression, symbol)) <= 7 * error + 0.02 * abs(draws.mean())


def test_letters_that_do_not_commute_keep_their_order_in_derivatives() -> None:
    o = fp.dimensions("o", commuting=False)
    K, L = fp.Deterministic(o, "K"), fp.Deterministic(o, "L")
    Z = fp.Gaussian(n, o, "Z", variance=1 / n, column_covariance=K)
    expression = fp.trace(L @ K @ (Z.T @ Z + lam * L @ L + fp.identity(o)).inv() @ K)
    rng = np.random.default_rng(0)
    K0, L0 = rng.standard_normal((2, 12, 12))
    values: dict[Any, Any] = {n: 20, o: 12, K: K0 @ K0.T / 12, L: L0 + L0.T}
    run = fp.compile(fp.derive(expression))
    low, high = (run({**values, lam: x}) for x in (0.3 - 1e-5, 0.3 + 1e-5))
    found = fp.solve(fp.derive(sympy.diff(expression, lam)), {**values, lam: 0.3})
    assert found == pytest.approx((high - low) / 2e-5, rel=1e-6)


# ---- substitutions


@pytest.mark.parametrize(
    "replaced",
    [
        lambda e: e.subs(lam, 2),
        lambda e: e.subs({lam: 2}),
        lambda e: e.xreplace({lam: sympy.S(2)}),
        lambda e: e.replace(lam, sympy.S(2)),
        lambda e: sympy.Subs(e, lam, 2).doit(),
        lambda e: sympy.Lambda(lam, e)(2),
        lambda e: e.subs(lam, mu).subs(mu, 2),
        lambda e: e.evalf(subs={lam: 2}),
        lambda e: e.subs(lam, 2.0),
        lambda e: e.subs(lam, 1 + mu / mu),
    ],
)
def test_a_number_for_a_scalar_is_put_everywhere(replaced: Any) -> None:
    expression = lam * T + fp.trace(lam**2 * B @ R) / fp.trace((lam * A + B @ B).inv())
    new = replaced(expression)
    assert lam not in new.free_symbols
    assert solved(new) == pytest.approx(solved(expression, lam=2.0), rel=1e-13)


def test_scalars_may_change_places() -> None:
    expression = lam * T + fp.trace(mu * R)
    turned = expression.subs({lam: mu, mu: lam}, simultaneous=True)
    assert solved(turned) == pytest.approx(solved(expression, lam=0.8, mu=0.3), rel=1e-13)


def test_a_variance_is_replaced_too() -> None:
    assert solved(T.subs(v, 2 * mu)) == pytest.approx(solved(T, v=1.6), rel=1e-13)


def test_equal_traces_are_equal_after_a_substitution() -> None:
    assert T.subs(lam, mu) == fp.trace((X.T @ X + mu * I).inv())


@pytest.mark.parametrize(
    ("call", "field", "rule", "value", "remedy"),
    [
        (lambda: T.subs(d, 5), "d", "dimension cannot replaced", "5", "solve(system, {d: …})"),
        (lambda: (T / d).subs(d, mu * n), "d", "dimension cannot replaced", "n*mu", "solve(system, {d: …})"),
        (lambda: T.xreplace({n: d}), "n", "dimension cannot replaced", "by d", "solve(system, {n: …})"),
        (lambda: T.subs(lam, sympy.oo), "scalar", "finite real number", "oo", ()),
        (lambda: T.subs(lam, sympy.I), "scalar", "finite real number", "I", ()),
        (lambda: T.subs(lam, fp.trace(A)), "scalar", "without traces", "tr(A)", ()),
        (lambda: T.subs(v, 0), ("variance", "X"), "positive", "0", ()),
        (lambda: T.subs(v, -mu), ("variance", "X"), "positive", "-mu/n", ()),
    ],
)
def test_what_cannot_be_replaced_is_refused(
    call: Any, field: Facts, rule: str, value: str, remedy: Facts
) -> None:
    with refused(de.SpecError, field, rule, value, remedy):
        call()


# ---- what sympy knows of functions, and what it cannot know


@pytest.mark.parametrize(
    "rewritten",
    [
        sympy.simplify, sympy.expand, sympy.factor, sympy.cancel, sympy.together, sympy.nsimplify,
        sympy.ratsimp, sympy.powsimp, sympy.trigsimp, sympy.radsimp, sympy.N,
        lambda e: sympy.collect(e, lam), lambda e: e.doit(), lambda e: sympy.apart(e, T),
        lambda e: e.rewrite(sympy.exp), lambda e: e.as_dummy(),
    ],
)  # fmt: skip
def test_an_expression_that_is_rewritten_has_its_value(rewritten: Any) -> None:
    expression = (lam * (mu**2 - 1) * T / (mu - 1) + fp.trace((mu + lam) ** 2 * A @ R)) ** 2 / T
    assert solved(rewritten(expression)) == pytest.approx(solved(expression), rel=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        lambda e: sympy.limit(e, lam, 0), lambda e: sympy.limit(e, lam, sympy.oo),
        lambda e: sympy.limit(sympy.exp(-e), lam, 1), lambda e: sympy.limit(e / (2 + T), lam, 0),
        lambda e: sympy.limit(e, d, sympy.oo), lambda e: e.series(lam, 0, 3),
        lambda e: sympy.series(e, lam, 1, 2), lambda e: e.as_leading_term(lam),
        lambda e: e.nseries(lam, n=2), lambda e: sympy.residue(e, lam, 0),
        lambda e: sympy.diff(e, d), lambda e: sympy.lambdify(lam, e), lambda e: sympy.ccode(e),
        lambda e: sympy.lambdify(lam, e, "mpmath"), lambda e: sympy.lambdify(lam, e, "sympy"),
        lambda e: fp.derive(sympy.Derivative(e, lam)), lambda e: fp.derive(sympy.integrate(e, lam)),
        lambda e: fp.derive(sympy.integrate(e, (lam, 0, 1))),
        lambda e: fp.derive(sympy.Subs(e, lam, 2)),
        lambda e: fp.derive(sympy.Limit(e, lam, 0)), lambda e: fp.derive(sympy.Sum(e, (lam, 1, 3))),
        lambda e: fp.sample(sympy.Derivative(e, lam), VALUES, trials=1),
        lambda e: fp.sample(sympy.Integral(e, (lam, 0, 1)), VALUES, trials=1),
        lambda e: fp.sample(sympy.LaplaceTransform(e, lam, mu), VALUES, trials=1),
        lambda e: fp.sample(sympy.Subs(e, lam, 2), VALUES, trials=1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("expression", [T, lam * T, T**2 / (1 + T)], ids=str)
def test_what_cannot_be_done_with_an_expectation_is_refused(call: Any, expression: Any) -> None:
    with pytest.raises(de.SpecError):
        call(expression)


def test_an_unrelated_symbol_is_integrated_over_as_usual() -> None:
    assert sympy.integrate(mu * T, (mu, 0, 1)) == T / 2
    assert sympy.limit(sympy.sin(mu) / mu * T, mu, 0) == T
    assert sympy.summation(lam * T.subs(lam, 1), (lam, 1, 3)) == 6 * T.subs(lam, 1)
    assert sympy.summation(T, (lam, 1, 2)) == T.subs(lam, 1) + T.subs(lam, 2)


@pytest.mark.parametrize(
    "covariance", [A + lam * I, (lam * I + A).inv(), lam * A + I, lam * (A @ (A + lam * I))], ids=str
)
def test_a_covariance_whose_shape_depends_on_the_symbol_is_not_differentiated(covariance: Any) -> None:
    Z = fp.Gaussian(n, d, "Z", column_covariance=covariance)
    with refused(de.SpecError, "Z", "no derivative covariance", ("lam", str(covariance)), "difference"):
        sympy.diff(fp.trace(Z.T @ Z), lam)
    assert sympy.diff(fp.trace(Z.T @ Z), mu) == 0


def test_an_independent_sum_is_differentiated_in_the_place_of_a_covariance() -> None:
    """What the refusal advises: X + √lam Z for the covariance A + lam."""
    Z = fp.Gaussian(n, d, "Z", variance=lam / n)
    whole = X + Z
    slope = sympy.diff(fp.trace(B @ B @ (whole.T @ whole + I).inv()), lam)
    at_once = fp.Gaussian(n, d, "U", variance=1 / n, column_covariance=v * A + lam * I)
    expression = fp.trace(B @ B @ (at_once.T @ at_once + I).inv())
    assert solved(slope) == pytest.approx(difference(expression, lam), rel=1e-8)


@pytest.mark.parametrize("equation", [T - 3, lam * T - 3, T - lam, 1 / T - mu, T**2 - 3 * lam])
def test_equations_in_traces_are_not_solved_for_their_scalars(equation: sympy.Expr) -> None:
    """Sympy took traces for constants: T = 3 had no solutions, and λT = 3 had λ = 3/T."""
    with pytest.raises((de.SpecError, NotImplementedError)):
        sympy.solve(equation, lam)


def test_equations_in_traces_are_solved_for_other_scalars() -> None:
    assert sympy.solve(T - mu, mu) == [T]
    assert sympy.latex(T**2) == sympy.latex(T) + "^{2}"
