"""Which terms of the error are the same in every trial, decided from the problem alone."""

from collections.abc import Sequence

import numpy as np

from ..theory import Linear, OrthogonalProjection, Problem, RandomFeatures, RandomProjection
from ..theory.arrays import Array, Numbers
from ..theory.truths import FixedTruth, JointTruth, RandomTruth, Truth

__all__ = ["constant_terms"]

NEGLIGIBLE = 1e-10
"""Expected size of the fit relative to the truth, below which the fit is 0."""

RIDGELESS = 1e-8
"""nλ relative to the smallest eigenvalue of E XᵀX, below which the ridge is 0. It changes the bias
by the square of this, and collapse in proportion."""

VANISHING = 1e-100
"""The same for projections, whose smallest singular value is random."""


def constant_terms(problem: Problem) -> frozenset[str]:
    """Of bias, variance and collapse, those that are the same number in every trial.

    The conditions are sufficient, for truths integrated out:

    - variance is 0 where no source that is fitted has noise;
    - collapse is 0 where every source that is fitted has the target's truth;
    - bias is 0 where the target's truth is;
    - all three are constant where the fit is 0: every weight is 0, or the ridge outweighs the Gram
      matrix, E tr ZᵀZ ≤ 1e-10 nλ;
    - without ridge the fit to noiseless labels of one truth projects it onto the span of the
      samples. Bias is constant where that span is the same in every trial, and so is collapse if
      the sources that are fitted share one truth. This holds for d samples or more of covariances
      of full rank, in the linear model and for projections of full width; in the linear model for
      as many samples of each source as its covariance has rank (d orthonormal projections are the
      linear model); and for projections where all covariances are equal, with no fewer features and
      samples than their rank;
    - the same where only the dimension of the span is the same in every trial, as in the linear
      model with covariances of full rank, and the target's covariance and the second moments of
      truths are multiples of 1.

    >>> from detequiv.theory import Source
    >>> source = Source(4, [1.0, 0.5], shift=0.1)
    >>> sorted(constant_terms(Problem(signal=1, sources=[source], ridge=1)))
    ['variance']
    >>> sorted(constant_terms(Problem(signal=1, sources=[source], ridge=0)))
    ['bias', 'collapse', 'variance']
    """
    if _fit_is_zero(problem):
        return frozenset({"bias", "variance", "collapse"})
    fitted = [k for k, source in enumerate(problem.sources) if source.active]
    parts = problem.coordinates.truths
    truths = [part for part in parts if not all(_is_zero(part, k) for k in (-1, *fitted))]
    shifted = [truth for truth in truths if not _same(truth, fitted[0], -1)]
    span, isotropic = _span(problem, fitted)
    one_truth = all(_same(truth, k, fitted[0]) for truth in truths for k in fitted)
    shared = one_truth and (span or (isotropic and all(map(_is_isotropic, shifted))))
    noiseless = all(problem.sources[k].noise_variance == 0 for k in fitted)
    found = {
        "bias": span
        or all(_is_zero(truth, -1) or (isotropic and _is_isotropic(truth)) for truth in truths),
        "variance": noiseless,
        "collapse": shared or all(_same(truth, k, -1) for truth in truths for k in fitted),
    }
    return frozenset(name for name, constant in found.items() if constant)


def _fit_is_zero(problem: Problem) -> bool:
    """E tr ZᵀZ, for the weighted features Z, beside nλ."""
    size = sum(
        source.weight * source.n * _feature_size(problem, source.covariance.trace)
        for source in problem.sources
    )
    return size <= NEGLIGIBLE * problem.n * problem.ridge


def _feature_size(problem: Problem, trace: float) -> float:
    """E|φ(x)|² for x of a covariance with this trace; for a projection of orthonormal columns its
    upper bound."""
    model, s2 = problem.model, problem.entry_variance
    if s2 is None or isinstance(model, Linear | OrthogonalProjection):
        return trace
    if isinstance(model, RandomFeatures):
        moments = model.activation.moments(s2 * trace)
        return model.width * float(moments.slope**2 * s2 * trace + moments.residual)
    return model.width * s2 * trace


