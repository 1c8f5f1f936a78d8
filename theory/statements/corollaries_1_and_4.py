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
    r"""Corollary 1: more samples than dimensions, no ridge.

    .. math::

        E = \frac{\sigma^2\varphi}{1 - \varphi}
            + \left(p_2^2 + \frac{p_1p_2\varphi}{1 - \varphi}\right) c^2, \qquad B = 0

    The collapse tends to p_2²c² as φ → 0: no amount of data makes it vanish.

    Parameters
    ----------
    aspect_ratio : float
        φ = d/n, inside (0, 1).
    synthetic_share : float
        p_2 = n_2/n, in [0, 1].
    noise_variances : tuple of two floats
        (σ_1², σ_2²) ≥ 0, labels squared, real data first.
    quality : float
        c² = tr ΣΔ ≥ 0, labels squared.

    Returns
    -------
    Decomposition
        In labels squared, noise excluded.

    Raises
    ------
    SpecError
        A number out of range. For φ ≥ 1 the fit interpolates, and Γ counts: :func:`corollary_4`.

    Notes
    -----
    Assumes φ < 1, λ → 0 and loss weights 1; any invertible Σ, any Δ of quality c², any Γ. The error of the
    formula is O(λ), and O(1/n) at finite size (exactly, V = σ²d/(n − d − 1)).

    Source: arXiv 2410.04840 v2, Corollary 1, correct as printed.

    Examples
    --------
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
    r"""Corollary 4, corrected: fewer samples than dimensions, no ridge.

    .. math::

        B = r^2\left(1 - \frac1\varphi\right), \qquad V = \frac{\sigma^2}{\varphi - 1}, \qquad
        \zeta = \frac{p_2c^2(\varphi - p_2)}{\varphi(\varphi - 1)}

    The collapse tends to 0 as φ → ∞.

    Parameters
    ----------
    null_error : float
        r² = tr ΓΣ ≥ 0, the error of predicting 0.
    aspect_ratio : float
        φ = d/n > 1.
    synthetic_share, noise_variances, quality
        As in :func:`corollary_1`.

    Returns
    -------
    Decomposition
        In labels squared, noise excluded.

    Raises
    ------
    SpecError
        A number out of range.

    Notes
    -----
    Assumes Σ = I, Γ = (r²/d) I, Δ = (c²/d) I, φ > 1, λ → 0 and loss weights 1. The error of the formula is
    O(λ), and O(1/n) at finite size.

    Source: arXiv 2410.04840 v2, Corollary 4, which prints another ζ: :func:`corollary_4_as_printed`.

    Examples
    --------
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
    r"""Corollary 4 as printed in version 2; its collapse is wrong.

    .. math::

        \zeta = \frac{p_2c^2}{\varphi^2}\left(\frac{p_2(\varphi - p_2)}{\varphi - 1}
            + (\varphi - p_2)^2\right)

    It tends to p_2c² as φ → ∞, the correct collapse to 0, so the claim of the paper about large φ fails.
    Simulation refutes it: 0.4847 ± 0.0019 at φ = 1.5, p_2 = 0.3, c² = 1, where this gives 0.2880. Bias and
    variance are correct.

    Parameters
    ----------
    null_error, aspect_ratio, synthetic_share, noise_variances, quality
        As in :func:`corollary_4`.

    Returns
    -------
    Decomposition
        In labels squared, noise excluded.

    Raises
    ------
    SpecError
        A number out of range.

    Notes
    -----
    Source: arXiv 2410.04840 v2, Corollary 4.

    Examples
    --------
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
