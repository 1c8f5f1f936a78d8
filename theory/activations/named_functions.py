"""Built-in activations from their names or from equivalent functions of numpy, scipy and math."""

import builtins
import difflib
import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ..base.errors import SpecError
from ..base.wording import short_repr
from .activation import Activation, built_in, leaky_relu, polynomial
from .elementary import BUILT_IN

__all__ = ["as_activation"]

NAMED: dict[Callable[..., Any], str] = {
    np.tanh: "tanh",
    math.tanh: "tanh",
    np.sin: "sine",
    math.sin: "sine",
    np.sign: "sign",
    np.positive: "identity",
    math.erf: "erf",
}
"""Functions that equal a built-in activation, and its name."""

PARAMETRIC: dict[Callable[..., Any], Callable[[], Activation]] = {
    **dict.fromkeys((np.abs, np.fabs, math.fabs, builtins.abs), lambda: leaky_relu(-1.0)),
    np.square: lambda: polynomial([0.0, 0.0, 1.0]),
    np.negative: lambda: polynomial([0.0, -1.0]),
}
"""Functions that equal a built-in with a parameter: |z| has slope −1 for z < 0."""

WITH_PARAMETER = ("leaky_relu", "polynomial")


def as_activation(given: object) -> Activation:
    """An activation as it is, or the built-in with this name or equal to this function.

    Raises
    ------
    SpecError
        An unknown name (the message lists the valid ones) or an unknown function (the message says
        how to wrap it).

    >>> from detequiv import activations
    >>> as_activation("tanh") is as_activation(np.tanh) is activations.tanh
    True
    >>> as_activation(np.abs)
    Activation('leaky_relu(-1)')
    """
    if isinstance(given, Activation):
        return given
    if isinstance(given, str):
        return _from_name(given)
    if callable(given):
        return _from_function(given)
    raise SpecError(
        f"activation must be an Activation or the name of one; got {short_repr(given)}. {_names()}"
    )


def _from_name(name: str) -> Activation:
    if name in BUILT_IN:
        return built_in(name)
    if name in WITH_PARAMETER:
        raise SpecError(_without_parameter(name))
    near = difflib.get_close_matches(name.lower(), BUILT_IN, n=1)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    raise SpecError(f"activation {short_repr(name)} is not known.{guess} {_names()}")


def _from_function(function: Callable[..., Any]) -> Activation:
    try:
        name, make = NAMED.get(function), PARAMETRIC.get(function)
    except TypeError:  # unhashable callables
        name = make = None
    special = sys.modules.get("scipy.special")
    if special is not None and function is special.erf:
        name = "erf"
    if name is not None:
        return _from_name(name)
    if make is not None:
        return make()
    if function in (leaky_relu, polynomial):
        raise SpecError(_without_parameter(function.__name__))
    given = getattr(function, "__name__", type(function).__name__)
    raise SpecError(
        f"activation must be an Activation; got the function {given}. Wrap your own function f as "
        f'de.Activation("name", f). {_names()}'
    )


def _without_parameter(name: str) -> str:
    example = "leaky_relu(0.1)" if name == "leaky_relu" else "polynomial([0, 1, 0, 0.3])"
    return f"activation {name} has a parameter; got none. Write de.activations.{example}."


def _names() -> str:
    return (
        f"Valid names: {', '.join(sorted(BUILT_IN))}; leaky_relu(slope) and "
        f"polynomial(coefficients) are in de.activations."
    )
