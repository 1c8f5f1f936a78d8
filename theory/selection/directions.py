"""Directions in input space: the vectors of scores xᵀw."""

from typing import cast

from ..base.arrays import Array, frozen_array
from ..base.errors import ShapeError, SpecError
from ..data.labeller import Labeller

__all__ = ["direction", "nonzero_direction"]

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


def nonzero_direction(given: object, name: str, remedy: str) -> Array:
    """The same of a vector whose score is to have a sign."""
    vector = direction(given, name)
    if not isinstance(given, Labeller) and not vector.any():
        raise SpecError(f"{name} must not be 0; got {vector.size} zeros. {remedy}")
    return vector
