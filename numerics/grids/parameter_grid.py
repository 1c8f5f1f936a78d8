"""Predictions over a grid of parameters, as one labelled data set."""

import inspect
import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...theory.base.arrays import Array
from ...theory.base.errors import SolveError, SpecError
from ...theory.base.wording import short_repr
from ...theory.specification.problem import Problem
from ...theory.specification.result_identity import identity
from ..approximation.approximation_error import TIE, is_approximate
from ..predictions.prediction import Status
from ..predictions.predictor import PROMISED, predict
from ..predictions.regime_notes import finite_size_notes, has_finite_size_note
from .batched_theorems import BatchedTerms, Family, families
from .grid_axes import axis_values
from .grid_columns import RESERVED, Columns

if TYPE_CHECKING:
    import xarray

__all__ = ["sweep", "sweep_with_progress"]

CHUNK = 1024
"""Problems that are held in memory at a time."""


def sweep(build: Callable[..., Problem], /, **grid: Iterable[Any]) -> "xarray.Dataset":
    """Predict ``build(**point)`` at every point of a grid.

    Parameters
    ----------
    build : callable
        A function of the grid's names that returns a :class:`Problem`.
    grid : iterable
        The values of each name, 1-D; each is one dimension of the result, in the order given. Values
        may be any objects. An axis of numbers or strings has them as coordinates; an axis with other
        objects (models, sources, spectra, functions) has their names, as strings that differ.

    Returns
    -------
    xarray.Dataset
        Over all combinations of the grid's values:

        - error, bias, variance, collapse, error_with_noise, in labels squared;
        - degrees_left (see :class:`FixedPoint`) and approximation_error (see :class:`Prediction`);
        - classification_error, the 0-1 error against sign xᵀw_t, if labels of a selection are classes;
        - spread, in labels squared, if a model sees random coordinates;
        - status: "ok", "approximate" or "diverges"; no status raises an exception or omits a point;
        - notes: the notes of the prediction, joined by newlines; "" if there are none;
        - source_error and training_error, with the dimension ``source``, in labels squared: the
          error on fresh data of each source against its own truth, noise excluded, and the error
          on its training samples, noise included. NaN if a problem has fewer sources, or a source
          has no samples.

        Attributes: ``description`` and ``digest`` of the first point's problem, and
        ``detequiv_version``. Variables and coordinates have ``long_name`` and ``units``, which
        xarray's ``plot`` uses as labels. ``table.to_netcdf(path)`` stores the data set.

    Raises
    ------
    SpecError
        An empty grid, a list of values that is not 1-D, a name that is a variable or dimension of
        the result, a ``build`` that returns something else; and all exceptions of ``build`` and
        :func:`predict`, with the grid point in front.
    SolveError
        As for :func:`predict`, with the grid point in front.

    See Also
    --------
    predict : predicts one problem.

    Notes
    -----
    Points that share covariance, signal and weights are solved together, by Theorems 1 and 2 on a
    compressed spectrum: the same numbers to a relative 1e-13, much faster than one by one.

    The digest of another point is ``build(**point).digest``.

    Examples
    --------
    >>> from detequiv import Problem, RandomProjection, Source, isotropic, sweep
    >>> def mix(width, n):
    ...     source = Source(n, isotropic(100), noise_variance=0.1)
    ...     return Problem(signal=0.01, sources=[source], ridge=1e-3, model=RandomProjection(width))
    >>> table = sweep(mix, width=[20, 40, 80], n=[50, 200])
    >>> table.error.dims, table.error.shape
    (('width', 'n'), (3, 2))
    >>> int(table.error.sel(n=200).idxmin())
    80
    >>> table.training_error.sel(width=80, n=200).dims
    ('source',)
    """
    return sweep_with_progress(build, grid)


def sweep_with_progress(
    build: Callable[..., Problem],
    grid: Mapping[str, Iterable[Any]],
    progress: Callable[[int, int], None] | None = None,
) -> "xarray.Dataset":
    """:func:`sweep` over the grid; ``progress`` is called with (points done, all points)."""
    axes = {name: axis_values(name, values) for name, values in grid.items()}
    _check(build, axes)
    total = math.prod(map(len, axes.values()))
    chunks: list[Columns] = []
    identified: dict[str, str] = {}
    points = (dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values()))
    while chunk := list(itertools.islice(points, CHUNK)):
        problems = [_at(point, build, **point) for point in chunk]
        before = sum(map(len, chunks))

        def tell(done: int, before: int = before) -> None:
            if progress is not None:
                progress(before + done, total)

        chunks.append(_columns(problems, chunk, tell))
        identified = identified or identity(problems[0])
    identified["description"] += " (first point of the grid)"
    return Columns.join(chunks).dataset(axes, identified)


