"""The error of the deterministic equivalent at the size of a problem.

Two parts, both relative and with a sign: the first correction at finite size of the sources pooled
into one (``first_correction``, ``pooled_sources``), and for random features what Gaussian
equivalence misses outside n, m ∝ d (``features_effect``: the error at radii and higher
degrees, over that of the Gaussian equivalent at the same radii).

Regime: sizes at which it is small. Measured in plain numpy with one source, on problems that
nothing was chosen by: of random features (600, 300 of them in tests/reference/plain_features.json)
1 of 216 predictions that are off by more than 10 % is not called approximate, and 7 of 179 that are
right within 2 % are; of projections and the linear model none of 34 and none of 144. By
``simulate``, on 520 small problems (200 of features, from which ``FEW_COORDINATES`` was chosen)
with unlike sources, fixed truths, orthogonal projections or another target: 1 of 72 and 6 of 269;
of features of two sources with unlike covariances (benchmarks/unlike_sources.py) none of 33 and 4
of 56. Features with few coordinates, (tr Σ)²/tr Σ² < 6 of a source or the target, are estimated
roughly: by a factor of 3, and at times with the wrong sign.
"""

import dataclasses
import math
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theory.base.arrays import Array, Number
from ...theory.finite_size.first_correction import first_order
from ...theory.finite_size.pooled_sources import Pooled, pool
from ...theory.models.width_closures import Closure
from ...theory.specification.problem import Problem
from ..solver.arithmetic import DOUBLE
from ..solver.error_evaluation import Evaluation
from ..solver.precision_choice import Solved
from ..solver.unit_scaling import Scaled, scaled_equations
from .draw_spread import coordinate_draws, unseen_error
from .features_effect import features_effect
from .selection_effect import selection_effect

__all__ = [
    "EXACT",
    "FEW_COORDINATES",
    "FEW_DEGREES",
    "TIE",
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

FEW_COORDINATES = 3.0
"""Coordinates that count in a feature, of the sources and the target, below which a prediction is
always called approximate: 30 of 33 that were simulated are off by more than 2 %, some by half."""

ROUNDED = 1e-9
"""The rounding error of a number of coordinates: three equal ones are three in any basis."""

TIE = 1e-6
"""Degrees of freedom left to the features, and share of the bias in the error, up to which a width
is that of the rank of the data without ridge, and takes nothing away."""


@dataclasses.dataclass(frozen=True)
class Approximation:
    """Relative departures of the mean of simulations from the predicted error.

    size : at first order in 1/n; features : of Gaussian equivalence; each above −1, and inf where
    there is no estimate. degrees_left : the degrees of freedom left to the samples; coordinates :
    those that count in a feature, (tr Σ)²/tr Σ². spread : the standard deviation of the error over
    draws of random coordinates, relative to it. selection : what selected samples add to size.
    """

    size: float
    features: float
    degrees_left: float
    coordinates: float = math.inf
    spread: float = 0.0
    selection: float = 0.0

    @property
    def error(self) -> float:
        """Both; positive where simulated errors are larger than predicted, and above −1."""
        size, features = self.size + self.selection, self.features
        return math.inf if math.inf in (abs(size), features) else size + features + size * features

    @property
    def few_coordinates(self) -> bool:
        """Whether fewer than three coordinates count in a feature."""
        return self.coordinates < FEW_COORDINATES * (1 - ROUNDED)

    @property
    def exceeds_tolerance(self) -> bool:
        """Whether the theory is off by more than a few percent, or may be."""
        return (
            self.few_coordinates
            or self.spread > TOLERATED
            or bool(is_approximate(np.array(self.error), np.array(self.degrees_left)))
        )


EXACT = Approximation(0.0, 0.0, math.inf)


@dataclasses.dataclass(frozen=True, eq=False)
class Estimate:
    """An approximation that is computed when it is first looked at; pickled, it is its value."""

    compute: Callable[[], Approximation]

    @cached_property
    def value(self) -> Approximation:
        """The value."""
        return self.compute()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Estimate) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)

    def evaluated(self) -> "Estimate":
        """With the value computed, and nothing kept to compute it from."""
        return Estimate(_Constant(self.value))

    def __reduce__(self) -> tuple[Any, ...]:
        return Estimate, (_Constant(self.value),)


@dataclasses.dataclass(frozen=True)
class _Constant:
    value: Approximation

    def __call__(self) -> Approximation:
        return self.value


def is_approximate(error: Array, degrees_left: Array) -> NDArray[np.bool_]:
    """Whether it is more than a few percent; degrees_left : to the samples."""
    tolerated = TOLERATED * np.minimum(1.0, degrees_left / SOME_DEGREES)
    return np.logical_not((np.abs(error) <= tolerated) & (degrees_left >= FEW_DEGREES))


def approximation(problem: Problem, solved: Solved, values: Evaluation, error: Number) -> Approximation:
    """The estimate at a solved point; error : the predicted one, of any type of number."""
    if not 0 < error < math.inf:
        return EXACT
    scaled = solved.scaled if solved.working <= DOUBLE.digits else scaled_equations(problem)
    with np.errstate(all="ignore"):
        pooled = _pooled(problem, scaled, solved, values, error)
        effect = first_order(pooled.sums())
        own = float(error / scaled.unit)
        learnt = own - unseen_error(scaled.mixture)
        size = float(effect.share(np.array(learnt))) * (learnt / own)
        draws = coordinate_draws(scaled, solved, own, float(values.point[4]))
        features = features_effect(problem, scaled)
    degrees = float(values.point[6])
    selected = selection_effect(problem) / float(error) if any(s.selected for s in problem.sources) else 0.0
    selected = selected if abs(selected) < 1 else math.inf
    return Approximation(
        size + draws.shift, features.share, degrees, features.coordinates, draws.spread, selected
    )


def _pooled(problem: Problem, scaled: Scaled, solved: Solved, values: Evaluation, error: Number) -> Pooled:
    mixture = scaled.mixture
    shares = mixture.own_shares(np.asarray(solved.root.shares, dtype=float))
    left, spare, _, free = map(float, values.point[4:])
    unbiased = problem.ridge == 0 or float(values.bias.sum(axis=0)[-1] / error) <= TIE
    return pool(
        mixture,
        mixture.weights * shares,
        float(solved.root.η),
        left,
        *((None, None) if free <= TIE and unbiased else _width(solved.equations.closure, spare)),
    )


def _width(closure: Closure[Number], spare: float) -> tuple[float | None, float | None]:
    """m − df1, and d − m of an orthogonal projection; None where the width leaves nothing out."""
    if closure.width is None:
        return None, None
    return spare, None if closure.missing is None else float(closure.missing)
