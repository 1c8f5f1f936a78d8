"""The spread of the error over draws of random coordinates, for a solved mixture."""

import dataclasses
import math

import numpy as np

from ...theory.equations.mixture import Mixture
from ...theory.finite_size.coordinate_draws import CoordinateDraws
from ..solver.precision_choice import Solved
from ..solver.unit_scaling import Scaled

__all__ = ["DrawSpread", "coordinate_draws", "unseen_error"]


@dataclasses.dataclass(frozen=True)
class DrawSpread:
    """Relative to the error: its standard deviation over draws, and its mean over draws less itself."""

    spread: float
    shift: float


def unseen_error(m: Mixture) -> float:
    """The part of the error that no fit can touch, that of what the model does not see."""
    return 0.0 if m.share == 1 else (1 - float(m.share)) * float(m.null_error())


def coordinate_draws(scaled: Scaled, solved: Solved, error: float, samples_left: float) -> DrawSpread:
    """At the solved point; error : the predicted one, in the units of ``scaled``, in float64;
    samples_left : n₊ − df1.

    Nothing where the model sees all coordinates. Infinite where the equations of the second order are
    singular.
    """
    m = scaled.mixture
    share = float(m.share)
    if share == 1:
        return DrawSpread(0.0, 0.0)
    fitted = np.flatnonzero(m.group >= 0)
    waves = np.eye(len(m.covariance_of))[[*fitted, -1], :, None] * np.ones(m.covariances.shape[1])
    moments = np.array([[sum(part.product(a, b) for part in m.truths) for b in waves] for a in waves])
    own = np.asarray(m.own_shares(np.asarray(solved.root.shares, dtype=float)), dtype=float)
    try:
        draws = CoordinateDraws(
            multiplicities=np.asarray(getattr(m.algebra, "multiplicities"), dtype=float),  # noqa: B009
            covariances=np.asarray(m.covariances, dtype=float)[m.covariance_of[[*fitted, -1]]],
            weights=np.asarray(m.weights, dtype=float)[fitted],
            counts=share * np.asarray(m.counts, dtype=float)[fitted],
            noise=np.asarray(m.noise, dtype=float)[fitted] / error,
            moments=moments / error,
            share=share,
            samples_left=samples_left,
            shares=own[fitted],
            scale=float(solved.root.η),
        )
        effect = draws.merged().effect()
    except np.linalg.LinAlgError:
        return DrawSpread(math.inf, math.inf)
    spread, shift = math.sqrt(effect.variance), effect.shift
    known = math.isfinite(spread) and math.isfinite(shift)
    return DrawSpread(spread, shift) if known else DrawSpread(math.inf, math.inf)
