"""Keywords that were renamed: the old name works as well, silently."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from .argument_checks import checked_call
from .errors import ArgumentError

__all__ = ["accepts_old_names"]

F = TypeVar("F", bound=Callable[..., Any])


def accepts_old_names(**old_of: str) -> Callable[[F], F]:
    """Decorator of a function whose parameters were renamed: ``new="old"`` for each.

    Signature and docstring have the new names only, and so do type checkers. No warning is raised,
    because a suite that turns warnings into errors would fail by it.

    Raises
    ------
    ArgumentError
        A call that passes a parameter by both names, or whose arguments are otherwise wrong.

    >>> @accepts_old_names(tolerance="band")
    ... def agree(difference, *, tolerance=0.1):
    ...     return abs(difference) <= tolerance
    >>> agree(0.2, tolerance=0.3), agree(0.2, band=0.3)
    (True, True)
    >>> agree(0.2, tolerance=0.3, band=0.4)
    Traceback (most recent call last):
    detequiv.theory.base.errors.ArgumentError: agree got tolerance twice, the second time by its
    old name band. Omit band.
    """
    new_of = {old: new for new, old in old_of.items()}

    def decorate(function: F) -> F:
        checked = checked_call(function)

        @functools.wraps(function)
        def renamed(*args: Any, **named: Any) -> Any:
            if new_of.keys().isdisjoint(named):
                return function(*args, **named)
            for old, new in new_of.items():
                if old in named and new in named:
                    raise ArgumentError(
                        f"{function.__qualname__.removesuffix('.__init__')} got {new} twice, the "
                        f"second time by its old name {old}. Omit {old}."
                    )
            return checked(*args, **{new_of.get(name, name): value for name, value in named.items()})

        return cast(F, renamed)

    return decorate
