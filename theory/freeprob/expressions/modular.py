"""Expressions at small random matrices, modulo a prime: exact, and fast.

An identity of all matrices holds for these. A false one survives one random draw with probability
of order (degree)/2³¹, if the matrices are larger than products of them are long: a product has an
entry of its own, along a path through indices that are all different. (Two by two, the product of
two commutators of symmetric matrices would be symmetric.)
"""

import numpy as np
import sympy
from numpy.typing import NDArray

from ...base.errors import SpecError
from ..symbols.folds import Modulo, fold
from ..symbols.primes import MATRIX_PRIME
from ..symbols.scalar_table import Scalars
from ..symbols.scalars import Scalar
from ..symbols.space_dimensions import SpaceDimension
from .operations import Identity, Inverse, Matrix, Product, Sum, Symmetric

__all__ = ["Integers", "SmallMatrices", "is_symmetric", "product_modulo", "solve_modulo"]

LARGEST = 32
"""Rows of the matrices that long expressions are tried with."""

Integers = NDArray[np.int64]


def is_symmetric(expression: Matrix) -> bool:
    """Whether a square expression is its own transpose, for all matrices.

    >>> from detequiv.theory.freeprob import Deterministic, dimensions
    >>> ordered = dimensions("d", commuting=False)
    >>> A, B = Deterministic(ordered, "A"), Deterministic(ordered, "B")
    >>> is_symmetric(A @ B), is_symmetric(A @ B + B @ A)
    (False, True)
    """
    if expression.rows.commuting and not expression.random:
        return True
    return expression == expression.T or SmallMatrices.large(expression).symmetric(expression)


class SmallMatrices:
    """Expressions evaluated at one draw of everything in them.

    scalars : the table that coefficients are read with. size : of all spaces; where it is None
    their dimensions are 2, 3, 4, …, all different. still : whether Gaussian matrices are 0.
    """

    def __init__(
        self, scalars: Scalars, size: int | None = None, seed: int = 0, *, still: bool = False
    ) -> None:
        self._table, self._size, self._rng = scalars, size, np.random.default_rng(seed)
        self._still = still
        self._sizes: dict[SpaceDimension, int] = {}
        self._matrices: dict[Matrix, Integers] = {}
        self._scalars: dict[Scalar, int] = {}
        self._residues = Modulo(MATRIX_PRIME, lambda _: int(self._rng.integers(1, MATRIX_PRIME)))

    @classmethod
    def large(cls, expression: Matrix) -> "SmallMatrices":
        """With matrices large enough for what is made of the parts of this expression."""
        return cls(Scalars(), size=min(2 + _length(expression), LARGEST))

    def symmetric(self, expression: Matrix) -> bool:
        """Whether its value is its own transpose."""
        value = self.matrix(expression)
        return bool((value == value.T).all())

    def matrix(self, node: Matrix) -> Integers:
        """The value of an expression."""
        if node not in self._matrices:
            self._matrices[node] = self._evaluated(node)
        return self._matrices[node]

    def scalar(self, scalar: Scalar) -> int:
        """The value of a scalar of the table."""
        return fold(scalar, self._residues, self._scalars)

    def size(self, dimension: SpaceDimension) -> int:
        """Of the matrices on a space."""
        if self._size is not None:
            return self._size
        return self._sizes.setdefault(dimension, 2 + len(self._sizes))

    def _evaluated(self, node: Matrix) -> Integers:
        match node:
            case Identity(space):
                return np.eye(self.size(space), dtype=np.int64)
            case Symmetric(space):
                draw = self._drawn(space, space)
                return np.diag(np.diagonal(draw)) if space.commuting else (draw + draw.T) % MATRIX_PRIME
            case Product(factors):
                product = self.matrix(factors[0])
                for factor in factors[1:]:
                    product = product_modulo(product, self.matrix(factor))
                return product
            case Sum(terms):
                parts = (self._coefficient(c) * self.matrix(x) % MATRIX_PRIME for c, x in terms)
                return sum(parts, np.int64(0)) % MATRIX_PRIME  # type: ignore[return-value]
            case Inverse(of):
                return solve_modulo(self.matrix(of), np.eye(self.size(of.rows), dtype=np.int64))
            case Matrix(children=(of,)):  # a transpose
                return self.matrix(of).T
        drawn = self._drawn(node.rows, node.columns)
        return np.zeros_like(drawn) if self._still else drawn

    def _drawn(self, rows: SpaceDimension, columns: SpaceDimension) -> Integers:
        return self._rng.integers(MATRIX_PRIME, size=(self.size(rows), self.size(columns)))

    def _coefficient(self, c: sympy.Expr) -> int:
        return self.scalar(self._table.of(c))


def product_modulo(A: Integers, B: Integers) -> Integers:
    """The product; the left factor in two halves, so that sums of products stay below 2⁶³."""
    high, low = A >> 16, A & 0xFFFF
    return ((high @ B % MATRIX_PRIME << 16) + low @ B) % MATRIX_PRIME


def solve_modulo(A: Integers, B: Integers) -> Integers:
    """A⁻¹B by Gauss and Jordan.

    Raises SpecError where A is singular.
    """
    rows, size = np.hstack([A, B]) % MATRIX_PRIME, len(A)
    for i in range(size):
        pivots = np.flatnonzero(rows[i:, i])
        if not len(pivots):
            raise SpecError("a matrix is inverted that is singular for all values, as in (A - A).inv().")
        pivot = i + int(pivots[0])
        rows[[i, pivot]] = rows[[pivot, i]]
        rows[i] = rows[i] * pow(int(rows[i, i]), -1, MATRIX_PRIME) % MATRIX_PRIME
        factors = rows[:, i].copy()
        factors[i] = 0
        rows = (rows - factors[:, None] * rows[i] % MATRIX_PRIME) % MATRIX_PRIME
    return rows[:, size:]


def _length(expression: Matrix) -> int:
    """Factors of the longest product; more of them where something is inverted."""
    lengths = [_length(child) for child in expression.children]
    match expression:
        case Product():
            return sum(lengths)
        case Inverse():
            return 2 + 2 * sum(lengths)
    return max(lengths, default=1)
