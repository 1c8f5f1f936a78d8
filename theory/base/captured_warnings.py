"""Warnings that point to the code that called the library."""

import sys
import warnings

__all__ = ["PrecisionWarning", "warn"]

PACKAGE = __name__.partition(".")[0]


class PrecisionWarning(UserWarning):
    """The relative error of a number may exceed 10⁻⁶."""


def warn(warning: Warning) -> None:
    """Warn of the first line outside of the library on the way here, however many calls are
    between them."""
    frame, level = sys._getframe(), 1
    while frame.f_back and frame.f_globals["__name__"].partition(".")[0] == PACKAGE:
        frame, level = frame.f_back, level + 1
    warnings.warn(warning, stacklevel=level)
