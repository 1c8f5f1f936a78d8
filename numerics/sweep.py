"""Predictions over a grid of parameters, as one labelled data set."""

import itertools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..theory.errors import SolveError, SpecError
from ..theory.problem import Problem
from .predict import predict

if TYPE_CHECKING:
    import xarray

__all__ = ["sweep"]

TERMS = {
    "error": "test error, noise excluded",
    "bias": "bias",
    "variance": "variance",
    "collapse": "collapse",
    "error_with_noise": "test error with the target's noise",
}


def sweep(build: Callable[..., Problem], **grid: Iterable[Any]) -> "xarray.Dataset":
    """Predict ``build(**point)`` at every point of a grid.

    Parameters
    ----------
    build : function of the grid's names that returns a :class:`Problem`.
    grid : the values of each name, 1-D; one dimension of the result each, in the order given.

    Returns
    -------
    xarray.Dataset with the variables error, bias, variance, collapse, error_with_noise (labels
    squared) and status (the name of each prediction's status), over all combinations.

    Raises
    ------
    SpecError
        An empty grid, a value list that is not 1-D, a ``build`` that returns something else.
    SpecError, SolveError
        What ``build`` or ``predict`` raise, with the grid point in front.

    >>> from detequiv import Problem, RandomProjection, Source, isotropic, sweep
    >>> def mix(width, n):
    ...     source = Source(n, isotropic(100), noise_variance=0.1)
    ...     return Problem(signal=0.01, sources=[source], ridge=1e-3, model=RandomProjection(width))
    >>> table = sweep(mix, width=[20, 40, 80], n=[50, 200])
    >>> table.error.dims, table.error.shape
    (('width', 'n'), (3, 2))
    >>> int(table.error.sel(n=200).idxmin())
    80
    """
    import xarray

    axes = {name: _axis(name, values) for name, values in grid.items()}
    if not axes:
        raise SpecError("sweep needs at least one grid argument, such as width=[50, 100, 200].")
    shape = tuple(len(values) for values in axes.values())
    columns = {name: np.empty(shape) for name in TERMS}
    status = np.empty(shape, dtype=object)
    for index, values in zip(np.ndindex(shape), itertools.product(*axes.values()), strict=True):
        prediction = _at(build, dict(zip(axes, values, strict=True)))
        for name, column in columns.items():
            column[index] = getattr(prediction, name)
        status[index] = prediction.status.name.lower()
    dims = tuple(axes)
    variables: dict[str, Any] = {
        name: (dims, column, {"long_name": TERMS[name]}) for name, column in columns.items()
    }
    return xarray.Dataset({**variables, "status": (dims, status.astype(str))}, coords=axes)


def _axis(name: str, values: Iterable[Any]) -> list[Any]:
    array = np.asarray(list(values)) if np.ndim(values) or isinstance(values, range) else None  # type: ignore[arg-type]
    if array is None or array.ndim != 1 or array.size == 0:
        raise SpecError(f"{name} must be a non-empty 1-D list of grid values; got {values!r:.80}.")
    points: list[Any] = array.tolist()
    return points


def _at(build: Callable[..., Problem], point: dict[str, Any]) -> Any:
    where = ", ".join(f"{name} = {value}" for name, value in point.items())
    try:
        problem = build(**point)
        if not isinstance(problem, Problem):
            raise SpecError(f"build must return a Problem; got {type(problem).__name__}.")
        return predict(problem)
    except (SpecError, SolveError) as error:
        raise type(error)(f"at {where}: {error}") from error
