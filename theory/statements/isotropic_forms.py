"""Isotropic ridge regression on real and synthetic data, in closed form.

Σ = I, Γ = (r²/d) I, Δ = (c²/d) I, linear model, loss weights 1: everything is a function of the
ridge λ, φ = d/n, p_2 = n_2/n, the noise variances, c² and r².
"""

import math

from ..base.accepted_values import RealNumber, RealVector
from ..base.errors import SpecError
from ..base.validation import non_negative
from .decomposition import Decomposition
from .two_source_scalars import MixScalars, checked_aspect_ratio

__all__ = ["isotropic_effective_ridge", "isotropic_inflation", "isotropic_ridge"]


def isotropic_ridge(
    *,
    ridge: "RealNumber",
    aspect_ratio: "RealNumber",
    synthetic_share: "RealNumber" = 0.0,
    noise_variances: "RealVector" = (0.0, 0.0),
    quality: "RealNumber" = 0.0,
    null_error: "RealNumber" = 1.0,
) -> Decomposition:
    r"""Theorem 1 for Σ = I, Γ = (r²/d) I and Δ = (c²/d) I.

    .. math::

        \kappa &= \tfrac12\left(\lambda + \varphi - 1 + \sqrt{(\lambda + \varphi - 1)^2 + 4\lambda}\right),
        \qquad u = \frac{\varphi}{(1 + \kappa)^2 - \varphi} \\
        B &= \frac{\kappa^2r^2}{(1 + \kappa)^2 - \varphi}, \qquad V = \sigma^2u, \qquad
        \zeta = \frac{p_2c^2\left[p_2(1 + p_1u) + (p_1 + \kappa)^2u\right]}{(1 + \kappa)^2}

    with σ² = p_1σ_1² + p_2σ_2².

    Parameters
    ----------
    ridge : float
        λ ≥ 0; multiplies ‖v‖² after a 1/n loss.
    null_error : float
        r² = tr ΓΣ ≥ 0.
    aspect_ratio : float
        φ = d/n > 0; may exceed 1.
    synthetic_share, noise_variances, quality
        As in :func:`corollary_1`.

    Returns
    -------
    Decomposition
        In labels squared, noise excluded.
        No term is negative.

    Raises
    ------
    SpecError
        A number out of range; λ = 0 at φ = 1, where V and ζ diverge.

    Notes
    -----
    Assumes the linear model, one covariance I and loss weights 1. Exact as n, d → ∞ in proportion; the error
    is O(1/n) at finite size, largest near φ = 1 at small ridge.

    Source: arXiv 2410.04840 v2, Theorem 1 in the isotropic case, correct as printed.

    Examples
    --------
    >>> print(isotropic_ridge(ridge=0.75, aspect_ratio=0.5, noise_variances=(1, 1)))
    0.428571 = bias 0.285714 + variance 0.142857 + collapse 0
    """
    mix = MixScalars.of(aspect_ratio, synthetic_share, noise_variances, quality)
    r2 = non_negative(null_error, "null_error", "It is r² = tr ΓΣ.")
    p1, p2 = mix.p1, mix.p2
    κ, left = _solved(ridge, mix.φ)
    u = mix.φ / left
    return Decomposition(
        bias=κ**2 * r2 / left,
        variance=mix.σ2 * u,
        collapse=p2 * mix.c2 * (p2 * (1 + p1 * u) + (p1 + κ) ** 2 * u) / (1 + κ) ** 2,
    )


def isotropic_effective_ridge(*, ridge: "RealNumber", aspect_ratio: "RealNumber") -> float:
    """The effective ridge of isotropic data: the larger root κ of λ = κ(κ + 1 − φ)/(κ + 1).

    Parameters
    ----------
    ridge, aspect_ratio
        As in :func:`isotropic_ridge`.

    Returns
    -------
    float
        κ ≥ 0, in units of a covariance.

    Raises
    ------
    SpecError
        A number out of range; λ = 0 at φ = 1, where V and ζ diverge.

    Notes
    -----
    Assumptions and source: :func:`isotropic_ridge`.

    Examples
    --------
    >>> isotropic_effective_ridge(ridge=0.75, aspect_ratio=0.5)
    1.0
    """
    return _solved(ridge, checked_aspect_ratio(aspect_ratio))[0]


def isotropic_inflation(*, ridge: "RealNumber", aspect_ratio: "RealNumber") -> float:
    """The factor u = φ/((1 + κ)² − φ) of the label noise in the variance, V = σ²u, for isotropic data.

    Parameters
    ----------
    ridge, aspect_ratio
        As in :func:`isotropic_ridge`.

    Returns
    -------
    float

    Raises
    ------
    SpecError
        A number out of range; λ = 0 at φ = 1.

    Notes
    -----
    Assumptions and source: :func:`isotropic_ridge`.

    Examples
    --------
    >>> 7 * isotropic_inflation(ridge=0.75, aspect_ratio=0.5)
    1.0
    """
    φ = checked_aspect_ratio(aspect_ratio)
    return φ / _solved(ridge, φ)[1]


def _solved(ridge: RealNumber, φ: float) -> tuple[float, float]:
    """κ, and (1 + κ)² − φ = (1 + κ)(κ + x) with x ≥ 0, κx = λ and κ − x = λ + φ − 1.

    The larger of κ and x is the root of the quadratic, the other follows from the product: nothing
    cancels.
    """
    λ = non_negative(ridge, "ridge", "It is λ.")
    b = λ + φ - 1
    larger = 0.5 * (abs(b) + math.hypot(b, 2 * math.sqrt(λ)))
    if larger == 0:
        raise SpecError(
            "at aspect_ratio = 1 the ridge must be positive; got 0. Variance and collapse diverge "
            "as it vanishes."
        )
    smaller = λ / larger
    κ = larger if b > 0 else smaller
    return κ, (1 + κ) * (larger + smaller)
