"""Reduction: systems in few unknowns, easier to read; the others are substituted.

A smallest set of unknowns is looked for without which no other one depends on itself. Where one of
these says k = c/(a + bu), u is (c/k − a)/b everywhere but in that equation: so 1 + u becomes c/k,
and fractions do not pile up. Of the others those are written out that are a product or occur once;
what would only make equations longer keeps its name. All of it is equivalence: the result has the
solutions of what it was made from.
"""

import dataclasses
import functools
import itertools
from collections import Counter
from collections.abc import Collection, Iterator

from ..symbols.folds import Substitution, fold, leaves_in
from ..symbols.scalar_table import Scalars
from ..symbols.scalars import Leaf, Scalar, ScalarSum, WordTrace, index_of
from ..symbols.space_dimensions import SpaceDimension
from ..symbols.words import Letter, Poly, Spaces, Word
from .covariance_equations import Block
from .feedback_vertex_set import all_dependencies, dependencies, kept_unknowns
from .system import System

__all__ = ["reduced"]


def reduced(system: System) -> System:
    """The same system in fewer unknowns; ``unreduced`` is the one given.

    >>> import sympy
    >>> from detequiv.theory.freeprob import Gaussian, derive, dimensions, identity, trace
    >>> n, d = dimensions("n d")
    >>> lam = sympy.Symbol("lam", positive=True)
    >>> X = Gaussian(n, d, "X", variance=1 / n)
    >>> system = derive(trace((X.T @ X + lam * identity(d)).inv()))     # is reduced
    >>> len(system.unreduced.equations), len(system.equations)
    (2, 1)
    """
    move = _Reduction(system)
    blocks = tuple(block for old in system.blocks if (block := move.block(old)).equations)
    value = move(system.value)
    return dataclasses.replace(system, spaces=move.spaces, blocks=blocks, value=value, unreduced=system)


class _Reduction:
    """Scalars of a system in a table of its own, where unknowns that are not kept are replaced."""

    def __init__(self, system: System) -> None:
        self.spaces = Spaces(Scalars())
        self._scalars: dict[Scalar, Scalar] = {}
        self._substitution = Substitution(self.spaces.scalars, self._leaf)
        self._letters: dict[Letter, Poly] = {}
        for space in system.spaces:
            for letter in space.letters.values():
                self._letters[letter] = self.spaces[space.dimension].letter(letter.name)
        inverses = [letter for space in system.spaces for letter in space.inverses]
        inside = [leaves_in(c) for letter in inverses for c in _coefficients(letter)]
        equations = [right for block in system.blocks for right in block.equations.values()]
        self._in_inverses = set().union(*inside)
        self._uses: Counter[Scalar] = Counter(
            itertools.chain(*inside, *(leaves_in(x) for x in (*equations, system.value)))
        )

    def __call__(self, scalar: Scalar) -> Scalar:
        """The scalar in the new table."""
        return fold(scalar, self._substitution, self._scalars)

    def block(self, block: Block) -> Block:
        """The unknowns that are kept, with their equations; the others will be substituted."""
        few = kept_unknowns(block, self._in_inverses)
        fractions = {} if block.linear else _fractions(block, few)
        replaced = {x.unknown for x in fractions.values()}
        kept = [u for u in block.equations if u in few or not (u in replaced or self._is_short(u, block))]
        names = {u: self.spaces.scalars.unknown(index_of(u)) for u in kept}
        self._scalars |= names
        for k, fraction in fractions.items():
            self._scalars[fraction.unknown] = fraction.solved(self, names[k])
        for u in _in_order(block, self._scalars):
            self._scalars[u] = self(block.equations[u])
        return Block(
            block.linear,
            {
                name: fractions[k].inserted(self, block) if k in fractions else self(block.equations[k])
                for k, name in names.items()
            },
        )

    def _is_short(self, u: Scalar, block: Block) -> bool:
        """Whether it is a product, or occurs only once."""
        _, factors = block.equations[u].factors()
        return all(isinstance(x, Leaf) or leaves_in(x).isdisjoint(block.equations) for x in factors) or (
            self._uses[u] < 2
        )

    def _leaf(self, leaf: Leaf) -> Scalar:
        if isinstance(leaf, WordTrace):
            return self._word(leaf.key).trace
        if isinstance(leaf.key, SpaceDimension):
            return self.spaces[leaf.key].size
        return self.spaces.scalars.parameter(leaf.key)

    def _word(self, word: Word) -> Poly:
        return functools.reduce(Poly.__matmul__, (self._letter(letter) for letter in word))

    def _letter(self, letter: Letter) -> Poly:
        if letter not in self._letters:
            assert letter.inverse_of is not None
            space = self.spaces[letter.space.dimension]
            self._letters[letter] = space.inverse(self._poly(letter.inverse_of))
        return self._letters[letter]

    def _poly(self, poly: Poly) -> Poly:
        one = self.spaces[poly.space.dimension].identity
        parts = ((self._word(word) if word else one).scaled(self(c)) for word, c in poly.terms.items())
        return functools.reduce(Poly.__add__, parts)


@dataclasses.dataclass(frozen=True, eq=False)
class _Fraction:
    """A right side c/(a + bu) with an unknown u that is nowhere else in it."""

    unknown: Scalar
    c: Scalar
    a: Scalar
    b: Scalar

    def solved(self, move: _Reduction, k: Scalar) -> Scalar:
        """u = (c/k − a)/b."""
        return (move(self.c) / k - move(self.a)) / move(self.b)

    def inserted(self, move: _Reduction, block: Block) -> Scalar:
        """c/(a + bu) with u's own right side."""
        return move(self.c) / (move(self.a) + move(self.b) * move(block.equations[self.unknown]))


def _fractions(block: Block, kept: Collection[Scalar]) -> dict[Scalar, _Fraction]:
    """For each kept unknown, where its equation is a fraction in one that is not kept."""
    left = block.equations.keys() - set(kept)
    found: dict[Scalar, _Fraction] = {}
    for k in kept:
        for fraction in _as_fractions(block.equations[k]):
            if fraction.unknown in left:
                others = (all_dependencies(x) for x in (fraction.a, fraction.b, fraction.c))
                if not set().union(*others) & (block.equations.keys() - set(kept)):
                    left.discard(fraction.unknown)
                    found[k] = fraction
                    break
    return found


def _as_fractions(right: Scalar) -> Iterator[_Fraction]:
    """All ways to see c/(a + bu) in it."""
    c, powers = right.factors()
    table = right.table
    for base, power in powers.items():
        if isinstance(base, ScalarSum) and power == -1:
            rest = table.multiplied({x: k for x, k in powers.items() if x is not base}, c)
            for term, weight in base.weights.items():
                a = table.combined((w, x) for x, w in base.weights.items() if x is not term)
                _, factors = term.factors()
                for u, k in factors.items():
                    if isinstance(u, Leaf) and k == 1:
                        inner = {x: j for x, j in factors.items() if x is not u}
                        yield _Fraction(u, rest, a, table.multiplied(inner, weight))


def _in_order(block: Block, known: Collection[Scalar]) -> Iterator[Scalar]:
    """The unknowns that are not known, each after those that it depends on."""
    needed = dependencies(block)
    waiting = [u for u in block.equations if u not in known]
    while waiting:
        u = next(u for u in waiting if not needed[u] & set(waiting))
        waiting.remove(u)
        yield u


def _coefficients(letter: Letter) -> Collection[Scalar]:
    return () if letter.inverse_of is None else letter.inverse_of.terms.values()
