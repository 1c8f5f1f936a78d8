"""Trials with selected samples or an intercept: everything is drawn, selected, fitted and measured.

A trial draws in this order: the truths; the inputs of each source, of a selection all of them, then its
labels and what its rule leaves open, after the samples of the fits that label or select; the matrix S of the
projection; the noise.
"""

import dataclasses
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ...theory import Problem
from ...theory.base.arrays import Array
from ...theory.selection.selection import Selection
from .draw import Design, Ensemble, Labels
from .error_meters import Meter
from .fitted_weights import Fitted
from .naive import fit, overlaps
from .sampled_models import sampled_model
from .selecting_fits import TrialFits, inputs_root
from .trial_errors import Measured

__all__ = ["SelectedEnsemble", "trials"]


class Samples(NamedTuple):
    """Inputs X (n, d), labels y (n,) where they are drawn with them, and the truth (d, outputs); linear : the
    best linear truth about the means of all samples, beyond which all is noise."""

    X: Array
    y: Array | None
    truth: Array
    linear: Array


@dataclasses.dataclass(frozen=True, eq=False)
class SelectedEnsemble:
    """The distributions that the trials of such a problem are drawn from."""

    problem: Problem
    ensemble: Ensemble

    @classmethod
    def of(cls, problem: Problem) -> "SelectedEnsemble":
        """The ensemble of a problem."""
        return cls(problem, Ensemble.of(problem))

    @property
    def shifts_apart(self) -> bool:
        """Whether collapse is linear in the shifts: it is not known."""
        return False

    @property
    def outputs(self) -> int:
        """Columns of the truths."""
        return self.ensemble.outputs

    @cached_property
    def roots(self) -> tuple[Array, ...]:
        """The root of the covariance from which each source is drawn."""
        return tuple(
            inputs_root(source.inputs) if isinstance(source, Selection) else self.ensemble.roots[k]
            for k, source in enumerate(self.problem.sources)
        )

    @cached_property
    def meters(self) -> tuple[Meter, ...]:
        """The measures of errors on each source and, last, at the target."""
        return self.ensemble.meters(Design(np.empty((0, self.ensemble.d)), None))

    def samples(self, rng: np.random.Generator, truths: Labels) -> "list[Samples]":
        """The samples of every source, given the truths of the trial."""
        fits = TrialFits(rng, truths.target[:, 0])
        drawn: list[Samples] = []
        for k, source in enumerate(self.problem.sources):
            root, w = self.roots[k], truths.truths[k]
            centred = self.problem.centring.problem.sources[k].truth if self.problem.intercept else None
            if isinstance(source, Selection):
                own = fits.resolved(source).truth
                w = w if own is None else own.columns
                X, y = fits.selected(source, root)
            else:
                Z, y = rng.standard_normal((source.n, self.ensemble.d)), None
                X = Z * root if root.ndim == 1 else Z @ root
            drawn.append(Samples(X, y, w, w if centred is None else centred.columns))
        return drawn

    def projection(self, rng: np.random.Generator) -> Array | None:
        """S; None if linear."""
        sampled, model = sampled_model(self.problem.model), self.problem.model
        if sampled is None:
            return None
        S = np.empty((self.ensemble.d, model.width or 0))
        sampled.draw(rng, S)
        return sampled.finish(S, self.problem)


def trials(
    ensemble: SelectedEnsemble, rngs: Sequence[np.random.Generator], *, training: bool = True
) -> Measured:
    """A stack of trials, one from each generator."""
    return Measured.stack([_trial(ensemble, rng) for rng in rngs])


def _trial(ensemble: SelectedEnsemble, rng: np.random.Generator) -> Measured:
    """One trial. For the terms the design is also fitted to noiseless labels of the target's truth, and to
    the residuals of the labels, of selected samples those beyond their best linear truth. The square of the
    intercept is part of the collapse."""
    problem, inner = ensemble.problem, ensemble.ensemble
    truths = inner.labels(rng)
    samples = ensemble.samples(rng, truths)
    S = ensemble.projection(rng)
    X = np.concatenate([s.X for s in samples])
    y, noise = _labels(ensemble, samples, rng)
    columns = np.hstack([y, X @ truths.target, noise])
    a = np.repeat([source.weight for source in problem.sources], [len(s.X) for s in samples])
    shares = a / a.sum() if problem.intercept else np.zeros(len(a))
    x_mean, y_mean = shares @ X, shares @ columns
    Φ = X - x_mean if S is None else (X - x_mean) @ S
    v = fit(Φ, columns - y_mean, a, problem.ridge)
    ŵ = v if S is None else S @ v
    b = y_mean - x_mean @ ŵ
    q = inner.outputs
    whole, perfect, of_noise = (slice(i * q, (i + 1) * q) for i in range(3))
    *own, target = ensemble.meters
    offset = float((b[whole] ** 2).sum()) if problem.intercept else 0.0
    error = target.square(Fitted(ŵ[:, whole]), truths.target) + offset
    bias = target.square(Fitted(ŵ[:, perfect]), truths.target)
    variance = target.square(Fitted(ŵ[:, of_noise]), None)
    residuals = ((y - X @ ŵ[:, whole] - (b[whole] if problem.intercept else 0.0)) ** 2).sum(axis=1)
    ends = np.cumsum([0, *(len(s.X) for s in samples)])
    K = len(problem.sources)
    return Measured(
        terms=np.array([error, bias, variance, error - bias - variance]),
        training=np.array([_mean(residuals[ends[k] : ends[k + 1]]) for k in range(K)]),
        fresh=np.array(
            [meter.square(Fitted(ŵ[:, whole]), s.truth) for meter, s in zip(own, samples, strict=True)]
        ),
        training_from_shifts=np.zeros(K),
        fresh_from_shifts=np.zeros(K),
        overlaps=overlaps(target, Fitted(ŵ[:, whole]), truths.target, error - offset),
    )


def _labels(
    ensemble: SelectedEnsemble, samples: Sequence[Samples], rng: np.random.Generator
) -> tuple[Array, Array]:
    """The labels of all samples, and what they have beyond the truths of their sources; (n, outputs)."""
    outputs = ensemble.outputs
    labels, noises = [], []
    for (X, y, truth, linear), source in zip(samples, ensemble.problem.sources, strict=True):
        if y is None:
            noise = rng.standard_normal((len(X), outputs)) * np.sqrt(source.noise_variance / outputs)
            labels.append(X @ truth + noise)
        else:
            labels.append(y[:, None])
        noises.append(labels[-1] - X @ linear)
    return np.concatenate(labels), np.concatenate(noises)


def _mean(squares: Array) -> float:
    return float(squares.mean()) if squares.size else 0.0
