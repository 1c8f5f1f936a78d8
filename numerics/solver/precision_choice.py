"""Solve a problem in double precision if that is enough, otherwise in more digits."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

from ...theory.base.errors import SolveError
from ...theory.equations.master_equations import Equations
from ...theory.specification.problem import Problem
from .arithmetic import DOUBLE
from .conditioning import matrix_error
from .path_following import PathLost, Reached, Root, solve
from .precise import solve_precisely
from .unit_scaling import Scaled, scaled_equations

__all__ = ["PROMISED", "Solved", "own_equations", "solve_problem"]

EXTREME = 1e250
"""Scaled penalties beyond this, or below its inverse, are solved in mpmath."""

PROMISED = 1e-11
"""Estimated relative error above which predict uses more digits than double precision."""

PROMISED_DENSE = 1e-10
"""The same for covariances that do not commute, for which more digits cost seconds to minutes."""

LARGEST_PRECISE = 40
"""Up to this dimension, ill-conditioned matrices that do not commute are solved in more digits."""


@dataclasses.dataclass(frozen=True)
class Solved:
    """The scaled problem, its equations (at its own ridge or another), and their root."""

    scaled: Scaled
    equations: Equations
    root: Root
    working: int


def own_equations(scaled: Scaled) -> Equations:
    """The equations at the problem's own ridge."""
    return scaled.equations


def solve_problem(
    problem: Problem,
    digits: int | None,
    at: Callable[[Scaled], Equations] = own_equations,
    spare: int = 15,
    near: "Solved | None" = None,
) -> Solved:
    """The root, to the promised accuracy or to a given number of digits.

    ``at`` chooses the equations. ``spare`` digits are added if double precision is not enough. ``near``
    is the same problem solved at a larger ridge, from which the path to this one is shorter.

    Raises
    ------
    SolveError
        No precision that is tried suffices.
    """
    scaled = scaled_equations(problem)
    equations = at(scaled)
    start = _in_double(scaled, equations)
    if digits is None and isinstance(start, Root):
        matrices = matrix_error(problem.frame, scaled, equations, start)
        if _enough(problem, start, matrices):
            start = dataclasses.replace(start, estimated_error=start.estimated_error + matrices)
            return Solved(scaled, equations, start, DOUBLE.digits)
    if near is not None and not isinstance(start, Root):
        start = Reached(_log(near.equations.closure.penalty), near.root)
    scaled, root, working = solve_precisely(problem, start, digits or DOUBLE.digits, at, spare)
    return Solved(scaled, at(scaled), root, working)


def _log(penalty: Any) -> float:
    """log of a number of any kind, however small."""
    if isinstance(penalty, float):
        return math.log(penalty)
    return float(penalty.context.log(penalty))


def _enough(problem: Problem, root: Root, matrices: float) -> bool:
    """Whether double precision is enough."""
    if problem.frame.diagonal:
        return bool(root.estimated_error <= PROMISED)
    error = root.estimated_error + (matrices if problem.d <= LARGEST_PRECISE else 0.0)
    return bool(error <= PROMISED_DENSE)


def _in_double(scaled: Scaled, equations: Equations) -> Root | Reached | None:
    """The root, or the end of the path if double precision is not enough."""
    if not (scaled.exact and 1 / EXTREME < equations.closure.penalty < EXTREME):
        return None
    try:
        return solve(equations)
    except PathLost as lost:
        return lost.reached
    except (SolveError, ArithmeticError):
        return None
