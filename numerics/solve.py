"""Solving the master equations: a safeguarded Newton iteration, or a path followed in the ridge.

With one group of sources (one covariance, one weight) the equations are a single increasing
function of log η,

    F(log η) = (base − df1) − z = 0,

a sum of logistic functions and of −z, for all of which |second derivative| ≤ first derivative.
Newton's error therefore satisfies |e₊| ≤ e² for e ≤ ½: a step below 1e−8 is the last one. With
several groups Newton runs on (log β, log η) in the least-squares sense of ``Equations.linearised``;
where it does not settle from the start, the solution is followed from a ridge so large that it is
known, down to the one that is wanted. Any positive point that solves the equations is the solution.
"""

import dataclasses
import math
from typing import Any

import numpy as np

from ..theory.errors import SolveError
from ..theory.master import Equations, Projection

__all__ = ["Root", "solve"]

LAST_STEP = 1e-8
LONGEST_STEP = 4.0
EPS = float(np.finfo(float).eps)


@dataclasses.dataclass(frozen=True)
class Root:
    """Shares β (G,), scale η, the largest relative residual, the estimated relative error."""

    shares: Any
    η: Any
    residual: float
    estimated_error: float
    iterations: int


class _Stalled(Exception):
    """Newton did not settle from where it started."""


def solve(equations: Equations) -> Root:
    """The solution of the equations in double precision.

    Raises
    ------
    SolveError
        If no path reaches a point at which the equations hold.
    """
    if len(equations.counts) == 1:
        return _solve_one(equations)
    start = equations.counts / equations.samples
    η, used = _scale_at(equations, start)
    try:
        return _newton(equations, start, η, used)
    except _Stalled:
        return _follow(equations)


def _solve_one(equations: Equations) -> Root:
    share = np.ones(1)
    η, used = _scale_at(equations, share)
    green = equations.green(share, η)
    left, size = green.counted_in_all(equations.projection.binding(equations.samples))
    z, dz = equations.projection.slack(η, equations.samples)
    residual = abs(left - z) / (size + z)
    error = 10 * max(residual, 8 * EPS) * (size + z) / (green.spread() - dz)
    return Root(share, η, float(residual), float(error), used + 1)


def _scale_at(equations: Equations, shares: Any) -> tuple[float, int]:
    """η that solves the total equation at these shares, and the evaluations that it took."""
    green = equations.green(shares, 1.0)
    samples, projection = equations.samples, equations.projection
    base = projection.binding(samples)
    low, high = _bracket(projection, base, samples, float(green.total @ equations.multiplicities))
    x = high
    for used in range(1, 200):
        η = math.exp(x)
        green = green.at(η)
        left, size = green.counted_in_all(base)
        z, dz = projection.slack(η, samples)
        spread = green.spread()
        low, high = (x, high) if left < z else (low, x)
        step = (z - left) / (spread - dz)
        if abs(step) < LAST_STEP:
            return math.exp(x + step), used
        if left > 0.1 * size:
            step = -math.log(left / z) / (spread / left - dz / z)
        step = max(-LONGEST_STEP, min(LONGEST_STEP, step))
        x = x + step if low < x + step < high else (low + high) / 2
    raise SolveError("the bracketed Newton iteration for the effective ridge did not end.")


def _bracket(
    projection: Projection, base: float, samples: float, trace: float
) -> tuple[float, float]:
    """log η below and above the root.

    z is at least base, so F < 0, at the first; df1 and z are at most base/2 at the second.
    """
    low = projection.scale_with(base, samples)
    high = projection.scale_with(0.5 * base, samples) + 2 * trace / base
    return math.log(low) - 1e-9, math.log(high) + 1e-9


def _newton(equations: Equations, shares: Any, η: float, used: int = 0, limit: int = 40) -> Root:
    x = np.append(np.log(shares), math.log(η))
    for count in range(1, limit + 1):
        with np.errstate(all="ignore"):
            here = equations.linearised(np.exp(x[:-1]), math.exp(x[-1]))
        if not (np.isfinite(here.residual).all() and np.isfinite(here.jacobian).all()):
            raise _Stalled
        step = -np.linalg.lstsq(here.jacobian, here.residual, rcond=None)[0]
        longest = float(np.abs(step).max())
        x = x + step * min(1.0, LONGEST_STEP / max(longest, EPS)) if longest > 4 else x + step
        if np.abs(x).max() > 700:
            raise _Stalled
        if longest < LAST_STEP:
            return _judged(equations, np.exp(x[:-1]), math.exp(x[-1]), used + count)
    raise _Stalled


def _judged(equations: Equations, shares: Any, η: float, used: int) -> Root:
    """The root with its residual, and 10 × that residual (8 eps at least) × |inverse Jacobian|."""
    here = equations.linearised(shares, η)
    residual = float(np.abs(here.residual).max())
    smallest = float(np.linalg.svd(here.jacobian, compute_uv=False)[-1])
    error = 10 * max(residual, 8 * EPS) / smallest if smallest > 0 else math.inf
    return Root(shares, η, residual, error, used + 1)


def _follow(equations: Equations) -> Root:
    """The solution reached from a dominating ridge, down by steps with a secant predictor."""
    target = math.log(equations.projection.penalty)
    here = max(target, _dominating(equations))
    shares = equations.counts / equations.samples
    start = _at(equations, here)
    η, used = _scale_at(start, shares)
    root = _newton(start, shares, η, used)
    known = [(here, _unknowns(root))]
    stride = math.log(10)
    while here > target:
        there = max(target, here - stride)
        x = _predicted(known, there)
        try:
            root = _newton(_at(equations, there), np.exp(x[:-1]), math.exp(x[-1]), used, 12)
        except _Stalled:
            used += 12
            stride /= 2
            if stride < 1e-3:
                raise SolveError(
                    f"the path to this ridge was lost at {math.exp(here - target):.3g} times it; "
                    f"the sources are close to a tie there. A larger ridge can be solved."
                ) from None
            continue
        stride *= 1.5 if root.iterations - used < 7 else 1.0
        used, here = root.iterations, there
        known = [*known[-1:], (here, _unknowns(root))]
    return root


def _at(equations: Equations, log_penalty: float) -> Equations:
    projection = dataclasses.replace(equations.projection, penalty=math.exp(log_penalty))
    return dataclasses.replace(equations, projection=projection)


def _dominating(equations: Equations) -> float:
    """log of a penalty at which η exceeds every load by far, whatever the shares."""
    samples, projection = equations.samples, equations.projection
    largest = float((equations.weights[:, None] * equations.spectra).max())
    η = projection.scale_with(projection.binding(samples), samples)
    return math.log(100 * largest / η * projection.penalty)


def _unknowns(root: Root) -> Any:
    return np.append(np.log(root.shares), math.log(root.η))


def _predicted(known: list[tuple[float, Any]], there: float) -> Any:
    last, x = known[-1]
    if len(known) == 1:
        return x
    before, y = known[-2]
    return x + (x - y) * ((there - last) / (last - before))
