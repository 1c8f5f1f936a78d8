"""Predictions of models with an intercept, from those on centred samples."""

import dataclasses
from collections.abc import Callable

import numpy as np

from ...theory.base.arrays import Array
from ...theory.data.second_moments import Fixed
from ...theory.data.source import Source, Target
from ...theory.specification.intercept import Centring, centred
from ...theory.specification.problem import Problem
from ..solver.precision_choice import solve_problem
from ..solver.ridgeless_limit import limit
from .prediction import Prediction

__all__ = ["centring", "predict_centred"]

Predict = Callable[..., Prediction]


def centring(problem: Problem) -> Centring:
    """A problem with an intercept as one without, on centred samples."""
    fitted = np.array([float(source.active) for source in problem.sources])
    if fitted.sum() <= 1:
        return centred(problem, fitted)
    plain = dataclasses.replace(problem, intercept=False)
    solved = limit(plain, None).solved if problem.ridge == 0 else solve_problem(plain, None)
    mixture = solved.scaled.mixture
    strength = np.asarray(mixture.weights * mixture.own_shares(solved.root.shares), dtype=float)
    return centred(problem, fitted * strength / (fitted * strength).sum())


def predict_centred(problem: Problem, digits: int | None, predict: Predict) -> Prediction:
    """The prediction of a problem with an intercept; predict : of problems without."""
    about = centring(problem)
    plain = predict(about.problem, digits=digits)
    b = about.label_mean
    if about.input_mean is not None:
        b = b - _mean_weight_along(about.input_mean, about.problem, digits, predict)
    spread = _fluctuation(problem, about.shares, plain)
    square = b * b + spread
    if about.input_mean is not None:
        square = _on_target(problem, about, digits, predict) - plain.error + spread
    return dataclasses.replace(
        plain,
        problem=problem,
        intercept=b,
        error=plain.error + square,
        collapse=plain.collapse + square,
        sources=tuple(
            dataclasses.replace(
                found,
                error=found.error_with_noise + spread - source.noise_variance,
                error_with_noise=found.error_with_noise + spread,
            )
            for found, source in zip(plain.sources, problem.sources, strict=True)
        ),
    )


def _on_target(problem: Problem, about: Centring, digits: int | None, predict: Predict) -> float:
    """E (xᵀw_t − ȳ − (x − x̄)ᵀŵ)² of the target, with the variance of x̄ᵀŵ: of a source without samples."""
    assert isinstance(problem.signal, Fixed)
    silent = Source(0, problem.target_covariance, truth=problem.signal)
    extended = dataclasses.replace(problem, sources=[*problem.sources, silent], target=problem.tested)
    found = predict(centred(extended, np.append(about.shares, 0.0)).problem, digits=digits)
    error: float = found.sources[-1].error_with_noise
    return error


def _fluctuation(problem: Problem, shares: Array, plain: Prediction) -> float:
    """The variance of b, the mean of residuals by the shares τ of sources: Σ_k τ_k² R_k/n_k, R_k the noisy
    errors on fresh data; exact with one source of mean 0, of which x̄ is independent of ŵ."""
    return sum(
        float(share) ** 2 * residual.error_with_noise / source.n
        for share, residual, source in zip(shares, plain.sources, problem.sources, strict=True)
        if share
    )


def _mean_weight_along(u: Array, problem: Problem, digits: int | None, predict: Predict) -> float:
    """uᵀE ŵ: a quarter of E|ŵ + u|² − E|ŵ − u|². The truths of the sources are fixed."""
    target = Target(np.ones(len(u)))
    above, below = (
        predict(dataclasses.replace(problem, signal=Fixed(v), target=target), digits=digits).error
        for v in (-u, u)
    )
    return (above - below) / 4
