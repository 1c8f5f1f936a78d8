"""Iterative mixing: Corollary 3 of *Strong Model Collapse* (arXiv 2410.04840, version 2).

Every round trains on real data and on inputs labelled by the model of the round before. The setting
and the letters are those of ``corollaries_1_and_4``.
"""

import math

import numpy as np

from ..base.accepted_values import RealNumber, RealVector
from ..base.arrays import Array
from ..base.errors import SpecError
from ..base.validation import count
from ..base.wording import shortest_float
from .two_source_scalars import MixScalars

__all__ = ["corollary_3", "corollary_3_finite", "corollary_3_reused", "corollary_3_reused_finite"]

MOST_NODES = 1_000_000
"""Of a mean over a spectrum; 20 000 are enough at p_2 = 0.001 and φ = 0.999."""


def corollary_3(
    *,
    rounds: "RealNumber",
    aspect_ratio: "RealNumber",
    synthetic_share: "RealNumber",
    noise_variances: "RealVector",
    quality: "RealNumber",
) -> float:
    r"""Corollary 3: the error E_t after t rounds of iterative mixing, for a large sample.

    .. math::

        E_t = p_2^{2t}c_0^2 + \frac{1 - p_2^{2t}}{1 - p_2^2}\,\bar E, \qquad
        \bar E = \frac{\sigma^2\varphi}{1 - \varphi}

    Each round trains on **fresh** real data and on fresh inputs labelled by the model of the previous round
    (with noise σ_2²). The quality of the first synthetic labels is c_0², and E_0 = c_0². For p_2 = 1 the
    error is c_0² + tĒ.

    Parameters
    ----------
    rounds : int or float
        t ≥ 0, an integer or ``math.inf``, where the error is Ē/(1 − p_2²).
    aspect_ratio, synthetic_share, noise_variances, quality
        Of one round, as in :func:`corollary_1`; ``quality`` is c_0².

    Returns
    -------
    float
        E_t in labels squared, noise excluded; inf if it grows without bound.

    Raises
    ------
    SpecError
        A number out of range; φ ≥ 1, where Ē diverges.

    Notes
    -----
    Assumes φ → 0 and λ → 0; any Σ. The relative error of the formula is O(φ) in the second term and O(tφ) in
    the first, because the factor of a round is p_2² + p_1p_2φ/(1 − φ) rather than p_2²; see
    :func:`corollary_3_finite`. For the same real data in every round, see :func:`corollary_3_reused`.

    Source: arXiv 2410.04840 v2, Corollary 3, correct as printed for fresh real data.

    Examples
    --------
    >>> import math
    >>> mix = dict(synthetic_share=0.5, aspect_ratio=0.5, noise_variances=(0.3, 0.3), quality=1.0)
    >>> [round(corollary_3(rounds=t, **mix), 4) for t in (0, 1, 2, math.inf)]
    [1.0, 0.55, 0.4375, 0.4]
    """
    mix = MixScalars.without_ridge(aspect_ratio, synthetic_share, noise_variances, quality)
    return _after_rounds(mix, mix.p2**2, _rounds(rounds))


