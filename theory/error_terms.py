"""Bias, variance, collapse and error of every source and of the target, at the solved point.

In the variables of ``theory.response``, with w_k = g_k w_t + δ_k and a target τ (the test
distribution or a source):

    r_τ = w_τ − Ph           Ph = G Σ_j Y_j w_j
    b_τ = E r_τᵀΣ_τr_τ + χ η² tr(Σ_τG²) E|Ph|²
    n_k u_k = a_k β_k (σ_k² + b_k) + Σ_j (A_kj + χ B_kB_j) u_j
    E_τ = b_τ + Σ_j [tr Σ_τGY_jG + χ η tr(Σ_τG²) B_j] u_j

E_τ excludes the noise of τ; the noisy error on source k is R_k = E_k + σ_k², its noisy training
error R_k (β_k t/n_k)². The terms are the same linear functional of different moments: the bias of
"all w_k = w_t, no noise", the variance of the noises, the collapse of the rest. Each is formed from
its own sums, never as a difference of totals: all summands are positive, but for gains g ≠ 1.

Source: arXiv 2410.04840 v2, Propositions 1 to 4 (K = 2), for any K.
"""

import dataclasses

import numpy as np

from .arrays import Numbers
from .response import Response

__all__ = ["ErrorTerms", "error_terms"]


@dataclasses.dataclass(frozen=True)
class ErrorTerms:
    """The terms for each source and, last, the target: (K + 1,) each, noise of τ excluded."""

    bias: Numbers
    variance: Numbers
    collapse: Numbers
    error: Numbers


def error_terms(response: Response) -> ErrorTerms:
    """The terms at the solved point."""
    b = _Labels(response).moments()
    noise = np.array([0, 1, 0, 1])[:, None] * response.mixture.noise
    u = response.amplified(response.strength * (b[:, :-1] + noise))
    bias, variance, collapse, error = b + u @ response.reach().T
    return ErrorTerms(bias, variance, collapse, error)


class _Labels:
    """b_τ for all K + 1 targets: what the label functions alone contribute.

    Squares are formed as x (x Γ): x can be as small as η, and Γ as large as it likes. Nor is G
    squared by itself, which is as large as 1/η where no source has data.
    """

    def __init__(self, response: Response) -> None:
        self.mixture, self.strength = response.mixture, response.strength
        self.Y, self.G, self.P = response.Y, response.G, response.P
        # χ η² tr(CG²) for each covariance C, the weight of E|Ph|² in b_τ
        self.spill = response.χ * response.η * response.second

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
        YG = self.Y * self.G
        h = YG @ (YG * signal)
        r = m.covariances @ (self.P * (self.P * signal))
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
            own = self.strength[k] * m.covariances[kind] * self.G
            away = own * (own * weighted)
            h = away.sum()
            each = (m.covariances @ away + self.spill * h)[m.covariance_of]
            others = np.where(np.arange(len(self.strength)) == k, 0 * h, self.strength)
            rest = self.P + self.G * m.mixed(others)
            each[k] = m.covariances[kind] @ (rest * (rest * weighted)) + self.spill[kind] * h
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
