"""How sources are mixed: label shifts of a given quality, and the paper's loss weights."""

from typing import Literal

import numpy as np

from ..base.accepted_values import RealNumber, RealVector
from ..base.arrays import Array
from ..base.errors import SpecError
from ..base.renamed_arguments import accepts_old_names
from ..base.validation import as_sequence, non_negative, positive, refusal, unit_share
from .covariance import Covariance, CovarianceLike, as_covariance
from .spectrum import Spectrum

__all__ = ["label_shift", "mixing_weights"]

LARGEST = float(np.finfo(float).max)


def label_shift(
    covariance: "CovarianceLike",
    quality: "RealNumber",
    shape: Literal["precision", "isotropic"] = "precision",
) -> float | Array:
    r"""The shift Δ of labels of quality c² = tr ΣΔ.

    .. math::

        \Delta = \frac{c^2}{d}\,\Sigma^{-1} \quad\text{or}\quad
        \Delta = \frac{c^2}{\operatorname{tr}\Sigma}\,I

    Parameters
    ----------
    covariance : Spectrum, array or matrix
        Σ: a :class:`Spectrum`, a 1-D array of eigenvalues, or a (d, d) matrix.
    quality : float
        c² ≥ 0; the smaller, the better the labels. Here c² = tr ΣΔ, as in the corollaries and figures of the
        paper; its Definition 1 has (1/d) tr ΣΔ.
    shape : {"precision", "isotropic"}
        Whether Δ is a multiple of Σ⁻¹ or of the identity.

    Returns
    -------
    ndarray or float
        For "precision" (p,), one entry per eigenvalue, or (d, d) if the covariance is a matrix; for
        "isotropic" a scalar.

    Raises
    ------
    SpecError, ShapeError
        An invalid covariance; a negative quality; an unknown shape; a covariance that is not invertible, for
        "precision".

    Notes
    -----
    Source: arXiv 2410.04840 v2, Definition 1 and appendix A.1.

    Examples
    --------
    >>> label_shift([2.0, 1.0], 1.0).tolist()
    [0.25, 0.5]
    >>> label_shift([3.0, 1.0], 1.0, shape="isotropic")
    0.25
    """
    spectrum = as_covariance(covariance)
    c2 = non_negative(quality, "quality", "It is c² = tr ΣΔ, a second moment.")
    given: object = shape
    if not (isinstance(given, str) and given in ("precision", "isotropic")):
        remedy = "They are (c²/d) Σ⁻¹ and (c²/tr Σ) I."
        raise SpecError(refusal("shape", 'must be "precision" or "isotropic"', shape, remedy))
    if shape == "isotropic":
        return _isotropic(c2, spectrum.trace)
    least = _smallest(spectrum)
    with np.errstate(all="ignore"):
        shift: Array = _precision(spectrum, c2 / spectrum.d)
    if not np.isfinite(shift).all():
        raise SpecError(
            f"a precision-shaped shift overflows: the smallest eigenvalue is "
            f'{least:.3g}. Use shape="isotropic", or drop those coordinates.'
        )
    return shift


def _isotropic(c2: float, trace: float) -> float:
    if c2 / LARGEST > trace:
        raise SpecError(
            f"a shift of quality {c2:.3g} overflows where tr Σ is {trace:.3g}. Give the problem in "
            f"other units."
        )
    return c2 / trace


def _smallest(Σ: Spectrum | Covariance) -> float:
    """The smallest eigenvalue, refused where it is 0."""
    if isinstance(Σ, Covariance) and Σ.rank < Σ.d:
        raise SpecError(
            f"a precision-shaped shift needs positive eigenvalues; this covariance has rank "
            f'{Σ.rank} in dimension {Σ.d}. Use shape="isotropic".'
        )
    values = Σ.eigenvalues if isinstance(Σ, Covariance) else Σ.values
    if not values.all():
        raise SpecError(
            "a precision-shaped shift needs positive eigenvalues; this covariance has zeros. Use "
            'shape="isotropic", or keep the coordinates with spectrum.values > 0 only.'
        )
    return float(values.min())


def _precision(Σ: Spectrum | Covariance, factor: float) -> Array:
    """A multiple of Σ⁻¹, as eigenvalues or as a matrix."""
    if isinstance(Σ, Spectrum):
        return factor / Σ.values
    inverse = np.asarray(np.linalg.inv(Σ.matrix), dtype=np.float64)
    return factor * (inverse + inverse.T) / 2


@accepts_old_names(synthetic_share="a")
def mixing_weights(synthetic_share: "RealNumber", fractions: "RealVector") -> tuple[float, float]:
    """The loss weights (a_1, a_2) = ((1 − a)/p_1, a/p_2), for which a share a of the loss is synthetic.

    Parameters
    ----------
    synthetic_share : float
        a, the share of the second, synthetic source in the loss, in [0, 1]; a = p_2 gives the plain mix
        (1, 1).
    fractions : tuple of two numbers
        (p_1, p_2), or the numbers of samples: only their ratio matters.

    Returns
    -------
    tuple of two floats
        The ``weight`` of the real and of the synthetic source.

    Raises
    ------
    SpecError
        A share outside [0, 1]; fractions that are not two positive numbers.

    Notes
    -----
    Source: arXiv 2410.04840 v2, section 5 (single-step mixing).

    Examples
    --------
    >>> mixing_weights(0.5, (300, 100))
    (0.6666666666666666, 2.0)
    """
    share = unit_share(synthetic_share, "synthetic_share", "It is a share of the loss.")
    first, second = _pair(fractions)
    weights = (1 - share) * (1 + second / first), share * (1 + first / second)
    if not np.isfinite(weights).all():
        raise SpecError(
            f"fractions must have a ratio that floats can hold; got {first:g} and {second:g}. "
            f"Leave the smaller source out."
        )
    return weights


def _pair(fractions: object) -> tuple[float, float]:
    rule, remedy = "must be two numbers (p_1, p_2)", "They are shares of the samples, or counts."
    given = as_sequence(fractions, "fractions", rule, remedy)
    if len(given) != 2:
        raise SpecError(refusal("fractions", rule, fractions, remedy))
    lone = "They are shares of the samples, or counts; the weight of a source alone is 1."
    return positive(given[0], "fractions[0]", lone), positive(given[1], "fractions[1]", lone)
