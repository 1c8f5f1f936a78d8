"""Expressions in random matrices, drawn and evaluated as they are written."""

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ...theory.arrays import Array
from ...theory.checks import count
from ...theory.errors import SpecError
from ...theory.freeprob.checked_values import (
    checked_letter,
    checked_mapping,
    checked_number,
    checked_size,
)
from ...theory.freeprob.expression import (
    Deterministic,
    Gaussian,
    Identity,
    Inverse,
    Matrix,
    Product,
    Sum,
    Transpose,
    coefficients,
)
from ...theory.freeprob.expression import leaves as leaves_of
from ...theory.freeprob.system import Trace, check_names
from ...theory.language import enumerated, told
from ..blas import one_thread
from ..roots import root_of
from ..simulate import checked_seed, trial_seed

__all__ = ["check_values", "drawn", "sample"]


def sample(
    expression: sympy.Expr, values: Mapping[Any, Any], *, trials: int, seed: int = 0
) -> Array:
    """(trials,) values of an expression in traces, the Gaussian matrices drawn for each.

    Nothing of the derivation is used: products are products of arrays, inverses solve. Trial i
    draws from child i of ``numpy.random.SeedSequence(seed)``.

    >>> from detequiv.theory.freeprob import Gaussian, dimensions, trace
    >>> n, d = dimensions("n d")
    >>> X = Gaussian(n, d, "X", variance=1 / n)
    >>> draws = sample(trace(X.T @ X), {n: 300, d: 200}, trials=10)     # its mean is d
    >>> bool(abs(draws.mean() - 200) < 5)
    True
    """
    seed, trials = checked_seed(seed), count(trials, "trials", 1, "Each is one draw.")
    values = check_values(expression, values)
    with one_thread():
        rngs = (np.random.default_rng(trial_seed(seed, i)) for i in range(trials))
        return np.array([drawn(expression, values, rng) for rng in rngs])


def drawn(expression: sympy.Expr, values: Mapping[Any, Any], rng: np.random.Generator) -> float:
    """One value, from this generator."""
    return _Draw(values, rng).expression(expression)


def check_values(expression: Any, values: object) -> dict[Any, Any]:
    """The values that the expression needs, each of its kind."""
    traces = expression.atoms(Trace) if isinstance(expression, sympy.Expr) else ()
    if not traces:
        raise SpecError(f"sample takes an expression in traces; got {told(expression)}.")
    check_names(expression)
    given = checked_mapping(values)
    leaves = [leaf for atom in traces for leaf in leaves_of(atom.matrix)]
    letters = [leaf for leaf in leaves if isinstance(leaf, Deterministic)]
    symbols = expression.free_symbols - traces
    symbols |= {x for leaf in leaves for x in (leaf.rows, leaf.columns)}
    symbols |= {x for atom in traces for x in coefficients(atom.matrix)}
    symbols |= {x for leaf in leaves if isinstance(leaf, Gaussian)
                for x in leaf.law.variance.free_symbols}  # fmt: skip
    missing = sorted({str(x) for x in (*symbols, *letters) if x not in given})
    if missing:
        raise SpecError(f"there is no value for {enumerated(missing)}.")
    numbers = {symbol: checked_number(symbol, given[symbol]) for symbol in symbols}
    for symbol, number in numbers.items():
        if number.ndim:
            raise SpecError(f"sample takes one value of every scalar; got an array for {symbol}.")
    sizes = {x: checked_size(x, numbers[x]) for leaf in leaves for x in (leaf.rows, leaf.columns)}
    found: dict[Any, Any] = {symbol: float(number) for symbol, number in numbers.items()}
    arrays = {x: checked_letter(x, given[x], sizes[x.rows]) for x in letters}
    return found | sizes | arrays


class _Draw:
    """One draw of all matrices; what is diagonal is kept as its diagonal."""

    def __init__(self, values: Mapping[Any, Any], rng: np.random.Generator) -> None:
        self._values, self._rng = values, rng
        self._known: dict[Matrix, Array] = {}

    def expression(self, expression: sympy.Expr) -> float:
        """Its value."""
        traces = sorted(expression.atoms(Trace), key=str)
        numbers = {atom: self._trace(atom.matrix) for atom in traces}
        return float(expression.subs(self._scalars()).subs(numbers))

    def _trace(self, matrix: Matrix) -> float:
        value = self._matrix(matrix)
        return float(value.sum() if value.ndim == 1 else np.trace(value))

    def _matrix(self, node: Matrix) -> Array:
        if node not in self._known:
            self._known[node] = self._evaluated(node)
        return self._known[node]

    def _evaluated(self, node: Matrix) -> Array:
        match node:
            case Identity(rows):
                return np.ones(self._size(rows))
            case Deterministic():
                return np.asarray(self._values[node], dtype=float)
            case Gaussian():
                return self._drawn(node)
            case Transpose(of):
                return self._matrix(of).T
            case Product(factors):
                return functools.reduce(_times, (self._matrix(factor) for factor in factors))
            case Sum(terms):
                return functools.reduce(
                    _plus, (self._number(c) * self._matrix(x) for c, x in terms)
                )
            case Inverse(of):
                inner = self._matrix(of)
                return (
                    1 / inner if inner.ndim == 1 else np.asarray(np.linalg.inv(inner), dtype=float)
                )
        raise AssertionError(node)

    def _drawn(self, X: Gaussian) -> Array:
        shape = self._size(X.rows), self._size(X.columns)
        normal = self._rng.standard_normal(shape) * np.sqrt(self._number(X.law.variance))
        left, right = (root_of(self._matrix(c)) for c in (X.law.row, X.law.column))
        return _times(_times(left, normal), right)

    def _number(self, c: sympy.Expr) -> float:
        return float(c.subs(self._scalars()))

    def _scalars(self) -> dict[sympy.Symbol, Any]:
        return {key: value for key, value in self._values.items() if isinstance(key, sympy.Symbol)}

    def _size(self, dimension: Any) -> int:
        return int(self._values[dimension])


def _times(a: Array, b: Array) -> Array:
    if a.ndim == 1:
        return a * b if b.ndim == 1 else a[:, None] * b
    return a * b if b.ndim == 1 else a @ b


def _plus(a: Array, b: Array) -> Array:
    if a.ndim == b.ndim:
        return a + b
    return a + np.diag(b) if b.ndim == 1 else np.diag(a) + b
