"""Closed forms of isotropic data: what the engine finds of Theorems 1 and 2, at one eigenvalue.

Σ = 1, Γ = (r²/d)1, Δ = (c²/d)1, weights 1, two sources. In κ, the effective ridge, everything is
rational; without ridge κ is a root of λ(κ), and corollaries follow.
"""

import dataclasses
import functools

import sympy

from ..closed_forms.spectral_moments import degrees_of_freedom, θ
from ..derivations.named_expectations import N
from ..symbols.printing import TraceOf, aligned_latex, plain
from ..symbols.space_dimensions import dimensions
from .engine_theorems import found_terms, found_theorem, σ

__all__ = ["IsotropicForm", "isotropic_theorem"]

κ, φ, ψ, p2 = sympy.symbols("kappa phi psi p_2", positive=True)


@dataclasses.dataclass(frozen=True)
class IsotropicForm:
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
        return aligned_latex([(left, "=", right) for left, right in self.equations.items()])

    def __str__(self) -> str:
        values = zip(("λ", "B/r²", "V/σ²", "ζ/c²"), dataclasses.astuple(self), strict=True)
        return "\n".join(f"  {name} = {plain(value)}" for name, value in values)

    def at(self, effective_ridge: sympy.Expr) -> "IsotropicForm":
        """With an expression in place of κ.

        >>> print(isotropic_theorem().at(sympy.Integer(0)).variance)
        -phi/(phi - 1)
        """
        fields = dataclasses.asdict(self).items()
        inserted = {name: _shown(value.subs(κ, effective_ridge)) for name, value in fields}
        return IsotropicForm(**inserted)

    @property
    def ridgeless(self) -> dict[sympy.Expr, "IsotropicForm"]:
        """The limits λ → 0 by their κ, a root of λ: the largest one is the limit.

        κ = 0 where the dimension is the smallest number, φ − 1 where that of samples is, and
        φ/ψ − 1 where the width is.

        >>> print(list(isotropic_theorem().ridgeless))
        [0, phi - 1]
        """
        numerator = sympy.together(self.ridge).as_numer_denom()[0]
        roots = sympy.roots(sympy.Poly(numerator, κ))
        return {sympy.expand(root): self.at(root) for root in sorted(roots, key=sympy.count_ops)}


@functools.cache
def isotropic_theorem(*, projected: bool = False) -> IsotropicForm:
    """The closed forms of the linear model, or of random projections of entry variance 1/d.

    >>> print(isotropic_theorem().ridge)
    kappa*(kappa - phi + 1)/(kappa + 1)
    """
    number = 2 if projected else 1
    found = found_terms(number) | {"ridge": found_theorem(number).bare_ridge}
    return IsotropicForm(**{name: _at_one_eigenvalue(value) for name, value in found.items()})


def _at_one_eigenvalue(expression: sympy.Expr) -> sympy.Expr:
    """Σ = 1, so that T = 1 + κ; Γ and Δ of trace 1; σ = 1; in ratios."""
    n2, d, m = dimensions("n2 d m")
    values: dict[sympy.Expr, sympy.Expr] = {n2: p2 * N, d: φ * N, m: ψ * N, σ: sympy.S.One, θ: κ}
    values |= {degrees_of_freedom(k): φ * N / (1 + κ) ** k for k in (1, 2)}
    values |= {atom: (1 + κ) ** dict(atom.factors)["T"] for atom in expression.atoms(TraceOf)}
    return _shown(expression.subs(values))


def _shown(expression: sympy.Expr) -> sympy.Expr:
    return sympy.factor(sympy.cancel(expression))
