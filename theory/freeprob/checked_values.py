"""Numbers for the symbols and letters of an expression: taken, or refused by name."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ..arrays import Array
from ..errors import ShapeError, SpecError
from ..language import told
from ..spectrum import Spectrum
from .expression import Deterministic

__all__ = ["checked_letter", "checked_mapping", "checked_number", "checked_size"]


def checked_mapping(values: object) -> Mapping[Any, Any]:
    """The values, if they are given as a mapping."""
    if not isinstance(values, Mapping):
        raise SpecError(
            f"values are a mapping from dimensions, symbols and letters to numbers and arrays, as "
            f"in {{n: 200, lam: 0.1, A: eigenvalues}}; got {told(values)}."
        )
    return values


def checked_number(symbol: sympy.Symbol, value: Any) -> Array:
    """A finite real number or an array of them, of the sign that the symbol was declared with."""
    try:
        array = np.asarray(value)
        real = array.dtype.kind in "iuf" or (array.dtype == object and not isinstance(value, str))
        array = array.astype(float) if real else array
    except (TypeError, ValueError):
        real = False
    if not real:
        raise SpecError(f"{symbol} must be a real number or an array of them; got {told(value)}.")
    if not np.isfinite(array).all():
        raise SpecError(f"{symbol} must be finite; got {told(value)}.")
    if symbol.is_positive and not (array > 0).all():
        raise SpecError(f"{symbol} must be positive, as it was declared; got {told(value)}.")
    return array


def checked_size(dimension: sympy.Symbol, size: Array) -> int:
    """The dimension of a space whose matrices are given: one whole number."""
    if size.ndim or size != np.round(size):
        raise SpecError(
            f"{dimension} must be one whole number, as its letters have so many eigenvalues; got "
            f"{told(size.tolist())}."
        )
    return int(size)


def checked_letter(letter: Deterministic, value: Any, size: int) -> Array:
    """(size,) eigenvalues where the letters of the space commute, else a symmetric matrix."""
    name, commuting = letter.name, letter.rows.commuting
    if isinstance(value, Spectrum):
        counts = 1 if value.multiplicities is None else value.multiplicities.astype(int)
        value = np.repeat(value.values, counts)
    try:
        matrix = np.asarray(value)
        matrix = matrix.astype(float) if matrix.dtype.kind in "iuf" else matrix
    except ValueError:
        matrix = np.asarray("ragged")
    if matrix.dtype != float:
        raise SpecError(f"{name} must be an array of real numbers; got {told(value)}.")
    if not np.isfinite(matrix).all():
        raise SpecError(f"{name} must be finite; got {told(value)}.")
    if commuting and matrix.ndim == 2:
        raise ShapeError(
            f"the letters on {letter.rows} commute, so {name} is given by its {size} eigenvalues "
            f"in the common basis; got shape {matrix.shape}. For matrices that do not commute "
            f'write dimensions("{letter.rows}", commuting=False).'
        )
    wanted = (size,) if commuting else (size, size)
    if matrix.shape != wanted:
        raise ShapeError(
            f"{name} must have shape {wanted}, as {letter.rows} = {size}; got {matrix.shape}."
        )
    if matrix.ndim == 2:
        apart = float(np.abs(matrix - matrix.T).max(initial=0.0))
        if apart > 1e-12 * float(np.abs(matrix).max(initial=0.0)):
            raise SpecError(
                f"{name} must be symmetric; it differs from its transpose by {apart:.3g}."
            )
        matrix = (matrix + matrix.T) / 2
    return matrix
