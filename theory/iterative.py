"""Iterative mixing: Corollary 3 of *Strong Model Collapse* (arXiv 2410.04840, version 2).

Every round trains on real data and on inputs labelled by the model of the round before. The setting
and the letters are those of ``theory.corollaries``.
"""

import math
from collections.abc import Sequence

import numpy as np

from .checks import count
from .errors import SpecError
from .mix_scalars import MixScalars

__all__ = ["corollary_3", "corollary_3_finite", "corollary_3_reused"]


def corollary_3(
    *,
    rounds: float,
    aspect_ratio: float,
    synthetic_share: float,
    noise_variances: Sequence[float],
    quality: float,
) -> float:
    """Corollary 3: the error E_t after t rounds of iterative mixing, for a large sample.

        E_t = p_2^{2t} c_0² + (1 − p_2^{2t})/(1 − p_2²) Ē,      Ē = σ²φ/(1 − φ)

    Each round trains on **fresh** real data and on fresh inputs labelled by the model of the round
    before (with noise σ_2²); c_0² (``quality``) is that of the first synthetic labels, E_0 = c_0².
    At p_2 = 1 it reads c_0² + tĒ. ``rounds`` may be ``math.inf``: Ē/(1 − p_2²).

    Assumptions: φ → 0, λ → 0, any Σ. Size of the error: relative O(φ) of the second term and O(tφ)
    of the first, for the factor of a round is p_2² + p_1p_2φ/(1 − φ) and not p_2²:
    :func:`corollary_3_finite`. Where the same real data come back: :func:`corollary_3_reused`.

    Parameters
    ----------
    rounds : t, an integer ≥ 0 or ``math.inf``.
    The others, of one round, as in :func:`corollary_1`.

    Returns
    -------
    E_t, noise excluded; inf where it grows without bound.

    Raises
    ------
    SpecError
        A number out of range. φ ≥ 1 is, where Ē diverges.

    Source: arXiv 2410.04840 v2, Corollary 3. Right as printed, for fresh real data.

    >>> mix = dict(synthetic_share=0.5, aspect_ratio=0.5, noise_variances=(0.3, 0.3), quality=1.0)
    >>> [round(corollary_3(rounds=t, **mix), 4) for t in (0, 1, 2, math.inf)]
    [1.0, 0.55, 0.4375, 0.4]
    """
    mix = MixScalars.without_ridge(aspect_ratio, synthetic_share, noise_variances, quality)
    return _after_rounds(mix, mix.p2**2, _rounds(rounds))


def corollary_3_finite(
    *,
    rounds: float,
    aspect_ratio: float,
    synthetic_share: float,
    noise_variances: Sequence[float],
    quality: float,
) -> float:
    """Iterative mixing at any φ < 1: what Corollary 3 is the leading order of.

        c²_{t+1} = Ē + q c²_t,   q = p_2² + p_1p_2φ/(1 − φ),   Ē = σ²φ/(1 − φ),   E_t = c²_t

    This is Corollary 1 round after round: the error of one model is the quality of the next labels.
    For 0 < p_2 < 1 and φ > (1 + p_2)/(1 + 2p_2), q exceeds 1, and the error grows without bound
    although fresh real data arrive in every round.

    Assumptions: fresh real and synthetic data each round, λ → 0, any Σ. Size of the error: O(1/n)
    at finite size, in every round. Arguments and what is refused as in :func:`corollary_3`.

    Source: arXiv 2410.04840 v2, Corollary 1, iterated; its Corollary 3 has the limit φ → 0.

    >>> mix = dict(synthetic_share=0.5, aspect_ratio=0.5, noise_variances=(0.3, 0.3), quality=1.0)
    >>> [round(corollary_3_finite(rounds=t, **mix), 4) for t in (0, 1, 2, math.inf)]
    [1.0, 0.8, 0.7, 0.6]
    """
    mix = MixScalars.without_ridge(aspect_ratio, synthetic_share, noise_variances, quality)
    return _after_rounds(mix, mix.passed_on, _rounds(rounds))


def corollary_3_reused(
    *,
    rounds: float,
    aspect_ratio: float,
    synthetic_share: float,
    noise_variances: Sequence[float],
    quality: float,
) -> float:
    """Iterative mixing with the **same** real data every round, and fresh synthetic labels.

        E_t = p_2^{2t} c_0² + (1 − p_2^t)² σ_1²φ/p_1 + p_2² (1 − p_2^{2t})/(1 − p_2²) σ_2²φ/p_2

    The noise of the real labels is the same in every round and adds up coherently to that of the
    fit to the real data alone: as t → ∞ (``rounds=math.inf``, what Figure 10 shows) the error tends
    to σ_1²φ/p_1 + p_2²/(1 − p_2²) σ_2²φ/p_2.

    Assumptions: φ/p_1 → 0, λ → 0, any Σ. Size of the error: relative O(φ/p_1), the real data's own
    aspect ratio; larger for what is left of c_0², since the same rows return each round (1 to 2 %
    too low after one to four rounds at φ = 0.00125).

    Arguments and what is refused as in :func:`corollary_3`, and p_2 = 1, for there must be real
    data.

    Source: Figure 10 of arXiv 2410.04840 v2; the formula is not in the paper.

    >>> mix = dict(synthetic_share=0.5, aspect_ratio=0.1, noise_variances=(0.3, 0.3), quality=1.0)
    >>> round(corollary_3_reused(rounds=math.inf, **mix), 4)
    0.08
    """
    mix = MixScalars.without_ridge(aspect_ratio, synthetic_share, noise_variances, quality)
    φ, p2, (σ1, σ2), t = mix.φ, mix.p2, mix.noises, _rounds(rounds)
    if p2 == 1:
        raise SpecError(
            "synthetic_share must be below 1 where real data are reused; got 1. corollary_3_finite "
            "has rounds without real data."
        )
    coherent = (1 - _power(p2, t)) ** 2 * φ * σ1 / mix.p1
    return _power(p2, 2 * t) * mix.c2 + coherent + p2 * φ * σ2 * _geometric(p2**2, t)


def _rounds(value: object) -> float:
    """t, a whole number or inf."""
    if isinstance(value, float) and value == math.inf:
        return math.inf
    remedy = "It is the number of rounds; math.inf takes the limit."
    return float(count(value, "rounds", 0, remedy))


def _after_rounds(mix: MixScalars, q: float, t: float) -> float:
    """q^t c_0² + (1 + q + … + q^{t−1}) Ē; a term whose coefficient is 0 stays 0 as t → ∞."""
    noise = mix.σ2 * mix.u
    start = mix.c2 * _power(q, t) if mix.c2 else 0.0
    return start + (noise * _geometric(q, t) if noise else 0.0)


def _power(q: float, t: float) -> float:
    """q^t for q ≥ 0; inf where it overflows."""
    with np.errstate(over="ignore"):
        return float(np.power(q, t))


def _geometric(q: float, t: float) -> float:
    """1 + q + … + q^{t−1} for q ≥ 0; inf where it overflows."""
    if q == 1 or t == 0:
        return t
    if q == 0:
        return 1.0
    with np.errstate(over="ignore"):
        return float(np.expm1(t * np.log(q)) / (q - 1))
