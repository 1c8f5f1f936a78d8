"""How much memory a trial takes, to refuse one that will not fit before anything is allocated."""

from collections.abc import Iterator

import numpy as np

from ..theory import Linear, Problem, RandomFeatures, SpecError
from ..theory.frame import Frame
from ..theory.truths import FixedTruth, RandomTruth, Truth
from .draw import TEST_SAMPLES

__all__ = ["LARGEST_TRIAL", "check_affordable"]

LARGEST_TRIAL = 8.0
"""GiB that one trial may take."""


def check_affordable(problem: Problem, method: str) -> None:
    """Refuse a trial that would take more than ``LARGEST_TRIAL``."""
    needed = sum(_entries(problem, method)) * 8 / 2**30
    if not needed <= LARGEST_TRIAL:
        raise SpecError(
            f"one trial in dimension d = {problem.d:g} with n = {problem.n:g} samples and m = "
            f"{_width(problem):g} features would take about {needed:.3g} GiB, more than "
            f"{LARGEST_TRIAL:g}. Simulate a smaller problem of the same shape: n, d and m divided "
            f"by one factor, with signal and shifts multiplied by it; or trust the prediction, "
            f"which does not need to draw anything."
        )


def _entries(problem: Problem, method: str) -> Iterator[float]:
    """Numbers that are held at one time, roughly."""
    n, d, m = float(problem.n), float(problem.d), float(_width(problem))
    frame = problem.coordinates
    yield n * d if isinstance(problem.model, Linear) else n * d + n * m + d * m
    yield from (2 * Σ.size for Σ in _different(frame) if Σ.ndim == 2)
    yield from (3 * _columns(truth, d) ** 2 for truth in frame.truths if not _fixed(truth))
    if isinstance(problem.model, RandomFeatures):
        yield len(_different(frame)) * (3 * m * m + (m + TEST_SAMPLES) * (m + d))
    if method == "conditional":
        yield from _integrated(problem, n, d, m)


def _integrated(problem: Problem, n: float, d: float, m: float) -> Iterator[float]:
    """The response, and what it makes of every column of the truths."""
    frame, K = problem.coordinates, len(problem.sources)
    features = isinstance(problem.model, RandomFeatures)
    weights = m if features else d
    yield 2 * min(n, m) ** 2 + 2 * n * d
    columns = [_columns(truth, d) for truth in frame.truths]
    if 0 in columns:
        yield (K + 2) * weights * d
    yield max(columns) * (n + 4 * weights)
    if features or any(Σ.ndim == 2 for Σ in frame.covariances):
        yield weights**2
    if features:
        yield 3 * TEST_SAMPLES * sum(column or d for column in columns) * len(_different(frame))


def _width(problem: Problem) -> float:
    return problem.d if isinstance(problem.model, Linear) else problem.model.width


def _different(frame: Frame) -> list[np.ndarray]:
    return list({id(Σ): Σ for Σ in frame.covariances}.values())


def _fixed(truth: Truth) -> bool:
    return isinstance(truth, FixedTruth)


def _columns(truth: Truth, d: float) -> float:
    """Columns that a part of the truths stands for; 0 where it is diagonal."""
    if isinstance(truth, FixedTruth):
        return float(truth.target.shape[1])
    if isinstance(truth, RandomTruth):
        return d if np.ndim(truth.moment) == 2 else 0.0
    dense = any(np.ndim(block) == 2 for row in truth.blocks for block in row)
    return len(truth.blocks) * d if dense else 0.0
