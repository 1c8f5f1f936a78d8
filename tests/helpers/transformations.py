"""The same problem said in another way, or changed in a way whose effect is known."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

import detequiv as de

Array = np.ndarray[Any, Any]


def entries(covariance: Any) -> Array:
    """The (d,) eigenvalues of a Spectrum without multiplicities, or the (d, d) matrix."""
    if isinstance(covariance, de.Spectrum):
        return np.repeat(covariance.values, covariance.weights.astype(int))
    return covariance.matrix


def mapped(
    problem: de.Problem,
    covariance: Callable[[Array], Any] = lambda Σ: Σ,
    moment: Callable[[Any], Any] = lambda M: M,
    vector: Callable[[Array], Any] = lambda w: w,
) -> de.Problem:
    """The problem with these functions applied to all covariances, second moments (scalars, 1-D,
    2-D) and fixed truths."""

    def label(given: Any) -> Any:
        if given is None:
            return None
        return de.Fixed(vector(given.w)) if isinstance(given, de.Fixed) else moment(given)

    sources = [
        dataclasses.replace(
            source, covariance=covariance(entries(source.covariance)), shift=label(source.shift)
        )
        for source in problem.sources
    ]
    target, truths = problem.target, problem.truths
    if target is not None:
        target = dataclasses.replace(target, covariance=covariance(entries(target.covariance)))
    if truths is not None:
        truths = de.Moments([[moment(block) for block in row] for row in truths.blocks])
    return dataclasses.replace(
        problem, signal=label(problem.signal), truths=truths, sources=sources, target=target
    )


def square(M: Any) -> Any:
    """A diagonal as a matrix; scalars and matrices as they are."""
    return np.diag(M) if np.ndim(M) == 1 else M


def as_matrix(M: Any, d: int) -> Array:
    """(d, d), of a scalar too."""
    return M * np.eye(d) if np.ndim(M) == 0 else square(M)


def rotated(problem: de.Problem, Q: Array) -> de.Problem:
    """In the coordinates x′ = Qx, Q orthogonal: every array but the fixed truths becomes 2-D."""

    def turned(M: Any) -> Any:
        return M if np.ndim(M) == 0 else Q @ square(M) @ Q.T

    def covariance(Σ: Array) -> Array:
        there = turned(Σ)
        return (there + there.T) / 2

    return mapped(problem, covariance, turned, lambda w: Q @ w)


def in_units(problem: de.Problem, c: float) -> de.Problem:
    """Covariances and noise multiplied by c, and with them the ridge, so that errors are c times
    larger. Random features see s²/c instead, at the same ridge: their size does not change."""
    there = mapped(problem, covariance=lambda Σ: c * Σ)
    sources = [
        dataclasses.replace(source, noise_variance=c * source.noise_variance) for source in there.sources
    ]
    model, ridge = problem.model, problem.ridge * c
    if isinstance(model, de.RandomFeatures):
        ridge = problem.ridge
        if model.entry_variance is not None:
            model = dataclasses.replace(model, entry_variance=model.entry_variance / c)
    return dataclasses.replace(there, sources=sources, model=model, ridge=ridge)


def reweighted(problem: de.Problem, c: float) -> de.Problem:
    """All weights and the ridge multiplied by c."""
    sources = [dataclasses.replace(s, weight=c * s.weight) for s in problem.sources]
    return dataclasses.replace(problem, sources=sources, ridge=c * problem.ridge)


def beside(problem: de.Problem, extra: de.Source, like: int = 0) -> de.Problem:
    """One source more, at the end; where truths are joint moments, with the truth of source
    ``like``."""
    truths = problem.truths
    if truths is not None:
        K = len(problem.sources)
        rows = [*range(K), like, K]
        truths = de.Moments([[truths.blocks[i][j] for j in rows] for i in rows])
    return dataclasses.replace(problem, sources=[*problem.sources, extra], truths=truths)


def only(problem: de.Problem, kept: list[int]) -> de.Problem:
    """Some of the sources, tested on the same target."""
    truths = problem.truths
    if truths is not None:
        rows = [*kept, len(problem.sources)]
        truths = de.Moments([[truths.blocks[i][j] for j in rows] for i in rows])
    target = de.Target(problem.target_covariance, noise_variance=problem.target_noise_variance)
    sources = [problem.sources[k] for k in kept]
    return dataclasses.replace(problem, sources=sources, truths=truths, target=target)


def joint(problem: de.Problem) -> de.Problem:
    """Signal, gains and shifts said as joint moments: (d, d) matrices, summed over outputs."""
    if problem.truths is not None:
        return problem
    d, signal = int(problem.d), problem.signal
    said = [*((source.gain, source.shift) for source in problem.sources), (1.0, None)]
    outputs = [m.columns.shape[1] for m in (signal, *(m for _, m in said)) if _is_fixed(m)]

    def mean(gain: float, shift: Any) -> Array:
        w = gain * signal.columns if _is_fixed(signal) else np.zeros((d, max(outputs, default=1)))
        return w + shift.columns if _is_fixed(shift) else w

    W = [[mean(*a) @ mean(*b).T for b in said] for a in said]
    for i, (gain, shift) in enumerate(said):
        if not _is_fixed(signal):
            for j, (other, _) in enumerate(said):
                W[i][j] = W[i][j] + gain * other * as_matrix(signal, d)
        if shift is not None and not _is_fixed(shift):
            W[i][i] = W[i][i] + as_matrix(shift, d)
    sources = [dataclasses.replace(s, shift=None, gain=1.0) for s in problem.sources]
    return dataclasses.replace(problem, signal=None, truths=de.Moments(W), sources=sources)


def as_target(problem: de.Problem, k: int) -> de.Problem:
    """The same training, with source k's covariance, truth and noise as the target's."""
    said, K = joint(problem), len(problem.sources)
    rows = [*range(K), k]
    source = problem.sources[k]
    return dataclasses.replace(
        said,
        truths=de.Moments([[said.truths.blocks[i][j] for j in rows] for i in rows]),
        target=de.Target(source.covariance, noise_variance=source.noise_variance),
    )


def _is_fixed(moment: Any) -> bool:
    return isinstance(moment, de.Fixed)


def label_variances(problem: de.Problem) -> Array:
    """(K + 1,) tr Σ_kE[w_kw_kᵀ] of every source and, last, the target."""
    W, said = joint(problem).truths.blocks, problem.sources
    covariances = [*(source.covariance for source in said), problem.target_covariance]
    d = int(problem.d)
    return np.array(
        [np.sum(as_matrix(entries(Σ), d) * as_matrix(W[k][k], d)) for k, Σ in enumerate(covariances)]
    )


def has_products(problem: de.Problem) -> bool:
    """Whether the truths of sources and target have products, so that summands can cancel."""
    shifts = [source.shift for source in problem.sources]
    plain = problem.truths is None and all(source.gain == 1 for source in problem.sources)
    return not plain or (_is_fixed(problem.signal) and any(map(_is_fixed, shifts)))


def agree(found: Array, wanted: Array, size: Any, tolerance: float) -> None:
    """Infinite and missing numbers are the same, the others equal to the tolerance times a size."""
    special = ~np.isfinite(wanted)
    np.testing.assert_array_equal(found[special], wanted[special])
    gap = np.abs(found[~special] - wanted[~special])
    allowed = tolerance * np.broadcast_to(size, wanted.shape)[~special]
    assert (gap <= allowed).all(), f"{found} is not {wanted} to {tolerance} of {size}"
