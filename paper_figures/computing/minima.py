"""Where a simulated curve is lowest, and how sure that is."""

import numpy as np
from numpy.typing import NDArray

from ...theory.base.arrays import Array
from .compared_samples import pseudovalues

__all__ = ["lowest_samples", "resampled", "vertex"]


def vertex(x: Array, y: Array, i: int | NDArray[np.intp]) -> Array:
    """The lowest place of the parabola through three neighbours, the middle one of them i.

    x : (p,) increasing. y : (p, ...) values of one or more curves. i : index, moved inwards by one
    at the ends; one, or one for each curve. Where the three do not make a valley the middle one is
    it, and no place outside of the three is returned.

    >>> x = np.array([0.0, 1.0, 3.0, 4.0])
    >>> float(vertex(x, (x - 1.5) ** 2, 1)), float(vertex(x, -x**2, 2))
    (1.5, 3.0)
    """
    middle = np.clip(np.asarray(i), 1, len(x) - 2)
    (a, fa), (b, fb), (c, fc) = (
        (x[j], np.take_along_axis(y, np.broadcast_to(j, y.shape[1:])[None], 0)[0])
        for j in (middle - 1, middle, middle + 1)
    )
    left, right = (fb - fa) / (b - a), (fc - fb) / (c - b)
    bend = np.where(right > left, right - left, 1.0)
    lowest = np.where(right > left, (right * (a + b) - left * (b + c)) / (2 * bend), b)
    return np.asarray(np.clip(lowest, a, c))


def lowest_samples(x: Array, samples: Array) -> Array:
    """(trials,) jackknife samples of the place where the mean curve is lowest.

    x : (p,) increasing. samples : (p, trials) of the curve, all places of a trial from one draw.
    The three places of the parabola are those of the mean curve, for every trial left out.
    """
    trials = samples.shape[-1]
    whole = samples.mean(axis=-1)
    without = (trials * whole[:, None] - samples) / (trials - 1)
    i = int(whole.argmin())
    return pseudovalues(vertex(x, whole, i), vertex(x, without, i))


def resampled(samples: Array, draws: int, seed: int) -> Array:
    """(p, draws) mean curves of trials drawn again with replacement (bootstrap).

    samples : (p, trials). The trials of a draw are the same at all p places.
    """
    trials = samples.shape[-1]
    rng = np.random.default_rng(seed)
    shares = rng.multinomial(trials, np.full(trials, 1 / trials), size=draws) / trials
    return np.asarray(samples @ shares.T)
