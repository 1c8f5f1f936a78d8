"""The refusal of models that a statement is not about."""

from ..base.errors import SpecError
from ..specification.problem import checked_problem

__all__ = ["check_model"]


def check_model(problem: object, statement: str, about: str, remedy: str) -> None:
    """Refuse what is no Problem, or has a model that the statement is not about."""
    model = checked_problem(problem).model
    if statement not in model.statements:
        raise SpecError(f"{about}; got {model!r}. {remedy}")
