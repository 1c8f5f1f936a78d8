"""The refusal of models that a statement is not about."""

from ..base.errors import SpecError
from ..specification.problem import checked_problem

__all__ = ["check_model"]


def check_model(problem: object, statement: str, about: str, remedy: str) -> None:
    """Refuse what is no Problem, or has a model that the statement is not about."""
    given = checked_problem(problem)
    if given.connected:
        raise SpecError(
            f"{about}; got sources with labels of trained models, or with common inputs. Use "
            f"predict(problem)."
        )
    if statement not in given.model.statements:
        raise SpecError(f"{about}; got {given.model!r}. {remedy}")
