"""Frozen values: structural equality, digests, pickling.

Every specification class is a frozen dataclass that inherits from ``Value``. Two values are equal
when their class and fields are (arrays element by element; a scalar is never equal to an array),
``digest`` is the SHA-256 of their canonical bytes and is the same in every process, and
``dataclasses.replace`` shares the arrays that did not change without validating them again.
"""

import dataclasses
import hashlib
import struct
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from .argument_checks import CheckedCalls

__all__ = ["Value", "same"]

DIGEST_VERSION = b"detequiv 1;"
"""Goes before the canonical bytes; to be raised when these change for values that exist."""


class Value(metaclass=CheckedCalls):
    """A frozen dataclass with structural equality, a digest, and pickling that keeps it frozen.

    by_digest : whether it counts by its digest where it is a field of another value, which may hold it
    many times.
    """

    by_digest: ClassVar[bool] = False

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented
        fields = zip(_compared(self), _compared(other), strict=True)
        return all(same(mine, theirs) for mine, theirs in fields) and self._sameness() == other._sameness()

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes, as 64 hexadecimal digits; the same in every process."""
        sameness = self._sameness()
        if not sameness:
            return self.digest_of_values
        return hashlib.sha256(self.digest_of_values.encode() + sameness).hexdigest()

    @cached_property
    def digest_of_values(self) -> str:
        """The digest, whatever parts of the value have in common."""
        return hashlib.sha256(DIGEST_VERSION + _canonical(self)).hexdigest()

    def _sameness(self) -> bytes:
        """What parts of the value have in common beyond their values; empty for nothing."""
        return b""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), dict(zip(_names(self), _fields(self), strict=True)))


def _names(value: Any) -> list[str]:
    """The fields that its constructor takes."""
    return [field.name for field in dataclasses.fields(value) if field.init]


def _fields(value: Any) -> list[Any]:
    return [getattr(value, name) for name in _names(value)]


def _compared(value: Any) -> list[Any]:
    """The fields that equality and digests see."""
    return [getattr(value, field.name) for field in dataclasses.fields(value) if field.compare]


def _rebuild(cls: type[Any], fields: dict[str, Any]) -> Any:
    return cls(**fields)


def same(a: object, b: object) -> bool:
    """Whether two fields are equal: arrays element by element, problems by their digests."""
    if a is b:
        return True
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and bool(np.array_equal(a, b))
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return False
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, Value) and isinstance(b, Value) and a.by_digest:
        return a.digest == b.digest
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
            told = [f for f in dataclasses.fields(value) if f.compare and not _is_default(value, f)]  # type: ignore[arg-type]
            parts = (_canonical(f.name) + _nested(getattr(value, f.name)) for f in told)
            return b"value" + _canonical(type(value).__name__) + b"".join(parts) + b"end;"
    raise TypeError(f"no canonical bytes for {type(value).__name__}")


def _nested(value: object) -> bytes:
    if isinstance(value, Value) and value.by_digest:
        return b"digest" + value.digest.encode()
    return _canonical(value)


def _is_default(value: object, field: "dataclasses.Field[Any]") -> bool:
    """Whether the field may go unsaid, so that a field added later changes no digest."""
    if field.default_factory is not dataclasses.MISSING:
        return same(getattr(value, field.name), field.default_factory())
    if field.default is dataclasses.MISSING:
        return False
    return same(getattr(value, field.name), field.default)