def corollary_3_finite(
    *,
    rounds: "RealNumber",
    aspect_ratio: "RealNumber",
    synthetic_share: "RealNumber",
    noise_variances: "RealVector",
    quality: "RealNumber",
) -> float:
    r"""Iterative mixing with fresh real data at any φ < 1; Corollary 3 is its leading order.

    .. math::

        c_{t+1}^2 = \bar E + q\,c_t^2, \qquad q = p_2^2 + \frac{p_1p_2\varphi}{1 - \varphi}, \qquad
        \bar E = \frac{\sigma^2\varphi}{1 - \varphi}, \qquad E_t = c_t^2

    This is Corollary 1 applied in every round: the error of one model is the quality of the next labels. For
    0 < p_2 < 1 and φ > (1 + p_2)/(1 + 2p_2), q exceeds 1, and the error grows without bound although fresh
    real data arrive in every round.

    Parameters
    ----------
    rounds, aspect_ratio, synthetic_share, noise_variances, quality
        As in :func:`corollary_3`.

    Returns
    -------
    float
        E_t in labels squared, noise excluded; inf if it grows without bound.

    Raises
    ------
    SpecError
        A number out of range.

    Notes
    -----
    Assumes fresh real and synthetic data in each round and λ → 0; any Σ. The error of the formula is O(1/n)
    at finite size, in every round.

    Source: arXiv 2410.04840 v2, Corollary 1, iterated; its Corollary 3 is the limit φ → 0.

    Examples
    --------
    >>> import math
    >>> mix = dict(synthetic_share=0.5, aspect_ratio=0.5, noise_variances=(0.3, 0.3), quality=1.0)
    >>> [round(corollary_3_finite(rounds=t, **mix), 4) for t in (0, 1, 2, math.inf)]
    [1.0, 0.8, 0.7, 0.6]
    """
    mix = MixScalars.without_ridge(aspect_ratio, synthetic_share, noise_variances, quality)
    return _after_rounds(mix, mix.passed_on, _rounds(rounds))


def corollary_3_reused(
    *,
    rounds: "RealNumber",
    aspect_ratio: "RealNumber",
    synthetic_share: "RealNumber",
    noise_variances: "RealVector",
    quality: "RealNumber",
) -> float:
    r"""Iterative mixing with the **same** real data in every round, and fresh synthetic labels.

    .. math::

        E_t = p_2^{2t}c_0^2 + (1 - p_2^t)^2\,\frac{\sigma_1^2\varphi}{p_1}
            + p_2^2\,\frac{1 - p_2^{2t}}{1 - p_2^2}\,\frac{\sigma_2^2\varphi}{p_2}

    The noise of the real labels is the same in every round and adds up coherently, to that of the fit to the
    real data alone. As t → ∞ (``rounds=math.inf``, shown in Figure 10) the error tends to
    σ_1²φ/p_1 + p_2²/(1 − p_2²) σ_2²φ/p_2.

    Parameters
    ----------
    rounds, aspect_ratio, synthetic_share, noise_variances, quality
        As in :func:`corollary_3`, with p_2 < 1.

    Returns
    -------
    float
        E_t in labels squared, noise excluded.

    Raises
    ------
    SpecError
        A number out of range; p_2 = 1, without real data.

    Notes
    -----
    Assumes φ/p_1 → 0 and λ → 0; any Σ. The relative error of the formula is O(φ/p_1), the aspect ratio of the
    real data. It is larger for what remains of c_0², because the same rows return in each round: at p_2 = ½
    and φ = 0.00125 this term is 0.1% too low after one round and 2.0% after four.
    :func:`corollary_3_reused_finite` has no such error.

    Source: Figure 10 of arXiv 2410.04840 v2; the formula is not in the paper.

    Examples
    --------
    >>> import math
    >>> mix = dict(synthetic_share=0.5, aspect_ratio=0.1, noise_variances=(0.3, 0.3), quality=1.0)
    >>> round(corollary_3_reused(rounds=math.inf, **mix), 4)
    0.08
    """
    mix = MixScalars.without_ridge(aspect_ratio, synthetic_share, noise_variances, quality)
    _refuse_no_real_data(mix)
    φ, p2, (σ1, σ2), t = mix.φ, mix.p2, mix.noises, _rounds(rounds)
    coherent = (1 - _power(p2, t)) ** 2 * φ * σ1 / mix.p1
    return _power(p2, 2 * t) * mix.c2 + coherent + p2 * φ * σ2 * _geometric(p2**2, t)


