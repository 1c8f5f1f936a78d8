"""Numbers that carry their derivatives, in batches."""

import dataclasses
from typing import Any

import numpy as np

from ...theory.base.arrays import Array

__all__ = ["Dual"]


@dataclasses.dataclass(frozen=True, eq=False)
class Dual:
    """value, (batch,), and its derivatives by k unknowns, (batch, k); slope None for a constant.

    >>> x = Dual.unknown(np.array([2.0]), 0, 1)
    >>> (x * x + x.power(-1)).slope
    array([[3.75]])
    """

    value: Array
    slope: Array | None = None

    @classmethod
    def unknown(cls, value: Array, index: int, count: int) -> "Dual":
        """Unknown ``index`` of ``count``, (batch,)."""
        slope = np.zeros((*value.shape, count), value.dtype)
        slope[..., index] = 1
        return cls(value, slope)

    def __add__(self, other: "Dual") -> "Dual":
        return Dual(self.value + other.value, _both(self.slope, other.slope))

    def __mul__(self, other: "Dual") -> "Dual":
        slope = _both(_times(self.slope, other.value), _times(other.slope, self.value))
        return Dual(self.value * other.value, slope)

    def scaled(self, weight: Any) -> "Dual":
        """This times a number of its format."""
        if weight == 1:
            return self
        return Dual(weight * self.value, None if self.slope is None else weight * self.slope)

    def power(self, k: int) -> "Dual":
        """The k-th power and its derivative; k may be negative."""
        if k == 1:
            return self
        base = self.value if k > 0 else 1 / self.value
        value = base if abs(k) == 1 else base ** abs(k)
        if self.slope is None:
            return Dual(value)
        return Dual(value, _times(self.slope, k * (value * base if k < 0 else base ** (k - 1))))


def _times(slope: Array | None, weight: Array) -> Array | None:
    return None if slope is None else slope * weight[:, None]


def _both(a: Array | None, b: Array | None) -> Array | None:
    if a is None:
        return b
    return a if b is None else a + b
