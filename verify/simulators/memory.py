"""How much memory a trial takes: to refuse one that will not fit before anything is allocated, and
to do so many together as fit into a cache."""

from collections.abc import Iterator

import numpy as np

from ...theory import Problem, SpecError
from ...theory.coordinates.problem_arrays import Frame
from .draw import TEST_SAMPLES
from .feature_moments import known

__all__ = ["LARGEST_TRIAL", "check_affordable", "stack_of"]

LARGEST_TRIAL = 8.0
"""GiB that one trial may take."""

STACK, CACHE = 64, 2.5 * 2**20
"""Trials that are done together: at most so many, and only while they take no more bytes than that.

Measured, one thread with 0.5 MiB of second and 32 MiB of third cache: Python costs 0.3 to 0.6 ms
for a stack, however many trials are in it, and with 64 it is below a fifth of the least trial. The
time of a trial of 70, 300 and 700 kB is least where the stack takes 2 to 3 MiB, by a factor of 5, 2
and 1.6 below that of one by itself. Where it takes 4 MiB or more, memory is slower than the Python
that is saved: a trial of 2.3 MiB costs a quarter more in a stack of two than alone.
"""


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


def stack_of(problem: Problem) -> int:
    """How many trials are done together; 1 if they are large, which take no more memory for it.

    >>> from detequiv.theory import Source, isotropic
    >>> sizes = (10, 100, 1000)
    >>> mixes = [Problem(signal=1, sources=[Source(d, isotropic(d))], ridge=1) for d in sizes]
    >>> [stack_of(mix) for mix in mixes]
    [64, 4, 1]
    """
    n, d, m = float(problem.n), float(problem.d), float(_width(problem))
    entries = sum(_drawn(problem, n, d, m)) + sum(_integrated(problem, n, d, m))
    return int(min(max(CACHE / (8 * entries), 1), STACK))


def _entries(problem: Problem, method: str) -> Iterator[float]:
    """Numbers that are held at one time, roughly."""
    n, d, m = float(problem.n), float(problem.d), float(_width(problem))
    frame = problem.coordinates
    yield from _drawn(problem, n, d, m)
    yield from (2 * Σ.size for Σ in _different(frame) if Σ.ndim == 2)
    yield from (3 * truth.columns(d) ** 2 for truth in frame.truths if truth.random)
    if method == "conditional":
        yield from _integrated(problem, n, d, m)


def _drawn(problem: Problem, n: float, d: float, m: float) -> Iterator[float]:
    """Inputs, projection and features, and what measures features."""
    yield n * d if problem.model.width is None else n * d + n * m + d * m
    if problem.model.activation is None:
        return
    different = len(_different(problem.coordinates))
    if _on_test_sets(problem):
        yield different * TEST_SAMPLES * (m + d)
    else:  # the last term is that of one kernel at work
        yield different * (2 * m * m + m * d) + 5 * m * m


def _integrated(problem: Problem, n: float, d: float, m: float) -> Iterator[float]:
    """The response, and what it makes of every column of the truths."""
    frame, K = problem.coordinates, len(problem.sources)
    features = problem.model.activation is not None
    weights = m if features else d
    yield 2 * min(n, m) ** 2 + 2 * n * d
    columns = [truth.columns(d) for truth in frame.truths]
    if 0 in columns:
        yield (K + 2) * weights * d
    yield max(columns) * (n + 4 * weights)
    if features or any(Σ.ndim == 2 for Σ in frame.covariances):
        yield weights**2
    if _on_test_sets(problem):
        yield 3 * TEST_SAMPLES * sum(column or d for column in columns) * len(_different(frame))


def _on_test_sets(problem: Problem) -> bool:
    activation = problem.model.activation
    return activation is not None and not known(activation)


def _width(problem: Problem) -> float:
    return problem.d if problem.model.width is None else problem.model.width


def _different(frame: Frame) -> list[np.ndarray]:
    return list({id(Σ): Σ for Σ in frame.covariances}.values())
