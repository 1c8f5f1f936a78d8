"""Ridge regression on very many random ReLU features, through the Gram matrix of the inputs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, eigh

from ...theory import activations
from ..computing.result_cache import Result
from .image_moments import ImageMoments, of_inputs, of_scores
from .images import pool
from .networks import LABEL_NOISE, TrainingMix, draw_training_mix, generated_labels

__all__ = [
    "CENTRE",
    "CHUNK",
    "MOST",
    "errors",
    "errors_on_gaussian_rows",
    "errors_on_images",
    "feature_moments",
    "gaussian_training_mix",
    "gram",
]

CENTRE = float(activations.relu.moments(1.0).mean)
"""E relu(z), z ~ N(0, 1): what the library centres these features by."""

CHUNK = 2000
"""Features computed at a time; memory holds this many for each input, and the Gram matrix."""

MOST = 6000
"""Most images for the moments of features, which are an eigenvalue problem of this size."""

ROUNDING = 1e-7
"""Eigenvalues of a Gram matrix in single precision below this share of the largest are dropped."""

Array = NDArray[np.float64]


def gram(inputs: NDArray[Any], width: int, rng: np.random.Generator, chunk: int = CHUNK) -> Array:
    """(N, N), ΦΦᵀ/width of Φ = relu(inputs S) − 1/√(2π), S of independent N(0, 1) entries.

    inputs : (N, d), their covariance of trace 1, so that pre-activations have variance 1 on
    average. Products are taken in single precision and added up in double: the roundings, 1e-6 of
    the diagonal, are far below any ridge in use. The chunk size affects only these.
    """
    N, d = inputs.shape
    x, total = inputs.astype(np.float32), np.zeros((N, N))
    for start in range(0, width, chunk):
        S = rng.standard_normal((min(chunk, width - start), d), dtype=np.float32)
        Φ = x @ S.T
        np.maximum(Φ, 0, out=Φ)
        Φ -= np.float32(CENTRE)
        total += Φ @ Φ.T
    return total / width


def errors(
    mix: TrainingMix, width: int, ridge: float, points: Sequence[tuple[int, float]], rng: np.random.Generator
) -> Array:
    """(points,) test errors, mean squares over images and outputs, one for each (n, p₂).

    ridge : λ/width, λ multiplying |v|² after a 1/n loss.
    """
    test, targets = mix.test
    K = gram(np.concatenate([mix.inputs, test]), width, rng)
    train, result = len(mix.inputs), np.empty(len(points))
    for n in sorted({n for n, _ in points}):
        indices = [i for i, (samples, _) in enumerate(points) if samples == n]
        y = np.hstack([mix.labels(n, points[i][1]) for i in indices]).astype(float)
        factor = cho_factor(K[:n, :n] + n * ridge * np.eye(n), lower=True, overwrite_a=True)
        fitted = K[train:, :n] @ cho_solve(factor, y)
        residual = fitted.reshape(len(test), len(indices), -1) - targets[:, None, :]
        result[indices] = (residual**2).mean(axis=(0, 2))
    return result


def errors_on_images(
    *,
    data: str,
    content: str,
    seed: int,
    trial: int,
    width: int,
    ridge: float,
    points: Sequence[tuple[int, float]],
    tests: int,
) -> Result:
    """A task: one trial on images. content : the digest of data and labels, for the cache
    key."""
    mix = draw_training_mix(data, seed, trial, max(n for n, _ in points), tests)
    return {"error": errors(mix, width, ridge, points, np.random.default_rng([seed, 4, trial]))}


def errors_on_gaussian_rows(
    *,
    data: str,
    content: str,
    seed: int,
    trial: int,
    width: int,
    ridge: float,
    points: Sequence[tuple[int, float]],
    tests: int,
) -> Result:
    """A task: one trial on Gaussian rows and linear labels with the moments of the images."""
    rng = np.random.default_rng([seed, 5, trial])
    mix = gaussian_training_mix(of_inputs(data, seed), max(n for n, _ in points), tests, rng)
    return {"error": errors(mix, width, ridge, points, rng)}


def gaussian_training_mix(
    moments: ImageMoments, most: int, tests: int, rng: np.random.Generator
) -> TrainingMix:
    """Gaussian rows of these moments, whose labels are linear plus independent noise.

    The coordinates are the eigenvectors'; of a rotation nothing depends, the features' weights
    being Gaussian.
    """
    values, (w1, w2), (σ1, σ2) = moments.values, moments.truths, np.sqrt(moments.residuals)
    x = rng.normal(size=(most + tests, values.size)) * np.sqrt(values)
    noise = rng.normal(size=(3, most + tests, w1.shape[1]))
    real, synthetic = x @ w1 + σ1 * noise[0], x @ w2 + σ2 * noise[1] + LABEL_NOISE * noise[2]
    rows, y, y2 = (a.astype(np.float32) for a in (x, real, synthetic))
    return TrainingMix(rows[:most], y[:most], y2[:most], (rows[most:], y[most:]))


def feature_moments(*, data: str, content: str, seed: int, width: int) -> Result:
    """A task: the :class:`ImageMoments` of the features of the pool's images, as arrays; the weights S
    are those of trial 0. With fewer images than features all labels are linear in the features."""
    images, generated = pool(data, seed), generated_labels(data, seed)
    x = images.inputs[:MOST]
    values, vectors = eigh(gram(x, width, np.random.default_rng([seed, 4, 0])))
    significant = values > ROUNDING * values[-1]
    values, vectors = values[significant][::-1], vectors[:, significant][:, ::-1]
    labels = images.targets[:MOST], generated[:MOST]
    return of_scores(values / len(x), vectors * np.sqrt(values), labels).arrays()
