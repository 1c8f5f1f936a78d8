"""Degrees of freedom of a covariance at a ridge."""

from ..base.accepted_values import Count, RealNumber
from ..base.renamed_arguments import accepts_old_names
from ..base.validation import count, non_negative
from .covariance import CovarianceLike, as_covariance
from .spectrum import Spectrum

__all__ = ["degrees_of_freedom"]


@accepts_old_names(covariance="spectrum", effective_ridge="t")
def degrees_of_freedom(
    covariance: "CovarianceLike", effective_ridge: "RealNumber", order: "Count" = 1
) -> float:
    r"""The degrees of freedom of a covariance at an effective ridge t.

    .. math:: \mathrm{df}_k(t) = \operatorname{tr}\Sigma^k(\Sigma + t)^{-k}

    Parameters
    ----------
    covariance : Spectrum, array or matrix
        Σ: a :class:`Spectrum`, a 1-D array of eigenvalues, or a (d, d) matrix.
    effective_ridge : float
        t ≥ 0, in units of a covariance; 0 gives the rank.
    order : int
        k ≥ 1.

    Returns
    -------
    float
        Between 0 and the rank; not divided by d. Multiplicities are counted.

    Raises
    ------
    SpecError, ShapeError
        An invalid covariance; a negative ridge; an order that is not an integer ≥ 1.

    Notes
    -----
    Source: arXiv 2410.04840 v2, section 3: df_1 and df_2 of Theorem 1 at t = κ.

    Examples
    --------
    >>> degrees_of_freedom([1.0, 1.0, 3.0], 1.0), degrees_of_freedom([1.0, 1.0], 1.0, order=2)
    (1.75, 0.5)
    """
    s = as_covariance(covariance)
    values = s.values if isinstance(s, Spectrum) else s.eigenvalues
    power = count(order, "order", 1, "It is the power k in tr Σᵏ(Σ + t)⁻ᵏ.")
    ridge = non_negative(effective_ridge, "effective_ridge", "It is a ridge.")
    if ridge == 0:
        return float(s.weights @ (values > 0))
    return float(s.weights @ (values / (values + ridge)) ** power)
