"""The scalars of a system, evaluated with derivatives at given unknowns."""

import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np

from ...theory.base.arrays import Array
from ...theory.freeprob.symbols.scalars import Scalar
from ...theory.freeprob.symbols.words import Letter, Poly, Space
from .duals import Dual
from .numeric_values import Given
from .word_traces import DenseMatrices, DiagonalMatrices, Matrices, definition_of

__all__ = ["PIECE", "Given", "Order", "ScalarEvaluation", "ordered", "rows_at_once"]

PIECE, COLUMNS = 2**16, 2**13
"""Entries of an array, and eigenvalues, that are worked on at once. Arrays of 2¹⁵ to 2¹⁸ entries
stay in a cache: beyond, each entry takes three times as long, and below, calls take longer."""


Order = Sequence[tuple[Scalar, list[Scalar]]]
"""Scalars with what they are made of, each after that."""


def rows_at_once(given: Given) -> int:
    """How many of a batch to evaluate together."""
    used = [space for space in given.sizes if space.letters]
    entries = [
        min(given.length(space), COLUMNS) if space.commuting else given.sizes[space] ** 2 for space in used
    ]
    return max(1, PIECE // max(entries, default=1))


class ScalarEvaluation:
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
        self._matrices: dict[Space, Matrices] = {}

    def __call__(self, scalar: Scalar) -> Dual:
        """Its value."""
        found = self._scalars.get(scalar)
        return scalar.walk(self._visit, self._scalars) if found is None else found

    def passed(self, order: Order) -> dict[Scalar, Dual]:
        """All scalars that are known after these."""
        for node, children in order:
            self._scalars[node] = self._visit(node, [self._scalars[child] for child in children])
        return self._scalars

    def matrix(self, poly: Poly) -> Array:
        """The value of a polynomial in letters: (batch, d), or (batch, d, d)."""
        kind = DiagonalMatrices if poly.space.commuting else DenseMatrices
        return kind(self._given, poly.space, self).poly(poly)

    def equation(self, unknown: Scalar) -> Dual:
        """h times what the unknown is equal to."""
        value = self(self._right[unknown])
        h = self._damping
        return value if h is None else value * Dual(h)

    def _visit(self, node: Scalar, children: list[Dual]) -> Dual:
        if node.kind == "sum":
            weights = map(self._given.format.number, node.content.values())
            terms = map(Dual.scaled, children, weights)
            return functools.reduce(Dual.__add__, terms)
        if node.kind == "product":
            return functools.reduce(Dual.__mul__, map(Dual.power, children, node.content.values()))
        if node.kind == "number":
            return Dual(np.array([self._given.format.number(node.content)]))
        if node in self._given.scalars:
            return Dual(self._given.scalars[node])
        if node in self._right:
            return self.equation(node)
        word = node.content[1]
        return functools.reduce(Dual.__add__, (piece.traced(word) for piece in self.pieces(word[0].space)))

    def pieces(self, space: Space) -> Iterator[Matrices]:
        """All of a space, or one piece of its eigenvalues after the other: then nothing is kept."""
        length = self._given.length(space)
        if not space.commuting or length <= COLUMNS:
            if space not in self._matrices:
                kind = DiagonalMatrices if space.commuting else DenseMatrices
                self._matrices[space] = kind(self._given, space, self)
            yield self._matrices[space]
        else:
            for start in range(0, length, COLUMNS):
                yield DiagonalMatrices(self._given, space, self, slice(start, start + COLUMNS))


def ordered(
    scalars: Iterable[Scalar], unknowns: Collection[Scalar], right: Mapping[Scalar, Scalar]
) -> tuple[Order, Order]:
    """What scalars depend on, in the order of evaluation: first what unknowns do not change.

    right : equations that are put in for unknowns that are not among the others.
    """
    fixed: list[tuple[Scalar, list[Scalar]]] = []
    moving: list[tuple[Scalar, list[Scalar]]] = []
    moves: dict[Scalar, bool] = dict.fromkeys(unknowns, True)

    def visit(node: Scalar, needed: list[Scalar]) -> None:
        if node not in moves:
            moves[node] = node in right or any(moves[x] for x in needed)
            (moving if moves[node] else fixed).append((node, node.children()))

    _walk(scalars, lambda node: [] if node in unknowns else _needed(node, right), visit)
    return fixed, moving


def _walk(
    roots: Iterable[Scalar],
    needed: Callable[[Scalar], list[Scalar]],
    visit: Callable[[Scalar, list[Scalar]], None],
) -> None:
    """visit(node, what it needs), after all that it needs."""
    done: set[Scalar] = set()
    stack = list(roots)
    while stack:
        node = stack[-1]
        waiting = [x for x in needed(node) if x not in done] if node not in done else []
        if waiting:
            stack += waiting
        else:
            stack.pop()
            if node not in done:
                done.add(node)
                visit(node, needed(node))


def _needed(node: Scalar, right: Mapping[Scalar, Scalar]) -> list[Scalar]:
    """What it is made of: of a trace, the coefficients of what is named in it."""
    if node in right:
        return [right[node]]
    if node.kind != "leaf" or not (isinstance(node.content, tuple) and node.content[0] == "trace"):
        return node.children()
    found: dict[Scalar, None] = {}
    letters, seen = list(node.content[1]), set[Letter]()
    while letters:
        letter = letters.pop()
        if letter not in seen and letter.inverse_of is not None:
            seen.add(letter)
            for word, c in definition_of(letter).terms.items():
                found[c] = None
                letters += word
    return list(found)
