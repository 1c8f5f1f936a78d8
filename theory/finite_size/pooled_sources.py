"""Several sources as one: what the first correction at finite size sees of a solved mixture.

At the solved point the fit tends, as the ridge vanishes, to the truths weighted by the loads, w̄ =
Y⁻¹ Σ_k Y_k w_k coordinate by coordinate. The deviation of a source's truth from w̄ acts as noise
of variance E (w_k − w̄)ᵀΣ_k(w_k − w̄). With one covariance and one weight the leading order is
exact for random shifts; the first-order effect of the dependence of that noise on x is left out
(less than .8 % of the error for 23 of 24 random pairs of sources, benchmarks/finite_size.py).
Unlike covariances, weights or noises are approximated further. Matrices that do not commute are
represented by their diagonals in the eigenbasis of Y; parts of low rank are left out. Random features
are linear features of slope μ with truths w_k/μ_k; the residual of the activation acts as infinitely
many more coordinates of vanishing size. What random coordinates do not see acts as noise.
"""

import dataclasses
from typing import Any

import numpy as np

from ..base.arrays import Array, Indices, Stack, sum_of
from ..base.low_rank_matrix import base_of
from ..coordinates.truths import Truth
from ..equations.low_rank_algebra import LowRankAlgebra
from ..equations.mixture import Mixture
from .first_correction import Sums, WeightedSums

__all__ = ["Pooled", "in_one_basis", "pool", "second_moments"]

NO_RIDGE = 1e-40
"""Of the smallest load: the least η, instead of one that is 0 in float64."""


@dataclasses.dataclass(frozen=True)
class Pooled:
    """One source, in the coordinates of the eigenvalues of Y, (p,) each.

    multiplicities; captured, lost : u and 1 − u; target : A; truth : E w̄²; mismatch : E w̄(w̄ − w_t).
    noise : σ²/θ of the pooled source; tail, target_tail : of the activation, ν and μ_t*²/s².
    samples_left, width_left : n − df1, m − df1; missing : d − m of an orthogonal projection.
    """

    multiplicities: Array
    captured: Array
    lost: Array
    target: Array
    truth: Array
    mismatch: Array
    noise: float
    tail: float
    target_tail: float
    samples_left: float
    width_left: float | None
    missing: float | None

    def sums(self) -> Sums:
        """The sums of :func:`theory.finite_size.first_correction.first_order`."""
        A, γ = self.target, self.truth
        rows = np.array([np.ones_like(A), A, γ, γ * A, A * self.mismatch]) * self.multiplicities
        one, target, truth, truth_target, mismatch = WeightedSums.stack(rows, self.captured, self.lost)
        powers = one.powers.copy()
        powers[0] += self.tail
        return Sums(
            one=dataclasses.replace(one, powers=powers),
            target=dataclasses.replace(target, lost=target.lost + self.target_tail),
            truth=truth,
            truth_target=truth_target,
            mismatch=mismatch,
            samples_left=np.array(self.samples_left),
            width_left=None if self.width_left is None else np.array(self.width_left),
            noise=np.array(self.noise),
            missing=None if self.missing is None else np.array(self.missing),
        )


def pool(
    m: Mixture,
    strength: Array,
    η: float,
    samples_left: float,
    width_left: float | None,
    missing: float | None = None,
) -> Pooled:
    """The sources of a solved mixture as one, in the mixture's units.

    m : in float64; strength : (K,) a_kβ_k, 0 where a source is not fitted; η : the scale;
    samples_left, width_left, missing : n₊ − df1, m − df1, and d − m of an orthogonal projection.
    """
    slopes = _floats(m.slopes)[m.covariance_of]
    every, Σ, truths = in_one_basis(m, strength)
    share = float(m.share)
    multiplicities = share * every
    loads = (strength * slopes[:-1] ** 2)[:, None] * Σ[:-1]
    Y = loads.sum(axis=0)
    shares = _ratio(loads, Y)
    if Y.any():
        η = max(η, NO_RIDGE * float(Y[Y > 0].min()))
    to_slope = np.where(slopes == 0, 0.0, 1 / np.where(slopes == 0, 1.0, slopes))[:, None]
    one = np.eye(len(Σ))[:, :, None] * to_slope[:, None, :] * np.ones(len(Y))
    mean = np.vstack([shares, 0 * Y[None]]) * to_slope
    spread = sum(loads[k] * second_moments(truths, one[k] - mean) for k in range(len(loads)))
    tails = _floats(m.tails)[m.covariance_of]
    noises = float(strength @ _floats(m.noise) + multiplicities @ spread)
    if share != 1:
        labels = [second_moments(truths, wave) for wave in np.eye(len(Σ))[:-1, :, None] * np.ones(len(Y))]
        noises += (1 - share) * float(strength @ ((Σ[:-1] * labels) @ every))
    return Pooled(
        multiplicities=multiplicities,
        captured=Y / (η + Y),
        lost=η / (η + Y),
        target=slopes[-1] ** 2 * Σ[-1],
        truth=second_moments(truths, mean),
        mismatch=second_moments(truths, mean, mean - one[-1]),
        noise=noises / η,
        tail=float(strength @ tails[:-1]) / η,
        target_tail=float(tails[-1]),
        samples_left=samples_left,
        width_left=width_left,
        missing=missing,
    )


def in_one_basis(m: Mixture, strength: Array) -> tuple[Array, Array, tuple[Truth, ...]]:
    """(p,) multiplicities, (K + 1, p) eigenvalues and the truths, in the eigenbasis of the load."""
    covariances, truths = _floats(_diagonals(m)), m.truths
    multiplicities = _floats(getattr(m.algebra, "multiplicities", np.ones(len(covariances[0]))))
    if covariances.ndim == 3:
        slopes = _floats(m.slopes)[m.covariance_of[:-1]]
        basis = np.linalg.eigh(_load(strength * slopes**2, covariances, m.covariance_of))[1]
        covariances = np.array([((Σ @ basis) * basis).sum(axis=0) for Σ in covariances])
        truths = tuple(part.rotated(basis, diagonal=True) for part in truths)
    return multiplicities, np.maximum(covariances, 0.0)[m.covariance_of], truths


def _diagonals(m: Mixture) -> Stack:
    """The covariances; where they have low-rank parts, without these."""
    if not isinstance(m.algebra, LowRankAlgebra):
        return m.covariances
    return np.array([base_of(Σ) for Σ in m.covariances])


def _load(coefficients: Array, covariances: Array, kinds: Indices) -> Array:
    total: Array = sum(c * covariances[k] for c, k in zip(coefficients, kinds, strict=False))
    return total


def _ratio(loads: Array, Y: Array) -> Array:
    return np.divide(loads, Y, out=np.zeros_like(loads), where=Y > 0)


def second_moments(truths: tuple[Truth, ...], a: Array, b: Array | None = None) -> Array:
    """E (Σ_k a_k w_k)(Σ_k b_k w_k) in every coordinate; a, b : (K + 1, p)."""
    total: Array = sum_of(part.product(a, a if b is None else b) for part in truths)
    return total


def _floats(values: Any) -> Array:
    return np.asarray(values, dtype=float)
