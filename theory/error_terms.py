"""Bias, variance, collapse and error of every source and of the target, at the solved point.

In the variables of ``theory.master``, with b_k the share of source k (the share of its group, split
by samples), Y_k = a_k b_k Σ_k, w_k = g_k w_t + δ_k, χ and φ the coupling of the width, and a target
τ (the test distribution or a source):

    r_τ   = w_τ − G Σ_j Y_j w_j        h = G Σ_j Y_j w_j
    b_τ   = E r_τᵀ Σ_τ r_τ + χ η² tr(Σ_τG²) E|h|²
    A_kj  = tr Y_kGY_jG    B_k = η tr Y_kG²    M_kj = A_kj + χ B_kB_j
    n_k u_k = a_k b_k (σ_k² + b_k) + Σ_j M_kj u_j              (one linear solve)
    E_τ   = b_τ + Σ_j [tr(Σ_τGY_jG) + χ η tr(Σ_τG²) B_j] u_j

E_τ excludes the noise of τ; the noisy error on source k is R_k = E_k + σ_k², its noisy training
error R_k (b_k t/n_k)². The terms are the same linear functional of different moments: the bias of
"all w_k = w_t, no noise", the variance of the noises, the collapse of the rest. Each is formed from
its own sums, never as a difference of totals: all summands are positive, but for gains g ≠ 1.

Source: arXiv 2410.04840 v2, Propositions 1 to 4 (K = 2), for any K.
"""

import dataclasses
from typing import Any

import numpy as np

from .master import Projection

__all__ = ["ErrorTerms", "Mixture"]

Numbers = Any


@dataclasses.dataclass(frozen=True)
class ErrorTerms:
    """The terms for each source and, last, the target: (K + 1,) each, noise of τ excluded.

    ``shrinkage`` is (K,) b_k t/n_k: residuals in training are that much smaller than on fresh data.
    """

    bias: Numbers
    variance: Numbers
    collapse: Numbers
    error: Numbers
    shrinkage: Numbers


@dataclasses.dataclass(frozen=True)
class Mixture:
    """What the errors depend on, source by source.

    counts, weights, noise, gains : (K,); group : (K,) index of the source's group of equations, −1
    where the source is not fitted (n_k a_k = 0); covariances : (q, p) the different covariances;
    covariance_of : (K + 1,) their indices, the target's last; signal : (p,) Γ; shifts : K arrays
    (p,) or None; multiplicities : (p,).
    """

    counts: Numbers
    weights: Numbers
    noise: Numbers
    gains: Numbers
    group: Any
    covariances: Numbers
    covariance_of: Any
    signal: Numbers
    shifts: tuple[Numbers | None, ...]
    multiplicities: Numbers

    def errors(
        self, shares: Numbers, η: Numbers, left: Numbers, spare: Numbers | None, model: Projection
    ) -> ErrorTerms:
        """The error terms at group shares (G,), scale η, left = n₊ − df1 and spare = m − df1."""
        own = self._own_shares(shares)
        strength = self.weights * own
        kinds = self.covariance_of
        Y = strength[:, None] * self.covariances[kinds[:-1]]
        G = 1 / (η + Y.sum(axis=0))
        CG = self.covariances * G
        traces = (CG * self.multiplicities) @ CG.T
        once = η * ((CG * self.multiplicities) @ G)
        B = strength * once[kinds[:-1]]
        χ, φ = model.coupling(spare, B.sum())

        fit = self.group >= 0
        A = strength[:, None] * strength * traces[np.ix_(kinds[:-1], kinds[:-1])]
        coupled = (A + χ * B[:, None] * B)[np.ix_(fit, fit)]
        rows = (own * left + B * φ)[fit]
        labels = _Labels(self, Y, G, η, (χ * η) * once[kinds])
        noise = np.concatenate([self.noise, [η * 0]])
        b = np.stack([labels.bias(), noise * 0, labels.collapse(), labels.error()])
        drive = b + np.stack([noise * 0, noise, noise * 0, noise])
        u = _positive_solve(coupled, rows, (strength * drive[:, :-1])[:, fit])
        reach = traces[np.ix_(kinds, kinds[:-1])] * strength + (χ * once[kinds])[:, None] * B
        bias, variance, collapse, error = b + u @ reach[:, fit].T
        return ErrorTerms(bias, variance, collapse, error, self._shrinkage(own, left))

    def null_error(self) -> Numbers:
        """tr ΓΣ_t, the error of f = 0."""
        covariance = self.covariances[self.covariance_of[-1]]
        return (self.multiplicities * covariance) @ self.signal

    def f(self, shares: Numbers, η: Numbers, left: Numbers, samples: Numbers) -> Numbers:
        """(K,) f_k = n/(n κ/a_k + tr Σ_kP) with n = ``samples``; 0 for a source of weight 0."""
        own = self._own_shares(shares)
        Y = (self.weights * own)[:, None] * self.covariances[self.covariance_of[:-1]]
        traces = self.covariances @ (self.multiplicities / (η + Y.sum(axis=0)))
        demand = left + self.weights * traces[self.covariance_of[:-1]]
        return samples * self.weights / (demand * η)

    def _own_shares(self, shares: Numbers) -> Numbers:
        """(K,) the group's share split by samples; 0 for sources that are not fitted."""
        own = self.counts * 0
        for g, share in enumerate(shares):
            members = self.group == g
            own[members] = self.counts[members] * (share / self.counts[members].sum())
        return own

    def _shrinkage(self, own: Numbers, left: Numbers) -> Numbers:
        """(K,) b_k t/n_k = κ f_k/a_k, 1 where the source is not fitted."""
        ratio = own * 0 + 1
        fit = self.group >= 0
        ratio[fit] = own[fit] * left / self.counts[fit]
        return ratio


