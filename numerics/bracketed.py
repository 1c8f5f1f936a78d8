"""A safeguarded Newton iteration for the total equation, for one problem or for many at once."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..theory.errors import SolveError

__all__ = ["bracketed_newton"]

Numbers = Any

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
    by bisection.

    Raises
    ------
    SolveError
        If 400 evaluations are not enough, which the proof excludes.
    """
    x, done = start, np.zeros(np.shape(start), dtype=bool)
    for used in range(1, 401):
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
        inside = (low < there) & (there < high)
        x = np.where(done, x, np.where(last | inside, there, (low + high) / 2))
        done |= last
        if done.all():
            return x, used
    raise SolveError("the bracketed Newton iteration for the effective ridge did not end.")
