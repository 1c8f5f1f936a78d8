"""The operators from labels to errors, as combinations of G and the GΣ_c.

The variables are those of ``error_terms``; c runs over the different covariances.
"""

from collections.abc import Sequence
from typing import Any

from ..base.arrays import Columns, Number, Operator, PerSource, PerTarget
from .response import Response

__all__ = ["ErrorOperators"]


class ErrorOperators:
    """Operators on w_t and ε for all K + 1 targets τ.

    second_order_weight : (K + 1,) χ η² tr(Σ_τG²), the weight of E|Ph|² in b_τ; μ : (K + 1,) slopes;
    H : (K,) a_k β_k μ_k, so that H_k of ``error_terms`` is H[k] Σ_k.
    """

    def __init__(self, response: Response) -> None:
        m = response.mixture
        self.mixture, self.algebra = m, m.algebra
        self.η, self.G = response.η, response.G
        self.dressed = response.dressed
        self.back = m.algebra.transposed(response.dressed)
        self.μ = m.slopes[m.covariance_of]
        self.H = response.strength * self.μ[:-1]
        self.second_order_weight = response.χ * response.η * response.second[m.covariance_of]

    def through(self, scalar: Number, coefficients: PerSource) -> Operator:
        """G (scalar + Σ_k coefficients_k Σ_k)."""
        return scalar * self.G + self.algebra.load(self.mixture.by_kind(coefficients), self.back)

    def common(self, τ: int) -> Operator:
        """The operator from w_t to r_τ: G (η + Σ_j (μ_j − μ_τ)H_j)."""
        if (self.μ == self.μ[τ]).all():
            return self.η * self.G
        return self.through(self.η, self.H * (self.μ[:-1] - self.μ[τ]))

    def excess(self, ε: PerTarget, τ: int) -> Operator:
        """The operator from u to r_τ, for u in these amounts, (K + 1,)."""
        mixed = self.H * (self.μ[:-1] * ε[τ] - self.μ[τ] * ε[:-1])
        return self.through(self.η * ε[τ], mixed)

    def mixed(self, vectors: list[Columns]) -> Columns:
        """Ph = G Σ_j H_j vectors_j."""
        kinds = self.mixture.covariance_of
        return sum(
            H * self.algebra.apply(self.back[kinds[j]], v)
            for j, (H, v) in enumerate(zip(self.H, vectors, strict=True))
        )

    def residual(self, τ: int, vectors: Sequence[Columns | None], like: Columns) -> Columns:
        """G [η v_τ + Σ_j H_j (μ_j v_τ − μ_τ v_j)] of columns v, None for 0."""
        own, kinds = vectors[τ], self.mixture.covariance_of
        x = 0 * like if own is None else self.algebra.apply(self.η * self.G, own)
        for j, v in enumerate(vectors[:-1]):
            if (own is None and v is None) or (own is v and self.μ[j] == self.μ[τ]):
                continue
            minuend: Any = 0 if own is None else self.μ[j] * own
            difference = minuend - (0 if v is None else self.μ[τ] * v)
            x = x + self.H[j] * self.algebra.apply(self.back[kinds[j]], difference)
        return x

    def only(self, j: int, value: Number) -> PerSource:
        coefficients = 0 * self.H
        coefficients[j] = value
        return coefficients

    def through_deviation(self, τ: int, j: int) -> Operator:
        """The operator from ε_j to r_τ."""
        away = -self.μ[τ] * self.only(j, self.H[j])
        if τ != j:
            return self.through(0 * self.η, away)
        return self.through(self.η, self.H * self.μ[:-1] - self.only(j, self.H[j] * self.μ[j]))
