"""What the rounding of matrices costs: of their eigenbasis, or of their factorisation."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from ..theory.algebra import DenseAlgebra
from ..theory.arrays import Array
from ..theory.error_terms import contributions
from ..theory.frame import Frame
from ..theory.master import Equations
from ..theory.mixture import Mixture
from ..theory.ranges import rank_of
from ..theory.response import Response
from .arithmetic import DOUBLE
from .scaled import Scaled
from .solve import Root

__all__ = ["matrix_error"]

EPS = float(np.finfo(float).eps)


def matrix_error(frame: Frame, scaled: Scaled, equations: Equations, root: Root) -> float:
    """The relative error that rounding of matrices may make in a double-precision prediction.

    The larger of two estimates: by how much G errs, and by how much the terms change where every
    covariance in turn is changed by its rounding. 0 where covariances were given as eigenvalues.
    """
    if frame.diagonal and frame.basis is None:
        return 0.0
    return max(_error_of_green(frame, equations, root), _change(frame, scaled, equations, root))


def _error_of_green(frame: Frame, equations: Equations, root: Root) -> float:
    """The relative error of G = (η + Y)⁻¹.

    An eigenbasis that was computed gives each covariance's eigenvalues to d·eps of its largest (or
    to the off-diagonals that it leaves, where they are more), or exact zeros, so that
    G = (η + y)⁻¹ errs by the sum of those over η + y. A Cholesky factorisation of M = η + Y errs by
    eps times the condition of DMD, D the diagonal that makes its diagonal 1 (van der Sluis). Where
    covariances of smaller rank than all together have do not commute, rounding gives them
    eigenvalues of d·eps of the largest, which count beside η.
    """
    loads = equations.loads(root.shares)
    load = loads.sum(axis=0)
    if not isinstance(equations.algebra, DenseAlgebra):
        largest = (loads > 0) * loads.max(axis=1, keepdims=True)
        relative = _relative(frame, load.size)
        return float(relative * (largest.sum(axis=0) / (root.η + load)).max())
    if _deficient(equations):
        return float(len(load) * EPS * np.abs(load).max() / root.η)
    M = equations.algebra.shifted(load, root.η)
    size = np.sqrt(np.diagonal(M))
    condition = _norm(M / size / size[:, None]) * _norm(
        equations.algebra.inverse(load, root.η) * size * size[:, None]
    )
    return EPS * condition


def _relative(frame: Frame, d: int) -> float:
    return max(d * EPS, frame.basis_residual)


def _deficient(equations: Equations) -> bool:
    """Whether a covariance has fewer dimensions than all of them together have."""
    rank = equations.algebra.rank if isinstance(equations.algebra, DenseAlgebra) else 0
    return any(rank_of(Σ) < rank for Σ in equations.covariances)


def _norm(A: Array) -> float:
    """The 1-norm."""
    return float(np.abs(A).sum(axis=0).max())


def _change(frame: Frame, scaled: Scaled, equations: Equations, root: Root) -> float:
    """The largest relative change of a term, summed over the covariances that change.

    An eigenvalue far below the largest can be as uncertain as itself and yet count, in the trace of
    one covariance beside the resolvent of all; G alone does not show it. Collapse is the difference
    of what all labels contribute and the bias, and its change is relative to their sum.
    """
    known, sizes = _terms(scaled.mixture, equations, root)
    total = np.zeros_like(known)
    with np.errstate(all="ignore"):
        for mixture, other in _rounded(frame, scaled.mixture, equations):
            total += np.abs(_terms(mixture, other, _moved(other, root))[0] - known)
        relative = total[sizes > 0] / sizes[sizes > 0]
    return float(relative.max(initial=0.0)) if np.isfinite(relative).all() else 1.0


def _rounded(
    frame: Frame, mixture: Mixture, equations: Equations
) -> Iterator[tuple[Mixture, Equations]]:
    """The numbers with one covariance after the other larger by its rounding, where it is not 0."""
    leaders = [int(np.argmax(mixture.group == g)) for g in range(len(equations.counts))]
    kinds = mixture.covariance_of[leaders]
    for c, Σ in enumerate(mixture.covariances):
        changed = mixture.covariances.copy()
        changed[c] = _larger(Σ, frame)
        slopes = mixture.slopes[kinds].reshape(-1, *(1,) * Σ.ndim)
        yield (
            dataclasses.replace(mixture, covariances=changed),
            dataclasses.replace(equations, covariances=slopes**2 * changed[kinds]),
        )


def _larger(Σ: Array, frame: Frame) -> Array:
    """Eigenvalues larger by d·eps of the largest; in coordinates as given, the diagonal by d·eps of
    itself, since entries of unlike sizes are exact there."""
    relative = _relative(frame, len(Σ))
    if Σ.ndim == 1:
        return np.asarray(Σ + (Σ > 0) * (relative * Σ.max()), dtype=np.float64)
    diagonal = np.diagonal(Σ)
    sizes = diagonal if frame.basis is None else (diagonal > 0) * diagonal.max()
    larger: Array = Σ + np.diag(relative * sizes)
    return larger


def _moved(equations: Equations, root: Root) -> Root:
    """The root of equations that are nearly those it solves: one Newton step."""
    here = equations.linearised(root.shares, root.η)
    step = DOUBLE.least_squares(here.jacobian, -here.residual)
    return dataclasses.replace(
        root, shares=root.shares * np.exp(step[:-1]), η=root.η * np.exp(step[-1])
    )


def _terms(mixture: Mixture, equations: Equations, root: Root) -> tuple[Array, Array]:
    """(5, K + 1) each: bias, variance, collapse, both by labels, and training errors (0 for the
    target), and what their changes are relative to."""
    r = Response.of(mixture, root.shares, root.η, equations.samples, equations.closure)
    c = contributions(r)
    bias, variance, collapse, labels = (
        rows.sum(axis=0) for rows in (c.bias, c.variance, c.collapse, c.labels)
    )
    noisy = (labels + variance)[:-1] + mixture.noise
    training = np.append(r.shrinkage() ** 2 * noisy, 0.0)
    return (
        np.stack([bias, variance, collapse, labels, training]),
        np.stack([bias, variance, np.abs(bias) + np.abs(labels), labels, training]),
    )
