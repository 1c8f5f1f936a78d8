"""A plain simulator of rounds in which each model labels samples for the next."""

import math
from typing import Literal

import numpy as np

from ...theory.base.arrays import Array

__all__ = ["own_label_rounds"]

COLUMNS = 100
"""Sets of labels for each draw of the inputs."""


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
    w = rng.normal(size=(d, COLUMNS)) / math.sqrt(d)

    def labelled(X: Array, model: Array, σ: float) -> tuple[Array, Array]:
        return X, X @ model + σ * rng.normal(size=(len(X), COLUMNS))

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


def _ridge_regression(data: list[tuple[Array, Array]], ridge: float) -> Array:
    X, y = (np.vstack(blocks) for blocks in zip(*data, strict=True))
    fitted: Array = np.linalg.solve(X.T @ X + len(X) * ridge * np.eye(X.shape[1]), X.T @ y)
    return fitted


def _error(deviation: Array, eigenvalues: Array) -> float:
    return float(np.mean(eigenvalues @ deviation**2))
