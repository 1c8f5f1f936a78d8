"""Wrong arguments: an error that names the valid ones, for classes and functions alike.

The signature is inspected only after a call has raised a TypeError, so valid calls cost nothing.
"""

import difflib
import functools
import inspect
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

from .errors import ArgumentError
from .wording import enumerated, plural, short_repr

__all__ = ["CheckedCalls", "check_functions", "checked_call"]

F = TypeVar("F", bound=Callable[..., Any])

BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)

LONGEST_EXAMPLE = 30
"""Characters up to which a value is repeated in a remedy."""


class CheckedCalls(type):
    """Metaclass: wrong arguments to the constructor raise :class:`ArgumentError`.

    Signatures are unchanged. Subclasses inherit the check, dataclasses included.
    """

    if not TYPE_CHECKING:  # type checkers go by the class's own __init__

        def __call__(cls, *args, **named):
            try:
                return type.__call__(cls, *args, **named)
            except ArgumentError:  # from within the call
                raise
            except TypeError:
                _refuse(cls, args, named)
                raise

    @property
    def __signature__(cls) -> inspect.Signature:
        """The signature of ``__init__`` without self, which ``__call__`` would hide."""
        init = inspect.signature(cls.__init__)  # type: ignore[misc]
        return init.replace(parameters=list(init.parameters.values())[1:])


def checked_call(function: F, module: str | None = None) -> F:
    """Wrap a function so that wrong arguments raise :class:`ArgumentError`.

    Name, signature, docstring and globals are unchanged. module : the module from which pickle
    imports the function; None keeps the function's own.

    >>> @checked_call
    ... def ratio(samples, *, dimension): ...
    >>> ratio(3, dimensions=4)
    Traceback (most recent call last):
    detequiv.theory.base.errors.ArgumentError: ratio got an unexpected keyword 'dimensions'; did
    you mean dimension? Its arguments are samples and dimension.
    """
    refuse, refused = _refuse, ArgumentError

    def call(*args: Any, **named: Any) -> Any:  # uses only built-ins and the closure
        try:
            return function(*args, **named)
        except refused:  # from within the call
            raise
        except TypeError:
            refuse(function, args, named)
            raise

    wrapper = types.FunctionType(
        call.__code__, function.__globals__, function.__name__, None, call.__closure__
    )
    functools.update_wrapper(wrapper, function)
    wrapper.__module__ = module or function.__module__
    return cast(F, wrapper)


def check_functions(namespace: dict[str, Any]) -> list[str]:
    """Wrap the public functions of a module by :func:`checked_call`, given its ``globals()``.

    Returns
    -------
    The public names of the module, sorted: what ``from module import *`` is to import.
    """
    names = sorted(
        name
        for name, value in namespace.items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    )
    for name in names:
        if isinstance(namespace[name], types.FunctionType):
            namespace[name] = checked_call(namespace[name], namespace["__name__"])
    return names


def _refuse(called: Callable[..., Any], args: Sequence[Any], named: Mapping[str, Any]) -> None:
    """Raise ArgumentError if the arguments do not match; else the TypeError came from inside."""
    signature = inspect.signature(called)
    try:
        signature.bind(*args, **named)
    except TypeError:
        parameters = [p for p in signature.parameters.values() if p.name not in ("self", "cls")]
        own = args[len(signature.parameters) - len(parameters) :]
        name = called.__qualname__.removesuffix(".__init__")
        raise ArgumentError(_reason(name, parameters, own, named)) from None


def _reason(
    name: str, parameters: Sequence[inspect.Parameter], args: Sequence[Any], named: Mapping[str, Any]
) -> str:
    kinds = {p.kind for p in parameters}
    names = [p.name for p in parameters if p.kind not in VARIADIC]
    first = [p.name for p in parameters if p.kind in BY_POSITION]
    arguments = f"Its arguments are {enumerated(names)}." if names else "It takes no arguments."
    unknown = [key for key in named if key not in names]
    if unknown and inspect.Parameter.VAR_KEYWORD not in kinds:
        free = [x for x in names if x not in named and x not in first[: len(args)]]
        near = _nearest(unknown[0], free) or _nearest(unknown[0], names)
        guess = f"; did you mean {near}? " if near else ". "
        return f"{name} got an unexpected keyword {unknown[0]!r}{guess}{arguments}"
    if len(args) > len(first) and inspect.Parameter.VAR_POSITIONAL not in kinds:
        return _too_many(name, first, [x for x in names if x not in (*first, *named)], args)
    twice = [x for x in first[: len(args)] if x in named]
    if twice:
        return f"{name} got {twice[0]} twice, by position and by keyword. Omit one of them."
    given = {*first[: len(args)], *named}
    missing = [p.name for p in parameters if p.default is p.empty and p.name in names and p.name not in given]
    return f"{name} needs {enumerated(missing)}{' as well' if given else ''}. {arguments}"


def _too_many(name: str, first: Sequence[str], others: Sequence[str], args: Sequence[Any]) -> str:
    """Suggest the first keyword argument for the first surplus value."""
    takes = f"{plural(len(first), 'argument')} by position ({', '.join(first)})"
    refusal = f"{name} takes {takes if first else 'no arguments by position'}; got {len(args)}."
    if not others:
        return f"{refusal} Omit the others."
    value = short_repr(args[len(first)])
    example = f"{others[0]}={value if len(value) <= LONGEST_EXAMPLE else '...'}"
    if len(others) == 1:
        return f"{refusal} Write {example}."
    return f"{refusal} Pass the others by keyword, such as {example}: {enumerated(others)}."


def _nearest(key: str, names: Iterable[str]) -> str | None:
    """The most similar name, or one that shares a prefix or suffix with the key."""
    known = list(names)
    near = difflib.get_close_matches(key, known, n=1)
    parts = [x for x in known if x.startswith(f"{key}_") or x.endswith(f"_{key}")]
    parts += [x for x in known if key.startswith(f"{x}_") or key.endswith(f"_{x}")]
    return next(iter([*near, *parts]), None)
