"""Several sources pooled into one, for the first finite-size correction.

As the ridge vanishes, the fit at the solved point tends to the average of the truths weighted by
the loads, w̄ = Y⁻¹ Σ_k Y_k w_k, coordinate by coordinate. The difference w_k − w̄ acts as noise of
variance E (w_k − w̄)ᵀΣ_k(w_k − w̄). With one covariance and one weight the leading order is exact for
random shifts. The first-order effect of the dependence of this noise on x is neglected (0.2 to
0.7 % of the error for 24 random pairs of sources, benchmarks/finite_size.py). Unequal covariances,
weights or noise variances are approximated further, so the correction is an estimate. Covariances
that do not commute are replaced by their diagonals in the eigenbasis of Y. Random features are
treated as linear features of slope μ, with the residual of the activation as infinitely many
additional coordinates of vanishing variance; their truths are w_k/μ_k.
"""

import dataclasses
from typing import Any

import numpy as np

from .arrays import Array
from .finite_size import Sums, Weighted
from .mixture import Mixture
from .truths import Truth

__all__ = ["Pooled", "pool"]


@dataclasses.dataclass(frozen=True)
class Pooled:
    """The pooled source in the eigenbasis of Y; arrays have shape (p,).

    multiplicities; load : Y/Σ_k a_kβ_k, the eigenvalues of the pooled covariance (of features: of
    μ²Σ); captured, lost : u and 1 − u; target : A; truth : E w̄²; mismatch : E w̄(w̄ − w_t).
    noise : σ²/θ of the pooled source; noise_variance : σ² itself; weight : its loss weight;
    trace : tr Σ, of features too. tail, target_tail : of the activation, ν and μ_t*²/s².
    samples_left, width_left : n − df1, m − df1.
    """

    multiplicities: Array
    load: Array
    captured: Array
    lost: Array
    target: Array
    truth: Array
    mismatch: Array
    noise: float
    noise_variance: float
    weight: float
    trace: float
    tail: float
    target_tail: float
    samples_left: float
    width_left: float | None

    def sums(self) -> Sums:
        """The sums of :func:`theory.finite_size.first_order`."""

        A, γ = self.target, self.truth
        rows = np.array([np.ones_like(A), A, γ, γ * A, A * self.mismatch]) * self.multiplicities
        one, target, truth, truth_target, mismatch = Weighted.stack(rows, self.captured, self.lost)
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
        )


def pool(
    m: Mixture, strength: Array, η: float, samples_left: float, width_left: float | None
) -> Pooled:
    """Pool the sources of a solved mixture, in the mixture's units.

    m : the mixture, used in float64; strength : (K,) a_kβ_k, 0 for sources that are not fitted;
    η : the solved scale; samples_left, width_left : n₊ − df1 and m − df1 (None: linear).
    """
    covariances, slopes = _floats(m.covariances), _floats(m.slopes)[m.covariance_of]
    truths = m.truths
    multiplicities = _floats(getattr(m.algebra, "multiplicities", np.ones(len(covariances[0]))))
    if covariances.ndim == 3:
        basis = np.linalg.eigh(_load(strength * slopes[:-1] ** 2, covariances, m.covariance_of))[1]
        covariances = np.array([((Σ @ basis) * basis).sum(axis=0) for Σ in covariances])
        truths = tuple(part.rotated(basis, diagonal=True) for part in truths)
    Σ = np.maximum(covariances, 0.0)[m.covariance_of]
    loads = (strength * slopes[:-1] ** 2)[:, None] * Σ[:-1]
    Y = loads.sum(axis=0)
    shares = _ratio(loads, Y)
    with np.errstate(divide="ignore"):
        to_slope = np.where(slopes == 0, 0.0, 1 / np.where(slopes == 0, 1.0, slopes))[:, None]
    one = np.eye(len(Σ))[:, :, None] * to_slope[:, None, :] * np.ones(len(Y))
    mean = np.vstack([shares, 0 * Y[None]]) * to_slope
    excess_noise = sum(loads[k] * _product(truths, one[k] - mean) for k in range(len(loads)))
    tails = _floats(m.tails)[m.covariance_of]
    noises = float(strength @ _floats(m.noise) + multiplicities @ excess_noise)
    return Pooled(
        multiplicities=multiplicities,
        load=Y / strength.sum(),
        captured=Y / (η + Y),
        lost=η / (η + Y),
        target=slopes[-1] ** 2 * Σ[-1],
        truth=_product(truths, mean),
        mismatch=_product(truths, mean, mean - one[-1]),
        noise=noises / η,
        noise_variance=noises / strength.sum(),
        weight=float(strength.sum()),
        trace=float(strength @ (Σ[:-1] @ multiplicities) / strength.sum()),
        tail=float(strength @ tails[:-1]) / η,
        target_tail=float(tails[-1]),
        samples_left=samples_left,
        width_left=width_left,
    )


def _load(coefficients: Array, covariances: Array, kinds: Any) -> Array:
    total: Array = sum(c * covariances[k] for c, k in zip(coefficients, kinds, strict=False))
    return total


def _ratio(loads: Array, Y: Array) -> Array:
    return np.divide(loads, Y, out=np.zeros_like(loads), where=Y > 0)


def _product(truths: tuple[Truth, ...], a: Array, b: Array | None = None) -> Array:
    """E (Σ_k a_k w_k)(Σ_k b_k w_k) in every coordinate; a, b : (K + 1, p)."""
    total: Array = sum(part.product(a, a if b is None else b) for part in truths)
    return total


def _floats(values: Any) -> Array:
    return np.asarray(values, dtype=float)
