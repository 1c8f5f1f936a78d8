"""The scalars of a two-source mix that closed forms are about, validated once."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from .checks import non_negative, positive, real, sentence
from .errors import SpecError

__all__ = ["MixScalars", "noise_pair", "under_parametrised", "unit_share"]


@dataclasses.dataclass(frozen=True)
class MixScalars:
    """φ = d/n, p_2 = n_2/n, (σ_1², σ_2²) and c² = tr ΣΔ of real and synthetic data."""

    φ: float
    p2: float
    noises: tuple[float, float]
    c2: float

    @classmethod
    def of(
        cls,
        aspect_ratio: float,
        synthetic_share: float,
        noise_variances: Sequence[float],
        quality: float,
    ) -> "MixScalars":
        """The scalars, or a SpecError that names the one that is wrong."""
        return cls(
            φ=positive(aspect_ratio, "aspect_ratio", "It is φ = d/n."),
            p2=unit_share(synthetic_share, "synthetic_share", "It is p_2 = n_2/n."),
            noises=noise_pair(noise_variances),
            c2=non_negative(quality, "quality", "It is c² = tr ΣΔ, a second moment."),
        )

    @property
    def p1(self) -> float:
        """1 − p_2."""
        return 1 - self.p2

    @property
    def σ2(self) -> float:
        """σ² = p_1σ_1² + p_2σ_2²."""
        return self.p1 * self.noises[0] + self.p2 * self.noises[1]


def unit_share(value: object, name: str, remedy: str) -> float:
    """``value`` as a float between 0 and 1."""
    number = real(value, name, remedy)
    if not 0 <= number <= 1:
        raise SpecError(sentence(name, "must lie between 0 and 1", value, remedy))
    return number


def noise_pair(values: Any) -> tuple[float, float]:
    """(σ_1², σ_2²) from two non-negative numbers."""
    remedy = "They are σ_1² of the real and σ_2² of the synthetic labels."
    if isinstance(values, str) or not hasattr(values, "__len__") or len(values) != 2:
        raise SpecError(sentence("noise_variances", "must be two numbers", values, remedy))
    first, second = (non_negative(x, "noise_variances", remedy) for x in values)
    return first, second


def under_parametrised(φ: float, share: float = 1.0) -> float:
    """φ, where the samples of positive weight (this share of all) outnumber the dimension."""
    if not φ < share:
        raise SpecError(
            f"aspect_ratio must be below {share:g}; got {φ:.17g}. Without ridge a fit to no more "
            f"samples of positive weight than dimensions interpolates, which this closed form is "
            f"not about; corollary_4 is (Σ = I, one weight), and predict takes any mix."
        )
    return φ
