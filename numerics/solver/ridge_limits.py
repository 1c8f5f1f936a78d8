"""ridge = 0 as a limit: tiny ridges, and how numbers at two of them become a limit.

Every number of a prediction tends to a finite limit with a correction that is a power of λ (λ, or
λ^½ at a tie, or smaller powers where ties are nested), vanishes like a power, or grows like one.
Between λ = 10^−e and 10^−2e of the smallest scale of the problem the three are told apart: equal to
all digits, below 10^(−e/20), above 10^(e/20).
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...theory.base.arrays import Number, Numbers
from ...theory.equations.master_equations import Equations
from ...theory.specification.problem import Problem
from .path_following import with_penalty
from .unit_scaling import Scaled

__all__ = ["ALIKE", "DECADES", "Unlike", "limits", "spare_digits", "tiny_ridge"]

DECADES = (20, 40, 80, 160)
"""The e that are tried, one after the other."""

ALIKE = 1e-12
"""How well two ridges must agree on what is finite, except for their estimated errors: a slow part
with a small coefficient, growing or vanishing, is not to hide."""


class Unlike(Exception):
    """Two ridges disagree on a number."""


def spare_digits(problem: Problem, decades: int) -> int:
    """Digits that so small a ridge takes; matrices lose twice as many as η has zeros."""
    return decades + 15 if problem.frame.diagonal else 2 * decades + 32


def tiny_ridge(decades: int) -> Callable[[Scaled], Equations]:
    """The equations at the ridge 10^−decades of the smallest load."""

    def at(scaled: Scaled) -> Equations:
        equations = scaled.equations
        number = type(equations.closure.penalty) if scaled.mixture.noise.dtype == object else float
        return with_penalty(equations, _smallest_load(equations) * number(10) ** -decades)

    return at


def _smallest_load(equations: Equations) -> Number:
    """The smallest positive eigenvalue of the weighted covariances, or a bound below it."""
    positive = equations.algebra.least_positive(equations.loads(0 * equations.counts + 1))
    smallest: Number = np.concatenate([positive, _tails(equations)]).min()
    return smallest


def _tails(equations: Equations) -> Numbers:
    tails = equations.weights * equations.tails
    return tails[tails > 0]


def limits(
    a: Number | Numbers, b: Number | Numbers, floors: Number | Numbers, decades: int, alike: float
) -> Any:
    """Element by element: 0, ±inf, or the number itself."""
    flat = [
        _limit(x, y, floor, decades, alike)
        for x, y, floor in zip(np.ravel(a), np.ravel(b), np.ravel(floors), strict=True)
    ]
    kind = object if np.asarray(b).dtype == object else float
    return np.array(flat, dtype=kind).reshape(np.shape(b))[()]


def _limit(x: Number, y: Number, floor: Number, decades: int, alike: float) -> Number:
    if x == y:
        return y
    factor = 10.0 ** (decades / 20)
    if abs(y) * factor <= abs(x):
        return 0 * y
    if abs(y) >= abs(x) * factor and abs(y) > floor:
        return math.copysign(math.inf, y)
    if abs(x - y) <= alike * abs(y) + floor:
        return y
    raise Unlike(f"a number is {float(x):.10g} and {float(y):.10g}")
