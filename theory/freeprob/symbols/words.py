"""Matrices on one space: polynomials in letters, and named inverses of these.

A polynomial maps words, tuples of letters, to scalars. Where letters commute, words are sorted.
Every letter has a random symmetric matrix of size 5 modulo a prime, a diagonal one where letters
commute; an inverse that is named has the inverse of what it was made of. So words whose traces are
equal for all matrices (rotations, transposes, ΣP = 1 − θP) have one value, and one node, see
``scalar_table``; two different ones share it with probability of order 2⁻⁶¹ times their length.
"""

import dataclasses
import functools
from collections.abc import Iterator, Mapping
from typing import Any

import sympy

from ...base.errors import SpecError
from .fingerprints import SIZE, DenseFingerprints, DiagonalFingerprints, Fingerprints, Values
from .folds import InSympy, fold
from .primes import FINGERPRINT_PRIME
from .printing import plain
from .scalar_table import Scalars
from .scalars import Leaf, Parameter, Scalar
from .space_dimensions import SpaceDimension

__all__ = ["Letter", "Poly", "Space", "Spaces", "Word"]

LONG = 32
"""Words of a product, above which its factors get names: they would multiply again and again."""


@dataclasses.dataclass(frozen=True, eq=False)
class Letter:
    """A symmetric matrix with a name; ``inverse_of`` says what it is the inverse of, if it is.

    The inverse of a named inverse is a name for a polynomial, ``name_of``.
    """

    space: "Space"
    index: int
    name: str
    values: Values
    inverse_of: "Poly | None" = None

    @functools.cached_property
    def name_of(self) -> "Poly | None":
        """The polynomial that it is equal to, where it is the inverse of a named inverse."""
        if self.inverse_of is None or len(self.inverse_of.terms) > 1:
            return None
        ((word, c),) = self.inverse_of.terms.items()
        if len(word) != 1 or word[0].inverse_of is None:
            return None
        return word[0].inverse_of.scaled(c**-1)

    def __repr__(self) -> str:
        return self.name


Word = tuple[Letter, ...]


class Spaces:
    """All spaces of one derivation, and its scalars."""

    def __init__(self, scalars: Scalars) -> None:
        self.scalars = scalars
        self._known: dict[SpaceDimension, Space] = {}

    def __getitem__(self, dimension: SpaceDimension) -> "Space":
        if dimension not in self._known:
            self._known[dimension] = Space(dimension, self.scalars)
        return self._known[dimension]

    def __iter__(self) -> Iterator["Space"]:
        return iter(self._known.values())


class Space:
    """One space: its letters, its named inverses and the fingerprints of its matrices."""

    def __init__(self, dimension: SpaceDimension, scalars: Scalars) -> None:
        self.dimension, self.scalars = dimension, scalars
        self.commuting = dimension.commuting
        self.fingerprints: Fingerprints = DiagonalFingerprints() if self.commuting else DenseFingerprints()
        self.weight = scalars.draw()
        self.size = scalars.parameter(dimension, SIZE * self.weight)
        self.letters: dict[str, Letter] = {}
        self.inverses: list[Letter] = []
        self._products: dict[Word, Values] = {}

    def letter(self, name: str) -> "Poly":
        """The letter of this name."""
        if name not in self.letters:
            index = len(self.letters) + len(self.inverses)
            self.letters[name] = Letter(self, index, name, self.fingerprints.drawn(self.scalars.draw))
        return Poly(self, {(self.letters[name],): self.scalars.one})

    @property
    def zero(self) -> "Poly":
        """0."""
        return Poly(self, {})

    @property
    def identity(self) -> "Poly":
        """The identity."""
        return Poly(self, {(): self.scalars.one})

    def inverse(self, poly: "Poly") -> "Poly":
        """The inverse: a number where it is one, else c·P of a named inverse P."""
        if list(poly.terms) == [()]:
            return Poly(self, {(): poly.terms[()] ** -1})
        turned = -poly
        if poly.sign < 0 < turned.sign:
            return -self.inverse(turned)
        for letter in self.inverses:
            assert letter.inverse_of is not None
            ratio = poly.ratio(letter.inverse_of)
            if ratio is not None:
                return Poly(self, {(letter,): ratio**-1})
        if not poly.regular:
            raise SpecError(
                "a matrix is inverted that is singular for all values of its letters, as in (A - A).inv()."
            )
        letter = Letter(
            self,
            len(self.letters) + len(self.inverses),
            f"P_{len(self.inverses) + 1}",
            self.fingerprints.inverse(poly.values),
            poly,
        )
        self.inverses.append(letter)
        return Poly(self, {(letter,): self.scalars.one})

    def sorted(self, word: Word) -> Word:
        """The word in canonical order."""
        return tuple(sorted(word, key=lambda x: x.index)) if self.commuting else word

    def trace(self, word: Word) -> Scalar:
        """The trace of a word."""
        if not word:
            return self.size
        return self.scalars.trace(word, self.traced(self.product(word)))

    def traced(self, values: Values) -> int:
        """The trace of a fingerprint."""
        return self.weight * self.fingerprints.trace(values) % FINGERPRINT_PRIME

    def product(self, word: Word) -> Values:
        """The fingerprint of a word."""
        if not word:
            return self.fingerprints.one
        if word not in self._products:
            self._products[word] = self.fingerprints.times(self.product(word[:-1]), word[-1].values)
        return self._products[word]


