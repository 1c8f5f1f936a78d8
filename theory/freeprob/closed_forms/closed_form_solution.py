"""Closed forms of systems with one covariance: ridge and expectation by the effective ridge θ.

With Σ and T = Σ + θ the unknowns are rational functions of θ, degrees of freedom and traces, and so
are the ridge and the expectation: to get numbers at a given ridge, λ(θ) is inverted. Theorems
derived by hand are written in this form.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import sympy

from ...base.errors import SolveError, SpecError
from ...base.wording import enumerated, short_repr
from ..expressions.unknown_functions import Dependent
from ..symbols.printing import TraceOf
from ..systems.system import System
from ..values.checked_values import declared
from .rational import RationalSystem
from .rational import effective_ridge as effective_ridge_of
from .rational_solution import Element
from .ridge_closed_form import ClosedForm
from .ridge_dependence import OfEffectiveRidge
from .spectral_moments import T, order_of, θ

__all__ = ["closed_form"]


def closed_form(
    system: System,
    *,
    ridge: sympy.Symbol | None = None,
    replaced: Mapping[sympy.Symbol, sympy.Expr] | None = None,
) -> ClosedForm:
    """The closed form of a derived system with one covariance.

    Every inverse in the system must have the form (c + sΣ)⁻¹. Without deterministic matrices, the
    result is a function of one of the unknowns in place of θ.

    Parameters
    ----------
    system : System
        From :func:`derive`.
    ridge : sympy.Symbol or None
        The scalar that becomes a function of θ; None is the symbol called lam.
    replaced : mapping or None
        Expressions for some symbols, such as ``{n1: n - n2}`` for results in n and n_2.

    Returns
    -------
    ClosedForm

    Raises
    ------
    SpecError
        Several covariances, matrices that do not commute, or scalars in functions that are not rational.
    SolveError
        Elimination finds no rational functions.

    Examples
    --------
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
    rational = RationalSystem(system, replaced=replaced, ridge=ridge)
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
    """Symbols as functions: moments of θ and λ, unknowns of all scalars."""
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
    """Coefficients, factored, of each product of traces."""
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
