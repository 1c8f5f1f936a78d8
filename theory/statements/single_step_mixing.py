"""Single-step mixing with weights: Corollary 2 and eq. 18 of *Strong Model Collapse*.

The setting, the letters and what ``…_as_printed`` means are those of ``corollaries_1_and_4``, with a
synthetic share a of the loss (arXiv 2410.04840, version 2).
"""

import math

import numpy as np

from ..base.accepted_values import RealNumber, RealVector
from ..base.errors import SpecError
from ..base.validation import refusal, unit_share
from ..data.label_shifts import mixing_weights
from .decomposition import Decomposition
from .two_source_scalars import MixScalars, require_under_parametrised

__all__ = [
    "corollary_2",
    "corollary_2_as_printed",
    "optimal_weight",
    "optimal_weight_as_printed",
    "weighted_mixing",
]


Pair = tuple[float, float]


def corollary_2(
    *,
    weight: "RealNumber",
    aspect_ratio: "RealNumber",
    synthetic_share: "RealNumber",
    noise_variances: "RealVector",
    quality: "RealNumber",
) -> Decomposition:
    r"""Corollary 2, corrected: weighted mixing of a large sample.

    .. math::

        E = a^2c^2 + \varphi\left[\frac{(1 - a)^2\sigma_1^2}{p_1} + \frac{a^2\sigma_2^2}{p_2}\right],
        \qquad B = 0

    The synthetic share a of the loss means the loss weights a_1 = (1 − a)/p_1 and a_2 = a/p_2 of
    :func:`~detequiv.mixing_weights`. The plain mix is a = p_2, and gives Corollary 1 to this order.

    Parameters
    ----------
    weight : float
        a, in [0, 1].
    aspect_ratio : float
        φ = d/n, inside (0, 1); below p_1 if a = 0, below p_2 if a = 1.
    synthetic_share, noise_variances, quality
        As in :func:`corollary_1`.

    Returns
    -------
    Decomposition
        In labels squared, noise excluded.

    Raises
    ------
    SpecError
        A number out of range; a source without samples that has weight.

    Notes
    -----
    Assumes φ → 0 and λ → 0; any Σ. Every term has a relative error O(φ/p_1 + φ/p_2); that of the collapse is
    φ(1 − a)[3(1 − a)/p_1 + (1 − 3a)/p_2] to first order, so that E is correct to O(φ²) only if c² = O(φ).
    :func:`weighted_mixing` has no such error.

    Source: arXiv 2410.04840 v2, Corollary 2, which prints another E: :func:`corollary_2_as_printed`.

    Examples
    --------
    >>> mix = dict(aspect_ratio=0.025, synthetic_share=0.5, noise_variances=(1, 0.25), quality=1)
    >>> print(corollary_2(weight=0.2, **mix))
    0.0725 = bias 0 + variance 0.0325 + collapse 0.04
    """
    a, mix = _weighted(weight, aspect_ratio, synthetic_share, noise_variances, quality)
    variance = mix.φ * _spread((1 - a, a), mix.noises, mix)
    return Decomposition(bias=0.0, variance=variance, collapse=a**2 * mix.c2)


def corollary_2_as_printed(
    *,
    weight: "RealNumber",
    aspect_ratio: "RealNumber",
    synthetic_share: "RealNumber",
    noise_variances: "RealVector",
    quality: "RealNumber",
) -> Decomposition:
    r"""Corollary 2 as printed in version 2; it contradicts Corollary 1 at a = p_2.

    .. math::

        E = p_2^2a^2c^2 + \left((1 - a)p_1\sigma_1^2 + a\,p_2\sigma_2^2\right)\varphi

    Simulation refutes it: 0.0780 ± 0.0001 where this gives 0.0206.

    Parameters
    ----------
    weight, aspect_ratio, synthetic_share, noise_variances, quality
        As in :func:`corollary_2`.

    Returns
    -------
    Decomposition
        In labels squared, noise excluded.

    Raises
    ------
    SpecError
        As :func:`corollary_2`.

    Notes
    -----
    The assumptions are those of :func:`corollary_2`, which has the corrected form.

    Source: arXiv 2410.04840 v2, Corollary 2, as printed.

    Examples
    --------
    >>> mix = dict(aspect_ratio=0.025, synthetic_share=0.5, noise_variances=(1, 0.25), quality=1)
    >>> print(corollary_2_as_printed(weight=0.2, **mix))
    0.020625 = bias 0 + variance 0.010625 + collapse 0.01
    """
    a, mix = _weighted(weight, aspect_ratio, synthetic_share, noise_variances, quality)
    σ1, σ2 = mix.noises
    return Decomposition(
        bias=0.0,
        variance=((1 - a) * mix.p1 * σ1 + a * mix.p2 * σ2) * mix.φ,
        collapse=mix.p2**2 * a**2 * mix.c2,
    )


