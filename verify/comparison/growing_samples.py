"""Samples that grow: a problem's own simulation, a function of a generator, or an array."""

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from ...theory import Problem, SpecError
from ...theory.base.arrays import Array, frozen_array
from ...theory.base.blas_threads import one_thread
from ...theory.base.wording import short_repr
from ..simulators.memory import check_affordable
from ..simulators.run_trials import ensemble_of, measured_trials
from ..simulators.simulation import TERMS
from ..simulators.trial_errors import Measured
from ..simulators.trial_seeds import Root, trial_seed
from .evidence import problem_degeneracies, sample_degeneracies

__all__ = ["FunctionTrials", "GivenSamples", "ProblemTrials", "Trials", "confirmation_seed"]

CONFIRMATION = 2**32 - 1
"""Index of the child seed from which a confirmation is seeded; no trial has this index."""


class Trials(Protocol):
    """Samples that a sequence of interim looks can ask for more of."""

    @property
    def seed(self) -> Root | None: ...

    @property
    def most(self) -> float:
        """The largest number of trials available."""

    def first_trials(self, trials: int) -> dict[str, Array]:
        """The samples of the first ``trials`` trials, by term."""

    def degeneracies(self, samples: Mapping[str, Array], tolerance: float) -> dict[str, str]:
        """By term, why these samples are degenerate; tolerance : half-width of the agreement claimed."""

    def reseeded(self) -> "Trials | None":
        """The same simulation with another seed; None if it cannot be repeated."""


def confirmation_seed(seed: Root) -> int:
    """The seed of the confirmation of a simulation with this seed.

    >>> confirmation_seed(0) == confirmation_seed(0) != confirmation_seed(1)
    True
    """
    return int(trial_seed(seed, CONFIRMATION).generate_state(1, np.uint64)[0])


class ProblemTrials:
    """Conditional trials of a problem, the same as ``simulate`` draws under this seed."""

    most = math.inf

    def __init__(self, problem: Problem, seed: Root, deterministic: bool = False) -> None:
        check_affordable(problem, "conditional")
        self.problem, self.seed, self.deterministic = problem, seed, deterministic
        self._ensemble = ensemble_of(problem)
        self._measured: list[Measured] = []

    def first_trials(self, trials: int) -> dict[str, Array]:
        """Error, bias, variance and collapse."""
        with one_thread():
            more = range(sum(map(len, self._measured)), trials)
            self._measured += measured_trials(self._ensemble, self.seed, more, "conditional", training=False)
        terms = Measured.join(self._measured).terms[:trials]
        return dict(zip(TERMS, terms.T, strict=True))

    def degeneracies(self, samples: Mapping[str, Array], tolerance: float) -> dict[str, str]:
        """Terms that are identical in every trial although the problem does not make them constant."""
        return problem_degeneracies(self.problem, samples, deterministic=self.deterministic)

    def reseeded(self) -> "ProblemTrials":
        """The same problem with the confirmation's seed."""
        return ProblemTrials(self.problem, confirmation_seed(self.seed), self.deterministic)


class FunctionTrials:
    """f(rng) once a trial, with the generator of that trial's own seed; BLAS on one thread."""

    most = math.inf

    def __init__(
        self, function: Callable[[np.random.Generator], float], seed: Root, deterministic: bool = False
    ) -> None:
        _check_callable(function)
        self.function, self.seed, self.deterministic = function, seed, deterministic
        self._values: list[float] = []

    def first_trials(self, trials: int) -> dict[str, Array]:
        """The samples of the first trials, under the name error; runs those that are missing."""
        with one_thread():
            for i in range(len(self._values), trials):
                value = self.function(np.random.default_rng(trial_seed(self.seed, i)))
                self._values.append(_number(value, i, self.seed))
        return {"error": np.array(self._values[:trials])}

    def degeneracies(self, samples: Mapping[str, Array], tolerance: float) -> dict[str, str]:
        """Identical, periodic or correlated values."""
        return sample_degeneracies(samples, tolerance, deterministic=self.deterministic, in_order=True)

    def reseeded(self) -> "FunctionTrials":
        """The same function with the confirmation's seed."""
        return FunctionTrials(self.function, confirmation_seed(self.seed), self.deterministic)


class GivenSamples:
    """An array of samples: one look at all of them, and no confirmation."""

    seed = None

    def __init__(self, samples: object, deterministic: bool = False) -> None:
        values = frozen_array(samples, "simulation", "Give one sample for each trial, or f(rng).")
        if values.ndim != 1 or values.size < 2:
            raise SpecError(
                f"simulation must be a 1-D array of at least two samples, a function f(rng) or "
                f"None; got shape {values.shape}."
            )
        self._values, self.most, self.deterministic = values, len(values), deterministic

    def first_trials(self, trials: int) -> dict[str, Array]:
        """All samples, of the error."""
        return {"error": self._values}

    def degeneracies(self, samples: Mapping[str, Array], tolerance: float) -> dict[str, str]:
        """The reason for each term whose samples are identical or periodic."""
        return sample_degeneracies(samples, tolerance, deterministic=self.deterministic)

    def reseeded(self) -> None:
        """None: an array cannot be drawn again."""
        return None


def _check_callable(function: Any) -> None:
    try:
        inspect.signature(function).bind(None)
    except ValueError:  # built-in functions have no signature
        return
    except TypeError as error:
        raise SpecError(
            f"simulation must be a function f(rng) of one random generator; "
            f"{getattr(function, '__name__', 'it')} cannot be called so: {error}."
        ) from None


def _number(value: Any, trial: int, seed: Root) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise SpecError(
            f"simulation(rng) must return a finite number; got {short_repr(value)} in trial {trial}. "
            f"Draw it again with numpy.random.default_rng(detequiv.verify.trial_seed({seed}, "
            f"{trial}))."
        )
    return number
