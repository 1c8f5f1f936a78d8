"""JSON whose numbers read back exactly; Infinity and NaN as Python's json writes them."""

import dataclasses
import enum
import json
import math
from typing import Any

__all__ = ["jsonable", "to_json"]


def to_json(value: Any) -> str:
    """One JSON object."""
    return json.dumps(jsonable(value), indent=2)


def jsonable(value: Any) -> Any:
    """Dataclasses as objects, enumerations by their word, numbers of many digits as text."""
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