def weighted_mixing(
    *,
    weight: "RealNumber",
    aspect_ratio: "RealNumber",
    synthetic_share: "RealNumber",
    noise_variances: "RealVector",
    quality: "RealNumber",
) -> Decomposition:
    r"""Weighted mixing at any φ < 1; Corollary 2 is its leading order.

    The fit uses the synthetic share ρ_2 = 1 − ρ_1 of its effective samples, ρ_k = p_ka_k/(s + a_kφ), with
    s > 0 such that ρ_1 + ρ_2 = 1 (a quadratic equation; ρ_2 = a + O(φ)). With q = φ(ρ_1²/p_1 + ρ_2²/p_2),

    .. math::

        V = \frac{\varphi}{1 - q}\left[\frac{\rho_1^2\sigma_1^2}{p_1} + \frac{\rho_2^2\sigma_2^2}{p_2}\right],
        \qquad \zeta = \frac{c^2\rho_2^2}{1 - q}\left[1 + \frac{\varphi(1 - 2\rho_2)}{p_2}\right]

    At a = p_2, where ρ_2 = p_2 and q = φ, this is Corollary 1.

    Parameters
    ----------
    weight, aspect_ratio, synthetic_share, noise_variances, quality
        As in :func:`corollary_2`.

    Returns
    -------
    Decomposition
        In labels squared, noise excluded.

    Raises
    ------
    SpecError
        As :func:`corollary_2`.

    Notes
    -----
    Assumes λ → 0 and φ below the share of the samples that have weight (1; p_1 if a = 0; p_2 if a = 1); any
    Σ. The error of the formula is O(λ), and O(1/n) at finite size.

    Source: the master equations for one covariance and unlike weights; not in the paper.

    Examples
    --------
    >>> mix = dict(aspect_ratio=0.025, synthetic_share=0.5, noise_variances=(1, 0.25), quality=1)
    >>> round(weighted_mixing(weight=0.2, **mix).total, 4)                   # simulated .0780
    0.078
    """
    a, mix = _weighted(weight, aspect_ratio, synthetic_share, noise_variances, quality)
    φ = mix.φ
    ρ = _effective_shares(a, φ, mix.p1, mix.p2)
    left = 1 - φ * _spread(ρ, (1, 1), mix)
    own = ρ[1] ** 2 + φ * (1 - 2 * ρ[1]) * _spread(ρ, (0, 1), mix)
    return Decomposition(
        bias=0.0, variance=φ * _spread(ρ, mix.noises, mix) / left, collapse=mix.c2 * own / left
    )


def optimal_weight(
    *,
    aspect_ratio: "RealNumber",
    synthetic_share: "RealNumber",
    noise_variances: "RealVector",
    quality: "RealNumber",
) -> float:
    r"""Eq. 18, corrected: the synthetic share a* of the loss that minimises Corollary 2.

    .. math::

        a^* = \frac{\varphi\sigma_1^2/p_1}{c^2 + \varphi\sigma_1^2/p_1 + \varphi\sigma_2^2/p_2}

    Each source counts by the inverse of its error, φσ_1²/p_1 for the real fit and c² + φσ_2²/p_2 for the
    synthetic one.

    Parameters
    ----------
    aspect_ratio, synthetic_share, noise_variances, quality
        As in :func:`corollary_1`, with p_2 inside (0, 1).

    Returns
    -------
    float
        a* in [0, 1]; :func:`~detequiv.mixing_weights` converts it to loss weights.

    Raises
    ------
    SpecError
        A number out of range; no noise and no shift, where every weight is optimal.

    Notes
    -----
    Assumptions as in :func:`corollary_2`, with both shares positive. The relative error is O(φ/p_1 + φ/p_2).

    Source: arXiv 2410.04840 v2, eq. 18, which prints another a*: :func:`optimal_weight_as_printed`.

    Examples
    --------
    >>> from detequiv import Problem, Source, isotropic, mixing_weights, predict
    >>> s, n = isotropic(100), (2000, 2000)
    >>> mix = dict(aspect_ratio=100 / 4000, synthetic_share=0.5, noise_variances=(1, 0.25))
    >>> a = optimal_weight(quality=1, **mix)
    >>> def error(real, synthetic):                                   # of these loss weights
    ...     sources = [Source(n[0], s, noise_variance=1, weight=real),
    ...                Source(n[1], s, noise_variance=0.25, weight=synthetic, shift=1 / 100)]
    ...     return round(predict(Problem(signal=0.01, sources=sources, ridge=0)).error, 4)
    >>> round(a, 4), error(*mixing_weights(a, n)), error(1, 1)
    (0.0471, 0.0501, 0.2724)
    """
    mix = MixScalars.without_ridge(aspect_ratio, synthetic_share, noise_variances, quality)
    if not 0 < mix.p2 < 1:
        raise SpecError(
            f"synthetic_share must lie inside (0, 1); got {mix.p2:g}. Samples of one kind alone "
            f"leave nothing to weigh."
        )
    real, synthetic = mix.φ * mix.noises[0] / mix.p1, mix.c2 + mix.φ * mix.noises[1] / mix.p2
    if real + synthetic == 0:
        raise SpecError(
            "without noise and shift every weight is optimal; give positive noise_variances or a "
            "positive quality."
        )
    return real / (real + synthetic)


