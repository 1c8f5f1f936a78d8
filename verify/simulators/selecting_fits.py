"""Weights of trained models that label or select samples, drawn and fitted in each trial."""

import dataclasses
from typing import Any

import numpy as np

from ...theory import Problem
from ...theory.base.arrays import Array
from ...theory.data.effective_covariances import expanded
from ...theory.data.second_moments import fixed_of
from ...theory.data.source import Source
from ...theory.data.spectrum import Spectrum
from ...theory.selection.selected_moments import selected_moments
from ...theory.selection.selection import Selection
from ...theory.selection.vectors import with_vectors
from .matrix_roots import root_of
from .naive import fit
from .sampled_models import sampled_model

__all__ = ["TrialFits", "inputs_root"]


def inputs_root(covariance: Any) -> Array:
    """The root of a covariance, (d,) or (d, d)."""
    return np.sqrt(expanded(covariance)) if isinstance(covariance, Spectrum) else root_of(covariance.matrix)


class TrialFits:
    """The fits of one trial, each drawn and trained when its weights are first asked for.

    target : (d,) w_t of the trial.
    """

    def __init__(self, rng: np.random.Generator, target: Array) -> None:
        self.rng, self.target = rng, target
        self.weights: dict[str, Array] = {}

    def selected(self, source: Selection, root: Array) -> tuple[Array, Array]:
        """Inputs (n, d) and labels (n,) of the samples that are kept."""
        X = self._inputs(source.draws, root)
        known = self.resolved(source)
        X, y = known.law.sample(self.rng, X)
        kept = known.keep.keep(self.rng, X, y)
        return X[kept], y[kept]

    def resolved(self, source: Selection) -> Selection:
        """The selection with the weights of this trial's fits."""
        if not source.fits:
            return source
        return dataclasses.replace(
            source,
            law=with_vectors(source.law, self.vector),
            keep=with_vectors(source.keep, self.vector),
            integrate=selected_moments,
        )

    def vector(self, w: Any) -> Array:
        """A vector as it is; the trained weights of a problem."""
        if not isinstance(w, Problem):
            return np.asarray(w)
        if w.trained_as not in self.weights:
            self.weights[w.trained_as] = self._trained(w)
        return self.weights[w.trained_as]

    def _trained(self, problem: Problem) -> Array:
        samples = [self._samples(source) for source in problem.sources]
        X, y = np.concatenate([x for x, _ in samples]), np.concatenate([y for _, y in samples])
        a = np.repeat([source.weight for source in problem.sources], [len(x) for x, _ in samples])
        S, sampled = None, sampled_model(problem.model)
        if sampled is not None:
            S = np.empty((X.shape[1], problem.model.width or 0))
            sampled.draw(self.rng, S)
            S = sampled.finish(S, problem)
        v = fit(X if S is None else X @ S, y[:, None], a, problem.ridge)[:, 0]
        return v if S is None else S @ v

    def _samples(self, source: Source) -> tuple[Array, Array]:
        if isinstance(source, Selection):
            return self.selected(source, inputs_root(source.inputs))
        X = self._inputs(source.n, inputs_root(source.covariance))
        w = source.label_gain * self.target + self._shift(source)
        return X, X @ w + np.sqrt(source.noise_variance) * self.rng.standard_normal(len(X))

    def _shift(self, source: Source) -> Array | float:
        if source.label_shift is None:
            return 0.0
        fixed = fixed_of(source.label_shift)
        if fixed is not None:
            return fixed.columns[:, 0]
        root = root_of(np.asarray(source.label_shift, dtype=float) * np.ones(len(self.target)))
        return root * self.rng.standard_normal(len(self.target))

    def _inputs(self, n: int, root: Array) -> Array:
        Z = self.rng.standard_normal((n, len(self.target)))
        return Z * root if root.ndim == 1 else Z @ root
