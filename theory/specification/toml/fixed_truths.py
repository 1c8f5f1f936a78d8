"""Fixed truths in a problem file, with one output or as many as are declared."""

import numpy as np

from ...base.arrays import Array, frozen_array
from ...base.errors import ShapeError
from ...base.validation import count
from ...data.second_moments import TRUTH, Fixed
from .array_files import ArrayFiles
from .toml_table import TomlTable

__all__ = ["FIXED", "fixed_truth"]

FIXED = ("fixed", "outputs")
SEVERAL = "Errors are then sums over outputs, and noise variances totals over outputs."


def fixed_truth(table: TomlTable, files: ArrayFiles) -> Fixed:
    """Fixed(w) of { fixed = w, outputs = 2 }, w an array or { file = ..., key = ... }.

    Without ``outputs`` w has one number per coordinate. Several outputs must be declared, since an
    index column or decimal commas turn one truth into a table with two columns.

    Raises
    ------
    SpecError, ShapeError
        ``outputs`` is not a positive integer, w has another shape, or :class:`Fixed` refuses w.
    """
    given = table.entries["fixed"]
    asked = "outputs" in table.entries
    if isinstance(given, dict):
        inner = TomlTable.of(given, "fixed", ("file", "key"))
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
            f"outputs; got shape {w.shape}. Omit outputs for a truth with one output."
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
    guess = ", the first of which looks like a row index" if index else ""
    raise ShapeError(
        f"fixed must have one number for each coordinate; got {rows} rows of {columns} columns"
        f"{guess}. Remove columns that are not truths, or write outputs = {columns} beside fixed "
        f"if each column is an output. {SEVERAL}"
    )
