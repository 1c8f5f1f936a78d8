"""Scalars as nodes of a graph, one node for each value.

A scalar is a rational function of leaves: symbols, unknowns, traces. Every leaf has a random value
modulo the prime 2⁶¹ − 1, and with it every scalar; nodes are looked up by this fingerprint, so that
equal scalars are one node, zero is recognised, and nothing need ever be simplified. Two different
rational functions of degree D share a value with probability at most D/2⁶¹ (Schwartz and Zippel).
"""

import random
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeVar

import sympy

from ...base.errors import SpecError

__all__ = ["PRIME", "Scalar", "Scalars", "modular"]

PRIME = 2**61 - 1

T = TypeVar("T")

Number = int | Fraction
"""Integers stay integers, which is several times faster."""


class Scalars:
    """The nodes of one derivation.

    >>> table = Scalars()
    >>> x, y = table.leaf("x"), table.leaf("y")
    >>> (x + y) * (x - y) is x * x - y * y, (x - x).is_zero
    (True, True)
    """

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._leaves: dict[Hashable, Scalar] = {}
        self._nodes: dict[int, Scalar] = {}
        self.zero = self._node(0, "number", 0)
        self.one = self._node(1, "number", 1)

    def draw(self) -> int:
        """A random value that is not 0."""
        return self._random.randrange(1, PRIME)

    def number(self, value: Number) -> "Scalar":
        """A rational number."""
        return self._sum({self.one: _plain(value)})

    def leaf(self, key: Hashable, value: int | None = None) -> "Scalar":
        """The leaf of this name; new ones get the value given, or a random one.

        Where a node has that value already, that node is returned: it is the same scalar.
        """
        if key not in self._leaves:
            number = self.draw() if value is None else value % PRIME
            self._leaves[key] = self._nodes.get(number) or self._node(number, "leaf", key)
        return self._leaves[key]

    def of(self, expression: sympy.Expr) -> "Scalar":
        """That of a sympy expression; what is not rational in its symbols becomes a leaf."""
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
        return self.leaf(expression)

    def total(self, terms: "Iterator[Scalar] | Sequence[Scalar]") -> "Scalar":
        """Their sum."""
        return self.combined((1, term) for term in terms)

    def combined(self, pairs: "Iterator[tuple[Number, Scalar]]") -> "Scalar":
        """Σ c x over pairs of a number and a scalar."""
        found: dict[Scalar, Number] = {}
        for c, scalar in pairs:
            for base, weight in scalar.terms():
                found[base] = found.get(base, 0) + c * weight
        return self._sum({base: _plain(c) for base, c in found.items() if c})

    def product(self, factors: "Iterator[Scalar] | Sequence[Scalar]") -> "Scalar":
        """Their product."""
        result = self.one
        for factor in factors:
            result = result * factor
        return result

    def multiplied(self, powers: "Mapping[Scalar, int]", coefficient: Number) -> "Scalar":
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
            value = value * pow(base.value, power, PRIME) % PRIME
        monic = self._nodes.get(value) or self._node(value, "product", kept)
        return self.combined(iter(((coefficient, monic),)))

    def _sum(self, terms: "dict[Scalar, Number]") -> "Scalar":
        value = sum(base.value * modular(c) for base, c in terms.items()) % PRIME
        known = self._nodes.get(value)
        if known is not None:
            return known
        if list(terms) == [self.one]:
            return self._node(value, "number", terms[self.one])
        return self._node(value, "sum", terms)

    def _node(self, value: int, kind: str, content: Any) -> "Scalar":
        node = Scalar(self, value, kind, content)
        self._nodes[value] = node
        return node


