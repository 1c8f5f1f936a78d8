"""ridge = 0: the limit λ → 0, from the same equations at two ridges that are as good as none.

Every number of a prediction tends to a finite limit with a correction of relative order λ^½ or
less, vanishes like λ^½ or faster, or grows like λ^−½ or faster (a fraction of ½ for ties of
several parts). Between λ = 10^−e and 10^−2e of the smallest scale of the problem, with e ≥ 40, the
three cannot be mistaken for each other: a factor of about 1, below 10^(−e/8), above 10^(e/8).
Contributions of each noise and each part of the truths are told apart one by one, so that one that
diverges with a coefficient of 0 does not.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..theory.algebra import DiagonalAlgebra
from ..theory.errors import SolveError
from ..theory.master import Equations
from ..theory.problem import Problem
from .evaluate import Evaluation, evaluate
from .scaled import Scaled
from .solve import with_penalty
from .solved import Solved, solved

__all__ = ["Limit", "limit"]

DECADES = 40
ALIKE = 1e-9
"""How well the two ridges must agree on what is finite; their distance is 10^−e/2 in theory."""


@dataclasses.dataclass(frozen=True)
class Limit:
    """The limits of all numbers, the numbers at the smaller ridge, and that ridge's root."""

    values: Evaluation
    raw: Evaluation
    solved: Solved
    estimated_error: Any


def limit(problem: Problem, digits: int | None) -> Limit:
    """The limit ridge → 0 of a prediction.

    Raises
    ------
    SolveError
        If the equations cannot be solved at so small a ridge, or the two ridges do not agree.
    """
    decades = max(DECADES, 3 * (digits or 0))
    first = solved(problem, digits, _tiny(decades))
    second = solved(problem, digits, _tiny(2 * decades))
    a, b = evaluate(first), evaluate(second)
    fields = [field.name for field in dataclasses.fields(Evaluation)]
    values = {name: _limits(getattr(a, name), getattr(b, name), decades) for name in fields}
    error = max(float(first.root.estimated_error), float(second.root.estimated_error))
    return Limit(Evaluation(**values), b, second, error)


def _tiny(decades: int) -> Callable[[Scaled], Equations]:
    """The equations at the ridge 10^−decades of the smallest load."""

    def at(scaled: Scaled) -> Equations:
        equations = scaled.equations
        number = type(equations.closure.penalty) if scaled.mixture.noise.dtype == object else float
        return with_penalty(equations, _smallest(equations) * number(10) ** -decades)

    return at


def _smallest(equations: Equations) -> Any:
    """The smallest positive eigenvalue of the weighted covariances, or a bound below it."""
    if isinstance(equations.algebra, DiagonalAlgebra):
        loads = equations.weights[:, None] * equations.covariances
        return np.concatenate([loads[loads > 0], _tails(equations)]).min()
    sizes = np.abs(equations.covariances).max(axis=(1, 2)) * equations.weights
    return np.concatenate([sizes[sizes > 0] * 1e-16, _tails(equations)]).min()


def _tails(equations: Equations) -> Any:
    tails = equations.weights * equations.tails
    return tails[tails > 0]


def _limits(a: Any, b: Any, decades: int) -> Any:
    """Element by element: 0, ±inf, or the number itself."""
    flat = [_limit(x, y, decades) for x, y in zip(np.ravel(a), np.ravel(b), strict=True)]
    kind = object if np.asarray(b).dtype == object else float
    return np.array(flat, dtype=kind).reshape(np.shape(b))[()]


def _limit(x: Any, y: Any, decades: int) -> Any:
    factor = 10.0 ** (decades / 8)
    if abs(y) * factor <= abs(x):
        return 0 * x if abs(x) < math.inf else math.nan
    if abs(y) >= abs(x) * factor:
        return math.copysign(math.inf, y)
    if not abs(x - y) <= ALIKE * abs(y):
        raise SolveError(
            f"the limit ridge → 0 was not reached: a number is {float(x):.10g} and "
            f"{float(y):.10g} at two ridges that are as good as none. A small positive ridge can "
            f"be solved."
        )
    return y
