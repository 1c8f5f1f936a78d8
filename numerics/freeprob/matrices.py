"""Traces of words with their derivatives, for diagonal and for other matrices.

A trace depends on the unknowns by the coefficients of what its named inverses are made of. It is
differentiated backwards: where d tr W = tr(G dK) for a polynomial K = Σ c w, it is Σ tr(Gw) dc, and
what is named in w has a G of its own. So there is one matrix G for each inverse, however many
unknowns there are; forwards, there would be one for each of them.
"""

import abc
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from ...theory.arrays import Array
from ...theory.freeprob.scalars import Scalar
from ...theory.freeprob.words import Letter, Poly, Space, Word
from .duals import Dual
from .given import Given

__all__ = ["Diagonal", "Matrices", "Ordered", "made_of"]


class Matrices(abc.ABC):
    """The matrices of one space, each computed once.

    scalar : the value of a coefficient. Arrays have the batch, or 1, in front of their own axes.
    """

    def __init__(self, given: Given, space: Space, scalar: Callable[[Scalar], Dual]) -> None:
        self._given, self._space, self._scalar = given, space, scalar
        self._letters: dict[Letter, Array] = {}
        self._moving: dict[Letter, bool] = {}

    def traced(self, word: Word) -> Dual:
        """The trace of a word that is not empty."""
        value, waiting = self._opened(word)
        slope: Array | None = None
        while waiting:
            letter = max(waiting, key=lambda x: x.index)  # it is not named in those before it
            G = waiting.pop(letter)
            terms = made_of(letter).terms
            turning = {w: c for w, c in terms.items() if self._scalar(c).slope is not None}
            for word, number in self._paired(G, list(turning)):
                more = self._scalar(turning[word]).slope * number[:, None]
                slope = more if slope is None else slope + more
            for word, c in terms.items():
                for inner, H in self._inside(G, word):
                    H = self._times(self._scalar(c).value, H)
                    waiting[inner] = waiting[inner] + H if inner in waiting else H
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
    def _opened(self, word: Word) -> tuple[Array, dict[Letter, Array]]:
        """tr W, and G for what is named in it and depends on unknowns."""

    @abc.abstractmethod
    def _paired(self, G: Array, words: Sequence[Word]) -> Iterator[tuple[Word, Array]]:
        """tr(Gw) of each word."""

    @abc.abstractmethod
    def _inside(self, G: Array, word: Word) -> Iterator[tuple[Letter, Array]]:
        """For what is named in w and depends on unknowns, G′ with tr(G dw) = tr(G′ dK′)."""

    @abc.abstractmethod
    def _times(self, c: Array, matrix: Array) -> Array:
        """A number for each of the batch times a matrix."""

    def _moves(self, letter: Letter) -> bool:
        """Whether it depends on unknowns."""
        if letter not in self._moving:
            self._moving[letter] = letter.inverse_of is not None and any(
                self._scalar(c).slope is not None or any(map(self._moves, word))
                for word, c in made_of(letter).terms.items()
            )
        return self._moving[letter]


class Diagonal(Matrices):
    """Matrices of a commuting space by their eigenvalues, (batch, …), in some of its columns."""

    def __init__(
        self, given: Given, space: Space, scalar: Callable[[Scalar], Dual],
        columns: slice = slice(None),
    ) -> None:  # fmt: skip
        super().__init__(given, space, scalar)
        self._columns = columns
        self._weights = given.weights[space][columns] if space in given.weights else np.ones(1)

    def poly(self, poly: Poly) -> Array:
        """Σ c w: words of the user's letters at once, as a product of matrices."""
        fixed = [word for word in poly.terms if self._given.is_fixed(word)]
        total: Array | float = 0.0
        if fixed:
            total = _columns([self._scalar(poly.terms[w]).value for w in fixed]) @ self._stacked(
                tuple(fixed)
            )
        for word, c in poly.terms.items():
            if not self._given.is_fixed(word):
                total = total + self._times(self._scalar(c).value, self.word(word))
        return np.asarray(total)

    def word(self, word: Word) -> Array:
        """Entry by entry."""
        if self._given.is_fixed(word):
            return self._stacked((word,))
        return functools.reduce(np.multiply, map(self.letter, word))

    def _made(self, letter: Letter) -> Array:
        if letter.inverse_of is None:
            return self._stacked(((letter,),))
        value = self.poly(made_of(letter))
        return value if letter.name_of is not None else 1.0 / value

    def _stacked(self, words: tuple[Word, ...]) -> Array:
        """(words, …) of letters of the user."""
        return self._given.stacked(self._space, words)[:, self._columns]

    def _opened(self, word: Word) -> tuple[Array, dict[Letter, Array]]:
        whole = self.word(word)
        if len(self._weights) > 1:
            whole = whole * self._weights
        return whole.sum(axis=-1), dict(self._turned(whole, self._weights, word))

    def _inside(self, G: Array, word: Word) -> Iterator[tuple[Letter, Array]]:
        if any(map(self._moves, word)):
            yield from self._turned(G * self.word(word), G, word)

    def _turned(self, whole: Array, outer: Array, word: Word) -> Iterator[tuple[Letter, Array]]:
        """G of each letter that moves, of outer · word: −kWP for an inverse P = K⁻¹."""
        for letter in dict.fromkeys(word):
            if self._moves(letter):
                k = word.count(letter)
                if letter.name_of is None:
                    yield letter, -k * whole * self.letter(letter)
                else:
                    place = word.index(letter)
                    rest = word[:place] + word[place + 1 :]
                    yield letter, k * outer * (self.word(rest) if rest else np.ones((1, 1)))

    def _paired(self, G: Array, words: Sequence[Word]) -> Iterator[tuple[Word, Array]]:
        fixed = tuple(word for word in words if self._given.is_fixed(word))
        if fixed:
            stack = self._stacked(fixed)
            whole = np.broadcast_to(G, (len(G), stack.shape[-1]))
            yield from zip(fixed, (whole @ stack.T).T, strict=True)
        for word in words:
            if word not in fixed:
                yield word, (G * self.word(word)).sum(axis=-1)

    def _times(self, c: Array, matrix: Array) -> Array:
        return c[:, None] * matrix


