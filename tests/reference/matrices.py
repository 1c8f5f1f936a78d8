"""The little linear algebra that `reference` needs: diagonal and dense matrices of mpmath numbers.

Both kinds know the same operations (sum, multiple, product, transpose, inverse, trace), so that the
equations are written once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self, TypeAlias

from mpmath import MPContext, mpf

Vector: TypeAlias = list[mpf]
Rows: TypeAlias = list[Vector]


class SquareMatrix(ABC):
    """What both kinds know; `product_summands` are those of tr(self other)."""

    ctx: MPContext

    @abstractmethod
    def __add__(self, other: Self) -> Self: ...

    @abstractmethod
    def __rmul__(self, number: mpf) -> Self: ...

    @abstractmethod
    def __matmul__(self, other: Self) -> Self: ...

    @property
    @abstractmethod
    def T(self) -> Self: ...

    @abstractmethod
    def inverse(self) -> Self: ...

    @abstractmethod
    def identity(self) -> Self: ...

    @abstractmethod
    def trace(self) -> mpf: ...

    @abstractmethod
    def product_summands(self, other: Self) -> Vector: ...

    def __sub__(self, other: Self) -> Self:
        return self + other.__rmul__(-self.ctx.one)

    def product_trace(self, other: Self) -> mpf:
        """tr(self other)."""
        return self.ctx.fsum(self.product_summands(other))


@dataclass(frozen=True)
class Diagonal(SquareMatrix):
    """diag(values), entry i repeated multiplicity[i] times (any positive real number)."""

    ctx: MPContext
    values: Vector
    multiplicity: Vector

    def like(self, values: Iterable[mpf]) -> Self:
        return replace(self, values=list(values))

    def __add__(self, other: Self) -> Self:
        return self.like(a + b for a, b in zip(self.values, other.values, strict=True))

    def __rmul__(self, number: mpf) -> Self:
        return self.like(number * a for a in self.values)

    def __matmul__(self, other: Self) -> Self:
        return self.like(a * b for a, b in zip(self.values, other.values, strict=True))

    @property
    def T(self) -> Self:
        return self

    def inverse(self) -> Self:
        return self.like(1 / a for a in self.values)

    def identity(self) -> Self:
        return self.like(self.ctx.one for _ in self.values)

    def trace(self) -> mpf:
        return self.ctx.fdot(self.multiplicity, self.values)

    def product_summands(self, other: Self) -> Vector:
        triples = zip(self.multiplicity, self.values, other.values, strict=True)
        return [m * a * b for m, a, b in triples]


@dataclass(frozen=True)
class Dense(SquareMatrix):
    """A matrix, row by row."""

    ctx: MPContext
    rows: Rows

    def like(self, rows: Iterable[Iterable[mpf]]) -> Self:
        return replace(self, rows=[list(row) for row in rows])

    def __add__(self, other: Self) -> Self:
        pairs = zip(self.rows, other.rows, strict=True)
        return self.like([a + b for a, b in zip(x, y, strict=True)] for x, y in pairs)

    def __rmul__(self, number: mpf) -> Self:
        return self.like([number * a for a in row] for row in self.rows)

    def __matmul__(self, other: Self) -> Self:
        columns = list(zip(*other.rows, strict=True))
        return self.like([self.ctx.fdot(row, column) for column in columns] for row in self.rows)

    @property
    def T(self) -> Self:
        return self.like(zip(*self.rows, strict=True))

    def inverse(self) -> Self:
        return self.like(eliminate(self.rows, self.identity().rows))

    def identity(self) -> Self:
        size = range(len(self.rows))
        return self.like([self.ctx.mpf(i == j) for j in size] for i in size)

    def trace(self) -> mpf:
        return self.ctx.fsum(row[i] for i, row in enumerate(self.rows))

    def product_summands(self, other: Self) -> Vector:
        pairs = zip(self.rows, other.T.rows, strict=True)
        return [a * b for row, column in pairs for a, b in zip(row, column, strict=True)]


def eliminate(matrix: Rows, right: Rows) -> Rows:
    """matrix⁻¹ right, by elimination with row pivoting."""
    size = len(matrix)
    rows = [[*row, *extra] for row, extra in zip(matrix, right, strict=True)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for j, row in enumerate(rows):
            if j != i and row[i] != 0:
                rows[j] = [x - row[i] * y for x, y in zip(row, rows[i], strict=True)]
    return [row[size:] for row in rows]


def solve(matrix: Rows, right: Vector) -> Vector:
    """The solution of a small linear system."""
    return [x for (x,) in eliminate(matrix, [[b] for b in right])]
