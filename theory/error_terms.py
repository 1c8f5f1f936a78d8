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

from .projection import Projection

__all__ = ["ErrorTerms", "Mixture"]

Numbers = Any


@dataclasses.dataclass(frozen=True)
class ErrorTerms:
    """The terms for each source and, last, the target: (K + 1,) each, noise of τ excluded.

    shrinkage : (K,) b_k t/n_k = κ f_k/a_k, by which residuals in training are smaller than on fresh
    data. first : (K + 1,) tr Σ_τG. df1, df2 : degrees of freedom.
    """

    bias: Numbers
    variance: Numbers
    collapse: Numbers
    error: Numbers
    shrinkage: Numbers
    first: Numbers
    df1: Numbers
    df2: Numbers


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
        Y = self.mixed(strength)
        G = 1 / (η + Y)
        P = η * G
        CG = self.covariances * G
        weighted = CG * self.multiplicities
        first, second = weighted.sum(axis=1), weighted @ P

        fit = np.flatnonzero(self.group >= 0)
        kinds, fitted = self.covariance_of, self.covariance_of[fit]
        traces = weighted @ CG[fitted].T * strength[fit]  # tr CGY_jG for each covariance C
        A = strength[fit][:, None] * traces[fitted]
        B = strength[fit] * second[fitted]
        χ, φ = model.coupling(spare, B.sum())

        b = _Labels(self, strength, Y, G, P, χ * η * second).moments()
        noise = np.array([0, 1, 0, 1])[:, None] * self.noise
        u = _positive_solve(
            A + χ * B[:, None] * B,
            own[fit] * left + B * φ,
            (strength * (b[:, :-1] + noise))[:, fit],
        )
        reach = traces[kinds] + χ * second[kinds][:, None] * B
        bias, variance, collapse, error = b + u @ reach.T
        return ErrorTerms(
            bias=bias,
            variance=variance,
            collapse=collapse,
            error=error,
            shrinkage=self._shrinkage(own, left),
            first=first[kinds],
            df1=strength[fit] @ first[fitted],
            df2=A.sum(),
        )

    def null_error(self) -> Numbers:
        """tr ΓΣ_t, the error of f = 0."""
        covariance = self.covariances[self.covariance_of[-1]]
        return (self.multiplicities * covariance) @ self.signal

    def mixed(self, coefficients: Numbers) -> Numbers:
        """Σ_k coefficients_k Σ_k, (p,), summed covariance by covariance."""
        sources = self.covariance_of[:-1]
        kinds = range(len(self.covariances))
        return np.array([coefficients[sources == c].sum() for c in kinds]) @ self.covariances

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

    strength : (K,) a_k b_k, so that Y_k = strength_k Σ_k; Y, G and P = ηG : (p,); spill : (q,)
    χ η² tr(CG²) for each covariance C, the weight of E|h|² in b_τ. Nothing is squared before it is
    small: G is as large as 1/η where no source has data.
    """

    mixture: Mixture
    strength: Numbers
    Y: Numbers
    G: Numbers
    P: Numbers
    spill: Numbers

    def moments(self) -> Numbers:
        """(4, K + 1): b_τ of bias, variance, collapse and error.

        The error's is the sum of the others, but formed anew with gains, where they may cancel.
        """
        bias, collapse = self._common(), self._shifted()
        if (self.mixture.gains == 1).all():
            return np.array([bias, 0 * bias, collapse, bias + collapse])
        excess, total = self._gained()
        return np.array([bias, 0 * bias, collapse + excess, collapse + total])

    def _common(self) -> Numbers:
        """All w_k = w_t: r = ηG w_t, h = GY w_t."""
        m = self.mixture
        signal = m.multiplicities * m.signal
        h = (self.Y * self.G) ** 2 @ signal
        r = m.covariances @ (self.P**2 * signal)
        return (r + self.spill * h)[m.covariance_of]

    def _shifted(self) -> Numbers:
        """What the shifts contribute.

        δ_k enters r_k with 1 − GY_k = G(η + Σ_{j≠k} Y_j), every other r_τ and h with ∓GY_k.
        """
        m = self.mixture
        b = self.spill[m.covariance_of] * 0
        for k, shift in enumerate(m.shifts):
            if shift is None:
                continue
            kind, weighted = m.covariance_of[k], m.multiplicities * shift
            away = (self.strength[k] * m.covariances[kind] * self.G) ** 2 * weighted
            h = away.sum()
            each = (m.covariances @ away + self.spill * h)[m.covariance_of]
            others = np.where(np.arange(len(self.strength)) == k, 0 * h, self.strength)
            home = (self.P + self.G * m.mixed(others)) ** 2 * weighted
            each[k] = m.covariances[kind] @ home + self.spill[kind] * h
            b = b + each
        return b

    def _gained(self) -> tuple[Numbers, Numbers]:
        """What w_k = g_k w_t adds to the bias, and the bias with it."""
        m = self.mixture
        P, GY, x = self.P, self.G * self.Y, self._gain_residuals()
        e = self.G * m.mixed(self.strength * (m.gains - 1))
        excess = self._forms([(2 * P + x_τ) * x_τ for x_τ in x], (2 * GY + e) * e)
        h = self.G * m.mixed(self.strength * m.gains)
        return excess, self._forms([(P + x_τ) ** 2 for x_τ in x], h**2)

    def _gain_residuals(self) -> list[Numbers]:
        """x_τ in r_τ = (ηG + x_τ) w_t + …: ηG (g_τ − 1) − G Σ_j Y_j (g_j − g_τ)."""
        m = self.mixture
        return [
            self.P * (g - 1) - self.G * m.mixed(self.strength * (m.gains - g))
            for g in (*m.gains, 0 * self.strength[0] + 1)
        ]

    def _forms(self, squares: list[Numbers], h: Numbers) -> Numbers:
        """b_τ for the (p,) coefficients of Γ in E r_τ² and E h²."""
        m = self.mixture
        signal = m.multiplicities * m.signal
        r = [
            m.covariances[kind] @ (square * signal)
            for kind, square in zip(m.covariance_of, squares, strict=True)
        ]
        return np.array(r) + self.spill[m.covariance_of] * (h @ signal)


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
