"""Matrices that commute: their common eigenbasis."""

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from .arrays import Array
from .covariance import rounding

__all__ = ["CommonBasis", "common_eigenbasis", "squared"]

GOLDEN = 0.6180339887498949

ALLOWED = 4.0
"""Off-diagonals up to this many d·eps of a matrix's norm are rounding."""

FLOOR = 2.0
"""Entries of up to this many eps are left as they are. All d² of them make half of ``ALLOWED``."""

LARGE = 0.1
"""Rotations by more than this (in radians) are not left to Newton's method."""

STEPS = 8
"""Newton squares an angle at every step, from ``LARGE`` to eps in 4; the others are for groups."""


@dataclasses.dataclass(frozen=True)
class CommonBasis:
    """A basis in which several matrices are diagonal up to rounding.

    vectors : (d, d) orthonormal eigenvectors by columns; residual : the largest Frobenius norm of
    the off-diagonals of a matrix in this basis, relative to the norm of that matrix.
    """

    vectors: Array
    residual: float


def common_eigenbasis(matrices: Sequence[Array]) -> CommonBasis | None:
    """The orthonormal basis in which all matrices are diagonal; None where there is none.

    matrices : symmetric, (d, d), or (d,) for diagonal ones; none of them 0.

    Matrices commute if in one orthonormal basis the off-diagonals of each have a Frobenius norm of
    at most δ = 4 d·eps of its own spectral norm. Each then differs by at most δ, relative to its
    norm, from one of several matrices that commute exactly, and every eigenvalue that is read off
    the diagonal is right to δ of the largest: eigenvalues below that have no digits, as in any
    matrix of doubles. Conversely ‖[A, B]‖ ≤ 4(δ + δ²/2)‖A‖‖B‖, so matrices with a larger commutator
    are never taken to commute. A small commutator is not enough: I + 1e-8·S and I + 1e-8·T commute
    to 1e-16 for any S and T.

    The eigenvectors of one combination are rotated pair by pair, all pairs at once, by the angles
    that minimise the off-diagonals of all matrices together (Cardoso and Souloumiac). It does not
    matter that two eigenvalues of the combination coincide: they are told apart by the matrices
    themselves. O(K d³) for K matrices.

    Source: J.-F. Cardoso and A. Souloumiac, Jacobi angles for simultaneous diagonalization, SIAM J.
    Matrix Anal. Appl. 17 (1996); A. Bunse-Gerstner, R. Byers and V. Mehrmann, ibid. 14 (1993).

    >>> A = np.array([[2.0, 1.0], [1.0, 2.0]])
    >>> common_eigenbasis([A, A @ A]) is None, common_eigenbasis([A, np.array([1.0, 2.0])]) is None
    (False, True)
    """
    units = [_unit(squared(A)) for A in matrices]
    if not _may_commute(units):
        return None
    d = len(units[0])
    allowed, best = _allowed(d), None
    basis: Array = np.linalg.eigh(_mixture(units, 0))[1][:, ::-1]
    for step in range(1, STEPS + 1):
        turned = [basis.T @ A @ basis for A in units]
        residual = max(map(_residual, turned))
        improved = best is None or residual < best.residual / 2
        if best is None or residual < best.residual:
            best = CommonBasis(basis, residual)
        if residual <= rounding(d) or (best.residual <= allowed and not improved):
            break
        basis = basis @ _rotation(turned, step)
    return best if best is not None and best.residual <= allowed else None


def squared(A: Array) -> Array:
    """A diagonal as a matrix."""
    return np.diag(A) if A.ndim == 1 else A


def _allowed(d: int) -> float:
    return ALLOWED * rounding(d)


def _unit(A: Array) -> Array:
    """The matrix times the power of two that brings its largest entry between ½ and 1."""
    unit: Array = np.ldexp(A, -int(np.frexp(np.abs(A).max())[1]))
    return unit


