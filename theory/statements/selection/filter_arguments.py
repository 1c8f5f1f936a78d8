"""The errors of a generator and a verifier, and the error between them."""

import dataclasses
import math

from ...base.accepted_values import RealNumber
from ...base.errors import SpecError
from ...base.validation import non_negative, real, refusal

__all__ = ["FilterErrors"]

ROUNDING = 1e-12
"""By how much Cauchy and Schwarz may be violated, relative to the product of the two errors."""


@dataclasses.dataclass(frozen=True)
class FilterErrors:
    """G = e_gᵀSe_g, V = e_vᵀSe_v and X = e_vᵀSe_g, for e_g = w_g − w_t and e_v = w_v − w_t."""

    G: float
    V: float
    X: float

    @classmethod
    def of(
        cls, generator_error: RealNumber, verifier_error: RealNumber, error_product: RealNumber
    ) -> "FilterErrors":
        G = non_negative(generator_error, "generator_error", "It is e_gᵀSe_g.")
        V = non_negative(verifier_error, "verifier_error", "It is e_vᵀSe_v.")
        X, largest = real(error_product, "error_product", "It is e_vᵀSe_g."), math.sqrt(G * V)
        if abs(X) > largest * (1 + ROUNDING):
            rule = "must be at most √(generator_error · verifier_error) in absolute value"
            raise SpecError(refusal("error_product", rule, error_product, "It is e_vᵀSe_g."))
        return cls(G, V, min(max(X, -largest), largest))

    @property
    def largest(self) -> float:
        """√(VG), the largest |X|."""
        return math.sqrt(self.G * self.V)

    @property
    def D(self) -> float:
        """(w_g − w_v)ᵀS(w_g − w_v)."""
        return (math.sqrt(self.G) - math.sqrt(self.V)) ** 2 + 2 * (self.largest - self.X)

    @property
    def opposite(self) -> bool:
        """Whether the truth lies on the segment from w_v to w_g, to rounding."""
        return self.largest + self.X <= ROUNDING * self.largest

    def plateau(self, γ: float) -> float:
        """A(γ), with no cancellation where the errors are opposite."""
        return ((1 - γ) * math.sqrt(self.V) - γ * math.sqrt(self.G)) ** 2 + 2 * γ * (1 - γ) * (
            self.largest + self.X
        )
