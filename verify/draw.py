"""One trial's random draws: the data of every source, the projection, the truths and the noise.

Both simulators start here, and draw in this order from one generator: X_1 … X_K, S, w_t,
δ_1 … δ_K, ε_1 … ε_K. The conditional one stops after S, so both see the same (X, S) under the same
seed; so do problems that differ only in ridge, weights, noise, truths or shifts.
"""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..theory import Linear, Problem, SpecError
from ..theory.arrays import Array

__all__ = ["Design", "Ensemble", "Labels"]

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, eq=False)
class Design:
    """The random inputs of one trial: X, (n, d), sources stacked; S, (d, m), None if linear."""

    X: Array
    S: Array | None

    @property
    def features(self) -> Array:
        """Φ, (n, m): one row φ(x) for each sample."""
        return self.X if self.S is None else self.X @ self.S

    def effective(self, v: Array) -> Array:
        """Sv, (d, …): the weights ŵ for which f(x) = vᵀφ(x) = xᵀŵ."""
        return v if self.S is None else self.S @ v


@dataclasses.dataclass(frozen=True, eq=False)
class Labels:
    """Truths and noise of one trial: w_t (d,), the w_k (d,) one by one, ε (n,), sources stacked."""

    target: Array
    truths: tuple[Array, ...]
    noise: Array

    def of(self, things: Sequence[T]) -> Iterator[tuple[T, Array]]:
        """One thing for each source, beside the truth w_k of that source."""
        return zip(things, self.truths, strict=True)


@dataclasses.dataclass(frozen=True, eq=False)
class Ensemble:
    """What the trials of a problem are drawn from: its spectra and moments with nothing implied.

    Every eigenvalue stands as often as its multiplicity says, so all arrays are (d,).

    Raises
    ------
    SpecError
        Where a multiplicity is not an integer: half a coordinate cannot be drawn.

    >>> from detequiv.theory import Source, isotropic
    >>> ensemble = Ensemble.of(Problem(signal=1, sources=[Source(4, isotropic(3))], ridge=1))
    >>> ensemble.design(np.random.default_rng(0)).X.shape
    (4, 3)
    """

    problem: Problem
    rows: tuple[slice, ...]
    spectra: tuple[Array, ...]
    target: Array
    signal: Array
    shifts: tuple[Array | None, ...]

    @classmethod
    def of(cls, problem: Problem) -> "Ensemble":
        """The ensemble of a problem."""
        repeats = _integers(problem.multiplicities)
        *spectra, target = (np.repeat(values, repeats) for values in problem.spectra)
        ends = np.cumsum([0, *(source.n for source in problem.sources)])
        return cls(
            problem=problem,
            rows=tuple(slice(int(a), int(b)) for a, b in itertools.pairwise(ends)),
            spectra=tuple(spectra),
            target=target,
            signal=np.repeat(problem.signal_values, repeats),
            shifts=tuple(
                None if shift is None else np.repeat(shift, repeats) for shift in problem.shifts
            ),
        )

    def design(self, rng: np.random.Generator) -> Design:
        """Inputs x ~ N(0, Σ_k) and, for a projection, S with independent N(0, s²) entries."""
        d, model = self.target.size, self.problem.model
        X = np.empty((self.problem.n, d))
        for rows, spectrum in zip(self.rows, self.spectra, strict=True):
            rng.standard_normal(out=X[rows])
            X[rows] *= np.sqrt(spectrum)
        if isinstance(model, Linear):
            return Design(X, None)
        S = rng.standard_normal((d, model.width))
        S *= np.sqrt(model.entry_variance_at(d))
        return Design(X, S)

    def labels(self, rng: np.random.Generator) -> Labels:
        """Truths w_t ~ N(0, Γ) and w_k = g_k w_t + δ_k with δ_k ~ N(0, Δ_k), and the noise."""
        w_t = rng.standard_normal(self.signal.size) * np.sqrt(self.signal)
        truths = []
        for source, Δ in zip(self.problem.sources, self.shifts, strict=True):
            δ = 0.0 if Δ is None else rng.standard_normal(Δ.size) * np.sqrt(Δ)
            truths.append(source.gain * w_t + δ)
        noise = rng.standard_normal(self.problem.n)
        for source, rows in zip(self.problem.sources, self.rows, strict=True):
            noise[rows] *= np.sqrt(source.noise_variance)
        return Labels(w_t, tuple(truths), noise)


def _integers(multiplicities: Array) -> NDArray[np.int64]:
    whole = np.round(multiplicities)
    if not np.array_equal(whole, multiplicities):
        i = int(np.argmax(whole != multiplicities))
        raise SpecError(
            f"multiplicities must be integers to be simulated; got {multiplicities[i]:.17g} at "
            f"index {i}. Round them, and compare with the prediction for the rounded problem."
        )
    return whole.astype(np.int64)
