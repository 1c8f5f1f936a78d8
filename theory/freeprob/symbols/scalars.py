"""Scalars as nodes of a graph: numbers, leaves, sums and products.

A scalar is a rational function of leaves: parameters, unknowns, traces. Every leaf has a random value
modulo the prime 2⁶¹ − 1, and with it every scalar. Nodes are made by a table, see ``scalar_table``,
which looks them up by this fingerprint.
"""

import abc
from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

from ...base.errors import SpecError
from .primes import Number

if TYPE_CHECKING:
    from .folds import Algebra
    from .scalar_table import Scalars

__all__ = [
    "Constant",
    "Leaf",
    "Parameter",
    "Scalar",
    "ScalarProduct",
    "ScalarSum",
    "Unknown",
    "WordTrace",
    "index_of",
]

T = TypeVar("T")


class Scalar(abc.ABC):
    """One node; arithmetic gives nodes of the same table, equal ones are one object.

    value : its fingerprint.
    """

    __slots__ = ("table", "value")

    def __init__(self, table: "Scalars", value: int) -> None:
        self.table, self.value = table, value

    @property
    def is_zero(self) -> bool:
        """Whether it is 0."""
        return self.value == 0

    @property
    def parts(self) -> "Collection[Scalar]":
        """The nodes that it is made of."""
        return ()

    @abc.abstractmethod
    def interpreted(self, algebra: "Algebra[T]", known: "Mapping[Scalar, T]") -> T:
        """Its value in an algebra, given the values of its children."""

    def terms(self) -> "Collection[tuple[Scalar, Number]]":
        """It is Σ c · base over these pairs; the base of a number is 1."""
        return ((self, 1),)

    def factors(self) -> "tuple[Number, Mapping[Scalar, int]]":
        """It is c Π base^k: c and the powers."""
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


class Constant(Scalar):
    """A rational number."""

    __slots__ = ("number",)

    def __init__(self, table: "Scalars", value: int, number: Number) -> None:
        super().__init__(table, value)
        self.number = number

    def interpreted(self, algebra: "Algebra[T]", known: Mapping[Scalar, T]) -> T:
        """The number there."""
        return algebra.constant(self)

    def terms(self) -> Collection[tuple[Scalar, Number]]:
        """A multiple of 1; nothing for 0."""
        return ((self.table.one, self.number),) if self.number else ()

    def factors(self) -> tuple[Number, Mapping[Scalar, int]]:
        """The number alone."""
        return self.number, {}


class Leaf(Scalar):
    """The leaves: scalars are rational functions of them."""

    __slots__ = ("key",)

    def __init__(self, table: "Scalars", value: int, key: Any) -> None:
        super().__init__(table, value)
        self.key = key

    def interpreted(self, algebra: "Algebra[T]", known: Mapping[Scalar, T]) -> T:
        """The leaf there."""
        return algebra.leaf(self)


class Parameter(Leaf):
    """A symbol, or an expression that is not rational in its symbols: ``key`` in sympy."""

    __slots__ = ()


class Unknown(Leaf):
    """An unknown of the equations: ``key`` is its number."""

    __slots__ = ()


def index_of(unknown: Scalar) -> int:
    """The number of an unknown, which is the same in the table of a reduced system."""
    assert isinstance(unknown, Unknown)
    return int(unknown.key)


class WordTrace(Leaf):
    """The trace of a product of letters, the word ``key``."""

    __slots__ = ()


class ScalarSum(Scalar):
    """Σ c · x of leaves, products and 1: ``weights`` maps x to c."""

    __slots__ = ("weights",)

    def __init__(self, table: "Scalars", value: int, weights: Mapping[Scalar, Number]) -> None:
        super().__init__(table, value)
        self.weights = weights

    @property
    def parts(self) -> Collection[Scalar]:
        """The summands."""
        return self.weights.keys()

    def interpreted(self, algebra: "Algebra[T]", known: Mapping[Scalar, T]) -> T:
        """The sum of its parts there."""
        return algebra.sum(self, [known[x] for x in self.weights])

    def terms(self) -> Collection[tuple[Scalar, Number]]:
        """Its terms."""
        return self.weights.items()

    def factors(self) -> tuple[Number, Mapping[Scalar, int]]:
        """Those of its only term; else the weight of the first one is taken out."""
        (base, c), *more = self.weights.items()
        if not more:
            inner, powers = base.factors()
            return c * inner, powers
        if c != 1:
            return c, {self.table.combined((Fraction(w) / c, b) for b, w in self.weights.items()): 1}
        return 1, {self: 1}


class ScalarProduct(Scalar):
    """Π x^k of leaves and sums: ``powers`` maps x to k."""

    __slots__ = ("powers",)

    def __init__(self, table: "Scalars", value: int, powers: Mapping[Scalar, int]) -> None:
        super().__init__(table, value)
        self.powers = powers

    @property
    def parts(self) -> Collection[Scalar]:
        """The factors."""
        return self.powers.keys()

    def interpreted(self, algebra: "Algebra[T]", known: Mapping[Scalar, T]) -> T:
        """The product of powers of its parts there."""
        return algebra.product(self, [known[x] for x in self.powers])

    def factors(self) -> tuple[Number, Mapping[Scalar, int]]:
        """Its factors."""
        return 1, self.powers
