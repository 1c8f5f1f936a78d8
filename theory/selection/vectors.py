"""Laws and rules with other vectors in them."""

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

from .label_laws import LabelLaw
from .selection_rules import All, Rule

__all__ = ["vectors_of", "with_vectors"]

LawOrRule = TypeVar("LawOrRule", LabelLaw, Rule)


def vectors_of(given: LabelLaw | Rule) -> list[Any]:
    """The vectors of its scores."""
    if isinstance(given, All):
        return [w for part in given.parts for w in vectors_of(part)]
    w = getattr(given, "w", None)
    return [] if w is None else [w]


def with_vectors(given: LawOrRule, function: Callable[[Any], Any]) -> LawOrRule:
    """The same with the function of each vector."""
    if isinstance(given, All):
        parts = tuple(with_vectors(part, function) for part in given.parts)
        return dataclasses.replace(given, rules=parts)
    w = getattr(given, "w", None)
    changed: Any = given
    return given if w is None else dataclasses.replace(changed, w=function(w))
