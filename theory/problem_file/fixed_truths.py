"""Truths that are not random, from a problem file: of one output, or of as many as it asks for."""

import numpy as np

from ..arrays import Array, frozen_array
from ..checks import count
from ..errors import ShapeError
from ..moments import TRUTH, Fixed
from .array_files import ArrayFiles
from .table import Table

__all__ = ["FIXED", "fixed_truth"]

FIXED = ("fixed", "outputs")
SEVERAL = "Errors are then sums over outputs, and noise variances those of all outputs together."


def fixed_truth(table: Table, files: ArrayFiles) -> Fixed:
    """Fixed(w) of { fixed = w, outputs = 2 }, w an array or { file = ..., key = ... }.

    Without ``outputs`` w has one number for each coordinate. Several outputs must be asked for: an
    index column or a decimal comma makes a table of two columns from one truth.

    Raises
    ------
    SpecError, ShapeError
        outputs that is no count, w of another shape, and what :class:`Fixed` refuses.
    """
    given = table.entries["fixed"]
    asked = "outputs" in table.entries
    if isinstance(given, dict):
        inner = Table.of(given, "fixed", ("file", "key"))
        w = files.array(inner, several_columns=asked)
    else:
        w = frozen_array(given, "fixed", TRUTH)
    if not asked:
        return Fixed(_one_output(w))
    outputs = count(table.entries["outputs"], "outputs", 1, SEVERAL)
    columns = w[:, None] if w.ndim == 1 else w
    if columns.ndim != 2 or columns.shape[1] != outputs:
        raise ShapeError(
            f"fixed must have one row per coordinate and {outputs} columns, one for each of the "
            f"outputs; got shape {w.shape}. Leave outputs out for a truth of one output."
        )
    return Fixed(columns)


def _one_output(w: Array) -> Array:
    if w.ndim != 2 or w.shape[1] == 1:
        return w
    rows, columns = w.shape
    if rows == 1:
        raise ShapeError(
            f"fixed must have one number for each coordinate; got one row of shape {w.shape}. Save "
            f"it as a 1-D array of {columns} numbers."
        )
    index = np.array_equal(w[:, 0] - w[0, 0], np.arange(rows))
    guess = ", the first of which counts the rows," if index else ""
    raise ShapeError(
        f"fixed must have one number for each coordinate; got {rows} rows of {columns} columns"
        f"{guess} and columns are outputs. Leave out what is no truth, or write outputs = "
        f"{columns} beside fixed if there are as many. {SEVERAL}"
    )
