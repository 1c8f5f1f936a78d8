"""The values of a derived system, checked and by name, before anything is computed."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ...theory.arrays import Array
from ...theory.errors import ShapeError, SpecError
from ...theory.freeprob import Deterministic, System
from ...theory.freeprob.words import Letter, Space
from ...theory.language import enumerated, told
from .evaluate import Given

__all__ = ["given"]


def given(system: System, values: Mapping[Any, Any]) -> tuple[Given, tuple[int, ...]]:
    """The numbers of a problem, and the shape of its scalars, broadcast together.

    Raises
    ------
    SpecError, ShapeError
        A dimension, scalar or letter without a value, or with one that is not finite, not of its
        sign, not of its length, not symmetric.
    """
    numbers = {key: value for key, value in values.items() if isinstance(key, sympy.Symbol)}
    arrays = {key: value for key, value in values.items() if isinstance(key, Deterministic)}
    _check_complete(system, numbers, arrays)
    scalars = {symbol: _number(symbol, numbers[symbol]) for symbol in system.symbols}
    try:
        shape = np.broadcast_shapes(*(x.shape for x in scalars.values()))
    except ValueError:
        shapes = ", ".join(f"{key} {x.shape}" for key, x in scalars.items() if x.ndim)
        raise ShapeError(f"arrays of scalars must broadcast together; got {shapes}.") from None
    leaves = {leaf: _flat(leaf.content, scalars, shape) for leaf in system.scalar_leaves}
    letters, sizes = {}, {}
    for space in system.spaces:
        sizes[space] = _size(space, scalars)
        for name, letter in space.letters.items():
            key = Deterministic(space.dimension, name)
            letters[letter] = _letter(letter, np.asarray(arrays[key], dtype=float), sizes[space])
    return Given(leaves, letters, sizes), shape


def _check_complete(system: System, numbers: Mapping[Any, Any], arrays: Mapping[Any, Any]) -> None:
    missing = [str(symbol) for symbol in system.symbols if symbol not in numbers]
    missing += [
        name for space in system.spaces for name in space.letters
        if Deterministic(space.dimension, name) not in arrays
    ]  # fmt: skip
    if missing:
        raise SpecError(
            f"values must have a number for every dimension and scalar and an array for every "
            f"letter; there is none for {enumerated(missing)}."
        )


def _number(symbol: sympy.Symbol, value: Any) -> Array:
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise SpecError(f"{symbol} must be a number or an array; got {told(value)}.") from None
    if not np.isfinite(array).all():
        raise SpecError(f"{symbol} must be finite; got {told(value)}.")
    if symbol.is_positive and not (array > 0).all():
        raise SpecError(f"{symbol} must be positive, as it was declared; got {told(value)}.")
    return array


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
    """The dimension of a space with letters, one whole number; of others any positive number."""
    size = scalars.get(space.dimension)
    if size is None or not space.letters:
        return 0
    if size.ndim or size != round(float(size)):
        raise SpecError(
            f"{space.dimension} must be one whole number, as its letters have so many eigenvalues; "
            f"got {told(size)}."
        )
    return int(size)


def _letter(letter: Letter, matrix: Array, size: int) -> Array:
    name, space = letter.name, letter.space
    if not np.isfinite(matrix).all():
        raise SpecError(f"{name} must be finite.")
    if space.commuting and matrix.ndim == 2:
        raise ShapeError(
            f"the letters on {space.dimension} commute, so {name} is given by its {size} "
            f"eigenvalues in the common basis; got shape {matrix.shape}. For matrices that do not "
            f'commute write dimensions("{space.dimension}", commuting=False).'
        )
    wanted = (size,) if space.commuting else (size, size)
    if matrix.shape != wanted:
        raise ShapeError(
            f"{name} must have shape {wanted}, as {space.dimension} = {size}; got {matrix.shape}."
        )
    if matrix.ndim == 2:
        apart = float(np.abs(matrix - matrix.T).max(initial=0.0))
        if apart > 1e-12 * float(np.abs(matrix).max(initial=0.0)):
            raise SpecError(
                f"{name} must be symmetric; it differs from its transpose by {apart:.3g}."
            )
        matrix = (matrix + matrix.T) / 2
    return matrix
