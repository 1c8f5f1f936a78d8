"""Feature rows: validated, and centred with the rounding of the data in view."""

from typing import NamedTuple

import numpy as np

from .arrays import Array, frozen_array
from .errors import ShapeError, SpecError
from .language import shortest

__all__ = ["ROWS", "Centred", "centred_rows"]

ROWS = "Give an (N, d) array of feature rows without missing values."

LARGEST_FEATURE = 1e150

SMALLEST_SPREAD = 1e-140

CONSTANT = 4.0
"""A column that spreads over fewer eps of its size than this is constant: one operation of floats
leaves half an eps, and so do the few by which a constant is computed in several ways."""

LOST = 16.0
"""Spreading over more than that but fewer than these, it takes some ten values, and no digit of its
variance is certain."""

FAR = 1024.0
"""From this ratio of size to spread the mean is computed in two steps."""


class Centred(NamedTuple):
    """rows : (N, d), less their means; mean : (d,)."""

    rows: Array
    mean: Array


def centred_rows(X: object) -> Centred:
    """Feature rows less the means of their columns; columns constant up to rounding are exactly 0.

    Let m be the size of a column (its largest absolute value) and eps the precision of the data
    (single or half where X has it, else double). A column that spreads over at most 4 eps m is
    constant. Between 4 and 16 eps m, or where a column of integers spreads so little, its variance
    would be rounding, and the column is refused. Otherwise rounding of the data adds about
    (eps m)²/12 to its variance, the loss of data with a large offset; the mean adds none.

    Raises
    ------
    SpecError, ShapeError
        Fewer than two rows, missing or infinite values, numbers whose squares overflow or
        underflow, rows that are all alike up to rounding, and a column whose spread is a few
        rounding errors.
    """
    rows = _checked(X)
    size, spread = np.abs(rows).max(axis=0), np.ptp(rows, axis=0)
    unit = _eps(X) * size
    constant = spread <= CONSTANT * unit
    doubtful = (spread > 0) & (spread <= LOST * unit)
    for j in np.flatnonzero(doubtful):
        if not constant[j] or (rows[:, j] == np.round(rows[:, j])).all():
            raise SpecError(_lost(int(j), float(size[j]), float(spread[j])))
    if constant.all():
        raise SpecError(
            f"X must have rows that differ; got {len(rows)} rows, all alike up to rounding. "
            f"Constant data have no variance, and eigenvalues must not all be 0."
        )
    if spread.max() < SMALLEST_SPREAD:
        raise SpecError(
            f"X must vary by {SMALLEST_SPREAD:g} at least, for floats to hold its variance; got "
            f"{spread.max():.3g}. Divide it by its unit."
        )
    mean = rows.mean(axis=0)
    centred = rows - mean
    far = size > FAR * spread
    correction = centred[:, far].mean(axis=0)
    centred[:, far] -= correction
    mean[far] += correction
    centred[:, constant] = 0.0
    return Centred(centred, mean)


def _eps(X: object) -> float:
    """The relative precision in which the data were given."""
    dtype = np.asarray(X).dtype
    return float(np.finfo(dtype if dtype in (np.float16, np.float32) else np.float64).eps)


def _lost(column: int, size: float, spread: float) -> str:
    return (
        f"X[:, {column}] must vary by more than rounding; got values of size {shortest(size)} that "
        f"differ by {spread:.3g}, a few rounding errors. Subtract the offset where the data are "
        f"made, or set the column to a constant."
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
