"""Problems in which nothing is fitted, since every source with samples has weight 0: f = 0."""

import math

import numpy as np

from ...theory.specification.problem import Problem
from ...theory.statements.fixed_point import FixedPoint
from ..approximation.approximation_error import EXACT, Estimate
from .prediction import Prediction, SourcePrediction

__all__ = ["predict_untrained"]

NOTE = "Every source with samples has weight 0, so that nothing is fitted and f = 0."


def predict_untrained(problem: Problem) -> Prediction:
    """The error of f = 0: all of it bias, on every source the second moment of its labels."""
    *errors, null = _second_moments(problem)
    sources = []
    for source, error in zip(problem.sources, errors, strict=True):
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
        estimate=Estimate(lambda: EXACT),
        remarks=(NOTE,),
    )


def _second_moments(problem: Problem) -> list[float]:
    """tr Σ_kW_kk of every source and, last, the target."""
    frame = problem.frame
    return [
        float(sum(part.second_moment(frame, Σ, k) for part in frame.truths))
        for k, Σ in enumerate(frame.covariances)
    ]


def _point(problem: Problem) -> FixedPoint:
    """X = 0: κ = λ/(m s²) (linear: λ, orthogonal: λd/m), 1/f = κ/a + (tr Σ + tail)/n."""
    model, first = problem.model, problem.sources[0].covariance
    κ = problem.ridge / model.gain(float(problem.d), first.trace)
    demand = [
        κ / source.weight + _trace(problem, source.covariance.trace) / problem.n if source.weight else np.inf
        for source in problem.sources
    ]
    return FixedPoint(
        kappa=κ,
        f=tuple(float(1 / x) for x in demand),
        df1=0.0,
        df2=0.0,
        samples_left=0.0,
        width_left=None if model.width is None else float(model.width),
        degrees_left=0.0,
        effective_ridge=None,
        residual=0.0,
        estimated_error=float(np.finfo(float).eps),
        iterations=0,
        digits=16,
    )


def _trace(problem: Problem, trace: float) -> float:
    """tr Σ, of the features' equivalent covariance where there are features."""
    activation = problem.model.activation
    if activation is None:
        return trace * problem.model.share_seen(problem.d)
    s2 = problem.entry_variance or math.nan
    moments = activation.moments(s2 * trace)
    return float(moments.slope**2 * trace + moments.residual / s2)
