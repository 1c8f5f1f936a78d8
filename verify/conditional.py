"""The simulator that draws only inputs and projection: labels and truths are integrated exactly.

Given (X, S) the fitted weights are linear in the labels, ŵ = Σ_k (C_kw_k + B_kε_k), so the
expectation of every error over noise and truths is a sum of second moments. What is left to
average over trials is the design alone: a variance tens to hundreds of times smaller.
"""

import dataclasses
import itertools

import numpy as np

from ..theory.arrays import Array
from .draw import Design, Ensemble
from .measured import Measured
from .response import Response, Weighted, combine, respond

__all__ = ["integrate", "trial"]


def trial(ensemble: Ensemble, rng: np.random.Generator, *, training: bool = True) -> Measured:
    """Draw (X, S) and return the expectation of every error given them."""
    return integrate(ensemble, ensemble.design(rng), training=training)


def integrate(ensemble: Ensemble, design: Design, *, training: bool = True) -> Measured:
    """The errors of one design, averaged over truths and noise exactly.

    With r = ŵ − w_t, bias is E rᵀΣ_tr where all sources have the target's truth and no noise,
    variance the same for the noise alone, collapse the rest: what gains other than 1 add, and what
    the shifts add, independent of each other and of w_t. The training error of a source whose
    weight is 0 is its error on fresh data: the fit has not seen its samples.

    ``training=False`` leaves the training errors at 0 and saves their matrix product.
    """
    sources = ensemble.problem.sources
    used = [k for k, source in enumerate(sources) if source.active]
    used = used or [k for k, source in enumerate(sources) if source.n]
    response = respond(_weighted(ensemble, design, used), ensemble.problem.ridge)
    parts = _Parts.of(ensemble, used, response)
    bias, variance, collapse = parts.bias(), parts.variance(ensemble.target), parts.collapse()
    fresh = np.array([parts.fresh(k) for k in range(len(sources))])
    from_shifts = np.array([parts.fresh_from_shifts(k) for k in range(len(sources))])
    seen, seen_from_shifts = np.zeros(len(sources)), np.zeros(len(sources))
    if training:
        σ2 = np.array([source.noise_variance for source in sources])
        seen, seen_from_shifts = fresh + from_shifts + σ2, from_shifts.copy()
        active = [k for k in used if sources[k].active]
        if active:
            seen[active], seen_from_shifts[active] = parts.training()
    return Measured(
        terms=np.array([bias + variance + collapse, bias, variance, collapse]),
        training=seen,
        fresh=fresh + from_shifts,
        training_from_shifts=seen_from_shifts,
        fresh_from_shifts=from_shifts,
    )


def _weighted(ensemble: Ensemble, design: Design, used: list[int]) -> Weighted:
    sources, n = ensemble.problem.sources, ensemble.problem.n
    ends = np.cumsum([0, *(sources[k].n for k in used)])
    rows = tuple(slice(int(a), int(b)) for a, b in itertools.pairwise(ends))
    X = np.empty((rows[-1].stop, design.X.shape[1]))
    for k, here in zip(used, rows, strict=True):
        np.multiply(design.X[ensemble.rows[k]], np.sqrt(sources[k].weight / n), out=X[here])
    return Weighted(X, rows, design.S)


@dataclasses.dataclass(frozen=True, eq=False)
class _Quadratic:
    """E|Σ^½(C − own·I)u|² for E uuᵀ = diag γ, for any Σ and own without forming C − own·I.

    off : (d,) Σ_l C_il²γ_l over l ≠ i; diagonal : (d,) C_ii; γ : (d,).
    """

    off: Array
    diagonal: Array
    γ: Array

    @classmethod
    def of(cls, C: Array, γ: Array) -> "_Quadratic":
        squares = np.square(C)
        np.fill_diagonal(squares, 0.0)
        return cls(squares @ γ, np.diagonal(C), γ)

    def against(self, Σ: Array, own: float) -> float:
        return float(Σ @ (self.off + (self.diagonal - own) ** 2 * self.γ))


