"""The moments of an activation in floats: functions that know theirs are asked, others measured."""

import dataclasses
import math

import numpy as np

from ..base.arrays import Array
from ..base.errors import SpecError
from .function_table import NamedFunction
from .gaussian_moments import ActivationMoments, Known
from .gaussian_quadrature import FARTHEST, TAIL, half_density, integrals, right_edges

__all__ = ["in_floats"]

LEAST_ACCURACY = 1e-10
"""The largest error of moments found by quadrature that is let through, relative to E act²."""
ROUNDING = 2e-15
"""Of √(E act²): a residual this small is that of rounded values of a linear function."""


def in_floats(act: NamedFunction, q: float) -> ActivationMoments:
    """Mean, slope and residual for z ~ N(0, q); to 1e-10 where they are measured.

    Raises SpecError if they are not finite, or the quadrature is not certain of them.
    """
    one = act.function
    with np.errstate(all="ignore"):
        try:
            found = one.moments(q) if isinstance(one, Known) else _measured(act, q)
        except OverflowError:
            found = ActivationMoments(math.inf, math.inf, math.inf)
    if not all(map(math.isfinite, dataclasses.astuple(found))):
        raise SpecError(
            f"the moments of {act.name} must be finite; they overflow at q = {q:.6g}. Take a "
            "smaller entry_variance."
        )
    return found


def _measured(act: NamedFunction, q: float) -> ActivationMoments:
    """By quadrature, of values alone; the residual is of a square, not a difference."""
    root, right = math.sqrt(q), right_edges(q)
    breaks = np.array(act.breaks) / root
    edges = np.unique(np.concatenate([-right, right, breaks[np.abs(breaks) < FARTHEST]]))

    def first(u: Array) -> Array:
        half = half_density(u)
        a = act(root * u) * half
        return np.stack([a * half, u * a * half, a**2, a**2 * (np.abs(u) > TAIL)])

    def square(u: Array) -> Array:
        return np.stack([(act(root * u) - mean - tilt * u) * half_density(u)]) ** 2

    (mean, tilt, second, tail), errors = integrals(first, edges)
    mean, tilt = mean * (not act.odd), tilt * (not act.even)
    (residual,), (residual_error,) = integrals(square, edges)
    missed = max([*errors[:2] * math.sqrt(second), errors[2], tail, residual_error])
    if not missed <= LEAST_ACCURACY * second < math.inf:
        raise SpecError(_uncertain(act.name, q, missed / second if second else math.nan))
    residual *= residual > ROUNDING**2 * second
    return ActivationMoments(float(mean) + 0.0, float(tilt) / root + 0.0, float(residual))


def _uncertain(name: str, q: float, missed: float) -> str:
    if not math.isfinite(missed):
        return (
            f"the moments of {name} must be finite; they are not for an argument of variance q = "
            f"{q:.6g}. Take a smaller entry_variance, or a form of {name} that does not overflow."
        )
    return (
        f"the moments of {name} must be known to {LEAST_ACCURACY:g} of E act²; the estimated error "
        f"is {missed:.1e} at q = {q:.6g}. Pass breaks= where it jumps; where "
        "it oscillates, grows fast or is 0 except far out, take another entry_variance."
    )
