"""Bias, variance, collapse and error of every source and of the target, at the solved point.

In the variables of ``response``, with w_k = w_t + ε_k and a target τ (the test distribution,
where ε = 0, or a source), H_k = a_k β_k μ_k Σ_k (all μ_k = 1 but for random features) and
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

whose first bracket is η where all μ are equal: then all summands are positive, but for gains,
fixed truths and joint moments, where w_t and ε_k have products. Both together are formed from the
truths themselves, whose size may be another than that of w_t and ε,

    r_τ = G [η w_τ + Σ_j H_j (μ_j w_τ − μ_τ w_j)].

Source: arXiv 2410.04840 v2, Propositions 1 to 4 (K = 2), for any K; truths in ``truths``.
"""

import dataclasses
from collections.abc import Iterator

import numpy as np

from ..base.arrays import Numbers
from ..coordinates.truths import FixedTruth, JointTruth, RandomTruth, Truth
from .response import Response

__all__ = ["Contributions", "ErrorTerms", "contributions"]


@dataclasses.dataclass(frozen=True)
class ErrorTerms:
    """The terms for each source and, last, the target: (K + 1,) each, noise of τ excluded."""

    bias: Numbers
    variance: Numbers
    collapse: Numbers
    error: Numbers


@dataclasses.dataclass(frozen=True)
class Contributions:
    """What each noise and each part of the truths contributes, (R, K + 1); sums are the terms.

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
    bias, collapse, labels = _moments(response)
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


def _moments(response: Response) -> tuple[Numbers, Numbers, Numbers]:
    """b_τ of bias, collapse and both for each part of the truths: (P, K + 1) each."""
    forms = _Forms(response)
    rows = [forms.of(part) for part in response.mixture.truths]
    bias, collapse, labels = (np.array([row[i] for row in rows]) for i in range(3))
    return bias, collapse, labels


class _Forms:
    """b_τ of the parts of the truths, for all K + 1 targets τ.

    Operators on w_t and ε are combinations of G and of the GΣ_c, c the different covariances.
    """

    def __init__(self, response: Response) -> None:
        m = response.mixture
        self.mixture, self.algebra = m, m.algebra
        self.η, self.G = response.η, response.G
        self.dressed = response.dressed
        self.back = response.dressed if response.dressed.ndim == 2 else response.dressed.swapaxes(1, 2)
        self.μ = m.slopes[m.covariance_of]
        self.H = response.strength * self.μ[:-1]
        # χ η² tr(CG²) for each target, the weight of E|Ph|² in b_τ
        self.second_order_weight = response.χ * response.η * response.second[m.covariance_of]

    def of(self, part: Truth) -> tuple[Numbers, Numbers, Numbers]:
        """(bias, collapse, both), (K + 1,) each."""
        if isinstance(part, RandomTruth):
            return self._random(part)
        return self._fixed(part) if isinstance(part, FixedTruth) else self._joint(part)

    def _through(self, scalar: Numbers, coefficients: Numbers) -> Numbers:
        """G (scalar + Σ_k coefficients_k Σ_k)."""
        return scalar * self.G + self.algebra.load(self.mixture.by_kind(coefficients), self.back)

    def _common(self, τ: int) -> Numbers:
        """What w_t goes through on its way to r_τ: G (η + Σ_j (μ_j − μ_τ)H_j)."""
        if (self.μ == self.μ[τ]).all():
            return self.η * self.G
        return self._through(self.η, self.H * (self.μ[:-1] - self.μ[τ]))

    # One random vector

    def _random(self, part: RandomTruth) -> tuple[Numbers, Numbers, Numbers]:
        ε = self._deviations(part)
        alike = self._alike(ε)
        if not part.target:
            collapse = self._quadratic(part, alike, lambda τ: (self._excess(ε, τ),) * 2)
            collapse = collapse + self._second_order(part, self._through(ε[-1], self.H * ε[:-1]))
            return 0 * collapse, collapse, collapse
        commons = self._quadratic(part, alike, lambda τ: (self._common(τ),) * 2)
        h = self._through(0 * self.η, self.H)
        bias = commons + self._second_order(part, h)
        if not (ε != 0).any():
            return bias, 0 * bias, bias
        e = self._through(0 * self.η, self.H * ε[:-1])

        def crossed(τ: int) -> tuple[Numbers, Numbers]:
            x = self._excess(ε, τ)
            return 2 * self._common(τ) + x, x

        w = np.append(part.gains * part.target + part.added, part.target)

        def whole(τ: int) -> tuple[Numbers, Numbers]:
            return (self._excess(w, τ),) * 2

        excess = self._quadratic(part, alike, crossed) + self._second_order(part, 2 * h + e, e)
        Ph = self._through(0 * self.η, self.H * w[:-1])
        both = self._quadratic(part, alike, whole) + self._second_order(part, Ph)
        return bias, excess, both

    def _deviations(self, part: RandomTruth) -> Numbers:
        """(K + 1,) ε_τ in units of u, 0 for the target."""
        ε = (part.gains - 1) * part.target + part.added
        return np.append(ε, 0 * self.η)

    def _excess(self, ε: Numbers, τ: int) -> Numbers:
        """What u goes through on its way to r_τ in these amounts, (K + 1,)."""
        mixed = self.H * (self.μ[:-1] * ε[τ] - self.μ[τ] * ε[:-1])
        return self._through(self.η * ε[τ], mixed)

    def _alike(self, ε: Numbers) -> list[list[int]]:
        """The targets in groups of equal ε and μ, which share their operators."""
        groups: dict[tuple[object, object], list[int]] = {}
        for τ, key in enumerate(zip(ε, self.μ, strict=True)):
            groups.setdefault(key, []).append(τ)
        return list(groups.values())

    def _quadratic(self, part: RandomTruth, alike: list[list[int]], operators: "object") -> Numbers:
        """(K + 1,) tr Σ_τ X M Yᵀ for the (X, Y) of each target."""
        b = 0 * self.second_order_weight
        for group in alike:
            X, Y = operators(group[0])  # type: ignore[operator]
            kinds = self.mixture.covariance_of[group]
            b[group] = self.algebra.quadratic_forms(self.mixture.covariances[kinds], X, Y, part.moment)
        return b

    def _second_order(self, part: RandomTruth, h: Numbers, e: Numbers | None = None) -> Numbers:
        if not self.second_order_weight.any():
            return self.second_order_weight
        return self.second_order_weight * self.algebra.quadratic_form(h, h if e is None else e, part.moment)

    # Fixed vectors

    def _fixed(self, part: FixedTruth) -> tuple[Numbers, Numbers, Numbers]:
        w, ε = part.target, list(self._vectors(part))
        zero = 0 * w
        truths = list(self._truths(part))
        h = self._mixed([w] * len(self.H))
        e = self._mixed([zero if δ is None else δ for δ in ε])
        Ph = self._mixed(truths[:-1])
        rows = [self._fixed_row(τ, w, ε, truths) for τ in range(len(self.second_order_weight))]
        bias, excess, both = (np.array([row[i] for row in rows]) for i in range(3))
        form = self.algebra.quadratic_form_of_vectors
        return (
            bias + self.second_order_weight * form(h, h),
            excess + self.second_order_weight * form(2 * h + e, e),
            both + self.second_order_weight * form(Ph, Ph),
        )

    def _vectors(self, part: FixedTruth) -> Iterator[Numbers | None]:
        """ε_k, (p, outputs), None for 0."""
        for gain, δ in zip(part.gains, part.added, strict=True):
            if gain == 1:
                yield δ
            else:
                yield (gain - 1) * part.target + (0 if δ is None else δ)

    def _truths(self, part: FixedTruth) -> Iterator[Numbers]:
        """w_k of every source and, last, w_t."""
        for gain, δ in zip(part.gains, part.added, strict=True):
            yield (part.target if gain == 1 and δ is None else gain * part.target + (0 if δ is None else δ))
        yield part.target

    def _mixed(self, vectors: list[Numbers]) -> Numbers:
        """Ph = G Σ_j H_j vectors_j."""
        kinds = self.mixture.covariance_of
        return sum(
            H * self.algebra.apply(self.back[kinds[j]], v)
            for j, (H, v) in enumerate(zip(self.H, vectors, strict=True))
        )

    def _fixed_row(
        self, τ: int, w: Numbers, ε: list[Numbers | None], truths: list[Numbers]
    ) -> tuple[Numbers, Numbers, Numbers]:
        C = self.mixture.covariances[self.mixture.covariance_of[τ]][None]
        r = self.algebra.apply(self._common(τ), w)
        x = self._missed(τ, [*ε, None], w)
        both = self._missed(τ, [*truths], w)
        form = self.algebra.quadratic_forms_of_vectors
        return form(C, r, r)[0], form(C, 2 * r + x, x)[0], form(C, both, both)[0]

    def _missed(self, τ: int, vectors: list[Numbers | None], like: Numbers) -> Numbers:
        """G [η v_τ + Σ_j H_j (μ_j v_τ − μ_τ v_j)] of columns v, None for 0."""
        own, kinds = vectors[τ], self.mixture.covariance_of
        x = 0 * like if own is None else self.algebra.apply(self.η * self.G, own)
        for j, v in enumerate(vectors[:-1]):
            if (own is None and v is None) or (own is v and self.μ[j] == self.μ[τ]):
                continue
            difference = (0 if own is None else self.μ[j] * own) - (0 if v is None else self.μ[τ] * v)
            x = x + self.H[j] * self.algebra.apply(self.back[kinds[j]], difference)
        return x

    # Joint moments

    def _joint(self, part: JointTruth) -> tuple[Numbers, Numbers, Numbers]:
        W, K = part.blocks, len(self.H)
        common = W[K][K]
        V = [[W[j][k] - W[j][K] - W[K][k] + common for k in range(K)] for j in range(K)]
        Vt = [W[j][K] - common for j in range(K)]
        h = self._through(0 * self.η, self.H)
        e = [self._through(0 * self.η, self._only(j, self.H[j])) for j in range(K)]
        form, forms = self.algebra.quadratic_form, self.algebra.quadratic_forms
        pairs = [(j, k) for j in range(K) for k in range(K)]
        from_h = sum(2 * form(e[j], h, Vt[j]) for j in range(K))
        from_e = sum(form(e[j], e[k], V[j][k]) for j, k in pairs)
        bias, excess = (
            self.second_order_weight * form(h, h, common),
            self.second_order_weight * (from_h + from_e),
        )
        both = self.second_order_weight * sum(form(e[j], e[k], W[j][k]) for j, k in pairs)
        for τ in range(K + 1):
            C = self.mixture.covariances[self.mixture.covariance_of[τ]][None]
            r, x = self._common(τ), [self._coefficient(τ, j) for j in range(K)]
            bias[τ] += forms(C, r, r, common)[0]
            excess[τ] += sum(2 * forms(C, x[j], r, Vt[j])[0] for j in range(K))
            excess[τ] += sum(forms(C, x[j], x[k], V[j][k])[0] for j, k in pairs)
            own, away = self._from(part, τ)
            shrunk = self.η * self.G
            both[τ] += forms(C, shrunk, shrunk, W[τ][τ])[0]
            both[τ] += sum(2 * forms(C, e[j], shrunk, own[j])[0] for j in range(K))
            both[τ] += sum(forms(C, e[j], e[k], away[j][k])[0] for j, k in pairs)
        return bias, excess, both

    def _from(self, part: JointTruth, τ: int) -> tuple[list[Numbers], list[list[Numbers]]]:
        """E D_jw_τᵀ and E D_jD_kᵀ of D_j = μ_j w_τ − μ_τ w_j."""
        W, μ, K = part.blocks, self.μ, len(self.H)
        own = [μ[j] * W[τ][τ] - μ[τ] * W[j][τ] for j in range(K)]
        away = [
            [μ[k] * own[j] - μ[τ] * (μ[j] * W[τ][k] - μ[τ] * W[j][k]) for k in range(K)] for j in range(K)
        ]
        return own, away

    def _only(self, j: int, value: Numbers) -> Numbers:
        coefficients = 0 * self.H
        coefficients[j] = value
        return coefficients

    def _coefficient(self, τ: int, j: int) -> Numbers:
        """What ε_j goes through on its way to r_τ."""
        away = -self.μ[τ] * self._only(j, self.H[j])
        if τ != j:
            return self._through(0 * self.η, away)
        return self._through(self.η, self.H * self.μ[:-1] - self._only(j, self.H[j] * self.μ[j]))
