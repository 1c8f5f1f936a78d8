"""The check of a pencil: B L⁻¹ C + constant equals the expression, exactly, for small matrices."""

import itertools

import numpy as np

from ..expressions.expression import Deterministic, Matrix
from ..expressions.modular import Integers, SmallMatrices, product_modulo, solve_modulo
from ..symbols.primes import MATRIX_PRIME
from ..symbols.words import Letter, Poly, Space, Spaces
from .pencil import Factor, Pencil

__all__ = ["schur_error"]


def schur_error(expression: Matrix, pencil: Pencil, spaces: Spaces, seed: int = 0) -> int:
    """How many entries of the result differ from those of the expression; 0 for a correct pencil.

    Spaces have dimensions 2, 3, 4, …, all different; everything is drawn modulo a prime.
    """
    small = SmallMatrices(spaces.scalars, seed=seed)
    found = _SmallPencil(small).value(pencil)
    return int(np.count_nonzero((found - small.matrix(expression)) % MATRIX_PRIME))


class _SmallPencil:
    """Polynomials in letters, and pencils, evaluated."""

    def __init__(self, modular: SmallMatrices) -> None:
        self._modular = modular
        self._inverses: dict[Letter, Integers] = {}

    def value(self, pencil: Pencil) -> Integers:
        """B L⁻¹ C + constant."""
        (result,) = pencil.results
        starts = np.cumsum([0, *(self._size(space) for space in pencil.spaces)])
        rows = [slice(a, b) for a, b in itertools.pairwise(starts)]
        L = np.zeros((starts[-1], starts[-1]), dtype=np.int64)
        for (i, j), poly in pencil.fixed.items():
            L[rows[i], rows[j]] += self._poly(poly)
        for (i, j), terms in pencil.gaussian.items():
            for t in terms:
                middle = product_modulo(self._poly(t.left), self._factor(t.factor))
                L[rows[i], rows[j]] += product_modulo(middle, self._poly(t.right))
        C = np.zeros((starts[-1], self._size(result.input)), dtype=np.int64)
        for (i, _), poly in pencil.right.items():
            C[rows[i]] = self._poly(poly)
        x = solve_modulo(L % MATRIX_PRIME, C % MATRIX_PRIME)
        found = self._poly(result.constant)
        for i, poly in result.left.items():
            found = (found + product_modulo(self._poly(poly), x[rows[i]])) % MATRIX_PRIME
        return found

    def _factor(self, factor: Factor) -> Integers:
        return self._modular.matrix(factor.of.T if factor.transposed else factor.of)

    def _poly(self, poly: Poly) -> Integers:
        size = self._size(poly.space)
        total = np.zeros((size, size), dtype=np.int64)
        for word, scalar in poly.terms.items():
            product = np.eye(size, dtype=np.int64) * self._modular.scalar(scalar)
            for letter in word:
                product = product_modulo(product, self._letter(letter))
            total = (total + product) % MATRIX_PRIME
        return total

    def _letter(self, letter: Letter) -> Integers:
        if letter.inverse_of is None:
            return self._modular.matrix(Deterministic(letter.space.dimension, letter.name))
        if letter not in self._inverses:
            one = np.eye(self._size(letter.space), dtype=np.int64)
            self._inverses[letter] = solve_modulo(self._poly(letter.inverse_of), one)
        return self._inverses[letter]

    def _size(self, space: Space) -> int:
        return self._modular.size(space.dimension)
