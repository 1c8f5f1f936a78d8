"""A system over the rational numbers: its solution where that is rational, and its value there."""

import functools
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
from sympy import QQ
from sympy.polys.matrices import DM, DomainMatrix

from ...theory.base.errors import SolveError
from ...theory.freeprob import System
from ...theory.freeprob.symbols.folds import Algebra, fold
from ...theory.freeprob.symbols.scalars import Constant, Leaf, Scalar, ScalarProduct, ScalarSum
from ...theory.freeprob.symbols.words import Letter, Word
from .branch_following import iterated_unknowns
from .compiled import Compiled

__all__ = ["exact_value"]

DIGITS, DENOMINATOR = 480, 10**200
"""Digits of the Newton iteration, and the largest denominator that is recognised from them."""

Number = Any
"""A Fraction, or an mpf of mpmath."""


def exact_value(
    system: System,
    scalars: Mapping[Any, Fraction],
    spectra: Mapping[Any, Sequence[Fraction]],
    multiplicities: Sequence[int],
) -> Fraction:
    """The value of a system at rational numbers where its solution is rational, exactly.

    The unknowns are computed in 480 digits, recognised as fractions, and only accepted if every
    equation then holds exactly: so the result is proved, except for the branch, which is that of
    the path from no randomness.

    Parameters
    ----------
    scalars : by symbol. spectra : by letter, its different eigenvalues, all letters on one space.
    multiplicities : of these.

    Raises
    ------
    SolveError
        Where the solution is not rational, or not recognised.
    """
    system = system.full
    floats: dict[Any, Any] = {symbol: float(x) for symbol, x in scalars.items()}
    floats |= {key: np.repeat([float(x) for x in row], multiplicities) for key, row in spectra.items()}
    start = Compiled(system).solution(floats).unknowns
    known: dict[Scalar, Fraction] = {leaf: scalars[leaf.key] for leaf in system.scalar_leaves}
    letters = {
        letter: list(spectra[key])
        for space in system.spaces
        for name, letter in space.letters.items()
        for key in spectra
        if key.name == name and key.rows == space.dimension
    }
    for block in system.blocks:
        iterated = iterated_unknowns(block).unknowns
        first = [system.signs[u] * start[system.names[u]] for u in iterated]
        build = functools.partial(_Exact, letters, multiplicities, block.equations)
        x = (
            _linear(build, known, iterated)
            if block.linear
            else _recognised(_newton(build, known, iterated, first))
        )
        run = build({**known, **dict(zip(iterated, x, strict=True))})
        found = {u: run(u) for u in block.equations}
        for u, value in found.items():
            if run(block.equations[u]) != value:
                raise SolveError(f"{system.names[u]} is not rational, or has too many digits.")
        known |= found
    value = _Exact(letters, multiplicities, {}, known)(system.value)
    assert isinstance(value, Fraction)
    return value


class _Exact(Algebra[Number]):
    """Scalars evaluated in one kind of numbers."""

    def __init__(
        self,
        letters: Mapping[Letter, Sequence[Number]],
        multiplicities: Sequence[int],
        right: Mapping[Scalar, Scalar],
        known: Mapping[Scalar, Number],
    ) -> None:
        self._letters: dict[Letter, Sequence[Number]] = dict(letters)
        self._multiplicities, self.right = multiplicities, right
        self._known: dict[Scalar, Number] = dict(known)

    def __call__(self, scalar: Scalar) -> Number:
        return fold(scalar, self, self._known)

    def constant(self, node: Constant) -> Number:
        """The number."""
        return Fraction(node.number)

    def leaf(self, node: Leaf) -> Number:
        """The right side of a substituted unknown, or a trace."""
        if node in self.right:
            return self(self.right[node])
        pairs = zip(self._word(node.key), self._multiplicities, strict=True)
        return sum(_scaled(x, k) for x, k in pairs)

    def sum(self, node: ScalarSum, parts: list[Number]) -> Number:
        """Their sum."""
        return sum(_scaled(x, c) for x, c in zip(parts, node.weights.values(), strict=True))

    def product(self, node: ScalarProduct, parts: list[Number]) -> Number:
        """Their product."""
        product: Number = Fraction(1)
        for x, power in zip(parts, node.powers.values(), strict=True):
            product = _times(product, x**power)
        return product

    def _word(self, word: Word) -> list[Number]:
        values: list[Number] = [Fraction(1)] * len(self._multiplicities)
        for letter in word:
            values = [_times(x, y) for x, y in zip(values, self._letter(letter), strict=True)]
        return values

    def _letter(self, letter: Letter) -> Sequence[Number]:
        if letter not in self._letters:
            assert letter.inverse_of is not None
            total: list[Number] = [Fraction(0)] * len(self._multiplicities)
            for word, c in letter.inverse_of.terms.items():
                factor = self(c)
                total = [x + _times(factor, y) for x, y in zip(total, self._word(word), strict=True)]
            self._letters[letter] = [1 / x for x in total]
        return self._letters[letter]


