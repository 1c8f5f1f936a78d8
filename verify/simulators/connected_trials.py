"""Trials of connected fits: as they are described, and with labels integrated out.

``naive_trials`` draws everything, fits one after the other, and measures. ``conditional_trials`` draws only
inputs and projections. Given those, every fit is linear in the truths and noises, ŵ_t = Σ_parts W_t u +
Σ_noises W_t ε, found fit by fit in columns, one for each column of the truths and one for each noisy label;
expectations over truths and noises are sums of squares over columns.
"""

import itertools
from collections.abc import Sequence

import numpy as np

from ...theory.base.arrays import Array
from ...theory.specification.fit_graph import Labelling
from .connected_draws import ConnectedEnsemble, Draws
from .fitted_weights import Fitted
from .naive import fit, overlaps
from .trial_errors import Measured
from .truth_factors import TruthFactors

__all__ = ["conditional_trials", "naive_trials"]


def naive_trials(
    ensemble: ConnectedEnsemble, rngs: Sequence[np.random.Generator], *, training: bool = True
) -> Measured:
    """A stack of trials, one from each generator."""
    return Measured.stack([_naive_trial(ensemble, rng, training=training) for rng in rngs])


def _naive_trial(ensemble: ConnectedEnsemble, rng: np.random.Generator, *, training: bool = True) -> Measured:
    """One trial; for the terms the last fit is repeated with noiseless labels of the target's truth, and
    with the noises of its own labels alone."""
    e, graph, draws = ensemble.ensemble, ensemble.graph, ensemble.draws(rng)
    w_t = np.zeros((e.d, e.outputs))
    beyond = [np.zeros_like(w_t) for _ in e.problem.sources]
    for part in e.parts:
        target, *deviations = part.draw(rng, e.outputs)
        w_t += target
        for w, deviation in zip(beyond, deviations, strict=True):
            w += deviation
    noises = {
        key: rng.standard_normal((graph.counts[key[1]], e.outputs)) * np.sqrt(variance / e.outputs)
        for key, variance in ensemble.noises.items()
    }
    weights: list[Array] = []

    def truth(x: Labelling) -> Array:
        if x.labeller is not None:
            return weights[x.labeller]
        at = ensemble.joint.source_of(x)
        return w_t if at is None else w_t + beyond[at]

    for t, problem in enumerate(graph.problems):
        rows = ensemble.rows(t)
        X = np.concatenate([draws.inputs[x.inputs] for x, _ in rows])
        S = draws.projections[t]
        Φ = X if S is None else X @ S
        noise = np.concatenate(
            [noises.get((x.noise, x.inputs), np.zeros((graph.counts[x.inputs], e.outputs))) for x, _ in rows]
        )
        y = np.concatenate([draws.inputs[x.inputs] @ truth(x) for x, _ in rows]) + noise
        labels = np.hstack([y, X @ w_t, noise])
        v = fit(Φ, labels, ensemble.weights(t), problem.ridge)
        all_weights = v if S is None else S @ v
        weights.append(all_weights[:, : e.outputs])
    ŵ, ŵ_bias, ŵ_noise = map(Fitted, np.hsplit(all_weights, 3))
    meters = ensemble.meters
    target_meter = meters[-1]
    error, bias = target_meter.square(ŵ, w_t), target_meter.square(ŵ_bias, w_t)
    variance = target_meter.square(ŵ_noise, None)
    squares = ((y - X @ weights[-1]) ** 2).sum(axis=1)
    K = len(ensemble.problem.sources)
    trained, fresh = np.zeros(K), np.zeros(K)
    for x, place in rows:
        fresh[x.position] = meters[x.inputs].square(ŵ, truth(x))
        if x.source.n:
            trained[x.position] += squares[place].sum() / x.source.n
    return Measured(
        terms=np.array([error, bias, variance, error - bias - variance]),
        training=trained,
        fresh=fresh,
        training_from_shifts=np.zeros(K),
        fresh_from_shifts=np.zeros(K),
        overlaps=overlaps(target_meter, ŵ, w_t, error),
    )


def conditional_trials(
    ensemble: ConnectedEnsemble, rngs: Sequence[np.random.Generator], *, training: bool = True
) -> Measured:
    """A stack of trials, one from each generator."""
    return Measured.stack([_conditional_trial(ensemble, rng, training=training) for rng in rngs])


def _conditional_trial(
    ensemble: ConnectedEnsemble, rng: np.random.Generator, *, training: bool = True
) -> Measured:
    """Draw inputs and projections, and return the expectation of every error given them."""
    return _Trial(ensemble, ensemble.draws(rng)).measured(training)


