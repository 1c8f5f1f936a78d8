"""The rows, weights and ridge of the fit, which are the same in every trial."""

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np

from ...theory import Problem, Source
from ...theory.base.arrays import Array

__all__ = ["Fit"]


@dataclasses.dataclass(frozen=True, eq=False)
class Fit:
    """The sources that are fitted, weights relative to the largest.

    used : them; where all weights are 0, those with samples, in vain. rows : where each stands once
    they are stacked. weights, noise : of each, the variance of its weighted labels' noise. ridge :
    nλ over the largest weight. unlikeness : of the mean squares of their weighted rows, the largest
    over the smallest. whole : whether these are the samples as they are drawn.
    """

    used: tuple[int, ...]
    rows: tuple[slice, ...]
    weights: Array
    noise: Array
    ridge: float
    scale: Array
    own_noise: Array
    in_vain: bool
    unlikeness: float
    whole: bool

    @classmethod
    def of(cls, problem: Problem) -> "Fit":
        """The fit of a problem to its active sources; to all that have samples, if none is active."""
        used = _used(problem.sources)
        sources = [problem.sources[k] for k in used]
        largest = max(source.weight for source in sources) or 1.0
        weights = np.array([source.weight for source in sources]) / largest
        ends = [0, *itertools.accumulate(source.n for source in sources)]
        sizes = [w * s.covariance.trace for w, s in zip(weights, sources, strict=True) if w]
        return cls(
            used=used,
            rows=tuple(slice(a, b) for a, b in itertools.pairwise(ends)),
            weights=weights,
            noise=weights * [source.noise_variance for source in sources],
            ridge=problem.ridge * problem.n / largest,
            scale=weights * [source.n for source in sources],
            own_noise=np.array([source.noise_variance for source in problem.sources]),
            in_vain=not weights.any(),
            unlikeness=float(max(sizes) / min(sizes)) if sizes else 1.0,
            whole=ends[-1] == problem.n and bool((weights == 1).all()),
        )


def _used(sources: Sequence[Source]) -> tuple[int, ...]:
    active = tuple(k for k, source in enumerate(sources) if source.active)
    return active or tuple(k for k, source in enumerate(sources) if source.n)
