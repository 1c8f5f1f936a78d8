"""ridge = 0: the limit λ → 0, from the same equations at two ridges that are as good as none.

Every number of a prediction tends to a finite limit with a correction that is a power of λ (λ, or
λ^½ at a tie, or smaller powers where ties are nested), vanishes like a power, or grows like one.
Between λ = 10^−e and 10^−2e of the smallest scale of the problem the three are told apart: equal to
all digits, below 10^(−e/20), above 10^(e/20); where they are none of these, a deeper pair decides.
Contributions of each noise and each part of the truths are told apart one by one, so that one that
diverges with a coefficient of 0 does not, and one with a tiny coefficient does.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...theory.base.arrays import Number, Numbers
from ...theory.base.errors import SolveError
from ...theory.equations.master_equations import Equations
from ...theory.equations.matrix_algebra import DiagonalAlgebra
from ...theory.specification.problem import Problem
from ..solver.arithmetic import DOUBLE
from ..solver.error_evaluation import ROWS, Evaluation, evaluate
from ..solver.path_following import with_penalty
from ..solver.precision_choice import Solved, solve_problem
from ..solver.unit_scaling import Scaled

__all__ = ["Limit", "limit"]

DECADES = (20, 40, 80, 160)
"""The e that are tried, one after the other."""

ALIKE = 1e-12
"""How well two ridges must agree on what is finite, except for their estimated errors: a slow part
with a small coefficient, growing or vanishing, is not to hide."""

ROUNDING = 1e-14
"""Relative to what it is summed from: what cannot be told from 0 where summands may cancel, in
dense problems, and where truths have products (gains, fixed truths, joint moments)."""


@dataclasses.dataclass(frozen=True)
class Limit:
    """The limits of all numbers, those of sums over their rows, and the smaller ridge's root."""

    values: Evaluation
    sums: dict[str, Numbers]
    solved: Solved
    estimated_error: Number


def limit(problem: Problem, digits: int | None) -> Limit:
    """The limit ridge → 0 of a prediction.

    Raises
    ------
    SolveError
        If the equations cannot be solved at so small a ridge, or the two ridges do not agree.
    """
    for decades in DECADES:
        try:
            found = _between(problem, digits, max(decades, 3 * (digits or 0)))
            if digits is None and _may_cancel(problem, found):
                return _between(problem, DOUBLE.digits, decades)
            return found
        except _Unlike as unlike:
            last = unlike
    raise SolveError(
        f"the limit ridge → 0 was not reached: {last} at two ridges that are as good as none. A "
        f"small positive ridge can be solved."
    )


def _may_cancel(problem: Problem, found: Limit) -> bool:
    """Whether what diverges in double precision may do so with a coefficient that is rounding."""
    if found.solved.working > DOUBLE.digits or not any(part.mixes_signs() for part in problem.frame.truths):
        return False
    return bool(np.isinf(found.values.collapse).any())


class _Unlike(Exception):
    """Two ridges disagree on a number."""


def _between(problem: Problem, digits: int | None, decades: int) -> Limit:
    first = solve_problem(problem, digits, _tiny(decades), spare=_spare(problem, decades))
    second = solve_problem(
        problem, digits, _tiny(2 * decades), spare=_spare(problem, 2 * decades), near=first
    )
    a, b = evaluate(first), evaluate(second)
    error = max(float(first.root.estimated_error), float(second.root.estimated_error))
    floors = _rounding(problem, a)
    values: dict[str, Any] = {}
    for field in dataclasses.fields(Evaluation):
        x, y = getattr(a, field.name), getattr(b, field.name)
        floor = floors.get(field.name, np.zeros(np.shape(y)))
        values[field.name] = _limits(x, y, floor, decades, ALIKE + 4 * error)
    working = max(first.working, second.working)
    return Limit(
        values=Evaluation(**values),
        sums={name: _sums(getattr(a, name), getattr(b, name), values[name], decades) for name in ROWS},
        solved=dataclasses.replace(second, working=working),
        estimated_error=error,
    )


def _sums(a: Numbers, b: Numbers, limits: Numbers, decades: int) -> Numbers:
    """Column by column the sum of limits, or where some are inf and −inf the limit of the sum."""
    columns = []
    for x, y, rows in zip(a.T, b.T, limits.T, strict=True):
        signs = {math.copysign(1, row) for row in rows if abs(row) == math.inf}
        opposite = len(signs) == 2
        columns.append(_limits(x.sum(), y.sum(), 0.0, decades, ALIKE) if opposite else rows.sum())
    return np.array(columns)


def _spare(problem: Problem, decades: int) -> int:
    """Digits that so small a ridge takes; matrices lose twice as many as η has zeros."""
    return decades + 15 if problem.frame.diagonal else 2 * decades + 32


def _tiny(decades: int) -> Callable[[Scaled], Equations]:
    """The equations at the ridge 10^−decades of the smallest load."""

    def at(scaled: Scaled) -> Equations:
        equations = scaled.equations
        number = type(equations.closure.penalty) if scaled.mixture.noise.dtype == object else float
        return with_penalty(equations, _smallest(equations) * number(10) ** -decades)

    return at


def _smallest(equations: Equations) -> Number:
    """The smallest positive eigenvalue of the weighted covariances, or a bound below it."""
    if isinstance(equations.algebra, DiagonalAlgebra):
        loads = equations.weights[:, None] * equations.covariances
        positive = loads[loads > 0]
    else:
        sizes = np.abs(equations.covariances).max(axis=(1, 2)) * equations.weights
        positive = sizes[sizes > 0] * 1e-16
    smallest: Number = np.concatenate([positive, _tails(equations)]).min()
    return smallest


def _tails(equations: Equations) -> Numbers:
    tails = equations.weights * equations.tails
    return tails[tails > 0]


def _rounding(problem: Problem, values: Evaluation) -> dict[str, Numbers]:
    """The possible rounding error of each contribution: 0 if all summands are positive."""
    truths = ROUNDING * np.abs(np.concatenate([values.bias, values.labels])).max(axis=0)
    if not problem.frame.diagonal:
        noise = ROUNDING * np.abs(values.variance).max(axis=0)
        both = truths + noise
        shapes = {name: np.shape(getattr(values, name)) for name in ROWS}
        floors = {"bias": truths, "variance": noise, "collapse": truths, "labels": truths}
        floors["training"] = both[:-1]
        return {name: floor + np.zeros(shapes[name]) for name, floor in floors.items()}
    mixed = np.array([part.mixes_signs() for part in problem.frame.truths], dtype=float)
    return {"collapse": mixed[:, None] * truths}


def _limits(
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
    raise _Unlike(f"a number is {float(x):.10g} and {float(y):.10g}")
