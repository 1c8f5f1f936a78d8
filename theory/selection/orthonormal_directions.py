"""An orthonormal basis of directions, and their coordinates in it."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from ..base.arrays import Array

__all__ = ["orthonormalised"]

DEPENDENT = 1e-12
"""A remainder below this share of its vector is rounding."""


def orthonormalised(vectors: Sequence[Array], inner: Callable[[Array, Array], float]) -> tuple[Array, Array]:
    """Basis (d, r) of the vectors, in their order, and coordinates (r, k) of the k vectors.

    Gram and Schmidt's method, each step twice. Where a vector is close to an earlier one, their difference
    is taken, which floats have exactly: of vectors that differ by 1e-8 no digits are lost. Coordinates that
    are rounding are 0.

    >>> basis, coordinates = orthonormalised([np.array([2.0, 0.0]), np.array([2.0, 1e-9])], np.dot)
    >>> coordinates
    array([[2.e+00, 2.e+00],
           [0.e+00, 1.e-09]])
    """
    size = len(vectors[0]) if vectors else 0
    basis: list[Array] = []
    rows: list[Array] = []
    for k, vector in enumerate(vectors):
        length = math.sqrt(max(inner(vector, vector), 0.0))
        start, rest = _from_the_nearest(vectors[:k], rows, vector, length, inner)
        row = np.zeros(len(vectors))
        row[: len(start)] = start
        for _ in range(2):
            for i, e in enumerate(basis):
                part = inner(e, rest)
                row[i] += part
                rest = rest - part * e
        remainder = math.sqrt(max(inner(rest, rest), 0.0))
        if length > 0 and remainder > DEPENDENT * length:
            row[len(basis)] = remainder
            basis.append(rest / remainder)
        row[np.abs(row) < 0.1 * DEPENDENT * length] = 0.0
        rows.append(row)
    r = len(basis)
    columns = np.stack(basis, axis=1) if basis else np.zeros((size, 0))
    coordinates = np.stack(rows, axis=1)[:r] if rows else np.zeros((0, 0))
    return columns, coordinates


def _from_the_nearest(
    earlier: Sequence[Array],
    rows: Sequence[Array],
    vector: Array,
    length: float,
    inner: Callable[[Array, Array], float],
) -> tuple[Array, Array]:
    """The coordinates of the nearest earlier vector, and the difference from it."""
    gaps = [math.sqrt(max(inner(vector - w, vector - w), 0.0)) for w in earlier]
    if gaps and min(gaps) < length / 2:
        nearest = int(np.argmin(gaps))
        return rows[nearest].copy(), vector - earlier[nearest]
    return np.zeros(0), vector