class Scalar:
    """One node; arithmetic gives nodes of the same table, equal ones are one object.

    kind : "number" (content a rational), "leaf" (its key), "sum" (node → rational), "product"
        (node → integer power).
    """

    __slots__ = ("content", "kind", "table", "value")

    def __init__(self, table: Scalars, value: int, kind: str, content: Any) -> None:
        self.table, self.value, self.kind, self.content = table, value, kind, content

    @property
    def is_zero(self) -> bool:
        """Whether it is 0."""
        return self.value == 0

    def terms(self) -> Iterator[tuple["Scalar", Number]]:
        """It is Σ c · base over these pairs; the base of a number is 1."""
        if self.kind == "sum":
            yield from self.content.items()
        elif self.kind == "number":
            if self.content:
                yield self.table.one, self.content
        else:
            yield self, 1

    def factors(self) -> tuple[Number, dict["Scalar", int]]:
        """It is c Π base^k: c and the powers."""
        if self.kind == "number":
            return self.content, {}
        if self.kind == "product":
            return 1, self.content
        if self.kind == "sum":
            (base, c), *more = self.content.items()
            if not more:
                inner, powers = base.factors()
                return c * inner, powers
            if c != 1:
                return c, {self.table.combined((Fraction(w) / c, b) for b, w in self.content.items()): 1}
        return 1, {self: 1}

    def __add__(self, other: "Scalar") -> "Scalar":
        return self.table.combined(iter(((1, self), (1, other))))

    def __sub__(self, other: "Scalar") -> "Scalar":
        return self.table.combined(iter(((1, self), (-1, other))))

    def __neg__(self) -> "Scalar":
        return self.table.combined(iter(((-1, self),)))

    def __mul__(self, other: "Scalar") -> "Scalar":
        if self.is_zero or other.is_zero:
            return self.table.zero
        (a, left), (b, right) = self.factors(), other.factors()
        powers = dict(left)
        for base, power in right.items():
            powers[base] = powers.get(base, 0) + power
        return self.table.multiplied(powers, a * b)

    def __truediv__(self, other: "Scalar") -> "Scalar":
        return self * other**-1

    def __pow__(self, power: int) -> "Scalar":
        if self.is_zero and power < 0:
            raise SpecError("a scalar that is 0 for all values stands below a fraction bar.")
        c, powers = self.factors()
        raised = {base: k * power for base, k in powers.items()}
        return self.table.multiplied(raised, Fraction(c) ** power)

    def leaves(self) -> "set[Scalar]":
        """The leaves that it is made of."""
        found: set[Scalar] = set()
        self.walk(lambda node, _: found.add(node) if node.kind == "leaf" else None)
        return found

    def walk(self, visit: "Callable[[Scalar, list[T]], T]", known: "dict[Scalar, T] | None" = None) -> T:
        """visit(node, results of its children), each node once, children first."""
        results: dict[Scalar, T] = {} if known is None else known
        stack = [self]
        while stack:
            node = stack[-1]
            if node in results:
                stack.pop()
                continue
            waiting = [child for child in node.children() if child not in results]
            if waiting:
                stack += waiting
            else:
                results[node] = visit(node, [results[child] for child in node.children()])
                stack.pop()
        return results[self]

    def children(self) -> "list[Scalar]":
        """The nodes that it is made of."""
        return list(self.content) if self.kind in ("sum", "product") else []

    def replaced(self, leaves: "Mapping[Scalar, Scalar]") -> "Scalar":
        """With other scalars in place of some leaves."""

        def visit(node: Scalar, children: list[Scalar]) -> Scalar:
            if node.kind == "sum":
                return self.table.combined(zip(node.content.values(), children, strict=True))
            if node.kind == "product":
                pairs = zip(children, node.content.values(), strict=True)
                return self.table.product([child**power for child, power in pairs])
            return leaves.get(node, node)

        return self.walk(visit)

    def expression(self, leaf: Callable[[Hashable], sympy.Expr]) -> sympy.Expr:
        """In sympy, with these expressions for the leaves."""

        def visit(node: Scalar, children: list[sympy.Expr]) -> sympy.Expr:
            if node.kind == "number":
                return sympy.Rational(node.content.numerator, node.content.denominator)
            if node.kind == "leaf":
                return leaf(node.content)
            if node.kind == "sum":
                pairs = zip(node.content.values(), children, strict=True)
                return sympy.Add(*(sympy.Rational(c.numerator, c.denominator) * x for c, x in pairs))
            turned = [_negative(x) for x in children]
            odd = sum(k for turn, k in zip(turned, node.content.values(), strict=True) if turn) % 2
            factors = (-x if turn else x for x, turn in zip(children, turned, strict=True))
            powers = (x**k for x, k in zip(factors, node.content.values(), strict=True))
            return sympy.Mul(sympy.Integer(-1 if odd else 1), *powers)

        return self.walk(visit)


def _negative(expression: sympy.Expr) -> bool:
    """Whether it is a sum with a minus sign in front of every term."""
    return expression.is_Add and all(x.could_extract_minus_sign() for x in expression.args)


def _plain(number: Number) -> Number:
    """An integer as one."""
    return number.numerator if number.denominator == 1 else number


def modular(number: Number) -> int:
    """A rational number modulo the prime."""
    if number.denominator == 1:
        return number.numerator % PRIME
    return number.numerator * pow(number.denominator, -1, PRIME) % PRIME
