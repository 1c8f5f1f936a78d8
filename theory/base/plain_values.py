"""Results as plain data: what JSON holds and reads back exactly."""

import dataclasses
import enum
import math
from typing import Any

__all__ = ["jsonable"]


def jsonable(value: Any) -> Any:
    """The value as numbers, strings, lists and dictionaries with strings as keys.

    Dataclasses become dictionaries of their fields, enumerations their values, and finite mpmath
    numbers text with all digits. Infinities and NaN stay floats, which Python's json writes as
    Infinity and NaN.

    >>> jsonable({"terms": (1, 2.5, float("inf")), 3: None})
    {'terms': [1, 2.5, inf], '3': None}
    """
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: jsonable(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    if isinstance(value, str | int | None):
        return value
    if hasattr(value, "_mpf_"):
        return str(value) if math.isfinite(value) else float(value)
    return float(value)
