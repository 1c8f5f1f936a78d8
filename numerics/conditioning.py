"""What the rounding of matrices costs: of their eigenbasis, or of their factorisation."""

import numpy as np

from ..theory.algebra import DenseAlgebra
from ..theory.arrays import Array
from ..theory.frame import Frame
from ..theory.master import Equations
from .solve import Root

__all__ = ["matrix_error"]

EPS = float(np.finfo(float).eps)


def matrix_error(frame: Frame, equations: Equations, root: Root) -> float:
    """The relative error that rounding of matrices may make in a double-precision prediction.

    An eigenbasis that was computed gives eigenvalues to d·eps of the largest, so that
    G = (η + y)⁻¹ errs by that over η + y, y the smallest load. A Cholesky factorisation of
    M = η + Y errs by eps times the condition of DMD, D the diagonal that makes its diagonal 1 (van
    der Sluis). 0 where covariances were given as eigenvalues.
    """
    if frame.diagonal and frame.basis is None:
        return 0.0
    load = equations.loads(root.shares).sum(axis=0)
    if not isinstance(equations.algebra, DenseAlgebra):
        smallest = load[load > 0].min(initial=load.max())
        return float(load.size * EPS * load.max() / (root.η + smallest))
    M = equations.algebra.shifted(load, root.η)
    size = np.sqrt(np.diagonal(M))
    condition = _norm(M / size / size[:, None]) * _norm(
        equations.algebra.inverse(load, root.η) * size * size[:, None]
    )
    return EPS * condition


def _norm(A: Array) -> float:
    """The 1-norm."""
    return float(np.abs(A).sum(axis=0).max())
