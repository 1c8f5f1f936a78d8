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
    """df_k(t) = tr Σᵏ(Σ + t)⁻ᵏ for k = ``order``, multiplicities counted.

    Parameters
    ----------
    covariance : Σ, a Spectrum, a 1-D array of eigenvalues or a (d, d) matrix.
    effective_ridge : t ≥ 0, in units of a covariance; 0 gives the rank.
    order : k, an integer ≥ 1.

    Returns
    -------
    A number between 0 and the rank; not divided by d.

    Raises
    ------
    SpecError, ShapeError
        A covariance that is no second moment, a negative ridge, or an order that is no integer ≥ 1.

    Source: arXiv 2410.04840 v2, section 3, where df_1 and df_2 are those of Theorem 1 at t = κ.

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
