"""The errors that detequiv raises: wrong specification, shape or arguments, and no solution."""

__all__ = ["ArgumentError", "ShapeError", "SolveError", "SpecError"]


class SpecError(ValueError):
    """A value breaks a rule; the message names the value, the rule and the remedy.

    Examples
    --------
    >>> from detequiv import Source
    >>> Source(10, [1.0, 0.5], weight=-1)
    Traceback (most recent call last):
    detequiv.theory.base.errors.SpecError: weight must be non-negative; got -1. 0 ignores...
    """


class ShapeError(SpecError):
    """Lengths or dimensions do not fit together; the message names both.

    Examples
    --------
    >>> from detequiv import Source
    >>> Source(10, [1.0, 0.5], shift=[1.0])
    Traceback (most recent call last):
    detequiv.theory.base.errors.ShapeError: shift has 1 entry but the covariance has 2...
    """


class ArgumentError(SpecError, TypeError):
    """A call with wrong arguments; the message lists the valid ones.

    It is also a TypeError, which Python raises for such calls.

    >>> from detequiv import Source
    >>> Source(10, [1.0, 0.5], noise=0.1)
    Traceback (most recent call last):
    detequiv.theory.base.errors.ArgumentError: Source got an unexpected keyword 'noise'...
    """


class SolveError(ArithmeticError):
    """The equations could not be solved to the promised accuracy; the message gives the reason."""