def _span(problem: Problem, fitted: list[int]) -> tuple[bool, bool]:
    """Whether noiseless labels of one truth are fitted by its projection onto a span of samples
    that is the same in every trial; and whether onto one of the same dimension, with a covariance
    of the target that is a multiple of 1."""
    model, sources = problem.model, [problem.sources[k] for k in fitted]
    full_rank = all(source.covariance.rank == problem.d for source in sources)
    enough = full_rank and sum(source.n for source in sources) >= problem.d
    ridge = problem.ridge * problem.n
    least = min(source.weight * source.n * _smallest(source.covariance) for source in sources)
    if isinstance(model, RandomProjection | OrthogonalProjection) and model.width < problem.d:
        return ridge <= VANISHING * least and _one_range(problem, fitted, model.width), False
    if isinstance(model, RandomProjection):
        onto = enough or _one_range(problem, fitted, model.width)
        return ridge <= VANISHING * least and onto, False
    if isinstance(model, RandomFeatures) or ridge > RIDGELESS * least:
        return False, False
    each = all(source.n >= source.covariance.rank for source in sources)
    target = problem.coordinates.covariances[-1]
    return enough or each, full_rank and _is_multiple_of_one(target)


def _one_range(problem: Problem, fitted: list[int], width: int) -> bool:
    """Whether all covariances are equal, and neither samples nor features fewer than their rank."""
    first, *others = (*(problem.sources[k].covariance for k in fitted), problem.target_covariance)
    samples = sum(problem.sources[k].n for k in fitted)
    return all(other == first for other in others) and first.rank <= min(width, samples)


def _is_multiple_of_one(moment: Numbers) -> bool:
    return np.ndim(moment) < 2 and float(np.ptp(moment)) == 0


def _is_isotropic(truth: Truth) -> bool:
    """Whether all second moments of the truth are multiples of 1."""
    match truth:
        case RandomTruth(moment):
            return _is_multiple_of_one(moment)
        case FixedTruth():
            return False
        case JointTruth(blocks):
            return all(_is_multiple_of_one(block) for row in blocks for block in row)


def _smallest(covariance: object) -> float:
    """The smallest positive eigenvalue."""
    values = np.asarray(getattr(covariance, "eigenvalues", getattr(covariance, "values", None)))
    return float(values[values > 0].min(initial=np.inf))


def _is_zero(truth: Truth, k: int) -> bool:
    """Whether the truth of source k is 0; −1 is the target."""
    if isinstance(truth, JointTruth):
        return not np.any(truth.blocks[k][k])
    return not np.any(_of(truth, k)) or _is_null(truth)


def _same(truth: Truth, j: int, k: int) -> bool:
    """Whether sources j and k have one truth; −1 is the target."""
    if isinstance(truth, JointTruth):
        pairs = ((j, j, 1.0), (j, k, -1.0), (k, j, -1.0), (k, k, 1.0))
        return not np.any(_sum([sign * np.asarray(truth.blocks[a][b]) for a, b, sign in pairs]))
    difference = np.asarray(_of(truth, j) - _of(truth, k))
    return not np.any(difference) or _is_null(truth)


def _is_null(truth: RandomTruth | FixedTruth) -> bool:
    return isinstance(truth, RandomTruth) and not np.any(truth.moment)


def _sum(blocks: Sequence[Array]) -> Array:
    """The sum of blocks, some of which may be given by their diagonals."""
    dense = any(block.ndim == 2 for block in blocks)
    total: Array = sum(
        (np.diag(block) if dense and block.ndim == 1 else block for block in blocks), np.zeros(1)
    )
    return total


def _of(truth: RandomTruth | FixedTruth, k: int) -> Array:
    """The truth of a source, in units of u where it is random."""
    if k < 0:
        return np.asarray(truth.target)
    added = truth.added[k]
    return np.asarray(truth.gains[k] * truth.target + (0.0 if added is None else added))
