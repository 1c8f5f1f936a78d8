"""JSON whose numbers read back exactly; Infinity and NaN as Python's json writes them."""

import json
from typing import Any

from ..theory.base.plain_values import jsonable

__all__ = ["to_json", "without_identity"]

IDENTITY = ("description", "digest", "detequiv_version")


def without_identity(result: dict[str, Any]) -> dict[str, Any]:
    """The dictionary of a result without its problem and version."""
    return {name: value for name, value in result.items() if name not in IDENTITY}


def to_json(value: Any) -> str:
    """The value as one JSON object."""
    return json.dumps(jsonable(value), indent=2)
