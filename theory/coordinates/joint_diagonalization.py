"""The common eigenbasis of commuting symmetric matrices."""

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..base.arrays import Array
from ..base.low_rank_matrix import low_rank_of
from ..data.covariance import rounding

__all__ = ["CommonBasis", "common_eigenbasis", "squared"]

GOLDEN = 0.6180339887498949

ALLOWED = 4.0
"""Off-diagonal norms up to this many d·eps of a matrix's norm count as rounding."""

FLOOR = 2.0
"""Off-diagonal entries up to this many eps are left alone; d² of them reach half of ``ALLOWED``."""

LARGE_ANGLE = 0.1
"""Radians above which a rotation is not left to Newton's method."""

MOST_STEPS = 8
"""Newton squares the angles at every step, so 4 steps lead from ``LARGE_ANGLE`` to eps; the other
steps separate close eigenvalues."""


@dataclasses.dataclass(frozen=True)
class CommonBasis:
    """A basis in which several matrices are diagonal up to rounding.

    vectors : (d, d) orthonormal eigenvectors by columns; residual : the largest Frobenius norm of
    the off-diagonals of a matrix in this basis, relative to the norm of that matrix.
    """

    vectors: Array
    residual: float


def common_eigenbasis(matrices: Sequence[Array]) -> CommonBasis | None:
    """The orthonormal basis in which all matrices are diagonal; None if there is none.

    matrices : symmetric, (d, d), or (d,) for diagonal ones; none of them 0.

    Matrices are taken to commute if, in one orthonormal basis, the off-diagonals of each have a
    Frobenius norm of at most δ = 4 d·eps times its spectral norm. Each matrix is then within δ,
    relative to its norm, of one of a family that commutes exactly. Every eigenvalue read off the
    diagonal has an error of at most δ times the largest; smaller eigenvalues have no correct
    digits, as in any double-precision matrix. Conversely ‖[A, B]‖ ≤ 4(δ + δ²/2)‖A‖‖B‖, so matrices
    with a larger commutator are never taken to commute. A small commutator is not sufficient:
    I + 1e-8·S and I + 1e-8·T commute to 1e-16 for any S and T.

    The eigenvectors of one linear combination are rotated, all pairs of columns at once, by the
    angles that minimise the off-diagonals of all matrices together (Cardoso and Souloumiac).
    Repeated eigenvalues of the combination do no harm, since the individual matrices resolve them.
    The cost is O(K d³) for K matrices.

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
    for step in range(1, MOST_STEPS + 1):
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
    """A diagonal, or factors, as a matrix."""
    factors = low_rank_of(A)
    if factors is not None:
        return factors.dense()
    return np.diag(A) if A.ndim == 1 else A


def _allowed(d: int) -> float:
    return ALLOWED * rounding(d)


def _unit(A: Array) -> Array:
    """The matrix scaled by the power of two that brings its largest entry between ½ and 1."""
    unit: Array = np.ldexp(A, -int(np.frexp(np.abs(A).max())[1]))
    return unit


def _coefficients(K: int, step: int) -> Array:
    """(K,) coefficients between 1 and 2, different at every step."""
    steps = np.arange(1 + step * K, 1 + (step + 1) * K)
    return np.asarray(1 + np.modf(steps * GOLDEN)[0], dtype=np.float64)


def _mixture(units: Sequence[Array], step: int) -> Array:
    """A generic linear combination."""
    coefficients = _coefficients(len(units), step)
    mixture: Array = sum(c * A for c, A in zip(coefficients, units, strict=True))
    return mixture


def _may_commute(units: Sequence[Array]) -> bool:
    """A necessary condition: each matrix nearly commutes with a linear combination of all.

    Off-diagonals ‖E_k‖ ≤ δ‖A_k‖ imply ‖[A_k, Σ c_jA_j]‖ ≤ 4(δ + δ²/2)‖A_k‖Σ c_j‖A_j‖. Products and
    sums are accurate to (d + K)·eps of the Frobenius norms, which bound the spectral norms.
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

    The largest column norm is at most the spectral norm, with equality if the off-diagonals vanish.
    """
    columns = np.linalg.norm(T, axis=0)
    return float(np.linalg.norm(T - np.diag(T.diagonal())) / columns.max())


def _rotation(turned: Sequence[Array], step: int) -> Array:
    """(d, d) orthonormal rotation that reduces the off-diagonals of these nearly diagonal matrices.

    A Newton step if all angles are small; otherwise the eigenvectors of another linear combination,
    block by block, for the coordinates that large angles connect.
    """
    angles = _angles(turned)
    large = np.abs(angles) > LARGE_ANGLE
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
    """(d, d) skew-symmetric: the optimal rotation angles θ_ij, |θ| ≤ π/4, of each pair of columns.

    With h_k = (t_ii − t_jj, 2 t_ij) for matrix k, tan 4θ = 2 Σ h₁h₂/Σ (h₁² − h₂²). The angle is
    0 if all t_ij are rounding.
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
    """The coordinates of each connected component with two or more elements."""
    left = set(np.flatnonzero(linked.any(axis=0)).tolist())
    while left:
        group: set[int] = set()
        fresh = {left.pop()}
        while fresh:
            group |= fresh
            fresh = set(np.flatnonzero(linked[sorted(fresh)].any(axis=0)).tolist()) - group
        left -= group
        yield np.array(sorted(group))
