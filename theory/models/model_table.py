"""Every model, by its name in problem files and on the command line."""

import dataclasses

from .linear import Linear
from .model import Model
from .orthogonal_projection import OrthogonalProjection
from .random_coordinates import RandomCoordinates
from .random_features import RandomFeatures
from .random_projection import RandomProjection

__all__ = ["MODELS", "SHORT_NAMES", "kind_named", "parameters_of"]

MODELS: dict[str, type[Model]] = {
    model.kind: model
    for model in (Linear, RandomProjection, OrthogonalProjection, RandomFeatures, RandomCoordinates)
}

SHORT_NAMES = {
    "projection": RandomProjection.kind,
    "orthogonal": OrthogonalProjection.kind,
    "features": RandomFeatures.kind,
    "coordinates": RandomCoordinates.kind,
}
"""Other names that are read as the kind of a model, but never written."""


def kind_named(name: str) -> str:
    """The kind of model that has this name; a name that no model has is returned as it is.

    >>> kind_named("features"), kind_named("random-features"), kind_named("tree")
    ('random-features', 'random-features', 'tree')
    """
    return SHORT_NAMES.get(name, name)


def parameters_of(model: type[Model]) -> dict[str, bool]:
    """The names of a model's parameters, and whether each must be given.

    >>> parameters_of(RandomProjection)
    {'width': True, 'entry_variance': False, 'draw': False}
    """
    fields = dataclasses.fields(model)  # type: ignore[arg-type]
    return {field.name: field.default is dataclasses.MISSING for field in fields}
