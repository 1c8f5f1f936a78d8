"""The scalars of a two-source mix that closed forms are about, validated once."""

import dataclasses

from ..base.accepted_values import RealNumber, RealVector
from ..base.errors import SpecError
from ..base.validation import as_sequence, non_negative, positive, refusal, unit_share
from ..base.wording import shortest_float

__all__ = ["MixScalars", "checked_aspect_ratio", "noise_pair", "require_under_parametrised"]


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
        aspect_ratio: RealNumber,
        synthetic_share: RealNumber,
        noise_variances: RealVector,
        quality: RealNumber,
    ) -> "MixScalars":
        """The scalars, or a SpecError that names the one that is wrong."""
        return cls(
            φ=checked_aspect_ratio(aspect_ratio),
            p2=unit_share(synthetic_share, "synthetic_share", "It is p_2 = n_2/n."),
            noises=noise_pair(noise_variances),
            c2=non_negative(quality, "quality", "It is c² = tr ΣΔ, a second moment."),
        )

    @classmethod
    def without_ridge(
        cls,
        aspect_ratio: RealNumber,
        synthetic_share: RealNumber,
        noise_variances: RealVector,
        quality: RealNumber,
    ) -> "MixScalars":
        """The same of a fit without ridge to more samples than dimensions, refused if φ ≥ 1."""
        mix = cls.of(aspect_ratio, synthetic_share, noise_variances, quality)
        require_under_parametrised(mix.φ)
        return mix

    @property
    def p1(self) -> float:
        """1 − p_2."""
        return 1 - self.p2

    @property
    def σ2(self) -> float:
        """σ² = p_1σ_1² + p_2σ_2²."""
        return self.p1 * self.noises[0] + self.p2 * self.noises[1]

    @property
    def u(self) -> float:
        """φ/(1 − φ), by which a fit without ridge multiplies noise; φ < 1."""
        return self.φ / (1 - self.φ)

    @property
    def passed_on(self) -> float:
        """p_2² + p_1p_2u: the part of c² that such a fit, weights 1, has as collapse."""
        return self.p2**2 + self.p1 * self.p2 * self.u


def checked_aspect_ratio(value: object) -> float:
    """φ = d/n, positive."""
    return positive(value, "aspect_ratio", "It is φ = d/n.")


def noise_pair(values: object) -> tuple[float, float]:
    """(σ_1², σ_2²) from two non-negative numbers."""
    name, rule = "noise_variances", "must be two numbers"
    remedy = "They are σ_1² of the real and σ_2² of the synthetic labels."
    pair = as_sequence(values, name, rule, remedy)
    if len(pair) != 2:
        raise SpecError(refusal(name, rule, values, remedy))
    return non_negative(pair[0], name, remedy), non_negative(pair[1], name, remedy)


def require_under_parametrised(φ: float, share: float = 1.0) -> None:
    """Refuse φ where the samples of positive weight, this share of all, are no more than d."""
    if not φ < share:
        raise SpecError(
            f"aspect_ratio must be below {share:g}; got {shortest_float(φ)}. Without ridge a fit to no "
            f"more samples of positive weight than dimensions interpolates, which this closed form "
            f"is not about; corollary_4 is (Σ = I, one weight), and predict takes any mix."
        )
