"""A safeguarded Newton iteration for the total equation, for one problem or for many at once."""

from collections.abc import Callable

import numpy as np

from ..theory.arrays import Numbers
from ..theory.errors import SolveError
from ..theory.projection import Projection

__all__ = ["bracket", "bracketed_newton", "estimated_error"]

LAST_STEP = 1e-8
LONGEST_STEP = 4.0


def bracketed_newton(
    counted: Callable[[Numbers], tuple[Numbers, Numbers, Numbers]],
    slack: Callable[[Numbers], tuple[Numbers, Numbers]],
    low: Numbers,
    high: Numbers,
    start: Numbers,
) -> tuple[Numbers, int]:
    """The log η at which base − df1 = z, and the evaluations that it took.

    Parameters
    ----------
    counted : η ↦ (base − df1, the sum of the absolute values of its summands, df1 − df2).
    slack : η ↦ (z, dz/dlog η), z > 0 decreasing.
    low, high, start : log η; the root lies between the first two. Scalars, or arrays of one shape.

    The function base − df1 − z increases in log η and is a sum of logistic functions and of −z, for
    all of which |second derivative| ≤ first derivative: Newton's error satisfies |e₊| ≤ e² for
    e ≤ ½, so that a step below 1e−8 is the last one. Where base − df1 is far from 0 the step is
    taken on log(base − df1) − log z, which is nearly linear; a step out of the bracket is replaced
    by bisection. After 60 evaluations there is only bisection: a bracket of 2000 shrinks below 1e−8
    in 38, and there the Newton step, which is tried at every point, is the last one.

    Raises
    ------
    SolveError
        If 120 evaluations are not enough: some number was not finite.
    """
    x, done = start, np.zeros(np.shape(start), dtype=bool)
    for used in range(1, 121):
        η = np.exp(x)
        left, size, spread = counted(η)
        z, dz = slack(η)
        below = left < z
        low, high = np.where(below, x, low), np.where(below, high, x)
        step = (z - left) / (spread - dz)
        last = abs(step) < LAST_STEP
        far = left > 0.1 * size
        ratio = np.where(far, left, z) / z
        step = np.where(
            last | ~far, step, -np.log(ratio) / (spread / np.where(far, left, 1.0) - dz / z)
        )
        there = x + np.clip(step, -LONGEST_STEP, LONGEST_STEP)
        inside = (low < there) & (there < high) & (used <= 60)
        x = np.where(done, x, np.where(last | inside, there, (low + high) / 2))
        done |= last
        if done.all():
            return x, used
    raise SolveError("the bracketed Newton iteration for the effective ridge did not end.")


def bracket(projection: Projection, samples: Numbers, trace: Numbers) -> tuple[Numbers, Numbers]:
    """log η below and above the root of the total equation; trace : tr Y.

    z ≥ base, so base − df1 < z, at the first; df1 ≤ base/2 and z ≤ base/2 at the second.
    """
    base = projection.binding(samples)
    low = projection.scale_with(base, samples)
    high = projection.scale_with(0.5 * base, samples) + 2 * trace / base
    return np.log(low) - 1e-9, np.log(high) + 1e-9


def estimated_error(residual: Numbers, condition: Numbers, eps: Numbers) -> Numbers:
    """10 × the residual (8 eps at least) × the norm of the inverse Jacobian."""
    return 10 * np.maximum(residual, 8 * eps) * condition
