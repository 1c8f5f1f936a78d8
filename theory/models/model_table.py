"""Every model, by its name in problem files."""

import dataclasses

from .linear import Linear
from .model import Model
from .orthogonal_projection import OrthogonalProjection
from .random_coordinates import RandomCoordinates
from .random_features import RandomFeatures
from .random_projection import RandomProjection

__all__ = ["MODELS", "parameters_of"]

MODELS: dict[str, type[Model]] = {
    model.kind: model
    for model in (Linear, RandomProjection, OrthogonalProjection, RandomFeatures, RandomCoordinates)
}


def parameters_of(model: type[Model]) -> dict[str, bool]:
    """The names of a model's parameters, and whether each must be given.

    >>> parameters_of(RandomProjection)
    {'width': True, 'entry_variance': False, 'draw': False}
    """
    fields = dataclasses.fields(model)  # type: ignore[arg-type]
    return {field.name: field.default is dataclasses.MISSING for field in fields}
