"""Where panels of numeric axes are to end: at the cuts, and where cuts of inner axes meet."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..base.arrays import Array
from .score_axes import Cut

__all__ = ["GRADES", "STEEP", "LevelCuts", "by_level"]

STEEP = 0.1
"""The width of a transition, in units of the axis, below which its panels are graded."""
GRADES = (0.0, -3.0, 3.0, -9.0, 9.0)
"""Ends of panels about a transition, in units of its width: it is over to 1e-19 at the last ones."""


class LevelCuts(NamedTuple):
    """Cuts that an axis takes at x = (at − outer·normal)/slope."""

    outer: Array
    slope: Array
    at: Array

    def places(self, outer: Array) -> Array:
        """(n, cuts), given the outer coordinates (n, level)."""
        found: Array = (self.at - outer @ self.outer.T) / self.slope
        return found


def by_level(cuts: Sequence[Cut], count: int) -> list[LevelCuts]:
    """The cuts of each of the axes.

    A cut belongs to the last axis that it depends on. What is integrated over that axis bends, as a function
    of the others, where two such cuts meet, and changes steeply along a cut that is nearly parallel to
    the axis.
    """
    levels: list[list[Cut]] = [[] for _ in range(count)]
    own = [_distinct([c for c in cuts if _last(c.normal) == level]) for level in range(count)]
    for level in range(count):
        levels[level] += own[level]
    for level in range(1, count):
        for cut in own[level]:
            width, along = abs(cut.normal[level]), float(np.abs(cut.normal[:level]).max())
            if width < STEEP * along:
                outer = np.where(np.arange(count) < level, cut.normal, 0.0)
                _put(levels, [Cut(outer, cut.at + grade * width) for grade in GRADES])
        for a, b in itertools.combinations(own[level], 2):
            scale_a, scale_b = a.normal[level], b.normal[level]
            normal = a.normal / scale_a - b.normal / scale_b
            normal[np.abs(normal) < 1e-13 * np.abs(a.normal / scale_a)] = 0.0
            normal[level:] = 0.0
            _put(levels, [Cut(normal, a.at / scale_a - b.at / scale_b)])
    return [_arrays(_distinct(level), i) for i, level in enumerate(levels)]


def _put(levels: list[list[Cut]], cuts: Sequence[Cut]) -> None:
    for cut in cuts:
        if cut.normal.any():
            levels[_last(cut.normal)].append(cut)


def _last(normal: Array) -> int:
    there = np.flatnonzero(normal)
    return int(there[-1]) if there.size else -1


def _distinct(cuts: Sequence[Cut]) -> list[Cut]:
    kept: dict[tuple[float, ...], Cut] = {}
    for cut in cuts:
        scale = cut.normal[_last(cut.normal)]
        kept.setdefault((*(cut.normal / scale), cut.at / scale), cut)
    return list(kept.values())


def _arrays(cuts: Sequence[Cut], level: int) -> LevelCuts:
    if not cuts:
        return LevelCuts(np.zeros((0, level)), np.ones(0), np.zeros(0))
    normals = np.stack([cut.normal for cut in cuts])
    return LevelCuts(normals[:, :level], normals[:, level], np.array([cut.at for cut in cuts]))
