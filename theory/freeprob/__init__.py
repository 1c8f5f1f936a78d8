"""Deterministic equivalents, derived: from formulas in random matrices to fixed-point equations."""

from .dimensions import SpaceDimension, dimensions
from .expression import Deterministic, Gaussian, Matrix, identity
from .system import System, derive, trace

__all__ = [
    "Deterministic", "Gaussian", "Matrix", "SpaceDimension", "System", "derive", "dimensions",
    "identity", "trace",
]  # fmt: skip
