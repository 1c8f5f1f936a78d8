"""The first finite-size correction of many problems that share one spectrum.

As ``theory.pooled`` has it for one problem, with the truths of the sources mixed by their shares of
the samples: w̄ = Σ_k p_k w_k, so that E w̄w̄ᵀ = Γ + Σ p_k²Δ_k, E w̄(w̄ − w_t)ᵀ = Σ p_k²Δ_k, and
p_k(1 − p_k) tr ΣΔ_k counts as noise.
"""

import numpy as np

from ..theory.arrays import Array
from ..theory.finite_size import POWERS, Sums, Weighted, first_order

__all__ = ["BatchedSizes"]


class BatchedSizes:
    """B problems with q eigenvalues ``nodes``, effective ridges θ, (B,), and noise variances."""

    def __init__(self, nodes: Array, θ: Array, noise: Array) -> None:
        self.nodes, self.θ, self.noise = nodes, θ, noise
        inverse = 1 / (θ[:, None] + nodes)
        u, lost = nodes * inverse, θ[:, None] * inverse
        self._rows = [u, lost]
        for _ in POWERS:
            self._rows.append(u * self._rows[-1])
        self._truth = self._both = self._apart = np.zeros((2 + len(POWERS), len(θ)))

    def add_truth(self, weights: Array) -> None:
        """Γ, its weights on the nodes: (q,)."""
        self._truth = self._truth + self._summed(weights)
        self._both = self._both + self._summed(weights * self.nodes)

    def add_shift(self, weights: Array, shares: Array, members: list[int]) -> None:
        """Δ_k of these problems, with their shares p_k of the samples."""
        amount = np.zeros(len(self.θ))
        amount[members] = shares**2
        both = amount * self._summed(weights * self.nodes)
        self._truth = self._truth + amount * self._summed(weights)
        self._both = self._both + both
        self._apart = self._apart + both
        self.noise = self.noise.copy()
        self.noise[members] += shares * (1 - shares) * float(weights @ self.nodes)

    def effect(self, multiplicities: Array, samples_left: Array, width_left: Array | None) -> Array:
        """(B,) what to add to the predicted errors."""
        sums = Sums(
            one=_weighted(self._summed(multiplicities)),
            target=_weighted(self._summed(multiplicities * self.nodes)),
            truth=_weighted(self._truth),
            both=_weighted(self._both),
            apart=_weighted(self._apart),
            samples_left=samples_left,
            width_left=width_left,
            noise=self.noise / self.θ,
        )
        effect = first_order(sums)
        total: Array = effect.width + effect.samples
        return total

    def _summed(self, weights: Array) -> Array:
        """(2 + ORDER, B) the sums of u, 1 − u, (1 − u) uʲ with these weights."""
        return np.array([row @ weights for row in self._rows])


def _weighted(sums: Array) -> Weighted:
    captured, lost, *powers = sums
    return Weighted(captured, lost, np.array(powers))
