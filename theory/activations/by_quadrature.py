"""Functions that know their moments by quadrature: tanh and softplus, whose are not elementary."""

import dataclasses
import math
from typing import Any

import numpy as np

from ..base.arrays import Array
from .gaussian_moments import ActivationMoments, by_second_moment
from .gaussian_quadrature import even_expectations, even_expectations_in_digits

__all__ = ["Softplus", "Tanh"]


@dataclasses.dataclass(frozen=True)
class Tanh:
    """tanh z, by quadrature: of tanh z − z for small q, where the residual is about 2q³/3."""

    def __call__(self, z: Any) -> Any:
        return np.tanh(z)

    def moments(self, q: float) -> ActivationMoments:
        linear = 1.0 if q < 1 else 0.0
        act = _tanh_minus_z if q < 1 else np.tanh
        ((tilt,),) = (even_expectations(lambda z: [z * act(z)], q) / q,)
        (residual,) = even_expectations(lambda z: [(act(z) - tilt * z) ** 2], q)
        return ActivationMoments(0.0, linear + float(tilt), float(residual))

    def precise(self, q: Any, mp: Any) -> ActivationMoments:
        def both(z: Any) -> tuple[Any, Any]:
            act = mp.tanh(z)
            return z * act, act**2

        tilt, second = even_expectations_in_digits(both, q, mp)
        return by_second_moment(mp.mpf(0), tilt / q, second, q)


def _tanh_minus_z(z: Array) -> Array:
    """By Lambert's continued fraction z/(1 + w), w = z²/(3 + z²/(5 + …)), where z < 1."""
    square = np.minimum(z, 1.0) ** 2
    tail = np.zeros_like(square)
    for odd in range(21, 1, -2):
        tail = square / (odd + tail)
    small: Array = np.where(z < 1, -z * tail / (1 + tail), np.tanh(z) - z)
    return small


@dataclasses.dataclass(frozen=True)
class Softplus:
    """log(1 + eᶻ) = log 2 + z/2 + log cosh(z/2), by quadrature of the last: the slope is 1/2."""

    def __call__(self, z: Any) -> Any:
        return np.logaddexp(0.0, z)

    def moments(self, q: float) -> ActivationMoments:
        (even,) = even_expectations(lambda z: [_log_cosh(z / 2)], q)
        (residual,) = even_expectations(lambda z: [(_log_cosh(z / 2) - even) ** 2], q)
        return ActivationMoments(math.log(2) + float(even), 0.5, float(residual))

    def precise(self, q: Any, mp: Any) -> ActivationMoments:
        def both(z: Any) -> tuple[Any, Any]:
            even = mp.log(mp.cosh(z / 2))
            return even, even**2

        even, square = even_expectations_in_digits(both, q, mp)
        return ActivationMoments(mp.log(2) + even, mp.mpf(0.5), square - even**2)


def _log_cosh(z: Array) -> Array:
    """log cosh z of z ≥ 0, as log(1 + 2 sinh²(z/2)) where it is small."""
    near = np.log1p(2 * np.sinh(np.minimum(z, 1.0) / 2) ** 2)
    value: Array = np.where(z < 1, near, z + np.log1p(np.exp(-2 * z)) - math.log(2))
    return value
