"""Matrices modulo the prime of fingerprints: the values of polynomials at random letters.

They tell which unknowns are 0 and which are equal, at a fraction of the cost of formulas.
"""

import dataclasses
from collections.abc import Sequence

from ...base.errors import SpecError
from ..symbols.elimination import SINGULAR
from ..symbols.fingerprints import Values
from ..symbols.primes import FINGERPRINT_PRIME
from ..symbols.words import Poly, Space

__all__ = ["Residue", "inverse_of_residues"]


@dataclasses.dataclass(frozen=True, eq=False)
class Residue:
    """A matrix on one space, modulo the prime."""

    space: Space
    values: Values

    @classmethod
    def of(cls, poly: Poly) -> "Residue":
        """The residue of a polynomial in letters."""
        return cls(poly.space, poly.values)

    def __add__(self, other: "Residue") -> "Residue":
        pairs = zip(self.values, other.values, strict=True)
        return Residue(
            self.space,
            tuple(tuple((x + y) % FINGERPRINT_PRIME for x, y in zip(a, b, strict=True)) for a, b in pairs),
        )

    def __neg__(self) -> "Residue":
        return self.scaled(-1)

    def __matmul__(self, other: "Residue") -> "Residue":
        return Residue(self.space, self.space.fingerprints.times(self.values, other.values))

    def scaled(self, factor: int) -> "Residue":
        """factor times this."""
        return Residue(
            self.space, tuple(tuple(factor * x % FINGERPRINT_PRIME for x in row) for row in self.values)
        )

    @property
    def is_zero(self) -> bool:
        """Whether it is 0."""
        return not any(any(row) for row in self.values)

    @property
    def trace(self) -> int:
        """Its trace."""
        return self.space.traced(self.values)


def inverse_of_residues(matrix: Sequence[Sequence[Residue]], space: Space) -> list[list[Residue]]:
    """The inverse of a small matrix of matrices.

    Raises SpecError where it has none.
    """
    try:
        blocks = space.fingerprints.inverse_of_blocks([[x.values for x in row] for row in matrix])
    except ZeroDivisionError:
        raise SpecError(SINGULAR) from None
    return [[Residue(space, values) for values in row] for row in blocks]
