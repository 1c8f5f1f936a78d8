"""Arrays that do not change: copied once to float64, all entries finite, write-protected."""

import numbers
import weakref
from collections.abc import Iterable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .errors import ShapeError, SpecError
from .validation import refusal
from .wording import short_repr

__all__ = [
    "Array",
    "Columns",
    "Indices",
    "MomentNumbers",
    "Number",
    "Numbers",
    "Operator",
    "PerCoordinate",
    "PerCovariance",
    "PerGroup",
    "PerSource",
    "PerTarget",
    "Stack",
    "frozen_array",
    "inner_product",
    "real_array",
    "sum_of",
]

Array = NDArray[np.float64]

Indices = NDArray[np.intp]

Number = float
"""One number that the equations run on: a float, or an mpf. mpmath has no types; under this name its
numbers are held to what a float can do, so that an array, a tuple or None in their place is found."""

Numbers = NDArray[Any]
"""An array that the equations run on: of float64, or an object array of mpmath numbers."""

# The same array type, by shape: K sources, G groups of them, q different covariances, p coordinates.

PerSource = Numbers
"""(K,)."""

PerTarget = Numbers
"""(K + 1,): every source and, last, the target."""

PerGroup = Numbers
"""(G,)."""

PerCovariance = Numbers
"""(q,)."""

PerCoordinate = Numbers
"""(p,)."""

Operator = Numbers
"""A matrix of an algebra: its diagonal (p,) in the diagonal one, (p, p) in the dense one."""

Stack = Numbers
"""Several operators: (q, p) or (q, p, p)."""

Columns = Numbers
"""(p, outputs)."""

MomentNumbers = Number | Numbers
"""A second moment: a scalar times the identity, a diagonal (p,) or a matrix (p, p)."""


def inner_product(a: Numbers, b: Numbers) -> Number:
    """a @ b of two vectors, which numpy's stubs take for an array."""
    return cast(Number, a @ b)


def sum_of(arrays: Iterable[Numbers]) -> Numbers:
    """Their sum; there must be one at least."""
    return cast(Numbers, sum(arrays))


_frozen: "weakref.WeakValueDictionary[int, Array]" = weakref.WeakValueDictionary()


def frozen_array(value: object, name: str, remedy: str) -> Array:
    """A float64 copy of ``value`` (C order, −0.0 made 0.0), all entries finite.

    The copy lives on immutable bytes, so that numpy itself refuses to make it writeable again. An
    array that this function made is passed through as it is.
    """
    if isinstance(value, np.ndarray) and _frozen.get(id(value)) is value:
        return value
    array: Array = np.array(real_array(value, name, remedy), dtype=np.float64, order="C")
    array += 0.0
    if not np.isfinite(array).all():
        place = np.argwhere(~np.isfinite(array))[0].tolist()
        where = f"{name}{place or ''}"
        raise SpecError(refusal(where, "must be finite", array[tuple(place)], remedy))
    frozen: Array = np.ndarray(array.shape, np.float64, array.tobytes())
    _frozen[id(frozen)] = frozen
    return frozen


def real_array(value: object, name: str, remedy: str) -> Any:
    """``value`` as an array of integers or floats, which need not be finite."""
    try:
        raw = np.asarray(value)
    except ValueError:
        raise ShapeError(
            f"{name} must be an array of numbers with rows of one length; got rows of several. {remedy}"
        ) from None
    if np.ma.is_masked(value):
        raise SpecError(f"{name} must have no missing values; got a masked array. {remedy}")
    if raw.dtype.kind in "iuf" and isinstance(value, list | tuple) and _holds_bool(value):
        raise SpecError(f"{name} must hold real numbers; got bool entries among them. {remedy}")
    if raw.dtype == object and all(map(_is_real, raw.flat)):
        return _floats(raw, name, remedy)
    if raw.dtype.kind not in "iuf":
        what = f"{_kind(raw)} entries" if raw.ndim else short_repr(value)
        raise SpecError(f"{name} must hold real numbers; got {what}. {remedy}")
    return raw


def _holds_bool(values: "list[Any] | tuple[Any, ...]") -> bool:
    """Whether an entry is a boolean, which numpy would convert to 0 or 1."""
    if values and isinstance(values[0], list | tuple):
        return any(_holds_bool(row) for row in values if isinstance(row, list | tuple))
    return not {bool, np.bool_}.isdisjoint(map(type, values))


def _is_real(entry: object) -> bool:
    return isinstance(entry, numbers.Real) and not isinstance(entry, bool)


def _floats(raw: Any, name: str, remedy: str) -> Array:
    try:
        return np.asarray(raw, dtype=np.float64)
    except OverflowError:
        raise SpecError(
            f"{name} must hold numbers that floats can hold, below 1.8e308; got larger ones. {remedy}"
        ) from None


def _kind(array: Any) -> str:
    """The name of the entries, as their owner would call them."""
    kinds = {"c": "complex", "U": "text", "S": "text", "b": "bool", "M": "date"}
    return kinds.get(array.dtype.kind, str(array.dtype))