class Ordered(Matrices):
    """Matrices of a space whose letters do not commute, (batch, d, d)."""

    def poly(self, poly: Poly) -> Array:
        """Σ c w."""
        terms = (
            self._times(self._scalar(c).value, self.word(word)) for word, c in poly.terms.items()
        )
        return functools.reduce(np.add, terms)

    def word(self, word: Word) -> Array:
        """In order."""
        if not word:
            return self._given.product(self._space, ())
        return functools.reduce(np.matmul, (array for array, _ in self._factors(word)))

    def _made(self, letter: Letter) -> Array:
        if letter.inverse_of is None:
            return self._given.product(self._space, (letter,))
        value = self.poly(made_of(letter))
        return value if letter.name_of is not None else _inverted(value)

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

    def _opened(self, word: Word) -> tuple[Array, dict[Letter, Array]]:
        factors = self._factors(word)
        if len(factors) == 1:
            value = np.einsum("...ii->...", factors[0][0])
        else:
            head = functools.reduce(np.matmul, (array for array, _ in factors[:-1]))
            value = _trace_of_product(head, factors[-1][0])
        waiting: dict[Letter, Array] = {}
        for letter, G in self._turned(factors, None):
            waiting[letter] = waiting[letter] + G if letter in waiting else G
        return value, waiting

    def _inside(self, G: Array, word: Word) -> Iterator[tuple[Letter, Array]]:
        if any(map(self._moves, word)):
            yield from self._turned(self._factors(word), G)

    def _turned(
        self, factors: list[tuple[Array, Letter | None]], outer: Array | None
    ) -> Iterator[tuple[Letter, Array]]:
        """G of each factor that moves in tr(outer · f₁f₂ …): −f_i … f_r · outer · f₁ … f_i for an
        inverse, and without both f_i for a name."""
        places = [i for i, (_, letter) in enumerate(factors) if letter is not None]
        if not places:
            return
        left: list[Array | None] = [outer]
        for array, _ in factors[: places[-1] + 1]:
            left.append(_product(left[-1], array))
        right: dict[int, Array | None] = {len(factors): None}
        for i in range(len(factors) - 1, places[0] - 1, -1):
            right[i] = _product(factors[i][0], right[i + 1])
        for i in places:
            letter = factors[i][1]
            assert letter is not None
            named = letter.name_of is not None
            G = _product(right[i + 1], left[i]) if named else _product(right[i], left[i + 1])
            if G is None:  # tr(f) alone
                G = self._given.product(self._space, ())
            yield letter, G if named else -G

    def _paired(self, G: Array, words: Sequence[Word]) -> Iterator[tuple[Word, Array]]:
        for word in words:
            yield word, _trace_of_product(G, self.word(word)) if word else np.einsum("...ii->...", G)

    def _times(self, c: Array, matrix: Array) -> Array:
        return c[:, None, None] * matrix


def made_of(letter: Letter) -> Poly:
    """What it is a name of, or the inverse of."""
    poly = letter.inverse_of if letter.name_of is None else letter.name_of
    assert poly is not None
    return poly


def _columns(numbers: Sequence[Array]) -> Array:
    """(batch, k) of k numbers, each (batch,) or (1,)."""
    columns = np.empty((max(map(len, numbers)), len(numbers)))
    for j, x in enumerate(numbers):
        columns[:, j] = x
    return columns


def _product(a: Array | None, b: Array | None) -> Array | None:
    """None is the identity."""
    if a is None or b is None:
        return b if a is None else a
    return a @ b


def _trace_of_product(a: Array, b: Array) -> Array:
    return np.asarray(np.einsum("...ij,...ji->...", a, b))


def _inverted(matrices: Array) -> Array:
    """NaN in place of the inverse of a singular one."""
    try:
        return np.asarray(np.linalg.inv(matrices), dtype=float)
    except np.linalg.LinAlgError:
        if len(matrices) == 1:
            return np.full_like(matrices, np.nan)
        return np.concatenate([_inverted(one[None]) for one in matrices])
