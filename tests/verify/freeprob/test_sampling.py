"""Samples of expressions: planned once, and the same numbers as when they are evaluated as they are
written."""

import functools
import random
from typing import Any

import numpy as np
import pytest
import sympy

import detequiv as de
from detequiv.theory.freeprob.derivations.named_expectations import named
from detequiv.theory.freeprob.expressions.expression import (
    Deterministic,
    Gaussian,
    Identity,
    Inverse,
    Matrix,
    Product,
    Sum,
    Transpose,
)
from detequiv.theory.freeprob.expressions.traces import Trace
from detequiv.theory.freeprob.expressions.traversal import leaves
from detequiv.verify import Verdict
from detequiv.verify.freeprob.example_values import example_values
from detequiv.verify.freeprob.sampling import make_plan
from detequiv.verify.simulators.run_trials import trial_seed
from helpers.refusals import refused

fp = de.freeprob
lam = sympy.Symbol("lam", positive=True)
SIZES = {"k": 12, "p": 9, "q": 7}

Square = np.ndarray[Any, Any]


class AsWritten:
    """One draw of an expression, Gaussian matrices in the order of their names."""

    def __init__(self, values: dict[Any, Any], rng: np.random.Generator) -> None:
        self.values, self.rng = values, rng
        self.known: dict[Matrix, Square] = {}

    def expression(self, expression: sympy.Expr) -> float:
        traces = sorted(expression.atoms(Trace), key=str)
        found = {x for atom in traces for x in leaves(atom.matrix) if isinstance(x, Gaussian)}
        for X in sorted(found, key=lambda x: x.name):
            self.matrix(X)
        numbers = {atom: float(np.trace(self.matrix(atom.matrix))) for atom in traces}
        return float(expression.subs(numbers).subs(self.symbols))

    @property
    def symbols(self) -> dict[Any, Any]:
        return {x: value for x, value in self.values.items() if isinstance(x, sympy.Symbol)}

    def matrix(self, node: Matrix) -> Square:
        if node not in self.known:
            self.known[node] = self.evaluated(node)
        return self.known[node]

    def evaluated(self, node: Matrix) -> Square:
        match node:
            case Identity():
                return np.eye(self.values[node.rows])
            case Deterministic():
                value: Square = self.values[node]
                return np.diag(value) if value.ndim == 1 else value
            case Gaussian():
                shape = self.values[node.rows], self.values[node.columns]
                normal = self.rng.standard_normal(shape)
                left, right = (root(self.matrix(c)) for c in (node.law.row, node.law.column))
                return self.number(node.law.variance) ** 0.5 * left @ normal @ right
            case Transpose(of):
                return self.matrix(of).T
            case Product(factors):
                return functools.reduce(np.matmul, map(self.matrix, factors))
            case Sum(terms):
                return functools.reduce(np.add, (self.number(c) * self.matrix(x) for c, x in terms))
            case Inverse(of):
                return np.linalg.inv(self.matrix(of))
        raise AssertionError(node)

    def number(self, c: sympy.Expr) -> float:
        return float(c.subs(self.symbols))


def root(M: Square) -> Square:
    values, vectors = np.linalg.eigh(M)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def drawn_expression(commuting: bool, seed: int) -> tuple[sympy.Expr, dict[Any, Any]]:
    """Sums, products, transposes and inverses of a few matrices, at random, and values."""
    choose, rng = random.Random(seed), np.random.default_rng(seed)
    k, p, q = fp.dimensions("k p q", commuting=commuting)
    letters = B, C, D, E = [Deterministic(x, name) for x, name in ((p, "B"), (p, "C"), (k, "D"), (q, "E"))]
    values: dict[Any, Any] = {x: SIZES[x.name] for x in (k, p, q)} | {lam: 0.5}
    for letter in letters:
        spectrum = rng.uniform(0.3, 1.5, values[letter.rows])
        basis = np.linalg.qr(rng.standard_normal((len(spectrum),) * 2))[0]
        matrix = (basis * spectrum) @ basis.T
        values[letter] = spectrum if commuting else (matrix + matrix.T) / 2
    X = Gaussian(k, p, "X", variance=1 / k, column_covariance=B)
    Y = Gaussian(k, p, "Y", variance=lam / k, row_covariance=D)
    W = Gaussian(p, q, "W", variance=1 / p, row_covariance=B + C, column_covariance=E)
    I = fp.identity(p)
    pool = [
        B,
        C,
        I,
        B @ C,
        (B + C).inv(),
        X.T @ X,
        Y.T @ X,
        X.T @ D @ Y,
        W @ W.T,
        (X.T @ X + lam * I).inv(),
        W @ (W.T @ B @ W + fp.identity(q)).inv() @ W.T,
    ]

    def grown(depth: int) -> Any:
        if depth == 0:
            return choose.choice(pool)
        match choose.randrange(6):
            case 0 | 1:
                return grown(depth - 1) @ grown(depth - 1)
            case 2 | 3:
                weight = choose.choice([1, 2, -1, lam, sympy.Rational(1, 3)])
                return weight * grown(depth - 1) + grown(depth - 1)
            case 4:
                return grown(depth - 1).T
        inner = grown(depth - 1)
        return (inner.T @ inner + I).inv()

    first, second, third = (grown(depth) for depth in (3, 2, 2))
    tr = fp.trace
    return lam * tr(first) + tr(second) ** 2 / p - tr(second @ third.T) / tr(I + B), values


