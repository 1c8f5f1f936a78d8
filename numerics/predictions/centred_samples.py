"""Predictions of models with an intercept, from those on centred samples."""

import dataclasses
from collections.abc import Callable

import numpy as np

from ...theory.base.arrays import Array
from ...theory.data.second_moments import Fixed
from ...theory.data.source import Target
from ...theory.specification.problem import Problem
from .prediction import Prediction

__all__ = ["predict_centred"]

Predict = Callable[..., Prediction]


def predict_centred(problem: Problem, digits: int | None, predict: Predict) -> Prediction:
    """The prediction of a problem with an intercept; predict : of problems without."""
    centring = problem.centring
    plain = predict(centring.problem, digits=digits)
    b = centring.label_mean
    if centring.input_mean is not None:
        b = b - _mean_weight_along(centring.input_mean, centring.problem, digits, predict)
    square = b * b + _fluctuation(problem, plain)
    return dataclasses.replace(
        plain, problem=problem, intercept=b, error=plain.error + square, collapse=plain.collapse + square
    )


def _fluctuation(problem: Problem, plain: Prediction) -> float:
    """The variance of b, that of the weighted mean of residuals: Σ_k (a_kn_k/A)² R_k/n_k, A = Σ a_kn_k and
    R_k the noisy errors on fresh data; exact with one source of mean 0, of which x̄ is independent of ŵ."""
    active = [k for k, source in enumerate(problem.sources) if source.active]
    total = sum(problem.sources[k].weight * problem.sources[k].n for k in active)
    return sum(
        (problem.sources[k].weight / total) ** 2 * problem.sources[k].n * plain.sources[k].error_with_noise
        for k in active
    )


def _mean_weight_along(u: Array, problem: Problem, digits: int | None, predict: Predict) -> float:
    """uᵀE ŵ: a quarter of E|ŵ + u|² − E|ŵ − u|². The truths of the sources are fixed."""
    target = Target(np.ones(len(u)))
    above, below = (
        predict(dataclasses.replace(problem, signal=Fixed(v), target=target), digits=digits).error
        for v in (-u, u)
    )
    return (above - below) / 4
