"""What the rounding of matrices costs: of their eigenbasis, or of their factorisation."""

import numpy as np

from ..theory.algebra import DenseAlgebra
from ..theory.arrays import Array
from ..theory.frame import Frame
from ..theory.master import Equations
from ..theory.ranges import rank_of
from .solve import Root

__all__ = ["matrix_error"]

EPS = float(np.finfo(float).eps)


def matrix_error(frame: Frame, equations: Equations, root: Root) -> float:
    """The relative error that rounding of matrices may make in a double-precision prediction.

    An eigenbasis that was computed gives each covariance's eigenvalues to d·eps of its largest, or
    exact zeros, so that G = (η + y)⁻¹ errs by the sum of those over η + y. A Cholesky factorisation
    of M = η + Y errs by eps times the condition of DMD, D the diagonal that makes its diagonal 1
    (van der Sluis). Where covariances of smaller rank than all together have do not commute,
    rounding gives them eigenvalues of d·eps of the largest, which count beside η. 0 where
    covariances were given as eigenvalues.
    """
    if frame.diagonal and frame.basis is None:
        return 0.0
    loads = equations.loads(root.shares)
    load = loads.sum(axis=0)
    if not isinstance(equations.algebra, DenseAlgebra):
        rounding = (loads > 0) * loads.max(axis=1, keepdims=True)
        return float(load.size * EPS * (rounding.sum(axis=0) / (root.η + load)).max())
    if _deficient(equations):
        return float(len(load) * EPS * np.abs(load).max() / root.η)
    M = equations.algebra.shifted(load, root.η)
    size = np.sqrt(np.diagonal(M))
    condition = _norm(M / size / size[:, None]) * _norm(
        equations.algebra.inverse(load, root.η) * size * size[:, None]
    )
    return EPS * condition


def _deficient(equations: Equations) -> bool:
    """Whether a covariance has fewer dimensions than all of them together have."""
    rank = equations.algebra.rank if isinstance(equations.algebra, DenseAlgebra) else 0
    return any(rank_of(Σ) < rank for Σ in equations.covariances)


def _norm(A: Array) -> float:
    """The 1-norm."""
    return float(np.abs(A).sum(axis=0).max())