@pytest.mark.slow(keep=4)
@pytest.mark.parametrize("commuting", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_a_plan_computes_what_is_written(commuting: bool, seed: int) -> None:
    expression, values = drawn_expression(commuting, seed)
    drawn = fp.sample(expression, values, trials=2, seed=seed)
    for i, found in enumerate(drawn):
        rng = np.random.default_rng(trial_seed(seed, i))
        # products of 9 by 9 matrices that are well conditioned, in another order
        assert found == pytest.approx(AsWritten(values, rng).expression(expression), rel=1e-11)


NAMED = ["definition-2-mixture", "theorem-2"]

derived = functools.cache(lambda name: fp.derive(named(name).build()))


@pytest.mark.parametrize("name", NAMED)
def test_named_objects_are_sampled_as_they_are_written(name: str) -> None:
    system = derived(name)
    values = example_values(system)
    (found,) = fp.sample(system, values, trials=1)
    sizes = {x: int(v) for x, v in values.items() if isinstance(x, fp.SpaceDimension)}
    drawn = AsWritten(values | sizes, np.random.default_rng(trial_seed(0, 0)))
    assert found == pytest.approx(drawn.expression(system.expression), rel=1e-12)


def test_a_trial_is_the_same_to_the_last_bit_however_many_there_are() -> None:
    expression = named("definition-2-mixture").build()
    values = example_values(derived("definition-2-mixture"))
    few = fp.sample(expression, values, trials=2, seed=3)
    assert np.array_equal(fp.sample(expression, values, trials=5, seed=3)[:2], few)
    plan = make_plan(expression, values)  # what ``check`` draws with
    for i in (1, 0):
        assert plan(np.random.default_rng(trial_seed(3, i))) == few[i]


@pytest.mark.parametrize("symbol", ["lam", "v"])
def test_an_expression_and_its_derivative_have_the_same_draws(symbol: str) -> None:
    """A difference of samples is their derivative, draw by draw."""
    n, d = fp.dimensions("n d")
    x, v = sympy.Symbol(symbol, positive=True), sympy.Symbol("v", positive=True)
    Z, X = Gaussian(n, d, "Z", variance=v / n), Gaussian(n, d, "X", variance=1 / n)
    R = (Z.T @ Z + lam * fp.identity(d)).inv()
    expression = fp.trace(lam * Z.T @ Z + X.T @ X @ R) * fp.trace(R)
    values = {n: 9, d: 6, lam: 0.4, v: 0.8}
    slopes = fp.sample(sympy.diff(expression, x), values, trials=4)
    h = 1e-5 * values[x]
    high, low = (fp.sample(expression, values | {x: values[x] + s}, trials=4) for s in (h, -h))
    assert slopes == pytest.approx((high - low) / (2 * h), rel=1e-7)


def test_a_check_sees_the_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    n, d = fp.dimensions("n d")
    X = Gaussian(n, d, "X", variance=1 / n)
    system, values = fp.derive(fp.trace((X.T @ X + fp.identity(d)).inv())), {n: 60, d: 40}
    from detequiv.verify.freeprob import sample_check as checked

    monkeypatch.setattr(checked, "derive", None)  # a system is not derived again
    agreement = fp.check(system, values, seed=5)
    assert agreement.verdict is Verdict.AGREES
    drawn = fp.sample(system, values, trials=agreement.trials, seed=5)
    assert agreement.terms[0].simulated == drawn.mean()


def test_values_for_an_expression_are_those_for_its_system() -> None:
    expression = named("mixture").build()
    one, other = example_values(expression), example_values(fp.derive(expression))
    assert one.keys() == other.keys() and all(np.array_equal(one[x], other[x]) for x in one)


def test_what_occurs_again_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One inverse in four traces and in transposes of itself; a 32nd power by squaring."""
    system = derived("theorem-2")
    plan = make_plan(system, example_values(system))
    calls = []
    inverse = np.linalg.inv
    monkeypatch.setattr(np.linalg, "inv", lambda a: calls.append(a.shape) or inverse(a))
    plan(np.random.default_rng(0))
    assert len(calls) == 1
    n, d = fp.dimensions("n d")
    X = Gaussian(n, d, "X", variance=1 / n)
    power = make_plan(fp.trace((X.T @ X + fp.identity(d)).inv() ** 32), {n: 6, d: 5})
    assert len(power._steps) == 8  # XᵀX, the sum, R, its powers 2, 4, 8 and 16, and the trace


def test_what_is_not_random_is_not_computed_again() -> None:
    d = fp.dimensions("d", commuting=False)
    A, B = Deterministic(d, "A"), Deterministic(d, "B")
    expression = fp.trace((A @ B + fp.identity(d)).inv() @ A)
    plan = make_plan(expression, {d: 3, A: np.diag([1.0, 2.0, 3.0]), B: np.ones((3, 3))})
    assert plan._steps == [] and plan(np.random.default_rng(0)) == pytest.approx(
        np.trace(
            np.linalg.solve(np.diag([1.0, 2.0, 3.0]) @ np.ones((3, 3)) + np.eye(3), np.diag([1.0, 2.0, 3.0]))
        )
    )


def test_any_function_of_traces_is_sampled() -> None:
    n, d = fp.dimensions("n d")
    X = Gaussian(n, d, "X", variance=1 / n)
    squared = fp.sample(fp.trace(X.T @ X), {n: 20, d: 10}, trials=3)
    rooted = fp.sample(sympy.sqrt(fp.trace(X.T @ X) / d), {n: 20, d: 10}, trials=3)
    assert rooted == pytest.approx(np.sqrt(squared / 10), rel=1e-15)


def test_a_draw_that_cannot_be_inverted_is_refused_in_a_sentence() -> None:
    n, d = fp.dimensions("n d")
    X, C = Gaussian(n, d, "X"), Deterministic(n, "C")
    with refused(de.SolveError, "inverse", "singular draw", remedy="identity(d)"):
        fp.sample(fp.trace((X.T @ C @ X).inv()), {n: 4, d: 3, C: np.zeros(4)}, trials=1)
