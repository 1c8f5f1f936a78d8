"""Connected fits, simulated as they are described: draw, fit one after the other, measure."""

from collections.abc import Sequence

import numpy as np

from ...theory.base.arrays import Array
from ...theory.specification.stages import Labelling
from .connected_draws import ConnectedEnsemble
from .fitted_weights import Fitted
from .naive import fit
from .trial_errors import Measured

__all__ = ["trial", "trials"]


def trials(
    ensemble: ConnectedEnsemble, rngs: Sequence[np.random.Generator], *, training: bool = True
) -> Measured:
    """A stack of trials, one from each generator."""
    return Measured.stack([trial(ensemble, rng, training=training) for rng in rngs])


def trial(ensemble: ConnectedEnsemble, rng: np.random.Generator, *, training: bool = True) -> Measured:
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
    )
