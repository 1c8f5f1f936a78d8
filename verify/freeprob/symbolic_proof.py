"""Theorems 1 and 2 proved with symbols throughout: for every spectrum, every ridge and all sizes.

In a system with one covariance, traces reduce to tr A and tr AP, tr AP², …, P = (1 + Σ/θ)⁻¹. These
are symbols, and so are θ, d and all numbers of samples; solved for λ and its unknowns the derived
system is a rational function of them, and the theorem another. They are compared as such.
"""

import dataclasses
from typing import Any

import sympy

from ...theory.freeprob import derive
from ...theory.freeprob.dimensions import dimensions
from ...theory.freeprob.objects import Mix
from ...theory.strong_collapse import Traces, bias, collapse
from .closed_forms import terms
from .rational import Element, Rational, θ

__all__ = ["SymbolicProof", "proved_symbolically"]

D, N1, N2, M = dimensions("d n1 n2 m")
DF1, DF2 = sympy.symbols("df1 df2")

STATED = {D, N1, N2, M, DF1, DF2} | {
    sympy.Symbol(f"tr_{A}{more}")
    for A in ("Gamma", "Delta")
    for more in ("", "_P", "_P_P", "_Sigma")
}
"""What a theorem is written in."""


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
        lines = [f"{self.name}, as rational functions of θ, d, n₁, n₂, moments of Σ, Γ and Δ:"]
        for term, right in self.right.items():
            printed = f", {_verb(self.printed[term])} what v2 prints" if self.printed else ""
            lines.append(f"  {term} {_verb(right)} the right form{printed}.")
        return "\n".join(lines)


def proved_symbolically(number: int) -> SymbolicProof:
    """Theorem 1 or 2 of arXiv 2410.04840 v2, term by term, with nothing but symbols in it.

    >>> print(proved_symbolically(1))
    Theorem 1, as rational functions of θ, d, n₁, n₂, moments of Σ, Γ and Δ:
      ridge is the right form.
      bias is the right form.
      variance is the right form.
      collapse is the right form.
    """
    projected = number == 2
    mix = Mix(projected=projected)
    right: dict[str, bool] = {}
    printed: dict[str, bool] = {}
    for term, expression in terms(mix).items():
        rational = Rational(derive(expression), moment, more=STATED)
        λ = rational.solve()[rational.ridge]
        stated = _Stated(rational, projected)
        found = rational(rational.system.value)
        right["ridge"] = right.get("ridge", True) and λ == stated.ridge
        right[term] = found == stated.term(term)
        printed["ridge"] = right["ridge"]
        printed[term] = found == stated.term(term, printed=True)
    order = ("ridge", "bias", "variance", "collapse")
    return SymbolicProof(
        f"Theorem {number}",
        {term: right[term] for term in order},
        {term: printed[term] for term in order} if projected else {},
    )


def moment(names: tuple[str, ...], a: int, b: int) -> sympy.Expr:
    """Symbols for tr AΣᵃ and tr APᵇ; of A = 1 by degrees of freedom, tr P = d − df₁."""
    known = {0: D, 1: D - DF1, 2: DF2 - D + 2 * (D - DF1)}
    if not names and not a and b in known:
        return known[b]
    return sympy.Symbol("_".join(["tr", *names, *(["Sigma"] * a), *(["P"] * b)]))


class _Stated:
    """The theorem in the field of a system."""

    def __init__(self, rational: Rational, projected: bool) -> None:
        self._rational, self._projected = rational, projected
        self.θ, self.n1, self.n2 = (self._element(x) for x in (θ, N1, N2))
        self.n = self.n1 + self.n2

    def _element(self, expression: sympy.Expr) -> Element:
        return self._rational.field.from_expr(expression)

    @property
    def ridge(self) -> Element:
        """λ = θ(1 − df₁/n), times (m/d)(1 − df₁/m) if there is a projection."""
        λ = self.θ * (1 - self._element(DF1) / self.n)
        return λ * self._element((M - DF1) / D) if self._projected else λ

    def term(self, term: str, *, printed: bool = False) -> Any:
        """B, V for noise of variance 1, or ζ."""
        u, ω = self._inflation()
        match term:
            case "bias":
                return bias(u, ω, self.θ, self._traces("Gamma"))
            case "variance":
                return u * self.n if printed else u
        return collapse(self.n2 / self.n, u, ω, self.θ, self._traces("Delta"), printed=printed)

    def _inflation(self) -> tuple[Any, Any]:
        """u and ω′, from ω′/(1 + u) = θ² tr ΣT⁻²/(m − df₂) and u/(1 + u) = … of Theorem 2."""
        df1, df2 = self._element(DF1), self._element(DF2)
        share = self._element((DF1 - DF2) / (M - DF2)) if self._projected else 0 * df2
        passed = (df2 + share * (df1 - df2)) / self.n
        u = passed / (1 - passed)
        return u, (1 + u) * share * self.θ

    def _traces(self, name: str) -> Traces:
        """tr AΣᵏT⁻², T = Σ + θ, so that ΣT⁻¹ = 1 − P and T⁻¹ = P/θ."""
        tr0, tr1, tr2 = (self._element(moment((name,), 0, b)) for b in range(3))
        trΣ = self._element(moment((name,), 1, 0))
        return Traces(
            first=(tr1 - tr2) / self.θ,
            second=tr0 - 2 * tr1 + tr2,
            third=trΣ - 2 * self.θ * (tr0 - tr1) + self.θ * (tr1 - tr2),
        )


def _verb(same: bool) -> str:
    return "is" if same else "is not"
