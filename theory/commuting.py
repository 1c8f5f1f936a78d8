"""Matrices that commute: their common eigenbasis."""

from collections.abc import Sequence

import numpy as np

from .arrays import Array
from .covariance import rounding
from .truths import rotated_moment

__all__ = ["common_eigenbasis", "squared"]

GOLDEN = 0.6180339887498949
COMBINATIONS = 3
"""How many combinations of the matrices are tried for a common eigenbasis."""


def common_eigenbasis(matrices: Sequence[Array]) -> Array | None:
    """(d, d) orthonormal eigenvectors of all matrices, by columns; None where there are none.

    They are those of a generic combination, if they diagonalise every matrix up to rounding (d·eps
    of its norm). Several combinations are tried, since in one of them eigenvalues may come close to
    each other.

    matrices : symmetric, (d, d), or (d,) for diagonal ones; none of them 0.

    >>> A = np.array([[2.0, 1.0], [1.0, 2.0]])
    >>> common_eigenbasis([A, A @ A]) is None, common_eigenbasis([A, np.array([1.0, 2.0])]) is None
    (False, True)
    """
    for start in range(COMBINATIONS):
        steps = np.arange(1, len(matrices) + 1) + start * len(matrices)
        coefficients = 1 + np.modf(steps * GOLDEN)[0]
        mix = sum(
            c / np.abs(A).max() * squared(A) for c, A in zip(coefficients, matrices, strict=True)
        )
        basis: Array = np.linalg.eigh(mix)[1][:, ::-1]
        if all(_diagonalises(basis, A) for A in matrices):
            return basis
    return None


def squared(A: Array) -> Array:
    """A diagonal as a matrix."""
    return np.diag(A) if A.ndim == 1 else A


def _diagonalises(basis: Array, A: Array) -> bool:
    turned = rotated_moment(A, basis, diagonal=False)
    gap = np.abs(turned - np.diag(np.diagonal(turned))).max()
    return bool(gap <= 4 * rounding(len(basis)) * np.abs(A).max())