def optimal_weight_as_printed(
    *,
    aspect_ratio: "RealNumber",
    synthetic_share: "RealNumber",
    noise_variances: "RealVector",
    quality: "RealNumber",
) -> float:
    """Eq. 18 as printed in version 2: a* = clip(1 − (p_1σ_1² − p_2σ_2²)φ/(2c²), 0, 1).

    With the a of Corollary 2 it gives the whole loss to bad synthetic data (a* → 1 as c² → ∞). It does not
    minimise the printed Corollary 2 either.

    Parameters
    ----------
    aspect_ratio, synthetic_share, noise_variances, quality
        As in :func:`optimal_weight`; p_2 may be 0 or 1, and c² must be positive.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    SpecError
        A number out of range.

    Notes
    -----
    Source: arXiv 2410.04840 v2, eq. 18.

    Examples
    --------
    >>> mix = dict(aspect_ratio=0.25, synthetic_share=0.5, noise_variances=(1, 0.5), quality=1)
    >>> optimal_weight_as_printed(**mix), round(optimal_weight(**mix), 3)
    (0.96875, 0.286)
    """
    mix = MixScalars.without_ridge(aspect_ratio, synthetic_share, noise_variances, quality)
    if not mix.c2 > 0:
        raise SpecError(
            "quality must be positive in the printed eq. 18, which divides by it; got 0. "
            "optimal_weight takes 0."
        )
    σ1, σ2 = mix.noises
    return float(np.clip(1 - (mix.p1 * σ1 - mix.p2 * σ2) * mix.φ / (2 * mix.c2), 0, 1))


def _weighted(
    weight: RealNumber,
    aspect_ratio: RealNumber,
    synthetic_share: RealNumber,
    noise_variances: RealVector,
    quality: RealNumber,
) -> tuple[float, MixScalars]:
    """a and the mix; refused where a source without samples has weight, and where the samples that
    have weight do not outnumber the dimension."""
    a = unit_share(weight, "weight", "It is a, the synthetic share of the loss.")
    mix = MixScalars.of(aspect_ratio, synthetic_share, noise_variances, quality)
    if (a > 0 and mix.p2 == 0) or (a < 1 and mix.p1 == 0):
        raise SpecError(
            refusal(
                "weight",
                f"must be {mix.p2:g} where synthetic_share is",
                weight,
                "Samples that are not there cannot be weighted.",
            )
        )
    require_under_parametrised(mix.φ, {0.0: mix.p1, 1.0: mix.p2}.get(a, 1.0))
    return a, mix


def _spread(shares: Pair, noises: Pair, mix: MixScalars) -> float:
    """Σ_k share_k²σ_k²/p_k, a source that has neither samples nor weight left out."""
    terms = zip(shares, noises, (mix.p1, mix.p2), strict=True)
    return sum(share**2 * σ2 / p for share, σ2, p in terms if share**2 * σ2)


def _effective_shares(a: float, φ: float, p1: float, p2: float) -> tuple[float, float]:
    """(ρ_1, ρ_2): s² − s (1 − (a_1 + a_2)φ) = a_1a_2φ(1 − φ), s > 0, ρ_k = p_ka_k/(s + a_kφ)."""
    if a in (0, 1):
        return 1 - a, a
    a1, a2 = mixing_weights(a, (p1, p2))
    b, c = 1 - (a1 + a2) * φ, a1 * a2 * φ * (1 - φ)
    larger = 0.5 * (abs(b) + math.hypot(b, 2 * math.sqrt(c)))
    s = larger if b > 0 else c / larger
    return (1 - a) / (s + a1 * φ), a / (s + a2 * φ)
