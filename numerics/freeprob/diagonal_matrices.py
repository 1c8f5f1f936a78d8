"""Matrices of commuting letters by their eigenvalues, with traces of words and their derivatives."""

import functools
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ...theory.base.arrays import Array
from ...theory.freeprob.symbols.scalars import Scalar
from ...theory.freeprob.symbols.words import Letter, Poly, Space, Word
from .duals import Dual
from .numeric_values import NumericValues
from .word_traces import Matrices, definition_of

__all__ = ["DiagonalMatrices"]


class DiagonalMatrices(Matrices):
    """Matrices of a commuting space by their eigenvalues, (batch, …), in some of its columns."""

    def __init__(
        self,
        given: NumericValues,
        space: Space,
        scalar: Callable[[Scalar], Dual],
        columns: slice = slice(None),
    ) -> None:
        super().__init__(given, space, scalar)
        self._columns = columns
        self.weights = given.weights[space][columns] if space in given.weights else None

    def poly(self, poly: Poly) -> Array:
        """Σ c w: words of the user's letters at once, as a product of matrices."""
        fixed = tuple(word for word in poly.terms if self._given.is_fixed(word))
        parts = [
            self._times(self._scalar(c).value, self.word(word))
            for word, c in poly.terms.items()
            if word not in fixed
        ]
        if fixed:
            numbers = _columns([self._scalar(poly.terms[word]).value for word in fixed])
            parts.append(numbers @ self._stacked(fixed))
        return functools.reduce(np.add, parts)

    def word(self, word: Word) -> Array:
        """The product of the letters of a word, entry by entry."""
        if self._given.is_fixed(word):
            return self._stacked((word,))
        return functools.reduce(np.multiply, map(self.letter, word))

    def _computed_letter(self, letter: Letter) -> Array:
        if letter.inverse_of is None:
            return self._stacked(((letter,),))
        value = self.poly(definition_of(letter))
        return value if letter.name_of is not None else 1 / value

    def _stacked(self, words: tuple[Word, ...]) -> Array:
        """(words, …) of letters of the user."""
        return self._given.stacked(self._space, words)[:, self._columns]

    def _trace_with_cofactors(self, word: Word) -> tuple[Array, Iterator[tuple[Letter, Array]]]:
        whole, weights = self.word(word), self.weights
        if weights is not None:
            whole = whole * weights
        return whole.sum(axis=-1), self._cofactors(word, whole)

    def _cofactors(self, word: Word, whole: Array) -> Iterator[tuple[Letter, Array]]:
        """−kWP for an inverse P = K⁻¹ that occurs k times, kW/P for a nested one."""
        for letter in dict.fromkeys(word):
            if self._moves(letter):
                k = word.count(letter)
                if not self._is_nested(letter):
                    yield letter, whole * (-k * self.letter(letter))
                elif self.weights is None:
                    yield letter, k * self.word(_without(word, letter))
                else:
                    yield letter, self.word(_without(word, letter)) * (k * self.weights)

    def _pair_with_words(self, G: Array, words: Sequence[Word]) -> Iterator[tuple[Word, Array]]:
        fixed = tuple(word for word in words if self._given.is_fixed(word))
        if fixed:
            yield from zip(fixed, (G @ self._stacked(fixed).T).T, strict=True)
        for word in words:
            if word not in fixed:
                yield word, (G * self.word(word)).sum(axis=-1)

    def _pair_with_slope(self, G: Array, slope: Array) -> Array:
        numbers: Array = (G * slope).sum(axis=-1).T
        return numbers

    def _word_slope(self, word: Word) -> Array:
        moving = [letter for letter in dict.fromkeys(word) if self._moves(letter)]
        parts = (word.count(x) * self.word(_without(word, x)) * self._slope(x) for x in moving)
        return functools.reduce(np.add, parts)

    def _inverse_slope(self, inverse: Array, slope: Array) -> Array:
        return -(inverse**2) * slope

    def _times(self, c: Array, matrix: Array) -> Array:
        return c[..., None] * matrix


def _without(word: Word, letter: Letter) -> Word:
    """The word with one occurrence of the letter removed."""
    place = word.index(letter)
    return word[:place] + word[place + 1 :]


def _columns(numbers: Sequence[Array]) -> Array:
    """(batch, k) of k numbers, each (batch,) or (1,)."""
    columns = np.empty((max(map(len, numbers)), len(numbers)), numbers[0].dtype)
    for j, x in enumerate(numbers):
        columns[:, j] = x
    return columns
