"""The error of a value: of evaluating it, and of the unknowns that it is evaluated at.

Numbers τ that solve τ = Φ(τ) are known up to ρ = |Φ(τ) − τ| + (rounding of Φ), component by
component. To first order their error is (1 − Φ′)⁻¹ρ with signs that are not known, and it changes
the value v by at most Σ |a| ρ, where aᵀ = v′ (1 − Φ′)⁻¹. All blocks are taken together: Φ′ is the
derivative by all unknowns of the system. The second order, with |(1 − Φ′)⁻¹| ρ for the error of τ
and τ for the scale on which v′ changes, is added: it matters where two solutions come close.
"""

from collections.abc import Mapping

import numpy as np

from ...theory.base.arrays import Array
from ...theory.freeprob import System
from ...theory.freeprob.symbols.scalars import Scalar
from .duals import Dual
from .number_format import floats
from .numeric_values import NumericValues
from .rounding import Rounding
from .scalar_evaluation import ScalarEvaluation

__all__ = ["Valued", "valued"]

Valued = tuple[Array, Array]
"""Values of a batch, and bounds on their absolute errors."""


def valued(system: System, given: NumericValues, known: Mapping[Scalar, Array], batch: int) -> Valued:
    """The value at these unknowns, in the format given, and a bound on its error as a double;
    infinite or NaN where the equations are singular."""
    k = len(known)
    unknowns = {u: Dual.unknown(x, i, k) for i, (u, x) in enumerate(known.items())}
    run = ScalarEvaluation(given, unknowns, {})
    rounding = Rounding(run, given)
    value = run(system.value)
    bound = np.zeros(batch) + rounding(system.value)
    if k and value.slope is not None:
        equations = {u: right for block in system.blocks for u, right in block.equations.items()}
        slope = np.zeros((batch, k, k), given.format.dtype)
        doubt = np.zeros((batch, k))
        for i, (u, x) in enumerate(known.items()):
            right = run(equations[u])
            doubt[:, i] = np.abs(floats(right.value - x)) + rounding(equations[u])
            if right.slope is not None:
                slope[:, i] = right.slope
        turned = np.eye(k, dtype=slope.dtype) - np.swapaxes(slope, 1, 2)
        adjoint = given.format.solve(turned, np.broadcast_to(value.slope, (batch, k)))
        bound = bound + (np.abs(floats(adjoint)) * doubt).sum(axis=-1)
        inverse = np.abs(floats(given.format.inverse(turned)))
        spread = (np.swapaxes(inverse, 1, 2) @ doubt[..., None])[..., 0]
        sizes = np.abs(np.stack([floats(x) for x in known.values()], axis=-1))
        curved = np.abs(floats(value.slope)) * spread**2 / sizes
        bound = bound + np.where(sizes > 0, curved, 0.0).sum(axis=-1)
    return np.broadcast_to(value.value, (batch,)), bound
