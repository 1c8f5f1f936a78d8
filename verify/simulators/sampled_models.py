"""How each model is sampled: the one place where simulators tell models apart.

A model that is missing here is predicted but not simulated, and refused in one sentence.
"""

import dataclasses
from collections.abc import Callable

import numpy as np

from ...theory import (
    Linear,
    OrthogonalProjection,
    Problem,
    RandomCoordinates,
    RandomFeatures,
    RandomProjection,
    SpecError,
)
from ...theory.base.arrays import Array
from ...theory.models.model import Model

__all__ = ["SampledModel", "sampled_model"]

Draw = Callable[[np.random.Generator, Array], None]
Finish = Callable[[Array, Problem], Array]


@dataclasses.dataclass(frozen=True)
class SampledModel:
    """How S is drawn, and what is known of it in every trial.

    draw : fills one (d, m) matrix from the generator of its trial. finish : makes S of a stack of
    them, (…, d, m). generic : whether Sᵀx loses nothing of a range of dimension m or less.
    isometric : whether ridge regression on Sᵀx is that on x at full width.
    """

    draw: Draw
    finish: Finish
    generic: bool = True
    isometric: bool = False


def _normal(rng: np.random.Generator, entries: Array) -> None:
    rng.standard_normal(out=entries)


def _scaled(S: Array, problem: Problem) -> Array:
    """N(0, s²) entries from standard normal ones."""
    s2 = problem.entry_variance
    assert s2 is not None
    S *= np.sqrt(s2)
    return S


def _orthonormal(S: Array, problem: Problem) -> Array:
    """Columns made orthonormal, with signs that keep their distribution uniform."""
    Q, R = np.linalg.qr(S)
    signs = np.copysign(1.0, np.diagonal(R, axis1=-2, axis2=-1))
    uniform: Array = Q * signs[..., None, :]
    return uniform


def _coordinates(rng: np.random.Generator, entries: Array) -> None:
    """One 1 in each column, in different rows."""
    d, m = entries.shape
    entries[:] = 0.0
    entries[rng.permutation(d)[:m], np.arange(m)] = 1.0


def _as_drawn(S: Array, problem: Problem) -> Array:
    return S


SAMPLED: dict[type[Model], SampledModel | None] = {
    Linear: None,
    RandomProjection: SampledModel(_normal, _scaled),
    OrthogonalProjection: SampledModel(_normal, _orthonormal, isometric=True),
    RandomFeatures: SampledModel(_normal, _scaled),
    RandomCoordinates: SampledModel(_coordinates, _as_drawn, generic=False, isometric=True),
}
"""None where the features are x itself."""


def sampled_model(model: Model) -> SampledModel | None:
    """The entry of a model; SpecError where there is none."""
    if type(model) not in SAMPLED:
        raise SpecError(
            f"{type(model).__name__} cannot be simulated; got {model!r}. Models that can are "
            f"{', '.join(known.__name__ for known in SAMPLED)}."
        )
    return SAMPLED[type(model)]
