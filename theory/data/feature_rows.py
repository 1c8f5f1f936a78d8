"""Validation of feature rows, and centring that accounts for the rounding of the data."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.arrays import Array, frozen_array
from ..base.errors import ShapeError, SpecError
from ..base.wording import shortest_float

__all__ = ["ROWS", "CentredRows", "centred_rows"]

ROWS = "Give an (N, d) array of feature rows without missing values."

Flags = NDArray[np.bool_]

LARGEST_FEATURE = 1e150

SMALLEST_SPREAD = 1e-140

CONSTANT_RANGE = 4.0
"""A column whose range is at most this many eps of its size is constant: a floating-point operation
has an error of half an eps, and computing a constant in different ways takes only a few."""

UNRESOLVED_RANGE = 16.0
"""Between that and this many eps a column takes about ten values, and no digit of its variance is
certain."""

LARGE_OFFSET = 1024.0
"""Ratio of size to range above which the mean is computed in two steps."""


class CentredRows(NamedTuple):
    """rows : (N, d) with the column means subtracted; mean : (d,)."""

    rows: Array
    mean: Array


def centred_rows(X: object) -> CentredRows:
    """Feature rows with the column means subtracted; columns constant up to rounding become 0.

    X : (N, d), N ≥ 2. Let m be the size of a column (its largest absolute value) and eps the
    precision of the data (half or single if X has that type, else double). A column whose range is
    at most 4 eps m is constant. A column of integers with so small a range, or one with a range
    between 4 and 16 eps m, is refused, since its variance would be rounding. Otherwise rounding of
    the data adds about (eps m)²/12 to the variance, which matters for a large offset; subtracting
    the mean adds no error.

    Raises
    ------
    SpecError, ShapeError
        Fewer than two rows, missing or infinite values, numbers whose squares overflow or
        underflow, rows that all agree up to rounding, or a column whose range is a few rounding
        errors.

    >>> rows, mean = centred_rows([[1.0, 7.0], [3.0, 7.0]])
    >>> rows.tolist(), mean.tolist()
    ([[-1.0, 0.0], [1.0, 0.0]], [2.0, 7.0])
    """
    rows = _checked(X)
    size, spread = np.abs(rows).max(axis=0), np.ptp(rows, axis=0)
    unit = _eps(X) * size
    constant = spread <= CONSTANT_RANGE * unit
    _check_columns(rows, size, spread, constant, (spread > 0) & (spread <= UNRESOLVED_RANGE * unit))
    mean = rows.mean(axis=0)
    centred = rows - mean
    offset = size > LARGE_OFFSET * spread
    correction = centred[:, offset].mean(axis=0)
    centred[:, offset] -= correction
    mean[offset] += correction
    centred[:, constant] = 0.0
    return CentredRows(centred, mean)


def _check_columns(rows: Array, size: Array, spread: Array, constant: Flags, unresolved: Flags) -> None:
    """Refuse columns whose variance would be rounding, and data without any variance."""
    for j in np.flatnonzero(unresolved):
        if not constant[j] or (rows[:, j] == np.round(rows[:, j])).all():
            raise SpecError(_unresolved(int(j), float(size[j]), float(spread[j])))
    if constant.all():
        raise SpecError(
            f"X must have rows that differ; got {len(rows)} rows that agree up to rounding. "
            f"Constant data have no variance: add rows, or pass eigenvalues."
        )
    if spread.max() < SMALLEST_SPREAD:
        raise SpecError(
            f"X must have a column with a range of at least {SMALLEST_SPREAD:g}, or its variance "
            f"underflows; got {spread.max():.3g}. Rescale X."
        )


def _eps(X: object) -> float:
    """The machine epsilon of the type of the data."""
    dtype = np.asarray(X).dtype
    return float(np.finfo(dtype if dtype in (np.float16, np.float32) else np.float64).eps)


def _unresolved(column: int, size: float, spread: float) -> str:
    return (
        f"X[:, {column}] must vary by more than rounding; got values of size {shortest_float(size)} that "
        f"differ by {spread:.3g}, a few rounding errors. Subtract the offset at the source of the "
        f"data, or set the column to a constant."
    )


def _checked(X: object) -> Array:
    """(N, d) feature rows, N ≥ 2, or a refusal."""
    rows = frozen_array(X, "X", ROWS)
    if rows.ndim != 2 or rows.shape[0] < 2 or rows.shape[1] < 1:
        raise ShapeError(
            f"X must be an (N, d) array of at least 2 feature rows; got shape {rows.shape}. One "
            f"feature is a column, X[:, None]; of one row there is no covariance."
        )
    most = float(np.abs(rows).max())
    if most > LARGEST_FEATURE:
        raise SpecError(
            f"X must hold numbers whose squares can be added up, to {LARGEST_FEATURE:g}; got "
            f"{most:.3g}. Divide it by its unit."
        )
    return rows
