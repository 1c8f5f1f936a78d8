"""Words for sentences: values, counts with their nouns, and lists."""

import difflib
from collections.abc import Iterable, Sequence

__all__ = ["enumerated", "plural", "short_repr", "shortest_float", "suggestion"]

LONGEST = 80
"""Characters of a value in a sentence."""

LARGEST_WRITTEN_OUT = 1e15


def shortest_float(number: float) -> str:
    """The fewest digits that tell a float from its neighbours.

    >>> shortest_float(0.2), shortest_float(-1.0), shortest_float(1e-320)
    ('0.2', '-1', '1e-320')
    """
    return repr(float(number)).removesuffix(".0")


def short_repr(value: object) -> str:
    """A value on one line, cut after 80 characters.

    >>> short_repr(0.1), short_repr("0.1"), short_repr(range(3))
    ('0.1', "'0.1'", 'range(0, 3)')
    """
    if isinstance(value, float):
        return shortest_float(value)
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # Python writes no integer of more than 4300 digits
        text = f"{type(value).__name__} too long to be shown"
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def plural(count: float, noun: str, several: str | None = None) -> str:
    """The count with its noun, whose plural is ``several`` where that is not noun + s.

    >>> plural(1, "sample"), plural(0, "sample"), plural(1e9, "degree")
    ('1 sample', '0 samples', '1000000000 degrees')
    >>> plural(2, "entry", "entries")
    '2 entries'
    """
    whole = count < LARGEST_WRITTEN_OUT and count == int(count)
    shown = str(int(count)) if whole else f"{count:.3g}"
    return f"{shown} {noun if shown == '1' else several or noun + 's'}"


def enumerated(parts: Sequence[str], last: str = "and") -> str:
    """The parts in a row.

    >>> enumerated(["a"]), enumerated(["a", "b"]), enumerated(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return f" {last} ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def suggestion(word: str, known: Iterable[str], noun: str = "available") -> str:
    """The end of a refusal of an unknown word: the nearest known one, or all of them.

    One or two characters are too few for a guess.

    >>> suggestion("predikt", ["predict", "sweep"])
    "; did you mean 'predict'?"
    >>> suggestion("x", ["predict", "sweep"])
    '; available: predict, sweep.'
    """
    known = [*known]
    near = difflib.get_close_matches(word, known, n=1) if len(word) > 2 else []
    return f"; did you mean {near[0]!r}?" if near else f"; {noun}: {', '.join(known)}."
