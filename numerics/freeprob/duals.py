"""Numbers that carry their derivatives, in batches.

A scalar is a Dual of value (batch,) and slope (batch, k); what stands on a space is one with its
own axes between the two: (batch, d) for diagonal matrices, (batch, d, d) for others.
"""

import dataclasses
from collections.abc import Callable

import numpy as np

from ...theory.arrays import Array

__all__ = ["Dual"]


@dataclasses.dataclass(frozen=True, eq=False)
class Dual:
    """value, and its derivatives by k unknowns along a last axis; slope None for a constant."""

    value: Array
    slope: Array | None = None

    @classmethod
    def unknown(cls, value: Array, index: int, count: int) -> "Dual":
        """Unknown ``index`` of ``count``, (batch,)."""
        slope = np.zeros((*value.shape, count))
        slope[..., index] = 1.0
        return cls(value, slope)

    def __add__(self, other: "Dual") -> "Dual":
        return Dual(self.value + other.value, _both(self.slope, other.slope))

    def __mul__(self, other: "Dual") -> "Dual":
        """Entry by entry."""
        left = None if self.slope is None else self.slope * other.value[..., None]
        right = None if other.slope is None else other.slope * self.value[..., None]
        return Dual(self.value * other.value, _both(left, right))

    def scaled(self, c: float) -> "Dual":
        """c times this."""
        return Dual(c * self.value, None if self.slope is None else c * self.slope)

    def power(self, k: int) -> "Dual":
        """Its power, entry by entry."""
        if k == 1:
            return self
        base = self.value if k > 0 else 1.0 / self.value
        value = base ** abs(k)
        if self.slope is None:
            return Dual(value)
        rate = k * (value * base if k < 0 else base ** (k - 1))
        return Dual(value, rate[..., None] * self.slope)

    def over(self, axes: int) -> "Dual":
        """A scalar, with so many axes of length 1 to be multiplied with what is on a space."""
        inner = (1,) * axes
        value = self.value.reshape(*self.value.shape, *inner)
        if self.slope is None:
            return Dual(value)
        batch, k = self.slope.shape[:-1], self.slope.shape[-1]
        return Dual(value, self.slope.reshape(*batch, *inner, k))

    def summed(self) -> "Dual":
        """The sum over the last axis of the value."""
        slope = None if self.slope is None else self.slope.sum(axis=-2)
        return Dual(self.value.sum(axis=-1), slope)

    def times(self, other: "Dual") -> "Dual":
        """The product of matrices, (batch, d, d); each derivative is a product of its own."""
        left = None if self.slope is None else _each(lambda A: A @ other.value, self.slope)
        right = None if other.slope is None else _each(lambda B: self.value @ B, other.slope)
        return Dual(self.value @ other.value, _both(left, right))

    def traced_with(self, other: "Dual") -> "Dual":
        """The trace of the product of matrices, (batch, d, d), which is not formed."""
        turned = other.value.mT
        value = np.einsum("...ij,...ij->...", self.value, turned)
        left = None if self.slope is None else np.einsum("...ijk,...ij->...k", self.slope, turned)
        right = None if other.slope is None else np.einsum(
            "...jik,...ij->...k", other.slope, self.value
        )  # fmt: skip
        return Dual(value, _both(left, right))

    def inverse(self) -> "Dual":
        """The inverse of a matrix, (batch, d, d)."""
        inverse = Dual(np.asarray(np.linalg.inv(self.value), dtype=float))
        if self.slope is None:
            return inverse
        slope = inverse.times(Dual(self.value, self.slope)).times(inverse).slope
        assert slope is not None
        return Dual(inverse.value, -slope)

    def traced(self) -> "Dual":
        """The trace of a matrix, (batch, d, d)."""
        slope = None if self.slope is None else np.einsum("...iik->...k", self.slope)
        return Dual(np.einsum("...ii->...", self.value), slope)


def _each(function: Callable[[Array], Array], slope: Array) -> Array:
    """The function of every derivative of a matrix."""
    return np.stack([function(slope[..., i]) for i in range(slope.shape[-1])], axis=-1)


def _both(a: Array | None, b: Array | None) -> Array | None:
    if a is None:
        return b
    return a if b is None else a + b
