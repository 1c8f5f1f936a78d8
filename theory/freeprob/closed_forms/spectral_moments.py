"""Traces with one covariance: tr AΣᵏT⁻ᴮ, T = Σ + θ, and degrees of freedom df_k = tr ΣᵏT⁻ᵏ."""

import re
from math import comb

import sympy

from ..symbols.printing import TraceOf, printed_name
from ..symbols.space_dimensions import SpaceDimension
from ..symbols.words import Letter
from ..systems.system import System

__all__ = ["SpectralMoments", "T", "degrees_of_freedom", "is_reserved", "order_of", "θ"]

θ = sympy.Symbol("theta")
"""The effective ridge."""

T = "T"

DEGREES = re.compile(r"df_(\d+)")


def degrees_of_freedom(order: int) -> sympy.Symbol:
    """df_k = tr ΣᵏT⁻ᵏ."""
    return sympy.Symbol(f"df_{order}")


def order_of(symbol: sympy.Symbol) -> int | None:
    """k of df_k; None of another symbol."""
    match = DEGREES.fullmatch(symbol.name)
    return int(match[1]) if match and symbol == degrees_of_freedom(int(match[1])) else None


def is_reserved(name: str) -> bool:
    """Whether a name is printed like something that closed forms are written in: θ, T, df_k.

    >>> [is_reserved(name) for name in ("theta", "T_", "df1", "df_12", "d", "df")]
    [True, True, True, True, False, False]
    """
    printed = set(printed_name(name))
    order = re.fullmatch(r"df([₀-₉]+)", printed_name(name)[0])
    taken = ("theta", T) if order is None else ("theta", T, f"df_{_digits(order[1])}")
    return any(printed & set(printed_name(x)) for x in taken)


def _digits(subscripts: str) -> str:
    return subscripts.translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789"))


class SpectralMoments:
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
        return sympy.Add(
            *(
                comb(B - b, k) * θ ** (B - k) * TraceOf((*letters, (self._name, a + k), (T, -B)))
                for k in range(B - b + 1)
            )
        )
