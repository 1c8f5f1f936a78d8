"""Numbers from derived systems."""

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
