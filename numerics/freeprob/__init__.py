"""Numbers from derived systems."""

from .compiled import Compiled, PrecisionWarning, Solution, compile, solve

__all__ = ["Compiled", "PrecisionWarning", "Solution", "compile", "solve"]
