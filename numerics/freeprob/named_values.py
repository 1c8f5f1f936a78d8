"""The values of a derived system, checked and by name, before anything is computed."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import sympy

from ...theory.base.arrays import Array
from ...theory.base.errors import ShapeError, SpecError
from ...theory.freeprob import Deterministic, System
from ...theory.freeprob.pencils.letter_polynomials import matrix_of
from ...theory.freeprob.symbols.scalars import Scalar
from ...theory.freeprob.symbols.words import Letter, Space
from ...theory.freeprob.values.checked_inverses import check_inverses
from ...theory.freeprob.values.checked_values import (
    by_symbol,
    check_given,
    checked_letters,
    checked_mapping,
    checked_numbers,
    checked_size,
    turned_spaces,
)
from .number_format import DOUBLE
from .numeric_values import NumericValues, Rows
from .scalar_evaluation import ScalarEvaluation

__all__ = ["Checked", "checked_numeric_values"]


@dataclasses.dataclass(frozen=True, eq=False)
class Checked:
    """The numbers of a problem at admitted rows of a batch, the shape of its scalars, broadcast
    together, and the rows that are refused, each with the reason."""

    numbers: NumericValues
    shape: tuple[int, ...]
    admitted: Rows
    refused: Mapping[int, str]


def checked_numeric_values(system: System, values: Mapping[Any, Any]) -> Checked:
    """The numbers of a problem; what is not admitted in arrays of scalars is refused row by row.

    Raises
    ------
    SpecError, ShapeError
        A dimension, scalar or letter without a value, or with one that is not finite, not of its
        sign, not of its length, not symmetric.
    """
    values = by_symbol(system.symbols, checked_mapping(values))
    numbers = {key: value for key, value in values.items() if isinstance(key, sympy.Symbol)}
    arrays = {key: value for key, value in values.items() if isinstance(key, Deterministic)}
    letters_needed = [
        Deterministic(space.dimension, name) for space in system.spaces for name in space.letters
    ]
    check_given([*system.symbols, *letters_needed], values)
    checked = {symbol: checked_numbers(symbol, numbers[symbol]) for symbol in system.symbols}
    scalars = {symbol: array for symbol, (array, _) in checked.items()}
    try:
        shape = np.broadcast_shapes(*(x.shape for x in scalars.values()))
    except ValueError:
        shapes = ", ".join(f"{key} {x.shape}" for key, x in scalars.items() if x.ndim)
        raise ShapeError(f"arrays of scalars must broadcast together; got {shapes}.") from None
    refused = _by_row({symbol: places for symbol, (_, places) in checked.items()}, scalars, shape)
    leaves, symbols = dict[Scalar, Array](), dict[Scalar, dict[sympy.Symbol, Array]]()
    for leaf in system.scalar_leaves:
        own = sorted(leaf.key.free_symbols, key=str)
        arrays_of = {symbol: _flat(scalars[symbol], shape) for symbol in own}
        if isinstance(leaf.key, sympy.Symbol):
            leaves[leaf] = arrays_of[leaf.key]
        else:
            leaves[leaf], symbols[leaf] = DOUBLE.evaluated(leaf.key, arrays_of), arrays_of
    letters, sizes, weights = dict[Letter, Array](), {}, {}
    uncertain: dict[Letter, float] = {}
    as_given = dict[Deterministic, Array]()
    for space in system.spaces:
        sizes[space] = _size(space, scalars)
        keys = {Deterministic(space.dimension, name): x for name, x in space.letters.items()}
        checked_arrays = checked_letters(keys, arrays, {space.dimension: sizes[space]})
        as_given |= checked_arrays
        found = {keys[key]: array for key, array in checked_arrays.items()}
        if turned_spaces(keys, arrays):
            uncertain |= {x: _lost(array) for x, array in found.items()}
        counts = _counts(list(found.values())) if space.commuting and found else None
        if counts is not None:
            first, weights[space] = counts
            found = {letter: x[first] for letter, x in found.items()}
        letters |= found
    everything = NumericValues(leaves, letters, sizes, weights, symbols, uncertain)
    refused |= check_inverses(
        system.inverted, scalars, as_given, turned_spaces(as_given, arrays), _left(shape, refused)
    )
    rows = _left(shape, refused)
    refused |= _unlawful(system, everything, rows, shape)
    lawful = _left(shape, refused)
    return Checked(everything.rows(lawful), shape, lawful, refused)


def _left(shape: tuple[int, ...], refused: Collection[int]) -> Rows:
    """The rows that are not refused."""
    return np.array([i for i in range(_count(shape)) if i not in refused], dtype=np.intp)


def _by_row(
    refused: Mapping[sympy.Symbol, Mapping[tuple[int, ...], str]],
    scalars: Mapping[sympy.Symbol, Array],
    shape: tuple[int, ...],
) -> dict[int, str]:
    """Rows of the batch for places of each array of scalars."""
    found: dict[int, str] = {}
    for symbol, places in refused.items():
        own = scalars[symbol].shape
        numbered = np.broadcast_to(np.arange(_count(own)).reshape(own), shape).reshape(-1)
        reasons = {int(np.ravel_multi_index(place, own)): why for place, why in places.items()}
        for row in np.flatnonzero(np.isin(numbered, list(reasons))) if reasons else ():
            found.setdefault(int(row), reasons[int(numbered[row])])
    return found


def _count(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape, dtype=int))


def _lost(eigenvalues: Array) -> float:
    """The possible error of eigenvalues that were computed from a matrix."""
    largest = float(np.abs(eigenvalues).max(initial=0.0))
    return float(np.sqrt(len(eigenvalues))) * DOUBLE.unit * largest


def _flat(array: Array, shape: tuple[int, ...]) -> Array:
    """(batch,) of an array of scalars; (1,) for one number."""
    return np.broadcast_to(array, shape).reshape(-1) if array.ndim else array.reshape(1)


def _size(space: Space, scalars: Mapping[sympy.Symbol, Array]) -> int:
    """That of a space with letters; others need none."""
    size = scalars.get(space.dimension)
    return 0 if size is None or not space.letters else checked_size(space.dimension, size)


def _counts(letters: Sequence[Array]) -> tuple[Rows, Array] | None:
    """Where each set of eigenvalues of all letters occurs first, and how often it does; None where
    that would not even halve them."""
    d = len(letters[0])
    labels = np.zeros(d, dtype=np.int64)
    for x in letters:
        if 2 * len(np.unique(x)) > d:
            return None
        labels = labels * d + np.unique(x, return_inverse=True)[1]
        _, first, labels, counts = np.unique(
            labels, return_index=True, return_inverse=True, return_counts=True
        )
    return (first, counts.astype(float)) if 2 * len(first) <= d else None


def _unlawful(system: System, numbers: NumericValues, rows: Rows, shape: tuple[int, ...]) -> dict[int, str]:
    """Variances are positive and covariances have no negative eigenvalue: rows where this is not
    so, and why. Raises SpecError where all have that in common."""
    if shape and len(rows) == 1:
        rows = np.repeat(rows, 2)  # one row alone would pass for a value that all rows share
    run = ScalarEvaluation(numbers.rows(rows), {}, {})
    refused: dict[int, str] = {}

    def refuse(good: Any, value: Array, sentence: str) -> None:
        for row in np.flatnonzero(np.logical_not(good)):
            why = sentence.format(value[row])
            if not shape or len(good) == 1:
                raise SpecError(why)
            refused.setdefault(int(rows[row]), why)

    for X in system.gaussians:
        variance = run(system.spaces.scalars.of(X.law.variance)).value
        refuse(variance > 0, variance, f"the variance of {X} must be positive; got {{:.6g}}.")
        for covariance in (X.law.row, X.law.column):
            matrix = run.matrix(matrix_of(covariance, system.spaces))
            diagonal = system.spaces[covariance.rows].commuting
            values = matrix if diagonal else np.linalg.eigvalsh(matrix)
            least, largest = values.min(-1, initial=0.0), np.abs(values).max(-1, initial=0.0)
            refuse(
                least >= -1e-12 * largest,
                least,
                f"the covariance {covariance} of {X} must not have negative eigenvalues; got {{:.6g}}.",
            )
    return refused
