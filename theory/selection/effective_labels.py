"""The linear labels that kept samples are closest to, and the noise that these leave."""

import math
from typing import NamedTuple

import numpy as np

from ..base.arrays import Array
from .kept_moments import Powers
from .label_laws import LinearLabels
from .score_axes import ScoreAxes
from .selection_integrand import Integrand

__all__ = ["EffectiveLabels", "effective_labels"]

SINGULAR = 1e-13
"""Eigenvalues of the matrix of correlations below are rounding."""
CANCELLED = 1e-3
"""A noise variance below this share of E y² is integrated instead of subtracted."""


class EffectiveLabels(NamedTuple):
    """β = M⁻¹b, v − bᵀβ ≥ 0, and whether M is singular.

    amplified, steepness : by how much relative errors of the moments are larger in the noise variance, and
    in the truth.
    """

    truth: Array
    noise_variance: float
    singular: bool
    amplified: float
    steepness: float


def effective_labels(
    axes: ScoreAxes, second: Array, classes: list[tuple[Integrand, Powers]], kept: float
) -> EffectiveLabels:
    """second : E (1, u, y)(1, u, y)ᵀ of kept samples. classes : of labels, with the moments of the axes."""
    M, b, v = second[1:-1, 1:-1], second[1:-1, -1], float(second[-1, -1])
    inverse, singular, least = _inverse(M)
    scale = np.sqrt(np.diagonal(M))
    size = 1.0 + float(np.abs(axes.truth).sum())
    if isinstance(axes.labels, LinearLabels):
        ((_, powers),) = classes
        truth, noise, condition = _linear(axes, powers, kept)
        return EffectiveLabels(truth, noise, singular, 1.0, size * condition)
    truth = inverse @ b
    noise = v - float(b @ truth)
    if noise < CANCELLED * v:
        noise = sum(_residual(axes, *each, truth) for each in classes) / (len(classes) * kept)
    least /= _cancelled(axes, classes, scale, kept)
    smallest = float(np.min(scale[scale > 0], initial=1.0))
    steepness = (math.sqrt(v) + float(np.abs(truth * scale).sum())) / (least * smallest)
    return EffectiveLabels(truth, max(noise, 0.0), singular, 1.0 / least, steepness)


def _cancelled(axes: ScoreAxes, classes: list[tuple[Integrand, Powers]], scale: Array, kept: float) -> float:
    """By how much rounding in the axes is larger than in u, where a narrow rule makes a part of u small."""
    worst = 1.0
    for integrand, powers in classes:
        sizes = [np.sqrt(powers[_square(axes.count, k)] / (kept * len(classes))) for k in range(axes.count)]
        natural = np.abs(axes.axes[:-1]) @ np.array(sizes) + np.linalg.norm(axes.rest[:-1], axis=1)
        natural = natural + np.abs(integrand.in_class * axes.shift)
        worst = max(worst, float(np.max(natural[scale > 0] / scale[scale > 0], initial=0.0)) ** 2)
    return worst


def _square(count: int, k: int) -> tuple[int, ...]:
    """The name of E q h_k²."""
    return tuple(2 if i == k else 0 for i in range(count + 1))


def _linear(axes: ScoreAxes, powers: Powers, kept: float) -> tuple[Array, float, float]:
    """Without subtraction: by the inverse of N = E (u, ε)(u, ε)ᵀ.

    N⁻¹ = I + Q (H⁻¹ − I) Qᵀ with H = E hhᵀ; its last column, of ε, has the entries −M⁻¹E uε/s and 1/s, where
    s σ² is the noise variance.
    """
    K, Q = axes.count, axes.axes
    w, σ = axes.truth[:-1], float(axes.truth[-1])
    if σ == 0 or K == 0:
        return w, σ**2, 1.0
    H = np.empty((K, K))
    for i in range(K):
        for j in range(K):
            name = [0] * (K + 1)
            name[i] += 1
            name[j] += 1
            H[i, j] = powers[tuple(name)] / kept
    inverse, _, least = _inverse(H)
    of_noise = Q[-1]
    column = Q[:-1] @ (inverse @ of_noise - of_noise)
    last = float(axes.rest[-1] @ axes.rest[-1] + of_noise @ inverse @ of_noise)
    truth: Array = w - σ * column / last
    return truth, σ**2 / last, 1.0 / least


def _residual(axes: ScoreAxes, integrand: Integrand, powers: Powers, truth: Array) -> float:
    """E q (y − uᵀβ)² in one class."""
    slopes = truth @ axes.axes[:-1]
    rest = truth @ axes.rest[:-1]
    squared, _ = integrand.squared(slopes, integrand.in_class * float(truth @ axes.shift))
    kept = next(share for name, share in powers.items() if not any(name))
    return squared + kept * float(rest @ rest)


def _inverse(M: Array) -> tuple[Array, bool, float]:
    """The inverse or pseudo-inverse, whether singular, and the least eigenvalue kept of the correlations."""
    scale = np.sqrt(np.diagonal(M))
    if not len(M):
        return M, False, 1.0
    there = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(M / np.outer(there, there))
    good = values > SINGULAR * values[-1]
    inverted = np.where(good, 1.0 / np.where(good, values, 1.0), 0.0)
    inverse: Array = (vectors * inverted) @ vectors.T / np.outer(there, there)
    return inverse, not bool(good.all()), float(values[good].min())
