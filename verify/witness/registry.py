"""The registry: every statement, once."""

from ...theory import SpecError
from . import (
    corollary_witnesses,
    identity_witnesses,
    invariance_witnesses,
    model_witnesses,
    other_papers,
    theorem_witnesses,
)
from .run_size import Size
from .statement import Group

__all__ = ["chosen", "statements"]


def statements(size: Size) -> tuple[Group, ...]:
    """All groups, at this size; nothing is computed yet.

    >>> from detequiv.verify.witness.run_size import QUICK
    >>> statements(QUICK)[0].statements[0].key
    'Theorem 1: B (d = 300, n = 280 + 120, λ = 0.05)'
    """
    modules = (
        theorem_witnesses,
        corollary_witnesses,
        model_witnesses,
        identity_witnesses,
        invariance_witnesses,
        other_papers,
    )
    return tuple(group for module in modules for group in module.groups(size))


def chosen(groups: tuple[Group, ...], text: str) -> tuple[Group, ...]:
    """The statements that have this text, in any case, in what they are called or in their heading.

    Raises SpecError where there is none.
    """
    wanted = text.casefold()
    found = []
    for group in groups:
        kept = tuple(s for s in group.statements if wanted in f"{group.title}: {s.key}".casefold())
        if kept:
            found.append(Group(group.title, group.about, kept))
    if not found:
        titles = "; ".join(group.title for group in groups)
        raise SpecError(f"no statement has {text!r} in it. The headings are: {titles}.")
    return tuple(found)