class _Trial:
    """Columns: those of each part of the truths, then one for each sample of each noise."""

    def __init__(self, ensemble: ConnectedEnsemble, draws: Draws) -> None:
        self.ensemble, self.draws, self.graph = ensemble, draws, ensemble.graph
        self.parts = ensemble.ensemble.parts
        ends = np.cumsum([0, *(part.columns for part in self.parts)])
        self.places = [slice(int(a), int(b)) for a, b in itertools.pairwise(ends)]
        self.truths = slice(0, int(ends[-1]))
        end = int(ends[-1])
        self.noise: dict[tuple[str, int], slice] = {}
        for name, k in ensemble.noises:
            self.noise[name, k] = slice(end, end + self.graph.counts[k])
            end += self.graph.counts[k]
        self.columns = end
        self.d = ensemble.ensemble.d
        self.weights: list[Array] = []
        for t in range(len(self.graph.problems)):
            self._fit(t)

    def _fit(self, t: int) -> None:
        self.rows = self.ensemble.rows(t)
        inputs = [self.draws.inputs[x.inputs] for x, _ in self.rows]
        self.X, S = np.concatenate(inputs), self.draws.projections[t]
        self.y = np.concatenate([self._labels(x) for x, _ in self.rows])
        last = t == len(self.graph.problems) - 1
        perfect, noise = self.X @ self.target, self._own_noise() if last else self.y[:, :0]
        v = fit(
            self.X if S is None else self.X @ S,
            np.hstack([self.y, perfect if last else perfect[:, :0], noise]),
            self.ensemble.weights(t),
            self.graph.problems[t].ridge,
        )
        ŵ = v if S is None else S @ v
        self.weights.append(ŵ[:, : self.columns])
        if last:
            ends = [self.columns, self.columns + perfect.shape[1]]
            _, self.without_noise, self.of_noise = np.hsplit(ŵ, ends)

    def _own_noise(self) -> Array:
        """The noises of the labels of the last fit, without what labellers pass on."""
        own = np.zeros((len(self.X), self.columns - self.truths.stop))
        for x, place in self.rows:
            self._add_noise(own[place], x, self.truths.stop)
        return own

    def _add_noise(self, rows: Array, x: Labelling, before: int) -> None:
        place = self.noise.get((x.noise, x.inputs))
        if place is not None:
            σ = np.sqrt(x.source.noise_variance)
            rows[:, place.start - before : place.stop - before] += σ * np.eye(len(rows))

    @property
    def target(self) -> Array:
        """w_t in these columns, without those of the noises."""
        return self._in_columns([part.target for part in self.parts])

    def _in_columns(self, matrices: Sequence[Array | None]) -> Array:
        w = np.zeros((self.d, self.truths.stop))
        for place, F in zip(self.places, matrices, strict=True):
            if F is not None:
                w[:, place] = np.diag(F) if F.ndim == 1 else F
        return w

    def truth(self, x: Labelling) -> Array:
        """What labels x, in all columns."""
        if x.labeller is not None:
            return self.weights[x.labeller]
        at = self.ensemble.joint.source_of(x)
        matrices = [part.target if at is None else _of(part, at) for part in self.parts]
        return np.hstack([self._in_columns(matrices), np.zeros((self.d, self.columns - self.truths.stop))])

    def _labels(self, x: Labelling) -> Array:
        y: Array = self.draws.inputs[x.inputs] @ self.truth(x)
        self._add_noise(y, x, 0)
        return y

    def measured(self, training: bool) -> Measured:
        """All errors."""
        *meters, target = self.ensemble.meters
        ŵ = self.weights[-1]
        w_t = np.hstack([self.target, np.zeros((self.d, self.columns - self.truths.stop))])
        error = target.square(Fitted(ŵ - w_t), None)
        bias = target.square(Fitted(self.without_noise - self.target), None)
        variance = target.square(Fitted(self.of_noise), None)
        K = len(self.ensemble.problem.sources)
        trained, fresh = np.zeros(K), np.zeros(K)
        squares = ((self.y - self.X @ ŵ) ** 2).sum(axis=1) if training else np.zeros(len(self.y))
        for x, place in self.rows:
            fresh[x.position] = meters[x.inputs].square(Fitted(ŵ - self.truth(x)), None)
            if x.source.n:
                trained[x.position] += squares[place].sum() / x.source.n
        return Measured(
            terms=np.array([error, bias, variance, error - bias - variance]),
            training=trained,
            fresh=fresh,
            training_from_shifts=np.zeros(K),
            fresh_from_shifts=np.zeros(K),
            overlaps=np.full(2, np.nan),
        )


def _of(part: TruthFactors, k: int) -> Array | None:
    return part.truths[k]
