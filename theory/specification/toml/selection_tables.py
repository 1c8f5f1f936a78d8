"""Selections of a problem file: sources with ``draws`` in place of ``n``.

``labels = { linear = { w = [...] } }`` are labels of a score, ``keep = { near = { w = [...], t = 0.5 } }``
is a rule, and a list of such tables is several rules that all must keep a sample. The names are those of
``detequiv.labels`` and ``detequiv.rules``.
"""

import functools
import operator
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ...base.errors import SpecError
from ...base.validation import count
from ...base.wording import short_repr
from ...data.covariance import Covariance
from ...data.samples import Samples
from ...data.spectrum import Spectrum
from ...selection.label_laws import LabelLaw
from ...selection.rules import everything
from ...selection.selection import Selection
from ...selection.selection_rules import Rule
from .array_files import ArrayFiles
from .selection_kinds import FUNCTIONS, LABELS, RULES, VECTORS, parameters
from .toml_table import TomlTable, placed

__all__ = ["is_selection", "law_of", "rule_of", "selection_of", "selection_table"]

SELECTION = ("draws", "covariance", "labels", "keep", "weight", "samples")

T = TypeVar("T", LabelLaw, Rule)

ELSEWHERE = {
    "n": "It is found from draws and keep: omit it, or omit draws for samples that are not selected.",
    "noise_variance": "Write it inside the labels, as in { linear = { w = [...], noise_variance = 0.25 } }.",
    "truth": "Write it as w of the labels.",
    "shift": "Write the truth that it gives as w of the labels.",
    "gain": "Write the truth that it gives as w of the labels.",
    "inputs": "A selection has inputs of its own: omit it.",
    "start": "A selection has no parts: omit it.",
}
"""Keys of other sources, and what goes in their place."""

NEEDED = {
    "w": "It is a direction, with one number per coordinate.",
    "mu": "It is the mean of class 1, with one number per coordinate.",
    "t": "It is the largest distance of a label that is kept.",
    "scale": "It is the standard deviation of noise on the score.",
    "coefficients": "They are numbers, the lowest power first.",
    "p": "It is the probability that a sample is kept.",
}
"""What a parameter without a default is."""


def is_selection(given: object) -> bool:
    """Whether a table of a source is one of selected samples."""
    if not isinstance(given, Mapping):
        return False
    return "draws" in given or "keep" in given or isinstance(given.get("labels"), Mapping)


def selection_table(given: Any, place: str) -> TomlTable:
    """The table, once its keys are known.

    Raises
    ------
    SpecError
        Keys that are not known or those of other sources; no draws, no labels.
    """
    for key, remedy in ELSEWHERE.items():
        if key in given:
            here = TomlTable(given, place).at(key)
            beside = "draws" if "draws" in given else "labels or rules that select"
            raise SpecError(f"{here} cannot be given beside {beside}; got {short_repr(given[key])}. {remedy}")
    table = TomlTable.of(given, place, SELECTION)
    table.needed("draws", "It is the number of samples that are drawn, in place of n.")
    table.needed("labels", "Such as { linear = { w = [1.0, 0.5], noise_variance = 0.25 } }.")
    return table


def selection_of(
    table: TomlTable, inputs: Spectrum | Covariance, identity: Samples | None, files: ArrayFiles
) -> Selection:
    """The selection of a table; files : where its vectors may be."""
    given = table.entries
    law = law_of(given["labels"], table.at("labels"), files)
    keep = rule_of(given.get("keep", []), table.at("keep"), files)
    with placed(table.place):
        draws = count(given["draws"], "draws", 0, "It is the number of samples that are drawn.")
        return Selection(
            draws=draws, inputs=inputs, law=law, keep=keep, identity=identity, **table.given("weight")
        )


def law_of(given: object, place: str, files: ArrayFiles) -> LabelLaw:
    """The labels of a table such as { linear = { w = [1.0, 0.5] } }."""
    if isinstance(given, str):
        raise SpecError(
            f"{place} must be a table, such as {{ linear = {{ w = [...] }} }}; got {given!r}. Labels of a "
            f"trained model are selected only in Python: detequiv.select(..., labels=problem)."
        )
    return _made(LABELS, given, place, "labels", files)


def rule_of(given: object, place: str, files: ArrayFiles) -> Rule:
    """The rule of a table such as { near = { w = [1.0, 0.5], t = 0.5 } }, or of a list of tables."""
    if not isinstance(given, list):
        return _made(RULES, given, place, "keep", files)
    parts = [_made(RULES, part, f"{place}[{i}]", "keep", files) for i, part in enumerate(given)]
    nothing_left_out: Rule = everything()
    return functools.reduce(operator.and_, parts, nothing_left_out)


def _made(kinds: Mapping[str, Callable[..., T]], given: object, place: str, of: str, files: ArrayFiles) -> T:
    """The labels or the rule of a table with one key, their name."""
    table = TomlTable.of(given, place, (*kinds, FUNCTIONS[of]))
    if FUNCTIONS[of] in table.entries:
        raise SpecError(
            f"{table.at(FUNCTIONS[of])} takes a Python function, which no file can hold. Write one of "
            f"{', '.join(kinds)}, or use detequiv.select in Python."
        )
    if of == "keep" and len(table.entries) > 1:
        both = ", ".join(f"{{ {name} = ... }}" for name in table.entries)
        raise SpecError(f"{place} must have one rule per table; got {len(table.entries)}. Write [{both}].")
    kind = table.one_of(*kinds)
    make, there = kinds[kind], table.at(kind)
    wanted = parameters(make)
    inner = TomlTable.of(table.entries[kind], there, tuple(wanted))
    for name, needed in wanted.items():
        if needed:
            inner.needed(name, NEEDED[name])
    named = {
        name: _vector(value, inner.at(name), files) if name in VECTORS else value
        for name, value in inner.entries.items()
    }
    with placed(there):
        return make(**named)


def _vector(given: object, place: str, files: ArrayFiles) -> Any:
    """A vector of numbers, or of a file."""
    if isinstance(given, Mapping):
        with placed(place):
            return files.array(TomlTable.of(given, place, ("file", "key")))
    if isinstance(given, str):
        raise SpecError(
            f'{place} must be a list of numbers or {{ file = "..." }}; got {given!r}. The weights of a '
            f"trained model can be a direction only in Python."
        )
    return given
