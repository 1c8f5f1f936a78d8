"""Solving the master equations: a safeguarded Newton iteration, or a path followed in the ridge.

With one group of sources (one covariance, one weight) the equations are a single increasing
function of log η; see ``bracketed_newton``. With several groups, Newton's method runs on
(log β, log η) in the least-squares sense of ``Equations.linearised``. If it does not converge from the
start, the solution is followed from a ridge so large that it is known, down to the requested one. Any
positive point that solves the equations is the solution (see ``master_equations``), however it was
reached.
"""

import dataclasses
import math
from typing import Any

import numpy as np

from ...theory.base.arrays import Number, Numbers, PerGroup
from ...theory.base.errors import SolveError
from ...theory.equations.low_rank_algebra import LowRankAlgebra
from ...theory.equations.master_equations import Equations
from ...theory.equations.resolvent import Total
from .arithmetic import DOUBLE, Arithmetic
from .bracketed_newton import bracket, bracketed_newton, estimated_error

__all__ = ["PathLost", "Reached", "Root", "Stalled", "follow", "newton", "solve", "with_penalty"]

LONGEST_STEP = 4.0
SHORTEST_STRIDE = 1e-3
UNSOLVED = 1e-3
"""The relative residual above which small steps do not mean convergence."""

POLISHES = 6
"""Further Newton steps at the end: for an orthogonal projection with d − m ≪ d the slack is more curved
than the proof in ``bracketed_newton`` allows."""

FARTHEST = 2000.0
"""A |log| beyond which Newton's method has diverged."""


@dataclasses.dataclass(frozen=True)
class Root:
    """Shares β (G,), scale η, the largest relative residual, the estimated relative error."""

    shares: PerGroup
    η: Number
    residual: float
    estimated_error: Number
    iterations: int


@dataclasses.dataclass(frozen=True)
class Reached:
    """The end of a path: the log of the penalty, and the root there."""

    log_penalty: float
    root: Root


class PathLost(SolveError):
    """The path in the ridge could not be followed in this arithmetic; ``reached`` is its end."""

    def __init__(self, message: str, reached: Reached) -> None:
        super().__init__(message)
        self.reached = reached

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.reached), self.__dict__


class Stalled(Exception):
    """Newton's method did not converge from its start."""


def solve(equations: Equations) -> Root:
    """The solution of the equations in double precision.

    Raises
    ------
    SolveError
        If no path reaches a point at which the equations hold.
    """
    if len(equations.counts) == 1 and not isinstance(equations.algebra, LowRankAlgebra):
        return _solve_one(equations)
    start = equations.counts / equations.samples
    η, used = _scale_at(equations, equations.total(start))
    try:
        return newton(equations, start, η, DOUBLE, used)
    except Stalled:
        return follow(equations, DOUBLE)


def _solve_one(equations: Equations) -> Root:
    share = np.ones(1)
    total = equations.total(share)
    η, used = _scale_at(equations, total)
    for _ in range(POLISHES):
        left, size, spread = total.stable_count(equations.base, η)
        z, dz = equations.closure.excess(η, equations.samples)
        residual = abs(left - z) / (size + z)
        if residual <= 8 * DOUBLE.eps:
            break
        η, used = η * math.exp((z - left) / (spread - dz)), used + 1
    error = estimated_error(residual, (size + z) / (spread - dz), DOUBLE.eps)
    return Root(share, η, float(residual), float(error), used + 1)


def _scale_at(equations: Equations, total: Total) -> tuple[float, int]:
    """The η that solves the total equation with this load, and the number of evaluations."""
    closure, samples, base = equations.closure, equations.samples, equations.base
    low, high = map(float, bracket(closure, samples, total.trace))
    root, used = bracketed_newton(
        lambda η: total.stable_count(base, η), lambda η: closure.excess(η, samples), low, high, high
    )
    return math.exp(root), used


def newton(
    equations: Equations, shares: PerGroup, η: Number, kind: Arithmetic, used: int = 0, limit: int = 40
) -> Root:
    """Newton's method from (shares, η) in this arithmetic; ``used`` evaluations are added to the count.

    Raises
    ------
    Stalled
        No convergence within ``limit`` steps.
    """
    x = kind.log(np.append(shares, η))
    last = kind.eps**0.5
    for count in range(1, limit + 1):
        try:
            with np.errstate(all="ignore"):
                here = equations.linearised(*_point(x, kind))
            step = kind.least_squares(here.jacobian, -here.residual)
        except ArithmeticError:
            raise Stalled from None
        longest = np.abs(step).max()
        x = x + step * (1.0 if longest < LONGEST_STEP else LONGEST_STEP / longest)
        if not np.abs(x).max() < FARTHEST:
            raise Stalled
        if longest < last:
            return _judged(equations, x, kind, used + count)
    raise Stalled


