"""Where a simulated curve is lowest, and how certain that is."""

import numpy as np
from numpy.typing import NDArray

from ...theory.base.arrays import Array
from .compared_samples import pseudovalues

__all__ = ["bootstrap_curves", "lowest_samples", "vertex"]


def vertex(x: Array, y: Array, i: int | NDArray[np.intp]) -> Array:
    """The abscissa of the lowest point of the parabola through three neighbours, the middle one i.

    x : (p,) increasing. y : (p, ...) values of one or more curves. i : index, moved inwards by one
    at the ends; one, or one for each curve. If the three do not form a valley the middle one is
    returned, and the result always lies between the outer two.

    >>> x = np.array([0.0, 1.0, 3.0, 4.0])
    >>> float(vertex(x, (x - 1.5) ** 2, 1)), float(vertex(x, -x**2, 2))
    (1.5, 3.0)
    """
    middle = np.clip(np.asarray(i), 1, len(x) - 2)
    (a, fa), (b, fb), (c, fc) = (
        (x[j], np.take_along_axis(y, np.broadcast_to(j, y.shape[1:])[None], 0)[0])
        for j in (middle - 1, middle, middle + 1)
    )
    left_slope, right_slope = (fb - fa) / (b - a), (fc - fb) / (c - b)
    bend = np.where(right_slope > left_slope, right_slope - left_slope, 1.0)
    lowest = np.where(
        right_slope > left_slope, (right_slope * (a + b) - left_slope * (b + c)) / (2 * bend), b
    )
    return np.asarray(np.clip(lowest, a, c))


def lowest_samples(x: Array, samples: Array) -> Array:
    """(trials,) jackknife samples of the abscissa where the mean curve is lowest.

    x : (p,) increasing. samples : (p, trials) of the curve, all points of a trial from one draw.
    The three points of the parabola are those of the mean curve, for every trial left out.
    """
    trials = samples.shape[-1]
    mean = samples.mean(axis=-1)
    without = (trials * mean[:, None] - samples) / (trials - 1)
    i = int(mean.argmin())
    return pseudovalues(vertex(x, mean, i), vertex(x, without, i))


def bootstrap_curves(samples: Array, draws: int, seed: int) -> Array:
    """(p, draws) mean curves of trials drawn again with replacement (bootstrap).

    samples : (p, trials). The trials of a draw are the same at all p points.
    """
    trials = samples.shape[-1]
    rng = np.random.default_rng(seed)
    shares = rng.multinomial(trials, np.full(trials, 1 / trials), size=draws) / trials
    return np.asarray(samples @ shares.T)
