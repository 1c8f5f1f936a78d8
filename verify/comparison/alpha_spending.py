"""Interim looks at a growing simulation, and how the error rate is spent on them."""

import functools
import math

import numpy as np

from ...theory.base.arrays import Array

__all__ = ["FIRST_LOOK", "levels", "looks"]

FIRST_LOOK = 128
"""Trials at the first look. Below some hundred the skewness of a sample is too uncertain."""

NODES = 200
FARTHEST = 9.0
"""Standard deviations beyond which a normal variable is not followed."""


def looks(trials: int) -> tuple[int, ...]:
    """The numbers of trials at the interim looks: 128, 256, 512, … and, last, all of them.

    >>> looks(1000), looks(100)
    ((128, 256, 512, 1000), (100,))
    """
    doublings = range(max(0, (trials - 1).bit_length() - FIRST_LOOK.bit_length() + 1))
    return (*(n for i in doublings if (n := FIRST_LOOK << i) < trials), trials)


@functools.lru_cache(maxsize=256)
def levels(looks: tuple[int, ...], alpha: float) -> tuple[float, ...]:
    """The level of the interval at each look, for a probability alpha of ever failing to cover.

    Of alpha the share n_j/n is spent up to look j (Lan and DeMets, *Discrete sequential boundaries
    for clinical trials*, Biometrika 70, 1983), half on either side; the levels follow by
    integration over the paths of a normal sum that has not yet crossed (Armitage, McPherson and
    Rowe, *Repeated significance tests on accumulating data*, J. R. Statist. Soc. A 132, 1969).

    >>> levels((100,), 0.01)
    (0.01,)
    >>> [round(level, 5) for level in levels((128, 256, 512), 0.01)]
    [0.0025, 0.00298, 0.00591]
    """
    from scipy.special import ndtr, ndtri

    if len(looks) == 1:
        return (alpha,)
    information = np.array(looks) / looks[-1]
    spent = np.diff(alpha / 2 * information, prepend=0.0)
    bound = -float(ndtri(spent[0])) * math.sqrt(information[0])
    result = [2 * spent[0]]
    path = _Path.first(information[0], bound)
    for j in range(1, len(looks)):
        step = math.sqrt(information[j] - information[j - 1])
        bound = path.bound(step, spent[j])
        result.append(float(2 * ndtr(-bound / math.sqrt(information[j]))))
        path = path.after(step, bound)
    return tuple(float(level) for level in result)


class _Path:
    """The density of a sum that has not crossed its upper bounds yet, at nodes with weights."""

    def __init__(self, nodes: Array, weights: Array, density: Array) -> None:
        self.nodes, self.mass = nodes, weights * density

    @classmethod
    def first(cls, information: float, bound: float) -> "_Path":
        nodes, weights = _nodes(-FARTHEST * math.sqrt(information), bound)
        return cls(nodes, weights, _normal(nodes, math.sqrt(information)))

    def crossing(self, step: float, bound: float) -> float:
        """The probability that the next step crosses the bound."""
        from scipy.special import ndtr

        return float(self.mass @ ndtr((self.nodes - bound) / step))

    def bound(self, step: float, probability: float) -> float:
        """The bound that the next step crosses with this probability."""
        low, high = 0.0, FARTHEST
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if self.crossing(step, middle) > probability else (low, middle)
        return (low + high) / 2

    def after(self, step: float, bound: float) -> "_Path":
        """The density after the step, of sums that have not crossed the bound."""
        nodes, weights = _nodes(min(self.nodes.min(), -FARTHEST * step), bound)
        density = _normal(nodes[:, None] - self.nodes, step) @ self.mass
        return _Path(nodes, weights, density)


def _nodes(low: float, high: float) -> tuple[Array, Array]:
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    half = (high - low) / 2
    return low + half * (nodes + 1), half * weights


def _normal(x: Array, deviation: float) -> Array:
    density: Array = np.exp(-((x / deviation) ** 2) / 2) / (deviation * math.sqrt(2 * math.pi))
    return density
