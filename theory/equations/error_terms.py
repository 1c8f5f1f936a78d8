"""Bias, variance, collapse and error of every source and of the target, at the solved point.

In the variables of ``response``, with w_k = w_t + ε_k and a target τ (the test distribution,
where ε = 0, or a source), H_k = a_k β_k μ_k Σ_k (all μ_k = 1 except for random features) and
Y_k = μ_k H_k:

    r_τ = w_τ − μ_τ Ph     Ph = G Σ_j H_j w_j
    b_τ = E r_τᵀΣ_τr_τ + χ η² tr(Σ_τG²) E|Ph|²
    n_k u_k = a_k β_k (σ_k² + b_k) + Σ_j (A_kj + χ B_kB_j) u_j
    E_τ = b_τ + Σ_j [tr Σ_τGY_jG + χ η tr(Σ_τG²) B_j] u_j

where the traces of Σ_τ are those of ``first`` and ``second``, of μ_τ²Σ_τ and its tail. E_τ excludes
the noise of τ; the noisy error on source k is R_k = E_k + σ_k², its noisy training error
R_k (β_k t/n_k)². The terms are the same linear functional of different moments: the bias of "all
ε_k = 0, no noise", the variance of the noises, the collapse of the rest. Each is formed from its
own sums, never as a difference of totals, by

    r_τ = G [(η + Σ_j (μ_j − μ_τ)H_j) w_t + η ε_τ + Σ_j H_j (μ_j ε_τ − μ_τ ε_j)],

whose first bracket is η where all μ are equal: then all summands are positive, except for gains,
fixed truths and joint moments, where w_t and ε_k have products. Both together are formed from the
truths themselves, whose size may be another than that of w_t and ε,

    r_τ = G [η w_τ + Σ_j H_j (μ_j w_τ − μ_τ w_j)].

Where the model sees each coordinate with probability s only, b_τ is s times the above plus
(1 − s) E w_τᵀΣ_τw_τ, since r_τ = w_τ on what it does not see.

Source: arXiv 2410.04840 v2, Propositions 1 to 4 (K = 2), for any K; truths in ``truths``.
"""

import dataclasses

import numpy as np

from ..base.arrays import Numbers, PerTarget
from ..coordinates.truths import Truth
from .error_operators import ErrorOperators
from .mixture import Mixture
from .response import Response
from .squared_residuals import Rows, squared_residuals

__all__ = ["Contributions", "ErrorTerms", "contributions", "squared_labels"]


@dataclasses.dataclass(frozen=True)
class ErrorTerms:
    """The terms for each source and, last, the target: (K + 1,) each, noise of τ excluded."""

    bias: PerTarget
    variance: PerTarget
    collapse: PerTarget
    error: PerTarget


@dataclasses.dataclass(frozen=True)
class Contributions:
    """The contribution of each noise and each part of the truths, (R, K + 1); the terms are their sums.

    bias : one row; variance : one for each source's noise; collapse : one for each part; labels :
    bias and collapse of each part together, formed anew, so that error = labels + variance.
    """

    bias: Numbers
    variance: Numbers
    collapse: Numbers
    labels: Numbers

    def terms(self) -> ErrorTerms:
        """The sums."""
        variance = self.variance.sum(axis=0)
        return ErrorTerms(
            bias=self.bias.sum(axis=0),
            variance=variance,
            collapse=self.collapse.sum(axis=0),
            error=self.labels.sum(axis=0) + variance,
        )


def contributions(response: Response) -> Contributions:
    """The terms at the solved point, contribution by contribution."""
    bias, collapse, labels = squared_labels(response)
    noise = np.diag(response.mixture.noise)
    K, P = len(noise), len(bias)
    nothing = np.repeat(0 * bias[:1], K, axis=0)
    b = np.concatenate([bias.sum(axis=0)[None], nothing, collapse, labels])
    silent = 0 * b[:, :-1]
    silent[1 : K + 1] = noise
    rows = _propagated(response, b, silent)
    return Contributions(rows[:1], rows[1 : K + 1], rows[K + 1 : K + 1 + P], rows[K + 1 + P :])


def _propagated(response: Response, b: Numbers, noise: Numbers) -> Numbers:
    """E_τ for rows of b_τ, (R, K + 1), and of noises, (R, K)."""
    u = response.solve_response(response.strength * (b[:, :-1] + noise))
    return b + u @ response.source_to_target().T


def squared_labels(response: Response) -> tuple[Numbers, Numbers, Numbers]:
    """b_τ of bias, collapse and both for each part of the truths: (P, K + 1) each."""
    operators = ErrorOperators(response)
    rows = [squared_residuals(operators, part) for part in response.mixture.truths]
    if response.mixture.share != 1:
        rows = [
            _with_unseen(response.mixture, *pair) for pair in zip(response.mixture.truths, rows, strict=True)
        ]
    bias, collapse, labels = (np.array([row[i] for row in rows]) for i in range(3))
    return bias, collapse, labels


def _with_unseen(m: Mixture, part: Truth, seen: Rows) -> Rows:
    """b_τ where every coordinate is seen in a share of the draws; where it is not, r_τ = w_τ."""
    targets = range(len(m.covariance_of))
    covariances = [m.covariances[c] for c in m.covariance_of]
    unseen = (
        np.array([part.second_moment(m.algebra, covariances[τ], -1) for τ in targets]),
        np.array([part.second_moment_excess(m.algebra, covariances[τ], τ) for τ in targets]),
        np.array([part.second_moment(m.algebra, covariances[τ], τ) for τ in targets]),
    )
    bias, collapse, labels = (
        m.share * b + (1 - m.share) * missed for b, missed in zip(seen, unseen, strict=True)
    )
    return bias, collapse, labels
