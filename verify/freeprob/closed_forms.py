"""Closed forms of isotropic data, from derived systems by elimination.

Σ = 1, Γ = (r²/d)1, Δ = (c²/d)1, weights 1, two sources. In κ, the effective ridge, everything is
rational; without ridge κ is a root of λ(κ), and corollaries follow.
"""

import dataclasses
import functools
from collections.abc import Mapping

import sympy

from ...theory.freeprob import derive
from ...theory.freeprob.dimensions import dimensions
from ...theory.freeprob.objects import Mix
from ...theory.freeprob.printing import aligned_latex, plain
from .rational import Rational, θ

__all__ = ["ClosedForm", "isotropic", "terms"]

κ, φ, ψ, p2 = sympy.symbols("kappa phi psi p_2", positive=True)
n = sympy.Symbol("n")


def terms(mix: Mix) -> dict[str, sympy.Expr]:
    """B, V for noise of variance 1 on all labels, and ζ of the second of two sources."""
    variance = mix.variance_of(0) + mix.variance_of(1)
    return {"bias": mix.bias, "variance": variance, "collapse": mix.collapse_of(1)}


@dataclasses.dataclass(frozen=True)
class ClosedForm:
    """λ, B/r², V/σ² and ζ/c² as rational functions of φ = d/n, p_2 = n_2/n, κ, and ψ = m/n.

    Without ridge κ is a root of λ; then ``ridge`` is 0 and κ does not occur.
    """

    ridge: sympy.Expr
    bias: sympy.Expr
    variance: sympy.Expr
    collapse: sympy.Expr

    @property
    def equations(self) -> dict[str, sympy.Expr]:
        """Right sides by their left sides, in LaTeX: λ, B/r², V/σ², ζ/c²."""
        left = (r"\lambda", "B/r^2", r"V/\sigma^2", r"\zeta/c^2")
        return dict(zip(left, dataclasses.astuple(self), strict=True))

    def latex(self) -> str:
        """In an aligned environment."""
        return aligned_latex(self.equations)

    def __str__(self) -> str:
        values = zip(("λ", "B/r²", "V/σ²", "ζ/c²"), dataclasses.astuple(self), strict=True)
        return "\n".join(f"  {name} = {plain(value)}" for name, value in values)

    def at(self, effective_ridge: sympy.Expr) -> "ClosedForm":
        """With an expression in place of κ.

        >>> print(isotropic().at(sympy.Integer(0)).variance)
        -phi/(phi - 1)
        """
        fields = dataclasses.asdict(self).items()
        inserted = {name: _shown(value.subs(κ, effective_ridge)) for name, value in fields}
        return ClosedForm(**inserted)

    @property
    def ridgeless(self) -> dict[sympy.Expr, "ClosedForm"]:
        """The limits λ → 0 by their κ, a root of λ: the largest one is the limit.

        κ = 0 where the dimension is the smallest number, φ − 1 where that of samples is, and
        φ/ψ − 1 where the width is.

        >>> print(list(isotropic().ridgeless))
        [0, phi - 1]
        """
        numerator = sympy.together(self.ridge).as_numer_denom()[0]
        roots = sympy.roots(sympy.Poly(numerator, κ))
        return {sympy.expand(root): self.at(root) for root in sorted(roots, key=sympy.count_ops)}


@functools.cache
def isotropic(*, projected: bool = False) -> ClosedForm:
    """The closed forms of the linear model, or of random projections of entry variance 1/d.

    >>> print(isotropic().ridge)
    kappa*(kappa - phi + 1)/(kappa + 1)
    """
    found: dict[str, sympy.Expr] = {}
    for name, expression in terms(Mix(projected=projected)).items():
        rational = Rational(derive(expression), _moment, _ratios())
        ridge = rational.solve()[rational.ridge]
        found["ridge"] = _shown(ridge.as_expr().subs(θ, κ))
        found[name] = _shown(rational(rational.system.value).as_expr().subs(θ, κ))
    return ClosedForm(**found)


def _ratios() -> Mapping[sympy.Symbol, sympy.Expr]:
    n1, n2, d, m = dimensions("n1 n2 d m")
    return {n1: (1 - p2) * n, n2: p2 * n, d: φ * n, m: ψ * n}


def _moment(names: tuple[str, ...], a: int, b: int) -> sympy.Expr:
    """tr AΣᵃ(1 + Σ/κ)⁻ᵇ, of trace 1 for A = Γ or Δ and of trace d without them."""
    return (sympy.S.One if names else φ * n) * (θ / (1 + θ)) ** b


def _shown(expression: sympy.Expr) -> sympy.Expr:
    return sympy.factor(sympy.cancel(expression))
