"""Moments of kept samples in closed form, and the ordinary source that they make, with dense matrices.

The scores u = Vᵀx of a kept sample have E uuᵀ = M, E uy = b and E y² = v. With A = S V G⁻¹ and G = VᵀSV the
source has covariance S + A(M − G)Aᵀ, truth V M⁻¹b and noise v − bᵀM⁻¹b.
"""

import dataclasses
import math

import numpy as np

from ....theory import Covariance, Source
from ....theory.base.arrays import Array

__all__ = [
    "ScoreMoments",
    "agreed",
    "all_cubic",
    "all_probit",
    "all_signs",
    "beyond_margin",
    "mixed_classes",
    "near_verifier",
    "ordinary_source",
    "positive_side",
]


@dataclasses.dataclass(frozen=True)
class ScoreMoments:
    """Of kept samples: their share p, directions V (d, r), M, b and v."""

    kept: float
    V: Array
    M: Array
    b: Array
    v: float


def ordinary_source(moments: ScoreMoments, draws: int, S: Array, weight: float = 1.0) -> Source:
    """The source that the selection of so many samples is; S is (d,)."""
    V, M, b = moments.V, moments.M, moments.b
    G = V.T @ (S[:, None] * V)
    A = np.linalg.solve(G, V.T * S).T
    C = np.diag(S) + A @ (M - G) @ A.T
    β = np.linalg.solve(M, b)
    return Source(
        round(moments.kept * draws),
        Covariance((C + C.T) / 2),
        noise_variance=max(float(moments.v - b @ β), 0.0),
        truth=V @ β,
        weight=weight,
    )


def near_verifier(w_g: Array, w_v: Array, S: Array, noise_variance: float, t: float) -> ScoreMoments:
    """Linear labels within t of a verifier: the residual z = y − xᵀw_v is cut to |z| < t."""
    δ, V = w_g - w_v, np.column_stack([w_g - w_v, w_v])
    G, τ2 = V.T @ (S[:, None] * V), float(δ @ (S * δ)) + noise_variance
    a = t / math.sqrt(τ2)
    p = math.erf(a / math.sqrt(2))
    r = 1 - 2 * a * _density(a) / p
    g = G[:, 0]
    M = G - (1 - r) / τ2 * np.outer(g, g)
    return ScoreMoments(p, V, M, M[:, 1] + r * g, float(M[1, 1] + 2 * r * g[1] + r * τ2))


def beyond_margin(w_g: Array, w_v: Array, S: Array, noise_variance: float, t: float) -> ScoreMoments:
    """Linear labels where |z| > t for the score z = xᵀw_v of variance 1."""
    tail = math.erfc(t / math.sqrt(2))
    return _by_score(w_g, w_v, S, noise_variance, tail, 1 + 2 * t * _density(t) / tail)


def positive_side(w_g: Array, w_v: Array, S: Array, noise_variance: float, t: float) -> ScoreMoments:
    """Linear labels where z > t."""
    tail = math.erfc(t / math.sqrt(2)) / 2
    return _by_score(w_g, w_v, S, noise_variance, tail, 1 + t * _density(t) / tail)


def agreed(w_g: Array, w_o: Array, S: Array) -> ScoreMoments:
    """Signs of a generator where an oracle has the same; both scores have variance 1."""
    r = float(w_g @ (S * w_o))
    s = math.sqrt((1 - r) * (1 + r))
    p = 0.5 + math.asin(r) / math.pi
    own, cross = 1 + r * s / (math.pi * p), r + s / (math.pi * p)
    first = (1 + r) / (math.sqrt(2 * math.pi) * p)
    M = np.array([[own, cross], [cross, own]])
    return ScoreMoments(p, np.column_stack([w_g, w_o]), M, np.array([first, first]), 1.0)


def all_signs(w: Array, flip: float) -> ScoreMoments:
    """Flipped signs of a score of variance 1; all are kept."""
    return _one(w, (1 - 2 * flip) * math.sqrt(2 / math.pi), 1.0)


def all_probit(w: Array, scale: float) -> ScoreMoments:
    """Signs of the score plus noise."""
    return _one(w, math.sqrt(2 / math.pi / (1 + scale**2)), 1.0)


def all_cubic(w: Array, cubic: float, noise_variance: float) -> ScoreMoments:
    """y = z + cubic z³ + ε for a score z of variance 1."""
    return _one(w, 1 + 3 * cubic, 1 + 6 * cubic + 15 * cubic**2 + noise_variance)


def mixed_classes(mu: Array, S: Array, flip: float) -> ScoreMoments:
    """Two classes of means ±μ with flipped labels; all are kept. The score is xᵀS⁻¹μ."""
    V = (mu / S)[:, None]
    G = float(mu @ (mu / S))
    return ScoreMoments(1.0, V, np.array([[G + G**2]]), np.array([(1 - 2 * flip) * G]), 1.0)


def _one(w: Array, slope: float, square: float) -> ScoreMoments:
    return ScoreMoments(1.0, w[:, None], np.eye(1), np.array([slope]), square)


def _by_score(
    w_g: Array, w_v: Array, S: Array, noise_variance: float, kept: float, square: float
) -> ScoreMoments:
    """Linear labels, where the score z = xᵀw_v of variance 1 has this mean square among kept samples."""
    V = np.column_stack([w_g, w_v])
    G = V.T @ (S[:, None] * V)
    M = G + (square - 1) * np.outer(G[:, 1], G[:, 1])
    return ScoreMoments(kept, V, M, M[:, 0], float(M[0, 0]) + noise_variance)


def _density(a: float) -> float:
    return math.exp(-a * a / 2) / math.sqrt(2 * math.pi)
