"""Real and synthetic data in one weighted loss: the linear model, simulated at many weights."""

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...theory import Problem, Source, isotropic, label_shift, mixing_weights
from ...theory.base.arrays import Array
from ..computing.simulated_points import simulated_terms
from ..computing.work import Result, Work

__all__ = ["Curves", "WeightedMix"]


class Curves(NamedTuple):
    """(weights, trials) errors at c² = 0, and what they gain for every unit of c²."""

    clean: Array
    slope: Array

    def at(self, quality: float) -> Array:
        """(weights, trials) errors at this quality: exact, since the draws are the same."""
        return np.asarray(self.clean + quality * self.slope)


@dataclasses.dataclass(frozen=True)
class WeightedMix:
    """Isotropic data, no ridge. counts, noise_variances : real first, synthetic second."""

    dimension: int
    counts: tuple[int, int]
    noise_variances: tuple[float, float]

    def problem(self, weight: float, quality: float) -> Problem:
        """The share ``weight`` of the loss is synthetic."""
        spectrum = isotropic(self.dimension)
        each = zip(
            self.counts,
            self.noise_variances,
            mixing_weights(weight, self.counts),
            (0.0, label_shift(spectrum, quality)),
            strict=True,
        )
        sources = [Source(n, spectrum, noise_variance=σ2, weight=a, shift=Δ) for n, σ2, a, Δ in each]
        return Problem(signal=1 / self.dimension, sources=sources, ridge=0.0)

    @property
    def ratios(self) -> dict[str, Any]:
        """The arguments that closed forms of weighted mixing share."""
        n = sum(self.counts)
        return {
            "aspect_ratio": self.dimension / n,
            "synthetic_share": self.counts[1] / n,
            "noise_variances": self.noise_variances,
        }

    def simulation_arguments(self, weights: Sequence[float], work: Work) -> list[dict[str, Any]]:
        """Arguments of :func:`simulated_terms` at each weight; seed and sizes, hence draws, are the same."""
        return [{"problem": self.problem(a, 1.0), "trials": work.trials, "seed": work.seed} for a in weights]

    @staticmethod
    def curves(results: Sequence[Result]) -> Curves:
        """The curves of the results at these weights."""
        slope = np.stack([result["collapse"] for result in results])
        return Curves(np.stack([result["error"] for result in results]) - slope, slope)

    def simulated(self, weights: Sequence[float], work: Work) -> Curves:
        """The simulated curves over these weights."""
        return self.curves(work.results(simulated_terms, self.simulation_arguments(weights, work)))