@dataclasses.dataclass(frozen=True)
class _Labels:
    """b_τ for all K + 1 targets: what the label functions alone contribute.

    ``spill`` is (K + 1,) χ η² tr(Σ_τG²), the weight of E|h|² in b_τ.
    """

    mixture: Mixture
    Y: Numbers
    G: Numbers
    η: Numbers
    spill: Numbers

    def bias(self) -> Numbers:
        """All w_k = w_t: r = ηG w_t, h = GY w_t."""
        m = self.mixture
        r = (self.η * self.G) ** 2 * m.signal
        h = (self.G * self.Y.sum(axis=0)) ** 2 * m.signal
        return self._forms([r] * len(m.covariance_of), h)

    def collapse(self) -> Numbers:
        """What gains and shifts add to the bias."""
        r, h = self._shift_moments()
        if self._gained:
            m = self.mixture
            for τ, x in enumerate(self._gain_residuals()):
                r[τ] = r[τ] + (2 * self.η * self.G + x) * x * m.signal
            e = self._gain_excess()
            h = h + (2 * self.G * self.Y.sum(axis=0) + e) * e * m.signal
        return self._forms(r, h)

    def error(self) -> Numbers:
        """Bias and collapse together; with gains formed anew, since they may cancel."""
        if not self._gained:
            return self.bias() + self.collapse()
        m = self.mixture
        r, h = self._shift_moments()
        for τ, x in enumerate(self._gain_residuals()):
            r[τ] = r[τ] + (self.η * self.G + x) ** 2 * m.signal
        return self._forms(r, h + self._gain_fit() ** 2 * m.signal)

    @property
    def _gained(self) -> bool:
        return bool((self.mixture.gains != 1).any())

    def _forms(self, r: list[Numbers], h: Numbers) -> Numbers:
        """Σ_τ r_τ + spill_τ h for r_τ and h the (p,) expected squares."""
        m = self.mixture
        weighted = m.covariances * m.multiplicities
        own = [weighted[kind] @ square for kind, square in zip(m.covariance_of, r, strict=True)]
        return np.array(own) + self.spill * (m.multiplicities @ h)

    def _shift_moments(self) -> tuple[list[Numbers], Numbers]:
        """The parts of E r_τ² and E h² that the shifts make.

        δ_k enters r_k with 1 − GY_k = G(η + Σ_{j≠k} Y_j), every other r_τ and h with ∓GY_k.
        """
        zero = 0 * self.G
        h = zero
        r = [zero] * len(self.mixture.covariance_of)
        for k, shift in enumerate(self.mixture.shifts):
            if shift is None:
                continue
            away = (self.G * self.Y[k]) ** 2 * shift
            rest = self.η + np.delete(self.Y, k, axis=0).sum(axis=0)
            home = (self.G * rest) ** 2 * shift
            h = h + away
            r = [square + (home if τ == k else away) for τ, square in enumerate(r)]
        return r, h

    def _gain_residuals(self) -> list[Numbers]:
        """x_τ in r_τ = (ηG + x_τ) w_t + …: ηG (g_τ − 1) − G Σ_j Y_j (g_j − g_τ)."""
        gains = np.concatenate([self.mixture.gains, [self.η * 0 + 1]])
        return [
            self.G * (self.η * (g - 1) - (gains[:-1] - g) @ self.Y) for g in gains
        ]

    def _gain_excess(self) -> Numbers:
        """e in h = (GY + e) w_t + …: G Σ_j Y_j (g_j − 1)."""
        return self.G * ((self.mixture.gains - 1) @ self.Y)

    def _gain_fit(self) -> Numbers:
        """G Σ_j Y_j g_j."""
        return self.G * (self.mixture.gains @ self.Y)


def _positive_solve(off_diagonal: Numbers, row_sums: Numbers, right: Numbers) -> Numbers:
    """Solve the M-matrix system with these off-diagonal entries (negated) and row sums.

    off_diagonal : (K, K) non-negative, its diagonal is not read; row_sums : (K,) positive;
    right : (R, K). The elimination of Grassmann, Taksar and Heyman: pivots are sums of positive
    numbers, nothing is subtracted, so every entry of the inverse is found to a few eps.
    """
    N, δ, b = off_diagonal.copy(), row_sums.copy(), right.copy()
    K = len(δ)
    pivots = [δ[0] * 0] * K
    for k in reversed(range(K)):
        pivots[k] = δ[k] + N[k, :k].sum()
        for i in range(k):
            factor = N[i, k] / pivots[k]
            N[i, :k] += factor * N[k, :k]
            δ[i] += factor * δ[k]
            b[:, i] += factor * b[:, k]
    for k in range(K):
        b[:, k] = (b[:, k] + b[:, :k] @ N[k, :k]) / pivots[k]
    return b
