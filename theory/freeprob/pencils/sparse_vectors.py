"""Sparse vectors of fractions: spans, bases and inverses, exactly."""

from collections.abc import Sequence
from fractions import Fraction

__all__ = ["Matrix", "Vector", "closure", "independent_rows", "inverse_of", "plus", "times"]

Vector = dict[int, Fraction]
"""The nonzero entries, by place."""

Matrix = list[Vector]
"""By columns."""


def closure(starts: list[Vector], maps: list[Matrix]) -> list[Vector]:
    """A basis, in reduced echelon form, of the smallest space that contains the starts and is closed
    under the maps: each vector begins with a 1 where all others have 0."""
    basis: dict[int, Vector] = {}
    waiting = list(starts)
    while waiting:
        rest = _rest(waiting.pop(), basis)
        if rest:
            pivot = min(rest)
            rest = {i: x / rest[pivot] for i, x in rest.items()}
            for other in basis:
                if pivot in basis[other]:
                    basis[other] = plus(basis[other], rest, -basis[other][pivot])
            basis[pivot] = rest
            waiting += [image for A in maps if (image := times(A, rest))]
    return [basis[pivot] for pivot in sorted(basis)]


def _rest(vector: Vector, basis: dict[int, Vector]) -> Vector:
    for pivot, other in basis.items():
        if pivot in vector:
            vector = plus(vector, other, -vector[pivot])
    return vector


def plus(x: Vector, y: Vector, c: Fraction) -> Vector:
    """x + cy."""
    if not y or not c:
        return x
    total = dict(x)
    for i, value in y.items():
        total[i] = total.get(i, Fraction(0)) + c * value
        if not total[i]:
            del total[i]
    return total


def independent_rows(columns: Matrix, first: Sequence[int], size: int) -> list[int]:
    """As many independent rows as there are columns, preferably the first ones given."""
    rows: Matrix = [{} for _ in range(size)]
    for j, column in enumerate(columns):
        for i, x in column.items():
            rows[i][j] = x
    chosen: list[int] = []
    basis: list[Vector] = []
    for i in dict.fromkeys((*first, *range(size))):
        wider = closure([*basis, rows[i]], [])
        if len(wider) > len(basis):
            basis = wider
            chosen.append(i)
    return chosen


def inverse_of(columns: Matrix) -> Matrix:
    """The inverse, by columns too: each column is extended by its unit vector, and reduced."""
    size = len(columns)
    longer = [{**column, size + j: Fraction(1)} for j, column in enumerate(columns)]
    return [{i - size: x for i, x in v.items() if i >= size} for v in closure(longer, [])]


def times(A: Matrix, v: Vector) -> Vector:
    total: Vector = {}
    for j, x in v.items():
        total = plus(total, A[j], x)
    return total
