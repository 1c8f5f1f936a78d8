"""Why terms diverge without ridge: which counts are equal."""

import itertools
import math
from collections.abc import Sequence

from ...theory.base.wording import enumerated
from ...theory.specification.problem import Problem

__all__ = ["diverges", "learnable_rank"]

MOST_SETS = 1024
"""Sets of sources that are looked at for a reason."""


def diverges(problem: Problem, terms: list[str]) -> str:
    """A sentence that names the terms and the reason."""
    which = enumerated(terms)
    verb = "diverge" if len(terms) > 1 else "diverges"
    return f"The {which} {verb} as the ridge vanishes: {_reason(problem)}."


def _reason(problem: Problem) -> str:
    n = sum(source.n for source in problem.sources if source.active)
    m = problem.model.width
    r = learnable_rank(problem)
    if m is not None and n == m < r:
        return (
            f"there are as many samples as features, n = m = {n}, so that the fit interpolates "
            f"through a nearly singular square matrix"
        )
    if n == r and (m is None or r <= m):
        return (
            f"there are as many samples as the data have dimensions, n = rank = {n}, so that the "
            f"fit interpolates through a nearly singular square matrix"
        )
    if m == r and r < n:
        return (
            f"there are as many features as the training data have dimensions, m = rank = {m}, and "
            f"the target has a part outside their range"
        )
    if m is not None and m == _sample_rank(problem):
        return (
            f"there are as many features as the samples span dimensions, m = {m}, since some "
            f"sources have fewer samples than dimensions of their own"
        )
    return "some of the sources have exactly as many samples together as the dimensions that only they reach"


def _sample_rank(problem: Problem) -> float:
    """The rank of all samples together: the least of n_{Tᶜ} + rank over sets T of sources."""
    counts = {k: source.n for k, source in enumerate(problem.sources) if source.active}
    sets = itertools.chain.from_iterable(
        itertools.combinations(counts, size) for size in range(len(counts) + 1)
    )
    few = itertools.islice(sets, MOST_SETS)
    return min(sum(n for k, n in counts.items() if k not in T) + _rank_of_all(problem, T) for T in few)


def learnable_rank(problem: Problem) -> float:
    """The rank of what is trained on; infinite with the residual of an activation."""
    activation, s2 = problem.model.activation, problem.entry_variance
    if activation is not None and s2:
        q = s2 * problem.sources[0].population.trace
        if activation.moments(q).residual:
            return math.inf
    return _rank_of_all(problem, [k for k, s in enumerate(problem.sources) if s.active])


def _rank_of_all(problem: Problem, sources: Sequence[int]) -> float:
    """The rank of the sum of these covariances, on average over what the model sees."""
    frame, seen = problem.frame, problem.model.coordinates_seen
    if not sources:
        return 0.0
    rank = frame.rank(sources)
    return rank if seen is None else rank * seen / float(problem.d)
