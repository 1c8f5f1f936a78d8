"""The estimated error of the deterministic equivalent itself at the size of a problem.

It has two parts, both signed and relative to the predicted error: the first finite-size correction
(``theory.finite_size``) and, for random features, the error of Gaussian equivalence outside
n, m ∝ d (``theory.radial_modes``: the test error with radii and higher degrees, minus that of the
Gaussian equivalent at the same radii). Both are computed for the sources pooled into one
(``theory.pooled``).

Regime: sizes at which the estimate is small. Measured with a plain numpy simulation on problems not
used for tuning. Random features (600 problems, 300 of them in
tests/reference/plain_features.json): of 216 predictions with an error above 10 %, 1 is not called
approximate; of 179 with an error below 2 %, 7 are. Projections and the linear model (235 problems):
none of 34, and none of 144. The estimate is rough for features with few coordinates,
(tr Σ)²/tr Σ² < 6, and for sources with unequal covariances.
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
"""Degrees of freedom D left to the samples. Below the first a prediction is always called
approximate, since the estimate is the first term of an expansion in 1/D; below the second the
tolerance is reduced in proportion to D."""

MOST_COORDINATES = 48
"""Largest number of coordinates in the modes of features; more are grouped by size."""

LEAST_RIDGE = 1e-10
"""Lower bound on the ridge, relative to the power of the features; used only for the estimate."""


@dataclasses.dataclass(frozen=True)
class Approximation:
    """Relative deviations of the mean of simulations from the predicted error.

    size : the first order in 1/n; features : the error of Gaussian equivalence; inf if there is no
    estimate. degrees_left : the degrees of freedom left to the samples.

    >>> Approximation(0.01, 0.05, degrees_left=100.0).exceeds_tolerance
    True
    """

    size: float
    features: float
    degrees_left: float

    @property
    def error(self) -> float:
        """Their sum; positive if simulated errors are larger than predicted."""
        return self.size + self.features

    @property
    def exceeds_tolerance(self) -> bool:
        """Whether the theory is off by more than a few percent, or could be."""
        return bool(is_approximate(np.array(self.error), np.array(self.degrees_left)))


EXACT = Approximation(0.0, 0.0, math.inf)


@dataclasses.dataclass(frozen=True, eq=False)
class Estimate:
    """An :class:`Approximation` that is computed on first access; pickling computes it."""

    compute: Callable[[], Approximation]

    @cached_property
    def value(self) -> Approximation:
        """The approximation, computed once."""
        return self.compute()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Estimate) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)

    def evaluated(self) -> "Estimate":
        """The same with the value computed and the inputs of the computation released."""
        return Estimate(_Constant(self.value))

    def __reduce__(self) -> tuple[Any, ...]:
        return Estimate, (_Constant(self.value),)


@dataclasses.dataclass(frozen=True)
class _Constant:
    value: Approximation

    def __call__(self) -> Approximation:
        return self.value


def is_approximate(error: Array, degrees_left: Array) -> NDArray[np.bool_]:
    """Whether the estimated relative error exceeds what is tolerated; NaN counts as exceeding.

    error, degrees_left : arrays of one shape; degrees_left : of the samples.

    >>> is_approximate(np.array([0.03, 0.05, 0.03]), np.array([50.0, 50.0, 3.0])).tolist()
    [False, True, True]
    """
    tolerated = TOLERATED * np.minimum(1.0, degrees_left / SOME_DEGREES)
    return np.logical_not((np.abs(error) <= tolerated) & (degrees_left >= FEW_DEGREES))


def approximation(
    problem: Problem, solved: Solved, values: Evaluation, error: float
) -> Approximation:
    """The estimate at a solved point.

    error : the predicted error in the problem's units; if it is 0 or infinite the result is
    ``EXACT``. Raises nothing: a part without an estimate is inf.
    """
    if not 0 < error < math.inf:
        return EXACT
    scaled = solved.scaled if solved.working <= DOUBLE.digits else scale(problem)
    with np.errstate(all="ignore"):
        pooled = _pooled(problem, scaled, solved, values)
        effect = first_order(pooled.sums())
        size = float(effect.samples + _fluctuation(problem.model, problem.d) * effect.width)
        features = _feature_error(problem, scaled, pooled)
    unit = float(scaled.unit)
    degrees = float(values.point[6])
    return Approximation(
        _finite_or_inf(size * unit / error), _finite_or_inf(features * unit / error), degrees
    )


def _fluctuation(model: Model, d: float) -> float:
    """The fluctuation of m orthonormal columns in dimension d relative to a Gaussian matrix."""
    return 1 - model.width / d if isinstance(model, OrthogonalProjection) else 1.0


def _finite_or_inf(value: float) -> float:
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


def _feature_error(problem: Problem, scaled: Scaled, pooled: Pooled) -> float:
    """The contribution of radii and higher degrees to the error of the pooled source."""
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
    for kernel_modes in (modes, gaussian):
        equations = RadialEquations(kernel_modes, fitted, model.width)
        δ = max(ridge, LEAST_RIDGE * equations.power * model.width)
        try:
            errors.append(radial_error(equations, δ, power, pooled.noise_variance))
        except (SolveError, np.linalg.LinAlgError):
            return math.inf
    return errors[0] - errors[1]


def _coordinates(pooled: Pooled) -> tuple[Array, Array, Array]:
    """(λ_i/tr Σ, multiplicities, λ_i E w_i² times multiplicities) in descending order of λ_i; more
    than ``MOST_COORDINATES`` are grouped by size."""
    positive = pooled.load > 0
    load, counts = pooled.load[positive], pooled.multiplicities[positive]
    power = counts * load * pooled.truth[positive]
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