@dataclasses.dataclass(frozen=True, eq=False)
class _Parts:
    """The second moments that every error is made of; sources counted as in the problem."""

    ensemble: Ensemble
    used: list[int]
    response: Response
    noise: Array
    common: _Quadratic
    scaled: _Quadratic
    from_gains: float
    shifted: dict[int, _Quadratic]

    @classmethod
    def of(cls, ensemble: Ensemble, used: list[int], response: Response) -> "_Parts":
        sources, Γ = ensemble.problem.sources, ensemble.signal
        C = response.truths()
        g = np.array([sources[k].gain for k in used])
        total = combine(np.ones(len(used)), C)
        common = scaled = _Quadratic.of(total, Γ)
        from_gains = 0.0
        if (g != 1).any():
            added = combine(g - 1, C)
            scaled = _Quadratic.of(total + added, Γ)
            from_gains = _from_gains(total, added, ensemble)
        shifted = {
            k: _Quadratic.of(C_k, Δ)
            for k, C_k in zip(used, C, strict=True)
            if (Δ := ensemble.shifts[k]) is not None
        }
        noise = response.noise(cls._label_noise(ensemble, used))
        return cls(ensemble, used, response, noise, common, scaled, from_gains, shifted)

    @staticmethod
    def _label_noise(ensemble: Ensemble, used: list[int]) -> Array:
        """Variance of the weighted labels' noise, (a_k/n)σ_k²."""
        sources, n = ensemble.problem.sources, ensemble.problem.n
        return np.array([sources[k].weight / n * sources[k].noise_variance for k in used])

    def bias(self) -> float:
        return self.common.against(self.ensemble.target, 1.0)

    def variance(self, Σ: Array) -> float:
        return float(Σ @ self.noise)

    def collapse(self) -> float:
        Σ = self.ensemble.target
        return self.from_gains + sum(shift.against(Σ, 0.0) for shift in self.shifted.values())

    def fresh(self, k: int) -> float:
        """Error on fresh data of source k, without the part of the shifts."""
        Σ, gain = self.ensemble.spectra[k], self.ensemble.problem.sources[k].gain
        return self.variance(Σ) + self.scaled.against(Σ, gain)

    def fresh_from_shifts(self, k: int) -> float:
        """The part of the shifts, that of source k itself included."""
        Σ, Δ = self.ensemble.spectra[k], self.ensemble.shifts[k]
        unseen = 0.0 if Δ is None or k in self.shifted else float(Σ @ Δ)
        return unseen + sum(q.against(Σ, float(j == k)) for j, q in self.shifted.items())

    def training(self) -> tuple[Array, Array]:
        """Training errors of the used sources, and the part of the shifts in them."""
        sources, n = self.ensemble.problem.sources, self.ensemble.problem.n
        scale = np.array([sources[k].weight / n * sources[k].n for k in self.used])
        g = np.array([sources[k].gain for k in self.used])
        sums = self.response.training_noise(self._label_noise(self.ensemble, self.used))
        sums = sums + self.response.training_truth(g, self.ensemble.signal)
        from_shifts = np.zeros(len(self.used))
        for k, shift in self.shifted.items():
            only_k = np.array([float(j == k) for j in self.used])
            from_shifts += self.response.training_truth(only_k, shift.γ)
        return (sums + from_shifts) / scale, from_shifts / scale


def _from_gains(total: Array, added: Array, ensemble: Ensemble) -> float:
    """E|Σ_t^½(C + A − I)w_t|² − E|Σ_t^½(C − I)w_t|², as the form of A(2(C − I) + A)."""
    other = 2 * total + added
    other.flat[:: len(other) + 1] -= 2
    return float(ensemble.target @ ((added * other) @ ensemble.signal))
