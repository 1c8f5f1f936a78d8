"""Derived systems solved by rational functions, exactly.

No fixed point is a rational function of the ridge λ. It is one of the effective ridge θ: with the
definition of θ among the equations and λ among the unknowns, an equation of degree 1 in some
unknown is found again and again, until none is left.
"""

import functools
import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sympy
from sympy.polys.fields import FracField, field

from ...base.errors import SolveError, SpecError
from ..symbols.folds import Algebra, Modulo, fold, leaves_in
from ..symbols.primes import FINGERPRINT_PRIME, Number
from ..symbols.printing import TraceOf
from ..symbols.scalars import Constant, Leaf, Parameter, Scalar, ScalarProduct, ScalarSum, Unknown, WordTrace
from ..symbols.words import Letter, Word
from ..systems.system import System
from .rational_solution import Element, solve_linear_unknowns
from .spectral_moments import SpectralMoments, is_reserved, θ

__all__ = ["Moment", "RationalSystem", "effective_ridge"]

Moment = Callable[[tuple[str, ...], int, int], sympy.Expr]
"""(names, a, b) ↦ tr A Σᵃ(1 + Σ/θ)⁻ᵇ, A the product of the other letters; a or b is 0."""


def effective_ridge(system: System) -> tuple[Letter, Letter] | None:
    """The covariance Σ and the only named inverse P = (c + sΣ)⁻¹ of a system: then θ = c/s.

    None where nothing is named, as in systems without letters.

    Raises
    ------
    SpecError
        Where there is another number of named inverses, one of another form, or letters that do not
        commute.
    """
    inverses = [letter for space in system.spaces for letter in space.inverses]
    if not inverses:
        return None
    for letter in inverses:
        assert letter.inverse_of is not None
        words = sorted(letter.inverse_of.terms, key=len)
        single = len(inverses) == 1 and [len(word) for word in words] == [0, 1]
        if single and letter.space.commuting:
            return words[1][0], letter
    found = " and ".join(f"({letter.inverse_of})⁻¹" for letter in inverses)
    raise SpecError(
        f"a closed form has one effective ridge, θ = c/s of one inverse (c + sΣ)⁻¹ of commuting "
        f"letters; here there is {found}. Give all sources one covariance, or take numbers: "
        f"solve(system, values)."
    )


