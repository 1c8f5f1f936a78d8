"""Moments of a closed form, as functions of the effective ridge that sympy can differentiate."""

import sympy

from ...base.errors import SpecError
from ..expressions.unknown_functions import Dependent
from ..symbols.printing import TraceOf
from .spectral_moments import T, degrees_of_freedom, order_of

__all__ = ["OfEffectiveRidge"]


class OfEffectiveRidge(Dependent):
    """tr AΣᵏT⁻ᴮ or df_k, with T = Σ + θ, on (θ, λ, d)."""

    __slots__ = ()

    def _slope(self, x: sympy.Symbol) -> sympy.Expr:
        ridge, *others = self.values
        if any(x in value.free_symbols for value in others):
            raise SpecError(
                f"{self} depends on {x}, by the effective ridge or as on a dimension, and this "
                f"derivative is not known. Differentiate before deriving, or divide the "
                f"derivatives of value and ridge by theta."
            )
        return sympy.diff(ridge, x) * self._slope_by_ridge(ridge)

    def _slope_by_ridge(self, ridge: sympy.Expr) -> sympy.Expr:
        """∂T⁻ᴮ = −B T⁻ᴮ⁻¹, and θ ΣᵏT⁻ᵏ⁻¹ = ΣᵏT⁻ᵏ − Σᵏ⁺¹T⁻ᵏ⁻¹."""
        k = order_of(self.symbol)
        if k is not None:
            return k * (self.with_symbol(degrees_of_freedom(k + 1)) - self) / ridge
        *front, (name, power) = self.symbol.factors
        assert name == T
        return power * self.with_symbol(TraceOf((*front, (T, power - 1))))
