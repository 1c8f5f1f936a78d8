"""A closed form, to be read, printed and evaluated: ridge and expectation by the effective ridge θ."""

import dataclasses
import functools
from collections import Counter
from collections.abc import Mapping
from typing import Any

import sympy

from ...base.argument_checks import checked_call
from ...base.arrays import Array, Numbers
from ...base.errors import SpecError
from ..expressions.unknown_functions import bare
from ..symbols.printing import TraceOf, aligned_latex, continued_term, latex, plain
from ..systems.system import System
from .parametric import curve_at
from .rational import effective_ridge as effective_ridge_of
from .spectral_moments import T, order_of, θ

__all__ = ["ClosedForm"]

LONG = 4
"""Terms from which a repeated denominator gets a name."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class ClosedForm:
    """λ and an expectation as functions of the effective ridge θ.

    system : that it was found from. symbol, ridge : λ, and what it is. terms : the expectation, as
    pairs of a coefficient and a product of traces tr AΣᵏT⁻ᴮ. replaced : symbols and what is written
    for them.
    """

    system: System
    symbol: sympy.Symbol
    ridge: sympy.Expr
    terms: tuple[tuple[sympy.Expr, sympy.Expr], ...]
    replaced: Mapping[sympy.Symbol, sympy.Expr]

    @property
    def value(self) -> sympy.Expr:
        """The expectation.

        Its traces and degrees of freedom are functions of θ that are differentiated by it; series
        and limits in θ are refused, and so are derivatives by λ and by dimensions of traces.
        """
        return sympy.Add(*(c * traces for c, traces in self.terms))

    @property
    def bare_terms(self) -> tuple[tuple[sympy.Expr, sympy.Expr], ...]:
        """The terms in symbols alone, for algebra: to sympy all of them, traces and degrees of
        freedom too, are independent variables."""
        return tuple((bare(c), bare(traces)) for c, traces in self.terms)

    @property
    def bare_ridge(self) -> sympy.Expr:
        """λ in symbols alone."""
        return bare(self.ridge)

    @checked_call
    def at(self, effective_ridge: Numbers, values: Mapping[Any, Any]) -> tuple[Array, Array]:
        """λ and the expectation at effective ridges θ: a curve without a fixed point to be solved.

        Parameters
        ----------
        effective_ridge : positive, of any shape. values : a number for every dimension and scalar
            but λ, and (d,) eigenvalues for every letter.

        Returns
        -------
        Two arrays of the shape of ``effective_ridge``. Only where λ comes out positive, and grows
        with θ from there on, is it the effective ridge of that λ.

        Warns
        -----
        PrecisionWarning
            Where the relative error of one of them may exceed 10⁻⁶. Where terms cancel and rounding
            may exceed 10⁻¹⁰ of the result, more digits are taken, unless there are more than 10⁶
            eigenvalues times effective ridges.
        """
        letters = effective_ridge_of(self.system.full)
        if letters is None:
            raise SpecError("this closed form has no covariance, and no effective ridge.")
        Σ, _ = letters
        ridge, value = curve_at(
            [self.bare_ridge, bare(self.value)], Σ.space, Σ.name, effective_ridge, values, self.replaced
        )
        return ridge, value

    @property
    def definitions(self) -> dict[sympy.Expr, sympy.Expr]:
        """T and the degrees of freedom that occur, and what was replaced."""
        letters = effective_ridge_of(self.system.full)
        if letters is None:
            return self._equations
        Σ, _ = letters
        matrix = sympy.Symbol(Σ.name, commutative=False)
        identity = sympy.Symbol(f"I_{Σ.space.dimension}", commutative=False)
        found: dict[sympy.Expr, sympy.Expr] = {sympy.Symbol(T): matrix + θ * identity}
        symbols = bare(self.value).free_symbols | self.bare_ridge.free_symbols
        orders = {k: x for x in symbols if (k := order_of(x)) is not None}
        found |= {orders[k]: TraceOf(((Σ.name, k), (T, -k))) for k in sorted(orders)}
        return found | dict(self.replaced)

    @property
    def _equations(self) -> dict[sympy.Expr, sympy.Expr]:
        """Those of the unknowns that occur, and of those that occur in these."""
        used = bare(self.value).free_symbols | self.bare_ridge.free_symbols
        equations = self.system.bare_equations
        while True:
            found = {x: right for x, right in equations.items() if x in used}
            more = set().union(*(right.free_symbols for right in found.values())) - used
            if more.isdisjoint(equations):
                return found | dict(self.replaced)
            used = used | more

    @functools.cached_property
    def denominators(self) -> dict[sympy.Symbol, sympy.Expr]:
        """Long sums that several coefficients are divided by, by the names that they are printed
        with."""
        below = (sympy.fraction(c)[1].as_powers_dict() for c, _ in self.bare_terms)
        found = Counter(x for powers in below for x in powers if x.is_Add and len(x.args) >= LONG)
        repeated = [x for x, count in found.items() if count > 1]
        names = self.system.free_names("D", len(repeated))
        return {sympy.Symbol(name): x for name, x in zip(names, repeated, strict=True)}

    @property
    def shown(self) -> tuple[tuple[sympy.Expr, sympy.Expr], ...]:
        """The terms as they are printed: with names for repeated denominators, and with n_1 where
        n − n_2 is a factor of its own."""
        back = {x: name for name, x in self.denominators.items()}
        back |= {new: old for old, new in self.replaced.items()}
        return tuple((c.subs(back), traces) for c, traces in self.bare_terms)

    @property
    def _named(self) -> dict[sympy.Symbol, Any]:
        """What is printed below the expectation."""
        ridge = {self.symbol: self.bare_ridge}
        return self.denominators | self.system.resolvents | ridge | self.definitions

    def latex(self) -> str:
        """In an aligned environment."""
        value = [c * traces for c, traces in self.shown]
        rows: list[tuple[str, str, Any]] = [(latex(self.system.left), r"\simeq", value)]
        rows += [(latex(name), "=", x) for name, x in self._named.items()]
        return aligned_latex(rows)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        first, *more = [_term(c, traces) for c, traces in self.shown] or ["0"]
        lines = [f"{plain(self.system.left)} ≃", f"    {first}", *map(continued_term, more)]
        named = (f"  {plain(name)} = {plain(x)}" for name, x in self._named.items())
        return "\n".join([*lines, *named])


def _term(c: sympy.Expr, traces: sympy.Expr) -> str:
    """A coefficient and what it stands in front of."""
    if traces == 1:
        return plain(c)
    if abs(c) == 1:
        return plain(c * traces)
    coefficient = f"({plain(c)})" if isinstance(c, sympy.Add) else plain(c)
    return f"{coefficient} {plain(traces)}"
