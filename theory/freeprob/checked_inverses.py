"""Inverses at given values: refused where what is inverted is singular.

A A⁻¹ is 1 to the derivation, whatever A is, so that a singular A may leave no trace in a system. So
every inverse of the expression is looked at, with 0 for Gaussian matrices: a matrix that is regular
without randomness is so with probability 1 with it, as its determinant is a polynomial in Gaussian
variables that is not 0 everywhere.
"""

import dataclasses
import functools
from collections.abc import Iterable, Mapping

import numpy as np
import sympy

from ..arrays import Array
from ..errors import SolveError
from .algebra import Identity, Inverse, Matrix, Product, Sum
from .dimensions import SpaceDimension
from .expression import Deterministic, Gaussian, Transpose

__all__ = ["check_inverses"]

EPS = float(np.finfo(float).eps)

ENTRIES = 2**22
"""Of the arrays that are worked on at once."""


def check_inverses(
    inverted: Iterable[Matrix], numbers: Mapping[sympy.Symbol, Array],
    letters: Mapping[Deterministic, Array], turned: Iterable[SpaceDimension] = (),
) -> None:  # fmt: skip
    """Refuses values at which one of these matrices is singular.

    numbers : of every scalar, arrays that broadcast together. letters : (d,) eigenvalues on spaces
    that commute, else (d, d). turned : spaces whose eigenvalues were computed from matrices, so
    that an eigenvalue of 0 may have become one of the size of rounding.

    Raises SolveError.
    """
    shape = np.broadcast_shapes(*(x.shape for x in numbers.values()))
    rows = int(np.prod(shape, dtype=int))
    flat = {x: np.broadcast_to(a, shape).reshape(-1) if a.ndim else a for x, a in numbers.items()}
    step = max(1, ENTRIES // max((x.size for x in letters.values()), default=1))
    inverted = tuple(inverted)
    for start in range(0, rows, step):
        piece = {x: a[start : start + step] if a.ndim else a for x, a in flat.items()}
        values = _Values(piece, letters, frozenset(turned))
        for matrix in inverted:
            if values.is_singular(matrix):
                still = "without its Gaussian matrices" if matrix.random else "there"
                raise SolveError(
                    f"the inverse of {matrix} is not finite at these values: it is singular "
                    f"{still}, as with an eigenvalue of 0. Give other values, or invert it with a "
                    f"multiple of the identity added."
                )


@dataclasses.dataclass(frozen=True, eq=False)
class _Value:
    """(batch, d) eigenvalues, or (batch, d, d), and a bound whose rounding errors they have."""

    array: Array
    bound: Array

    def __matmul__(self, other: "_Value") -> "_Value":
        product = self.array * other.array if self.array.ndim == 2 else self.array @ other.array
        return _Value(product, self.bound * other.bound)

    def __add__(self, other: "_Value") -> "_Value":
        return _Value(self.array + other.array, self.bound + other.bound)

    def scaled(self, c: Array) -> "_Value":
        """c (batch,) times this."""
        wide = c.reshape(-1, *(1,) * (self.array.ndim - 1))
        return _Value(wide * self.array, np.abs(wide) * self.bound)

    @functools.cached_property
    def inverse(self) -> "_Value | None":
        """None where it is singular, up to rounding, in one of the batch."""
        if self.array.ndim == 2:
            if not (np.abs(self.array) > 8 * EPS * self.bound).all():
                return None
            return _Value(1 / self.array, self.bound / self.array**2)
        try:
            array = np.asarray(np.linalg.inv(self.array), dtype=float)
        except np.linalg.LinAlgError:
            return None
        size = np.asarray(np.linalg.norm(array, axis=(1, 2), keepdims=True), dtype=float)
        if not (size * self.bound * EPS * array.shape[-1] < 1).all():
            return None
        return _Value(array, size**2 * self.bound)


class _Values:
    """Expressions evaluated with 0 for Gaussian matrices; None stands for 0."""

    def __init__(
        self, numbers: Mapping[sympy.Symbol, Array], letters: Mapping[Deterministic, Array],
        turned: frozenset[SpaceDimension],
    ) -> None:  # fmt: skip
        self._numbers, self._letters, self._turned = numbers, letters, turned
        self._known: dict[Matrix, _Value | None] = {}

    def is_singular(self, matrix: Matrix) -> bool:
        """Whether it is, in one of the batch."""
        value = self._value(matrix)
        return value is None or value.inverse is None

    def _value(self, node: Matrix) -> _Value | None:
        if node not in self._known:
            self._known[node] = self._evaluated(node)
        return self._known[node]

    def _evaluated(self, node: Matrix) -> _Value | None:
        match node:
            case Gaussian() | Transpose():
                return None
            case Identity(space):
                if space.commuting:
                    return _Value(np.ones((1, 1)), np.ones((1, 1)))
                sizes = (len(a) for x, a in self._letters.items() if x.space == space)
                return _Value(np.eye(next(sizes, 1))[None], np.ones((1, 1, 1)))
            case Deterministic():
                return self._letter(node)
            case Product(factors):
                values = [self._value(x) for x in factors]
                known = [x for x in values if x is not None]
                return functools.reduce(_Value.__matmul__, known) if known == values else None
            case Sum(terms):
                pairs = ((self._number(c), self._value(x)) for c, x in terms)
                parts = [x.scaled(c) for c, x in pairs if x is not None]
                return functools.reduce(_Value.__add__, parts) if parts else None
            case Inverse(of):
                value = self._value(of)
                return None if value is None else value.inverse
        raise AssertionError(node)

    def _letter(self, letter: Deterministic) -> _Value:
        array = np.asarray(self._letters[letter], dtype=float)[None]
        if array.ndim == 3:
            return _Value(array, np.linalg.norm(array, axis=(1, 2), keepdims=True))
        size = np.abs(array)
        return _Value(array, size.max(keepdims=True) if letter.space in self._turned else size)

    def _number(self, c: sympy.Expr) -> Array:
        if isinstance(c, sympy.Symbol):  # sympy takes a millisecond to make a function of it
            return self._numbers[c]
        symbols = sorted(c.free_symbols, key=str)
        function = sympy.lambdify(symbols, c, "numpy")
        return np.asarray(function(*(self._numbers[x] for x in symbols)), dtype=float)
