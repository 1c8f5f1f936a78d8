"""Running error bounds: what rounding may have done to each scalar of an evaluation.

Each number of an evaluation has a bound on its absolute error; unknowns are taken to be exact. A
sum of terms c·x adds unit·|c·x| for each, so the bound on a result measures the sum of the absolute
values of its terms: where these cancel, the result is small and the bound is not. Products and
inverses propagate to first order, inverses with the factor 1/(1 − relative error). Sums over
eigenvalues are pairwise. Matrix products are given the √d of random signs (Higham and Mary 2019)
and not the worst case d.
"""

import abc
import functools
from collections.abc import Iterable

import numpy as np

from ...theory.base.arrays import Array
from ...theory.freeprob.symbols.folds import Algebra, fold
from ...theory.freeprob.symbols.scalars import Constant, Leaf, Scalar, ScalarProduct, ScalarSum, WordTrace
from ...theory.freeprob.symbols.words import Letter, Poly, Space, Word
from .diagonal_matrices import DiagonalMatrices
from .number_format import floats
from .numeric_values import NumericValues
from .scalar_evaluation import ScalarEvaluation
from .word_traces import Matrices, definition_of

__all__ = ["Rounding"]

Bounded = tuple[Array, Array]
"""Absolute values, and bounds on their errors."""

SUMMATION = 4
"""Units per sum over eigenvalues."""

INEXACT = 4
"""Units of a function that is not rational, as a square root."""


class Rounding(Algebra[Array]):
    """Bounds on the errors of scalars, as doubles, (batch,) or (1,)."""

    def __init__(self, run: ScalarEvaluation, given: NumericValues) -> None:
        self._run, self._given, self._unit = run, given, given.format.unit
        self._bounds: dict[Scalar, Array] = {}
        self._matrices: dict[Space, _Bounds] = {}

    def __call__(self, scalar: Scalar) -> Array:
        """A bound on the rounding error of a scalar."""
        return fold(scalar, self, self._bounds)

    def bounded(self, scalar: Scalar) -> Bounded:
        """The absolute value of a scalar, and the bound on its rounding error."""
        return self._size(scalar), self(scalar)

    def constant(self, node: Constant) -> Array:
        """One unit of rounding of the number."""
        return np.array([self._unit * abs(float(node.number))])

    def leaf(self, node: Leaf) -> Array:
        """That of a trace, or of a function that is not rational; 0 for what is taken to be exact."""
        if isinstance(node, WordTrace):
            return self._traced(node.key)
        if node in self._given.symbols:
            return INEXACT * self._unit * self._size(node)
        return np.zeros(1)

    def sum(self, node: ScalarSum, parts: list[Array]) -> Array:
        """The bounds of all terms added up, and the rounding of the additions."""
        terms = zip(node.weights.items(), parts, strict=True)
        weighted = ((abs(float(c)), (self._size(x), bound)) for (x, c), bound in terms)
        return _summed(weighted, self._unit)[1]

    def product(self, node: ScalarProduct, parts: list[Array]) -> Array:
        """The bound of the product, from those of its factors."""
        factors = zip(node.powers.items(), parts, strict=True)
        powers = (_power((self._size(x), bound), k, self._unit) for (x, k), bound in factors)
        return functools.reduce(functools.partial(_times, unit=self._unit), powers)[1]

    def _size(self, scalar: Scalar) -> Array:
        return np.abs(floats(self._run(scalar).value))

    def _traced(self, word: Word) -> Array:
        space = word[0].space
        if space in self._matrices:
            return self._matrices[space].traced(word)
        pieces = [self._of(matrices) for matrices in self._run.pieces(space)]
        if len(pieces) == 1:  # else nothing is kept, as in the evaluation
            self._matrices[space] = pieces[0]
        return functools.reduce(np.add, (piece.traced(word) for piece in pieces))

    def _of(self, matrices: Matrices) -> "_Bounds":
        if isinstance(matrices, DiagonalMatrices):
            return _DiagonalBounds(matrices, self, self._unit, matrices.weights)
        return _DenseBounds(matrices, self, self._unit)


