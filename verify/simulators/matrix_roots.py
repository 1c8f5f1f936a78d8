"""Square roots of second moments: what a standard normal vector is multiplied by."""

import numpy as np

from ...theory.base.arrays import Array
from ...theory.data.covariance import rounding

__all__ = ["root_of", "symmetric_root"]


def root_of(moment: Array) -> Array:
    """M^½: (d,) entry by entry for a diagonal M, (d,) too; (d, d) for a matrix."""
    return np.sqrt(moment) if moment.ndim == 1 else symmetric_root(moment)


def symmetric_root(M: Array) -> Array:
    """The symmetric non-negative square root of M, (…, N, N), whose eigenvalues are not negative.

    Eigenvalues below N·eps of the largest are rounding and count as 0, so that draws have the rank
    of M. Unlike a factor of eigenvectors or of Cholesky's this root does not hang on the signs and
    the order that a library happens to choose.

    >>> symmetric_root(np.array([[2.0, 2.0], [2.0, 2.0]]))
    array([[1., 1.],
           [1., 1.]])
    """
    values, vectors = np.linalg.eigh(M)
    least = rounding(M.shape[-1]) * values[..., -1:]
    half = vectors * np.where(values > least, np.abs(values), 0.0)[..., None, :] ** 0.25
    root: Array = half @ np.swapaxes(half, -1, -2)
    return root
