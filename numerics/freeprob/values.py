"""The values of a derived system, checked and by name, before anything is computed."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sympy

from ...theory.arrays import Array
from ...theory.errors import ShapeError, SpecError
from ...theory.freeprob import Deterministic, System
from ...theory.freeprob.checked_inverses import check_inverses
from ...theory.freeprob.checked_values import (
    check_given,
    checked_letters,
    checked_mapping,
    checked_number,
    checked_size,
    turned_spaces,
)
from ...theory.freeprob.pencil import matrix_of
from ...theory.freeprob.words import Letter, Space
from .evaluate import Evaluation
from .given import Given, Rows

__all__ = ["given"]


def given(system: System, values: Mapping[Any, Any]) -> tuple[Given, tuple[int, ...]]:
    """The numbers of a problem, and the shape of its scalars, broadcast together.

    Raises
    ------
    SpecError, ShapeError
        A dimension, scalar or letter without a value, or with one that is not finite, not of its
        sign, not of its length, not symmetric.
    """
    values = checked_mapping(values)
    numbers = {key: value for key, value in values.items() if isinstance(key, sympy.Symbol)}
    arrays = {key: value for key, value in values.items() if isinstance(key, Deterministic)}
    letters_needed = [
        Deterministic(space.dimension, name) for space in system.spaces for name in space.letters
    ]
    check_given([*system.symbols, *letters_needed], values)
    scalars = {symbol: checked_number(symbol, numbers[symbol]) for symbol in system.symbols}
    try:
        shape = np.broadcast_shapes(*(x.shape for x in scalars.values()))
    except ValueError:
        shapes = ", ".join(f"{key} {x.shape}" for key, x in scalars.items() if x.ndim)
        raise ShapeError(f"arrays of scalars must broadcast together; got {shapes}.") from None
    leaves = {leaf: _flat(leaf.content, scalars, shape) for leaf in system.scalar_leaves}
    letters, sizes, weights = dict[Letter, Array](), {}, {}
    as_given = dict[Deterministic, Array]()
    for space in system.spaces:
        sizes[space] = _size(space, scalars)
        keys = {Deterministic(space.dimension, name): x for name, x in space.letters.items()}
        checked = checked_letters(keys, arrays, {space.dimension: sizes[space]})
        as_given |= checked
        own = {keys[key]: array for key, array in checked.items()}
        counts = _counts(list(own.values())) if space.commuting and own else None
        if counts is not None:
            first, weights[space] = counts
            own = {letter: x[first] for letter, x in own.items()}
        letters |= own
    numbers_given = Given(leaves, letters, sizes, weights)
    check_inverses(system.inverted, scalars, as_given, turned_spaces(as_given, arrays))
    _check_laws(system, numbers_given)
    return numbers_given, shape


def _flat(key: sympy.Expr, scalars: Mapping[sympy.Symbol, Array], shape: tuple[int, ...]) -> Array:
    """(batch,) of a symbol, or of an expression that is kept as a whole; (1,) for one number."""
    if isinstance(key, sympy.Symbol):
        array = scalars[key]
    else:
        symbols = sorted(key.free_symbols, key=str)
        function = sympy.lambdify(symbols, key, "numpy")
        array = np.asarray(function(*(scalars[symbol] for symbol in symbols)), dtype=float)
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


def _check_laws(system: System, numbers: Given) -> None:
    """Variances are positive and covariances have no negative eigenvalue."""
    run = Evaluation(numbers, {}, {})
    for X in system.gaussians:
        variance = run(system.spaces.scalars.of(X.law.variance)).value
        if not (variance > 0).all():
            raise SpecError(f"the variance of {X} must be positive; got {variance.min():.6g}.")
        for covariance in (X.law.row, X.law.column):
            matrix = run.matrix(matrix_of(covariance, system.spaces))
            diagonal = system.spaces[covariance.rows].commuting
            values = matrix if diagonal else np.linalg.eigvalsh(matrix)
            least = float(values.min(initial=0.0))
            if not least >= -1e-12 * float(np.abs(values).max(initial=0.0)):
                raise SpecError(
                    f"the covariance {covariance} of {X} must not have negative eigenvalues; got "
                    f"{least:.6g}."
                )
