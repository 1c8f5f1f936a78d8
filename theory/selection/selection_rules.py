"""Which samples a rule keeps, and where along score and label it changes its mind.

A rule keeps a sample with probability q(z, y), z = xᵀw the rule's score and y the label.
"""

import dataclasses
import math
from typing import Any, NamedTuple

import numpy as np

from ..base.arrays import Array
from ..base.errors import ShapeError, SpecError
from ..base.frozen_value import Value
from ..base.wording import plural, short_repr
from .directions import shown
from .score_functions import ScoreFunction

__all__ = [
    "Agree",
    "All",
    "Everything",
    "LabelBand",
    "Margin",
    "Near",
    "OneSided",
    "Plane",
    "Probability",
    "RandomKeep",
    "Rule",
]


class Plane(NamedTuple):
    """Where q may jump or have a kink: label·y + score·z = at."""

    label: float
    score: float
    at: float


class Rule(Value):
    """Keeps a sample with probability q(z, y); made by the functions of ``detequiv.rules``.

    ``&`` combines rules that must all keep it.
    """

    def __repr__(self) -> str:
        return shown(self)

    @property
    def direction(self) -> Array | None:
        """The direction w of the rule's score; None if it has none."""
        return getattr(self, "w", None)

    @property
    def directions(self) -> tuple[Array, ...]:
        """The directions of all scores."""
        return () if self.direction is None else (self.direction,)

    @property
    def parts(self) -> "tuple[Rule, ...]":
        """The rules that are combined, each with one score at most."""
        return (self,)

    @property
    def sees_label(self) -> bool:
        """Whether q depends on y."""
        return any(plane.label for plane in self.planes)

    @property
    def varies(self) -> bool:
        """Whether q may change between its planes."""
        return False

    @property
    def planes(self) -> tuple[Plane, ...]:
        """Where q may jump or have a kink."""
        return ()

    @property
    def limits(self) -> tuple[float, ...]:
        """The thresholds that decide how much is kept."""
        return ()

    def with_limit(self, limit: float) -> "Rule":
        """The same with another threshold, where there is one."""
        raise SpecError(
            f"the rule has {plural(len(self.limits), 'threshold')}; it must have one to be changed."
        )

    def score_breaks(self, y: float | None = None) -> tuple[float, ...]:
        """The scores at which q may jump, given the label if the rule sees it."""
        given = [p for p in self.planes if p.score and (not p.label or y is not None)]
        return tuple(sorted({(p.at - p.label * (y or 0.0)) / p.score for p in given}))

    def label_breaks(self, z: Array) -> Array:
        """The labels at which q may jump, (n, breaks), given scores (n,)."""
        given = [(p.at - p.score * z) / p.label for p in self.planes if p.label]
        return np.sort(np.stack(given, axis=-1), axis=-1) if given else np.empty((*z.shape, 0))

    def value(self, z: Array, y: Array) -> Array:
        """q, given scores and labels of shapes that broadcast; a rule without score ignores z."""
        raise NotImplementedError

    def probability(self, X: Array, y: Array) -> Array:
        """q of every sample, given inputs (n, d) and labels (n,)."""
        return self.value(self._score(X), y)

    def keep(self, rng: np.random.Generator, X: Array, y: Array) -> Any:
        """Which samples are kept, (n,) of bool, given inputs (n, d) and labels (n,)."""
        return rng.random(len(y)) < self.probability(X, y)

    def _score(self, X: Array) -> Array:
        w = self.direction
        if w is None:
            return np.zeros(len(X))
        if X.ndim != 2 or X.shape[1] != w.size:
            raise ShapeError(
                f"X must have {plural(w.size, 'column')}, one per entry of w; got shape {X.shape}. "
                f"Give one row per sample."
            )
        scores: Array = X @ w
        return scores

    def __and__(self, other: object) -> "Rule":
        if not isinstance(other, Rule):
            raise SpecError(
                f"a rule must be combined with a rule; got {short_repr(other)}. Make one by "
                f"detequiv.rules, such as rules.agree(w)."
            )
        parts = tuple(p for p in (*self.parts, *other.parts) if p != Everything())
        return All(parts) if len(parts) > 1 else parts[0] if parts else self


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Everything(Rule):
    """Keeps every sample."""

    def value(self, z: Array, y: Array) -> Array:
        """1."""
        return np.ones(np.broadcast_shapes(np.shape(z), np.shape(y)))


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class RandomKeep(Rule):
    """Keeps each sample with probability p, whatever it is."""

    p: float

    def value(self, z: Array, y: Array) -> Array:
        """p."""
        return np.full(np.broadcast_shapes(np.shape(z), np.shape(y)), self.p)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Near(Rule):
    """Keeps |y − xᵀw| < t."""

    w: Array
    t: float

    @property
    def limits(self) -> tuple[float, ...]:
        """t."""
        return (self.t,)

    def with_limit(self, limit: float) -> "Near":
        """The same with another t."""
        return dataclasses.replace(self, t=limit)

    @property
    def planes(self) -> tuple[Plane, ...]:
        """y − z = ±t."""
        return Plane(1.0, -1.0, -self.t), Plane(1.0, -1.0, self.t)

    def value(self, z: Array, y: Array) -> Array:
        """1 or 0."""
        return np.where(np.abs(y - z) < self.t, 1.0, 0.0)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Agree(Rule):
    """Keeps samples with sign y = sign xᵀw."""

    w: Array

    @property
    def planes(self) -> tuple[Plane, ...]:
        """y = 0 and z = 0."""
        return Plane(1.0, 0.0, 0.0), Plane(0.0, 1.0, 0.0)

    def value(self, z: Array, y: Array) -> Array:
        """1 or 0."""
        return np.where((z >= 0) == (y >= 0), 1.0, 0.0)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Band(Rule):
    """Limits on a number; None is no limit."""

    above: float | None
    below: float | None

    @property
    def limits(self) -> tuple[float, ...]:
        """Those that are given."""
        return tuple(t for t in (self.above, self.below) if t is not None)

    def with_limit(self, limit: float) -> Rule:
        """The same with another limit, if it has one only."""
        if len(self.limits) != 1:
            return super().with_limit(limit)
        return dataclasses.replace(self, **{"below" if self.above is None else "above": limit})

    def _limits(self, both_signs: bool) -> list[float]:
        limits = [t for t in (self.above, self.below) if t is not None]
        return sorted({s * t for t in limits for s in ((1.0, -1.0) if both_signs else (1.0,))})

    def _within(self, number: Array) -> Array:
        low = -math.inf if self.above is None else self.above
        high = math.inf if self.below is None else self.below
        return np.where((number > low) & (number < high), 1.0, 0.0)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Margin(Band):
    """Keeps above < |xᵀw| < below."""

    w: Array

    @property
    def planes(self) -> tuple[Plane, ...]:
        """z = ± either limit."""
        return tuple(Plane(0.0, 1.0, t) for t in self._limits(both_signs=True))

    def value(self, z: Array, y: Array) -> Array:
        """1 or 0."""
        return self._within(np.abs(z) + 0.0 * y)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class OneSided(Band):
    """Keeps above < xᵀw < below."""

    w: Array

    @property
    def planes(self) -> tuple[Plane, ...]:
        """z = either limit."""
        return tuple(Plane(0.0, 1.0, t) for t in self._limits(both_signs=False))

    def value(self, z: Array, y: Array) -> Array:
        """1 or 0."""
        return self._within(z + 0.0 * y)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class LabelBand(Band):
    """Keeps above < y < below, or the same of |y|."""

    size: bool = False

    @property
    def planes(self) -> tuple[Plane, ...]:
        """y = either limit, with both signs for |y|."""
        return tuple(Plane(1.0, 0.0, t) for t in self._limits(both_signs=self.size))

    def value(self, z: Array, y: Array) -> Array:
        """1 or 0."""
        return self._within((np.abs(y) if self.size else y) + 0.0 * z)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Probability(Rule):
    """Keeps with probability function(z), or function(z, y); breaks: scores where it jumps or bends."""

    w: Array
    function: ScoreFunction
    breaks: tuple[float, ...] = ()

    @property
    def sees_label(self) -> bool:
        """Whether the function takes the label."""
        return self.function.arguments == 2

    @property
    def varies(self) -> bool:
        """It does."""
        return True

    @property
    def planes(self) -> tuple[Plane, ...]:
        """z at the breaks."""
        return tuple(Plane(0.0, 1.0, t) for t in self.breaks)

    def value(self, z: Array, y: Array) -> Array:
        """The function, checked to lie in [0, 1]."""
        z, y = np.broadcast_arrays(np.asarray(z, dtype=float), np.asarray(y, dtype=float))
        return self.function(z, y) if self.sees_label else self.function(z)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class All(Rule):
    """Keeps what each of its rules keeps, independently."""

    rules: tuple[Rule, ...]

    @property
    def directions(self) -> tuple[Array, ...]:
        """The directions of all scores."""
        return tuple(w for part in self.rules for w in part.directions)

    @property
    def limits(self) -> tuple[float, ...]:
        """Those of all rules."""
        return tuple(t for part in self.rules for t in part.limits)

    def with_limit(self, limit: float) -> Rule:
        """The same with another threshold in the rule that has one."""
        if len(self.limits) != 1:
            return super().with_limit(limit)
        changed = (part.with_limit(limit) if part.limits else part for part in self.rules)
        return dataclasses.replace(self, rules=tuple(changed))

    @property
    def parts(self) -> tuple[Rule, ...]:
        """The rules, each with one score at most."""
        return self.rules

    @property
    def planes(self) -> tuple[Plane, ...]:
        """Those of all scores together."""
        return tuple(plane for part in self.rules for plane in part.planes)

    @property
    def sees_label(self) -> bool:
        """Whether one of them does."""
        return any(part.sees_label for part in self.rules)

    @property
    def varies(self) -> bool:
        """Whether one of them may change between its planes."""
        return any(part.varies for part in self.rules)

    def value(self, z: Array, y: Array) -> Array:
        """Refused: each rule has a score of its own."""
        raise SpecError(
            f"combined rules must be asked one by one; got {len(self.rules)} with a score each. Multiply the "
            f"values of its parts."
        )

    def probability(self, X: Array, y: Array) -> Array:
        """q of every sample, given inputs (n, d) and labels (n,)."""
        shares = np.ones(len(y))
        for part in self.rules:
            shares *= part.probability(X, y)
        return shares
