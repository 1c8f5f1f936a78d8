"""Numbers that a specification is made of: taken, or refused with value, rule and remedy."""

import math
import numbers
from collections.abc import Iterable, Mapping, Set
from typing import Any

import numpy as np

from .errors import SpecError
from .wording import short_repr

__all__ = ["as_list", "as_sequence", "count", "non_negative", "positive", "real", "refusal", "unit_share"]


def real(value: object, name: str, remedy: str) -> float:
    """``value`` as a finite float, or a sentence that says what ``name`` must be."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise SpecError(refusal(name, "must be one real number", value, remedy))
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise SpecError(refusal(name, "must be finite", value, remedy))
    return number + 0.0


def non_negative(value: object, name: str, remedy: str) -> float:
    """``value`` as a finite float that is not negative."""
    number = real(value, name, remedy)
    if not number >= 0:
        raise SpecError(refusal(name, "must be non-negative", value, remedy))
    return number


def positive(value: object, name: str, remedy: str) -> float:
    """``value`` as a finite float above 0."""
    number = real(value, name, remedy)
    if not number > 0:
        raise SpecError(refusal(name, "must be positive", value, remedy))
    return number


def count(value: object, name: str, least: int, remedy: str) -> int:
    """``value`` as an integer of at least ``least``; integral floats are integers too."""
    try:
        number = real(value, name, remedy)
    except SpecError:
        number = math.nan
    if not number.is_integer() or number < least:
        raise SpecError(refusal(name, f"must be an integer of at least {least}", value, remedy))
    return int(number)


def unit_share(value: object, name: str, remedy: str) -> float:
    """``value`` as a float between 0 and 1."""
    number = real(value, name, remedy)
    if not 0 <= number <= 1:
        raise SpecError(refusal(name, "must lie between 0 and 1", value, remedy))
    return number


def as_list(value: object, name: str, rule: str, remedy: str) -> list[Any]:
    """The items of a collection of numbers; text is refused."""
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping):
        try:
            return list(value)
        except TypeError:  # arrays without dimensions say that they can be iterated over
            pass
    raise SpecError(refusal(name, rule, value, remedy))


def as_sequence(value: object, name: str, rule: str, remedy: str) -> list[Any]:
    """The same of a collection that has an order."""
    if isinstance(value, Set):
        raise SpecError(refusal(name, rule, value, remedy))
    return as_list(value, name, rule, remedy)


def refusal(name: str, rule: str, value: object, remedy: str) -> str:
    """The refusal, in one sentence with a remedy; long values are cut."""
    return f"{name} {rule}; got {short_repr(value)}. {remedy}".rstrip()