def corollary_3_reused_finite(
    *,
    rounds: "RealNumber",
    aspect_ratio: "RealNumber",
    synthetic_share: "RealNumber",
    noise_variances: "RealVector",
    quality: "RealNumber",
) -> float:
    """Iterative mixing with the same real data in every round, at any φ < 1.

    :func:`corollary_3_reused` is its leading order.

    Parameters
    ----------
    rounds, aspect_ratio, synthetic_share, noise_variances, quality
        As in :func:`corollary_3_reused`; infinitely many rounds need φ < p_1.

    Returns
    -------
    float
        E_t in labels squared, noise excluded.

    Raises
    ------
    SpecError
        A number out of range; p_2 = 1, without real data.

    Notes
    -----
    Assumes λ → 0; any Σ. The error of the formula is O(1/n) at finite size, in every round.

    Write M_1 = X_1ᵀX_1/n, which stays, x for the eigenvalues of M_1/p_1 (Marchenko–Pastur, ratio
    φ/p_1, mean ⟨·⟩), s = p_2(1 − φ), q = 1/(p_1x + s), h = sq. From b = c_0² on, round after round::

        b ← h²b + q²k,   k = v [σ_2² + ⟨(p_1xq)² b⟩ + φσ_1² ⟨p_1xq² h^{2t}⟩],
        v = φp_2(1 − φ)²/(1 − φp_2(1 − φ)²⟨q²⟩)
        E_t = φσ_1² ⟨(1 − h^t)²/(p_1x)⟩ + ⟨b⟩

    Proof. With S = M_1 + M_2, M_2 = X_2ᵀX_2/n of this round, least squares gives for a model's
    deviation e from the truth (in coordinates where Σ = I)::

        e_{t+1} = S⁻¹X_1ᵀε_1/n + S⁻¹M_2e_t + S⁻¹X_2ᵀη_t/n

    and for δ = e − g from the fit g = M_1⁻¹X_1ᵀε_1/n to the real data alone, δ_{t+1} = A_tδ_t +
    S⁻¹X_2ᵀη_t/n with A = S⁻¹M_2 = 1 − S⁻¹M_1: given M_1, rounds are independent. M_2 is a Wishart
    matrix, so given M_1 resolvents have the equivalents Q = (M_1 + s)⁻¹ of S⁻¹, where
    s = p_2/(1 + φ⟨q⟩) and, S being Wishart too, φ⟨q⟩ = φ/(1 − φ); and of S⁻¹BS⁻¹::

        QBQ + p_2(1 − φ)² tr(QBQ)/n / (1 − φp_2(1 − φ)²⟨q²⟩) Q²

    The mean of A is therefore sQ = h; that of ACAᵀ = C − S⁻¹M_1C − CM_1S⁻¹ + S⁻¹M_1CM_1S⁻¹ is
    h²C + (v/φ) tr(M_1QCQM_1)/n Q², for the C that commute with M_1, as all do here by symmetry; and
    that of S⁻¹M_2S⁻¹ is (v/φ) Q². E δδᵀ starts as (c_0² + φσ_1²/(p_1x))/d, of which the second part
    turns into h^{2t}φσ_1²/(p_1x) on the way and b is the rest; E gδᵀ = −h^tφσ_1²/(p_1xd). Their sum
    over eigenvalues is E_t. No step divides by x, so that φ ≥ p_1 is covered.

    ``rounds=math.inf``, for φ < p_1 (else some directions never see real data): φσ_1²/(p_1 − φ) of
    the real fit and ⟨b⟩ = k/(2s) [1/(p_1 − φ) − ⟨1/(p_1x + 2s)⟩], k the fixed point.

    Source: this proof; not in the paper.

    Examples
    --------
    >>> import math
    >>> mix = dict(synthetic_share=0.5, aspect_ratio=1 / 3, noise_variances=(1, 1), quality=1.0)
    >>> [round(corollary_3_reused_finite(rounds=t, **mix), 3) for t in (0, 1, 2, 5, math.inf)]
    [1.0, 0.875, 1.071, 1.586, 2.739]
    """
    mix = MixScalars.without_ridge(aspect_ratio, synthetic_share, noise_variances, quality)
    _refuse_no_real_data(mix)
    t = _rounds(rounds)
    if mix.p2 == 0:
        return _after_rounds(mix, 0.0, t)
    return _reused_for_ever(mix) if t == math.inf else _reused(mix, int(t))


