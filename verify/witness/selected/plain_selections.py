"""A plain simulator of selected samples: draw, label, select, fit, measure.

Labels and rules are functions of arrays, written out where they are used: nothing of ``theory.selection`` is
read here.
"""

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ....theory.base.arrays import Array

__all__ = [
    "Kept",
    "PlainLabels",
    "PlainRule",
    "PlainSource",
    "angle_error",
    "flipped_signs",
    "least_squares",
    "mixture",
    "noisy",
    "selected_samples",
    "square_error",
    "trained",
]

PlainLabels = Callable[[np.random.Generator, Array], tuple[Array, Array]]
"""Of inputs x ~ N(0, S): the inputs, moved if classes have means, and the labels."""

Kept = NDArray[np.bool_]
"""Which samples."""

PlainRule = Callable[[Array, Array], Kept]
"""Of inputs and labels: which samples to keep."""


@dataclasses.dataclass(frozen=True)
class PlainSource:
    """N samples of covariance root rootᵀ, or diag(root²), their labels, the rule and the loss weight."""

    draws: int
    root: Array
    labels: PlainLabels
    keep: PlainRule | None = None
    weight: float = 1.0


def selected_samples(rng: np.random.Generator, source: PlainSource) -> tuple[Array, Array]:
    """Inputs (n, d) and labels (n,) of the samples that are kept."""
    Z = rng.normal(size=(source.draws, len(source.root)))
    X, y = source.labels(rng, Z * source.root if source.root.ndim == 1 else Z @ source.root.T)
    if source.keep is None:
        return X, y
    kept = source.keep(X, y)
    return X[kept], y[kept]


def trained(
    rng: np.random.Generator,
    sources: Sequence[PlainSource],
    ridge: float,
    *,
    width: int | None = None,
    intercept: bool = False,
) -> tuple[Array, float]:
    """Weights (d,) and intercept of ridge regression on the selected samples.

    width : of a projection with entries N(0, 1/d); None is linear. intercept : whether there is one; it is
    not penalised.
    """
    data = [selected_samples(rng, source) for source in sources]
    X, y = (np.concatenate(blocks) for blocks in zip(*data, strict=True))
    a = np.repeat([source.weight for source in sources], [len(block) for _, block in data])
    S = None if width is None else rng.normal(size=(X.shape[1], width)) / math.sqrt(X.shape[1])
    Φ = X if S is None else X @ S
    shares = a / a.sum() if intercept else np.zeros(len(a))
    φ_mean, y_mean = shares @ Φ, float(shares @ y)
    Φ, y = Φ - φ_mean, y - y_mean
    gram = (Φ.T * a) @ Φ + len(y) * ridge * np.eye(Φ.shape[1])
    v = np.linalg.solve(gram, (Φ.T * a) @ y)
    return (v if S is None else S @ v), y_mean - float(φ_mean @ v)


def least_squares(X: Array, y: Array) -> Array:
    """(XᵀX)⁻¹Xᵀy."""
    return np.asarray(np.linalg.solve(X.T @ X, X.T @ y), dtype=np.float64)


def square_error(w: Array, truth: Array, covariance: Array) -> float:
    """(w − w_t)ᵀS(w − w_t), for a diagonal or a matrix S."""
    δ = w - truth
    return float(δ @ (covariance * δ if covariance.ndim == 1 else covariance @ δ))


def angle_error(w: Array, truth: Array, covariance: Array) -> float:
    """The probability that xᵀw and xᵀw_t differ in sign, for x ~ N(0, S) and diagonal S."""
    m, q, ρ = w @ (covariance * truth), w @ (covariance * w), truth @ (covariance * truth)
    return math.acos(min(max(float(m) / math.sqrt(float(q * ρ)), -1.0), 1.0)) / math.pi


def noisy(w: Array, noise_variance: float = 0.0, cubic: float = 0.0) -> PlainLabels:
    """y = z + cubic z³ + ε, for z = xᵀw."""

    def labels(rng: np.random.Generator, X: Array) -> tuple[Array, Array]:
        z = X @ w
        return X, z + cubic * z**3 + math.sqrt(noise_variance) * rng.normal(size=len(z))

    return labels


def flipped_signs(w: Array, flip: float = 0.0, scale: float = 0.0) -> PlainLabels:
    """The sign of xᵀw + scale ε, negated with this probability."""

    def labels(rng: np.random.Generator, X: Array) -> tuple[Array, Array]:
        y = np.sign(X @ w + scale * rng.normal(size=len(X)))
        return X, np.where(rng.uniform(size=len(y)) < flip, -y, y)

    return labels


def mixture(mu: Array, flip: float = 0.0) -> PlainLabels:
    """Classes ±1 with inputs ±μ + x, their labels negated with this probability."""

    def labels(rng: np.random.Generator, X: Array) -> tuple[Array, Array]:
        t = np.where(rng.uniform(size=len(X)) < 0.5, -1.0, 1.0)
        return X + t[:, None] * mu, np.where(rng.uniform(size=len(t)) < flip, -t, t)

    return labels
