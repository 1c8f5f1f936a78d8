"""The table of the scalars of one derivation: one node for each value.

Nodes are looked up by their fingerprints, so that equal scalars are one node, zero is recognised, and
nothing need ever be simplified. Two different rational functions of degree D share a value with
probability at most D/2⁶¹ (Schwartz and Zippel).
"""

import random
from collections.abc import Hashable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import sympy

from .primes import FINGERPRINT_PRIME, Number, modular
from .scalars import Constant, Leaf, Parameter, Scalar, ScalarProduct, ScalarSum, Unknown, WordTrace

if TYPE_CHECKING:
    from .words import Word

__all__ = ["Scalars"]


class Scalars:
    """The nodes of one derivation.

    >>> table = Scalars()
    >>> x, y = table.parameter("x"), table.parameter("y")
    >>> (x + y) * (x - y) is x * x - y * y, (x - x).is_zero
    (True, True)
    """

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._leaves: dict[tuple[type[Leaf], Hashable], Scalar] = {}
        self._nodes: dict[int, Scalar] = {}
        self.zero = self._kept(Constant(self, 0, 0))
        self.one = self._kept(Constant(self, 1, 1))

    def draw(self) -> int:
        """A random value that is not 0."""
        return self._random.randrange(1, FINGERPRINT_PRIME)

    def number(self, value: Number) -> Scalar:
        """A rational number."""
        return self._sum({self.one: _plain(value)})

    def parameter(self, key: Hashable, value: int | None = None) -> Scalar:
        """The parameter of this name or sympy expression, and of this fingerprint if it is new."""
        return self._leaf(Parameter, key, value)

    def unknown(self, index: int) -> Scalar:
        """The unknown of this number."""
        return self._leaf(Unknown, index)

    def trace(self, word: "Word", value: int) -> Scalar:
        """The trace of a product of letters, and its fingerprint."""
        return self._leaf(WordTrace, word, value)

    def _leaf(self, kind: type[Leaf], key: Hashable, value: int | None = None) -> Scalar:
        """The leaf of this name; new ones get the value given, or a random one.

        Where a node has that value already, that node is returned: it is the same scalar.
        """
        if (kind, key) not in self._leaves:
            number = self.draw() if value is None else value % FINGERPRINT_PRIME
            self._leaves[kind, key] = self._nodes.get(number) or self._kept(kind(self, number, key))
        return self._leaves[kind, key]

    def of(self, expression: sympy.Expr) -> Scalar:
        """That of a sympy expression; what is not rational in its symbols becomes a parameter."""
        match expression:
            case sympy.Rational():
                return self.number(Fraction(int(expression.p), int(expression.q)))
            case sympy.Float():  # the decimal that is written
                return self.number(Fraction(str(expression)))
            case sympy.Add():
                return self.total(self.of(term) for term in expression.args)
            case sympy.Mul():
                return self.product(self.of(factor) for factor in expression.args)
            case sympy.Pow(base=base, exp=sympy.Integer() as power):
                return self.of(base) ** int(power)
        return self.parameter(expression)

    def total(self, terms: Iterator[Scalar] | Sequence[Scalar]) -> Scalar:
        """Their sum."""
        return self.combined((1, term) for term in terms)

    def combined(self, pairs: Iterator[tuple[Number, Scalar]]) -> Scalar:
        """Σ c x over pairs of a number and a scalar."""
        found: dict[Scalar, Number] = {}
        for c, scalar in pairs:
            for base, weight in scalar.terms():
                found[base] = found.get(base, 0) + c * weight
        return self._sum({base: _plain(c) for base, c in found.items() if c})

    def product(self, factors: Iterator[Scalar] | Sequence[Scalar]) -> Scalar:
        """Their product."""
        result = self.one
        for factor in factors:
            result = result * factor
        return result

    def multiplied(self, powers: Mapping[Scalar, int], coefficient: Number) -> Scalar:
        """coefficient · Π x^k over leaves and sums x."""
        kept = {base: power for base, power in powers.items() if power}
        if not kept:
            return self.number(coefficient)
        if len(kept) == 1:
            ((base, power),) = kept.items()
            if power == 1:
                return self.combined(iter(((coefficient, base),)))
        value = 1
        for base, power in kept.items():
            value = value * pow(base.value, power, FINGERPRINT_PRIME) % FINGERPRINT_PRIME
        monic = self._nodes.get(value) or self._kept(ScalarProduct(self, value, kept))
        return self.combined(iter(((coefficient, monic),)))

    def _sum(self, terms: dict[Scalar, Number]) -> Scalar:
        total = sum(base.value * modular(c, FINGERPRINT_PRIME) for base, c in terms.items())
        value = total % FINGERPRINT_PRIME
        known = self._nodes.get(value)
        if known is not None:
            return known
        if list(terms) == [self.one]:
            return self._kept(Constant(self, value, terms[self.one]))
        return self._kept(ScalarSum(self, value, terms))

    def _kept(self, node: Scalar) -> Scalar:
        self._nodes[node.value] = node
        return node


def _plain(number: Number) -> Number:
    """The number as an int, if its denominator is 1."""
    return number.numerator if number.denominator == 1 else number
