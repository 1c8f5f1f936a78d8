"""Frozen values: arrays copied once and write-protected, structural equality, digests.

Every specification class is a frozen dataclass that inherits from ``Value``. Two values are equal
when their class and fields are (arrays element by element; a scalar is never equal to an array),
``digest`` is the SHA-256 of their canonical bytes and is the same in every process, and
``dataclasses.replace`` shares the arrays that did not change without validating them again.
"""

import dataclasses
import hashlib
import math
import numbers
import struct
import weakref
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ShapeError, SpecError

__all__ = ["Array", "Value", "count", "frozen_array", "non_negative", "positive", "real"]

Array = NDArray[np.float64]

_frozen: "weakref.WeakValueDictionary[int, Array]" = weakref.WeakValueDictionary()


def real(value: object, name: str, remedy: str = "") -> float:
    """``value`` as a finite float, or a sentence that says what ``name`` must be."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise SpecError(_sentence(name, "must be one real number", value, remedy))
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise SpecError(_sentence(name, "must be finite", value, remedy))
    return number + 0.0


def non_negative(value: object, name: str, remedy: str = "") -> float:
    """``value`` as a finite float that is not negative."""
    number = real(value, name, remedy)
    if not number >= 0:
        raise SpecError(_sentence(name, "must be non-negative", value, remedy))
    return number


def positive(value: object, name: str, remedy: str = "") -> float:
    """``value`` as a finite float above 0."""
    number = real(value, name, remedy)
    if not number > 0:
        raise SpecError(_sentence(name, "must be positive", value, remedy))
    return number


def count(value: object, name: str, least: int, remedy: str = "") -> int:
    """``value`` as an integer of at least ``least``; integral floats are integers too."""
    try:
        number = real(value, name)
    except SpecError:
        number = math.nan
    if not number.is_integer() or number < least:
        raise SpecError(_sentence(name, f"must be an integer of at least {least}", value, remedy))
    return int(number)


def frozen_array(value: object, name: str, remedy: str = "") -> Array:
    """A write-protected float64 copy of ``value`` (C order, −0.0 made 0.0), all entries finite.

    An array that this function made is passed through as it is.
    """
    if (
        isinstance(value, np.ndarray)
        and not value.flags.writeable
        and _frozen.get(id(value)) is value
    ):
        return value
    try:
        raw = np.asarray(value)
    except ValueError as error:
        raise ShapeError(f"{name} must be a regular array of numbers; {error}.") from None
    if raw.dtype == object and all(
        isinstance(x, numbers.Real) and not isinstance(x, bool) for x in raw.flat
    ):
        raw = raw.astype(np.float64)
    if raw.dtype.kind not in "iuf":
        kind = "complex" if raw.dtype.kind == "c" else str(raw.dtype)
        what = f"{kind} entries" if raw.ndim else repr(value)
        raise SpecError(f"{name} must hold real numbers; got {what[:80]}. {remedy}".rstrip())
    array: Array = np.array(raw, dtype=np.float64, order="C")
    array += 0.0
    if not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        where = place[0] if len(place) == 1 else place
        raise SpecError(_sentence(f"{name}[{where}]", "must be finite", array[place], remedy))
    array.setflags(write=False)
    _frozen[id(array)] = array
    return array


def _sentence(name: str, rule: str, value: object, remedy: str) -> str:
    shown = f"{value:.17g}" if isinstance(value, float) else repr(value)
    if len(shown) > 80:
        shown = shown[:77] + "..."
    return f"{name} {rule}; got {shown}. {remedy}".rstrip()


class Value:
    """A frozen dataclass with structural equality, a digest, and pickling that keeps it frozen."""

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented
        return all(
            _same(mine, theirs) for mine, theirs in zip(_fields(self), _fields(other), strict=True)
        )

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes, as 64 hexadecimal digits; the same in every process."""
        return hashlib.sha256(_canonical(self)).hexdigest()

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), dict(zip(_names(self), _fields(self), strict=True)))


def _names(value: Any) -> list[str]:
    return [field.name for field in dataclasses.fields(value)]


def _fields(value: Any) -> list[Any]:
    return [getattr(value, name) for name in _names(value)]


def _rebuild(cls: type[Any], fields: dict[str, Any]) -> Any:
    return cls(**fields)


def _same(a: object, b: object) -> bool:
    if a is b:
        return True
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and bool(np.array_equal(a, b))
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return False
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return type(a) is type(b) and a == b


def _canonical(value: object) -> bytes:
    match value:
        case None:
            return b"none;"
        case float() | int():
            return b"number" + struct.pack("<d", float(value))
        case str():
            return b"text" + struct.pack("<q", len(value.encode())) + value.encode()
        case tuple():
            return b"tuple" + struct.pack("<q", len(value)) + b"".join(map(_canonical, value))
        case np.ndarray():
            shape = struct.pack(f"<{value.ndim + 1}q", value.ndim, *value.shape)
            return b"array" + shape + value.astype("<f8").tobytes()
        case Value():
            parts = (
                _canonical(name) + _canonical(field)
                for name, field in zip(_names(value), _fields(value), strict=True)
            )
            return b"value" + _canonical(type(value).__name__) + b"".join(parts)
    raise TypeError(f"no canonical bytes for {type(value).__name__}")