@dataclasses.dataclass(frozen=True, eq=False)
class Poly:
    """A matrix: Σ scalar · word; no scalar in it is 0."""

    space: Space
    terms: Mapping[Word, Scalar]

    @property
    def is_zero(self) -> bool:
        """Whether it is 0 for all letters, which its fingerprint tells."""
        return not any(any(row) for row in self.values)

    @functools.cached_property
    def regular(self) -> bool:
        """Whether it is invertible for general letters."""
        return self.space.fingerprints.is_regular(self.values)

    @functools.cached_property
    def values(self) -> Values:
        """Its fingerprint: the value at the random letters of its space."""
        space = self.space
        rows = [[0] * SIZE for _ in space.fingerprints.one]
        for word, scalar in self.terms.items():
            for row, more in zip(rows, space.product(word), strict=True):
                for i, x in enumerate(more):
                    row[i] = (row[i] + scalar.value * x) % FINGERPRINT_PRIME
        return tuple(map(tuple, rows))

    def ratio(self, other: "Poly") -> Scalar | None:
        """c where this is c times the other, term by term; None where it is not."""
        if self.terms.keys() != other.terms.keys():
            return None
        pairs = [(scalar, other.terms[word]) for word, scalar in self.terms.items()]
        a, b = pairs[0]
        if any((x.value * b.value - y.value * a.value) % FINGERPRINT_PRIME for x, y in pairs):
            return None
        return a / b

    def __add__(self, other: "Poly") -> "Poly":
        terms = dict(self.terms)
        for word, scalar in other.terms.items():
            terms[word] = terms[word] + scalar if word in terms else scalar
        return Poly(self.space, {word: c for word, c in terms.items() if not c.is_zero})

    def __sub__(self, other: "Poly") -> "Poly":
        return self + -other

    def __neg__(self) -> "Poly":
        return Poly(self.space, {word: -c for word, c in self.terms.items()})

    def __matmul__(self, other: "Poly") -> "Poly":
        """The product; where that would have many words, long factors are replaced by names first."""
        pair = [self, other]
        for i in sorted((0, 1), key=lambda i: -len(pair[i].terms)):
            if pair[0]._words_with(pair[1]) > LONG:
                pair[i] = pair[i].named
        left, right = pair
        terms: dict[Word, Scalar] = {}
        for one, a in left.terms.items():
            for two, b in right.terms.items():
                word, c = self.space.sorted(one + two), a * b
                terms[word] = terms[word] + c if word in terms else c
        return Poly(self.space, {word: c for word, c in terms.items() if not c.is_zero})

    def _words_with(self, other: "Poly") -> int:
        """An upper bound on the number of words in the product."""
        most = len(self.terms) * len(other.terms)
        if most <= LONG or not self.space.commuting:
            return most
        return len({self.space.sorted(one + two) for one in self.terms for two in other.terms})

    @property
    def named(self) -> "Poly":
        """A letter that is equal to it, the inverse of its inverse, with a number in front; itself
        where it has no inverse, or is one word already."""
        if len(self.terms) < 2 or not self.regular:
            return self
        return self.space.inverse(self.space.inverse(self))

    def scaled(self, factor: Scalar) -> "Poly":
        """factor times this."""
        if factor.is_zero:
            return self.space.zero
        return Poly(self.space, {word: factor * c for word, c in self.terms.items()})

    @property
    def T(self) -> "Poly":
        """The transpose: letters are symmetric, words are reversed."""
        if self.space.commuting:
            return self
        return Poly(self.space, {word[::-1]: c for word, c in self.terms.items()})

    @property
    def trace(self) -> Scalar:
        """Its trace."""
        return self.space.scalars.total(c * self.space.trace(word) for word, c in self.terms.items())

    def __str__(self) -> str:
        return self.text({}, "I")

    def text(self, names: "Mapping[Letter, str]", identity: str) -> str:
        """As text, with these names for letters; letters without one keep their own."""

        def leaf(leaf: Leaf) -> sympy.Expr:
            return leaf.key if isinstance(leaf, Parameter) else sympy.Symbol("t")

        in_sympy = InSympy(leaf)

        def product(word: Word) -> sympy.Expr:
            printed = [names.get(x, x.name) for x in word] or [identity]
            return sympy.Mul(*(sympy.Symbol(x, commutative=False) for x in printed))

        letters = {word: product(word) for word in self.terms}
        return plain(sympy.Add(*(fold(c, in_sympy) * letters[w] for w, c in self.terms.items())))

    @property
    def is_identity(self) -> bool:
        """Whether it is the identity."""
        return self.number is self.space.scalars.one

    @property
    def sign(self) -> int:
        """Of the number in front of its first word; 1 for 0."""
        for _, scalar in sorted(self.terms.items(), key=lambda pair: _place(pair[0])):
            return -1 if scalar.factors()[0] < 0 else 1
        return 1

    @property
    def number(self) -> Scalar | None:
        """c where this is c times the identity, 0 among them; None where it is not."""
        if not self.terms:
            return self.space.scalars.zero
        return self.terms[()] if list(self.terms) == [()] else None

    @property
    def key(self) -> tuple[Any, ...]:
        """A key that equal polynomials share."""
        return tuple(sorted((_place(word), c.value) for word, c in self.terms.items()))


def _place(word: Word) -> tuple[int, ...]:
    return tuple(letter.index for letter in word)
