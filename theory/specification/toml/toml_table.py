"""A table of a problem file: known keys only, and every refusal names its place in the file."""

import contextlib
import dataclasses
import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from ...base.errors import SpecError

__all__ = ["TomlTable", "placed"]


@dataclasses.dataclass(frozen=True)
class TomlTable:
    """entries : the keys and values; place : where in which file, as a person would say it."""

    entries: Mapping[str, Any]
    place: str

    @classmethod
    def of(cls, value: object, place: str, known: tuple[str, ...]) -> "TomlTable":
        """A table with no other keys than these.

        Raises
        ------
        SpecError
            It is no table, or has a key that is not known; the nearest known one is named.
        """
        if not isinstance(value, Mapping):
            raise SpecError(f"{place} must be a table with some of {', '.join(known)}; got {value!r:.60}.")
        table = cls(value, place)
        for key in value:
            if key not in known:
                raise SpecError(f"{table.at(key)} is not known; {_advice(str(key), known)}")
        return table

    def at(self, key: str) -> str:
        """The place of a key: file: a.b."""
        return f"{self.place}{'' if self.place.endswith(': ') else '.'}{key}"

    def needed(self, key: str, remedy: str) -> Any:
        """The value of a key that must be there."""
        if key not in self.entries:
            raise SpecError(f"{self.at(key)} is missing. {remedy}")
        return self.entries[key]

    def one_of(self, *kinds: str) -> str:
        """The one of these keys that is there.

        Raises
        ------
        SpecError
            None of them is, or several are.
        """
        found = [key for key in kinds if key in self.entries]
        if len(found) == 1:
            return found[0]
        raise SpecError(
            f"{self.place} must have exactly one of {', '.join(kinds)}; got {' and '.join(found) or 'none'}."
        )

    def given(self, *keys: str) -> dict[str, Any]:
        """Those of the keys that are there."""
        return {key: self.entries[key] for key in keys if key in self.entries}


def _advice(key: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"the keys here are {', '.join(known)}."


@contextlib.contextmanager
def placed(place: str) -> Iterator[None]:
    """Refusals inside get the place as a prefix."""
    try:
        yield
    except SpecError as error:
        if str(error).startswith(place):  # a table inside has said so already
            raise
        raise type(error)(f"{place.removesuffix(': ')}: {error}") from error
