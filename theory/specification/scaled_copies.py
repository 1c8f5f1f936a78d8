"""The same problem at another size: dimensions multiplied, deterministic equivalents kept."""

import dataclasses
from typing import Any

import numpy as np

from ..base.validation import count
from ..data.covariance import Covariance, DiagonalPlusLowRankCovariance
from ..data.second_moments import Fixed, Moments, fixed_of, is_matrix
from ..data.source import Source, Target
from ..data.spectrum import Spectrum
from ..selection.selection import Selection
from ..selection.vectors import with_vectors
from .problem import Problem

__all__ = ["enlarged"]


def enlarged(problem: Problem, factor: int) -> Problem:
    """The problem with n, d and m multiplied by an integer, and the same prediction.

    Every eigenvalue is repeated (a matrix Σ becomes Σ ⊗ I), second moments of truths and the entry
    variance are divided by the factor, fixed truths by its root; ridge, noise, weights, gains and
    so κ, df/n and all errors stay as they are. The larger problem has a smaller finite-size error, which
    is O(1/d).

    >>> from detequiv import predict
    >>> mix = Problem(signal=1.0, sources=[Source(30, Spectrum([1.0, 0.5]))], ridge=0.1)
    >>> large = enlarged(mix, 4)
    >>> large.n, large.d, abs(predict(large).error / predict(mix).error - 1) < 1e-12
    (120, 8, True)
    """
    return _enlarged(problem, count(factor, "factor", 1, "Dimensions are multiplied by it."), {})


def _enlarged(problem: Problem, factor: int, known: dict[str, Problem]) -> Problem:
    """known : problems that were enlarged before, by the name of their trained model."""
    name = problem.trained_as
    if name not in known:
        known[name] = _larger(problem, factor, known)
    return known[name]


def _larger(problem: Problem, factor: int, known: dict[str, Problem]) -> Problem:
    scale = _Scale(problem, factor)
    covariances = {id(c): scale.covariance(c) for c in problem.covariances}

    def vector(w: Any) -> Any:
        return _enlarged(w, factor, known) if isinstance(w, Problem) else scale.moment(Fixed(w)).w

    def larger(source: Source) -> Source:
        identity = source.drawn.resized(factor)
        if isinstance(source, Selection):
            return dataclasses.replace(
                source,
                draws=factor * source.draws,
                inputs=scale.covariance(source.inputs),
                law=with_vectors(source.law, vector),
                keep=with_vectors(source.keep, vector),
                identity=identity,
            )
        return Source(
            factor * source.n,
            covariances[id(source.covariance)],
            noise_variance=source.noise_variance,
            shift=None if source.shift is None else scale.moment(source.shift),
            gain=source.gain,
            truth=None if source.truth is None else scale.moment(source.truth),
            weight=source.weight,
            labels=_enlarged(source.labels, factor, known) if isinstance(source.labels, Problem) else None,
            identity=identity,
        )

    sources = [larger(source) for source in problem.sources]
    target = problem.target
    if target is not None:
        Σ = covariances[id(target.covariance)]
        target = Target(Σ, noise_variance=target.noise_variance)
    truths = problem.truths
    if truths is not None:
        truths = Moments(tuple(tuple(map(scale.moment, row)) for row in truths.blocks))
    return Problem(
        signal=None if problem.signal is None else scale.moment(problem.signal),
        truths=truths,
        sources=sources,
        ridge=problem.ridge,
        model=problem.model.enlarged(factor),
        target=target,
        intercept=problem.intercept,
    )


class _Scale:
    """The scaled covariances and moments; all are matrices if one is."""

    def __init__(self, problem: Problem, factor: int) -> None:
        self.layout, self.factor = problem.layout, factor
        moments = [problem.signal, *(source.label_shift for source in problem.sources)]
        if problem.truths is not None:
            moments += [block for row in problem.truths.blocks for block in row]
        matrices = [c for c in problem.covariances if isinstance(c, Covariance)]
        selected = any(source.selected for source in problem.sources)
        self.dense = bool(matrices) or selected or any(map(is_matrix, moments))

    def covariance(self, covariance: Spectrum | Covariance) -> Spectrum | Covariance:
        if isinstance(covariance, DiagonalPlusLowRankCovariance):
            vectors = np.repeat(covariance.vectors, self.factor, axis=0) / np.sqrt(self.factor)
            return Covariance.diagonal_plus_low_rank(
                self._repeated(covariance.values), vectors, covariance.coefficients
            )
        entries = self.layout.entries(covariance)
        if entries.ndim == 2:
            return Covariance(self._repeated(entries))
        if self.dense:
            return Spectrum(self._repeated(entries))
        return Spectrum(entries, self.factor * self.layout.multiplicities)

    def moment(self, moment: Any) -> Any:
        fixed = fixed_of(moment)
        if fixed is not None:
            columns = self.layout.columns(fixed) / np.sqrt(self.factor)
            columns = np.repeat(columns, self.factor, axis=0) if self.dense else columns
            return Fixed(columns if fixed.w.ndim == 2 else columns[:, 0])
        entries = self.layout.expanded(moment, *self.layout.covariances)
        repeated = self._repeated(entries) if self.dense else entries
        return repeated / self.factor

    def _repeated(self, entries: Any) -> Any:
        if np.ndim(entries) == 2:
            return np.kron(entries, np.eye(self.factor))
        return np.repeat(entries, self.factor) if np.ndim(entries) else entries
