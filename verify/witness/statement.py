"""A statement that can be tested, and a group of them."""

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np

from ..comparison.agreement import Verdict

__all__ = ["TOLERANCE", "Draw", "Group", "Number", "Statement"]

TOLERANCE = 0.02
"""Half-width of what counts as agreement with simulation, as a share of the right value."""

Number = Callable[[], float]
Draw = Callable[[np.random.Generator], float]


@dataclasses.dataclass(frozen=True)
class Statement:
    """One number that theory states, and other routes to it.

    name : of the number, with "as printed" where version 2 of the paper prints a wrong one.
    source : theorem, corollary, equation. parameters : the problem in short.
    theory : the stated number. draw : one simulated trial of it.
    right : the right number, of which the tolerance is a share; None: what is stated.
    expected : the verdict expected of simulation; DISAGREES if the statement is known to be wrong.
    witnesses : other exact routes, by name, which is the name of their column. Each must confirm or
        refute the statement to ``statement_tests.EXACT``, as is expected of simulation.
    tolerance : half-width, as a share of the right number.
    constant : whether the draw is meant to return one number in every trial.

    Numbers are functions: nothing is computed before the statement is tested.

    >>> darts = lambda rng: 4.0 * bool(np.sum(rng.uniform(-1, 1, 2) ** 2) < 1)
    >>> Statement("area of the disc", "Archimedes", "radius 1", lambda: np.pi, darts).key
    'Archimedes: area of the disc (radius 1)'
    """

    name: str
    source: str
    parameters: str
    theory: Number
    draw: Draw
    right: Number | None = None
    expected: Verdict = Verdict.AGREES
    witnesses: Mapping[str, Number] = dataclasses.field(default_factory=dict)
    tolerance: float = TOLERANCE
    constant: bool = False

    @property
    def key(self) -> str:
        """Source, name and parameters, which no other statement shares."""
        return f"{self.source}: {self.name} ({self.parameters})"

    @property
    def known_wrong(self) -> bool:
        """Whether simulation is expected to disagree."""
        return self.expected is Verdict.DISAGREES


@dataclasses.dataclass(frozen=True)
class Group:
    """Statements under one heading (``title``), and the sentences below it (``about``)."""

    title: str
    about: str
    statements: tuple[Statement, ...]
