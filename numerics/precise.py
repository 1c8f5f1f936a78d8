"""More digits where double precision cannot hold the answer: the same equations in mpmath.

``theory.master`` and ``theory.error_terms`` run on object arrays of mpmath numbers as they stand.
Newton starts from the double-precision point and converges quadratically to the working precision,
which is raised until the estimated error is below the one that was asked for.
"""

from typing import Any

import mpmath
import numpy as np

from ..theory.errors import SolveError
from ..theory.master import Equations
from ..theory.problem import Problem
from .scaled import Scaled, scale
from .solve import Root

__all__ = ["solve_precisely"]

MOST_DIGITS = 1000


def solve_precisely(problem: Problem, start: Root, digits: int) -> tuple[Scaled, Root, int]:
    """The problem in mpmath numbers, its root to ``digits`` digits, and the working precision.

    Raises
    ------
    SolveError
        If Newton's iteration does not settle, or more than 1000 digits would be needed.
    """
    working = digits + 15
    while working <= MOST_DIGITS:
        context = mpmath.MPContext()
        context.dps = working
        scaled = scale(problem, context.mpf)
        root = _newton(scaled.equations, start, context)
        if root.estimated_error < 10.0**-digits:
            return scaled, root, working
        start, working = root, 2 * working
    raise SolveError(
        f"{digits} digits of this problem would need more than {MOST_DIGITS} in between; the "
        f"sources are too close to a tie for its ridge of {problem.ridge:.3g}."
    )


def _newton(equations: Equations, start: Root, context: Any, limit: int = 100) -> Root:
    shares = np.vectorize(context.mpf, otypes=[object])(start.shares)
    η = context.mpf(start.η)
    tolerance = context.mpf(10) ** (-(context.dps // 2) - 2)
    for count in range(1, limit + 1):
        here = equations.linearised(shares, η)
        step = _least_squares(here.jacobian, -here.residual, context)
        longest = max(abs(s) for s in step)
        damping = 1 if longest < 2 else 2 / longest
        factors = [context.exp(damping * s) for s in step]
        shares, η = shares * np.array(factors[:-1], dtype=object), η * factors[-1]
        if longest < tolerance:
            return _judged(equations, shares, η, start.iterations + count, context)
    raise SolveError(f"Newton's iteration at {context.dps} digits did not settle in {limit} steps.")


def _judged(equations: Equations, shares: Any, η: Any, used: int, context: Any) -> Root:
    """The root with 10 × its residual (8 units in the last place at least) × |inverse Jacobian|."""
    here = equations.linearised(shares, η)
    residual = max(abs(r) for r in here.residual)
    units = np.vectorize(context.mpf, otypes=[object])(np.eye(len(here.residual)))
    inverse = [_least_squares(here.jacobian, unit, context) for unit in units]
    norm = sum(x * x for row in inverse for x in row) ** 0.5
    error = 10 * max(residual, 8 * context.mpf(10) ** (-context.dps)) * norm
    return Root(shares, η, float(residual), float(error), used + 1)


def _least_squares(jacobian: Any, right: Any, context: Any) -> list[Any]:
    J, b = context.matrix(jacobian.tolist()), context.matrix(right.tolist())
    solution = context.qr_solve(J, b)[0]
    return [solution[i] for i in range(jacobian.shape[1])]