class _Bounds(abc.ABC):
    """Bounds on the matrices of one space, entry by entry."""

    def __init__(self, matrices: Matrices, scalars: Rounding, unit: float) -> None:
        self._matrices, self._scalars, self._unit = matrices, scalars, unit
        self._letters: dict[Letter, Bounded] = {}

    @abc.abstractmethod
    def traced(self, word: Word) -> Array:
        """A bound on the rounding error of the trace of a word."""

    @abc.abstractmethod
    def _product(self, a: Bounded, b: Bounded) -> Bounded:
        """The product of two matrices, with its bound."""

    @abc.abstractmethod
    def _inverse(self, inverse: Array, K: Bounded) -> Array:
        """A bound on the rounding error of the computed inverse of K."""

    @abc.abstractmethod
    def _wide(self, x: Array) -> Array:
        """A scalar of each row of a batch, in a shape that multiplies matrices."""

    def word(self, word: Word) -> Bounded:
        """Of a product of letters; of the identity, too."""
        if not word:
            one = np.abs(floats(self._matrices.word(())))
            return one, np.zeros_like(one)
        return functools.reduce(self._product, map(self._letter, word))

    def _letter(self, letter: Letter) -> Bounded:
        if letter not in self._letters:
            value = np.abs(floats(self._matrices.letter(letter)))
            if letter.inverse_of is None:
                self._letters[letter] = value, np.zeros_like(value)
            else:
                K = self._poly(definition_of(letter))
                bound = K[1] if letter.name_of is not None else self._inverse(value, K)
                self._letters[letter] = value, bound
        return self._letters[letter]

    def _poly(self, poly: Poly) -> Bounded:
        terms = []
        for word, c in poly.terms.items():
            number, error = self._scalars.bounded(c)
            scaled = _times((self._wide(number), self._wide(error)), self.word(word), self._unit)
            terms.append((1.0, scaled))
        return _summed(terms, self._unit)


class _DiagonalBounds(_Bounds):
    def __init__(self, matrices: Matrices, scalars: Rounding, unit: float, weights: Array | None) -> None:
        super().__init__(matrices, scalars, unit)
        self._weights = None if weights is None else floats(weights)

    def traced(self, word: Word) -> Array:
        value, error = self.word(word)
        each = error + SUMMATION * self._unit * value
        return np.asarray((each if self._weights is None else each * self._weights).sum(axis=-1))

    def _product(self, a: Bounded, b: Bounded) -> Bounded:
        return _times(a, b, self._unit)

    def _inverse(self, inverse: Array, K: Bounded) -> Array:
        return _inverted(inverse, K[1], self._unit)

    def _wide(self, x: Array) -> Array:
        return x[..., None]


class _DenseBounds(_Bounds):
    def traced(self, word: Word) -> Array:
        value, error = self.word(word)
        diagonal = np.einsum("...ii->...i", error + SUMMATION * self._unit * value)
        return np.asarray(diagonal.sum(axis=-1))

    def _product(self, a: Bounded, b: Bounded) -> Bounded:
        """|A| |B| bounds |AB|: that is what rounding of the sums is proportional to."""
        value = a[0] @ b[0]
        return value, a[1] @ b[0] + a[0] @ b[1] + self._products(value)

    def _inverse(self, inverse: Array, K: Bounded) -> Array:
        """|P| (E + rounding of the elimination, taken for that of a product with |K|) |P|."""
        disturbed = K[1] + self._products(K[0])
        return inverse @ disturbed @ inverse

    def _wide(self, x: Array) -> Array:
        return x[..., None, None]

    def _products(self, value: Array) -> Array:
        rounded: Array = self._unit * np.sqrt(value.shape[-1]) * value
        return rounded


def _summed(terms: Iterable[tuple[float, Bounded]], unit: float) -> Bounded:
    """Σ c x: every term is rounded, multiplied, and goes through the additions that follow."""
    pairs = [(c * value, c * error) for c, (value, error) in terms]
    total = functools.reduce(np.add, (value for value, _ in pairs))
    error = functools.reduce(np.add, (error for _, error in pairs))
    return total, error + unit * (len(pairs) + 1) / 2 * total


def _times(a: Bounded, b: Bounded, unit: float) -> Bounded:
    value = a[0] * b[0]
    return value, a[1] * b[0] + a[0] * b[1] + a[1] * b[1] + unit * value


def _power(x: Bounded, k: int, unit: float) -> Bounded:
    value, error = x
    if k < 0:
        value, error = 1 / value, _inverted(1 / value, error, unit)
    result, bound = value, error
    for _ in range(abs(k) - 1):
        result, bound = _times((result, bound), (value, error), unit)
    return result, bound


def _inverted(inverse: Array, error: Array, unit: float) -> Array:
    """Infinite where the number may be 0."""
    share = inverse * error
    return np.where(share < 1, inverse * (share / np.abs(1 - share) + unit), np.inf)
