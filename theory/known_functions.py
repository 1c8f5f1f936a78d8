"""Activations by their names, and by functions of numpy, scipy and math that are the same."""

import builtins
import difflib
import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from . import activations
from .activations import BUILT_IN, Activation, leaky_relu, polynomial
from .errors import SpecError
from .language import told

__all__ = ["as_activation"]

NAMED: dict[Callable[..., Any], str] = {
    np.tanh: "tanh", math.tanh: "tanh",
    np.sin: "sine", math.sin: "sine",
    np.sign: "sign", np.positive: "identity", math.erf: "erf",
}  # fmt: skip
"""Those that are a built-in activation."""

MADE: dict[Callable[..., Any], Callable[[], Activation]] = {
    **dict.fromkeys((np.abs, np.fabs, math.fabs, builtins.abs), lambda: leaky_relu(-1.0)),
    np.square: lambda: polynomial([0.0, 0.0, 1.0]),
    np.negative: lambda: polynomial([0.0, -1.0]),
}
"""Those that are one with a parameter: |z| has slope −1 on the left."""

CALLED = ("leaky_relu", "polynomial")


def as_activation(given: object) -> Activation:
    """The activation itself, that of a name, or that of a known function.

    Raises
    ------
    SpecError
        An unknown name, with those there are; a function that is not known, with the remedy.

    >>> as_activation("tanh") is as_activation(np.tanh) is activations.tanh
    True
    >>> as_activation(np.abs)
    Activation('leaky_relu(-1)')
    """
    if isinstance(given, Activation):
        return given
    if isinstance(given, str):
        return _named(given)
    if callable(given):
        return _known(given)
    raise SpecError(
        f"activation must be an Activation or the name of one; got {told(given)}. {_names()}"
    )


def _named(name: str) -> Activation:
    if name in BUILT_IN:
        activation: Activation = getattr(activations, name)
        return activation
    if name in CALLED:
        raise SpecError(_without_parameter(name))
    near = difflib.get_close_matches(name.lower(), BUILT_IN, n=1)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    raise SpecError(f"activation {told(name)} is not known.{guess} {_names()}")


def _known(function: Callable[..., Any]) -> Activation:
    try:
        name, make = NAMED.get(function), MADE.get(function)
    except TypeError:  # functions that cannot be hashed
        name = make = None
    special = sys.modules.get("scipy.special")
    if special is not None and function is special.erf:
        name = "erf"
    if name is not None:
        return _named(name)
    if make is not None:
        return make()
    if function in (activations.leaky_relu, activations.polynomial):
        raise SpecError(_without_parameter(function.__name__))
    raise SpecError(
        f"activation must be an Activation; got the function {told(function)}. Write "
        f'de.Activation("name", f) for f a function of yours. {_names()}'
    )


def _without_parameter(name: str) -> str:
    example = "leaky_relu(0.1)" if name == "leaky_relu" else "polynomial([0, 1, 0, 0.3])"
    return f"activation {name} has a parameter; got it without. Write de.activations.{example}."


def _names() -> str:
    return (
        f"Names are {', '.join(sorted(BUILT_IN))}; leaky_relu(slope) and polynomial(coefficients) "
        f"are in de.activations."
    )