def _newton(
    build: Callable[[Mapping[Scalar, Number]], _Exact],
    known: Mapping[Scalar, Fraction],
    unknowns: Sequence[Scalar],
    start: Sequence[float],
) -> list[Number]:
    """The solution of x = Φ(x) near the start, to many digits; derivatives by differences."""
    with mpmath.workdps(DIGITS):
        h, x = mpmath.mpf(10) ** (-DIGITS // 2), [mpmath.mpf(value) for value in start]
        real = {leaf: _real(value) for leaf, value in known.items()}

        def residual(x: Sequence[Number]) -> mpmath.matrix:
            run = build({**real, **dict(zip(unknowns, x, strict=True))})
            return mpmath.matrix([run(run.right[u]) - value for u, value in zip(unknowns, x, strict=True)])

        while unknowns:  # digits double; the difference quotients leave a third of them each time
            r = residual(x)
            if max(map(abs, r)) < mpmath.mpf(10) ** (20 - DIGITS):
                break
            columns = [(residual([y + h * (i == j) for j, y in enumerate(x)]) - r) / h for i in range(len(x))]
            slope = mpmath.matrix(len(x), len(x))
            for i, column in enumerate(columns):
                for j in range(len(x)):
                    slope[j, i] = column[j]
            move = mpmath.lu_solve(slope, -r)
            x = [y + move[i] for i, y in enumerate(x)]
        return x


def _linear(
    build: Callable[[Mapping[Scalar, Number]], _Exact],
    known: Mapping[Scalar, Fraction],
    unknowns: Sequence[Scalar],
) -> list[Fraction]:
    """The solution of x = Φ(0) + Φ′x, in fractions."""
    zero = [Fraction(0)] * len(unknowns)

    def image(x: Sequence[Fraction]) -> list[Fraction]:
        run = build({**known, **dict(zip(unknowns, x, strict=True))})
        return [run(run.right[u]) for u in unknowns]

    Φ = image(zero)
    units = [[Fraction(int(i == j)) for j in range(len(zero))] for i in range(len(zero))]
    slopes = [[y - b for y, b in zip(image(unit), Φ, strict=True)] for unit in units]
    away = [[units[i][j] - slopes[j][i] for j in range(len(zero))] for i in range(len(zero))]
    found = _rational_matrix(away).lu_solve(_rational_matrix([[x] for x in Φ]))
    return [Fraction(int(x.numerator), int(x.denominator)) for (x,) in found.to_list()]


def _rational_matrix(rows: Sequence[Sequence[Fraction]]) -> DomainMatrix:
    return DM([[QQ(x.numerator, x.denominator) for x in row] for row in rows], QQ)


def _recognised(values: Sequence[Number]) -> list[Fraction]:
    with mpmath.workdps(DIGITS):
        return [
            Fraction(
                int(mpmath.nint(value * mpmath.mpf(10) ** (DIGITS - 40))), 10 ** (DIGITS - 40)
            ).limit_denominator(DENOMINATOR)
            for value in values
        ]


def _real(value: Number) -> Number:
    return mpmath.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value


def _scaled(x: Number, c: Any) -> Number:
    return _times(x, Fraction(c))


def _times(x: Number, y: Number) -> Number:
    """Of fractions, or of one with an mpf."""
    if isinstance(x, Fraction) != isinstance(y, Fraction):
        return _real(x) * _real(y)
    return x * y