def _coefficients(K: int, step: int) -> Array:
    """(K,) between 1 and 2, other ones at every step."""
    steps = np.arange(1 + step * K, 1 + (step + 1) * K)
    return np.asarray(1 + np.modf(steps * GOLDEN)[0], dtype=np.float64)


def _mixture(units: Sequence[Array], step: int) -> Array:
    """A generic combination."""
    coefficients = _coefficients(len(units), step)
    mixture: Array = sum(c * A for c, A in zip(coefficients, units, strict=True))
    return mixture


def _may_commute(units: Sequence[Array]) -> bool:
    """Whether each commutes with a combination of all as well as it has to.

    With off-diagonals ‖E_k‖ ≤ δ‖A_k‖ it is ‖[A_k, Σ c_jA_j]‖ ≤ 4(δ + δ²/2)‖A_k‖Σ c_j‖A_j‖. Products
    and sums are found to (d + K)·eps of the Frobenius norms, which bound the spectral norms.
    """
    sizes = np.array([np.linalg.norm(A) for A in units])
    mix = _mixture(units, 0)
    allowed = 4 * _allowed(len(mix)) + 2 * rounding(len(mix) + len(units))
    total = _coefficients(len(units), 0) @ sizes
    for A, size in zip(units, sizes, strict=True):
        product = A @ mix
        if np.linalg.norm(product - product.T) > allowed * size * total:
            return False
    return True


def _residual(T: Array) -> float:
    """The Frobenius norm of the off-diagonals, relative to the largest norm of a column.

    The latter is at most the spectral norm, and equal to it where the off-diagonals vanish.
    """
    columns = np.linalg.norm(T, axis=0)
    return float(np.linalg.norm(T - np.diag(T.diagonal())) / columns.max())


def _rotation(turned: Sequence[Array], step: int) -> Array:
    """(d, d) orthonormal, by which these nearly diagonal matrices become more so.

    By Newton's method where all angles are small, else first by the eigenvectors of another
    combination of the blocks in which they are large.
    """
    angles = _angles(turned)
    large = np.abs(angles) > LARGE
    if not large.any():
        eye = np.eye(len(angles))
        cayley = np.linalg.solve(eye - angles / 2, eye + angles / 2)
        return np.asarray(cayley, dtype=np.float64)
    rotation: Array = np.eye(len(angles))
    for group in _groups(large):
        place = np.ix_(group, group)
        rotation[place] = np.linalg.eigh(_mixture([T[place] for T in turned], step))[1]
    return rotation


def _angles(turned: Sequence[Array]) -> Array:
    """(d, d) skew: the angles θ_ij, |θ| ≤ π/4, of the best rotation for every pair by itself.

    With h_k = (t_ii − t_jj, 2 t_ij) of matrix k, tan 4θ = 2 Σ h₁h₂/Σ (h₁² − h₂²). 0 where all t_ij
    are rounding.
    """
    d = len(turned[0])
    across, along = np.zeros((d, d)), np.zeros((d, d))
    rotated = np.zeros((d, d), dtype=bool)
    for T in turned:
        values, twice = T.diagonal(), T + T.T
        gaps = values[None, :] - values[:, None]
        across += 2 * gaps * twice
        along += gaps**2 - twice**2
        rotated |= np.abs(twice) > 2 * FLOOR * rounding(1) * np.abs(values).max()
    angles = np.where(rotated, np.arctan2(across, along) / 4, 0.0)
    return np.triu(angles, 1) - np.triu(angles, 1).T


def _groups(linked: NDArray[np.bool_]) -> Iterator[Array]:
    """The coordinates of each connected set of two or more."""
    left = set(np.flatnonzero(linked.any(axis=0)).tolist())
    while left:
        group: set[int] = set()
        fresh = {left.pop()}
        while fresh:
            group |= fresh
            fresh = set(np.flatnonzero(linked[sorted(fresh)].any(axis=0)).tolist()) - group
        left -= group
        yield np.array(sorted(group))
