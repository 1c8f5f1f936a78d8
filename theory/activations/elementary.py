"""Functions that know their moments under N(0, q): here those that are elementary functions of q.

Each knows them twice: in floats by formulas that keep the digits, in mpmath numbers by shorter ones
that may lose some. For tanh and softplus see ``integrated_activations``.
"""

import dataclasses
import math
from fractions import Fraction
from typing import Any

import numpy as np

from .by_quadrature import Softplus, Tanh
from .gaussian_moments import ActivationMoments, Known, by_second_moment

__all__ = ["BUILT_IN", "Erf", "Gelu", "LeakyRelu", "Polynomial", "Sign", "Sine"]


@dataclasses.dataclass(frozen=True)
class LeakyRelu:
    """z where z ≥ 0, slope·z elsewhere: (1 + slope)/2 z + (1 − slope)/2 |z|."""

    slope: float

    def __call__(self, z: Any) -> Any:
        return np.maximum(z, 0.0) if self.slope == 0 else np.where(z < 0, self.slope * z, z)

    def moments(self, q: float) -> ActivationMoments:
        half = (1 - self.slope) / 2
        return ActivationMoments(
            half * math.sqrt(2 * q / math.pi), (1 + self.slope) / 2, half**2 * q * (1 - 2 / math.pi)
        )

    def precise(self, q: Any, mp: Any) -> ActivationMoments:
        half = (1 - mp.mpf(self.slope)) / 2
        mean = half * mp.sqrt(2 * q / mp.pi)
        return ActivationMoments(mean, 1 - half, half**2 * q * (1 - 2 / mp.pi))


@dataclasses.dataclass(frozen=True)
class Sign:
    """−1, 0 or 1."""

    def __call__(self, z: Any) -> Any:
        return np.sign(z)

    def moments(self, q: float) -> ActivationMoments:
        return ActivationMoments(0.0, math.sqrt(2 / math.pi / q), 1 - 2 / math.pi)

    def precise(self, q: Any, mp: Any) -> ActivationMoments:
        return ActivationMoments(mp.mpf(0), mp.sqrt(2 / mp.pi / q), 1 - 2 / mp.pi)


@dataclasses.dataclass(frozen=True)
class Erf:
    """The error function. With t = 2q/(1 + 2q): slope² q = 2t/π and E erf² = (2/π) arcsin t."""

    def __call__(self, z: Any) -> Any:
        from scipy.special import erf

        return erf(z)

    def moments(self, q: float) -> ActivationMoments:
        slope = 2 / math.sqrt(math.pi * (1 + 2 * q))
        return ActivationMoments(0.0, slope, 2 / math.pi * _arcsine_excess(q))

    def precise(self, q: Any, mp: Any) -> ActivationMoments:
        slope = 2 / mp.sqrt(mp.pi * (1 + 2 * q))
        second = 2 / mp.pi * mp.atan2(2 * q, mp.sqrt(1 + 4 * q))
        return by_second_moment(mp.mpf(0), slope, second, q)


def _arcsine_excess(q: float) -> float:
    """arcsin t − t at t = 2q/(1 + 2q), by its series where the difference would cancel."""
    t = 2 * q / (1 + 2 * q)
    if t > 0.5:
        return math.atan2(2 * q, math.sqrt(1 + 4 * q)) - t
    term, total = t, 0.0
    for k in range(1, 30):
        term *= t * t * (2 * k - 1) / (2 * k)
        total += term / (2 * k + 1)
    return total


@dataclasses.dataclass(frozen=True)
class Sine:
    """sin z: slope e^(−q/2), residual e^(−q)(sinh q − q)."""

    def __call__(self, z: Any) -> Any:
        return np.sin(z)

    def moments(self, q: float) -> ActivationMoments:
        if q > 1:
            residual = -math.expm1(-2 * q) / 2 - q * math.exp(-q)
        else:
            terms = (q ** (2 * k + 1) / math.factorial(2 * k + 1) for k in range(1, 10))
            residual = math.exp(-q) * math.fsum(terms)
        return ActivationMoments(0.0, math.exp(-q / 2), residual)

    def precise(self, q: Any, mp: Any) -> ActivationMoments:
        return by_second_moment(mp.mpf(0), mp.exp(-q / 2), -mp.expm1(-2 * q) / 2, q)


@dataclasses.dataclass(frozen=True)
class Gelu:
    """z Φ(z) = z/2 + z erf(z/√2)/2, whose second part is even: the slope is 1/2."""

    def __call__(self, z: Any) -> Any:
        from scipy.special import ndtr

        return z * ndtr(z)

    def moments(self, q: float) -> ActivationMoments:
        mean = q / math.sqrt(2 * math.pi * (1 + q))
        even = q / (2 * math.pi) * math.atan2(q, math.sqrt(1 + 2 * q))
        even += q**2 / math.pi / ((1 + q) * math.sqrt(1 + 2 * q))
        return ActivationMoments(mean, 0.5, even - mean**2)

    def precise(self, q: Any, mp: Any) -> ActivationMoments:
        mean = q / mp.sqrt(2 * mp.pi * (1 + q))
        even = q / (2 * mp.pi) * mp.atan2(q, mp.sqrt(1 + 2 * q))
        even += q**2 / mp.pi / ((1 + q) * mp.sqrt(1 + 2 * q))
        return ActivationMoments(mean, mp.mpf(0.5), even - mean**2)


@dataclasses.dataclass(frozen=True)
class Polynomial:
    """Σ_j c_j z^j, whose moments are computed in rational numbers and rounded once."""

    coefficients: tuple[float, ...]

    def __call__(self, z: Any) -> Any:
        value = np.zeros_like(z)
        for coefficient in reversed(self.coefficients):
            value = value * z + coefficient
        return value

    def moments(self, q: float) -> ActivationMoments:
        return ActivationMoments(*map(float, self._exact(Fraction(q))))

    def precise(self, q: Any, mp: Any) -> ActivationMoments:
        sign, mantissa, exponent, _ = q._mpf_
        exact = self._exact(Fraction(int(-mantissa if sign else mantissa)) * Fraction(2) ** exponent)
        return ActivationMoments(*(mp.mpf(x.numerator) / x.denominator for x in exact))

    def _exact(self, q: Fraction) -> tuple[Fraction, Fraction, Fraction]:
        a = self._hermite(q)
        residual = sum((math.factorial(k) * q**k * a[k] ** 2 for k in range(2, len(a))), Fraction())
        return a[0], a[1], residual

    def _hermite(self, q: Fraction) -> list[Fraction]:
        """a with act = Σ_k a_k He_k, by z^j = Σ_i j!/(2^i i! (j−2i)!) q^i He_{j−2i}.

        He_k are Hermite's polynomials under N(0, q): monic, orthogonal, E He_k² = k! q^k.
        """
        a = [Fraction() for _ in range(max(2, len(self.coefficients)))]
        for j, coefficient in enumerate(self.coefficients):
            for i in range(j // 2 + 1):
                ways = math.factorial(j) // (2**i * math.factorial(i) * math.factorial(j - 2 * i))
                a[j - 2 * i] += Fraction(coefficient) * ways * q**i
        return a


BUILT_IN: dict[str, Known] = {
    "erf": Erf(),
    "gelu": Gelu(),
    "identity": Polynomial((0.0, 1.0)),
    "relu": LeakyRelu(0.0),
    "sign": Sign(),
    "sine": Sine(),
    "softplus": Softplus(),
    "tanh": Tanh(),
}
"""Those that have a name of their own in ``activations``."""
