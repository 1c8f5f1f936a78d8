"""The check of a pencil: B L⁻¹ C + constant is the expression, for small matrices, exactly.

All matrices are drawn at random modulo a prime, so that arithmetic is exact; an identity that does
not hold survives one draw with probability of order (degree)/2³¹.
"""

import itertools

import numpy as np
import sympy
from numpy.typing import NDArray

from .expression import Deterministic, Gaussian, Identity, Inverse, Matrix, Product, Sum, Transpose
from .pencil import Factor, Pencil
from .scalars import Scalar
from .words import Poly, Space, Spaces, Word

__all__ = ["is_symmetric", "schur_error"]

PRIME = 2**31 - 1

Integers = NDArray[np.int64]


def schur_error(expression: Matrix, pencil: Pencil, spaces: Spaces, seed: int = 0) -> int:
    """How many entries of the result are not those of the expression; 0 for a right pencil.

    Spaces have dimensions 2, 3, 4, …, all different.
    """
    return _Small(spaces, seed).difference(expression, pencil)


def is_symmetric(expression: Matrix, spaces: Spaces, seed: int = 0) -> bool:
    """Whether an expression is its own transpose, for all matrices."""
    matrix = _Small(spaces, seed).matrix(expression)
    return bool(((matrix - matrix.T) % PRIME == 0).all())


class _Small:
    """Matrices for all letters and Gaussians."""

    def __init__(self, spaces: Spaces, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._spaces = spaces
        self._sizes: dict[Space, int] = {}
        self._matrices: dict[object, Integers] = {}
        self._scalars: dict[Scalar, int] = {}

    def difference(self, expression: Matrix, pencil: Pencil) -> int:
        """The number of unlike entries."""
        (result,) = pencil.results
        starts = np.cumsum([0, *(self._size(space) for space in pencil.spaces)])
        rows = [slice(a, b) for a, b in itertools.pairwise(starts)]
        L = np.zeros((starts[-1], starts[-1]), dtype=np.int64)
        for (i, j), poly in pencil.fixed.items():
            L[rows[i], rows[j]] += self._poly(poly)
        for (i, j), terms in pencil.gaussian.items():
            for t in terms:
                middle = _times(self._poly(t.left), self._factor(t.factor))
                L[rows[i], rows[j]] += _times(middle, self._poly(t.right))
        C = np.zeros((starts[-1], self._size(result.input)), dtype=np.int64)
        for (i, _), poly in pencil.right.items():
            C[rows[i]] = self._poly(poly)
        x = _solved(L % PRIME, C % PRIME)
        found = self._poly(result.constant)
        for i, poly in result.left.items():
            found = (found + _times(self._poly(poly), x[rows[i]])) % PRIME
        return int(np.count_nonzero((found - self.matrix(expression)) % PRIME))

    def matrix(self, node: Matrix) -> Integers:
        """The value of an expression."""
        match node:
            case Identity(rows):
                return np.eye(self._size(self._spaces[rows]), dtype=np.int64)
            case Deterministic(rows, name):
                ((word, _),) = self._spaces[rows].letter(name).terms.items()
                return self._word(word, self._spaces[rows])
            case Gaussian():
                return self._factor(Factor(node, False))
            case Transpose(of):
                return self._factor(Factor(of, True))
            case Product(factors):
                product = self.matrix(factors[0])
                for factor in factors[1:]:
                    product = _times(product, self.matrix(factor))
                return product
            case Sum(terms):
                parts = (self._scalar(c) * self.matrix(x) % PRIME for c, x in terms)
                return sum(parts, np.int64(0)) % PRIME  # type: ignore[return-value]
            case Inverse(of):
                inner = self.matrix(of)
                return _solved(inner, np.eye(len(inner), dtype=np.int64))
        raise AssertionError(node)

    def _factor(self, factor: Factor) -> Integers:
        of = factor.of
        if of not in self._matrices:
            shape = self._size(self._spaces[of.rows]), self._size(self._spaces[of.columns])
            self._matrices[of] = self._rng.integers(PRIME, size=shape)
        matrix = self._matrices[of]
        return matrix.T if factor.transposed else matrix

    def _poly(self, poly: Poly) -> Integers:
        size = self._size(poly.space)
        total = np.zeros((size, size), dtype=np.int64)
        for word, scalar in poly.terms.items():
            total = (total + self._value(scalar) * self._word(word, poly.space)) % PRIME
        return total

    def _word(self, word: Word, space: Space) -> Integers:
        size = self._size(space)
        product = np.eye(size, dtype=np.int64)
        for letter in word:
            if letter not in self._matrices:
                if letter.inverse_of is not None:
                    inverse = _solved(self._poly(letter.inverse_of), np.eye(size, dtype=np.int64))
                    self._matrices[letter] = inverse
                else:
                    draw = self._rng.integers(PRIME, size=(size, size))
                    symmetric = (draw + draw.T) % PRIME
                    diagonal = np.diag(np.diagonal(symmetric))
                    self._matrices[letter] = diagonal if space.commuting else symmetric
            product = _times(product, self._matrices[letter])
        return product

    def _scalar(self, expression: sympy.Expr) -> int:
        return self._value(self._spaces.scalars.of(expression))

    def _value(self, scalar: Scalar) -> int:
        def visit(node: Scalar, children: list[int]) -> int:
            if node.kind == "number":
                return _modular(node.content.numerator, node.content.denominator)
            if node.kind == "leaf":
                return int(self._rng.integers(1, PRIME))
            if node.kind == "sum":
                pairs = zip(node.content.values(), children, strict=True)
                return sum(_modular(c.numerator, c.denominator) * x for c, x in pairs) % PRIME
            product = 1
            for x, power in zip(children, node.content.values(), strict=True):
                product = product * pow(x, power, PRIME) % PRIME
            return product

        return scalar.walk(visit, self._scalars)

    def _size(self, space: Space) -> int:
        return self._sizes.setdefault(space, 2 + len(self._sizes))


def _modular(numerator: int, denominator: int) -> int:
    return numerator * pow(denominator, -1, PRIME) % PRIME


def _times(A: Integers, B: Integers) -> Integers:
    """The product; each term is reduced before they are added, so nothing overflows."""
    total = np.zeros((A.shape[0], B.shape[1]), dtype=np.int64)
    for k in range(A.shape[1]):
        total = (total + A[:, k, None] * B[k] % PRIME) % PRIME
    return total


def _solved(A: Integers, B: Integers) -> Integers:
    """A⁻¹B by Gauss and Jordan."""
    rows, size = np.hstack([A, B]) % PRIME, len(A)
    for i in range(size):
        pivot = i + int(np.flatnonzero(rows[i:, i])[0])
        rows[[i, pivot]] = rows[[pivot, i]]
        rows[i] = rows[i] * pow(int(rows[i, i]), -1, PRIME) % PRIME
        factors = rows[:, i].copy()
        factors[i] = 0
        rows = (rows - factors[:, None] * rows[i] % PRIME) % PRIME
    return rows[:, size:]
