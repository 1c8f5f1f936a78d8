"""Warnings that point to the code that called the library."""

import itertools
import sys
import warnings

__all__ = ["warn"]

PACKAGE = __name__.partition(".")[0]


def warn(warning: Warning) -> None:
    """Warn of the first line outside of the library on the way here, however many calls are
    between them."""
    frame = sys._getframe()
    for level in itertools.count(1):
        if frame.f_back is None or frame.f_globals["__name__"].partition(".")[0] != PACKAGE:
            break
        frame = frame.f_back
    warnings.warn(warning, stacklevel=level)
