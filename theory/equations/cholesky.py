"""The inverse of a positive definite matrix, in doubles by LAPACK, in other numbers by rows."""

import numpy as np

from ..base.arrays import Operator

__all__ = ["positive_inverse"]


def positive_inverse(M: Operator) -> Operator:
    """M⁻¹ of a symmetric positive definite M, (p, p).

    Raises
    ------
    ArithmeticError
        A pivot is not positive: M is not definite to working precision.

    >>> positive_inverse(np.array([[2.0, 0.0], [0.0, 4.0]])).tolist()
    [[0.5, 0.0], [0.0, 0.25]]
    """
    return _by_rows(M) if M.dtype == object else _by_lapack(M)


def _by_lapack(M: Operator) -> Operator:
    from scipy.linalg.lapack import dpotrf, dpotri

    factor, failed = dpotrf(M, lower=1, clean=1)
    if failed:
        raise ArithmeticError("not definite")
    inverse, _ = dpotri(factor, lower=1)
    lower = np.tril(inverse)
    return lower + np.tril(lower, -1).T


def _by_rows(M: Operator) -> Operator:
    """M = LDLᵀ, then M⁻¹ = L⁻ᵀD⁻¹L⁻¹."""
    p = len(M)
    A = M.copy()
    inverse = np.array([[A[0, 0] * 0] * p] * p, dtype=object)
    for k in range(p):
        if not A[k, k] > 0:
            raise ArithmeticError("not definite")
        inverse[k, k] += 1
        for i in range(k + 1, p):
            factor = A[i, k] / A[k, k]
            if factor:
                A[i, k + 1 :] -= factor * A[k, k + 1 :]
                inverse[i, : k + 1] -= factor * inverse[k, : k + 1]
    return inverse.T @ (inverse / np.diagonal(A)[:, None])
