"""Taylor series of one variable, truncated at a fixed order."""

import dataclasses
from functools import cached_property

import numpy as np

from ..base.arrays import Array

__all__ = ["ORDER", "Taylor"]

ORDER = 4
"""The highest power retained."""


@dataclasses.dataclass(frozen=True)
class Taylor:
    """Σ_k c_k χᵏ + O(χ^{ORDER + 1}); coefficients : (ORDER + 1, ...), any number of series at once.

    A derivative is known to one order less; its last coefficient is set to 0. An expression with r
    derivatives has ORDER + 1 − r correct coefficients.

    >>> x = Taylor.constant(1.0) + Taylor(np.array([0.0, 1, 0, 0, 0]))
    >>> (1 / x).coefficients.tolist()
    [1.0, -1.0, 1.0, -1.0, 1.0]
    """

    coefficients: Array

    @classmethod
    def constant(cls, value: Array | float) -> "Taylor":
        """The series of a constant."""
        coefficients = np.zeros((ORDER + 1, *np.shape(value)))
        coefficients[0] = value
        return cls(coefficients)

    @property
    def value(self) -> Array:
        """The value at χ = 0."""
        first: Array = self.coefficients[0]
        return first

    def with_value(self, value: Array | float) -> "Taylor":
        """The series with another constant term."""
        return Taylor(np.concatenate([np.asarray(value)[None], self.coefficients[1:]]))

    def derivative(self) -> "Taylor":
        """d/dχ."""
        k = np.arange(1, ORDER + 1).reshape(-1, *(1,) * (self.coefficients.ndim - 1))
        shifted = k * self.coefficients[1:]
        return Taylor(np.concatenate([shifted, np.zeros_like(shifted[:1])]))

    def __add__(self, other: "Taylor | Array | float") -> "Taylor":
        if not isinstance(other, Taylor):
            return self.with_value(self.value + other)
        return Taylor(self.coefficients + other.coefficients)

    __radd__ = __add__

    def __neg__(self) -> "Taylor":
        return Taylor(-self.coefficients)

    def __sub__(self, other: "Taylor | Array | float") -> "Taylor":
        return self + -other

    def __rsub__(self, other: "Taylor | Array | float") -> "Taylor":
        return -self + other

    def __mul__(self, other: "Taylor | Array | float") -> "Taylor":
        if not isinstance(other, Taylor):
            return Taylor(self.coefficients * other)
        a, b = self.coefficients, other.coefficients
        if a.ndim == b.ndim == 1:
            return Taylor(np.convolve(a, b)[: ORDER + 1])
        return Taylor(np.array([(a[: k + 1] * b[k::-1]).sum(axis=0) for k in range(ORDER + 1)]))

    __rmul__ = __mul__

    def __truediv__(self, other: "Taylor | Array | float") -> "Taylor":
        if not isinstance(other, Taylor):
            return Taylor(self.coefficients / other)
        return self * other.reciprocal

    def __rtruediv__(self, other: "Array | float") -> "Taylor":
        return self.reciprocal * other

    @cached_property
    def reciprocal(self) -> "Taylor":
        """1/f; f must not vanish at χ = 0."""
        b = self.coefficients
        c = np.zeros_like(b)
        c[0] = 1 / b[0]
        for k in range(1, ORDER + 1):
            c[k] = -(c[:k] * b[k:0:-1]).sum(axis=0) * c[0]
        return Taylor(c)
