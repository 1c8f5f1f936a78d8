"""Sums over stacks of matrices, (…, rows, columns), every matrix by itself.

Leading axes are trials. What becomes of one trial may not hang on its neighbours, not by a bit, so
no sum or matrix product here or elsewhere mixes that axis into a call of BLAS: a (T, d) array is
summed by ``numpy.vecdot``, row by row, where ``@`` would take it for one matrix.
"""

import numpy as np
from numpy.typing import NDArray

from ...theory.base.arrays import Array

__all__ = ["Places", "diagonal_of", "flat", "inner", "row_products"]

Places = NDArray[np.intp]
"""Which trials of a stack, in ascending order."""


def flat(A: Array) -> Array:
    """(…, rows·columns), a view where A is contiguous."""
    return A.reshape(*A.shape[:-2], -1)


def diagonal_of(A: Array) -> Array:
    """(…, q), the diagonals of (…, q, q), a view to write on."""
    diagonal: Array = np.einsum("...ii->...i", A)
    return diagonal


def inner(A: Array, B: Array) -> Array:
    """(…,) sums of products of entries, tr AᵀB.

    >>> inner(np.ones((2, 3, 3)), np.eye(3))
    array([3., 3.])
    """
    sums: Array = np.vecdot(flat(A), flat(B))
    return sums


def row_products(A: Array, B: Array) -> Array:
    """(…, rows), the diagonal of ABᵀ."""
    sums: Array = np.einsum("...ij,...ij->...i", A, B)
    return sums
