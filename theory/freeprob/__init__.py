"""Deterministic equivalents, derived: from formulas in random matrices to fixed-point equations.

What is written: ``dimensions``, ``algebra``, ``expression``, ``traces``; checked by ``regular``.
What it is made of: ``scalars`` (numbers by fingerprint), ``words`` (matrices of a space).
The stages, in ``derivation``: ``pencil``, ``minimal`` and their check ``schur``; ``components``,
``elimination`` and ``equations``; ``reduced``; what comes out is a ``system``.
For one covariance: ``moments``, ``rational`` and ``closed``, forms in the effective ridge.
Named expectations of the theory of ridge regression: ``objects``.
"""

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
