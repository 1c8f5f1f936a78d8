"""Every model, by its name in problem files."""

from .linear import Linear
from .model import Model
from .orthogonal_projection import OrthogonalProjection
from .random_coordinates import RandomCoordinates
from .random_features import RandomFeatures
from .random_projection import RandomProjection

__all__ = ["MODELS"]

MODELS: dict[str, type[Model]] = {
    model.kind: model
    for model in (Linear, RandomProjection, OrthogonalProjection, RandomFeatures, RandomCoordinates)
}
