"""Names for inverses that occur again and again in an expression, for people."""

from collections import Counter
from collections.abc import Iterator, Mapping

from .expression import Deterministic, Inverse, Matrix, Product, Sum

__all__ = ["repeated_inverses", "with_names"]


def repeated_inverses(matrices: list[Matrix]) -> list[Inverse]:
    """The inverses that occur at least twice, in the order in which they are met; of one inside of
    another that is named, occurrences there count once."""
    found: Counter[Inverse] = Counter()
    for matrix in matrices:
        found.update(_inverses(matrix, found))
    return [inverse for inverse, count in found.items() if count > 1]


def _inverses(node: Matrix, met: Counter[Inverse]) -> Iterator[Inverse]:
    if isinstance(node, Inverse):
        seen = met[node] > 0
        yield node
        if seen:  # what is inside of it has been counted
            return
    for child in node.children:
        yield from _inverses(child, met)


def with_names(node: Matrix, names: Mapping[Matrix, str], *, inside: bool = False) -> Matrix:
    """For printing: the expression with names instead of these inverses; ``inside``, in what
    is inverted by one alone."""
    if node in names and not inside:
        return Deterministic(node.rows, names[node])
    match node:
        case Product(factors):
            return Product(tuple(with_names(factor, names) for factor in factors))
        case Sum(terms):
            return Sum(tuple((c, with_names(term, names)) for c, term in terms))
        case Inverse(of):
            return Inverse(with_names(of, names))
    return node
