"""The three ways in which detequiv refuses: a wrong specification, a wrong shape, no solution."""

__all__ = ["ShapeError", "SolveError", "SpecError"]


class SpecError(ValueError):
    """A value breaks a rule; the sentence names the value, the rule and the remedy.

    >>> from detequiv import Source
    >>> Source(10, [1.0, 0.5], weight=-1)
    Traceback (most recent call last):
    detequiv.theory.errors.SpecError: weight must be non-negative; got -1. 0 ignores the source's...
    """


class ShapeError(SpecError):
    """Lengths or dimensions do not fit together; the sentence names both.

    >>> from detequiv import Source
    >>> Source(10, [1.0, 0.5], shift=[1.0])
    Traceback (most recent call last):
    detequiv.theory.errors.ShapeError: shift has 1 entry but the covariance has 2 coordinates...
    """


class SolveError(ArithmeticError):
    """The equations could not be solved to the promised accuracy; the sentence says why."""
