"""A safeguarded Newton iteration for the total equation, for one problem or for many at once."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import numpy as np

from ...theory.base.arrays import Number, Numbers
from ...theory.base.errors import SolveError
from ...theory.models.width_closures import Closure

__all__ = ["bracket", "bracketed_newton", "estimated_error"]

N = TypeVar("N", Number, Numbers)
"""One problem, or arrays of many."""

LAST_STEP = 1e-8
LONGEST_STEP = 4.0


def bracketed_newton(
    counted: Callable[[N], tuple[N, N, N]], slack: Callable[[N], tuple[N, N]], low: N, high: N, start: N
) -> tuple[N, int]:
    """The log η at which base − df1 = z, and the number of evaluations.

    Parameters
    ----------
    counted : η ↦ (base − df1, the sum of the absolute values of its summands, df1 − df2).
    slack : η ↦ (z, dz/dlog η), z > 0 decreasing.
    low, high, start : log η; the root lies between the first two. Scalars, or arrays of one shape.

    The function base − df1 − z increases in log η. It is a sum of logistic functions and of −z, all of
    which satisfy |second derivative| ≤ first derivative. Newton's error therefore satisfies |e₊| ≤ e²
    for e ≤ ½, and a step below 1e−8 is the last one. Where base − df1 is far from 0, the step is taken
    on log(base − df1) − log z, which is nearly linear. A step out of the bracket is replaced by
    bisection. After 60 evaluations only bisection is used: a bracket of 2000 shrinks below 1e−8 in 38
    steps, and the Newton step, which is tried at every point, is then the last one.

    Raises
    ------
    SolveError
        120 evaluations are not enough, because some number was not finite.
    """
    do: Any = _ARRAYS if np.ndim(start) else _SCALARS
    x, done = start, start != start
    for used in range(1, 121):
        η = do.exp(x)
        left, size, spread = counted(η)
        z, dz = slack(η)
        below = left < z
        low, high = do.where(below, x, low), do.where(below, high, x)
        step = (z - left) / (spread - dz)
        last = abs(step) < LAST_STEP
        far = left > 0.1 * size
        above = do.where(far, left, z)
        logarithmic = -do.log(above / z) / (spread / above - dz / z)
        step = do.where(far, do.where(last, step, logarithmic), step)
        there = x + do.clip(step)
        inside = (low < there) & (there < high) & (used <= 60)
        x = do.where(done, x, do.where(last | inside, there, (low + high) / 2))
        done = done | last
        if do.all(done):
            return x, used
    raise SolveError("the bracketed Newton iteration for the effective ridge did not end.")


@dataclasses.dataclass(frozen=True)
class _Operations(Generic[N]):
    """The same iteration for one number, in plain Python, and for an array."""

    exp: Callable[[N], N]
    log: Callable[[N], N]
    where: Callable[[Any, N, N], N]
    clip: Callable[[N], N]
    all: Callable[[N], bool]


_SCALARS: _Operations[Number] = _Operations(
    exp=math.exp,
    log=math.log,
    where=lambda condition, a, b: a if condition else b,
    clip=lambda step: max(-LONGEST_STEP, min(LONGEST_STEP, step)),
    all=bool,
)
_ARRAYS: _Operations[Numbers] = _Operations(
    exp=np.exp,
    log=np.log,
    where=np.where,
    clip=lambda step: np.clip(step, -LONGEST_STEP, LONGEST_STEP),
    all=lambda values: bool(np.all(values)),
)


def bracket(closure: Closure[N], samples: N, trace: Number) -> tuple[N, N]:
    """log η below and above the root of the total equation; trace : tr Y.

    At the first, z ≥ base, so base − df1 < z. At the second, df1 ≤ base/2 and z ≤ base/2.
    """
    base = closure.smaller_dimension(samples)
    low = closure.scale_at_excess(base, samples)
    high = closure.scale_at_excess(0.5 * base, samples) + 2 * trace / base
    return np.log(low) - 1e-9, np.log(high) + 1e-9


def estimated_error(residual: N, condition: N, eps: Number) -> N:
    """10 × the residual (at least 8 eps) × the norm of the inverse Jacobian."""
    return 10 * np.maximum(residual, 8 * eps) * condition
