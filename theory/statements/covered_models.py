"""The refusal of models that a statement is not about."""

from ..base.errors import SpecError
from ..specification.problem import Problem

__all__ = ["check_model"]


def check_model(problem: object, statement: str, about: str, remedy: str) -> None:
    """Refuse what is no Problem, or has a model that the statement is not about."""
    if not isinstance(problem, Problem):
        raise SpecError(
            f"a Problem is needed; got {type(problem).__name__}. Write Problem(signal=..., "
            f"sources=[...], ridge=...)."
        )
    if statement not in problem.model.statements:
        raise SpecError(f"{about}; got {problem.model!r}. {remedy}")
