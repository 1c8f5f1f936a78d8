"""Deterministic equivalents, derived: from formulas in random matrices to fixed-point equations.

What is written: ``dimensions``, ``algebra``, ``expression``, ``traces``; checked by ``regular``.
What it is made of: ``scalars`` (numbers by fingerprint), ``words`` (matrices of a space).
The stages, in ``derivation``: ``pencil``, ``minimal`` and their check ``schur``; ``components``,
``elimination`` and ``equations``; ``reduced``; what comes out is a ``system``.
For one covariance: ``moments``, ``rational`` and ``closed``, forms in the effective ridge.
Named expectations of the theory of ridge regression: ``objects``.
"""

from .closed_forms.closed_form_solution import closed_form
from .closed_forms.ridge_closed_form import ClosedForm
from .derivations.derivation import Stages, derive, stages
from .expressions.expression import Deterministic, Gaussian, Matrix, identity
from .expressions.traces import trace
from .symbols.space_dimensions import SpaceDimension, dimensions
from .systems.system import System

__all__ = [
    "ClosedForm", "Deterministic", "Gaussian", "Matrix", "SpaceDimension", "Stages", "System",
    "closed_form", "derive", "dimensions", "identity", "stages", "trace",
]  # fmt: skip
