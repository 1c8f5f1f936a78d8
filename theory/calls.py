"""Calls that do not fit: one sentence instead of Python's, for classes and functions alike.

A call is tried first, and looked at only where it raised a TypeError: calls that fit cost nothing.
"""

import difflib
import functools
import inspect
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

from .errors import ArgumentError
from .language import enumerated, plural, told

__all__ = ["Called", "checked_call"]

F = TypeVar("F", bound=Callable[..., Any])

BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
REST = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)

SHORT = 30
"""Characters of a value that is repeated in a remedy."""


class Called(type):
    """The type of classes whose construction is refused in a sentence; signatures stay as they are.

    Subclasses inherit it, whichever ``__init__`` they have, dataclasses among them.
    """

    if not TYPE_CHECKING:  # type checkers go by the class's own __init__

        def __call__(cls, *args, **named):
            try:
                return type.__call__(cls, *args, **named)
            except TypeError:
                _refuse(cls, args, named)
                raise

    @property
    def __signature__(cls) -> inspect.Signature:
        """That of ``__init__`` without self, which the call above would hide."""
        init = inspect.signature(cls.__init__)  # type: ignore[misc]
        return init.replace(parameters=list(init.parameters.values())[1:])


def checked_call(function: F, module: str | None = None) -> F:
    """The function, whose calls that do not fit raise :class:`ArgumentError`.

    Name, signature, docstring and globals stay. module : where it is found by its name, for pickle;
    None where that does not change.

    >>> @checked_call
    ... def ratio(samples, *, dimension): ...
    >>> ratio(3, dimensions=4)
    Traceback (most recent call last):
    detequiv.theory.errors.ArgumentError: ratio got an unexpected keyword 'dimensions'; did you mean
    dimension? Its arguments are samples and dimension.
    """
    refuse = _refuse

    def call(*args: Any, **named: Any) -> Any:  # names: built in, or in the closure
        try:
            return function(*args, **named)
        except TypeError:
            refuse(function, args, named)
            raise

    moved = types.FunctionType(
        call.__code__, function.__globals__, function.__name__, None, call.__closure__
    )
    functools.update_wrapper(moved, function)
    moved.__module__ = module or function.__module__
    return cast(F, moved)


def _refuse(called: Callable[..., Any], args: Sequence[Any], named: Mapping[str, Any]) -> None:
    """Raise where the arguments do not fit; a TypeError from inside is not ours to explain."""
    signature = inspect.signature(called)
    try:
        signature.bind(*args, **named)
    except TypeError:
        parameters = [p for p in signature.parameters.values() if p.name not in ("self", "cls")]
        own = args[len(signature.parameters) - len(parameters) :]
        name = called.__qualname__.removesuffix(".__init__")
        raise ArgumentError(_reason(name, parameters, own, named)) from None


def _reason(
    name: str,
    parameters: Sequence[inspect.Parameter],
    args: Sequence[Any],
    named: Mapping[str, Any],
) -> str:
    kinds = {p.kind for p in parameters}
    names = [p.name for p in parameters if p.kind not in REST]
    first = [p.name for p in parameters if p.kind in BY_POSITION]
    takes = f"Its arguments are {enumerated(names)}." if names else "It takes no arguments."
    unknown = [key for key in named if key not in names]
    if unknown and inspect.Parameter.VAR_KEYWORD not in kinds:
        free = [x for x in names if x not in named and x not in first[: len(args)]]
        near = _nearest(unknown[0], free) or _nearest(unknown[0], names)
        guess = f"; did you mean {near}? " if near else ". "
        return f"{name} got an unexpected keyword {unknown[0]!r}{guess}{takes}"
    if len(args) > len(first) and inspect.Parameter.VAR_POSITIONAL not in kinds:
        return _too_many(name, first, [x for x in names if x not in (*first, *named)], args)
    twice = [x for x in first[: len(args)] if x in named]
    if twice:
        return f"{name} got {twice[0]} twice, by position and by name. Leave one of them out."
    given = {*first[: len(args)], *named}
    missing = [
        p.name
        for p in parameters
        if p.default is p.empty and p.name in names and p.name not in given
    ]
    return f"{name} needs {enumerated(missing)}{' as well' if given else ''}. {takes}"


def _too_many(name: str, first: Sequence[str], others: Sequence[str], args: Sequence[Any]) -> str:
    """With the rest by name: the first of the other arguments is the likeliest."""
    takes = f"{plural(len(first), 'argument')} by position ({', '.join(first)})"
    said = f"{name} takes {takes if first else 'no arguments by position'}; got {len(args)}."
    if not others:
        return f"{said} Leave the others out."
    value = told(args[len(first)])
    example = f"{others[0]}={value if len(value) <= SHORT else '...'}"
    if len(others) == 1:
        return f"{said} Write {example}."
    return f"{said} Write the others by name, such as {example}: they are {enumerated(others)}."


def _nearest(key: str, names: Iterable[str]) -> str | None:
    """The name that was probably meant: spelt alike, or one a part of the other."""
    known = list(names)
    near = difflib.get_close_matches(key, known, n=1)
    parts = [x for x in known if x.startswith(f"{key}_") or x.endswith(f"_{key}")]
    parts += [x for x in known if key.startswith(f"{x}_") or key.endswith(f"_{x}")]
    return next(iter([*near, *parts]), None)
