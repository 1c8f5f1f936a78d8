"""The error due to rounding of matrices, in their eigenbasis or factorisation."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from ...theory.base.arrays import Array
from ...theory.base.low_rank_matrix import low_rank_of
from ...theory.coordinates.nested_ranges import rank_of
from ...theory.coordinates.problem_arrays import Frame
from ...theory.equations.error_terms import contributions
from ...theory.equations.low_rank_algebra import LowRankAlgebra
from ...theory.equations.master_equations import Equations
from ...theory.equations.matrix_algebra import DenseAlgebra
from ...theory.equations.mixture import Mixture
from ...theory.equations.response import Response
from .arithmetic import DOUBLE
from .path_following import Root
from .unit_scaling import Scaled

__all__ = ["matrix_error"]

EPS = float(np.finfo(float).eps)

SAFETY = 2.0
"""Of matrices that do not commute only the diagonal is perturbed, with one sign; with two versions of LAPACK
the measured error was at most 1.2 times the change."""


def matrix_error(frame: Frame, scaled: Scaled, equations: Equations, root: Root) -> float:
    """The relative error of a double-precision prediction due to rounding of matrices.

    The larger of two estimates: the error of G, and the change of the terms when each covariance in turn, and
    the fixed truths, are perturbed by their rounding. 0 if covariances were given as eigenvalues.
    """
    if frame.diagonal and frame.basis is None:
        return 0.0
    return max(_error_of_green(frame, equations, root), _change_of_terms(frame, scaled, equations, root))


def _error_of_green(frame: Frame, equations: Equations, root: Root) -> float:
    """The relative error of G = (η + Y)⁻¹.

    In a computed eigenbasis each eigenvalue of a covariance has an error of d·eps times the largest
    (or of the neglected off-diagonals, if larger), unless it is exactly 0. The relative error of
    G = (η + y)⁻¹ is the sum of these over η + y. A Cholesky factorisation of M = η + Y has an error
    of eps times the condition number of DMD, where the diagonal D makes the diagonal of DMD 1 (van
    der Sluis). If covariances do not commute and have a smaller rank than all of them together,
    rounding gives them eigenvalues of d·eps times the largest, which add to η.
    """
    loads = equations.loads(root.shares)
    load = loads.sum(axis=0)
    if isinstance(equations.algebra, LowRankAlgebra):
        return EPS * equations.algebra.growth(equations.algebra.inverse(load, root.η))
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
    """Whether a covariance has a smaller rank than all of them together."""
    rank = equations.algebra.rank if isinstance(equations.algebra, DenseAlgebra) else 0
    return any(rank_of(Σ) < rank for Σ in equations.covariances)


def _norm(A: Array) -> float:
    """The 1-norm of a matrix."""
    return float(np.abs(A).sum(axis=0).max())


def _change_of_terms(frame: Frame, scaled: Scaled, equations: Equations, root: Root) -> float:
    """The largest relative change of a term, summed over the perturbed covariances.

    An eigenvalue far below the largest may have no correct digits and still matter, in the trace of
    one covariance with the resolvent of all; the error of G does not show this. Collapse is the
    difference between the contribution of all labels and the bias, so its change is relative to
    their sum.
    """
    values, sizes = _terms(scaled.mixture, equations, root)
    total = np.zeros_like(values)
    with np.errstate(all="ignore"):
        for mixture, other in _perturbed(frame, scaled.mixture, equations):
            total += np.abs(_terms(mixture, other, _after_newton_step(other, root))[0] - values)
        relative = (1.0 if frame.diagonal else SAFETY) * total[sizes > 0] / sizes[sizes > 0]
    return float(relative.max(initial=0.0)) if np.isfinite(relative).all() else 1.0


def _perturbed(frame: Frame, mixture: Mixture, equations: Equations) -> Iterator[tuple[Mixture, Equations]]:
    """The mixture and the equations, with one covariance after another increased by its rounding.

    Last, vectors of fixed truths with the rounding of a computed basis.
    """
    leaders = [int(np.argmax(mixture.group == g)) for g in range(len(equations.counts))]
    kinds = mixture.covariance_of[leaders]
    for c, Σ in enumerate(mixture.covariances):
        changed = mixture.covariances.copy()
        changed[c] = _perturbed_covariance(Σ, frame)
        slopes = mixture.slopes[kinds].reshape(-1, *(1,) * (changed.ndim - 1))
        yield (
            dataclasses.replace(mixture, covariances=changed),
            dataclasses.replace(equations, covariances=slopes**2 * changed[kinds]),
        )
    if frame.basis is not None and not all(truth.random for truth in mixture.truths):
        relative = _relative(frame, len(mixture.covariances[0]))
        turned = tuple(truth.turned_by(relative) for truth in mixture.truths)
        yield dataclasses.replace(mixture, truths=turned), equations


def _perturbed_covariance(Σ: Array, frame: Frame) -> Array:
    """Positive eigenvalues increased by d·eps times the largest. In the given coordinates, where
    small entries are exact, the diagonal is increased by d·eps times itself; factors by 4 eps."""
    factors = low_rank_of(Σ)
    if factors is not None:
        return dataclasses.replace(factors, left=factors.left * (1 + 4 * EPS))  # type: ignore[return-value]
    relative = _relative(frame, len(Σ))
    if Σ.ndim == 1:
        return np.asarray(Σ + (Σ > 0) * (relative * Σ.max()), dtype=np.float64)
    diagonal = np.diagonal(Σ)
    sizes = diagonal if frame.basis is None else (diagonal > 0) * diagonal.max()
    perturbed: Array = Σ + np.diag(relative * sizes)
    return perturbed


def _after_newton_step(equations: Equations, root: Root) -> Root:
    """The root of slightly perturbed equations, after one Newton step."""
    here = equations.linearised(root.shares, root.η)
    step = DOUBLE.least_squares(here.jacobian, -here.residual)
    return dataclasses.replace(root, shares=root.shares * np.exp(step[:-1]), η=root.η * np.exp(step[-1]))


def _terms(mixture: Mixture, equations: Equations, root: Root) -> tuple[Array, Array]:
    """(5, K + 1) each: bias, variance, collapse, the contribution of labels, and training errors (0
    for the target); and the magnitudes to which their changes are relative."""
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
