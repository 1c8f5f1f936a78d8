"""Degrees of freedom of a covariance at a ridge."""

from .checks import count, non_negative
from .covariance import as_covariance
from .spectrum import Spectrum

__all__ = ["degrees_of_freedom"]


def degrees_of_freedom(spectrum: object, t: float, order: int = 1) -> float:
    """df_k(t) = tr Σᵏ(Σ + t)⁻ᵏ for k = ``order``, multiplicities counted.

    ``spectrum`` is a Spectrum, a 1-D array of eigenvalues or a (d, d) covariance; t > 0, or t = 0,
    which gives the rank.

    >>> degrees_of_freedom([1.0, 1.0, 3.0], 1.0), degrees_of_freedom([1.0, 1.0], 1.0, order=2)
    (1.75, 0.5)
    """
    s = as_covariance(spectrum)
    values = s.values if isinstance(s, Spectrum) else s.eigenvalues
    power = count(order, "order", 1, "It is the power k in tr Σᵏ(Σ + t)⁻ᵏ.")
    ridge = non_negative(t, "t", "It is a ridge.")
    if ridge == 0:
        return float(s.weights @ (values > 0))
    return float(s.weights @ (values / (values + ridge)) ** power)
