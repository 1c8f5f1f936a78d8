"""Traces of words with their derivatives.

A trace depends on the unknowns by the coefficients of what its named inverses are made of. It is
differentiated backwards: d tr W = Σ tr(G dK) over the polynomials K that are inverted in it, and
with K = Σ c w of letters that do not move, tr(G dK) = Σ tr(Gw) dc. So there is one matrix G for
each inverse, however many unknowns there are. Inverses of polynomials that contain other inverses
are in many traces: they are differentiated forwards, once.
"""

import abc
import functools
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ...theory.base.arrays import Array
from ...theory.freeprob.symbols.scalars import Scalar
from ...theory.freeprob.symbols.words import Letter, Poly, Space, Word
from .duals import Dual
from .numeric_values import NumericValues

__all__ = ["Matrices", "definition_of"]


class Matrices(abc.ABC):
    """The matrices of one space, each computed once.

    scalar : the value of a coefficient. Arrays have the batch, or 1, in front of their own axes,
    and their derivatives by k unknowns, (k, batch, …), these in front of the batch.
    """

    def __init__(self, given: NumericValues, space: Space, scalar: Callable[[Scalar], Dual]) -> None:
        self._given, self._space, self._scalar = given, space, scalar
        self._letters: dict[Letter, Array] = {}
        self._slopes: dict[Letter, Array] = {}
        self._moving: dict[Letter, bool] = {}

    def traced(self, word: Word) -> Dual:
        """The trace of a word that is not empty."""
        value, found = self._trace_with_cofactors(word)
        slope: Array | None = None
        for letter, G in found:
            for more in self._slope_parts(letter, G):
                slope = more if slope is None else slope + more
        return Dual(value, slope)

    def letter(self, letter: Letter) -> Array:
        """A letter of the user, or what has a name."""
        if letter not in self._letters:
            self._letters[letter] = self._computed_letter(letter)
        return self._letters[letter]

    @abc.abstractmethod
    def poly(self, poly: Poly) -> Array:
        """Σ c w."""

    @abc.abstractmethod
    def word(self, word: Word) -> Array:
        """A product of letters."""

    @abc.abstractmethod
    def _computed_letter(self, letter: Letter) -> Array:
        """The value of a letter that has not been computed."""

    @abc.abstractmethod
    def _trace_with_cofactors(self, word: Word) -> tuple[Array, Iterator[tuple[Letter, Array]]]:
        """tr W, and a cofactor G for each letter that moves: d tr W = Σ tr(G dP) for nested P, else
        Σ tr(G dK)."""

    @abc.abstractmethod
    def _pair_with_words(self, G: Array, words: Sequence[Word]) -> Iterator[tuple[Word, Array]]:
        """tr(Gw) of each word."""

    @abc.abstractmethod
    def _pair_with_slope(self, G: Array, slope: Array) -> Array:
        """tr(G dP), (batch, k)."""

    @abc.abstractmethod
    def _word_slope(self, word: Word) -> Array:
        """The derivative of a word, some letter of which depends on unknowns."""

    @abc.abstractmethod
    def _inverse_slope(self, inverse: Array, slope: Array) -> Array:
        """−P dK P."""

    @abc.abstractmethod
    def _times(self, c: Array, matrix: Array) -> Array:
        """Numbers, (batch,) or (k, batch), times matrices."""

    def _slope_parts(self, letter: Letter, G: Array) -> Iterator[Array]:
        """Parts of the derivative of a trace by what a letter is made of, (batch, k)."""
        if self._is_nested(letter):
            yield self._pair_with_slope(G, self._slope(letter))
            return
        slopes = {
            word: slope
            for word, c in definition_of(letter).terms.items()
            if (slope := self._scalar(c).slope) is not None
        }
        for word, number in self._pair_with_words(G, list(slopes)):
            yield slopes[word] * number[:, None]

    def _slope(self, letter: Letter) -> Array:
        """The derivative of a letter that depends on unknowns."""
        if letter not in self._slopes:
            parts = []
            for word, scalar in definition_of(letter).terms.items():
                c = self._scalar(scalar)
                if c.slope is not None:
                    parts.append(self._times(c.slope.T, self.word(word)))
                if any(map(self._moves, word)):
                    parts.append(self._times(c.value, self._word_slope(word)))
            slope = functools.reduce(np.add, parts)
            if letter.name_of is None:
                slope = self._inverse_slope(self.letter(letter), slope)
            self._slopes[letter] = slope
        return self._slopes[letter]

    def _moves(self, letter: Letter) -> bool:
        """Whether it depends on unknowns."""
        if letter not in self._moving:
            self._moving[letter] = letter.inverse_of is not None and any(
                self._scalar(c).slope is not None or any(map(self._moves, word))
                for word, c in definition_of(letter).terms.items()
            )
        return self._moving[letter]

    def _is_nested(self, letter: Letter) -> bool:
        """Whether it is a name, or the inverse of a polynomial with letters that move."""
        return letter.name_of is not None or any(
            any(map(self._moves, word)) for word in definition_of(letter).terms
        )


def definition_of(letter: Letter) -> Poly:
    """The polynomial that a named letter stands for, or is the inverse of."""
    poly = letter.inverse_of if letter.name_of is None else letter.name_of
    assert poly is not None
    return poly
