"""Problems in which nothing is fitted, since every source with samples has weight 0: f = 0."""

import numpy as np

from ..theory.fixed_point import FixedPoint
from ..theory.models import RandomProjection
from ..theory.problem import Problem
from .prediction import Prediction, SourcePrediction, Status

__all__ = ["untrained"]

NOTE = "Every source with samples has weight 0, so that nothing is fitted and f = 0."


def untrained(problem: Problem) -> Prediction:
    """The error of f = 0: all of it bias, on every source the second moment of its labels."""
    null = _moment(problem, len(problem.sources), 1.0)
    sources = []
    for k, source in enumerate(problem.sources):
        error = _moment(problem, k, source.gain**2) + problem.quality(k)
        noisy = error + source.noise_variance
        sources.append(SourcePrediction(error, noisy, noisy if source.n else None))
    return Prediction(
        problem=problem,
        error=null,
        bias=null,
        variance=0.0,
        collapse=0.0,
        null_error=null,
        sources=tuple(sources),
        fixed_point=_point(problem),
        status=Status.OK,
        notes=(NOTE,),
    )


def _moment(problem: Problem, k: int, factor: float) -> float:
    weighted = problem.multiplicities * problem.spectra[k]
    return factor * float(weighted @ problem.signal_values)


def _point(problem: Problem) -> FixedPoint:
    """X = 0: κ = λ, or λ/(m s²) for a random projection, and 1/f = κ/a + tr Σ/n."""
    model, κ, width = problem.model, problem.ridge, None
    if isinstance(model, RandomProjection):
        width = float(model.width)
        κ /= width * model.entry_variance_at(problem.d)
    demand = [
        κ / source.weight + float(problem.multiplicities @ values) / problem.n
        if source.weight
        else np.inf
        for source, values in zip(problem.sources, problem.spectra, strict=False)
    ]
    return FixedPoint(
        kappa=κ,
        f=tuple(float(1 / x) for x in demand),
        df1=0.0,
        df2=0.0,
        samples_left=0.0,
        width_left=width,
        degrees_left=0.0,
        effective_ridge=None,
        residual=0.0,
        estimated_error=float(np.finfo(float).eps),
        iterations=0,
        digits=16,
    )
