"""Matrices of letters that do not commute, with traces of words and their derivatives."""

import functools
from collections.abc import Iterator, Sequence

import numpy as np

from ...theory.base.arrays import Array
from ...theory.freeprob.symbols.words import Letter, Poly, Word
from .word_traces import Matrices, definition_of

__all__ = ["DenseMatrices"]


class DenseMatrices(Matrices):
    """Matrices of a space whose letters do not commute, (batch, d, d)."""

    def poly(self, poly: Poly) -> Array:
        """Σ c w."""
        terms = (self._times(self._scalar(c).value, self.word(word)) for word, c in poly.terms.items())
        return functools.reduce(np.add, terms)

    def word(self, word: Word) -> Array:
        """The product of the letters of a word, in their order."""
        if not word:
            return self._given.product(self._space, ())
        return functools.reduce(np.matmul, (array for array, _ in self._factors(word)))

    def _computed_letter(self, letter: Letter) -> Array:
        if letter.inverse_of is None:
            return self._given.product(self._space, (letter,))
        value = self.poly(definition_of(letter))
        return value if letter.name_of is not None else self._given.format.inverse(value)

    def _factors(self, word: Word) -> list[tuple[Array, Letter | None]]:
        """Of a word, those that move with their letters; adjacent letters of the user
        are one factor."""
        found: list[tuple[Array, Letter | None]] = []
        start = 0
        for end, letter in enumerate((*word, None)):
            if letter is None or letter.inverse_of is not None:
                if end > start:
                    found.append((self._given.product(self._space, word[start:end]), None))
                if letter is not None:
                    found.append((self.letter(letter), letter if self._moves(letter) else None))
                start = end + 1
        return found

    def _trace_with_cofactors(self, word: Word) -> tuple[Array, Iterator[tuple[Letter, Array]]]:
        factors = self._factors(word)
        if len(factors) == 1:
            value = np.einsum("...ii->...", factors[0][0])
        else:
            head = functools.reduce(np.matmul, (array for array, _ in factors[:-1]))
            value = np.einsum("...ij,...ji->...", head, factors[-1][0])
        return value, self._cofactors(factors)

    def _cofactors(self, factors: list[tuple[Array, Letter | None]]) -> Iterator[tuple[Letter, Array]]:
        """−f_i … f_r f₁ … f_i for an inverse f_i of f₁ … f_r, and without both f_i for a nested
        one."""
        places = [i for i, (_, letter) in enumerate(factors) if letter is not None]
        if not places:
            return
        left: list[Array | None] = [None]
        for array, _ in factors[: places[-1] + 1]:
            left.append(_product(left[-1], array))
        right: dict[int, Array | None] = {len(factors): None}
        for i in range(len(factors) - 1, places[0] - 1, -1):
            right[i] = _product(factors[i][0], right[i + 1])
        for i in places:
            letter = factors[i][1]
            assert letter is not None
            if self._is_nested(letter):
                rest = _product(right[i + 1], left[i])
                yield letter, self._given.product(self._space, ()) if rest is None else rest
            else:
                whole = _product(right[i], left[i + 1])
                assert whole is not None
                yield letter, -whole

    def _pair_with_words(self, G: Array, words: Sequence[Word]) -> Iterator[tuple[Word, Array]]:
        for word in words:
            yield (
                word,
                (np.einsum("...ij,...ji->...", G, self.word(word)) if word else np.einsum("...ii->...", G)),
            )

    def _pair_with_slope(self, G: Array, slope: Array) -> Array:
        return np.asarray(np.einsum("...ij,k...ji->...k", G, slope))

    def _word_slope(self, word: Word) -> Array:
        """By the product rule, from the left."""
        product: Array | None = None
        slope: Array | None = None
        for array, letter in self._factors(word):
            slope = None if slope is None else slope @ array
            if letter is not None:
                more = self._slope(letter)
                more = more if product is None else product @ more
                slope = more if slope is None else slope + more
            product = _product(product, array)
        assert slope is not None
        return slope

    def _inverse_slope(self, inverse: Array, slope: Array) -> Array:
        return -(inverse @ slope @ inverse)

    def _times(self, c: Array, matrix: Array) -> Array:
        return c[..., None, None] * matrix


def _product(a: Array | None, b: Array | None) -> Array | None:
    """The product, where None stands for the identity."""
    if a is None or b is None:
        return b if a is None else a
    return a @ b
