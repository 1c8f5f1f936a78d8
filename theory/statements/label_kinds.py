"""The 0-1 error against test labels of any kind."""

from ..base.accepted_values import RealNumber
from ..base.errors import SpecError
from .classification import flipped_error, mixture_error, probit_error

__all__ = ["classification_error"]


def classification_error(
    m: float,
    q: float,
    rho: float,
    *,
    flip: "RealNumber" = 0.0,
    scale: "RealNumber" = 0.0,
    mixture: bool = False,
) -> float:
    """The 0-1 error of any of these test labels; those of :mod:`classification`, in one function.

    >>> classification_error(0.5, 0.5, 1.0, flip=0.1)
    0.3
    """
    if mixture and scale:
        raise SpecError(
            f"test labels are those of a mixture or of a scale; got mixture=True and scale={scale}."
        )
    if mixture:
        error = mixture_error(overlap=m, squared_norm=q)
    else:
        error = probit_error(overlap=m, squared_norm=q, truth_squared_norm=rho, scale=scale)
    return flipped_error(error, flip=flip)
