"""Checks of the values given for the symbols and letters of an expression."""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import sympy

from ...base.arrays import Array
from ...base.errors import ShapeError, SpecError
from ...base.wording import enumerated, short_repr
from ...coordinates.joint_diagonalization import common_eigenbasis, squared
from ...coordinates.truths import rotated_moment
from ...data.spectrum import Spectrum
from ..expressions.expression import Deterministic
from ..symbols.space_dimensions import SpaceDimension

__all__ = [
    "by_symbol",
    "check_given",
    "checked_letters",
    "checked_mapping",
    "checked_number",
    "checked_numbers",
    "checked_size",
    "declared",
    "turned_spaces",
]


def check_given(needed: Iterable[Any], values: Mapping[Any, Any]) -> None:
    """Whether there is a value for each of these symbols and letters.

    Raises
    ------
    SpecError
        With the names of those that have none, and with the key that may have been meant for one
        of them: its name, or a letter of that name on another dimension.
    """
    missing = list(dict.fromkeys(x for x in needed if x not in values))
    if missing:
        missing.sort(key=lambda x: (isinstance(x, Deterministic), x.name))
        names = [x.name for x in missing]
        raise SpecError(
            f"values must have a number for every dimension and scalar and an array for every "
            f"letter; there is no value for {enumerated(names)}.{_hint(missing, values)}"
        )


def _hint(missing: Iterable[Any], values: Mapping[Any, Any]) -> str:
    """A suggestion for a misspelt name."""
    for x in missing:
        for key in values:
            if isinstance(key, str) and key == x.name:
                return f" Keys are symbols and letters, not their names, {key!r}."
            if getattr(key, "name", None) == x.name:
                return (
                    f" The {x.name} among the values is {declared(key)}, and the expression has "
                    f"{declared(x)}: use that as the key."
                )
    return ""


def declared(thing: Any) -> str:
    """A symbol or a letter as it is declared, with its assumptions.

    >>> declared(sympy.Symbol("lam", positive=True)), declared(sympy.Symbol("lam"))
    ("Symbol('lam', positive=True)", "Symbol('lam')")
    """
    if isinstance(thing, SpaceDimension):
        ordered = "" if thing.commuting else ", commuting=False"
        return f"dimensions({thing.name!r}{ordered})"
    if isinstance(thing, Deterministic):
        return f"Deterministic({declared(thing.space)}, {thing.name!r})"
    return sympy.srepr(thing) if isinstance(thing, sympy.Symbol) else short_repr(thing)


def checked_mapping(values: object) -> Mapping[Any, Any]:
    """The values, if they are given as a mapping."""
    if not isinstance(values, Mapping):
        raise SpecError(
            f"values are a mapping from dimensions, symbols and letters to numbers and arrays, as "
            f"in {{n: 200, lam: 0.1, A: eigenvalues}}; got {short_repr(values)}."
        )
    return values


