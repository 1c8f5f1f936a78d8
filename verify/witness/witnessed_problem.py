"""A problem whose terms are witnessed: its prediction, and trials that its statements share."""

import functools
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ...theory import Decomposition, Problem
from ...theory.base.arrays import Array
from ..comparison.agreement import Verdict
from ..comparison.constant_terms import constant_terms
from ..simulators import conditional
from ..simulators.draw import Ensemble
from ..simulators.simulation import TERMS
from .shared_trials import Shared
from .statement import Draw, Number, Statement

if TYPE_CHECKING:
    from ...numerics import Prediction

__all__ = ["ENGINE", "EQUATIONS", "LETTERS", "Case", "described_problem"]

EQUATIONS = "equations"
"""The witness that is ``predict``: the master equations, solved for any sources."""

ENGINE = "engine"
"""The witness that derives its equations from the definition of the fit alone."""

LETTERS = {"error": "E", "bias": "B", "variance": "V", "collapse": "ζ"}


class Case:
    """A problem, what theory predicts for it, and what its trials show.

    more : what the problem does not say, put behind its parameters. training : whether the trials
    measure training errors, too.
    """

    def __init__(self, problem: Problem, more: str = "", *, training: bool = False) -> None:
        self.problem, self.parameters = problem, described_problem(problem) + more
        self._training, self._trials = training, Shared(self._trial)

    @functools.cached_property
    def _ensemble(self) -> Ensemble:
        return Ensemble.of(self.problem)

    def _trial(self, rng: np.random.Generator) -> Array:
        """(4 + K,) error, bias, variance, collapse; training errors."""
        measured = conditional.trial(self._ensemble, rng, training=self._training)
        return np.concatenate([measured.terms, measured.training])

    def draw(self, term: str) -> Draw:
        """One trial of a term, noise and truths integrated out."""
        return self._trials.part(TERMS.index(term))

    def training(self, k: int) -> Draw:
        """One trial of the training error of source k."""
        return self._trials.part(len(TERMS) + k)

    def predicted(self, term: str) -> Number:
        """A term by the master equations, solved when it is asked for."""
        return lambda: float(getattr(self._prediction, term))

    def trained(self, k: int) -> Number:
        """The training error of source k by the master equations."""
        return lambda: float(self._prediction.sources[k].training_error or np.nan)

    @functools.cached_property
    def _prediction(self) -> "Prediction":
        from ...numerics import predict

        return predict(self.problem)

    def _derived(self, term: str) -> dict[str, Number]:
        """The engine's number, where it can be asked."""
        from ..freeprob.engine_test_error import derivable, derived

        return {ENGINE: partial(derived, self.problem, term)} if derivable(self.problem) else {}

    def stated(
        self, source: str, term: str, number: Number, *, suffix: str = "", printed: bool = False
    ) -> Statement:
        """One term of this problem by a formula, which the master equations bear witness to."""
        return Statement(
            name=LETTERS[term] + suffix + (" as printed" if printed else ""),
            source=source,
            parameters=self.parameters,
            theory=number,
            draw=self.draw(term),
            right=self.predicted(term),
            expected=Verdict.DISAGREES if printed else Verdict.AGREES,
            witnesses={EQUATIONS: self.predicted(term), **self._derived(term)},
            constant=self._constant(term),
        )

    def terms(
        self,
        source: str,
        form: Callable[[], Decomposition],
        terms: Sequence[str] = TERMS[1:],
        *,
        printed: bool = False,
    ) -> Iterator[Statement]:
        """The terms of a theorem about this problem."""
        for term in terms:
            yield self.stated(source, term, _part(form, term), printed=printed)

    def solved(self, source: str, term: str = "error", *, name: str = "") -> Statement:
        """A term by the master equations themselves."""
        return Statement(
            name=f"{name}, {LETTERS[term]}" if name else LETTERS[term],
            source=source,
            parameters=self.parameters,
            theory=self.predicted(term),
            draw=self.draw(term),
            witnesses=self._derived(term),
            constant=self._constant(term),
        )

    def _constant(self, term: str) -> bool:
        """Whether the problem makes the term constant."""
        return set(TERMS[1:] if term == "error" else [term]) <= constant_terms(self.problem)


def _part(form: Callable[[], Decomposition], term: str) -> Number:
    return lambda: float(getattr(form(), "total" if term == "error" else term))


def described_problem(problem: Problem) -> str:
    """A problem in a table's cell.

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
