"""The axes of a grid: the values that ``build`` is called with, and the coordinates that name them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ...theory.base.errors import SpecError
from ...theory.base.validation import as_list, refusal
from ...theory.base.wording import short_repr

__all__ = ["axis_values", "coordinate", "labels"]

LARGEST_INTEGER = 2**31 - 1
"""netCDF 3 has no larger integers; axes with larger ones are stored as floats."""

KNOWN = {
    "width": {"long_name": "width m", "units": "features"},
    "n": {"long_name": "number of samples n"},
    "d": {"long_name": "dimension d"},
    "ridge": {"long_name": "ridge λ"},
    "noise_variance": {"long_name": "noise variance σ²", "units": "labels squared"},
    "quality": {"long_name": "quality c²", "units": "labels squared"},
    "gain": {"long_name": "gain g"},
    "weight": {"long_name": "loss weight a"},
}
"""Attributes of axes with the names of fields of a problem."""


def axis_values(name: str, values: Iterable[Any]) -> list[Any]:
    """The values of one axis; numpy's numbers become Python's."""
    rule = "must be a non-empty 1-D list of grid values"
    remedy = "Pass a single value as a list of one, or fix it in build."
    listed = as_list(values, name, rule, remedy)
    if not listed or any(np.iterable(v) and not isinstance(v, str) for v in listed):
        raise SpecError(refusal(name, rule, values, remedy))
    return [v.item() if isinstance(v, np.generic) else v for v in listed]


def coordinate(name: str, values: Sequence[Any]) -> tuple[str, Any, dict[str, str]]:
    """The coordinate of an axis for an xarray data set, with its ``long_name`` and ``units``.

    Numbers and strings are kept; an axis with other objects is named by ``labels``.
    """
    if all(isinstance(value, bool) for value in values):
        return name, list(values), {"long_name": name}
    if all(isinstance(value, int | float) for value in values):
        large = any(isinstance(value, int) and abs(value) > LARGEST_INTEGER for value in values)
        numbers = list(map(float, values)) if large else list(values)
        return name, numbers, KNOWN.get(name, {"long_name": name})
    return name, labels(values), {"long_name": name}


def labels(values: Sequence[Any]) -> list[str]:
    """Readable strings, one for each value and no two alike; repeated values count as different.

    >>> from detequiv import Linear, RandomProjection
    >>> labels([Linear(), RandomProjection(100), None, 0.5, "a"])
    ['Linear()', 'RandomProjection(width=100, entry_variance=None)', 'None', '0.5', 'a']
    >>> labels([np.tanh, abs, abs])
    ['tanh', 'abs (1)', 'abs (2)']
    """
    names = [_label(value) for value in values]
    total, seen, found = Counter(names), Counter[str](), []
    taken = set(names)
    for name in names:
        if total[name] == 1:
            found.append(name)
            continue
        seen[name] += 1
        while (label := f"{name} ({seen[name]})") in taken:
            seen[name] += 1
        found.append(label)
    return found


def _label(value: Any) -> str:
    if isinstance(value, str):
        return value
    name = getattr(value, "name", None) or getattr(value, "__name__", None)
    return name if isinstance(name, str) else short_repr(value).partition(" at 0x")[0]
