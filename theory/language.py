"""Words for sentences: counts with their nouns, and lists."""

from collections.abc import Sequence

__all__ = ["enumerated", "plural"]


def plural(count: float, noun: str) -> str:
    """The count with its noun.

    >>> plural(1, "sample"), plural(0, "sample"), plural(1e9, "degree")
    ('1 sample', '0 samples', '1000000000 degrees')
    """
    shown = str(int(count)) if count == int(count) else f"{count:.3g}"
    return f"{shown} {noun}" if shown == "1" else f"{shown} {noun}s"


def enumerated(parts: Sequence[str]) -> str:
    """The parts in a row.

    >>> enumerated(["a"]), enumerated(["a", "b"]), enumerated(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
