"""Traces with one covariance: tr AΣᵏT⁻ᴮ, T = Σ + θ, and degrees of freedom df_k = tr ΣᵏT⁻ᵏ."""

from math import comb

import sympy

from .dimensions import SpaceDimension
from .printing import TraceOf
from .system import System
from .words import Letter

__all__ = ["RESERVED", "Moments", "T", "degrees_of_freedom", "θ"]

θ = sympy.Symbol("theta")
"""The effective ridge."""

T = "T"

RESERVED = {"theta", T} | {f"df_{k}" for k in range(1, 10)}
"""What closed forms are written in."""


def degrees_of_freedom(order: int) -> sympy.Symbol:
    """df_k = tr ΣᵏT⁻ᵏ."""
    return sympy.Symbol(f"df_{order}")


class Moments:
    """(names, a, b) ↦ tr A Σᵃ(1 + Σ/θ)⁻ᵇ, A the product of the letters of these names; a or b is 0.

    Σᵃ(1 + Σ/θ)⁻ᵇ = θᵇΣᵃTᴮ⁻ᵇ T⁻ᴮ is expanded in tr AΣᵏT⁻ᴮ, B the highest order that A occurs with in
    the system; without A, by ΣT⁻¹ = 1 − (1 + Σ/θ)⁻¹, in d and degrees of freedom.
    """

    def __init__(self, system: System, covariance: Letter, inverse: Letter) -> None:
        self._dimension: SpaceDimension = covariance.space.dimension
        self._name = covariance.name
        self._orders: dict[tuple[str, ...], int] = {}
        for word in system.words:
            names = tuple(x.name for x in word if x not in (covariance, inverse))
            self._orders[names] = max(self._orders.get(names, 0), word.count(inverse))

    def __call__(self, names: tuple[str, ...], a: int, b: int) -> sympy.Expr:
        """The trace, in moments."""
        if names:
            return self._expanded(names, a, b)
        if a:
            return TraceOf(((self._name, a),))
        signed = ((-1) ** k * comb(b, k) * degrees_of_freedom(k) for k in range(1, b + 1))
        return sympy.Add(self._dimension, *signed)

    def _expanded(self, names: tuple[str, ...], a: int, b: int) -> sympy.Expr:
        B = self._orders[names]
        letters = tuple((name, 1) for name in names)
        return sympy.Add(*(
            comb(B - b, k) * θ ** (B - k) * TraceOf((*letters, (self._name, a + k), (T, -B)))
            for k in range(B - b + 1)
        ))  # fmt: skip
