"""Labels as functions of their score: values that rules see, and moments given what rules saw."""

import math

import numpy as np

from ..base.arrays import Array
from .label_laws import (
    FunctionLabels,
    LabelLaw,
    LinearLabels,
    MixtureLabels,
    PolynomialLabels,
    ProbitLabels,
    SignLabels,
)

__all__ = ["Level", "label_levels", "normal_moment"]

Level = tuple[float, Array, Array | None]
"""Probability, label (or its mean), and standard deviation of the noise around it, if any."""


def label_levels(labels: LabelLaw, score: Array, in_class: float) -> list[Level]:
    """The labels that samples of this score may have."""
    match labels:
        case LinearLabels():
            return [(1.0, score, None)]
        case ProbitLabels():
            return [(1.0, _sign(score), None)]
        case SignLabels():
            return _with_flips(_sign(score), labels.flip)
        case MixtureLabels():
            return _with_flips(np.full_like(score, in_class), labels.flip)
        case PolynomialLabels() | FunctionLabels():
            noisy = (
                labels.variance is not None if isinstance(labels, FunctionLabels) else labels.noise_variance
            )
            return [(1.0, labels.mean(score), labels.deviation(score) if noisy else None)]
    raise TypeError(f"no labels: {type(labels).__name__}")


def normal_moment(power: int, mean: Array, deviation: Array | None) -> Array:
    """E yᵖᵒʷᵉʳ of y = mean + deviation ε."""
    if deviation is None:
        raised: Array = mean**power
        return raised
    total = np.zeros(np.broadcast_shapes(mean.shape, deviation.shape))
    for even in range(0, power + 1, 2):
        times = math.comb(power, even) * math.prod(range(even - 1, 0, -2))
        total = total + times * mean ** (power - even) * deviation**even
    return total


def _sign(score: Array) -> Array:
    return np.where(score >= 0, 1.0, -1.0)


def _with_flips(y: Array, flip: float) -> list[Level]:
    both = [(1.0 - flip, y, None), (flip, -y, None)]
    return [level for level in both if level[0] > 0]
