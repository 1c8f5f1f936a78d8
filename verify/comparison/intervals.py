"""A confidence interval for the mean of skewed samples: Hall's corrected t."""

import dataclasses

import numpy as np

from ...theory.base.arrays import Array

__all__ = ["Mean", "interval"]


@dataclasses.dataclass(frozen=True)
class Mean:
    """Of samples: their number, mean, standard error of the mean (ddof 1) and skewness."""

    trials: int
    mean: float
    stderr: float
    skewness: float

    @classmethod
    def of(cls, samples: Array) -> "Mean":
        """Of a (trials,) array of at least two.

        >>> Mean.of(np.array([1.0, 2.0, 3.0])).mean
        2.0
        """
        trials, mean = len(samples), float(samples.mean())
        size = float(np.abs(samples - mean).max())
        if not size > 0:
            return cls(trials, mean, 0.0, 0.0)
        deviations = (samples - mean) / size
        skewness = float(np.mean(deviations**3) / np.mean(deviations**2) ** 1.5)
        return cls(trials, mean, float(samples.std(ddof=1) / np.sqrt(trials)), skewness)


def interval(mean: Mean, alpha: float) -> tuple[float, float]:
    """The interval that fails to cover E with probability alpha, half of it on either side.

    With T = (mean − E)/stderr and the skewness γ,

        g(T) = T + γ/√n (T²/3 + 1/6) + γ²/n T³/27

    is Student's t to O(1/n), where T itself is so only to O(γ/√n) (P. Hall, *On the removal of
    skewness by transformation*, J. R. Statist. Soc. B 54, 1992); g is a cubic with one root, so
    that the interval is its inverse at ± the quantile of t. Without spread it has no width.

    >>> low, high = interval(Mean(trials=100, mean=1.0, stderr=0.1, skewness=0.0), 0.05)
    >>> round(low, 4), round(high, 4)
    (0.8016, 1.1984)
    >>> low, high = interval(Mean(trials=100, mean=1.0, stderr=0.1, skewness=2.0), 0.05)
    >>> round(low, 4), round(high, 4)
    (0.8259, 1.2373)
    """
    from scipy.special import stdtrit

    quantile = -float(stdtrit(mean.trials - 1, alpha / 2))
    low = mean.mean - mean.stderr * _inverse(quantile, mean)
    return low, mean.mean - mean.stderr * _inverse(-quantile, mean)


def _inverse(value: float, mean: Mean) -> float:
    """g⁻¹, from g(T) = ((1 + aT)³ − 1)/(3a) + a/2 with a = γ/(3√n)."""
    a = mean.skewness / (3 * np.sqrt(mean.trials))
    if abs(a) < 1e-9:  # the cubic is T to all digits
        return value
    return float((np.cbrt(1 + 3 * a * (value - a / 2)) - 1) / a)