def _point(x: Numbers, kind: Arithmetic) -> tuple[PerGroup, Number]:
    values = kind.exp(x)
    return values[:-1], values[-1]


def _judged(equations: Equations, x: Numbers, kind: Arithmetic, used: int) -> Root:
    """The root with its residual, and 10 × that residual (at least 8 eps) × |inverse Jacobian|."""
    shares, η = _point(x, kind)
    try:
        here = equations.linearised(shares, η)
        residual = np.abs(here.residual).max()
        norm = kind.inverse_norm(here.jacobian)
    except ArithmeticError:
        raise Stalled from None
    if not residual < UNSOLVED:
        raise Stalled
    error = estimated_error(residual, max(norm, 1), kind.eps)
    return Root(shares, η, float(residual), error, used + 1)


def follow(equations: Equations, kind: Arithmetic, start: Reached | None = None) -> Root:
    """The solution, followed in the ridge by steps with a secant predictor.

    It starts at ``start``, a point in any arithmetic, or at a ridge that dominates everything.

    Raises
    ------
    SolveError
        The path cannot be followed in this arithmetic: a :class:`PathLost` with its end.
    """
    target = float(kind.log(np.array([equations.closure.penalty]))[0])
    if start is None:
        here = max(target, _dominating(equations))
        root = _dominated(equations, here, kind)
    else:
        here = start.log_penalty
        root = _again(_at(equations, here, kind), start.root, kind)
    known = [(here, _unknowns(root, kind))]
    stride = math.log(10)
    while here > target:
        there = max(target, here - stride)
        shares, η = _point(_predicted(known, there), kind)
        try:
            found = newton(_at(equations, there, kind), shares, η, kind, root.iterations, 12)
        except Stalled:
            stride /= 2
            if stride < SHORTEST_STRIDE:
                raise PathLost(
                    f"the solution could not be followed to this ridge with {kind.digits} digits; "
                    f"it was lost at {math.exp(min(here - target, 700)):.3g} times it, where the "
                    f"sources come close to a tie. A larger ridge can be solved.",
                    Reached(here, root),
                ) from None
            continue
        stride *= 1.5 if found.iterations - root.iterations < 7 else 1.0
        root, here = found, there
        known = [*known[-1:], (here, _unknowns(root, kind))]
    return root


def _dominated(equations: Equations, log_penalty: float, kind: Arithmetic) -> Root:
    """The solution where the ridge dominates: shares are close to n_k/n₊."""
    start = _at(equations, log_penalty, kind)
    η = start.closure.scale_at_excess(start.base, start.samples)
    try:
        return newton(start, equations.counts / equations.samples, η, kind)
    except Stalled:
        raise SolveError("Newton's method did not converge where the ridge dominates.") from None


def _again(equations: Equations, root: Root, kind: Arithmetic) -> Root:
    """A root in this arithmetic, from one in another."""
    number = np.vectorize(kind.number, otypes=[object])
    try:
        return newton(equations, number(root.shares), kind.number(root.η), kind, root.iterations, 60)
    except Stalled:
        raise SolveError("Newton's method did not converge at the end of the path in fewer digits.") from None


def _at(equations: Equations, log_penalty: float, kind: Arithmetic) -> Equations:
    """The equations with another penalty; the exact penalty if it is the target."""
    penalty = kind.exp(np.array([kind.number(log_penalty)]))[0]
    exact = equations.closure.penalty
    close = abs(penalty / exact - 1) < 1e-9
    return with_penalty(equations, exact if close else penalty)


def with_penalty(equations: Equations, penalty: Number) -> Equations:
    """The same equations at another ridge."""
    return dataclasses.replace(equations, closure=equations.closure.with_penalty(penalty))


def _dominating(equations: Equations) -> float:
    """log of a penalty at which η far exceeds every load, whatever the shares."""
    closure, samples = equations.closure, equations.samples
    sizes = equations.algebra.sizes(equations.covariances)
    largest = float((equations.weights * (sizes + equations.tails)).max())
    per_penalty = closure.scale_at_excess(equations.base, samples) / closure.penalty
    return math.log(1000 * largest / float(per_penalty))


def _unknowns(root: Root, kind: Arithmetic) -> Numbers:
    return kind.log(np.append(root.shares, root.η))


def _predicted(known: list[tuple[float, Numbers]], there: float) -> Numbers:
    last, x = known[-1]
    if len(known) == 1:
        return x
    before, y = known[-2]
    return x + (x - y) * ((there - last) / (last - before))
