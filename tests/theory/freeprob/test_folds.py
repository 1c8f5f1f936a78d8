"""Scalars as nodes, and the fold over them."""

import sympy

from detequiv.theory.freeprob.symbols.folds import Modulo, fold, leaves_in, nodes_in
from detequiv.theory.freeprob.symbols.primes import FINGERPRINT_PRIME
from detequiv.theory.freeprob.symbols.scalar_table import Scalars
from detequiv.theory.freeprob.symbols.scalars import (
    Constant,
    Leaf,
    Parameter,
    Scalar,
    ScalarProduct,
    ScalarSum,
    Unknown,
    WordTrace,
    index_of,
)

DEPTH = 3000
"""More than the recursion limit of Python."""


def continued_fraction(table: Scalars, depth: int = DEPTH) -> Scalar:
    """1 + 1/(1 + 1/(… + x))."""
    x = table.parameter("x")
    for _ in range(depth):
        x = table.one + x**-1
    return x


def test_the_value_modulo_the_prime_is_the_fingerprint() -> None:
    table = Scalars()
    deep = continued_fraction(table)
    assert fold(deep, Modulo(FINGERPRINT_PRIME, lambda leaf: leaf.value)) == deep.value


def test_every_node_is_met_once_and_after_its_parts() -> None:
    """Without sharing, the powers of 1 + x + x² + … would have 3^40 nodes."""
    table = Scalars()
    node = table.parameter("x")
    for _ in range(40):
        node = node + node**2 + table.one
    order = nodes_in([node])
    place = {x: k for k, x in enumerate(order)}
    assert len(place) == len(order) < 200
    assert all(place[part] < place[x] for x in order for part in x.parts)


def test_a_fold_starts_from_what_is_known_and_adds_to_it() -> None:
    table = Scalars()
    x, y = table.parameter("x"), table.parameter("y")
    met: list[Leaf] = []

    def value(leaf: Leaf) -> int:
        met.append(leaf)
        return 3

    known = {x: 2}
    assert fold(x * y + table.one, Modulo(7, value), known) == 0
    assert met == [y] and known[y] == 3 and known[x * y] == 6


def test_nodes_have_the_type_of_what_they_are() -> None:
    table = Scalars()
    x = table.parameter(sympy.Symbol("x"))
    u, t = table.unknown(2), table.trace((), 5)
    assert [type(node) for node in (table.number(3), x, u, t, x + u, x * t)] == [
        Constant,
        Parameter,
        Unknown,
        WordTrace,
        ScalarSum,
        ScalarProduct,
    ]
    assert leaves_in(x * u + t) == {x, u, t} and index_of(u) == 2
    assert table.unknown(2) is u and table.trace((), 7) is t
    assert table.trace(("A",), t.value) is t  # a fingerprint that is there already
