"""Rounds of filter and retrain: each model labels the next samples, one verifier filters them."""

import math
from collections.abc import Iterator
from functools import cached_property, partial
from typing import Any

import numpy as np

from ....theory import Problem, Spectrum
from ....theory.base.arrays import Array
from ....theory.selection import labels, rules
from ....theory.statements.selection.filtered_rounds import filter_rounds
from ..run_size import Size
from ..shared_trials import SharedTrials
from ..statement import Group, Statement
from ..witness_problems import predicted_term
from ..witnessed_problem import EQUATIONS
from .plain_selections import PlainSource, noisy, square_error, trained
from .selected_problems import UNLIMITED, direction, eigenvalues, with_target

__all__ = ["groups"]

NOISE, GENERATOR, VERIFIER, THRESHOLD = 0.25, 0.49, 0.04, 0.5
"""σ², ‖e_g‖_S², ‖e_v‖_S² and t."""

ROUNDS = (1, 2, 4)


def groups(size: Size) -> Iterator[Group]:
    """One group."""
    yield Group(
        "Rounds of filter and retrain",
        f"N samples are labelled by the last model with noise σ² = {NOISE:g} and kept within t = "
        f"{THRESHOLD:g} of one verifier; least squares on these is the next model. Inputs as above; errors "
        f"of generator and verifier ‖e_g‖² = {GENERATOR:g}, ‖e_v‖² = {VERIFIER:g}, orthogonal. Many "
        "samples: theory is the closed form for an unlimited number, and *equations* is solved at N = "
        "10¹⁶. Few samples: theory is the equations of all rounds, and the closed form with d/N leaves "
        "out relative terms of order 1/d.",
        (*_many(), *_few(size)),
    )


class _FilterRounds:
    """The rounds in d dimensions, with N samples each."""

    def __init__(self, d: int, draws: int) -> None:
        self.d, self.draws = d, draws

    @cached_property
    def vectors(self) -> tuple[Array, Array]:
        """Generator and verifier."""
        return direction(self.d, 1, math.sqrt(GENERATOR)), direction(self.d, 1, 0, math.sqrt(VERIFIER))

    @cached_property
    def trials(self) -> SharedTrials:
        """Errors after each round."""
        return SharedTrials(self._trial)

    def _trial(self, rng: np.random.Generator) -> Array:
        w, w_v = self.vectors
        S, w_t = eigenvalues(self.d), direction(self.d, 1)
        errors = []
        for _ in range(max(ROUNDS)):
            source = PlainSource(
                self.draws, np.sqrt(S), noisy(w, NOISE), lambda X, y: np.abs(y - X @ w_v) < THRESHOLD
            )
            w, _ = trained(rng, [source], 0.0)
            errors.append(square_error(w, w_t, S))
        return np.array(errors)

    def predicted(self, t: int, draws: int | None = None) -> float:
        """The error after round t by the equations; draws : other than N."""
        from ....numerics.fitted_directions.selecting import select

        generator: Any
        generator, w_v = self.vectors
        S, problem = Spectrum(eigenvalues(self.d)), None
        for _ in range(t):
            source = select(
                draws or self.draws,
                S,
                labels=labels.linear(generator, NOISE),
                keep=rules.near(w_v, THRESHOLD),
            )
            problem = generator = with_target(self.d, [source], 0.0)
        assert isinstance(problem, Problem)
        return predicted_term(problem)

    def closed(self, t: int, aspect_ratio: float) -> float:
        """The same in closed form."""
        rounds = filter_rounds(
            t,
            threshold=THRESHOLD,
            noise_variance=NOISE,
            generator_error=GENERATOR,
            verifier_error=VERIFIER,
            aspect_ratio=aspect_ratio,
        )
        return rounds.errors[-1]

    @property
    def parameters(self) -> str:
        """The problem in short."""
        return f"d = {self.d}, N = {self.draws} a round"


def _many() -> Iterator[Statement]:
    rounds = _FilterRounds(5, 10000)
    for t in ROUNDS:
        yield Statement(
            f"E after t = {t}",
            "many samples",
            rounds.parameters,
            partial(rounds.closed, t, 0.0),
            rounds.trials.entry(t - 1),
            witnesses={EQUATIONS: partial(rounds.predicted, t, UNLIMITED)},
        )


def _few(size: Size) -> Iterator[Statement]:
    rounds = _FilterRounds(size(60), size(1200))
    for t in ROUNDS if size.full else ():
        predicted, closed = partial(rounds.predicted, t), partial(rounds.closed, t, rounds.d / rounds.draws)
        for name, number in ((f"E after t = {t}", predicted), (f"E after t = {t}, closed form", closed)):
            yield Statement(name, "few samples", rounds.parameters, number, rounds.trials.entry(t - 1))
