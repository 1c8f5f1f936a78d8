"""Values for any expression, to sample it at: sizes that differ, spectra that fall."""

from typing import Any

import numpy as np
import sympy

from ...theory.freeprob import Deterministic, System, derive
from ...theory.freeprob.symbols.space_dimensions import SpaceDimension

__all__ = ["example_values"]

SIZES = (90, 60, 100, 75, 110)
SCALARS = {"lam": 0.1, "a1": 1.0, "a2": 0.6, "mu": 0.7, "mu_star": 0.5}
"""Where a scalar has another name, 0.5."""


def example_values(expression: sympy.Expr | System) -> dict[Any, Any]:
    """A number for every dimension and scalar of an expression in traces, or of a system that has
    been derived from one; falling eigenvalues for every letter.

    >>> from detequiv.theory.freeprob.derivations.named_expectations import named
    >>> {str(key): value for key, value in example_values(named("features").build()).items()
    ...  if not hasattr(value, "shape")}
    {'d': 90, 'lam': 0.1, 'm': 60, 'mu': 0.7, 'mu_star': 0.5, 'n1': 100}
    """
    system = expression if isinstance(expression, System) else derive(expression)
    values: dict[Any, Any] = {}
    for symbol in system.symbols:
        if isinstance(symbol, SpaceDimension):
            values[symbol] = SIZES[len([x for x in values if isinstance(x, SpaceDimension)])]
        else:
            values[symbol] = SCALARS.get(symbol.name, 0.5)
    for space in system.spaces:
        for k, name in enumerate(space.letters):
            falling = np.arange(1.0, values[space.dimension] + 1) ** -(0.8 / (k + 1))
            values[Deterministic(space.dimension, name)] = np.roll(falling, 7 * k)
    return values
