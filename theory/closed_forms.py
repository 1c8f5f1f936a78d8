"""Isotropic ridge regression on real and synthetic data, in closed form.

Σ = I, Γ = (r²/d) I, Δ = (c²/d) I, linear model, loss weights 1: everything is a function of the
ridge λ, φ = d/n, p_2 = n_2/n, the noise variances, c² and r².
"""

import math
from collections.abc import Sequence

from .checks import non_negative, positive
from .decomposition import Decomposition
from .errors import SpecError
from .mix_scalars import MixScalars

__all__ = ["isotropic_effective_ridge", "isotropic_inflation", "isotropic_ridge"]


def isotropic_ridge(
    *,
    ridge: float,
    aspect_ratio: float,
    synthetic_share: float = 0.0,
    noise_variances: Sequence[float] = (0.0, 0.0),
    quality: float = 0.0,
    null_error: float = 1.0,
) -> Decomposition:
    """Theorem 1 for Σ = I, Γ = (r²/d) I and Δ = (c²/d) I.

        κ = ½ (λ + φ − 1 + √((λ + φ − 1)² + 4λ))          u = φ/((1 + κ)² − φ)
        B = κ²r²/((1 + κ)² − φ)        V = σ²u,  σ² = p_1σ_1² + p_2σ_2²
        ζ = p_2c² [p_2 (1 + p_1u) + (p_1 + κ)²u]/(1 + κ)²

    Assumptions: linear model, one covariance I, loss weights 1. Size of the error: exact as
    n, d → ∞ in proportion; O(1/n) at finite size, largest near φ = 1 at small ridge.

    Parameters
    ----------
    ridge : λ ≥ 0. aspect_ratio : φ = d/n > 0, 1 and more included.
    synthetic_share : p_2 = n_2/n, in [0, 1]. noise_variances : (σ_1², σ_2²), real data first.
    quality : c² = tr ΣΔ ≥ 0. null_error : r² = tr ΓΣ ≥ 0.

    Returns
    -------
    :class:`Decomposition`, noise excluded; no term is negative.

    Raises
    ------
    SpecError
        A number out of range, or λ = 0 at φ = 1, where V and ζ diverge.

    Source: arXiv 2410.04840 v2, Theorem 1, its isotropic case. Right as printed.

    >>> print(isotropic_ridge(ridge=0.75, aspect_ratio=0.5, noise_variances=(1, 1)))
    0.428571 = bias 0.285714 + variance 0.142857 + collapse 0
    """
    mix = MixScalars.of(aspect_ratio, synthetic_share, noise_variances, quality)
    r2 = non_negative(null_error, "null_error", "It is r² = tr ΓΣ.")
    φ, p1, p2, σ2, c2 = mix.φ, mix.p1, mix.p2, mix.σ2, mix.c2
    κ, x = _roots(non_negative(ridge, "ridge", "It is λ."), φ)
    left = (1 + κ) * (κ + x)  # (1 + κ)² − φ
    u = φ / left
    return Decomposition(
        bias=κ**2 * r2 / left,
        variance=σ2 * u,
        collapse=p2 * c2 * (p2 * (1 + p1 * u) + (p1 + κ) ** 2 * u) / (1 + κ) ** 2,
    )


def isotropic_effective_ridge(*, ridge: float, aspect_ratio: float) -> float:
    """κ = ½ (λ + φ − 1 + √((λ + φ − 1)² + 4λ)), the positive root of λ = κ (κ + 1 − φ)/(κ + 1).

    Units of a covariance. Assumptions, arguments, what is refused and source:
    :func:`isotropic_ridge`.

    >>> isotropic_effective_ridge(ridge=0.75, aspect_ratio=0.5)
    1.0
    """
    return _roots(*_ridge_and_ratio(ridge, aspect_ratio))[0]


def isotropic_inflation(*, ridge: float, aspect_ratio: float) -> float:
    """u = φ/((1 + κ)² − φ), by which label noise is multiplied in the test error: V = σ²u.

    Assumptions, arguments, what is refused and source: :func:`isotropic_ridge`.

    >>> 7 * isotropic_inflation(ridge=0.75, aspect_ratio=0.5)
    1.0
    """
    λ, φ = _ridge_and_ratio(ridge, aspect_ratio)
    κ, x = _roots(λ, φ)
    return φ / ((1 + κ) * (κ + x))


def _ridge_and_ratio(ridge: float, aspect_ratio: float) -> tuple[float, float]:
    φ = positive(aspect_ratio, "aspect_ratio", "It is φ = d/n.")
    return non_negative(ridge, "ridge", "It is λ."), φ


def _roots(λ: float, φ: float) -> tuple[float, float]:
    """κ and x ≥ 0 with κx = λ and κ − x = λ + φ − 1, so that (1 + κ)² − φ = (1 + κ)(κ + x).

    The larger one from the root of the quadratic, the other from the product: nothing cancels.
    """
    b = λ + φ - 1
    larger = 0.5 * (abs(b) + math.hypot(b, 2 * math.sqrt(λ)))
    if larger == 0:
        raise SpecError(
            "at aspect_ratio = 1 the ridge must be positive; got 0. Variance and collapse diverge "
            "as it vanishes."
        )
    return (larger, λ / larger) if b > 0 else (λ / larger, larger)
