"""Terms of the error that are the same in every trial, determined from the problem alone."""

import numpy as np

from ...theory import Problem
from ...theory.coordinates.truths import is_multiple_of_identity
from ..simulators.sampled_models import sampled_model

__all__ = ["constant_terms"]

NEGLIGIBLE_FIT = 1e-10
"""Expected size of the fit relative to the truth below which the fit counts as 0."""

RIDGELESS = 1e-8
"""nλ relative to the smallest eigenvalue of E XᵀX below which the ridge counts as 0. A ridge
changes the bias by the square of this ratio and collapse in proportion to it."""

RIDGELESS_PROJECTED = 1e-100
"""The same for projections, whose smallest singular value is random."""


def constant_terms(problem: Problem) -> frozenset[str]:
    """The terms among bias, variance and collapse that are the same number in every trial.

    Truths are integrated out. None is named where trained models label, samples are selected or there is an
    intercept. Elsewhere the conditions are sufficient, not necessary:

    - Variance is 0 if no fitted source has noise.
    - Collapse is 0 if every fitted source has the target's truth.
    - Bias is 0 if the target's truth is 0.
    - All three are constant if the fit is 0: every weight is 0, or the ridge dominates the Gram
      matrix, E tr ZᵀZ ≤ 1e-10 nλ.
    - Without ridge, the fit to noiseless labels of one truth is its projection onto the span of the
      samples. If that span is the same in every trial, bias is constant, and so is collapse if the
      fitted sources share one truth. The span is the same (a) with at least d samples from
      covariances of full rank, in the linear model and for projections of full width; (b) in the
      linear model, if each source has at least as many samples as the rank of its covariance (d
      orthonormal projections are the linear model); (c) for projections, if all covariances are
      equal and neither features nor samples are fewer than their rank.
    - The same holds if only the dimension of the span is the same in every trial, as in the linear
      model with covariances of full rank, and the target's covariance and the second moments of
      truths are multiples of the identity.

    >>> from detequiv.theory import Source
    >>> source = Source(4, [1.0, 0.5], shift=0.1)
    >>> sorted(constant_terms(Problem(signal=1, sources=[source], ridge=1)))
    ['variance']
    >>> sorted(constant_terms(Problem(signal=1, sources=[source], ridge=0)))
    ['bias', 'collapse', 'variance']
    """
    if problem.connected or problem.intercept or any(source.selected for source in problem.sources):
        return frozenset()
    if _fit_is_zero(problem):
        return frozenset({"bias", "variance", "collapse"})
    fitted = [k for k, source in enumerate(problem.sources) if source.active]
    parts = problem.coordinates.truths
    truths = [part for part in parts if not all(part.is_zero(k) for k in (-1, *fitted))]
    shifted = [truth for truth in truths if not truth.is_same(fitted[0], -1)]
    span, isotropic = _span(problem, fitted)
    one_truth = all(truth.is_same(k, fitted[0]) for truth in truths for k in fitted)
    shared = one_truth and (span or (isotropic and all(truth.isotropic() for truth in shifted)))
    noiseless = all(problem.sources[k].noise_variance == 0 for k in fitted)
    constant_by_term = {
        "bias": span or all(truth.is_zero(-1) or (isotropic and truth.isotropic()) for truth in truths),
        "variance": noiseless,
        "collapse": shared or all(truth.is_same(k, -1) for truth in truths for k in fitted),
    }
    return frozenset(name for name, constant in constant_by_term.items() if constant)


def _fit_is_zero(problem: Problem) -> bool:
    """Whether E tr ZᵀZ of the weighted features Z is negligible relative to nλ."""
    size = sum(
        source.weight * source.n * _feature_size(problem, source.covariance.trace)
        for source in problem.sources
    )
    return size <= NEGLIGIBLE_FIT * problem.n * problem.ridge


def _feature_size(problem: Problem, trace: float) -> float:
    """E|φ(x)|² for x from a covariance with this trace."""
    model, s2 = problem.model, problem.entry_variance
    gain = model.gain(float(problem.d), problem.sources[0].population.trace) * model.share_seen(problem.d)
    if model.activation is None or s2 is None:
        return gain * trace
    moments = model.activation.moments(s2 * trace)
    return gain * float(moments.slope**2 * trace + moments.residual / s2)


def _span(problem: Problem, fitted: list[int]) -> tuple[bool, bool]:
    """Properties of the span onto which noiseless labels of one truth are projected.

    First: whether the span is the same in every trial. Second: whether its dimension is, and the
    target's covariance is a multiple of the identity.
    """
    model, sources = problem.model, [problem.sources[k] for k in fitted]
    full_rank = all(source.covariance.rank == problem.d for source in sources)
    enough = full_rank and sum(source.n for source in sources) >= problem.d
    ridge = problem.ridge * problem.n
    least = min(source.weight * source.n * _smallest(source.covariance) for source in sources)
    if model.activation is not None:
        return False, False
    sampled = sampled_model(model)
    if sampled is not None and model.width is not None and (model.width < problem.d or not sampled.isometric):
        onto = model.width >= problem.d and enough
        reached = sampled.generic and (onto or _one_range(problem, fitted, model.width))
        return ridge <= RIDGELESS_PROJECTED * least and reached, False
    if ridge > RIDGELESS * least:
        return False, False
    each = all(source.n >= source.covariance.rank for source in sources)
    target = problem.coordinates.covariances[-1]
    return enough or each, full_rank and is_multiple_of_identity(target)


def _one_range(problem: Problem, fitted: list[int], width: int) -> bool:
    """Whether all covariances are equal, of a rank that samples and features reach."""
    first, *others = (*(problem.sources[k].covariance for k in fitted), problem.target_covariance)
    samples = sum(problem.sources[k].n for k in fitted)
    return all(other == first for other in others) and first.rank <= min(width, samples)


def _smallest(covariance: object) -> float:
    """The smallest positive eigenvalue."""
    values = np.asarray(getattr(covariance, "eigenvalues", getattr(covariance, "values", None)))
    return float(values[values > 0].min(initial=np.inf))
