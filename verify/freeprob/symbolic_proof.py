"""Theorems of the paper as rational functions: proved, term by term, for all spectra and all sizes.

In a system with one covariance, traces reduce to tr AΣᵏT⁻² and degrees of freedom, T = Σ + θ. These
are symbols, and so are θ, d and all numbers of samples; solved for λ and its unknowns the derived
system is a rational function of them, and the theorem another. They are compared as such.
"""

import dataclasses
from typing import Any

import sympy
from sympy.polys.fields import FracField, field

from ...theory.base.filled_text import filled
from ...theory.freeprob.closed_forms.rational_solution import Element
from ...theory.freeprob.closed_forms.spectral_moments import T, degrees_of_freedom, θ
from ...theory.freeprob.derivations.named_expectations import N
from ...theory.freeprob.derived_theorems.engine_theorems import found_terms, found_theorem, σ
from ...theory.freeprob.symbols.printing import TraceOf
from ...theory.freeprob.symbols.space_dimensions import dimensions
from ...theory.statements.theorems import Traces, bias, collapse

__all__ = ["SymbolicProof", "proved_symbolically"]

D, N2, M = dimensions("d n2 m")


@dataclasses.dataclass(frozen=True)
class SymbolicProof:
    """Whether the ridge and each term are the theorem's, and the printed ones, by their names."""

    name: str
    right: dict[str, bool]
    printed: dict[str, bool]

    @property
    def proved(self) -> bool:
        """Whether all that is right is what is derived."""
        return all(self.right.values())

    def __str__(self) -> str:
        form = " as corrected" if self.printed else ""
        heading = (
            f"What is derived from the definitions was compared with {self.name}{form}, as rational "
            f"functions of θ, {'m, ' if self.printed else ''}d, n₁, n₂ and moments of Σ, Γ and Δ:"
        )
        width = max(map(len, self.right))
        lines = [filled(heading)]
        for term, right in self.right.items():
            printed = ""
            if self.printed:
                printed = f"; v2 prints {'the same' if self.printed[term] else 'another function'}"
            lines.append(f"  {term:<{width}}  {'equal' if right else 'NOT equal'}{printed}")
        return "\n".join(lines)


def proved_symbolically(number: int) -> SymbolicProof:
    """Theorem 1 or 2 of arXiv 2410.04840 v2, term by term, with nothing but symbols in it.

    >>> print(proved_symbolically(1))
    What is derived from the definitions was compared with Theorem 1, as rational functions of θ, d, n₁,
    n₂ and moments of Σ, Γ and Δ:
      ridge     equal
      bias      equal
      variance  equal
      collapse  equal
    """
    projected = number == 2
    derived = {"ridge": found_theorem(number).bare_ridge, **found_terms(number)}
    theorem = _TheoremField(projected)
    right = {term: theorem.is_term(term, value) for term, value in derived.items()}
    printed = {term: theorem.is_term(term, value, printed=True) for term, value in derived.items()}
    return SymbolicProof(f"Theorem {number}", right, printed if projected else {})


class _TheoremField:
    """The theorem in a field of rational functions."""

    def __init__(self, projected: bool) -> None:
        self._projected = projected
        dfs = [degrees_of_freedom(k) for k in (1, 2)]
        moments = [_moment(name, k) for name in ("Gamma", "Delta") for k in range(4)]
        self._field: FracField = field([θ, σ, N, N2, D, M, *dfs, *moments], sympy.ZZ)[0]
        self._θ, self._σ, self._n, self._n2, self._d, self._m, self._df1, self._df2 = map(
            self._field, self._field.gens[:8]
        )

    def is_term(self, term: str, derived: sympy.Expr, *, printed: bool = False) -> bool:
        """Whether the ridge, or what was found for a term, is what the theorem says."""
        value = self._ridge if term == "ridge" else self._term(term, printed=printed)
        return bool(self._field.from_expr(derived) == value)

    @property
    def _ridge(self) -> Element:
        """λ = θ(1 − df₁/n), times (m/d)(1 − df₁/m) if there is a projection."""
        λ = self._θ * (1 - self._df1 / self._n)
        return λ * (self._m - self._df1) / self._d if self._projected else λ

    def _term(self, term: str, *, printed: bool) -> Any:
        """B, V for noise of variance σ² on all labels, or ζ."""
        u, ω = self._inflation()
        match term:
            case "bias":
                return bias(u, ω, self._θ, self._traces("Gamma"))
            case "variance":
                return self._σ**2 * u * (self._n if printed and self._projected else 1)
        p2 = self._n2 / self._n
        return collapse(p2, u, ω, self._θ, self._traces("Delta"), printed=printed)

    def _inflation(self) -> tuple[Any, Any]:
        """u and ω′, from ω′/(1 + u) = θ² tr ΣT⁻²/(m − df₂) and u/(1 + u) = … of Theorem 2."""
        df1, df2 = self._df1, self._df2
        share = (df1 - df2) / (self._m - df2) if self._projected else 0 * df2
        passed = (df2 + share * (df1 - df2)) / self._n
        u = passed / (1 - passed)
        return u, (1 + u) * share * self._θ

    def _traces(self, name: str) -> Traces:
        """tr AΣᵏT⁻² for k = 1, 2, 3."""
        return Traces(*(self._field.from_expr(_moment(name, k)) for k in (1, 2, 3)))


def _moment(name: str, k: int) -> TraceOf:
    return TraceOf(((name, 1), ("Sigma", k), (T, -2)))
