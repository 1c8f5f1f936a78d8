"""A statement that can be put to the test, and a group of them."""

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np

from ..comparison.agreement import Verdict

__all__ = ["BAND", "Draw", "Group", "Number", "Statement"]

BAND = 0.02
"""Half-width of what counts as agreement with simulation, as a share of the right value."""

Number = Callable[[], float]
Draw = Callable[[np.random.Generator], float]


@dataclasses.dataclass(frozen=True)
class Statement:
    """One number that theory states, and where else it can be had from.

    name : what it is, with "as printed" where version 2 of the paper has it otherwise.
    source : theorem, corollary, equation. parameters : the problem in short.
    theory : the stated number. draw : one simulated trial of it.
    right : the right number, of which the band is a share; None: what is stated.
    expected : what simulation is to say; DISAGREES for what is known to be wrong.
    witnesses : other exact routes, by name: the column that they get. Each must confirm or refute
        what is stated to ``statement_tests.EXACT``, as is expected of simulation.
    band : half-width, as a share of the right number.
    constant : whether the draw is meant to return one number in every trial.

    Functions, so that nothing is computed before it is asked for.

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
    band: float = BAND
    constant: bool = False

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return f"{self.source}: {self.name} ({self.parameters})"

    @property
    def printed(self) -> bool:
        """Whether it is known to be wrong."""
        return self.expected is Verdict.DISAGREES


@dataclasses.dataclass(frozen=True)
class Group:
    """Statements that share a heading, and the sentences under it."""

    title: str
    about: str
    statements: tuple[Statement, ...]
