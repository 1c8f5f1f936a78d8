"""The results of the points of a grid, column by column, and the data set that they make."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...theory.base.arrays import Array
from ..predictions.prediction import Prediction
from .grid_axes import coordinate

if TYPE_CHECKING:
    import xarray

__all__ = ["RESERVED", "Columns"]

LABELS = {"units": "labels squared"}

NUMBERS: dict[str, dict[str, str]] = {
    "error": {"long_name": "test error E, noise excluded", **LABELS},
    "bias": {"long_name": "bias B", **LABELS},
    "variance": {"long_name": "variance V", **LABELS},
    "collapse": {"long_name": "collapse ζ", **LABELS},
    "error_with_noise": {"long_name": "test error with the target's noise", **LABELS},
    "degrees_left": {"long_name": "degrees of freedom left by the fit"},
    "approximation_error": {"long_name": "estimated relative error of the theory"},
    "classification_error": {"long_name": "0-1 error"},
    "spread": {"long_name": "standard deviation of the error over draws of the coordinates", **LABELS},
}
"""Variables of one number a point, and their attributes."""

OF_SOURCES = {
    "source_error": {"long_name": "error on fresh data of the source, noise excluded", **LABELS},
    "training_error": {"long_name": "training error of the source, noise included", **LABELS},
}

WORDS = {
    "status": {"long_name": "status of the prediction"},
    "notes": {"long_name": "notes of the prediction"},
}

RESERVED = dict.fromkeys((*NUMBERS, *OF_SOURCES, *WORDS), "variable") | {"source": "dimension"}
"""Names that cannot be those of an axis."""


@dataclasses.dataclass(frozen=True)
class Columns:
    """Results of N points with at most K sources.

    numbers : (V, N), the variables in the order of NUMBERS. source_error, training_error : (N, K),
    NaN where there is none. status, notes : (N,) strings. random_coordinates : (N,)
    whether the model sees random coordinates. filled : (N,) which points have their results.
    """

    numbers: Array
    source_error: Array
    training_error: Array
    status: NDArray[Any]
    notes: NDArray[Any]
    random_coordinates: NDArray[np.bool_]
    filled: NDArray[np.bool_]

    @classmethod
    def empty(cls, points: int, sources: int) -> "Columns":
        """No results yet."""
        return cls(
            numbers=np.full((len(NUMBERS), points), np.nan),
            source_error=np.full((points, sources), np.nan),
            training_error=np.full((points, sources), np.nan),
            status=np.full(points, "", dtype="<U11"),
            notes=np.full(points, "", dtype=object),
            random_coordinates=np.zeros(points, dtype=bool),
            filled=np.zeros(points, dtype=bool),
        )

    def __len__(self) -> int:
        return len(self.filled)

    def add(self, i: int, p: Prediction) -> None:
        """The results of point i."""
        left = p.fixed_point.degrees_left
        terms = (p.error, p.bias, p.variance, p.collapse, p.error_with_noise)
        sign_error = p.classification_error() if p.problem.classifies else np.nan
        self.numbers[:, i] = (*terms, left, p.approximation_error, sign_error, p.spread)
        self.source_error[i, : len(p.sources)] = [source.error for source in p.sources]
        self.training_error[i, : len(p.sources)] = [
            np.nan if source.training_error is None else source.training_error for source in p.sources
        ]
        self.status[i] = p.status.value
        self.notes[i] = "\n".join(p.notes)
        self.random_coordinates[i] = p.problem.model.coordinates_seen is not None
        self.filled[i] = True

    def _has(self, name: str, column: Array) -> bool:
        """Whether a variable has something to say."""
        if name == "spread":
            return bool(self.random_coordinates.any())
        return name != "classification_error" or bool(np.isfinite(column).any())

    @classmethod
    def join(cls, chunks: Sequence["Columns"]) -> "Columns":
        """The points of all chunks, in order."""
        if len(chunks) == 1:
            return chunks[0]
        sources = max(chunk.source_error.shape[1] for chunk in chunks)

        def padded(values: Array) -> Array:
            return np.pad(values, ((0, 0), (0, sources - values.shape[1])), constant_values=np.nan)

        return cls(
            numbers=np.concatenate([chunk.numbers for chunk in chunks], axis=1),
            source_error=np.concatenate([padded(chunk.source_error) for chunk in chunks]),
            training_error=np.concatenate([padded(chunk.training_error) for chunk in chunks]),
            status=np.concatenate([chunk.status for chunk in chunks]),
            notes=np.concatenate([chunk.notes for chunk in chunks]),
            random_coordinates=np.concatenate([chunk.random_coordinates for chunk in chunks]),
            filled=np.concatenate([chunk.filled for chunk in chunks]),
        )

    def dataset(self, axes: Mapping[str, Sequence[Any]], attributes: Mapping[str, str]) -> "xarray.Dataset":
        """All variables over the axes of the grid."""
        import xarray

        dims = tuple(axes)
        shape = tuple(len(values) for values in axes.values())
        variables: dict[str, Any] = {
            name: (dims, column.reshape(shape), attrs)
            for (name, attrs), column in zip(NUMBERS.items(), self.numbers, strict=True)
            if self._has(name, column)
        }
        for name, attrs in WORDS.items():
            variables[name] = (dims, getattr(self, name).reshape(shape), attrs)
        for name, attrs in OF_SOURCES.items():
            variables[name] = ((*dims, "source"), getattr(self, name).reshape(*shape, -1), attrs)
        coords: dict[str, Any] = {name: coordinate(name, values) for name, values in axes.items()}
        coords["source"] = ("source", np.arange(self.source_error.shape[1]), {"long_name": "source"})
        return xarray.Dataset(variables, coords=coords, attrs=dict(attributes))
