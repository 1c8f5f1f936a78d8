"""The scalars of a system, evaluated with derivatives at given unknowns."""

import functools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np

from ...theory.base.arrays import Array
from ...theory.freeprob.symbols.folds import Algebra, fold, nodes_in
from ...theory.freeprob.symbols.scalars import Constant, Leaf, Scalar, ScalarProduct, ScalarSum, WordTrace
from ...theory.freeprob.symbols.words import Letter, Poly, Space, Word
from .dense_matrices import DenseMatrices
from .diagonal_matrices import DiagonalMatrices
from .duals import Dual
from .numeric_values import NumericValues
from .word_traces import Matrices, definition_of

__all__ = ["PIECE", "NumericValues", "Order", "ScalarEvaluation", "evaluation_order", "rows_at_once"]

PIECE, COLUMNS = 2**16, 2**13
"""Entries of an array, and eigenvalues, that are worked on at once. Arrays of 2¹⁵ to 2¹⁸ entries
stay in a cache: beyond, each entry takes three times as long, and below, calls take longer."""


Order = Sequence[Scalar]
"""Scalars, each after those that it depends on."""


def rows_at_once(given: NumericValues) -> int:
    """How many of a batch to evaluate together."""
    used = [space for space in given.sizes if space.letters]
    entries = [
        min(given.length(space), COLUMNS) if space.commuting else given.sizes[space] ** 2 for space in used
    ]
    return max(1, PIECE // max(entries, default=1))


class ScalarEvaluation(Algebra[Dual]):
    """One evaluation, of every node at most once.

    known : leaf → Dual, of unknowns. right : unknown → its equation, for those that are substituted.
    damping : h, what every equation is multiplied with.
    """

    def __init__(
        self,
        given: NumericValues,
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
        return fold(scalar, self, self._scalars) if found is None else found

    def evaluate_in_order(self, order: Order) -> dict[Scalar, Dual]:
        """Evaluate these nodes; returns all scalars that are known then."""
        for node in order:
            self._scalars[node] = node.interpreted(self, self._scalars)
        return self._scalars

    def matrix(self, poly: Poly) -> Array:
        """The value of a polynomial in letters: (batch, d), or (batch, d, d)."""
        kind = DiagonalMatrices if poly.space.commuting else DenseMatrices
        return kind(self._given, poly.space, self).poly(poly)

    def equation(self, unknown: Scalar) -> Dual:
        """h times the right side of the equation of an unknown."""
        value = self(self._right[unknown])
        h = self._damping
        return value if h is None else value * Dual(h)

    def constant(self, node: Constant) -> Dual:
        """The number."""
        return Dual(np.array([self._given.format.number(node.number)]))

    def leaf(self, node: Leaf) -> Dual:
        """The given number, the right side of a substituted unknown, or a trace."""
        if node in self._given.scalars:
            return Dual(self._given.scalars[node])
        if node in self._right:
            return self.equation(node)
        word: Word = node.key
        return functools.reduce(Dual.__add__, (piece.traced(word) for piece in self.pieces(word[0].space)))

    def sum(self, node: ScalarSum, parts: list[Dual]) -> Dual:
        """Their sum."""
        weights = map(self._given.format.number, node.weights.values())
        return functools.reduce(Dual.__add__, map(Dual.scaled, parts, weights))

    def product(self, node: ScalarProduct, parts: list[Dual]) -> Dual:
        """Their product."""
        return functools.reduce(Dual.__mul__, map(Dual.power, parts, node.powers.values()))

    def pieces(self, space: Space) -> Iterator[Matrices]:
        """The matrices of a space, whole or, for many eigenvalues, piece by piece without being kept."""
        length = self._given.length(space)
        if not space.commuting or length <= COLUMNS:
            if space not in self._matrices:
                kind = DiagonalMatrices if space.commuting else DenseMatrices
                self._matrices[space] = kind(self._given, space, self)
            yield self._matrices[space]
        else:
            for start in range(0, length, COLUMNS):
                yield DiagonalMatrices(self._given, space, self, slice(start, start + COLUMNS))


def evaluation_order(
    scalars: Iterable[Scalar], unknowns: Collection[Scalar], right: Mapping[Scalar, Scalar]
) -> tuple[Order, Order]:
    """The nodes that scalars depend on, in order of evaluation: constant ones, then those that move.

    right : equations of unknowns that are substituted.
    """
    fixed: list[Scalar] = []
    moving: list[Scalar] = []
    moves: dict[Scalar, bool] = dict.fromkeys(unknowns, True)

    def needed(node: Scalar) -> Collection[Scalar]:
        return () if node in moves else _needed(node, right)

    for node in nodes_in(scalars, needed):
        if node not in moves:
            moves[node] = node in right or any(moves[x] for x in needed(node))
            (moving if moves[node] else fixed).append(node)
    return fixed, moving


def _needed(node: Scalar, right: Mapping[Scalar, Scalar]) -> Collection[Scalar]:
    """The nodes that it depends on: of a trace, the coefficients of its named inverses."""
    if node in right:
        return [right[node]]
    if not isinstance(node, WordTrace):
        return node.parts
    found: dict[Scalar, None] = {}
    letters, seen = list[Letter](node.key), set[Letter]()
    while letters:
        letter = letters.pop()
        if letter not in seen and letter.inverse_of is not None:
            seen.add(letter)
            for word, c in definition_of(letter).terms.items():
                found[c] = None
                letters += word
    return found
