"""How sources are mixed: label shifts of a given quality, and the paper's loss weights."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from .arrays import Array
from .checks import non_negative, real
from .covariance import Covariance, as_covariance
from .errors import SpecError

__all__ = ["label_shift", "mixing_weights"]


def label_shift(
    covariance: object, quality: float, shape: Literal["precision", "isotropic"] = "precision"
) -> float | Array:
    """The shift Δ of quality c² = tr ΣΔ: (c²/d) Σ⁻¹, or the multiple of I with that trace.

    Parameters
    ----------
    covariance : Σ, a Spectrum, a 1-D array of eigenvalues or a (d, d) matrix.
    quality : c² ≥ 0; the smaller, the better the synthetic labels. Ours is tr ΣΔ, as in the
        corollaries and figures of the paper; its Definition 1 has (1/d) tr ΣΔ.
    shape : "precision" or "isotropic".

    Returns
    -------
    For "precision" a (p,) array, one entry per eigenvalue, or a (d, d) matrix where the covariance
    is one; a scalar for "isotropic".

    Source: arXiv 2410.04840 v2, Definition 1 and appendix A.1.

    >>> label_shift([2.0, 1.0], 1.0).tolist()
    [0.25, 0.5]
    >>> label_shift([3.0, 1.0], 1.0, shape="isotropic")
    0.25
    """
    spectrum = as_covariance(covariance)
    c2 = non_negative(quality, "quality", "It is c² = tr ΣΔ, a second moment.")
    if shape == "isotropic":
        return c2 / spectrum.trace
    if shape != "precision":
        raise SpecError(f'shape must be "precision" or "isotropic"; got {shape!r}.')
    if isinstance(spectrum, Covariance):
        return _precision(spectrum, c2)
    if not spectrum.values.all():
        raise SpecError(
            "a precision-shaped shift needs positive eigenvalues; this covariance has zeros. Use "
            'shape="isotropic", or keep the coordinates with spectrum.values > 0 only.'
        )
    with np.errstate(over="ignore"):
        shift: Array = (c2 / spectrum.d) / spectrum.values
    if not np.isfinite(shift).all():
        raise SpecError(
            f"a precision-shaped shift overflows: the smallest eigenvalue is "
            f'{spectrum.values.min():.3g}. Use shape="isotropic", or drop those coordinates.'
        )
    return shift


def _precision(covariance: Covariance, c2: float) -> Array:
    """(c²/d) Σ⁻¹ of a matrix."""
    if covariance.rank < covariance.d:
        raise SpecError(
            f"a precision-shaped shift needs positive eigenvalues; this covariance has rank "
            f'{covariance.rank} in dimension {covariance.d}. Use shape="isotropic".'
        )
    inverse = np.linalg.inv(covariance.matrix)
    shift: Array = (c2 / covariance.d) * (inverse + inverse.T) / 2
    return shift


def mixing_weights(a: float, fractions: Sequence[float]) -> tuple[float, float]:
    """Loss weights (a_1, a_2) = ((1 − a)/p_1, a/p_2): the share a of the loss is synthetic.

    Parameters
    ----------
    a : share of the second, synthetic source, between 0 and 1; a = p_2 gives the plain mix (1, 1).
    fractions : (p_1, p_2), or the sample counts: only their ratio matters.

    Source: arXiv 2410.04840 v2, section 5 (single-step mixing).

    >>> mixing_weights(0.5, (300, 100))
    (0.6666666666666666, 2.0)
    """
    share = real(a, "a", "It is a share of the loss.")
    if not 0 <= share <= 1:
        raise SpecError(f"a must lie between 0 and 1; got {a!r}. It is a share of the loss.")
    if np.size(fractions) != 2 or np.ndim(fractions) != 1:
        raise SpecError(f"fractions must be two numbers (p_1, p_2); got {fractions!r:.80}.")
    first, second = (real(p, "fraction", "It is p_k, or a sample count.") for p in fractions)
    if not (first > 0 and second > 0):
        raise SpecError(
            f"both fractions must be positive to be weighted; got {first:g} and {second:g}. "
            f"With one source only, the weight is 1."
        )
    weights = (1 - share) * (1 + second / first), share * (1 + first / second)
    if not np.isfinite(weights).all():
        raise SpecError(
            f"fractions {first:g} and {second:g} are too unlike to be weighted against each other."
        )
    return weights
