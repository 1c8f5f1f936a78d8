"""Feedback vertex sets: few unknowns of a block without which no other one depends on itself."""

import itertools
from collections.abc import Collection, Mapping

from ..symbols.folds import leaves_in
from ..symbols.scalars import Scalar, WordTrace
from ..symbols.words import Letter
from .covariance_equations import Block

__all__ = ["all_dependencies", "dependencies", "kept_unknowns"]

FEW = 10
"""Unknowns among which the smallest set is looked for; in larger blocks a small one is."""


def kept_unknowns(block: Block, preferred: Collection[Scalar] = ()) -> tuple[Scalar, ...]:
    """A smallest feedback vertex set in blocks of up to 10 unknowns, a small one in larger blocks.

    Of several such sets it is one with many preferred unknowns and with short equations outside.
    """
    needed, unknowns = dependencies(block), list(block.equations)
    if len(unknowns) > FEW:
        return tuple(_greedy(needed))
    lengths = {u: len(list(right.terms())) for u, right in block.equations.items()}
    for size in range(len(unknowns) + 1):
        good = [
            chosen
            for chosen in itertools.combinations(unknowns, size)
            if not _cyclic_part({u: needed[u] - set(chosen) for u in unknowns if u not in chosen})
        ]
        if good:
            return max(
                good,
                key=lambda chosen: (sum(u in preferred for u in chosen), sum(lengths[u] for u in chosen)),
            )
    raise AssertionError


def dependencies(block: Block) -> dict[Scalar, set[Scalar]]:
    """The unknowns of the block that each equation depends on, also through named inverses."""
    equations = block.equations
    known: dict[Letter, set[Scalar]] = {}
    return {u: all_dependencies(right, known) & equations.keys() for u, right in equations.items()}


def all_dependencies(scalar: Scalar, known: dict[Letter, set[Scalar]] | None = None) -> set[Scalar]:
    """All leaves that a scalar depends on, also through named inverses in its traces.

    known : a cache of those of named inverses.
    """
    known = {} if known is None else known
    found: set[Scalar] = {*leaves_in(scalar)}
    letters = {letter for leaf in found if isinstance(leaf, WordTrace) for letter in leaf.key}
    return found.union(*(_inside(letter, known) for letter in letters))


def _inside(letter: Letter, known: dict[Letter, set[Scalar]]) -> set[Scalar]:
    """The leaves that a named inverse depends on."""
    if letter not in known:
        found: set[Scalar] = set()
        if letter.inverse_of is not None:
            for word, c in letter.inverse_of.terms.items():
                found |= all_dependencies(c, known)
                found.update(*(_inside(inner, known) for inner in word))
        known[letter] = found
    return known[letter]


def _cyclic_part(needs: Mapping[Scalar, set[Scalar]]) -> dict[Scalar, set[Scalar]]:
    """The rest after unknowns that depend on no other one are removed, repeatedly."""
    left = dict(needs)
    while free := [u for u, others in left.items() if not others & left.keys()]:
        for u in free:
            del left[u]
    return left


def _greedy(needs: Mapping[Scalar, set[Scalar]]) -> list[Scalar]:
    """Remove the unknown that most others need, until no cycle is left."""
    chosen: list[Scalar] = []
    left = _cyclic_part(needs)
    while left:
        used = {u: sum(u in others for others in left.values()) for u in left}
        most = max(left, key=lambda u: (u in left[u], used[u]))
        chosen.append(most)
        left = _cyclic_part({u: others - set(chosen) for u, others in left.items() if u != most})
    return chosen
