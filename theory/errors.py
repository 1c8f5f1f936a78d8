"""How detequiv refuses: a wrong specification, a wrong shape, a wrong call, no solution."""

__all__ = ["ArgumentError", "ShapeError", "SolveError", "SpecError"]


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


class ArgumentError(SpecError, TypeError):
    """A call with arguments that the function does not take; the sentence names those it takes.

    A TypeError as well, as Python raises it for such calls.

    >>> from detequiv import Source
    >>> Source(10, [1.0, 0.5], noise=0.1)
    Traceback (most recent call last):
    detequiv.theory.errors.ArgumentError: Source got an unexpected keyword 'noise'; did you mean...
    """


class SolveError(ArithmeticError):
    """The equations could not be solved to the promised accuracy; the sentence says why."""
