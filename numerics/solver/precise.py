"""More digits if double precision is not enough: the same equations in mpmath.

``master_equations`` and ``error_terms`` run unchanged on object arrays of mpmath numbers. Newton's method
starts from the double-precision point if there is one; otherwise the path in the ridge is followed. The
working precision is doubled until the estimated error is small enough.
"""

from collections.abc import Callable

import numpy as np

from ...theory.base.errors import SolveError
from ...theory.equations.master_equations import Equations
from ...theory.specification.problem import Problem
from .arithmetic import Arithmetic, in_digits
from .path_following import Reached, Root, Stalled, follow, newton
from .unit_scaling import Scaled, scaled_equations

__all__ = ["solve_precisely"]

MOST_DIGITS = 1000


def solve_precisely(
    problem: Problem,
    start: Root | Reached | None,
    digits: int,
    at: Callable[[Scaled], Equations] = lambda scaled: scaled.equations,
    spare: int = 15,
) -> tuple[Scaled, Root, int]:
    """The problem in mpmath numbers, its root to ``digits`` digits, and the working precision.

    ``start`` is a root, or the end of a path, in fewer digits, if known. ``at`` chooses the equations: the
    problem's own, or those at another ridge. ``spare`` digits are added from the beginning.

    Raises
    ------
    SolveError
        More than 1000 digits would be needed.
    """
    working = digits + spare
    while working <= MOST_DIGITS:
        kind = in_digits(working)
        scaled = scaled_equations(problem, kind)
        hopeful = isinstance(start, Root) and working == digits + spare
        root = _attempt(at(scaled), start, kind, hopeful)
        if root is not None and root.estimated_error < kind.number(10) ** -digits:
            return scaled, root, working
        start, working = root or start, 2 * working
    raise SolveError(
        f"{digits} digits of this problem need more than {MOST_DIGITS} in between, which is the "
        f"most that are tried; ask for fewer, or take a ridge larger than {problem.ridge:.3g}."
    )


def _attempt(
    equations: Equations, start: Root | Reached | None, kind: Arithmetic, hopeful: bool
) -> Root | None:
    """Newton's method from the root or from the end of the path, otherwise the path from its beginning.

    hopeful : leave the path for an attempt in more digits, where Newton's method may suffice.
    """
    number = np.vectorize(kind.number, otypes=[object])
    try:
        if isinstance(start, Root):
            return newton(equations, number(start.shares), kind.number(start.η), kind, start.iterations, 60)
        if isinstance(start, Reached):
            return follow(equations, kind, start)
    except (Stalled, SolveError):
        if hopeful:
            return None
    try:
        return follow(equations, kind)
    except SolveError:
        return None
