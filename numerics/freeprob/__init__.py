"""Numerical values of derived systems: :func:`compile` and :func:`solve`."""

from .compiled import (
    Compiled,
    InadmissibleWarning,
    LeadingOrderWarning,
    PrecisionWarning,
    Solution,
    compile,
    solve,
)

__all__ = [
    "Compiled",
    "InadmissibleWarning",
    "LeadingOrderWarning",
    "PrecisionWarning",
    "Solution",
    "compile",
    "solve",
]
