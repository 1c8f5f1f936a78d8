"""Chains of generators, each fitted to labels of the one before, and a ridge fit at their end.

The setting of arXiv 2402.07712 v2: n generators, each least squares on T_0 fresh samples labelled
by the one before (the first: by the truth) with noise of variance σ_0²; then ridge regression on T
samples labelled by the last one, with noise of variance σ².
"""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numerics import sweep
from ...theory import Problem, Source, Spectrum, chain_shift
from ...theory.base.arrays import Array
from ..computing.compared_samples import compare_samples
from ..computing.simulated_points import ALPHA, TOLERANCE
from ..computing.work import Result, Work

if TYPE_CHECKING:
    import xarray

__all__ = ["GENERATIONS", "Chain", "chain_terms", "lines", "simulated"]

GENERATIONS = (0, 1, 3, 10)

BLOCK = 10
"""Trials at one place; draws are shared by all ridges and numbers of generations."""


@dataclasses.dataclass(frozen=True)
class Chain:
    """Each generation is drawn afresh.

    spectrum : Σ. signal : E w_k² of the truth, one or one for each coordinate.
    samples, noise_variance : T and σ². fitted, generator_noise : T_0 and σ_0².
    """

    spectrum: Spectrum
    signal: Any
    samples: int
    noise_variance: float
    fitted: int
    generator_noise: float

    def problem(self, ridge: float, generations: int) -> Problem:
        """The fit at the end of a chain: one source, whose labels are shifted by
        Δ = nσ_0²/(T_0 − d) Σ⁻¹."""
        shift = chain_shift(
            self.spectrum,
            counts=(self.fitted,) * generations,
            noise_variances=(self.generator_noise,) * generations,
        )
        source = Source(self.samples, self.spectrum, noise_variance=self.noise_variance, shift=shift)
        return Problem(signal=self.signal, sources=[source], ridge=ridge)


def lines(chain: Chain, ridges: Sequence[float]) -> "xarray.Dataset":
    """The theory: dimensions ridge and generations, variables of ``sweep``."""
    return sweep(chain.problem, ridge=ridges, generations=GENERATIONS)


def simulated(chain: Chain, ridges: Sequence[float], work: Work) -> "xarray.Dataset":
    """The simulated test error over ridge and generations, compared with theory."""
    blocks = range(0, work.trials, BLOCK)
    setting: dict[str, Any] = {
        "clean": chain.problem(1.0, 0),
        "fitted": chain.fitted,
        "generator_noise": chain.generator_noise,
        "ridges": tuple(ridges),
        "generations": GENERATIONS,
        "seed": work.seed,
    }
    results = work.results(
        chain_terms, [setting | {"first": first, "last": min(first + BLOCK, work.trials)} for first in blocks]
    )
    samples = np.concatenate([result["error"] for result in results], axis=-1)
    predicted = lines(chain, ridges).error
    points = compare_samples(predicted, samples, TOLERANCE * predicted).expand_dims(term=["error"], axis=-1)
    return points.assign_attrs(
        trials=work.trials,
        seed=work.seed,
        alpha=ALPHA,
        band=f"{100 * TOLERANCE:g}% of the predicted error",
        model="linear",
        dimension=int(chain.spectrum.d),
        samples=chain.samples,
        noise_variance=chain.noise_variance,
        generator_samples=chain.fitted,
        generator_noise_variance=chain.generator_noise,
        ridge="in the column ridge",
    )


def chain_terms(
    clean: Problem,
    fitted: int,
    generator_noise: float,
    ridges: Sequence[float],
    generations: Sequence[int],
    seed: int,
    first: int,
    last: int,
) -> Result:
    """(ridges, generations, trials) test errors of trials first … last − 1; noise and truth
    integrated out.

    clean : the problem of a chain without generators; its ridge is not looked at.
    """
    trials = [
        _trial(
            clean,
            fitted,
            generator_noise,
            ridges,
            generations,
            np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(i,))),
        )
        for i in range(first, last)
    ]
    return {"error": np.stack(trials, axis=-1)}


def _trial(
    clean: Problem,
    fitted: int,
    generator_noise: float,
    ridges: Sequence[float],
    generations: Sequence[int],
    rng: np.random.Generator,
) -> Array:
    """One draw of all inputs. With A = XᵀX/T, R = (A + λ)⁻¹ and the last generator's weights
    w + Σ_ℓ X_ℓ⁺ε_ℓ, the expectation of the error over noises and truth is

        λ² tr ΓRΣR + (σ²/T) tr ARΣR + σ_0² Σ_ℓ tr (X_ℓᵀX_ℓ)⁻¹ ARΣRA
    """
    source = clean.sources[0]
    assert isinstance(source.covariance, Spectrum), "a chain's covariance is one"
    Σ = np.repeat(source.covariance.values, source.covariance.weights.astype(int))
    X = rng.standard_normal((source.n, len(Σ))) * np.sqrt(Σ)
    s, U = np.linalg.eigh(X.T @ X / source.n)
    r = 1 / (s[:, None] + np.asarray(ridges))  # (d, ridges)
    M = (U.T * Σ) @ U
    Γ = (U.T * np.broadcast_to(np.asarray(clean.signal), Σ.shape)) @ U

    def form(moment: Array, v: Array) -> Array:
        return np.asarray(((moment * M) @ v * v).sum(axis=0))

    bias = np.square(ridges) * form(Γ, r)
    variance = source.noise_variance / source.n * (np.diag(M) * s) @ r**2
    errors = [
        bias + variance + form(U.T @ Δ @ U, s[:, None] * r)
        for Δ in _shifts(Σ, fitted, generator_noise, generations, rng)
    ]
    return np.stack(errors, axis=-1)


def _shifts(
    Σ: Array, fitted: int, noise: float, generations: Sequence[int], rng: np.random.Generator
) -> list[Array]:
    """The second moment of what the noise of the first n generators adds to the weights, for every
    n asked for (increasing)."""
    total, shifts = np.zeros((len(Σ), len(Σ))), []
    for n in range(max(generations) + 1):
        if n:
            X = rng.standard_normal((fitted, len(Σ))) * np.sqrt(Σ)
            total = total + noise * np.linalg.inv(X.T @ X)
        if n in generations:
            shifts.append(total)
    return shifts
