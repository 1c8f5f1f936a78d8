"""Plain simulators for statements that are not about a single fit: rounds, chains, kernels.

Labels come in columns: one least squares fits many sets of labels on the same inputs, each with
truths and noise of its own. A trial is their mean.
"""

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from ...theory.base.arrays import Array

__all__ = ["chain", "kernel_traces", "mixing_rounds", "own_label_rounds", "trained_on_chain"]

COLUMNS = 200
"""Sets of labels for each draw of the inputs."""

OWN_LABEL_COLUMNS = 100
"""The same for rounds of own labels."""


def mixing_rounds(
    rng: np.random.Generator,
    *,
    dimension: int,
    counts: tuple[int, int],
    noise_variances: tuple[float, float],
    quality: float,
    rounds: int,
    reuse: bool,
) -> Array:
    """(rounds,) errors after each round of least squares on real and on synthetic labels.

    Inputs are N(0, I), truths N(0, I/d). The first synthetic labels come from a truth off by
    N(0, c²/d), those of a later round from the model of the round before. Real data are drawn anew
    each round, or stay what they were in the first one where ``reuse``.
    """
    d, (σ1, σ2) = dimension, np.sqrt(noise_variances)
    errors: list[float] = []
    w = _columns(rng, d, 1 / d)
    model = w + _columns(rng, d, quality / d)
    X1, y1 = _labelled(rng, counts[0], d, w, σ1)
    for _ in range(rounds):
        if errors and not reuse:
            X1, y1 = _labelled(rng, counts[0], d, w, σ1)
        X2, y2 = _labelled(rng, counts[1], d, model, σ2)
        model = _least_squares(np.vstack([X1, X2]), np.vstack([y1, y2]))
        errors.append(float(np.mean(np.sum((model - w) ** 2, axis=0))))
    return np.array(errors)


def chain(
    rng: np.random.Generator,
    eigenvalues: Array,
    counts: Sequence[int],
    noise_variances: Sequence[float],
    w: Array,
) -> Array:
    """(d, columns) weights of the last generator: each is fitted to labels of the one before."""
    for n, σ2 in zip(counts, noise_variances, strict=True):
        X, y = _labelled(rng, n, len(w), w, math.sqrt(σ2), np.sqrt(eigenvalues))
        w = _least_squares(X, y)
    return w


def trained_on_chain(
    rng: np.random.Generator,
    eigenvalues: Array,
    counts: Sequence[int],
    noise_variances: Sequence[float],
    fitted: tuple[int, int],
    noises: tuple[float, float],
    ridge: float,
) -> Array:
    """(3,) tr ΣΔ and tr Δ of a chain, and the error of ridge regression on n_1 real samples and n_2
    that the chain labels. Truths are N(0, I/d)."""
    d, n, root = len(eigenvalues), sum(fitted), np.sqrt(eigenvalues)
    w = _columns(rng, d, 1 / d)
    teacher = chain(rng, eigenvalues, counts, noise_variances, w)
    X1, y1 = _labelled(rng, fitted[0], d, w, math.sqrt(noises[0]), root)
    X2, y2 = _labelled(rng, fitted[1], d, teacher, math.sqrt(noises[1]), root)
    X, y = np.vstack([X1, X2]), np.vstack([y1, y2])
    model = np.linalg.solve(X.T @ X / n + ridge * np.eye(d), X.T @ y / n)
    label_error, model_error = teacher - w, model - w
    squares = (eigenvalues @ label_error**2, np.sum(label_error**2, axis=0), eigenvalues @ model_error**2)
    return np.array([np.mean(columns) for columns in squares])


def kernel_traces(
    rng: np.random.Generator,
    *,
    dimension: int,
    samples: int,
    width: int,
    ridge: float,
    activation: Callable[[Array], Array],
) -> Array:
    """(2,) τ_1 = tr K⁻¹/n and τ_2 = tr XᵀXK⁻¹/(dn), K = FᵀF/m + λ, F = act(WX/√d), X (d, n)."""
    d, n = dimension, samples
    X = rng.normal(size=(d, n))
    F = activation(rng.normal(size=(width, d)) @ X / math.sqrt(d))
    inverse = np.linalg.inv(F.T @ F / width + ridge * np.eye(n))
    return np.array([np.trace(inverse) / n, np.sum((X.T @ X) * inverse) / (d * n)])


def own_label_rounds(
    rng: np.random.Generator,
    *,
    eigenvalues: Array,
    counts: tuple[int, int],
    noise_variances: tuple[float, float],
    ridge: float,
    rounds: int,
    keep: Literal["all", "latest"],
    real: bool,
    inputs: Literal["fresh", "same"],
) -> Array:
    """(rounds + 1,) errors of the first fit and of each round, the mean over truths N(0, I/d).

    The first model is fitted to real samples, the next ones to samples that the model before has labelled:
    those of all rounds or of the latest, with the real samples where ``real``. Their inputs are new ones, or
    the real ones where ``inputs`` is "same".
    """
    d, root, (σ_real, σ_new) = len(eigenvalues), np.sqrt(eigenvalues), np.sqrt(noise_variances)
    w = rng.normal(size=(d, OWN_LABEL_COLUMNS)) / math.sqrt(d)

    def labelled(X: Array, model: Array, σ: float) -> tuple[Array, Array]:
        return X, X @ model + σ * rng.normal(size=(len(X), OWN_LABEL_COLUMNS))

    real_data = labelled(rng.normal(size=(counts[0], d)) * root, w, σ_real)
    model = _ridge_regression([real_data], ridge)
    errors = [_error(model - w, eigenvalues)]
    kept: list[tuple[Array, Array]] = []
    for _ in range(rounds):
        X = real_data[0] if inputs == "same" else rng.normal(size=(counts[1], d)) * root
        new = labelled(X, model, σ_new)
        kept = [*kept, new] if keep == "all" else [new]
        model = _ridge_regression([real_data, *kept] if real else kept, ridge)
        errors.append(_error(model - w, eigenvalues))
    return np.array(errors)


def _columns(rng: np.random.Generator, d: int, variance: float) -> Array:
    return rng.normal(size=(d, COLUMNS)) * math.sqrt(variance)


def _labelled(
    rng: np.random.Generator, n: int, d: int, w: Array, σ: float, root: Array | float = 1.0
) -> tuple[Array, Array]:
    """n inputs of covariance diag(root²), and their labels xᵀw + noise."""
    X = rng.normal(size=(n, d)) * root
    return X, X @ w + σ * rng.normal(size=(n, w.shape[1]))


def _least_squares(X: Array, y: Array) -> Array:
    return np.asarray(np.linalg.lstsq(X, y)[0], dtype=np.float64)


def _ridge_regression(data: list[tuple[Array, Array]], ridge: float) -> Array:
    X, y = (np.vstack(blocks) for blocks in zip(*data, strict=True))
    fitted: Array = np.linalg.solve(X.T @ X + len(X) * ridge * np.eye(X.shape[1]), X.T @ y)
    return fitted


def _error(deviation: Array, eigenvalues: Array) -> float:
    return float(np.mean(eigenvalues @ deviation**2))
