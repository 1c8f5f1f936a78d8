"""Traces of words with their derivatives, for diagonal and for other matrices.

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
from .numeric_values import Given

__all__ = ["DenseMatrices", "DiagonalMatrices", "Matrices", "definition_of"]


class Matrices(abc.ABC):
    """The matrices of one space, each computed once.

    scalar : the value of a coefficient. Arrays have the batch, or 1, in front of their own axes,
    and their derivatives by k unknowns, (k, batch, …), these in front of the batch.
    """

    def __init__(self, given: Given, space: Space, scalar: Callable[[Scalar], Dual]) -> None:
        self._given, self._space, self._scalar = given, space, scalar
        self._letters: dict[Letter, Array] = {}
        self._slopes: dict[Letter, Array] = {}
        self._moving: dict[Letter, bool] = {}

    def traced(self, word: Word) -> Dual:
        """The trace of a word that is not empty."""
        value, found = self._opened(word)
        slope: Array | None = None
        for letter, G in found:
            for more in self._followed(letter, G):
                slope = more if slope is None else slope + more
        return Dual(value, slope)

    def letter(self, letter: Letter) -> Array:
        """A letter of the user, or what has a name."""
        if letter not in self._letters:
            self._letters[letter] = self._made(letter)
        return self._letters[letter]

    @abc.abstractmethod
    def poly(self, poly: Poly) -> Array:
        """Σ c w."""

    @abc.abstractmethod
    def word(self, word: Word) -> Array:
        """A product of letters."""

    @abc.abstractmethod
    def _made(self, letter: Letter) -> Array:
        """A letter that is not known."""

    @abc.abstractmethod
    def _opened(self, word: Word) -> tuple[Array, Iterator[tuple[Letter, Array]]]:
        """tr W, and for what moves in it G: d tr W = Σ tr(G dP) for nested P, else Σ tr(G dK)."""

    @abc.abstractmethod
    def _paired(self, G: Array, words: Sequence[Word]) -> Iterator[tuple[Word, Array]]:
        """tr(Gw) of each word."""

    @abc.abstractmethod
    def _along(self, G: Array, slope: Array) -> Array:
        """tr(G dP), (batch, k)."""

    @abc.abstractmethod
    def _word_slope(self, word: Word) -> Array:
        """Of a word in which something moves."""

    @abc.abstractmethod
    def _inverse_slope(self, inverse: Array, slope: Array) -> Array:
        """−P dK P."""

    @abc.abstractmethod
    def _times(self, c: Array, matrix: Array) -> Array:
        """Numbers, (batch,) or (k, batch), times matrices."""

    def _followed(self, letter: Letter, G: Array) -> Iterator[Array]:
        """Parts of the derivative of a trace by what a letter is made of, (batch, k)."""
        if self._is_nested(letter):
            yield self._along(G, self._slope(letter))
            return
        slopes = {
            word: slope
            for word, c in definition_of(letter).terms.items()
            if (slope := self._scalar(c).slope) is not None
        }
        for word, number in self._paired(G, list(slopes)):
            yield slopes[word] * number[:, None]

    def _slope(self, letter: Letter) -> Array:
        """Of a letter that moves."""
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
        """Whether it is a name, or what it is the inverse of contains letters that move."""
        return letter.name_of is not None or any(
            any(map(self._moves, word)) for word in definition_of(letter).terms
        )


class DiagonalMatrices(Matrices):
    """Matrices of a commuting space by their eigenvalues, (batch, …), in some of its columns."""

    def __init__(
        self, given: Given, space: Space, scalar: Callable[[Scalar], Dual], columns: slice = slice(None)
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
        """Entry by entry."""
        if self._given.is_fixed(word):
            return self._stacked((word,))
        return functools.reduce(np.multiply, map(self.letter, word))

    def _made(self, letter: Letter) -> Array:
        if letter.inverse_of is None:
            return self._stacked(((letter,),))
        value = self.poly(definition_of(letter))
        return value if letter.name_of is not None else 1 / value

    def _stacked(self, words: tuple[Word, ...]) -> Array:
        """(words, …) of letters of the user."""
        return self._given.stacked(self._space, words)[:, self._columns]

    def _opened(self, word: Word) -> tuple[Array, Iterator[tuple[Letter, Array]]]:
        whole, weights = self.word(word), self.weights
        if weights is not None:
            whole = whole * weights
        return whole.sum(axis=-1), self._turned(word, whole)

    def _turned(self, word: Word, whole: Array) -> Iterator[tuple[Letter, Array]]:
        """−kWP for an inverse P = K⁻¹ that is there k times, kW/P for a nested one."""
        for letter in dict.fromkeys(word):
            if self._moves(letter):
                k = word.count(letter)
                if not self._is_nested(letter):
                    yield letter, whole * (-k * self.letter(letter))
                elif self.weights is None:
                    yield letter, k * self.word(_without(word, letter))
                else:
                    yield letter, self.word(_without(word, letter)) * (k * self.weights)

    def _paired(self, G: Array, words: Sequence[Word]) -> Iterator[tuple[Word, Array]]:
        fixed = tuple(word for word in words if self._given.is_fixed(word))
        if fixed:
            yield from zip(fixed, (G @ self._stacked(fixed).T).T, strict=True)
        for word in words:
            if word not in fixed:
                yield word, (G * self.word(word)).sum(axis=-1)

    def _along(self, G: Array, slope: Array) -> Array:
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


class DenseMatrices(Matrices):
    """Matrices of a space whose letters do not commute, (batch, d, d)."""

    def poly(self, poly: Poly) -> Array:
        """Σ c w."""
        terms = (self._times(self._scalar(c).value, self.word(word)) for word, c in poly.terms.items())
        return functools.reduce(np.add, terms)

    def word(self, word: Word) -> Array:
        """In order."""
        if not word:
            return self._given.product(self._space, ())
        return functools.reduce(np.matmul, (array for array, _ in self._factors(word)))

    def _made(self, letter: Letter) -> Array:
        if letter.inverse_of is None:
            return self._given.product(self._space, (letter,))
        value = self.poly(definition_of(letter))
        return value if letter.name_of is not None else self._given.format.inverse(value)

    def _factors(self, word: Word) -> list[tuple[Array, Letter | None]]:
        """Of a word, those that move with their letters; letters of the user that stand side by
        side are one factor."""
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

    def _opened(self, word: Word) -> tuple[Array, Iterator[tuple[Letter, Array]]]:
        factors = self._factors(word)
        if len(factors) == 1:
            value = np.einsum("...ii->...", factors[0][0])
        else:
            head = functools.reduce(np.matmul, (array for array, _ in factors[:-1]))
            value = np.einsum("...ij,...ji->...", head, factors[-1][0])
        return value, self._turned(factors)

    def _turned(self, factors: list[tuple[Array, Letter | None]]) -> Iterator[tuple[Letter, Array]]:
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

    def _paired(self, G: Array, words: Sequence[Word]) -> Iterator[tuple[Word, Array]]:
        for word in words:
            yield (
                word,
                (np.einsum("...ij,...ji->...", G, self.word(word)) if word else np.einsum("...ii->...", G)),
            )

    def _along(self, G: Array, slope: Array) -> Array:
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


def definition_of(letter: Letter) -> Poly:
    """What it is a name of, or the inverse of."""
    poly = letter.inverse_of if letter.name_of is None else letter.name_of
    assert poly is not None
    return poly


def _without(word: Word, letter: Letter) -> Word:
    """Without one of these."""
    place = word.index(letter)
    return word[:place] + word[place + 1 :]


def _columns(numbers: Sequence[Array]) -> Array:
    """(batch, k) of k numbers, each (batch,) or (1,)."""
    columns = np.empty((max(map(len, numbers)), len(numbers)), numbers[0].dtype)
    for j, x in enumerate(numbers):
        columns[:, j] = x
    return columns


def _product(a: Array | None, b: Array | None) -> Array | None:
    """None is the identity."""
    if a is None or b is None:
        return b if a is None else a
    return a @ b
