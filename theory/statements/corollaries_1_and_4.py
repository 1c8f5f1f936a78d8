"""Corollaries 1 and 4 of *Strong Model Collapse* (arXiv 2410.04840, version 2): no ridge.

The setting of all corollaries: one covariance Σ, n_1 real and n_2 synthetic samples, linear model,
λ → 0, loss weights 1, random truths with independent shifts (so that no term is negative).
Everything is said in φ = d/n, p_2 = n_2/n (p_1 = 1 − p_2), the noise variances (σ_1², σ_2²) with
σ² = p_1σ_1² + p_2σ_2², and the quality c² = tr ΣΔ. Errors exclude the noise of the target.

Where version 2 prints something else than what simulation and the master equations say, both are
here: the corrected one under the plain name, the other one as ``…_as_printed``. We have not checked
later versions.
"""

from ..base.accepted_values import RealNumber, RealVector
from ..base.errors import SpecError
from ..base.validation import non_negative
from ..base.wording import shortest_float
from .decomposition import Decomposition
from .two_source_scalars import MixScalars

__all__ = ["corollary_1", "corollary_4", "corollary_4_as_printed"]


def corollary_1(
    *,
    aspect_ratio: "RealNumber",
    synthetic_share: "RealNumber",
    noise_variances: "RealVector",
    quality: "RealNumber",
) -> Decomposition:
    """Corollary 1: more samples than dimensions, no ridge.

        E = σ²φ/(1 − φ) + (p_2² + p_1p_2φ/(1 − φ)) c²          B = 0

    The collapse tends to p_2²c² as φ → 0: no amount of data makes it vanish.

    Assumptions: φ < 1, λ → 0, loss weights 1; any Σ, any Δ of quality c², any Γ. Size of the error:
    O(λ), and O(1/n) at finite size (V is exactly σ²d/(n − d − 1)).

    Parameters
    ----------
    aspect_ratio : φ = d/n, inside (0, 1).
    synthetic_share : p_2 = n_2/n, in [0, 1].
    noise_variances : (σ_1², σ_2²) ≥ 0, labels squared, real data first.
    quality : c² = tr ΣΔ ≥ 0, labels squared.

    Returns
    -------
    :class:`Decomposition`, noise excluded, labels squared.

    Raises
    ------
    SpecError
        A number out of range. φ ≥ 1 is: the fit interpolates, and Γ counts (:func:`corollary_4`).

    Source: arXiv 2410.04840 v2, Corollary 1. Right as printed.

    >>> print(corollary_1(aspect_ratio=0.5, synthetic_share=0.2, noise_variances=(1, 1), quality=1))
    1.2 = bias 0 + variance 1 + collapse 0.2
    """
    mix = MixScalars.without_ridge(aspect_ratio, synthetic_share, noise_variances, quality)
    return Decomposition(bias=0.0, variance=mix.σ2 * mix.u, collapse=mix.passed_on * mix.c2)


def corollary_4(
    *,
    aspect_ratio: "RealNumber",
    synthetic_share: "RealNumber",
    noise_variances: "RealVector",
    quality: "RealNumber",
    null_error: "RealNumber" = 1.0,
) -> Decomposition:
    """Corollary 4, corrected: fewer samples than dimensions, no ridge.

        B = r² (1 − 1/φ)      V = σ²/(φ − 1)      ζ = p_2c² (φ − p_2)/(φ (φ − 1))

    The collapse tends to 0 as φ → ∞.

    Assumptions: Σ = I, Γ = (r²/d) I with r² = tr ΓΣ (``null_error``), Δ = (c²/d) I, φ > 1, λ → 0,
    loss weights 1. Size of the error: O(λ), and O(1/n) at finite size.

    Parameters
    ----------
    aspect_ratio : φ = d/n > 1. null_error : r² ≥ 0. The others as in :func:`corollary_1`.

    Returns
    -------
    :class:`Decomposition`, noise excluded.

    Raises
    ------
    SpecError
        A number out of range.

    Source: arXiv 2410.04840 v2, Corollary 4, whose ζ is another: :func:`corollary_4_as_printed`.

    >>> mix = dict(aspect_ratio=1.5, synthetic_share=0.3, noise_variances=(0.1, 0.1), quality=1)
    >>> print(corollary_4(**mix))
    1.01333 = bias 0.333333 + variance 0.2 + collapse 0.48
    """
    mix, r2 = _over_parametrised(aspect_ratio, synthetic_share, noise_variances, quality, null_error)
    left = (mix.φ - mix.p2) / mix.φ
    return _interpolating(mix, r2, mix.p2 * mix.c2 * left / (mix.φ - 1))


def corollary_4_as_printed(
    *,
    aspect_ratio: "RealNumber",
    synthetic_share: "RealNumber",
    noise_variances: "RealVector",
    quality: "RealNumber",
    null_error: "RealNumber" = 1.0,
) -> Decomposition:
    """Corollary 4 as version 2 prints it, whose collapse is wrong.

        ζ = (p_2c²/φ²) (p_2 (φ − p_2)/(φ − 1) + (φ − p_2)²)

    It tends to p_2c² as φ → ∞, the right one to 0, so that the paper's claim about large φ fails.
    Simulation refutes it (.4847 ± .0019 at φ = 1.5, p_2 = .3, c² = 1; this gives .2880). Bias and
    variance are right, and so are the assumptions. Those, the arguments and what is refused:
    :func:`corollary_4`.

    Source: arXiv 2410.04840 v2, Corollary 4.

    >>> mix = dict(aspect_ratio=1.5, synthetic_share=0.3, noise_variances=(0.1, 0.1), quality=1)
    >>> print(corollary_4_as_printed(**mix))
    0.821333 = bias 0.333333 + variance 0.2 + collapse 0.288
    """
    mix, r2 = _over_parametrised(aspect_ratio, synthetic_share, noise_variances, quality, null_error)
    left = (mix.φ - mix.p2) / mix.φ
    ζ = mix.p2 * mix.c2 * left * (mix.p2 / mix.φ / (mix.φ - 1) + left)
    return _interpolating(mix, r2, ζ)


def _interpolating(mix: MixScalars, r2: float, ζ: float) -> Decomposition:
    """Corollary 4 with this collapse; the rest is right as printed."""
    return Decomposition(bias=r2 * (mix.φ - 1) / mix.φ, variance=mix.σ2 / (mix.φ - 1), collapse=ζ)


def _over_parametrised(
    aspect_ratio: RealNumber,
    synthetic_share: RealNumber,
    noise_variances: RealVector,
    quality: RealNumber,
    null_error: RealNumber,
) -> tuple[MixScalars, float]:
    mix = MixScalars.of(aspect_ratio, synthetic_share, noise_variances, quality)
    if not mix.φ > 1:
        raise SpecError(
            f"aspect_ratio must be above 1; got {shortest_float(mix.φ)}. Corollary 4 is about fewer "
            f"samples than dimensions; corollary_1 has the other case."
        )
    return mix, non_negative(null_error, "null_error", "It is r² = tr ΓΣ.")