def _columns(problems: list[Problem], points: list[dict[str, Any]], tell: Callable[[int], None]) -> Columns:
    """The results of all problems: by families where possible, else one by one."""
    for problem, point in zip(problems, points, strict=True):
        if not isinstance(problem, Problem):
            raise SpecError(f"at {_shown(point)}: build must return a Problem; got {type(problem).__name__}.")
    columns = Columns.empty(len(problems), max(len(problem.sources) for problem in problems))
    for members, family in families(problems):
        _add_family(columns, problems, members, family)
    done = int(columns.filled.sum())
    tell(done)
    for i in np.flatnonzero(~columns.filled).tolist():
        columns.add(i, _at(points[i], predict, problems[i]))
        done += 1
        tell(done)
    return columns


def _add_family(columns: Columns, problems: list[Problem], members: list[int], family: Family) -> None:
    """Fill in the members of a family, except points that are not accurate enough."""
    try:
        with np.errstate(all="ignore"):
            found = family.terms()
    except SolveError:
        return
    terms = np.stack([found.bias, found.variance, found.collapse, found.degrees_left], axis=1)
    good = np.isfinite(terms).all(axis=1) & (found.estimated_error < PROMISED)
    good &= found.degrees_left > TIE  # ties of width and rank are solved one by one
    errors, approximate = _theory_errors(found)
    error = found.bias + found.variance + found.collapse
    noise = np.array([problems[i].target_noise_variance for i in members])
    numbers = (
        *(error, found.bias, found.variance, found.collapse, error + noise),
        *(found.degrees_left, errors, np.full_like(error, np.nan), np.zeros_like(error)),
    )
    rows = np.array(members)[good]
    columns.numbers[:, rows] = np.stack(numbers)[:, good]
    columns.source_error[rows, : found.source_error.shape[1]] = found.source_error[good]
    columns.training_error[rows, : found.source_error.shape[1]] = found.training_error[good]
    columns.status[rows] = np.where(approximate[good], Status.APPROXIMATE.value, Status.OK.value)
    columns.filled[rows] = True
    noted = good & (error != 0) & has_finite_size_note(found.samples_degrees, errors)
    for j in np.flatnonzero(noted):
        sizes = map(float, (found.degrees_left[j], found.samples_degrees[j], errors[j]))
        columns.notes[members[j]] = "\n".join(finite_size_notes(*sizes))


def _theory_errors(found: BatchedTerms) -> tuple[Array, NDArray[np.bool_]]:
    """(B,) the estimated relative errors of the theory, inf without an estimate and 0 where the
    predicted error is 0; and whether they make the prediction approximate."""
    errors = found.approximation_error.copy()
    approximate = is_approximate(errors, found.samples_degrees)
    zero = found.bias + found.variance + found.collapse == 0
    errors[zero], approximate[zero] = 0.0, False
    return errors, approximate


def _check(build: object, axes: dict[str, Any]) -> None:
    if not callable(build):
        raise SpecError(
            f"sweep takes a function that returns a Problem; got {type(build).__name__}. Write "
            f"lambda width: replace(mix, model=RandomProjection(width)), for example."
        )
    _check_names(build, axes)
    if not axes:
        raise SpecError("sweep needs at least one grid argument, such as width=[50, 100, 200].")
    taken = [name for name in axes if name in RESERVED]
    if taken:
        raise SpecError(
            f"{taken[0]!r} is a {RESERVED[taken[0]]} of the result and cannot be a grid argument as well; "
            f"give it another name in build."
        )


def _check_names(build: Callable[..., Problem], axes: dict[str, Any]) -> None:
    """Refuse a grid that the function cannot be called with."""
    try:
        signature = inspect.signature(build)
    except (TypeError, ValueError):  # built-in functions have none
        return
    try:
        signature.bind(**axes)
    except TypeError as error:
        raise SpecError(
            f"build must take the names of the grid, {', '.join(axes) or 'none'}; got "
            f"build{signature}: {error}."
        ) from None


def _at(point: dict[str, Any], function: Callable[..., Any], *values: Any, **named: Any) -> Any:
    """The function's result; what it refuses is raised again with the grid point in front."""
    try:
        return function(*values, **named)
    except (SpecError, SolveError) as error:
        raise type(error)(f"at {_shown(point)}: {error}") from error


def _shown(point: dict[str, Any]) -> str:
    return ", ".join(f"{name} = {short_repr(value)}" for name, value in point.items())
