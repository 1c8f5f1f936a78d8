"""Expressions in numbers that are not exact: values, with bounds on their absolute errors.

Each term of a sum may be rounded, so that the bound grows with the sum of the absolute values:
where terms cancel, the value is small and the bound is not. One code serves doubles and decimals of
any number of digits, in arrays of objects.
"""

import contextlib
import dataclasses
import decimal
import functools
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import sympy

from ...base.arrays import Array

__all__ = ["Bounded", "Digits", "bounded"]

Bounded = tuple[Array, Array]
"""Values and bounds on their errors."""

DOUBLE = 16

EXPONENTS = 10**6
"""Largest decimal exponent."""

PAIRWISE = 16
"""Roundings of a sum of doubles, which NumPy takes in pairs, in units of all of its terms."""


@dataclasses.dataclass(frozen=True)
class Digits:
    """A number format: doubles have 16 digits, decimals any number above."""

    number: int = DOUBLE

    @property
    def unit(self) -> Any:
        """The largest relative error of one operation."""
        if self.number == DOUBLE:
            return float(np.finfo(float).eps)
        return Decimal(10) ** (1 - self.number)

    def array(self, values: Array) -> Array:
        """Doubles, exactly."""
        if self.number == DOUBLE:
            return values
        exact = [Decimal(x) for x in np.ravel(values).tolist()]
        return np.array(exact, dtype=object).reshape(np.shape(values))

    def rational(self, value: sympy.Rational) -> Any:
        """A quotient, rounded."""
        number: Any = float if self.number == DOUBLE else Decimal
        return number(int(value.p)) / number(int(value.q))

    def added(self, terms: Array) -> Bounded:
        """The sum of an array."""
        roundings = PAIRWISE if self.number == DOUBLE else len(terms)
        return terms.sum(), roundings * self.unit * abs(terms).sum()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Overflow gives inf or NaN."""
        context = decimal.Context(prec=self.number, Emin=-EXPONENTS, Emax=EXPONENTS, traps=[])
        with decimal.localcontext(context), np.errstate(all="ignore"):
            yield


def bounded(expression: sympy.Expr, known: Mapping[sympy.Expr, Bounded], digits: Digits) -> Bounded:
    """An expression of sums, products and powers at these values of its symbols.

    Raises
    ------
    NotImplementedError
        For other functions.
    """
    unit = digits.unit
    found: dict[sympy.Expr, Bounded] = dict(known)

    def of(node: sympy.Expr) -> Bounded:
        if node not in found:
            found[node] = computed(node)
        return found[node]

    def computed(node: sympy.Expr) -> Bounded:
        if node.is_Rational:
            value = np.array([digits.rational(node)])
            return value, unit * abs(value)
        if node.is_Add:
            return functools.reduce(functools.partial(_plus, unit=unit), map(of, node.args))
        if node.is_Mul:
            return functools.reduce(functools.partial(_times, unit=unit), map(of, node.args))
        if node.is_Pow and node.exp.is_Rational:
            return _power(of(node.base), node.exp, digits)
        raise NotImplementedError(node)

    return of(expression)


def _plus(a: Bounded, b: Bounded, unit: Any) -> Bounded:
    value = a[0] + b[0]
    return value, a[1] + b[1] + unit * (abs(a[0]) + abs(b[0]))


def _times(a: Bounded, b: Bounded, unit: Any) -> Bounded:
    value = a[0] * b[0]
    return value, a[1] * abs(b[0]) + abs(a[0]) * b[1] + a[1] * b[1] + unit * abs(value)


def _power(x: Bounded, exponent: sympy.Rational, digits: Digits) -> Bounded:
    """x^k; with x(1 ± s), |k| s/(1 − s) (1 + s)^|k| bounds the relative error."""
    value, error = x
    whole = exponent.is_Integer
    power = value ** (int(exponent) if whole else digits.rational(exponent))
    size = digits.rational(abs(exponent))
    share = np.where(error == 0, error, error / abs(value))
    relative = size * share / (1 - share) * (1 + share) ** int(sympy.ceiling(abs(exponent)))
    rounded = 2 * (size + 2) * digits.unit
    sure = np.asarray(share < 1, dtype=bool)
    unknown = digits.array(np.full(np.shape(power), np.inf))
    return power, np.where(sure, (relative + rounded) * abs(power), unknown)
