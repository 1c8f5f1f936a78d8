"""Matrices modulo the prime: what polynomials are at the values of their letters, and no more.

They tell which unknowns are 0 and which are equal, at a small part of what formulas cost.
"""

import dataclasses
from collections.abc import Sequence

from ...base.errors import SpecError
from ..symbols.elimination import SINGULAR
from ..symbols.scalars import PRIME
from ..symbols.words import SIZE, Poly, Space, Values

__all__ = ["Residue", "inverted_residues"]


@dataclasses.dataclass(frozen=True, eq=False)
class Residue:
    """A matrix on one space, modulo the prime."""

    space: Space
    values: Values

    @classmethod
    def of(cls, poly: Poly) -> "Residue":
        """That of a polynomial."""
        return cls(poly.space, poly.values)

    def __add__(self, other: "Residue") -> "Residue":
        pairs = zip(self.values, other.values, strict=True)
        return Residue(
            self.space, tuple(tuple((x + y) % PRIME for x, y in zip(a, b, strict=True)) for a, b in pairs)
        )

    def __neg__(self) -> "Residue":
        return self.scaled(-1)

    def __matmul__(self, other: "Residue") -> "Residue":
        return Residue(self.space, self.space.times(self.values, other.values))

    def scaled(self, factor: int) -> "Residue":
        """factor times this."""
        return Residue(self.space, tuple(tuple(factor * x % PRIME for x in row) for row in self.values))

    @property
    def is_zero(self) -> bool:
        """Whether it is 0."""
        return not any(any(row) for row in self.values)

    @property
    def trace(self) -> int:
        """Its trace."""
        return self.space.traced(self.values)


def inverted_residues(matrix: Sequence[Sequence[Residue]], space: Space) -> list[list[Residue]]:
    """The inverse of a small matrix of matrices.

    Raises SpecError where it has none.
    """
    size = len(matrix)
    try:
        if space.commuting:  # one matrix for each eigenvalue
            layers = [_inverted([[x.values[0][k] for x in row] for row in matrix]) for k in range(SIZE)]
            return [
                [Residue(space, (tuple(layer[i][j] for layer in layers),)) for j in range(size)]
                for i in range(size)
            ]
        whole = _inverted(
            [[x for entry in row for x in entry.values[k]] for row in matrix for k in range(SIZE)]
        )
    except StopIteration:
        raise SpecError(SINGULAR) from None
    cuts = [slice(SIZE * i, SIZE * (i + 1)) for i in range(size)]
    return [
        [Residue(space, tuple(tuple(row[columns]) for row in whole[rows])) for columns in cuts]
        for rows in cuts
    ]


def _inverted(rows: list[list[int]]) -> list[list[int]]:
    """By Gauss and Jordan; StopIteration where there is no pivot."""
    size = len(rows)
    rows = [[*row, *(int(i == j) for j in range(size))] for i, row in enumerate(rows)]
    for i in range(size):
        pivot = next(k for k in range(i, size) if rows[k][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        scale = pow(rows[i][i], -1, PRIME)
        rows[i] = pivoted = [x * scale % PRIME for x in rows[i]]
        for k in range(size):
            factor = rows[k][i]
            if factor and k != i:
                rows[k] = [
                    (x - factor * y) % PRIME if y else x for x, y in zip(rows[k], pivoted, strict=True)
                ]
    return [row[size:] for row in rows]
