"""The first finite-size correction for many problems that share one spectrum.

Same assumptions as ``pooled_sources``. The truths of the sources are mixed by their shares of the
samples: w̄ = Σ_k p_k w_k, so that E w̄w̄ᵀ = Γ + Σ p_k²Δ_k, E w̄(w̄ − w_t)ᵀ = Σ p_k²Δ_k, and
p_k(1 − p_k) tr ΣΔ_k counts as noise.
"""

import numpy as np

from ...theory.base.arrays import Array
from ...theory.finite_size.first_correction import POWERS, SizeEffect, Sums, WeightedSums, first_order

__all__ = ["BatchedCorrection"]


class BatchedCorrection:
    """B problems with common eigenvalues.

    nodes : (q,) eigenvalues; θ : (B,) effective ridges; noise : (B,) noise variances.
    """

    def __init__(self, nodes: Array, θ: Array, noise: Array) -> None:
        self.nodes, self.θ, self.noise = nodes, θ, noise
        inverse = 1 / (θ[:, None] + nodes)
        u, lost = nodes * inverse, θ[:, None] * inverse
        self._rows = [u, lost]
        for _ in POWERS:
            self._rows.append(u * self._rows[-1])
        self._truth = self._truth_target = self._mismatch = np.zeros((2 + len(POWERS), len(θ)))

    def add_truth(self, weights: Array) -> None:
        """Add Γ; weights : (q,) on the nodes."""
        self._truth = self._truth + self._summed(weights)
        self._truth_target = self._truth_target + self._summed(weights * self.nodes)

    def add_shift(self, weights: Array, shares: Array, members: list[int]) -> None:
        """Add Δ_k to some problems.

        weights : (q,) on the nodes; shares : p_k of the samples in each of them; members : their
        indices.
        """
        amount = np.zeros(len(self.θ))
        amount[members] = shares**2
        truth_target = amount * self._summed(weights * self.nodes)
        self._truth = self._truth + amount * self._summed(weights)
        self._truth_target = self._truth_target + truth_target
        self._mismatch = self._mismatch + truth_target
        self.noise = self.noise.copy()
        self.noise[members] += shares * (1 - shares) * float(weights @ self.nodes)

    def effect(self, multiplicities: Array, samples_left: Array, width_left: Array | None) -> SizeEffect:
        """(B,) the correction to the predicted errors, in the same units.

        multiplicities : (q,); samples_left, width_left : (B,) n − df1 and m − df1 (None: linear).
        """
        sums = Sums(
            one=_weighted(self._summed(multiplicities)),
            target=_weighted(self._summed(multiplicities * self.nodes)),
            truth=_weighted(self._truth),
            truth_target=_weighted(self._truth_target),
            mismatch=_weighted(self._mismatch),
            samples_left=samples_left,
            width_left=width_left,
            noise=self.noise / self.θ,
        )
        return first_order(sums)

    def _summed(self, weights: Array) -> Array:
        """(2 + ORDER, B) sums of u, 1 − u and (1 − u) uʲ with these weights."""
        return np.array([row @ weights for row in self._rows])


def _weighted(sums: Array) -> WeightedSums:
    captured, lost, *powers = sums
    return WeightedSums(captured, lost, np.array(powers))
