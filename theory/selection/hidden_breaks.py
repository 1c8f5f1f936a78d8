"""Where functions jump, found on a grid and by bisection."""

from collections.abc import Callable

import numpy as np

from ..base.arrays import Array, Indices

__all__ = ["jumps", "padded", "sign_changes"]

HALVINGS = 52
SHRINKING = 8
"""Bisections after which a continuous function has changed little of what it did in its cell."""
LEAST_STEP = 3e-3
"""Smaller steps between grid points, relative to the range, are no jumps."""
STANDING_OUT = 3.0
"""A jump makes a step this many times larger than the smaller of the steps beside it."""
LEAST_JUMP = 1e-6
"""Smaller ones than this share of the range are left to the quadrature."""


def sign_changes(
    f: Callable[[Indices, Array], Array], rows: int, grid: Array
) -> tuple[Indices, Indices, Array]:
    """Function, row and place of each change of sign of f(row, x), row = 0 … rows − 1, on the grid.

    f takes rows and places of one shape, or of shapes that broadcast, and returns (k, *shape) values of k
    functions.
    """
    every = np.arange(rows)
    values = f(every[:, None], grid[None, :])
    which, row, cell = np.nonzero(np.signbit(values[..., 1:]) != np.signbit(values[..., :-1]))
    if not len(row):
        return which, row, np.zeros(0)
    low, high, at_low = grid[cell], grid[cell + 1], values[which, row, cell]
    pick = np.arange(len(row))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        here = f(row, middle)[which, pick]
        same = np.signbit(here) == np.signbit(at_low)
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return which, row, (low + high) / 2


def jumps(f: Callable[[Indices, Array], Array], rows: int, grid: Array) -> tuple[Indices, Array]:
    """Rows and places where the functions f(row, x) jump; as in :func:`sign_changes`."""
    every = np.arange(rows)
    values = f(every[:, None], grid[None, :])
    step = np.abs(np.diff(values, axis=-1))
    span = max(float(np.ptp(values)), 1e-300)
    beside = np.concatenate([step[..., 1:2], step, step[..., -2:-1]], axis=-1)
    usual = np.minimum(beside[..., :-2], beside[..., 2:])
    which, row, cell = np.nonzero((step > LEAST_STEP * span) & (step > STANDING_OUT * usual))
    low, high = grid[cell], grid[cell + 1]
    at_low, at_high = values[which, row, cell], values[which, row, cell + 1]
    first = np.abs(at_high - at_low)
    for turn in range(HALVINGS):
        middle = (low + high) / 2
        here = f(row, middle)[which, np.arange(len(row))] if len(row) else np.zeros(0)
        left = np.abs(here - at_low) >= np.abs(at_high - here)
        low, high = np.where(left, low, middle), np.where(left, middle, high)
        at_low, at_high = np.where(left, at_low, here), np.where(left, here, at_high)
        if turn == SHRINKING:
            steep = np.abs(at_high - at_low) > 0.1 * first
            which, row, low, high = which[steep], row[steep], low[steep], high[steep]
            at_low, at_high, first = at_low[steep], at_high[steep], first[steep]
    real = np.abs(at_high - at_low) > LEAST_JUMP * span
    return row[real], ((low + high) / 2)[real]


def padded(row: Indices, at: Array, rows: int, fill: float) -> Array:
    """The places of each row, (rows, most), with the fill where a row has fewer."""
    order = np.argsort(row, kind="stable")
    row, at = row[order], at[order]
    counts = np.bincount(row, minlength=rows)
    most = int(counts.max()) if len(row) else 0
    found = np.full((rows, most), fill)
    start = np.concatenate([[0], np.cumsum(counts)[:-1]])
    found[row, np.arange(len(row)) - start[row]] = at
    return found
