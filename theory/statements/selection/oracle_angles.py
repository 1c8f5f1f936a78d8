"""Truth, generator and oracle of sign labels as unit vectors, from their angles."""

import dataclasses
import math

import numpy as np

from ...base.accepted_values import RealNumber
from ...base.arrays import Array
from ...base.errors import SpecError
from ...base.validation import real, refusal

__all__ = ["SAME_LINE", "OracleAngles"]

SAME_LINE = 1e-14
"""The sine of an angle between two vectors that is nothing but rounding."""


@dataclasses.dataclass(frozen=True)
class OracleAngles:
    """θ_g and θ_o to the truth, and the cosine c of the angle between the two planes."""

    θ_g: float
    θ_o: float
    c: float

    @classmethod
    def of(
        cls, generator_angle: RealNumber, oracle_angle: RealNumber, error_cosine: RealNumber
    ) -> "OracleAngles":
        θ_g = _angle(generator_angle, "generator_angle")
        θ_o = _angle(oracle_angle, "oracle_angle")
        c = real(error_cosine, "error_cosine", COSINE)
        if not -1 <= c <= 1:
            raise SpecError(refusal("error_cosine", "must lie between -1 and 1", error_cosine, COSINE))
        return cls(θ_g, θ_o, c)

    @property
    def closeness(self) -> float:
        """1 + r, of the correlation r of the two scores, with no cancellation at r = −1."""
        return 2 * math.cos((self.θ_g + self.θ_o) / 2) ** 2 + (1 + self.c) * self._sines

    @property
    def distance(self) -> float:
        """1 − r."""
        return 2 * math.sin((self.θ_g - self.θ_o) / 2) ** 2 + (1 - self.c) * self._sines

    @property
    def generator(self) -> Array:
        """In coordinates whose first axis is the truth."""
        return np.array([math.cos(self.θ_g), math.sin(self.θ_g), 0.0])

    @property
    def oracle(self) -> Array:
        across = math.sqrt((1 - self.c) * (1 + self.c))
        return np.array([math.cos(self.θ_o), *(math.sin(self.θ_o) * np.array([self.c, across]))])

    @property
    def _sines(self) -> float:
        return math.sin(self.θ_g) * math.sin(self.θ_o)


COSINE = "1 is errors in the same direction, 0 orthogonal and -1 opposite ones."


def _angle(given: RealNumber, name: str) -> float:
    θ = real(given, name, "Give it in radians.")
    if not 0 <= θ <= math.pi:
        raise SpecError(refusal(name, "must lie between 0 and π", given, "Give it in radians."))
    return θ
