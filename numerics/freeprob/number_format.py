"""Number formats in which a system is evaluated: float64, and decimals of any number of digits.

Arrays of decimals are NumPy arrays of objects: one formula serves both formats. Decimals and not
mpmath, because libmpdec is written in C: an operation takes a tenth of the time.
"""

import abc
import contextlib
import decimal
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from ...theory.base.arrays import Array

__all__ = ["DOUBLE", "Decimals", "NumberFormat", "floats"]

EXPONENTS = 10**6
"""Largest decimal exponent."""


class NumberFormat(abc.ABC):
    """digits : that numbers have. unit : the largest relative error of one operation. tolerance : a
    relative Newton step after which the next one is rounding. dtype : of arrays."""

    digits: int
    unit: float
    tolerance: float
    dtype: Any

    @abc.abstractmethod
    def number(self, value: int | Fraction) -> Any:
        """A rational number."""

    @abc.abstractmethod
    def array(self, values: Array) -> Array:
        """Doubles, exactly."""

    @abc.abstractmethod
    def evaluated(self, expression: sympy.Expr, values: Mapping[Any, Array]) -> Array:
        """An expression that is not rational in its symbols, entry by entry."""

    @abc.abstractmethod
    def solve(self, A: Array, b: Array) -> Array:
        """A⁻¹b of a batch, (batch, k, k) and (batch, k); NaN where A is singular."""

    @abc.abstractmethod
    def determinant_is_positive(self, A: Array) -> Array:
        """Whether the determinant of each matrix of a batch is positive."""

    @abc.abstractmethod
    def inverse(self, A: Array) -> Array:
        """Of a batch; NaN where A is singular."""

    @abc.abstractmethod
    def running(self) -> contextlib.AbstractContextManager[Any]:
        """The context in which arrays of this format are computed with."""


class _Double(NumberFormat):
    digits, unit, tolerance, dtype = 16, float(np.finfo(float).eps), 1e-13, float

    def number(self, value: int | Fraction) -> float:
        return float(value)

    def array(self, values: Array) -> Array:
        return values

    def evaluated(self, expression: sympy.Expr, values: Mapping[Any, Array]) -> Array:
        function = sympy.lambdify(list(values), expression, "numpy")
        with np.errstate(all="ignore"):
            return np.asarray(function(*values.values()), dtype=float)

    def solve(self, A: Array, b: Array) -> Array:
        try:
            return np.asarray(np.linalg.solve(A, b[..., None])[..., 0], dtype=float)
        except np.linalg.LinAlgError:
            result = np.full_like(b, np.nan)
            for i, (one, right) in enumerate(zip(A, b, strict=True)):
                with np.errstate(all="ignore"):
                    if np.isfinite(one).all() and np.linalg.matrix_rank(one) == len(one):
                        result[i] = np.linalg.solve(one, right)
            return result

    def determinant_is_positive(self, A: Array) -> Array:
        return np.asarray(np.linalg.det(A) > 0)

    def inverse(self, A: Array) -> Array:
        try:
            return np.asarray(np.linalg.inv(A), dtype=float)
        except np.linalg.LinAlgError:
            if len(A) == 1:
                return np.full_like(A, np.nan)
            return np.concatenate([self.inverse(one[None]) for one in A])

    def running(self) -> contextlib.AbstractContextManager[Any]:
        return np.errstate(all="ignore")


DOUBLE: NumberFormat = _Double()


class Decimals(NumberFormat):
    """Decimals of so many digits; what is singular or overflows becomes NaN or infinite."""

    dtype = object

    def __init__(self, digits: int) -> None:
        self.digits, self.unit = digits, 10.0 ** (1 - digits)
        self.tolerance = 10.0 ** (-0.7 * digits)
        self._context = decimal.Context(prec=digits, Emin=-EXPONENTS, Emax=EXPONENTS, traps=[])

    def number(self, value: int | Fraction) -> Decimal:
        return self._context.divide(Decimal(value.numerator), Decimal(value.denominator))

    def array(self, values: Array) -> Array:
        if values.dtype == object:
            return values
        exact = [Decimal(x) for x in values.ravel().tolist()]
        return np.array(exact, dtype=object).reshape(values.shape)

    def evaluated(self, expression: sympy.Expr, values: Mapping[Any, Array]) -> Array:
        arrays = np.broadcast_arrays(*values.values())
        found = np.empty(arrays[0].shape, dtype=object)
        for place in np.ndindex(found.shape):
            exact = {
                x: sympy.Rational(Fraction(float(a[place]))) for x, a in zip(values, arrays, strict=True)
            }
            found[place] = Decimal(str(expression.subs(exact).evalf(self.digits)))
        return found

    def solve(self, A: Array, b: Array) -> Array:
        return (
            np.stack([_eliminated(one, right[:, None])[0][:, 0] for one, right in zip(A, b, strict=True)])
            if len(b)
            else b
        )

    def determinant_is_positive(self, A: Array) -> Array:
        nothing = np.empty((A.shape[-1], 0), dtype=object)
        return np.array([_eliminated(one, nothing)[1] > 0 for one in A], dtype=bool)

    def inverse(self, A: Array) -> Array:
        one = np.eye(A.shape[-1], dtype=object)
        return np.stack([_eliminated(matrix, one)[0] for matrix in A])

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        with decimal.localcontext(self._context), np.errstate(all="ignore"):
            yield


def floats(values: Array) -> Array:
    """The nearest doubles."""
    return values.astype(float, copy=False)


def _eliminated(A: Array, b: Array) -> tuple[Array, int]:
    """A⁻¹b by Gauss and Jordan with partial pivoting, and the sign of det A; NaN if that is 0."""
    k, sign = len(A), 1
    rows = np.concatenate([A, b], axis=1)
    rows = np.array([[Decimal(x) for x in row] for row in rows], dtype=object)
    for i in range(k):
        pivot = max(range(i, k), key=lambda j: _size(rows[j, i]))
        if _size(rows[pivot, i]) == 0:
            return np.full(b.shape, Decimal("NaN"), dtype=object), 0
        if pivot != i:
            rows[[i, pivot]] = rows[[pivot, i]]
            sign = -sign
        sign = sign if rows[i, i] > 0 else -sign
        rows[i, i + 1 :] = rows[i, i + 1 :] / rows[i, i]
        for j in range(k):
            if j != i and rows[j, i] != 0:
                rows[j, i + 1 :] = rows[j, i + 1 :] - rows[j, i] * rows[i, i + 1 :]
    return rows[:, k:], sign


def _size(x: Any) -> Decimal:
    """|x|; 0 where it is no number."""
    size = abs(Decimal(x))
    return size if size.is_finite() else Decimal(0)
