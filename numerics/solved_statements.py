"""Statements at the solved point of a problem, as functions of the problem alone.

Formula, assumptions and source are stated with the definitions in ``theory/statements``, which take
the solved point as an argument. Here each becomes a function that solves the problem if no point is
given. All raise a SolveError where :func:`detequiv.predict` raises it.
"""

import dataclasses
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from ..theory.base.errors import SpecError
from ..theory.base.validation import refusal
from ..theory.specification.problem import Problem, checked_problem
from ..theory.statements import propositions, theorems
from ..theory.statements.fixed_point import FixedPoint
from .predictions.predictor import fixed_point

__all__ = [
    "paper_variables",
    "proposition_linear",
    "proposition_projection",
    "theorem_1",
    "theorem_2",
    "theorem_2_as_printed",
]

ROUNDED = 1e-6
"""The relative rounding error of a point; other problems differ by more."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class SolvedStatement(Protocol[T_co]):
    """A statement about a problem; ``point``: its solved point, if it is known already."""

    __name__: str

    def __call__(self, problem: Problem, point: FixedPoint | None = None) -> T_co: ...


def solved_first(statement: Callable[[Problem, FixedPoint], T]) -> SolvedStatement[T]:
    """The statement with an optional point: without it the problem is solved first.

    Name and docstring are those of the statement.
    """

    def solved(problem: Problem, point: FixedPoint | None = None) -> T:
        return statement(problem, fixed_point(problem) if point is None else _checked(problem, point))

    solved.__doc__, solved.__name__ = statement.__doc__, statement.__name__
    solved.__qualname__ = statement.__qualname__
    solved.__annotations__ = solved.__annotations__ | {"return": statement.__annotations__["return"]}
    return solved


def _checked(problem: object, point: object) -> FixedPoint:
    """The point, in double precision, unless it cannot be that of the problem."""
    remedy = "Pass predict(problem).fixed_point, or leave it out."
    given = checked_problem(problem)
    if not isinstance(point, FixedPoint):
        raise SpecError(refusal("point", "must be the solved point of the problem", point, remedy))
    linear = given.model.width is None
    if len(point.f) != len(given.sources) or (point.width_left is None) != linear:
        raise SpecError(f"point belongs to a problem with other sources or another model. {remedy}")
    if not _belongs(point, given):
        raise SpecError(f"point belongs to a problem with other counts or another ridge or width. {remedy}")
    return _in_double_precision(point)


def _belongs(point: FixedPoint, problem: Problem) -> bool:
    """Whether counts, width and ridge are those of the problem: n₊ = df1 + (n₊ − df1), likewise m, and
    λ = κ, or κ (m − df1) s² with a projection."""
    n, s2, m = sum(s.n for s in problem.sources if s.active), problem.entry_variance, problem.model.width
    pairs = [(point.df1 + point.samples_left, float(n))]
    ridge = point.kappa
    if m is not None and point.width_left is not None:
        pairs.append((point.df1 + point.width_left, m))
        ridge = ridge * (point.width_left * s2 if s2 else 1.0)
    if problem.ridge:
        pairs.append((ridge, problem.ridge))
    return all(abs(a - b) <= ROUNDED * abs(b) for a, b in pairs)


def _in_double_precision(point: FixedPoint) -> FixedPoint:
    """The point as predict has it without ``digits``."""
    numbers = ("kappa", "df1", "df2", "samples_left", "width_left", "degrees_left", "effective_ridge")
    values = {name: getattr(point, name) for name in numbers}
    rounded: dict[str, Any] = {
        name: value if value is None else float(value) for name, value in values.items()
    }
    return dataclasses.replace(point, f=tuple(map(float, point.f)), **rounded)


theorem_1 = solved_first(theorems.theorem_1)
theorem_2 = solved_first(theorems.theorem_2)
theorem_2_as_printed = solved_first(theorems.theorem_2_as_printed)
proposition_linear = solved_first(propositions.proposition_linear)
proposition_projection = solved_first(propositions.proposition_projection)
paper_variables = solved_first(propositions.paper_variables)
