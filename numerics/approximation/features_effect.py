"""The error of Gaussian equivalence of random features outside n, m ∝ d.

The two-sided equivalent (``radial_equations``) of the sources and the target, each with its
covariance, truth, noise and weight, is solved twice: with the modes of the activation, and with its
linear part at the same radii.
"""

import dataclasses
import math

import numpy as np

from ...theory.activations.activation import Activation
from ...theory.base.errors import SolveError
from ...theory.radial.radial_equations import RadialEquations
from ...theory.radial.radial_modes import BINS, RadialModes, radial_modes
from ...theory.specification.problem import Problem
from ..solver.unit_scaling import Scaled
from .populations import Populations, populations
from .radial_solver import radial_error

__all__ = ["FeaturesEffect", "features_effect"]

LEAST_RIDGE, MOST_RIDGE = 1e-10, 1e20
"""Of the features' power: instead of none, and of more, for the estimate only."""

TARGET = 1e-8
"""Samples of the target per sample, instead of none."""


@dataclasses.dataclass(frozen=True)
class FeaturesEffect:
    """share : what radii and higher degrees add to the error, relative to the Gaussian equivalent
    at the same radii; inf where the equations of the radii have no solution. coordinates : the
    least (tr Σ)²/tr Σ² of the sources and the target."""

    share: float
    coordinates: float


def features_effect(problem: Problem, scaled: Scaled) -> FeaturesEffect:
    """What Gaussian equivalence omits at this size; 0 for features that are linear in x."""
    activation = problem.model.activation
    if activation is None:
        return FeaturesEffect(0.0, math.inf)
    them = populations(scaled.mixture)
    if not them.tails.any():
        return FeaturesEffect(0.0, math.inf)
    return FeaturesEffect(_share(problem, activation, scaled, them), them.coordinates)


def _share(problem: Problem, activation: Activation, scaled: Scaled, them: Populations) -> float:
    entry = (problem.entry_variance or math.nan) * float(scaled.unit)
    trace = float(them.counts @ them.sizes)
    sizes, variance = them.sizes / trace, entry * trace
    mean = activation.moments(variance).mean
    modes = radial_modes(activation, mean, variance, sizes, them.counts, them.ratios)
    linear = modes.gaussian(np.abs(them.slopes) * math.sqrt(variance), them.tails * entry, sizes)
    ridge = problem.ridge * problem.n / (float(them.weights.max()) * float(scaled.weight_unit))
    width = problem.model.width or math.inf
    try:
        whole, gaussian = (_error(width, ridge, these, them) for these in (modes, linear))
    except (SolveError, np.linalg.LinAlgError):
        return math.inf
    found = whole / gaussian - 1 if whole > 0 and gaussian > 0 else math.inf
    return found if -1 < found < math.inf else math.inf


def _error(width: float, ridge: float, modes: RadialModes, them: Populations) -> float:
    """On the target, the last of the populations."""
    shares, N = modes.shares, len(modes.shares)
    counts = np.append(them.samples, TARGET * them.samples.sum())
    equations = RadialEquations(
        modes=modes,
        samples=shares * np.repeat(counts, BINS),
        width=width,
        ridges=np.repeat(np.append(them.weights.max() / them.weights, 1.0), BINS),
    )
    power = equations.power * width
    δ = min(max(ridge, LEAST_RIDGE * power), MOST_RIDGE * power * float(them.samples.sum()))
    spread = np.repeat(them.spread, BINS, axis=0)
    noise = np.repeat(them.noise, BINS) + (spread * modes.coordinate_radii.T**2).sum(axis=1)
    on = np.where(np.arange(N) >= N - BINS, shares, 0.0)
    return radial_error(equations, δ, them.truths, noise, on)
