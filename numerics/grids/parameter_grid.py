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
from ...theory.base.validation import as_list, refusal
from ...theory.base.wording import short_repr
from ...theory.specification.problem import Problem
from ..approximation.approximation_error import TIE, is_approximate
from ..predictions.prediction import Prediction, Status
from ..predictions.predictor import PROMISED, predict
from .batched_theorems import BatchedTerms, Family, families

if TYPE_CHECKING:
    import xarray

__all__ = ["sweep", "sweep_with_progress"]

Row = tuple[Any, ...]

CHUNK = 1024
"""Problems that are held at a time."""

VARIABLES = {
    "error": "test error, noise excluded",
    "bias": "bias",
    "variance": "variance",
    "collapse": "collapse",
    "error_with_noise": "test error with the target's noise",
    "degrees_left": "degrees of freedom left by the fit",
    "approximation_error": "estimated relative error of the theory",
    "spread": "standard deviation of the error over draws of the coordinates",
}

DIMENSIONLESS = ("degrees_left", "approximation_error")


def sweep(build: Callable[..., Problem], /, **grid: Iterable[Any]) -> "xarray.Dataset":
    """Predict ``build(**point)`` at every point of a grid.

    Parameters
    ----------
    build : function of the grid's names that returns a :class:`Problem`.
    grid : the values of each name, 1-D; one dimension of the result each, in the order given.

    Returns
    -------
    xarray.Dataset with the variables error, bias, variance, collapse, error_with_noise (labels
    squared), degrees_left (see :class:`FixedPoint`), approximation_error (see :class:`Prediction`)
    and status (ok, approximate or diverges), over all combinations, and spread (labels squared) if a
    model sees random coordinates. No status raises or omits a point.
    Points that share covariance, signal and weights are solved together, by Theorems 1 and 2 on a
    compressed spectrum: the same numbers to 1e-13, much faster than one by one.

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
    return sweep_with_progress(build, grid)


def sweep_with_progress(
    build: Callable[..., Problem],
    grid: Mapping[str, Iterable[Any]],
    progress: Callable[[int, int], None] | None = None,
) -> "xarray.Dataset":
    """:func:`sweep` over the grid; ``progress`` is called with the points done and all of them."""
    import xarray

    axes = {name: _axis(name, values) for name, values in grid.items()}
    _check(build, axes)
    shape = tuple(len(values) for values in axes.values())
    rows: list[Row] = []
    random_coordinates = False

    def tell(done: int) -> None:
        if progress is not None:
            progress(len(rows) + done, math.prod(shape))

    points = (dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values()))
    while chunk := list(itertools.islice(points, CHUNK)):
        problems = [_at(point, build, **point) for point in chunk]
        rows += _rows(problems, chunk, tell)
        random_coordinates |= any(problem.model.coordinates_seen is not None for problem in problems)
    table = np.array([row[:-1] for row in rows]).T.reshape(len(VARIABLES), *shape)
    status = np.array([row[-1] for row in rows]).reshape(shape)
    dims = tuple(axes)
    variables: dict[str, Any] = {
        name: (dims, column, {"long_name": VARIABLES[name], **_units(name)})
        for name, column in zip(VARIABLES, table, strict=True)
        if name != "spread" or random_coordinates
    }
    return xarray.Dataset({**variables, "status": (dims, status)}, coords=axes)


def _units(name: str) -> dict[str, str]:
    return {} if name in DIMENSIONLESS else {"units": "labels squared"}


def _rows(problems: list[Problem], points: list[dict[str, Any]], tell: Callable[[int], None]) -> list[Row]:
    """The terms and the status of each problem: by families where possible, else one by one."""
    for problem, point in zip(problems, points, strict=True):
        if not isinstance(problem, Problem):
            raise SpecError(f"at {_shown(point)}: build must return a Problem; got {type(problem).__name__}.")
    rows: dict[int, Row] = {}
    for members, family in families(problems):
        rows |= _family_rows(problems, members, family)
    tell(len(rows))
    for i, problem in enumerate(problems):
        if i not in rows:
            rows[i] = _row(_at(points[i], predict, problem))
            tell(len(rows))
    return [rows[i] for i in range(len(problems))]


def _family_rows(problems: list[Problem], members: list[int], family: Family) -> dict[int, Row]:
    """The rows of a family by index; points that are not accurate enough are missing."""
    try:
        with np.errstate(all="ignore"):
            found = family.terms()
    except SolveError:
        return {}
    terms = np.stack([found.bias, found.variance, found.collapse, found.degrees_left], axis=1)
    good = np.isfinite(terms).all(axis=1) & (found.estimated_error < PROMISED)
    good &= found.degrees_left > TIE  # ties of width and rank are solved one by one
    errors, approximate = _theory_errors(found)
    rows: dict[int, Row] = {}
    for i, (*term, left), error, exceeds, is_good in zip(
        members, terms.tolist(), errors.tolist(), approximate, good, strict=True
    ):
        if is_good:
            noise = problems[i].target_noise_variance
            status = Status.APPROXIMATE if exceeds else Status.OK
            rows[i] = (sum(term), *term, sum(term) + noise, left, error, 0.0, status.value)
    return rows


def _theory_errors(found: BatchedTerms) -> tuple[Array, NDArray[np.bool_]]:
    """(B,) the estimated relative errors of the theory, inf without an estimate and 0 where the
    predicted error is 0; and whether they make the prediction approximate."""
    errors = found.approximation_error.copy()
    approximate = is_approximate(errors, found.samples_degrees)
    zero = found.bias + found.variance + found.collapse == 0
    errors[zero], approximate[zero] = 0.0, False
    return errors, approximate


def _row(p: Prediction) -> Row:
    return (
        *(p.error, p.bias, p.variance, p.collapse, p.error_with_noise),
        p.fixed_point.degrees_left,
        p.approximation_error,
        p.spread,
        p.status.value,
    )


def _check(build: object, axes: dict[str, Any]) -> None:
    if not callable(build):
        raise SpecError(
            f"sweep takes a function that returns a Problem; got {type(build).__name__}. Write "
            f"lambda width: replace(mix, model=RandomProjection(width)), for example."
        )
    _check_names(build, axes)
    if not axes:
        raise SpecError("sweep needs at least one grid argument, such as width=[50, 100, 200].")
    taken = [name for name in axes if name in (*VARIABLES, "status")]
    if taken:
        raise SpecError(
            f"{taken[0]!r} is a variable of the result and cannot be a grid argument as well; give "
            f"it another name in build."
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


def _axis(name: str, values: Iterable[Any]) -> list[Any]:
    rule = "must be a non-empty 1-D list of grid values"
    remedy = "A single value goes into build, or as a list of one."
    listed = as_list(values, name, rule, remedy)
    if not listed or any(np.iterable(v) and not isinstance(v, str) for v in listed):
        raise SpecError(refusal(name, rule, values, remedy))
    return [v.item() if isinstance(v, np.generic) else v for v in listed]


def _at(point: dict[str, Any], function: Callable[..., Any], *values: Any, **named: Any) -> Any:
    """The function's result; what it refuses is raised again with the grid point in front."""
    try:
        return function(*values, **named)
    except (SpecError, SolveError) as error:
        raise type(error)(f"at {_shown(point)}: {error}") from error


def _shown(point: dict[str, Any]) -> str:
    return ", ".join(f"{name} = {short_repr(value)}" for name, value in point.items())
