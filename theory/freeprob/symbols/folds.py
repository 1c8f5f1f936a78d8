"""Interpretations of scalars: an algebra gives each kind of node its value, from those of its parts.

Numbers modulo a prime, sympy expressions, duals, error bounds and nodes of another table are algebras.
:func:`fold` visits every node once, after its parts, without recursion: graphs may be of any depth.
"""

import abc
import operator
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

import sympy

from .primes import Number, modular
from .scalar_table import Scalars
from .scalars import Constant, Leaf, Scalar, ScalarProduct, ScalarSum

__all__ = ["Algebra", "InSympy", "Modulo", "Substitution", "fold", "leaves_in", "nodes_in", "substituted"]

T = TypeVar("T")

Needed = Callable[[Scalar], Collection[Scalar]]
"""The children of a node."""

PARTS: Needed = operator.attrgetter("parts")


class Algebra(abc.ABC, Generic[T]):
    """The values of scalars in one interpretation."""

    @abc.abstractmethod
    def constant(self, node: Constant) -> T:
        """The value of a rational number."""

    @abc.abstractmethod
    def leaf(self, node: Leaf) -> T:
        """A parameter, an unknown or a trace."""

    @abc.abstractmethod
    def sum(self, node: ScalarSum, parts: list[T]) -> T:
        """Σ c x over the weights of the node and its parts."""

    @abc.abstractmethod
    def product(self, node: ScalarProduct, parts: list[T]) -> T:
        """Π x^k over its parts and the powers of the node."""


def fold(scalar: Scalar, algebra: Algebra[T], known: dict[Scalar, T] | None = None) -> T:
    """The value of a scalar in an algebra.

    known : values of nodes that are not to be visited; those of visited nodes are added.
    """
    known = {} if known is None else known
    for node in _in_order([scalar], PARTS, known):
        known[node] = node.interpreted(algebra, known)
    return known[scalar]


def nodes_in(scalars: Iterable[Scalar], needed: Needed = PARTS) -> list[Scalar]:
    """All nodes that scalars depend on, each once and after those that it needs."""
    found: dict[Scalar, None] = {}
    for node in _in_order(scalars, needed, found):
        found[node] = None
    return list(found)


def leaves_in(*scalars: Scalar) -> set[Leaf]:
    """The leaves that scalars depend on."""
    return {node for node in nodes_in(scalars) if isinstance(node, Leaf)}


def _in_order(roots: Iterable[Scalar], needed: Needed, done: Container[Scalar]) -> Iterator[Scalar]:
    """Nodes after those that they need; each is expected to be done before the next one is asked for."""
    stack = list(roots)
    while stack:
        node = stack[-1]
        if node in done:
            stack.pop()
        elif waiting := [x for x in needed(node) if x not in done]:
            stack += waiting
        else:
            stack.pop()
            yield node


class Modulo(Algebra[int]):
    """Evaluation modulo a prime, at given values of leaves."""

    def __init__(self, prime: int, value: Callable[[Leaf], int]) -> None:
        self.prime, self._value = prime, value

    def number(self, c: Number) -> int:
        """A rational number modulo the prime."""
        return modular(c, self.prime)

    def constant(self, node: Constant) -> int:
        """The number modulo the prime."""
        return self.number(node.number)

    def leaf(self, node: Leaf) -> int:
        """The given value of the leaf."""
        return self._value(node)

    def sum(self, node: ScalarSum, parts: list[int]) -> int:
        """The weighted sum of the parts, modulo the prime."""
        weights = map(self.number, node.weights.values())
        return sum(c * x for c, x in zip(weights, parts, strict=True)) % self.prime

    def product(self, node: ScalarProduct, parts: list[int]) -> int:
        """Their product; ValueError where one of them is 0 below a fraction bar."""
        product = 1
        for x, power in zip(parts, node.powers.values(), strict=True):
            product = product * pow(x, power, self.prime) % self.prime
        return product


class Substitution(Algebra[Scalar]):
    """Substitution for leaves, in a table that may be another one."""

    def __init__(self, table: Scalars, value: Callable[[Leaf], Scalar]) -> None:
        self._table, self._value = table, value

    def constant(self, node: Constant) -> Scalar:
        """The same number."""
        return self._table.number(node.number)

    def leaf(self, node: Leaf) -> Scalar:
        """What the leaf is replaced by."""
        return self._value(node)

    def sum(self, node: ScalarSum, parts: list[Scalar]) -> Scalar:
        """The weighted sum of the replaced parts."""
        return self._table.combined(zip(node.weights.values(), parts, strict=True))

    def product(self, node: ScalarProduct, parts: list[Scalar]) -> Scalar:
        """The product of powers of the replaced parts."""
        pairs = zip(parts, node.powers.values(), strict=True)
        return self._table.product([x**power for x, power in pairs])


def substituted(scalar: Scalar, leaves: Mapping[Scalar, Scalar]) -> Scalar:
    """The scalar with some leaves replaced.

    >>> table = Scalars()
    >>> x, y = table.parameter("x"), table.parameter("y")
    >>> substituted(x / (x + y), {x: y}) is table.number(1) / table.number(2)
    True
    """
    return fold(scalar, Substitution(scalar.table, lambda leaf: leaves.get(leaf, leaf)))


class InSympy(Algebra[sympy.Expr]):
    """Conversion to sympy, at given expressions for leaves.

    >>> x = sympy.Symbol("x")
    >>> fold(Scalars().of(1 - 2 / x), InSympy(lambda leaf: leaf.key))
    1 - 2/x
    """

    def __init__(self, value: Callable[[Leaf], sympy.Expr]) -> None:
        self._value = value

    def constant(self, node: Constant) -> sympy.Expr:
        """The number as a sympy number."""
        return _rational(node.number)

    def leaf(self, node: Leaf) -> sympy.Expr:
        """The given sympy expression of the leaf."""
        return self._value(node)

    def sum(self, node: ScalarSum, parts: list[sympy.Expr]) -> sympy.Expr:
        """The weighted sum of the sympy expressions."""
        pairs = zip(node.weights.values(), parts, strict=True)
        return sympy.Add(*(_rational(c) * x for c, x in pairs))

    def product(self, node: ScalarProduct, parts: list[sympy.Expr]) -> sympy.Expr:
        """Their product; minus signs of sums that have no other are taken to the front."""
        negative = [_negative(x) for x in parts]
        odd = sum(k for minus, k in zip(negative, node.powers.values(), strict=True) if minus) % 2
        factors = (-x if minus else x for x, minus in zip(parts, negative, strict=True))
        powers = (x**k for x, k in zip(factors, node.powers.values(), strict=True))
        return sympy.Mul(sympy.Integer(-1 if odd else 1), *powers)


def _rational(number: Number) -> sympy.Expr:
    return sympy.Rational(number.numerator, number.denominator)


def _negative(expression: sympy.Expr) -> bool:
    """Whether it is a sum with a minus sign in front of every term."""
    return expression.is_Add and all(x.could_extract_minus_sign() for x in expression.args)
