"""Closed forms of systems with one covariance: ridge and expectation by the effective ridge θ.

With Σ and T = Σ + θ the unknowns are rational functions of θ, degrees of freedom and traces, and so
are the ridge and the expectation: λ(θ) is inverted by whoever wants numbers, and the expectation is
read off. It is how theorems are written by hand.
"""

import dataclasses
import functools
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import sympy

from ...base.argument_checks import checked_call
from ...base.arrays import Array, Numbers
from ...base.errors import SolveError, SpecError
from ...base.wording import enumerated, short_repr
from ..expressions.unknown_functions import Dependent, bare
from ..symbols.printing import TraceOf, aligned_latex, following, latex, plain
from ..systems.system import System
from ..values.checked_values import declared
from .parametric import evaluated
from .rational import Rational
from .rational import effective_ridge as effective_ridge_of
from .rational_solution import Element
from .ridge_dependence import OfEffectiveRidge
from .spectral_moments import T, order_of, θ

__all__ = ["ClosedForm", "closed_form"]

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
        ridge, value = evaluated(
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
        lines = [f"{plain(self.system.left)} ≃", f"    {first}", *map(following, more)]
        named = (f"  {plain(name)} = {plain(x)}" for name, x in self._named.items())
        return "\n".join([*lines, *named])


def closed_form(
    system: System,
    *,
    ridge: sympy.Symbol | None = None,
    replaced: Mapping[sympy.Symbol, sympy.Expr] | None = None,
) -> ClosedForm:
    """The closed form of a derived system in which all that is inverted is c + sΣ.

    Where there are no letters, and so no θ, it is a function of one of the unknowns.

    Parameters
    ----------
    ridge : the scalar that the closed form gives as a function of θ; the one called lam if None.
    replaced : expressions for some symbols, as ``{n1: n - n2}`` for results in n and n_2.

    Raises
    ------
    SpecError
        Where there are several covariances, letters that do not commute, or scalars in functions
        that are not rational.
    SolveError
        Where elimination finds no rational functions.

    >>> import sympy
    >>> from detequiv.theory.freeprob import Deterministic, Gaussian, derive, dimensions, identity
    >>> from detequiv.theory.freeprob import trace
    >>> n, d = dimensions("n d")
    >>> lam = sympy.Symbol("lam", positive=True)
    >>> Σ, A = Deterministic(d, "Sigma"), Deterministic(d, "A")
    >>> X = Gaussian(n, d, "X", variance=1 / n, column_covariance=Σ)
    >>> R = (X.T @ X + lam * identity(d)).inv()
    >>> print(closed_form(derive(trace(R @ A @ R @ Σ))))
    tr(R A R Σ) ≃
        n³/((n - df₁)² (n - df₂)) tr(A Σ T⁻²)
      R = (Xᵀ X + λ I_d)⁻¹
      λ = θ (n - df₁)/n
      T = θ I_d + Σ
      df₁ = tr(Σ T⁻¹)
      df₂ = tr(Σ² T⁻²)
    """
    if not isinstance(system, System):
        raise SpecError(f"a derived system is needed, as of derive(expression); got {short_repr(system)}.")
    for symbol in (*(() if ridge is None else (ridge,)), *(replaced or {})):
        if symbol not in system.full.symbols:
            raise SpecError(
                f"{declared(symbol)} is no symbol of {system.expression}; its symbols are "
                f"{enumerated([declared(x) for x in system.full.symbols])}."
            )
    _check_rational(system, replaced or {})
    rational = Rational(system, replaced=replaced, ridge=ridge)
    if not rational.equations:
        raise SpecError(
            f"{system.observable} has no unknowns and no inverse: the system is a closed form as it is."
        )
    try:
        solution = rational.solve()
    except SolveError as error:
        raise SolveError(
            f"the unknowns are not rational functions of the effective ridge here, as with unequal "
            f"weights ({error}) Take numbers: solve(system, values)."
        ) from None
    terms = _terms(rational(rational.system.value))
    found = _factored(solution[rational.ridge])
    known = _dependent(system, rational.ridge, [found, *(x for pair in terms for x in pair)])
    return ClosedForm(
        system=system,
        symbol=rational.ridge,
        ridge=found.xreplace(known),
        terms=tuple((c.xreplace(known), traces.xreplace(known)) for c, traces in terms),
        replaced=dict(replaced or {}),
    )


def _check_rational(system: System, replaced: Mapping[sympy.Symbol, sympy.Expr]) -> None:
    scalars = [leaf.key for leaf in system.full.scalar_leaves]
    for expression in (*scalars, *map(sympy.sympify, replaced.values())):
        if not expression.is_rational_function(*expression.free_symbols):
            raise SpecError(
                f"closed forms are rational functions of the scalars; got {expression}. Write a "
                f"symbol in its place, and give its number as a value."
            )


def _dependent(
    system: System, ridge: sympy.Symbol, expressions: Iterable[sympy.Expr]
) -> dict[sympy.Symbol, sympy.Expr]:
    """Symbols with what they depend on: moments on θ and λ, unknowns on all scalars."""
    symbols = set().union(*(x.free_symbols for x in expressions))
    found = {x: Dependent.on(x, system.full.symbols) for x in symbols & {*system.names.values()}}
    letters = effective_ridge_of(system.full)
    if letters is not None:
        Σ, _ = letters
        for x in symbols:
            if order_of(x) is not None or (isinstance(x, TraceOf) and T in dict(x.factors)):
                found[x] = OfEffectiveRidge.on(x, (θ, ridge, Σ.space.dimension))
            elif isinstance(x, TraceOf):
                found[x] = Dependent.on(x, [Σ.space.dimension])
    return found


def _terms(value: Element) -> tuple[tuple[sympy.Expr, sympy.Expr], ...]:
    """By products of traces, coefficients factored."""
    K = value.field
    traces = [place for place, symbol in enumerate(K.symbols) if isinstance(symbol, TraceOf)]
    found: dict[tuple[int, ...], dict[Any, Any]] = {}
    for powers, c in value.numer.terms():
        rest = tuple(0 if place in traces else k for place, k in enumerate(powers))
        found.setdefault(tuple(powers[place] for place in traces), {})[rest] = c
    return tuple(
        (
            _factored(K(K.ring.from_dict(part)) / K(value.denom)),
            sympy.Mul(*(K.symbols[place] ** k for place, k in zip(traces, powers, strict=True))),
        )
        for powers, part in sorted(found.items(), reverse=True)
    )


def _factored(value: Element) -> sympy.Expr:
    return sympy.factor(value.as_expr())


def _term(c: sympy.Expr, traces: sympy.Expr) -> str:
    """A coefficient and what it stands in front of."""
    if traces == 1:
        return plain(c)
    if abs(c) == 1:
        return plain(c * traces)
    said = f"({plain(c)})" if isinstance(c, sympy.Add) else plain(c)
    return f"{said} {plain(traces)}"
