"""ridge = 0: the limit λ → 0, from the same equations at two ridges that are as good as none.

Where two ridges do not decide (``ridge_limits``), a deeper pair does.
Contributions of each noise and each part of the truths are told apart one by one, so that one that
diverges with a coefficient of 0 does not, and one with a tiny coefficient does.
"""

import dataclasses
import math
from typing import Any

import numpy as np

from ...theory.base.arrays import Number, Numbers
from ...theory.base.errors import SolveError
from ...theory.specification.problem import Problem
from .arithmetic import DOUBLE
from .error_evaluation import ROWS, Evaluation, evaluate
from .precision_choice import Solved, solve_problem
from .ridge_limits import ALIKE, DECADES, Unlike, limits, spare_digits, tiny_ridge

__all__ = ["Limit", "limit"]

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
        except Unlike as unlike:
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


def _between(problem: Problem, digits: int | None, decades: int) -> Limit:
    first = solve_problem(problem, digits, tiny_ridge(decades), spare=spare_digits(problem, decades))
    second = solve_problem(
        problem, digits, tiny_ridge(2 * decades), spare=spare_digits(problem, 2 * decades), near=first
    )
    a, b = evaluate(first), evaluate(second)
    error = max(float(first.root.estimated_error), float(second.root.estimated_error))
    floors = _rounding(problem, a)
    values: dict[str, Any] = {}
    for field in dataclasses.fields(Evaluation):
        x, y = getattr(a, field.name), getattr(b, field.name)
        floor = floors.get(field.name, np.zeros(np.shape(y)))
        values[field.name] = limits(x, y, floor, decades, ALIKE + 4 * error)
    working = max(first.working, second.working)
    return Limit(
        values=Evaluation(**values),
        sums={name: _sums(getattr(a, name), getattr(b, name), values[name], decades) for name in ROWS},
        solved=dataclasses.replace(second, working=working),
        estimated_error=error,
    )


def _sums(a: Numbers, b: Numbers, tended: Numbers, decades: int) -> Numbers:
    """Column by column the sum of limits, or where some are inf and −inf the limit of the sum."""
    columns = []
    for x, y, rows in zip(a.T, b.T, tended.T, strict=True):
        signs = {math.copysign(1, row) for row in rows if abs(row) == math.inf}
        opposite = len(signs) == 2
        columns.append(limits(x.sum(), y.sum(), 0.0, decades, ALIKE) if opposite else rows.sum())
    return np.array(columns)


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
