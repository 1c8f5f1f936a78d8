"""Deterministic equivalents, derived: from formulas in random matrices to fixed-point equations.

Each folder imports only those below it:

``derived_theorems``
    Theorems of ridge regression as they are derived here, and their isotropic forms.
``derivations``
    :func:`derive` with its stages, the check of the leading order, and named expectations of the
    theory of ridge regression.
``closed_forms``
    Systems with one covariance, solved by rational functions of the effective ridge.
``systems``
    The equations of a pencil, G = (F − η(G))⁻¹ in scalar unknowns, and their reduction to few of
    these; the result is a :class:`System`.
``pencils``
    Linear pencils: written down, made as small as possible, checked, and split into strongly
    connected components with their pairs of Gaussian terms.
``values``
    Checks of the numbers and arrays that a system is evaluated at.
``expressions``
    Matrix expressions and traces as users write them; their calculus, and the check that inverses
    exist.
``symbols``
    Scalars with one node for each value, read by folds; matrices as polynomials in words of letters,
    with fingerprints modulo a prime; printing.

``numerics.freeprob`` evaluates systems, ``verify.freeprob`` samples expressions and proves theorems.
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
