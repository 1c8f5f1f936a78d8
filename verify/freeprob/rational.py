"""Derived systems solved by rational functions, exactly.

No fixed point is a rational function of the ridge λ. It is one of the effective ridge θ: with the
definition of θ among the equations and λ among the unknowns, an equation of degree 1 in some
unknown is found again and again, until none is left.
"""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy
from sympy.polys.fields import FracField, field

from ...theory.errors import SolveError, SpecError
from ...theory.freeprob import System
from ...theory.freeprob.scalars import Scalar
from ...theory.freeprob.words import Letter, Word

__all__ = ["Element", "Moment", "Rational", "effective_ridge", "solved"]

Element = Any
"""A rational function in its field, or a polynomial in its ring: sympy has no types."""

Moment = Callable[[tuple[str, ...], int, int], sympy.Expr]
"""(names, a, b) ↦ tr A Σᵃ(1 + Σ/θ)⁻ᵇ, A the product of the other letters; a or b is 0."""

θ = sympy.Symbol("theta")


def effective_ridge(system: System) -> tuple[Letter, Letter] | None:
    """The covariance Σ and the only named inverse P = (c + sΣ)⁻¹ of a system: then θ = c/s.

    None where nothing is named, as in systems without letters.

    Raises
    ------
    SpecError
        Where there is another number of named inverses, or one of another form.
    """
    inverses = [letter for space in system.spaces for letter in space.inverses]
    if not inverses:
        return None
    for letter in inverses:
        assert letter.inverse_of is not None
        words = sorted(letter.inverse_of.terms, key=len)
        if len(inverses) == 1 and [len(word) for word in words] == [0, 1]:
            return words[1][0], letter
    raise SpecError(
        f"one effective ridge needs one named inverse, of the form c + sΣ; got "
        f"{[str(letter.inverse_of) for letter in inverses]}. Give all sources one covariance."
    )


