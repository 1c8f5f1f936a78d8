"""How far the deterministic equivalent itself is off at the size of a problem.

Two parts, both relative to the predicted error and both with a sign: the first correction at finite
size (``theory.finite_size``), and for random features what Gaussian equivalence misses outside
n, m ∝ d (``theory.radial_modes``: the error at radii and higher degrees, less that of the Gaussian
equivalent at the same radii). Both are of the sources pooled into one (``theory.pooled``).

Regime: sizes at which it is small. Measured in plain numpy on problems that nothing was chosen by:
of random features (600 problems, 300 of them in tests/reference/plain_features.json) 1 of 216
predictions that are off by more than 10 % is not called approximate, and 7 of 179 that are right
within 2 % are; of projections and the linear model (235) none of 34 and none of 144. Features with
few coordinates, (tr Σ)²/tr Σ² < 6, or with sources of unlike covariances are estimated roughly.
"""

import dataclasses
import math
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..theory.arrays import Array
from ..theory.errors import SolveError
from ..theory.finite_size import first_order
from ..theory.models import Linear, Model, OrthogonalProjection, RandomFeatures
from ..theory.pooled import Pooled, pool
from ..theory.problem import Problem
from ..theory.radial_equations import RadialEquations
from ..theory.radial_modes import radial_modes
from .arithmetic import DOUBLE
from .evaluate import Evaluation
from .radial import radial_error
from .scaled import Scaled, scale
from .solved import Solved

__all__ = [
    "EXACT",
    "FEW_DEGREES",
    "TOLERATED",
    "Approximation",
    "Estimate",
    "approximation",
    "is_approximate",
]

TOLERATED = 0.04
"""Estimated relative error of the theory above which a prediction is called approximate."""

FEW_DEGREES, SOME_DEGREES = 2.0, 5.0
"""Degrees of freedom left to the samples below which it is so called whatever the estimate, the
first term of an expansion in 1/D; and below which less is tolerated, in proportion."""

MOST_COORDINATES = 48
"""Coordinates that the modes of features are made of; more are grouped by size."""

LEAST_RIDGE = 1e-10
"""Of the features' power: in the place of no ridge, for the estimate only."""


@dataclasses.dataclass(frozen=True)
class Approximation:
    """Relative departures of the mean of simulations from the predicted error.

    size : at first order in 1/n; features : of Gaussian equivalence; inf where there is no
    estimate. degrees_left : the degrees of freedom left to the samples.
    """

    size: float
    features: float
    degrees_left: float

    @property
    def error(self) -> float:
        """Both; positive where simulated errors are larger than predicted."""
        return self.size + self.features

    @property
    def rough(self) -> bool:
        """Whether the theory is off by more than a few percent, or may be."""
        return bool(is_approximate(np.array(self.error), np.array(self.degrees_left)))


EXACT = Approximation(0.0, 0.0, math.inf)


@dataclasses.dataclass(frozen=True, eq=False)
class Estimate:
    """An approximation that is computed when it is first looked at; pickled, it is its value."""

    compute: Callable[[], Approximation]

    @cached_property
    def known(self) -> Approximation:
        """The value."""
        return self.compute()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Estimate) and self.known == other.known

    def __hash__(self) -> int:
        return hash(self.known)

    def settled(self) -> "Estimate":
        """With the value computed, and nothing kept to compute it from."""
        return Estimate(_Settled(self.known))

    def __reduce__(self) -> tuple[Any, ...]:
        return Estimate, (_Settled(self.known),)


@dataclasses.dataclass(frozen=True)
class _Settled:
    known: Approximation

    def __call__(self) -> Approximation:
        return self.known


def is_approximate(error: Array, degrees_left: Array) -> NDArray[np.bool_]:
    """Whether it is more than a few percent; degrees_left : to the samples."""
    tolerated = TOLERATED * np.minimum(1.0, degrees_left / SOME_DEGREES)
    return np.logical_not((np.abs(error) <= tolerated) & (degrees_left >= FEW_DEGREES))


def approximation(
    problem: Problem, solved: Solved, values: Evaluation, error: float
) -> Approximation:
    """The estimate at a solved point; error : the predicted one."""
    if not 0 < error < math.inf:
        return EXACT
    scaled = solved.scaled if solved.working <= DOUBLE.digits else scale(problem)
    with np.errstate(all="ignore"):
        pooled = _pooled(problem, scaled, solved, values)
        effect = first_order(pooled.sums())
        size = float(effect.samples + _fluctuating(problem.model, problem.d) * effect.width)
        features = _of_features(problem, scaled, pooled)
    unit = float(scaled.unit)
    degrees = float(values.point[6])
    return Approximation(_known(size * unit / error), _known(features * unit / error), degrees)


def _fluctuating(model: Model, d: float) -> float:
    """The share of a Gaussian matrix's fluctuation that m of d orthonormal columns have."""
    return 1 - model.width / d if isinstance(model, OrthogonalProjection) else 1.0


def _known(value: float) -> float:
    return float(value) if math.isfinite(value) else math.inf


def _pooled(problem: Problem, scaled: Scaled, solved: Solved, values: Evaluation) -> Pooled:
    mixture = scaled.mixture
    shares = mixture.own_shares(np.asarray(solved.root.shares, dtype=float))
    left, spare = map(float, values.point[4:6])
    return pool(
        mixture,
        mixture.weights * shares,
        float(solved.root.η),
        left,
        None if isinstance(problem.model, Linear) else spare,
    )


def _of_features(problem: Problem, scaled: Scaled, pooled: Pooled) -> float:
    """What radii and higher degrees add to the error of the pooled source."""
    model = problem.model
    if not isinstance(model, RandomFeatures) or not pooled.load.any():
        return 0.0
    variance = (problem.entry_variance or math.nan) * pooled.trace * float(scaled.unit)
    moments = model.activation.moments(variance)
    if moments.residual == 0 or moments.slope == 0:
        return 0.0
    sizes, counts, power = _coordinates(pooled)
    modes = radial_modes(model.activation, moments.mean, variance, sizes, counts)
    slope = abs(moments.slope) * math.sqrt(variance)
    gaussian = modes.gaussian(slope, moments.residual, sizes)
    fitted = float(sum(source.n for source in problem.sources if source.active))
    ridge = problem.ridge * problem.n / (pooled.weight * float(scaled.weight_unit))
    errors = []
    for these in (modes, gaussian):
        equations = RadialEquations(these, fitted, model.width)
        δ = max(ridge, LEAST_RIDGE * equations.power * model.width)
        try:
            errors.append(radial_error(equations, δ, power, pooled.noise_variance))
        except (SolveError, np.linalg.LinAlgError):
            return math.inf
    return errors[0] - errors[1]


def _coordinates(pooled: Pooled) -> tuple[Array, Array, Array]:
    """(λ_i/tr Σ, multiplicities, λ_i E w_i² with multiplicities) in descending order, the many
    small ones grouped by size."""
    there = pooled.load > 0
    load, counts = pooled.load[there], pooled.multiplicities[there]
    power = counts * load * pooled.truth[there]
    order = np.argsort(-load, kind="stable")
    load, counts, power = load[order], counts[order], power[order]
    if len(load) > MOST_COORDINATES:
        edges = np.geomspace(load[0], load[-1], MOST_COORDINATES)
        group = np.searchsorted(-edges, -load, side="left")
        members, total, powers = (
            np.asarray(np.bincount(group, weights=x), dtype=float)
            for x in (counts, counts * load, power)
        )
        found = np.flatnonzero(members)
        load, counts, power = total[found] / members[found], members[found], powers[found]
    return load / (counts @ load), counts, power
