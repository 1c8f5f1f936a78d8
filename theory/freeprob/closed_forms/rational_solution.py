"""Polynomial equations solved for unknowns in which they are linear, one after the other."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import sympy
from sympy.polys.fields import FracField

from ...base.errors import SolveError

__all__ = ["Element", "solve_linear_unknowns", "with_values"]

Element = Any
"""A rational function in its field, or a polynomial in its ring: sympy has no types."""


def solve_linear_unknowns(
    equations: Sequence[Element], unknowns: Sequence[sympy.Symbol], nonzero: Sequence[sympy.Symbol] = ()
) -> dict[sympy.Symbol, Element]:
    """The unknowns as rational functions of all other symbols.

    equations : elements of one field of rational functions over the integers. Each unknown is
    removed by an equation of degree 1 in it, the shortest there is. What equations and pivots are
    divided by is not zero, nor are the unknowns in ``nonzero``: it is divided out of what remains.

    Raises
    ------
    SolveError
        Where no equation is of degree 1 in any unknown that is left, or one is left over.
    """
    K = equations[0].field
    gens = {unknown: K.symbols.index(unknown) for unknown in unknowns}
    regular = {K.ring.gens[gens[unknown]] for unknown in nonzero}
    for equation in equations:
        regular |= _factors(equation.denom)
    rows = [_without(equation.numer, regular) for equation in equations]
    steps: list[tuple[sympy.Symbol, Element, Element]] = []
    while rows:
        choice = min(_choices(rows, gens), key=lambda choice: choice[0], default=None)
        if choice is None:
            raise SolveError(f"no equation is of degree 1 in one of {[str(x) for x in gens]}.")
        _, row, unknown = choice
        constant, slope = _by_powers(rows.pop(row), gens.pop(unknown))
        place = K.symbols.index(unknown)
        moved = {factor for factor in regular if factor.degree(place) > 0}
        inserted = (_inserted(factor, place, constant, slope) for factor in moved)
        regular = (regular - moved).union(_factors(slope), *map(_factors, inserted))
        rows = [_without(_inserted(other, place, constant, slope), regular) for other in rows]
        rows = [other for other in rows if other]
        steps.append((unknown, -constant, slope))
    values: dict[sympy.Symbol, Element] = {}
    for unknown, numerator, denominator in reversed(steps):
        values[unknown] = with_values(numerator, values, K) / with_values(denominator, values, K)
    return values


def with_values(polynomial: Element, values: Mapping[sympy.Symbol, Element], K: FracField) -> Element:
    """A polynomial with rational functions in place of some symbols."""
    for symbol, value in values.items():
        powers = _by_powers(polynomial, K.symbols.index(symbol))
        if len(powers) > 1:
            return functools.reduce(
                lambda total, coefficient: total * value + with_values(coefficient, values, K),
                reversed(powers),
                K.zero,
            )
    return K(polynomial)


def _choices(
    rows: Sequence[Element], gens: Mapping[sympy.Symbol, int]
) -> list[tuple[tuple[int, ...], int, sympy.Symbol]]:
    """(cost, row, unknown) of every row of degree 1 in an unknown."""
    return [
        ((len(_by_powers(row, place)[1]), len(row), place), i, unknown)
        for i, row in enumerate(rows)
        for unknown, place in gens.items()
        if row.degree(place) == 1
    ]


def _by_powers(polynomial: Element, place: int) -> list[Element]:
    """The coefficients of 1, x, x², …; they are free of x."""
    found = [dict[Any, Any]() for _ in range(max(polynomial.degree(place), 0) + 1)]
    for powers, coefficient in polynomial.terms():
        rest = (*powers[:place], 0, *powers[place + 1 :])
        found[powers[place]][rest] = coefficient
    return [polynomial.ring.from_dict(part) for part in found]


def _inserted(polynomial: Element, place: int, constant: Element, slope: Element) -> Element:
    """The numerator of the polynomial at x = −constant/slope."""
    total, scale = polynomial.ring.zero, polynomial.ring.one
    for coefficient in reversed(_by_powers(polynomial, place)):
        total, scale = coefficient * scale - total * constant, scale * slope
    return total


def _factors(polynomial: Element) -> set[Element]:
    """Those that are no numbers; they are primitive."""
    return {factor for factor, _ in polynomial.factor_list()[1]}


def _without(polynomial: Element, regular: set[Element]) -> Element:
    """Divided by these factors as often as it can be."""
    for factor in regular:
        quotient, rest = polynomial.div(factor)
        while polynomial and not rest:
            polynomial = quotient
            quotient, rest = polynomial.div(factor)
    return polynomial
