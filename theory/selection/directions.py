"""Directions in input space: the vectors of scores xᵀw."""

import dataclasses
from typing import Any, cast

import numpy as np

from ..base.arrays import Array, frozen_array
from ..base.errors import ShapeError, SpecError
from ..base.wording import shortest_float
from ..data.labeller import Labeller

__all__ = ["direction", "nonzero_direction", "shown"]

MOST_SHOWN = 4
"""Entries of a vector that are printed."""

GIVEN = "Give one entry per coordinate."


def direction(given: object, name: str) -> Array:
    """A frozen (d,) array, the problem whose trained weights they are, or a refusal."""
    if isinstance(given, Labeller):
        return cast(Array, given)
    vector = frozen_array(given, name, GIVEN)
    if vector.ndim != 1 or not vector.size:
        raise ShapeError(
            f"{name} must be a 1-D array with one entry per coordinate; got shape {vector.shape}. {GIVEN}"
        )
    return vector


def shown(value: Any) -> str:
    """A law or rule by its fields: vectors in full up to 4 entries, limits that are not set left out."""
    fields = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
    parts = (
        f"{name}={_short(x)}" for name, x in fields if not (x is None or (isinstance(x, tuple) and not x))
    )
    return f"{type(value).__name__}({', '.join(parts)})"


def _short(given: Any) -> str:
    if isinstance(given, Labeller):
        return "Problem(...)"
    if not isinstance(given, np.ndarray):
        return repr(given)
    if given.size > MOST_SHOWN:
        return f"<{given.size} entries>"
    return f"[{', '.join(map(shortest_float, given))}]"


def nonzero_direction(given: object, name: str, remedy: str) -> Array:
    """The same of a vector whose score is to have a sign."""
    vector = direction(given, name)
    if not isinstance(given, Labeller) and not vector.any():
        raise SpecError(f"{name} must not be 0; got {vector.size} zeros. {remedy}")
    return vector
