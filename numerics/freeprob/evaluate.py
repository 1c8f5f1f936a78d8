"""The scalars of a system, evaluated with derivatives at given unknowns."""

import dataclasses
import functools
from collections.abc import Mapping

import numpy as np

from ...theory.arrays import Array
from ...theory.freeprob.scalars import Scalar
from ...theory.freeprob.words import Letter, Poly, Space, Word
from .duals import Dual

__all__ = ["Evaluation", "Given"]


@dataclasses.dataclass(frozen=True, eq=False)
class Given:
    """The numbers of a problem.

    scalars : leaf → (batch,) or (1,). letters : letter → (d,) eigenvalues where letters commute,
    else (d, d). sizes : of each space.
    """

    scalars: Mapping[Scalar, Array]
    letters: Mapping[Letter, Array]
    sizes: Mapping[Space, int]


class Evaluation:
    """One pass: every node at most once.

    known : leaf → Dual, of unknowns. right : unknown → its equation, for those that are put in.
    damping : h, what every equation is multiplied with.
    """

    def __init__(
        self,
        given: Given,
        known: Mapping[Scalar, Dual],
        right: Mapping[Scalar, Scalar],
        damping: Array | None = None,
    ) -> None:
        self._given, self._right, self._damping = given, right, damping
        self._scalars: dict[Scalar, Dual] = dict(known)
        self._letters: dict[Letter, Dual] = {}
        self._traces: dict[Word, Dual] = {}

    def __call__(self, scalar: Scalar) -> Dual:
        """Its value."""
        return scalar.walk(self._visit, self._scalars)

    def matrix(self, poly: Poly) -> Dual:
        """The value of a polynomial in letters: (batch, d), or (batch, d, d)."""
        return self._poly(poly)

    def equation(self, unknown: Scalar) -> Dual:
        """h times what the unknown is equal to."""
        value = self(self._right[unknown])
        h = self._damping
        return value if h is None else value * Dual(h)

    def _visit(self, node: Scalar, children: list[Dual]) -> Dual:
        if node.kind == "sum":
            pairs = zip(node.content.values(), children, strict=True)
            return functools.reduce(Dual.__add__, (x.scaled(float(c)) for c, x in pairs))
        if node.kind == "product":
            pairs = zip(children, node.content.values(), strict=True)
            product: Dual = functools.reduce(Dual.__mul__, (x.power(k) for x, k in pairs))
            return product
        if node.kind == "number":
            return Dual(np.array([float(node.content)]))
        if node in self._given.scalars:
            return Dual(self._given.scalars[node])
        if node in self._right:
            return self.equation(node)
        return self._trace(node.content[1])

    def _trace(self, word: Word) -> Dual:
        if word not in self._traces:
            space = word[0].space
            if space.commuting:
                self._traces[word] = self._word(word, space).summed()
            elif len(word) == 1:
                self._traces[word] = self._word(word, space).traced()
            else:
                *head, last = word
                first = self._word(tuple(head), space)
                self._traces[word] = first.traced_with(self._letter(last))
        return self._traces[word]

    def _word(self, word: Word, space: Space) -> Dual:
        if not word:
            d = self._given.sizes[space]
            return Dual((np.ones(d) if space.commuting else np.eye(d))[None])
        multiply = Dual.__mul__ if space.commuting else Dual.times
        return functools.reduce(multiply, (self._letter(letter) for letter in word))

    def _letter(self, letter: Letter) -> Dual:
        if letter not in self._letters:
            if letter.inverse_of is None:
                self._letters[letter] = Dual(self._given.letters[letter][None])
            else:
                poly = self._poly(letter.inverse_of)
                commuting = letter.space.commuting
                self._letters[letter] = poly.power(-1) if commuting else poly.inverse()
        return self._letters[letter]

    def _poly(self, poly: Poly) -> Dual:
        axes = 1 if poly.space.commuting else 2
        terms = (
            self(c).over(axes) * self._word(word, poly.space) for word, c in poly.terms.items()
        )
        return functools.reduce(Dual.__add__, terms)
