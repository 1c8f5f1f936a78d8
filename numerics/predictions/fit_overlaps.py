"""How the trained model lies to the truth: its overlap with it, and its own size."""

import dataclasses
from typing import NamedTuple

from ...theory.base.accepted_values import Count
from ...theory.data.second_moments import Moments
from ...theory.data.source import Source
from ...theory.specification.problem import Problem, checked_problem
from .centred_samples import centring
from .predictor import predict

__all__ = ["Overlaps", "overlaps"]


class Overlaps(NamedTuple):
    """Second moments of the trained model f and the truth at the target, in labels squared.

    Attributes
    ----------
    m : float
        E f(x) xᵀw_t; for a linear model ŵᵀΣ_tw_t.
    q : float
        E f(x)²; for a linear model ŵᵀΣ_tŵ.
    rho : float
        E (xᵀw_t)², the error of f = 0.

    Notes
    -----
    The test error is q − 2m + rho. With an intercept they are those of the slope, and the error has the mean
    square of the intercept in addition.

    Examples
    --------
    >>> import detequiv as de
    >>> source = de.Source(200, de.isotropic(100), noise_variance=1.0)
    >>> m, q, rho = de.overlaps(de.Problem(signal=0.01, sources=[source], ridge=0.75))
    >>> print(f"{m:.4f} {q:.4f} {rho:.4f} {q - 2 * m + rho:.4f}")
    0.5000 0.4286 1.0000 0.4286
    """

    m: float
    q: float
    rho: float


def overlaps(problem: Problem, *, digits: "Count | None" = None) -> Overlaps:
    """Predict how the trained model lies to the truth.

    Parameters
    ----------
    problem : Problem
        The problem.
    digits : int or None
        As for :func:`predict`.

    Returns
    -------
    Overlaps
        m = E f(x) xᵀw_t, q = E f(x)² and rho = E (xᵀw_t)², at the target, in labels squared.

    Raises
    ------
    SpecError, SolveError
        As for :func:`predict`.

    See Also
    --------
    Prediction.classification_error : the 0-1 error that they give.

    Notes
    -----
    q is the error of the model on a source without samples whose truth is 0, and m = (q + rho − error)/2.
    With an intercept f is the slope alone, xᵀŵ.

    Source: arXiv 2410.04840 v2, Propositions 1 to 4, with such a source.

    Examples
    --------
    >>> import detequiv as de
    >>> source = de.Source(200, de.isotropic(100), noise_variance=1.0)
    >>> round(de.overlaps(de.Problem(signal=0.01, sources=[source], ridge=0.75)).m, 6)
    0.5
    """
    slope = centring(problem).problem if checked_problem(problem).intercept else problem
    extended = predict(_with_silent_source(slope), digits=digits)
    q, ρ = extended.sources[-1].error, extended.null_error
    return Overlaps((q + ρ - extended.error) / 2, q, ρ)


def _with_silent_source(problem: Problem) -> Problem:
    """The problem with a source of no samples, with the target's inputs and the truth 0."""
    covariance = problem.target_covariance
    if problem.truths is not None:
        *rows, last = problem.truths.blocks
        blocks = [[*row[:-1], 0.0, row[-1]] for row in rows]
        blocks += [[0.0] * (len(last) + 1), [*last[:-1], 0.0, last[-1]]]
        silent = Source(0, covariance)
        truths = Moments(blocks)
        return dataclasses.replace(problem, sources=[*problem.sources, silent], truths=truths)
    silent = Source(0, covariance, gain=0.0)
    return dataclasses.replace(problem, sources=[*problem.sources, silent])
