"""How the fit responds to its data at the solved point: everything but the labels.

In the variables of ``master_equations``, with β_k the share of source k (the share of its group,
split by samples), Y_k = a_k β_k Σ_k, and for every covariance C of the problem

    first(C) = tr CG      second(C) = η tr CG²      traces(C, j) = tr CGY_jG

    A_kj = tr Y_kGY_jG,  B_k = η tr Y_kG²  over the fitted sources,  df1 = Σ tr Y_kG,  df2 = Σ A_kj

(for random features, Σ_k is μ_k²Σ_k with a tail μ*_k²/s² that adds to first and second over η, and
to no other trace), and (χ, φ) the coupling of the width (``width_closures``). What is more than
first order in the data solves the linear system

    n_k u_k = d_k + Σ_j (A_kj + χ B_kB_j) u_j

for a drive d. Its row sums are β_k t + φ B_k > 0, and its off-diagonal entries are not positive: an
M-matrix, which elimination without subtraction solves to a few eps in every entry.
"""

import dataclasses

import numpy as np

from ..base.arrays import (
    Indices,
    Number,
    Numbers,
    Operator,
    PerCovariance,
    PerGroup,
    PerSource,
    Stack,
    inner_product,
)
from ..models.width_closures import Closure
from .mixture import Mixture

__all__ = ["Response", "positive_solve"]


@dataclasses.dataclass(frozen=True)
class Response:
    """The mixture's resolvent and its traces.

    shares : (K,) β_k, 0 for sources that are not fitted; strength : (K,) a_k β_k; G : (p,) or
    (p, p); dressed : Σ_c G for every covariance; samples_left = n₊ − df1, width_left = m − df1
    (None: linear), both less the tails ν; first, second : (q,), plain : first without tail;
    traces : (q, F) for F fitted sources ``fit``; A : (F, F), B : (F,); χ, φ : the coupling of the
    width; degrees_left : degrees of freedom left to samples and to features (None: linear).
    """

    mixture: Mixture
    shares: PerSource
    strength: PerSource
    η: Number
    G: Operator
    dressed: Stack
    samples_left: Number
    width_left: Number | None
    fit: Indices
    plain: PerCovariance
    first: PerCovariance
    second: PerCovariance
    traces: Numbers
    A: Numbers
    B: Numbers
    χ: Number
    φ: Number
    degrees_left: tuple[Number, Number | None]

    @classmethod
    def of(
        cls, mixture: Mixture, group_shares: PerGroup, η: Number, samples: Number, closure: Closure[Number]
    ) -> "Response":
        """The response at the shares (G,) of the groups and the scale η; samples : n₊."""
        z = closure.excess(η, samples)[0]
        left, spare = closure.counts_left(z, samples)
        shares = mixture.own_shares(group_shares)
        strength = mixture.weights * shares
        algebra, squares = mixture.algebra, mixture.slopes**2
        load = algebra.load(mixture.by_kind(strength) * squares, mixture.covariances)
        G = algebra.inverse(load, η)
        dressed = algebra.times(mixture.covariances, G)
        tails = mixture.tails / η
        plain = squares * algebra.traces(dressed)
        first = plain + tails
        second = squares * algebra.traces_with(dressed, η * G) + tails
        fit = np.flatnonzero(mixture.group >= 0)
        kinds = mixture.covariance_of[fit]
        gram = algebra.gram(dressed, dressed) * squares[:, None] * squares
        traces = gram[:, kinds] * strength[fit]
        A = strength[fit][:, None] * traces[kinds]
        B = strength[fit] * second[kinds]
        χ, φ = closure.width_coupling(z, samples, B.sum())
        return cls(
            mixture=mixture,
            shares=shares,
            strength=strength,
            η=η,
            G=G,
            dressed=dressed,
            samples_left=left,
            width_left=spare,
            fit=fit,
            plain=plain,
            first=first,
            second=second,
            traces=traces,
            A=A,
            B=B,
            χ=χ,
            φ=φ,
            degrees_left=closure.degrees_left(z, samples, B.sum()),
        )

    @property
    def df1(self) -> Number:
        """tr YG, without the tails ν of random features."""
        return inner_product(self.strength[self.fit], self.plain[self.mixture.covariance_of[self.fit]])

    @property
    def df2(self) -> Number:
        """tr (YG)²."""
        return self.A.sum()

    def shrinkage(self) -> PerSource:
        """(K,) β_k t/n_k = κ f_k/a_k, by which residuals in training are smaller than on fresh
        data; 1 where the source is not fitted."""
        ratio = self.shares * 0 + 1
        ratio[self.fit] = self.shares[self.fit] * self.samples_left / self.mixture.counts[self.fit]
        return ratio

    def inverse_f(self) -> PerSource:
        """(K,) t + a_k tr Σ_kG = n a_k/(η f_k)."""
        return self.samples_left + self.mixture.weights * self.first[self.mixture.covariance_of[:-1]]

    def solve_response(self, drive: Numbers) -> Numbers:
        """u for drives d, (R, K), of which the fitted sources count: (R, F)."""
        rows = self.shares[self.fit] * self.samples_left + self.B * self.φ
        return positive_solve(self.A + self.χ * self.B[:, None] * self.B, rows, drive[:, self.fit])

    def source_to_target(self) -> Numbers:
        """(K + 1, F) tr Σ_τGY_jG + χ η tr(Σ_τG²) B_j: how much of u_j arrives at target τ."""
        kinds = self.mixture.covariance_of
        return self.traces[kinds] + self.χ * self.second[kinds][:, None] * self.B


def positive_solve(off_diagonal: Numbers, row_sums: Numbers, right: Numbers) -> Numbers:
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
