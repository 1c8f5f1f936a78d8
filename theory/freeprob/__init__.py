"""Deterministic equivalents, derived: from formulas in random matrices to fixed-point equations."""

from .closed import ClosedForm, closed_form
from .derivation import Stages, derive, stages
from .dimensions import SpaceDimension, dimensions
from .expression import Deterministic, Gaussian, Matrix, identity
from .system import System
from .traces import trace

__all__ = [
    "ClosedForm", "Deterministic", "Gaussian", "Matrix", "SpaceDimension", "Stages", "System",
    "closed_form", "derive", "dimensions", "identity", "stages", "trace",
]  # fmt: skip