class Rational:
    """A system whose scalars are rational functions of its symbols, its unknowns and θ.

    system : with one covariance. moment : what reduced traces are; words are reduced by
    ΣP = θ(1 − P) first. replaced : expressions for some symbols, such as φn for d. more : symbols
    of what it will be compared with.

    Attributes: ``field``, of all these functions; ``ridge``, the symbol λ.
    """

    def __init__(
        self, system: System, moment: Moment, replaced: Mapping[Any, sympy.Expr] | None = None,
        more: Iterable[sympy.Symbol] = (),
    ) -> None:  # fmt: skip
        self.system, self._moment, self._replaced = system, moment, dict(replaced or {})
        self._more = set(more)
        self._letters = effective_ridge(system)
        self._right = {x: y for block in system.blocks for x, y in block.equations.items()}
        ridges = [symbol for symbol in system.symbols if symbol.name == "lam"]
        if not ridges:
            raise SpecError(f"the ridge is a symbol called lam; got none in {system.expression}.")
        self.ridge = ridges[0]
        self.field: FracField = field(self._symbols(), sympy.ZZ)[0]
        self._solution: dict[sympy.Symbol, Element] = {}
        self._known: dict[Scalar, Element] = {}

    @property
    def unknowns(self) -> list[sympy.Symbol]:
        """Those of the system, and λ."""
        return [*self.system.names.values(), self.ridge]

    @property
    def equations(self) -> list[Element]:
        """What is zero: each unknown less what it is equal to, and the definition of θ."""
        rows = [self(unknown) - self(right) for unknown, right in self._right.items()]
        if not self._letters:
            return rows
        c, slope = map(self, self._coefficients)
        return [*rows, slope * self.field.from_expr(θ) - c]

    @property
    def _coefficients(self) -> tuple[Scalar, ...]:
        """c and s of P = (c + sΣ)⁻¹; nothing where there is no P."""
        if not self._letters:
            return ()
        Σ, P = self._letters
        assert P.inverse_of is not None
        return P.inverse_of.terms[()], P.inverse_of.terms[(Σ,)]

    def solve(self) -> dict[sympy.Symbol, Element]:
        """Unknowns and λ as rational functions of θ and the rest; scalars are, from now on.

        It is the only one where nothing vanishes that was divided by, and holds: all equations are
        evaluated with it.
        """
        solution = solved(self.equations, self.unknowns)
        self._known, self._solution = {}, solution
        if any(self.equations):
            raise SolveError(f"elimination has lost an equation of {self.system.expression}.")
        return solution

    def __call__(self, scalar: Scalar) -> Element:
        """A scalar of the system."""
        return scalar.walk(self._visit, self._known)

    def _visit(self, node: Scalar, children: list[Element]) -> Element:
        match node.kind:
            case "number":
                return self._number(node.content)
            case "leaf":
                return self._leaf(node)
            case "sum":
                weights = map(self._number, node.content.values())
                return sum((c * x for c, x in zip(weights, children, strict=True)), self.field.zero)
        powers = zip(children, node.content.values(), strict=True)
        return functools.reduce(lambda product, pair: product * pair[0] ** pair[1], powers,
                                self.field.one)  # fmt: skip

    def _number(self, c: int | Fraction) -> Element:
        return self.field(c.numerator) / self.field(c.denominator)

    def _leaf(self, leaf: Scalar) -> Element:
        if leaf in self.system.names or isinstance(leaf.content, sympy.Expr):
            expression = self._shown(leaf)
            if expression in self._solution:
                return self._solution[expression]
            return self.field.from_expr(expression)
        value = self.field.from_expr(self._shown(leaf))
        if not self._letters:
            return value
        return value / self(self._coefficients[0]) ** leaf.content[1].count(self._letters[1])

    def _shown(self, leaf: Scalar) -> sympy.Expr:
        """A leaf in sympy, where P is without its factor 1/c."""
        if leaf in self.system.names:
            return self.system.names[leaf]
        if isinstance(leaf.content, sympy.Expr):
            return leaf.content.subs(self._replaced)
        word: Word = leaf.content[1]
        own = self._letters or ()
        names = tuple(letter.name for letter in word if letter not in own)
        return self._reduced(names, *(word.count(letter) for letter in own))

    def _reduced(self, names: tuple[str, ...], a: int = 0, b: int = 0) -> sympy.Expr:
        """By Σ(1 + Σ/θ)⁻¹ = θ(1 − (1 + Σ/θ)⁻¹)."""
        if a and b:
            return θ * (self._reduced(names, a - 1, b - 1) - self._reduced(names, a - 1, b))
        return self._moment(names, a, b)

    def _symbols(self) -> list[sympy.Symbol]:
        scalars = [*self._right.values(), *self._coefficients, self.system.value]
        leaves = set().union(*(scalar.leaves() for scalar in scalars), self._right)
        found = set().union(*(self._shown(leaf).free_symbols for leaf in leaves))
        return sorted(found | self._more | {θ, self.ridge}, key=str)


def solved(
    equations: Sequence[Element], unknowns: Sequence[sympy.Symbol],
    nonzero: Sequence[sympy.Symbol] = (),
) -> dict[sympy.Symbol, Element]:  # fmt: skip
    """What unknowns are if all equations vanish, as rational functions of all other symbols.

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
        values[unknown] = evaluated(numerator, values, K) / evaluated(denominator, values, K)
    return values


def evaluated(polynomial: Element, values: Mapping[sympy.Symbol, Element], K: FracField) -> Element:
    """A polynomial with rational functions in place of some symbols."""
    for symbol, value in values.items():
        powers = _by_powers(polynomial, K.symbols.index(symbol))
        if len(powers) > 1:
            return functools.reduce(
                lambda total, coefficient: total * value + evaluated(coefficient, values, K),
                reversed(powers), K.zero,
            )  # fmt: skip
    return K(polynomial)


def _choices(
    rows: Sequence[Element], gens: Mapping[sympy.Symbol, int]
) -> list[tuple[tuple[int, ...], int, sympy.Symbol]]:
    """(cost, row, unknown) of every row of degree 1 in an unknown."""
    return [
        ((len(_by_powers(row, place)[1]), len(row), place), i, unknown)
        for i, row in enumerate(rows) for unknown, place in gens.items()
        if row.degree(place) == 1
    ]  # fmt: skip


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
