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
    """λ and an expectation as functions of the effective ridge θ, from :func:`closed_form`.

    Attributes
    ----------
    system : System
        The derived system.
    symbol, ridge : sympy symbol and expression
        λ, and λ as a function of θ.
    terms : tuple of pairs
        The expectation: coefficients and products of traces tr AΣᵏT⁻ᵇ.
    replaced : mapping
        Symbols and the expressions written for them.

    See Also
    --------
    closed_form : finds it, with an example.
    """

    system: System
    symbol: sympy.Symbol
    ridge: sympy.Expr
    terms: tuple[tuple[sympy.Expr, sympy.Expr], ...]
    replaced: Mapping[sympy.Symbol, sympy.Expr]

    @property
    def value(self) -> sympy.Expr:
        """The expectation as a sympy expression.

        Its traces and degrees of freedom are functions of θ and may be differentiated by θ. Series and
        limits in θ are refused, and so are derivatives of traces by λ and by dimensions.
        """
        return sympy.Add(*(c * traces for c, traces in self.terms))

    @property
    def bare_terms(self) -> tuple[tuple[sympy.Expr, sympy.Expr], ...]:
        """The terms with plain symbols, for algebra: to sympy, traces and degrees of freedom are then
        independent variables.
        """
        return tuple((bare(c), bare(traces)) for c, traces in self.terms)

    @property
    def bare_ridge(self) -> sympy.Expr:
        """λ with plain symbols."""
        return bare(self.ridge)

    @checked_call
    def at(self, effective_ridge: Numbers, values: Mapping[Any, Any]) -> tuple[Array, Array]:
        """λ and the expectation at effective ridges θ: a curve without solving a fixed point.

        Parameters
        ----------
        effective_ridge : float or array
            θ > 0, of any shape.
        values : mapping
            A number for every dimension and scalar except λ, and (d,) eigenvalues for every matrix.

        Returns
        -------
        ridge, expectation : ndarray
            In the shape of ``effective_ridge``. θ is the effective ridge of the returned λ only where λ is
            positive and increases with θ from there on.

        Raises
        ------
        SpecError, ShapeError
            Values that are missing or do not fit; effective ridges that are not positive numbers; a closed
            form without a covariance.

        Warns
        -----
        PrecisionWarning
            The relative error may exceed 10⁻⁶. Where rounding may exceed 10⁻¹⁰ of the result, more digits
            are used, unless there are more than 10⁶ eigenvalues times effective ridges.

        Examples
        --------
        >>> import numpy as np
        >>> from detequiv.freeprob import Deterministic, Gaussian, closed_form, derive, dimensions
        >>> from detequiv.freeprob import identity, trace
        >>> n, d = dimensions("n d")
        >>> lam = sympy.Symbol("lam", positive=True)
        >>> Sigma = Deterministic(d, "Sigma")
        >>> X = Gaussian(n, d, "X", variance=1 / n, column_covariance=Sigma)
        >>> form = closed_form(derive(trace((X.T @ X + lam * identity(d)).inv() @ Sigma)))
        >>> ridge, value = form.at(0.5, {n: 200, d: 100, Sigma: np.ones(100)})
        >>> float(ridge.round(4)), float(value.round(4))
        (0.3333, 100.0)
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
        """Definitions of T, of the degrees of freedom that occur, and of replaced symbols."""
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
        """The equations of all unknowns that occur, directly or in each other."""
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
        """Names, and long sums by which several coefficients are divided."""
        below = (sympy.fraction(c)[1].as_powers_dict() for c, _ in self.bare_terms)
        found = Counter(x for powers in below for x in powers if x.is_Add and len(x.args) >= LONG)
        repeated = [x for x, count in found.items() if count > 1]
        names = self.system.free_names("D", len(repeated))
        return {sympy.Symbol(name): x for name, x in zip(names, repeated, strict=True)}

    @property
    def shown(self) -> tuple[tuple[sympy.Expr, sympy.Expr], ...]:
        """The terms as printed: with names for repeated denominators, and with n_1 for a factor n − n_2."""
        back = {x: name for name, x in self.denominators.items()}
        back |= {new: old for old, new in self.replaced.items()}
        return tuple((c.subs(back), traces) for c, traces in self.bare_terms)

    @property
    def _named(self) -> dict[sympy.Symbol, Any]:
        """The lines printed below the expectation."""
        ridge = {self.symbol: self.bare_ridge}
        return self.denominators | self.system.resolvents | ridge | self.definitions

    def latex(self) -> str:
        r"""The expectation and the definitions of its symbols in an aligned environment.

        Returns
        -------
        str
            LaTeX, to be placed in mathematics: a display, or ``\[ \]``.
        """
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