class RationalSystem:
    """A system whose scalars are rational functions of its symbols, its unknowns and θ.

    system : with one covariance. moment : the values of reduced traces, after words are reduced by
    ΣP = θ(1 − P); by default :class:`SpectralMoments`. replaced : expressions for some symbols, such
    as φn for d. more : symbols of what the system will be compared with. ridge : the symbol that is
    solved for, by default the one called lam.

    Attributes: ``field``, of all these functions; ``ridge``, the symbol λ.
    """

    def __init__(
        self,
        system: System,
        moment: Moment | None = None,
        replaced: Mapping[Any, sympy.Expr] | None = None,
        more: Iterable[sympy.Symbol] = (),
        ridge: sympy.Symbol | None = None,
    ) -> None:
        self._letters = effective_ridge(system.full)
        system = system.full if self._letters else system  # what is left is an unknown as printed
        self.system, self._replaced, self._more = system, dict(replaced or {}), set(more)
        if moment is None and self._letters:
            moment = SpectralMoments(system, *self._letters)
        self._moment = moment
        self._right = {x: y for block in system.blocks for x, y in block.equations.items()}
        self.ridge = _ridge(system) if ridge is None else ridge
        _check_names(system)
        self.field: FracField = field(self._symbols(), sympy.ZZ)[0]
        self._solution: dict[sympy.Symbol, Element] = {}
        self._known: dict[Scalar, Element] = {}

    @property
    def unknowns(self) -> list[sympy.Symbol]:
        """Those of the system, and λ."""
        return [*self.system.names.values(), self.ridge]

    @property
    def equations(self) -> list[Element]:
        """Expressions equal to zero: each unknown minus its right-hand side, and the definition of θ."""
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

        It is the only one where nothing vanishes that was divided by. That no equation was lost is
        checked at a random point modulo 2⁶¹ − 1: one of degree D that does not hold vanishes there
        with probability D/2⁶¹ at most (Schwartz and Zippel).
        """
        solution = solve_linear_unknowns(self.equations, self.unknowns)
        self._known, self._solution = {}, solution
        if any(self._residues()):
            raise SolveError(f"elimination has lost an equation of {self.system.expression}.")
        return solution

    def _residues(self) -> list[int]:
        """The equations with the solution inserted, at a random point modulo the prime."""
        draw = random.Random(0).randrange
        point = {x: draw(1, FINGERPRINT_PRIME) for x in self.field.symbols}
        point |= {x: _at(value, point) for x, value in self._solution.items()}
        known: dict[Scalar, int] = {}
        front = 1

        def leaf(node: Leaf) -> int:
            value = _at(self.field.from_expr(self._shown(node)), point)
            return value * pow(front, -self._inverses_in(node), FINGERPRINT_PRIME) % FINGERPRINT_PRIME

        residues = Modulo(FINGERPRINT_PRIME, leaf)
        coefficients = [fold(c, residues, known) for c in self._coefficients]
        rows = []
        if coefficients:
            front, slope = coefficients
            rows = [(slope * point[θ] - front) % FINGERPRINT_PRIME]
        for unknown, right in self._right.items():
            rows.append((fold(unknown, residues, known) - fold(right, residues, known)) % FINGERPRINT_PRIME)
        return rows

    def _inverses_in(self, leaf: Leaf) -> int:
        """How often P occurs in a leaf; 0 if that is not a trace."""
        if not self._letters or not isinstance(leaf, WordTrace):
            return 0
        return int(leaf.key.count(self._letters[1]))

    def __call__(self, scalar: Scalar) -> Element:
        """A scalar of the system."""
        return fold(scalar, _Elements(self), self._known)

    def leaf(self, leaf: Leaf) -> Element:
        """A leaf of the system."""
        if not isinstance(leaf, WordTrace):
            expression = self._shown(leaf)
            if expression in self._solution:
                return self._solution[expression]
            return self.field.from_expr(expression)
        value = self.field.from_expr(self._shown(leaf))
        count = self._inverses_in(leaf)
        return value / self(self._coefficients[0]) ** count if count else value

    def _shown(self, leaf: Leaf) -> sympy.Expr:
        """A leaf in sympy, where P is without its factor 1/c."""
        if isinstance(leaf, Unknown):
            return self.system.names[leaf]
        if isinstance(leaf, Parameter):
            return leaf.key.subs(self._replaced)
        word: Word = leaf.key
        own = self._letters or ()
        names = tuple(letter.name for letter in word if letter not in own)
        return self._reduced(names, *(word.count(letter) for letter in own))

    def _reduced(self, names: tuple[str, ...], a: int = 0, b: int = 0) -> sympy.Expr:
        """By Σ(1 + Σ/θ)⁻¹ = θ(1 − (1 + Σ/θ)⁻¹)."""
        if a and b:
            return θ * (self._reduced(names, a - 1, b - 1) - self._reduced(names, a - 1, b))
        if self._moment is None:  # nothing is inverted
            return TraceOf.of_word(names)
        return self._moment(names, a, b).subs(self._replaced)

    def _symbols(self) -> list[sympy.Symbol]:
        scalars = [*self._right.values(), *self._coefficients, self.system.value]
        leaves = leaves_in(*scalars, *self._right)
        found = set().union(*(self._shown(leaf).free_symbols for leaf in leaves))
        return sorted(found | self._more | {θ, self.ridge}, key=str)


class _Elements(Algebra[Element]):
    """Scalars of a system as elements of its field of rational functions."""

    def __init__(self, rational: RationalSystem) -> None:
        self._rational, self._field = rational, rational.field

    def constant(self, node: Constant) -> Element:
        """The number."""
        return self._number(node.number)

    def leaf(self, node: Leaf) -> Element:
        """Its value as a function of the symbols."""
        return self._rational.leaf(node)

    def sum(self, node: ScalarSum, parts: list[Element]) -> Element:
        """Their sum."""
        weights = map(self._number, node.weights.values())
        return sum((c * x for c, x in zip(weights, parts, strict=True)), self._field.zero)

    def product(self, node: ScalarProduct, parts: list[Element]) -> Element:
        """Their product."""
        pairs = zip(parts, node.powers.values(), strict=True)
        return functools.reduce(lambda product, pair: product * pair[0] ** pair[1], pairs, self._field.one)

    def _number(self, c: Number) -> Element:
        return self._field(c.numerator) / self._field(c.denominator)


def _at(value: Element, point: Mapping[sympy.Symbol, int]) -> int:
    """A rational function at a point, modulo the prime."""
    parts = []
    for polynomial in (value.numer, value.denom):
        total = 0
        for powers, c in polynomial.terms():
            term = int(c)
            for symbol, power in zip(value.field.symbols, powers, strict=True):
                if power:
                    term = term * pow(point[symbol], power, FINGERPRINT_PRIME) % FINGERPRINT_PRIME
            total += term
        parts.append(total % FINGERPRINT_PRIME)
    return parts[0] * pow(parts[1], -1, FINGERPRINT_PRIME) % FINGERPRINT_PRIME


def _ridge(system: System) -> sympy.Symbol:
    """The symbol called lam."""
    ridges = [symbol for symbol in system.symbols if symbol.name == "lam"]
    if not ridges:
        raise SpecError(
            f"the ridge is a symbol called lam, unless another one is named; got none in {system.expression}."
        )
    return ridges[0]


def _check_names(system: System) -> None:
    """The names of closed forms are theirs."""
    for name in sorted(filter(is_reserved, system.taken_names)):
        raise SpecError(f"closed forms have {name} for something of their own; rename yours.")
