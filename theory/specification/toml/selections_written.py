"""Labels and rules of a selection, as entries of a problem file."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...base.errors import SpecError
from ...base.wording import enumerated
from ...data.labeller import Labeller
from ...selection.label_laws import LabelLaw, MixtureLabels
from ...selection.selection_rules import Rule
from .selection_kinds import FUNCTIONS, KINDS, LABELS, RULES
from .written_values import array, inline

__all__ = ["keep_entry", "labels_entry"]


def labels_entry(law: LabelLaw) -> Any:
    """The table of labels, such as { linear = { w = [1.0, 0.5] } }."""
    return _entry(law, "labels")


def keep_entry(rule: Rule) -> Any:
    """The table of a rule, or an array of tables where several are combined."""
    import tomlkit

    tables = [_entry(part, "keep") for part in rule.parts]
    if len(tables) == 1:
        return tables[0]
    several = tomlkit.array()
    several.extend(tables)
    return several.multiline(True)


def _entry(given: LabelLaw | Rule, of: str) -> Any:
    kind = KINDS[type(given)]
    name = f"{'labels' if of == 'labels' else 'rules'}.{kind}"
    if kind == FUNCTIONS[of]:
        known = enumerated([*(LABELS if of == "labels" else RULES)], "or")
        raise SpecError(
            f"a file cannot hold {name}, which is a function of yours; got {given!r:.80}. Write it as "
            f"{known}, or pickle the problem."
        )
    if isinstance(getattr(given, "w", None), Labeller):
        raise SpecError(
            f"a file cannot hold {name} along the weights of a trained model; got a Problem as w. Give a "
            f"vector, or pickle the problem."
        )
    return inline({kind: inline(dict(_parameters(given)))})


def _parameters(given: Any) -> Iterator[tuple[str, Any]]:
    """Vectors first, and nothing that goes without saying."""
    fields = sorted(dataclasses.fields(given), key=lambda field: field.name != "w")
    for field in fields:
        value = getattr(given, field.name)
        if field.name == "w":
            yield "mu" if isinstance(given, MixtureLabels) else "w", array(value)
        elif isinstance(value, tuple):
            yield field.name, array(np.array(value))
        elif value is not None and value != field.default:
            yield field.name, value
