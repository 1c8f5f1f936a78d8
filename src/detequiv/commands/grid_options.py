"""Numbers on a command line: one, a list, or a range."""

import math

from ..theory.base.errors import SpecError

__all__ = ["FORMS", "grid", "number"]

MOST = 1_000_000
"""Values of a range."""

FORMS = "10, or 10,20,40, or 10:100:10 (10 evenly spaced), or 10:1000:log40 (40 evenly spaced in log)"


def grid(text: str, name: str, *, integer: bool = False) -> list[float] | list[int]:
    """The values of ``text`` without repetitions; rounded if ``integer``.

    >>> grid("0,100,400", "n"), grid("0:1:3", "x"), grid("10:1000:log3", "m", integer=True)
    ([0.0, 100.0, 400.0], [0.0, 0.5, 1.0], [10, 100, 1000])
    """
    if ":" not in text:
        values = [_one(item, text, name) for item in text.split(",")]
        numbers = [_integer(x, text, name) for x in values] if integer else values
        return list(dict.fromkeys(numbers))
    values = _range(text, name)
    return list(dict.fromkeys(round(x) for x in values)) if integer else values


def number(text: str, name: str, *, integer: bool = False) -> float | int:
    """The one value of ``text``."""
    values = grid(text, name, integer=integer)
    if len(values) != 1:
        raise SpecError(f"{name} must be one number here; got {text!r}. detequiv sweep takes several.")
    return values[0]


def _range(text: str, name: str) -> list[float]:
    ends, count, logarithmic = text.split(":"), "", False
    if len(ends) == 3:
        count, logarithmic = ends[2].removeprefix("log"), ends[2].startswith("log")
    if not (count.isascii() and count.isdigit()) or not 1 <= int(count) <= MOST:
        raise SpecError(f"{name} must be {FORMS}, with at most {MOST} values; got {text!r}.")
    first, last = (_one(end, text, name) for end in ends[:2])
    if logarithmic and not (first > 0 and last > 0):
        raise SpecError(f"{name} must be positive to be evenly spaced in log; got {text!r}.")
    if int(count) == 1:
        return [first]
    shares = [i / (int(count) - 1) for i in range(int(count))]
    if logarithmic:
        inner = [math.exp(math.log(first) * (1 - t) + math.log(last) * t) for t in shares]
    else:
        inner = [first * (1 - t) + last * t for t in shares]
    return [first, *inner[1:-1], last]


def _one(item: str, text: str, name: str) -> float:
    try:
        number = float(item) + 0.0
    except ValueError:
        number = math.nan
    if math.isfinite(number) and "_" not in item:
        return number
    raise SpecError(f"{name} must be {FORMS}; got {text!r}.")


def _integer(value: float, text: str, name: str) -> int:
    if not value.is_integer():
        raise SpecError(f"{name} must be an integer; got {text!r}.")
    return int(value)
