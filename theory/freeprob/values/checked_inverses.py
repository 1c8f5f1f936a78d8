"""Inverses at given values: refused where what is inverted is singular.

A A⁻¹ is 1 to the derivation, whatever A is, so that a singular A may leave no trace in a system. So
every inverse of the expression is looked at, with 0 for Gaussian matrices: a matrix that is regular
without randomness is so with probability 1 with it, as its determinant is a polynomial in Gaussian
variables that is not 0 everywhere.
"""

import dataclasses
import functools
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import sympy
from numpy.typing import NDArray

from ...base.arrays import Array
from ...base.errors import SolveError
from ..expressions.expression import Deterministic, Gaussian, Transpose
from ..expressions.operations import Identity, Inverse, Matrix, Product, Sum
from ..symbols.space_dimensions import SpaceDimension

__all__ = ["check_inverses"]

EPS = float(np.finfo(float).eps)

ENTRIES = 2**22
"""Of the arrays that are worked on at once."""

Rows = NDArray[np.intp]
Flags = NDArray[np.bool_]


def check_inverses(
    inverted: Iterable[Matrix],
    numbers: Mapping[sympy.Symbol, Array],
    letters: Mapping[Deterministic, Array],
    turned: Iterable[SpaceDimension] = (),
    rows: Iterable[int] = (0,),
) -> dict[int, str]:
    """The rows at which one of these matrices is singular, and why.

    numbers : of every scalar, arrays that broadcast together. letters : (d,) eigenvalues on spaces
    that commute, else (d, d). turned : spaces whose eigenvalues were computed from matrices, so
    that an eigenvalue of 0 may have become one of the size of rounding. rows : of the batch of
    scalars, those that are looked at.

    Raises
    ------
    SolveError
        Where all rows have a singular matrix in common, or there is one value of every scalar.
    """
    shape = np.broadcast_shapes(*(x.shape for x in numbers.values()))
    flat = {x: np.broadcast_to(a, shape).reshape(-1) if a.ndim else a for x, a in numbers.items()}
    refused: dict[int, str] = {}
    inverted = tuple(inverted)
    for piece in _pieces(np.array(list(rows), dtype=np.intp), letters, shape):
        own = {x: a[piece] if a.ndim else a for x, a in flat.items()}
        values = _Values(own, letters, frozenset(turned))
        for matrix in inverted:
            singular = values.singular(matrix)
            if singular.any() and len(singular) == 1:
                raise SolveError(_reason(matrix))
            for row in piece[np.flatnonzero(singular)]:
                refused.setdefault(int(row), _reason(matrix))
    return refused


def _pieces(rows: Rows, letters: Mapping[Deterministic, Array], shape: tuple[int, ...]) -> Iterator[Rows]:
    """Rows that are worked on at once: more than one, which tells them from what all have in
    common."""
    step = max(1, ENTRIES // max((x.size for x in letters.values()), default=1))
    for start in range(0, len(rows), step):
        piece = rows[start : start + step]
        yield np.repeat(piece, 2) if shape and len(piece) == 1 else piece


def _reason(matrix: Matrix) -> str:
    still = "without its Gaussian matrices" if matrix.random else "there"
    return (
        f"the inverse of {matrix} is not finite at these values: it is singular {still}, as with "
        f"an eigenvalue of 0. Give other values, or invert it with a multiple of the identity "
        f"added."
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
    def regular(self) -> Flags:
        """(batch,) whether it has an inverse that rounding leaves digits of."""
        if self.array.ndim == 2:
            return np.asarray((np.abs(self.array) > 8 * EPS * self.bound).all(axis=-1))
        lost = _norm(self._inverted) * self.bound * EPS * self.array.shape[-1]
        return np.asarray((lost < 1).all(axis=(1, 2)))

    @functools.cached_property
    def inverse(self) -> "_Value":
        """Where it is singular, 1: these rows are refused, and not looked at again."""
        wide = self.regular.reshape(-1, *(1,) * (self.array.ndim - 1))
        if self.array.ndim == 2:
            array = 1 / np.where(wide, self.array, 1.0)
            return _Value(array, np.where(wide, self.bound, 1.0) * array**2)
        array = np.where(wide, self._inverted, np.eye(self.array.shape[-1]))
        return _Value(array, _norm(array) ** 2 * np.where(wide, self.bound, 1.0))

    @functools.cached_property
    def _inverted(self) -> Array:
        return _inverses(self.array)


def _norm(a: Array) -> Array:
    """The Frobenius norm of each matrix of a batch, (batch, 1, 1)."""
    return np.asarray(np.linalg.norm(a, axis=(1, 2), keepdims=True), dtype=float)


def _inverses(a: Array) -> Array:
    """(batch, d, d); infinite where there is none."""
    try:
        return np.asarray(np.linalg.inv(a), dtype=float)
    except np.linalg.LinAlgError:
        return np.concatenate([_inverses(x[None]) for x in a]) if len(a) > 1 else a + np.inf


class _Values:
    """Expressions evaluated with 0 for Gaussian matrices; None stands for 0."""

    def __init__(
        self,
        numbers: Mapping[sympy.Symbol, Array],
        letters: Mapping[Deterministic, Array],
        turned: frozenset[SpaceDimension],
    ) -> None:
        self._numbers, self._letters, self._turned = numbers, letters, turned
        self._known: dict[Matrix, _Value | None] = {}

    def singular(self, matrix: Matrix) -> Flags:
        """(batch,) whether it is; (1,) where that does not depend on the row."""
        with np.errstate(all="ignore"):
            value = self._value(matrix)
            return np.ones(1, dtype=bool) if value is None else np.logical_not(value.regular)

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
