"""Numbers from derived systems."""

from .compiled import Compiled, compile, solve

__all__ = ["Compiled", "compile", "solve"]
