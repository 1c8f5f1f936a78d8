"""A problem whose terms are witnessed: its prediction, and trials that its statements share."""

import functools
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ...theory import Decomposition, Problem
from ...theory.base.arrays import Array
from ...theory.base.term_names import SYMBOLS as SYMBOLS
from ..comparison.agreement import Verdict
from ..comparison.constant_terms import constant_terms
from ..simulators.run_trials import TRIALS, AnyEnsemble, ensemble_of
from ..simulators.simulation import TERMS
from .shared_trials import SharedTrials
from .statement import Draw, Number, Statement

if TYPE_CHECKING:
    from ...numerics import Prediction

__all__ = ["ENGINE", "EQUATIONS", "SYMBOLS", "WitnessedProblem", "described_problem"]

EQUATIONS = "equations"
"""The witness ``predict``: the master equations, solved numerically."""

ENGINE = "engine"
"""The witness that derives its equations from the definition of the fit alone."""


class WitnessedProblem:
    """A problem, its prediction, and simulated trials that its statements share.

    suffix : text to append to its parameters. training : whether the trials also measure training
    errors.
    """

    def __init__(self, problem: Problem, suffix: str = "", *, training: bool = False) -> None:
        self.problem, self.parameters = problem, described_problem(problem) + suffix
        self._training, self._trials = training, SharedTrials(self._trial)

    @functools.cached_property
    def _ensemble(self) -> AnyEnsemble:
        return ensemble_of(self.problem)

    def _trial(self, rng: np.random.Generator) -> Array:
        """(4 + K,) error, bias, variance, collapse; training errors."""
        trials = TRIALS[type(self._ensemble), "conditional"]
        measured = trials(self._ensemble, [rng], training=self._training)[0]
        return np.concatenate([measured.terms, measured.training])

    def draw(self, term: str) -> Draw:
        """One trial of a term, noise and truths integrated out."""
        return self._trials.entry(TERMS.index(term))

    def draw_training(self, k: int) -> Draw:
        """One trial of the training error of source k."""
        return self._trials.entry(len(TERMS) + k)

    def predicted(self, term: str) -> Number:
        """A term by the master equations, which are solved when it is first called."""
        return lambda: float(getattr(self._prediction, term))

    def predicted_training(self, k: int) -> Number:
        """The training error of source k by the master equations."""
        return lambda: float(self._prediction.sources[k].training_error or np.nan)

    @functools.cached_property
    def _prediction(self) -> "Prediction":
        from ...numerics import predict

        return predict(self.problem)

    def _engine_witness(self, term: str) -> dict[str, Number]:
        """The number that the engine derives, where it can."""
        from ..freeprob.engine_joint_fits import engine_error, jointly_derivable
        from ..freeprob.engine_test_error import derivable, engine_term

        if derivable(self.problem):
            return {ENGINE: partial(engine_term, self.problem, term)}
        if term == "error" and jointly_derivable(self.problem):
            return {ENGINE: partial(engine_error, self.problem)}
        return {}

    def statement(
        self, source: str, term: str, number: Number, *, suffix: str = "", printed: bool = False
    ) -> Statement:
        """One term of this problem by a formula, with the master equations as a witness."""
        return Statement(
            name=SYMBOLS[term] + suffix + (" as printed" if printed else ""),
            source=source,
            parameters=self.parameters,
            theory=number,
            draw=self.draw(term),
            right=self.predicted(term),
            expected=Verdict.DISAGREES if printed else Verdict.AGREES,
            witnesses={EQUATIONS: self.predicted(term), **self._engine_witness(term)},
            constant=self._constant(term),
        )

    def term_statements(
        self,
        source: str,
        formula: Callable[[], Decomposition],
        terms: Sequence[str] = TERMS[1:],
        *,
        printed: bool = False,
    ) -> Iterator[Statement]:
        """A statement for each of these terms of a theorem."""
        for term in terms:
            yield self.statement(source, term, _term_of(formula, term), printed=printed)

    def predicted_statement(self, source: str, term: str = "error", *, name: str = "") -> Statement:
        """A term that the master equations themselves predict."""
        return Statement(
            name=f"{name}, {SYMBOLS[term]}" if name else SYMBOLS[term],
            source=source,
            parameters=self.parameters,
            theory=self.predicted(term),
            draw=self.draw(term),
            witnesses=self._engine_witness(term),
            constant=self._constant(term),
        )

    def _constant(self, term: str) -> bool:
        """Whether the problem makes the term constant."""
        return set(TERMS[1:] if term == "error" else [term]) <= constant_terms(self.problem)


def _term_of(formula: Callable[[], Decomposition], term: str) -> Number:
    return lambda: float(getattr(formula(), "total" if term == "error" else term))


def described_problem(problem: Problem) -> str:
    """The parameters of a problem, short enough for a table.

    >>> from detequiv import RandomProjection, Source, isotropic
    >>> real, synthetic = Source(30, isotropic(20)), Source(10, isotropic(20))
    >>> model = RandomProjection(15)
    >>> described_problem(Problem(signal=1, sources=[real, synthetic], ridge=0.1, model=model))
    'd = 20, n = 30 + 10, m = 15, λ = 0.1'
    """
    counts = " + ".join(str(source.n) for source in problem.sources)
    width = getattr(problem.model, "width", None)
    wide = "" if width is None else f", m = {width}"
    return f"d = {problem.d:g}, n = {counts}{wide}, λ = {problem.ridge:g}"
