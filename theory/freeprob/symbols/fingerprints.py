"""Fingerprints of matrices: their values at random letters of size 5, modulo a prime.

Diagonal matrices where letters commute. Two matrices that differ for some letters share a fingerprint
with probability of order 2⁻⁶¹ times the length of their products.
"""

import abc
import operator
from collections.abc import Callable, Sequence

from .primes import FINGERPRINT_PRIME

__all__ = ["SIZE", "DenseFingerprints", "DiagonalFingerprints", "Fingerprints", "Values"]

SIZE = 5

Values = tuple[tuple[int, ...], ...]
"""A matrix modulo the prime, by rows; only its diagonal, as one row, where letters commute."""

Blocks = list[list[Values]]


class Fingerprints(abc.ABC):
    """The matrices that letters of one space have as values.

    one : the identity.
    """

    one: Values

    @abc.abstractmethod
    def drawn(self, draw: Callable[[], int]) -> Values:
        """A random symmetric matrix."""

    @abc.abstractmethod
    def times(self, a: Values, b: Values) -> Values:
        """The product of two matrices modulo the prime."""

    @abc.abstractmethod
    def trace(self, a: Values) -> int:
        """The sum of the diagonal, not yet modulo the prime."""

    @abc.abstractmethod
    def inverse_of_blocks(self, blocks: Sequence[Sequence[Values]]) -> Blocks:
        """The inverse of a small matrix of matrices.

        Raises ZeroDivisionError where it has none.
        """

    def inverse(self, a: Values) -> Values:
        """The inverse of one matrix; ZeroDivisionError likewise."""
        return self.inverse_of_blocks([[a]])[0][0]

    def is_regular(self, a: Values) -> bool:
        """Whether it has an inverse."""
        try:
            self.inverse(a)
        except ZeroDivisionError:
            return False
        return True


class DiagonalFingerprints(Fingerprints):
    """Of letters that commute."""

    one = ((1,) * SIZE,)

    def drawn(self, draw: Callable[[], int]) -> Values:
        """A random diagonal."""
        return (tuple(draw() for _ in range(SIZE)),)

    def times(self, a: Values, b: Values) -> Values:
        """Entry by entry."""
        return (tuple(x * y % FINGERPRINT_PRIME for x, y in zip(a[0], b[0], strict=True)),)

    def trace(self, a: Values) -> int:
        """The sum of the entries."""
        return sum(a[0])

    def inverse_of_blocks(self, blocks: Sequence[Sequence[Values]]) -> Blocks:
        """One matrix for each place of the diagonal."""
        size = range(len(blocks))
        layers = [_inverted([[x[0][k] for x in row] for row in blocks]) for k in range(SIZE)]
        return [[(tuple(layer[i][j] for layer in layers),) for j in size] for i in size]

    def is_regular(self, a: Values) -> bool:
        """Whether no entry is 0."""
        return all(a[0])


class DenseFingerprints(Fingerprints):
    """Of letters whose order in products is kept."""

    one = tuple(tuple(int(i == j) for j in range(SIZE)) for i in range(SIZE))

    def drawn(self, draw: Callable[[], int]) -> Values:
        """A random symmetric matrix."""
        upper = {(i, j): draw() for i in range(SIZE) for j in range(i, SIZE)}
        return tuple(tuple(upper[min(i, j), max(i, j)] for j in range(SIZE)) for i in range(SIZE))

    def times(self, a: Values, b: Values) -> Values:
        """Rows times columns."""
        columns, prime = list(zip(*b, strict=True)), FINGERPRINT_PRIME
        return tuple(tuple(sum(map(operator.mul, row, column)) % prime for column in columns) for row in a)

    def trace(self, a: Values) -> int:
        """The sum of the diagonal."""
        return sum(a[i][i] for i in range(SIZE))

    def inverse_of_blocks(self, blocks: Sequence[Sequence[Values]]) -> Blocks:
        """That of the whole matrix, cut into blocks."""
        whole = _inverted([[x for block in row for x in block[k]] for row in blocks for k in range(SIZE)])
        cuts = [slice(SIZE * i, SIZE * (i + 1)) for i in range(len(blocks))]
        return [[tuple(tuple(row[columns]) for row in whole[rows]) for columns in cuts] for rows in cuts]


def _inverted(rows: list[list[int]]) -> list[list[int]]:
    """By Gauss and Jordan; ZeroDivisionError where there is no pivot."""
    size, prime = len(rows), FINGERPRINT_PRIME
    rows = [[*row, *(int(i == j) for j in range(size))] for i, row in enumerate(rows)]
    for i in range(size):
        pivot = next((k for k in range(i, size) if rows[k][i]), None)
        if pivot is None:
            raise ZeroDivisionError("a matrix is singular modulo the prime.")
        rows[i], rows[pivot] = rows[pivot], rows[i]
        scale = pow(rows[i][i], -1, prime)
        rows[i] = pivoted = [x * scale % prime for x in rows[i]]
        for k in range(size):
            factor = rows[k][i]
            if factor and k != i:
                rows[k] = [
                    (x - factor * y) % prime if y else x for x, y in zip(rows[k], pivoted, strict=True)
                ]
    return [row[size:] for row in rows]
