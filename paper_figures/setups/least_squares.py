"""Least squares on real and synthetic samples, simulated with labels and truths integrated out.

Fits without ridge to more samples than dimensions have errors that do not depend on the covariance,
so inputs are isotropic here. Given the inputs, an error is linear in the noise variances and in the
quality c² of the first synthetic labels: what is returned is the coefficient of each.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ...theory import mixing_weights
from ...theory.base.arrays import Array
from ..computing.work import Result

__all__ = ["SERIES", "chains", "weighted_fits"]

SERIES = ("clean", "single step", "same real data", "fresh real data")
"""The fits of :func:`chains`."""

Chain = tuple[Array, Array]


def weighted_fits(
    real: int, synthetic: int, dimension: int, weights: Sequence[float], trials: int, seed: int
) -> Result:
    """(weights, trials) coefficients of σ_1², σ_2² and c² in the error of one fit.

    weights : shares a of the loss that are synthetic (``mixing_weights``). All share their draws.
    """
    shares = [mixing_weights(a, (real, synthetic)) for a in weights]

    def trial(rng: np.random.Generator) -> Array:
        return _weighted(_gram(real, dimension, rng), _gram(synthetic, dimension, rng), shares)

    first, second, shift = _stacked_trials(trial, trials, seed)
    return {"real noise": first, "synthetic noise": second, "shift": shift}


def chains(real: int, synthetic: int, dimension: int, rounds: int, trials: int, seed: int) -> Result:
    """(4, trials) coefficients of the noise variance σ_1² = σ_2² and of c_0² in the errors of
    ``SERIES``: the fit to the real data alone, to the mix, and after more rounds of mixing.

    Every round trains on fresh inputs labelled by the model of the round before; "same real data"
    are those of the first round every time. The four share the draws that they have in common.
    """

    def trial(rng: np.random.Generator) -> Array:
        return _iterated_mixing(real, synthetic, dimension, rounds, rng)

    noise, shift = _stacked_trials(trial, trials, seed)
    return {"noise": noise, "shift": shift}


def _stacked_trials(trial: Callable[[np.random.Generator], Array], trials: int, seed: int) -> Array:
    """The results of the trials, stacked along the last axis; trial i uses child i of the seed."""
    seeds = (np.random.SeedSequence(seed, spawn_key=(i,)) for i in range(trials))
    return np.stack([trial(np.random.default_rng(child)) for child in seeds], axis=-1)


def _gram(samples: int, dimension: int, rng: np.random.Generator) -> Array:
    """XᵀX of inputs X with independent N(0, 1) entries."""
    X = rng.standard_normal((samples, dimension))
    return X.T @ X


def _weighted(M1: Array, M2: Array, shares: Sequence[tuple[float, float]]) -> Array:
    """(3, weights). The fit's deviation is R(a_1X_1ᵀε_1 + a_2X_2ᵀε_2 + a_2M_2δ) with
    R = (a_1M_1 + a_2M_2)⁻¹, so that the coefficients are a_k² tr RM_kR and a_2² |RM_2|²/d.

    One basis V makes both diagonal, VᵀM_1V = t and VᵀM_2V = 1 − t, and serves all weights.
    """
    L = np.linalg.cholesky(M1 + M2)
    inverse = np.linalg.inv(L)
    t, U = np.linalg.eigh(inverse @ M1 @ inverse.T)
    V, back = inverse.T @ U, U.T @ L.T
    overlap = (V.T @ V) * (back @ back.T)
    squares = (V**2).sum(axis=0)
    a1, a2 = np.array(shares).T
    r = 1 / (np.outer(t, a1) + np.outer(1 - t, a2))
    f = a2 * (1 - t)[:, None] * r
    return np.array(
        [
            a1**2 * ((squares * t) @ r**2),
            a2**2 * ((squares * (1 - t)) @ r**2),
            (f * (overlap @ f)).mean(axis=0),
        ]
    )


def _iterated_mixing(
    real: int, synthetic: int, dimension: int, rounds: int, rng: np.random.Generator
) -> Array:
    """(2, 4). A deviation is P e_0 + (1 − P) M_1⁻¹X_1ᵀε_1 + η where the real data stay, η the noise
    of the synthetic labels, and P e_0 + η, η all noise, where they do not."""
    identity = np.eye(dimension)
    first_gram = _gram(real, dimension, rng)
    clean = np.linalg.inv(first_gram)
    same = fresh = (identity, np.zeros_like(identity))
    once = fresh
    for completed in range(rounds):
        labelled = _gram(synthetic, dimension, rng)
        real_gram = _gram(real, dimension, rng) if completed else first_gram
        same = _next_round(same, first_gram, labelled, real_noise=False)
        fresh = _next_round(fresh, real_gram, labelled, real_noise=True)
        once = once if completed else fresh
    remaining = identity - same[0]
    moments = (clean, once[1], same[1] + remaining @ clean @ remaining.T, fresh[1])
    noise = [np.trace(moment) for moment in moments]
    shift = [0.0, *(np.sum(P**2) / dimension for P, _ in (once, same, fresh))]
    return np.array([noise, shift])


def _next_round(chain: Chain, M1: Array, M2: Array, *, real_noise: bool) -> Chain:
    """The next round: the matrix that multiplies e_0, and the second moment of the noise."""
    propagated, noise = chain
    R = np.linalg.inv(M1 + M2)
    A = R @ M2
    return A @ propagated, A @ noise @ A.T + (R if real_noise else A @ R)
