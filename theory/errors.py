"""The three ways in which detequiv refuses: a wrong specification, a wrong shape, no solution."""

__all__ = ["ShapeError", "SolveError", "SpecError"]


class SpecError(ValueError):
    """A value breaks a rule; the sentence names the value, the rule and the remedy."""


class ShapeError(SpecError):
    """Lengths or dimensions do not fit together; the sentence names both."""


class SolveError(ArithmeticError):
    """The equations could not be solved to the promised accuracy; the sentence says why."""