def by_symbol(symbols: Iterable[sympy.Symbol], values: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """The values, those of a symbol of the same name but with other assumptions added for symbols
    that have none of their own.

    sympy distinguishes Symbol("lam") from Symbol("lam", positive=True); an expression has one
    symbol of a name.

    Raises SpecError where two keys have the name of a symbol and neither is that symbol.
    """
    others: dict[str, list[sympy.Symbol]] = {}
    for key in values:
        if isinstance(key, sympy.Symbol):
            others.setdefault(key.name, []).append(key)
    found: dict[Any, Any] = {}
    for symbol in symbols:
        if symbol in values:
            continue
        match others.get(symbol.name, []):
            case [key]:
                found[symbol] = values[key]
            case [first, second, *_]:
                raise SpecError(
                    f"two values are given for {symbol}, by symbols of that name with different "
                    f"assumptions, {sympy.srepr(first)} and {sympy.srepr(second)}; the expression "
                    f"has {sympy.srepr(symbol)}: use that as the key."
                )
    return {**values, **found} if found else values


def checked_number(symbol: sympy.Symbol, value: Any) -> Array:
    """A finite real number or an array of them, of the sign that the symbol was declared with."""
    array, refused = checked_numbers(symbol, value)
    if refused:
        raise SpecError(f"{symbol} must be {_rule(symbol, array)}; got {short_repr(value)}.")
    return array


def checked_numbers(symbol: sympy.Symbol, value: Any) -> tuple[Array, dict[tuple[int, ...], str]]:
    """A real number or an array of them; the places of an array that are not finite, or not of the
    sign that the symbol was declared with, and why.

    Raises SpecError for what is no real number, and for one number that is refused.
    """
    try:
        array = np.asarray(value)
        real = array.dtype.kind in "iuf" or (array.dtype == object and not isinstance(value, str))
        array = array.astype(float) if real else array
    except (TypeError, ValueError):
        real = False
    if not real:
        raise SpecError(f"{symbol} must be a real number or an array of them; got {short_repr(value)}.")
    admitted = _admitted(symbol, array)
    if array.ndim == 0 and not admitted:
        raise SpecError(f"{symbol} must be {_rule(symbol, array)}; got {short_repr(value)}.")
    return array, {
        place: f"{symbol} must be {_rule(symbol, array[place])}; got {short_repr(float(array[place]))}."
        for place in (tuple(map(int, row)) for row in np.argwhere(~admitted))
    }


def _admitted(symbol: sympy.Symbol, array: Array) -> Any:
    good = np.isfinite(array)
    return good & (array > 0) if symbol.is_positive else good


def _rule(symbol: sympy.Symbol, array: Any) -> str:
    """What a refused number must be: finite, or positive if it is finite already."""
    return "positive, as it was declared" if np.isfinite(array).all() else "finite"


def checked_size(dimension: sympy.Symbol, size: Array) -> int:
    """The dimension of a space whose matrices are given: one whole number."""
    if size.ndim or size != np.round(size):
        raise SpecError(
            f"{dimension} must be one whole number, as its letters have so many eigenvalues; got "
            f"{short_repr(size.tolist())}."
        )
    return int(size)


def checked_letters(
    letters: Iterable[Deterministic], values: Mapping[Any, Any], sizes: Mapping[Any, int]
) -> dict[Deterministic, Array]:
    """For each letter (d,) eigenvalues where the letters of its space commute, else a matrix.

    sizes : by dimension. On a commuting space letters may be given as matrices too: then all of
    them are taken for matrices, diagonals among them, and turned to a common eigenbasis.

    Raises
    ------
    SpecError, ShapeError
        What is not finite, symmetric, or of its length; matrices on a commuting space that do not
        commute.
    """
    found = {x: _checked_array(x, values[x], sizes[x.rows]) for x in letters}
    for space in {x.rows: None for x in found if x.rows.commuting}:
        here = {x: array for x, array in found.items() if x.rows == space}
        if any(array.ndim == 2 for array in here.values()):
            found |= _diagonalised(here)
    return found


def turned_spaces(letters: Iterable[Deterministic], values: Mapping[Any, Any]) -> set[SpaceDimension]:
    """The commuting spaces with a letter that was given as a matrix."""
    return {x.space for x in letters if x.space.commuting and np.ndim(values[x]) == 2}


def _checked_array(letter: Deterministic, value: Any, size: int) -> Array:
    """(size,), or a symmetric matrix."""
    name = letter.name
    if isinstance(value, Spectrum):
        counts = 1 if value.multiplicities is None else value.multiplicities.astype(int)
        value = np.repeat(value.values, counts)
    try:
        matrix = np.asarray(value)
        matrix = matrix.astype(float) if matrix.dtype.kind in "iuf" else matrix
    except ValueError:
        matrix = np.asarray("ragged")
    if matrix.dtype != float:
        raise SpecError(f"{name} must be an array of real numbers; got {short_repr(value)}.")
    if not np.isfinite(matrix).all():
        raise SpecError(f"{name} must be finite; got {short_repr(value)}.")
    wanted = [(size, size)] if not letter.rows.commuting else [(size,), (size, size)]
    if matrix.shape not in wanted:
        raise ShapeError(
            f"{name} must have shape {' or '.join(map(str, wanted))}, as {letter.rows} = {size}; "
            f"got {matrix.shape}."
        )
    if matrix.ndim == 2:
        apart = float(np.abs(matrix - matrix.T).max(initial=0.0))
        if apart > 1e-12 * float(np.abs(matrix).max(initial=0.0)):
            raise SpecError(f"{name} must be symmetric; it differs from its transpose by {apart:.3g}.")
        matrix = (matrix + matrix.T) / 2
    return matrix


def _diagonalised(letters: Mapping[Deterministic, Array]) -> dict[Deterministic, Array]:
    """Eigenvalues in the common basis."""
    nonzero = [array for array in letters.values() if array.any()]
    if not nonzero:
        return {x: np.zeros(len(array)) for x, array in letters.items()}
    basis = common_eigenbasis(nonzero)
    if basis is None:
        first, second = _least_commuting(letters)
        space = first.rows
        raise SpecError(
            f"the letters on {space} commute, but the matrices given for {first.name} and "
            f"{second.name} do not. Give their eigenvalues in a common basis, or write "
            f'dimensions("{space}", commuting=False) for matrices that are kept in their order.'
        )
    return {x: rotated_moment(array, basis.vectors, diagonal=True) for x, array in letters.items()}


def _least_commuting(letters: Mapping[Deterministic, Array]) -> tuple[Deterministic, Deterministic]:
    """The pair with the largest commutator, relative to their sizes."""

    def commutator(pair: tuple[Deterministic, Deterministic]) -> float:
        A, B = (squared(letters[x]) / max(np.abs(letters[x]).max(), 1e-300) for x in pair)
        return float(np.abs(A @ B - B @ A).max())

    return max(itertools.combinations(letters, 2), key=commutator)
