"""Fitted weights and residuals, one column for each column of the truths, and their squares."""

import dataclasses
from functools import cached_property

import numpy as np

from ...theory.base.arrays import Array
from .batched_linalg import diagonal_of, row_products

__all__ = ["Fitted"]

BLOCK = 32
"""Rows squared at one time: fresh memory for a whole matrix would cost more than the sums."""


@dataclasses.dataclass(frozen=True, eq=False)
class Fitted:
    """A diag(scale), (…, rows, q): what labels with these q columns lead to, trial by trial.

    matrix : A; scale : (q,), or None for ones. Diagonal truths are multiplied by where it costs
    least, which is after squaring.
    """

    matrix: Array
    scale: Array | None = None

    @cached_property
    def values(self) -> Array:
        """(…, rows, q), multiplied out."""
        return self.matrix if self.scale is None else self.matrix * self.scale

    def row_squares(self, F: Array | None = None) -> Array:
        """(…, rows) sums of squares over each row of the values less F, a (q,) diagonal or a
        (rows, q) matrix.

        Next to a diagonal F, or none, the diagonal is kept apart: the rest is summed only once, and
        a small difference on the diagonal keeps its digits.
        """
        if F is not None and F.ndim == 2:
            rest = self.values - F
            return row_products(rest, rest)
        if not self._square:
            return self._sums
        own = self._diagonal if F is None else self._diagonal - F
        squares: Array = self._sums + own**2
        return squares

    @property
    def _square(self) -> bool:
        rows, columns = self.matrix.shape[-2:]
        return bool(rows == columns)

    @cached_property
    def _diagonal(self) -> Array:
        diagonal = np.diagonal(self.matrix, axis1=-2, axis2=-1)
        return diagonal if self.scale is None else diagonal * self.scale

    @cached_property
    def _sums(self) -> Array:
        """(…, rows) sums of squares over each row, without the diagonal where A is square."""
        A, sums = self.matrix, np.empty(self.matrix.shape[:-1])
        weights = np.ones(A.shape[-1]) if self.scale is None else self.scale**2
        for start in range(0, A.shape[-2], BLOCK):
            block = slice(start, start + BLOCK)
            squares = np.square(A[..., block, :])
            if self._square:
                diagonal_of(squares[..., block])[...] = 0.0
            sums[..., block] = squares @ weights
        return sums
