"""Tables and arrays as a TOML file holds them."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tomlkit.items import Array as TomlArray

__all__ = ["array", "inline", "table"]

PER_LINE = 6
"""Numbers on a line of a long array."""


def table(entries: dict[str, Any]) -> Any:
    """A table with a heading of its own."""
    import tomlkit

    made = tomlkit.table()
    for key, value in entries.items():
        made[key] = value
    return made


def inline(entries: dict[str, Any]) -> Any:
    """A table in braces."""
    import tomlkit

    made = tomlkit.inline_table()
    made.update(entries)
    return made


def array(values: np.ndarray[Any, Any]) -> "TomlArray":
    """An array, a few numbers on each line where it is long."""
    import tomlkit

    return tomlkit.array(_written(values.tolist(), values.ndim, values.size <= PER_LINE))


def _written(values: Any, depth: int, short: bool) -> str:
    """Its text: made by hand and parsed once, for adding number by number takes quadratic time."""
    if depth > 1:
        cells, step = [_written(row, depth - 1, len(row) <= PER_LINE) for row in values], 1
    else:
        cells, step = [repr(x) for x in values], PER_LINE
    if short:
        return f"[{', '.join(cells)}]"
    lines = [", ".join(cells[i : i + step]) for i in range(0, len(cells), step)]
    return "[\n  " + ",\n  ".join(lines) + ",\n]"