def _reused(mix: MixScalars, t: int) -> float:
    """E_t; 1 − h is written p_1xq, and (1 − h^t)/(1 − h) as a sum."""
    φ, p1, (σ1, σ2) = mix.φ, mix.p1, mix.noises
    s = mix.p2 * (1 - φ)
    x, weights = _marchenko_pastur(φ / p1, s / p1 / (t + 1))  # left of this h^2t explodes
    q = 1 / (p1 * x + s)
    h, v = s * q, _passed_to_all(mix, float(weights @ q**2))
    b, power, total = np.full_like(x, mix.c2), np.ones_like(x), np.zeros_like(x)
    for _ in range(t):
        own = float(weights @ ((p1 * x * q) ** 2 * b + φ * σ1 * p1 * x * q**2 * power**2))
        b = h**2 * b + q**2 * v * (σ2 + own)
        total, power = total + power, power * h
    return float(weights @ (b + φ * σ1 * p1 * x * q**2 * total**2))


def _reused_for_ever(mix: MixScalars) -> float:
    φ, p1, (σ1, σ2) = mix.φ, mix.p1, mix.noises
    if not φ < p1:
        raise SpecError(
            f"aspect_ratio must be below the real share {p1:g} for rounds without end; got "
            f"{shortest_float(φ)}. Fewer real samples than dimensions leave directions that only "
            f"synthetic labels speak of; give a number of rounds."
        )
    s = mix.p2 * (1 - φ)
    x, weights = _marchenko_pastur(φ / p1, s / p1)
    q = 1 / (p1 * x + s)
    v = _passed_to_all(mix, float(weights @ q**2))
    k = v * σ2 / (1 - v * float(weights @ (p1 * x * q**2 / (p1 * x + 2 * s))))
    spread = 1 / (p1 - φ) - float(weights @ (1 / (p1 * x + 2 * s)))
    return φ * σ1 / (p1 - φ) + k * spread / (2 * s)


def _passed_to_all(mix: MixScalars, q2: float) -> float:
    """v, given ⟨q²⟩: what a round makes of its label errors, in all directions."""
    v = mix.φ * mix.p2 * (1 - mix.φ) ** 2
    return v / (1 - v * q2)


def _marchenko_pastur(ratio: float, gap: float) -> tuple[Array, Array]:
    """Nodes and weights of the mean over the Marchenko–Pastur law, for functions that are smooth
    and of order one right of x = −gap.

    The substitution x = 1 + γ − 2√γ cos θ makes the trapezoid rule converge geometrically. The
    first node is 0, with all the weight that is left: the atom for γ > 1, and for γ < 1 the error
    that the pole of the density at 0 makes.
    """
    γ = ratio
    decay = math.acosh((1 + γ + gap) / (2 * math.sqrt(γ)))
    number = min(16 + math.ceil(20 / decay), MOST_NODES)
    θ = math.pi * np.arange(1, number + 1) / (number + 1)
    x = (1 - math.sqrt(γ)) ** 2 + 4 * math.sqrt(γ) * np.sin(θ / 2) ** 2
    weights = 2 / (number + 1) * np.sin(θ) ** 2 / x
    return np.concatenate(([0.0], x)), np.concatenate(([1 - weights.sum()], weights))


def _refuse_no_real_data(mix: MixScalars) -> None:
    if mix.p2 == 1:
        raise SpecError(
            "synthetic_share must be below 1 where real data are reused; got 1. corollary_3_finite "
            "has rounds without real data."
        )


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
