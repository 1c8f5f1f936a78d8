"""More digits where double precision cannot hold the answer: the same equations in mpmath.

``theory.master`` and ``theory.error_terms`` run on object arrays of mpmath numbers as they stand.
Newton starts from the double-precision point where there is one, otherwise the path in the ridge is
followed; the working precision is doubled until the estimated error is below the wanted one.
"""

import numpy as np

from ..theory.errors import SolveError
from ..theory.problem import Problem
from .arithmetic import Arithmetic, in_digits
from .scaled import Scaled, scale
from .solve import Root, Stalled, follow, newton

__all__ = ["solve_precisely"]

MOST_DIGITS = 1000


def solve_precisely(problem: Problem, start: Root | None, digits: int) -> tuple[Scaled, Root, int]:
    """The problem in mpmath numbers, its root to ``digits`` digits, and the working precision.

    Raises
    ------
    SolveError
        If more than 1000 digits would be needed in between.
    """
    working = digits + 15
    while working <= MOST_DIGITS:
        kind = in_digits(working)
        scaled = scale(problem, kind.number)
        root = _attempt(scaled, start, kind)
        if root is not None and root.estimated_error < 10.0**-digits:
            return scaled, root, working
        start, working = root or start, 2 * working
    raise SolveError(
        f"{digits} digits of this problem would need more than {MOST_DIGITS} in between; its "
        f"sources are too close to a tie for a ridge of {problem.ridge:.3g}."
    )


def _attempt(scaled: Scaled, start: Root | None, kind: Arithmetic) -> Root | None:
    number = np.vectorize(kind.number, otypes=[object])
    try:
        if start is not None:
            return newton(
                scaled.equations, number(start.shares), kind.number(start.η), kind,
                start.iterations, 60,
            )  # fmt: skip
    except Stalled:
        pass
    try:
        return follow(scaled.equations, kind)
    except SolveError:
        return None
