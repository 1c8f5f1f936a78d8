"""The registry: every statement, once."""

from ...theory import SpecError
from . import (
    corollary_witnesses,
    generator_witnesses,
    identity_witnesses,
    invariance_witnesses,
    joint_fit_witnesses,
    model_witnesses,
    other_papers,
    round_witnesses,
    theorem_witnesses,
)
from .run_size import Size
from .statement import Group

__all__ = ["select_statements", "statements"]


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
        joint_fit_witnesses,
        generator_witnesses,
        round_witnesses,
        other_papers,
    )
    return tuple(group for module in modules for group in module.groups(size))


def select_statements(groups: tuple[Group, ...], text: str) -> tuple[Group, ...]:
    """The statements whose key or heading contains this text, ignoring case.

    Raises SpecError if there is none.
    """
    pattern = text.casefold()
    selected = []
    for group in groups:
        matching = tuple(s for s in group.statements if pattern in f"{group.title}: {s.key}".casefold())
        if matching:
            selected.append(Group(group.title, group.about, matching))
    if not selected:
        some = " or ".join(f"“{group.title}”" for group in groups[:2])
        raise SpecError(
            f"no statement has {text!r} in its name or heading. Write part of a heading, such as {some}; "
            f"docs/witness.md has all of them."
        )
    return tuple(selected)
