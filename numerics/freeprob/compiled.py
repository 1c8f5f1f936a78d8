"""Numbers from a derived system: ``compile`` and ``solve``."""

import dataclasses
import functools
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ...theory.arrays import Array
from ...theory.errors import SolveError, SpecError
from ...theory.freeprob import System
from ...theory.freeprob.printing import plain
from ...theory.freeprob.scalars import Scalar
from ...theory.language import told
from .batches import Part, solved_in_pieces
from .evaluate import Evaluation, Given
from .fixed_point import Iterated, Path, iterated_unknowns
from .values import given

__all__ = ["Compiled", "PrecisionWarning", "Solution", "compile", "solve"]

EPS = float(np.finfo(float).eps)
ROUNDED = 16 * EPS
"""By how much numbers are changed, relatively, to see what rounding does to the result."""

NUDGES = 2

DOUBTFUL = 1e-6
"""Estimated error above which a warning is given."""


class PrecisionWarning(UserWarning):
    """Double precision leaves few digits."""


@dataclasses.dataclass(frozen=True, eq=False)
class Solution:
    """A value of a system, and how it was obtained.

    value : the expectation, of the shape of the scalars given. unknowns : by symbol, likewise.
    residual : max |τ − Φ(τ)|/|τ|. steps : of the path from no randomness to all of it.
    estimated_error : of the value, relative: what changes of the unknowns' equations by rounding do
    to it.
    """

    value: Any
    unknowns: Mapping[sympy.Symbol, Any]
    residual: float
    steps: int
    estimated_error: float


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Compiled:
    """A system as a function of its values; what is evaluated are its equations before they were
    reduced."""

    system: System

    def __repr__(self) -> str:
        return f"compile({plain(self.system.left)})"

    @functools.cached_property
    def _iterated(self) -> list[Iterated]:
        return [iterated_unknowns(block) for block in self.system.full.blocks]

    def __call__(self, values: Mapping[Any, Any]) -> Any:
        """The expectation: a float, or an array where a scalar among the values is one.

        Warns with :class:`PrecisionWarning` where the estimated error exceeds 10⁻⁶: small ridges,
        where numbers cancel that double precision does not hold.
        """
        solution = self.solution(values)
        if not solution.estimated_error <= DOUBTFUL:
            warnings.warn(
                f"double precision leaves a relative error of some "
                f"{solution.estimated_error:.1g} here. A larger ridge, or the closed form where "
                f"there is one, has more digits.",
                PrecisionWarning,
                stacklevel=2,
            )
        return solution.value

    def solution(self, values: Mapping[Any, Any]) -> Solution:
        """The same, with how it was obtained.

        Raises
        ------
        SpecError, ShapeError
            Values that are missing or do not fit.
        SolveError
            Where the fixed point cannot be followed.
        """
        numbers, shape = given(self.system.full, values)
        with np.errstate(all="ignore"):
            found = solved_in_pieces(numbers, int(np.prod(shape, dtype=int)), self._part)
        names, signs = self.system.names, self.system.signs
        by_key = {u.content: x for u, x in found.unknowns.items()}
        return Solution(
            value=_shaped(found.value, shape),
            unknowns={
                name: _shaped(signs[u] * by_key[u.content], shape) for u, name in names.items()
            },
            residual=found.residual,
            steps=found.steps,
            estimated_error=max(found.error, EPS),
        )

    def _part(self, numbers: Given, batch: int, near: Mapping[Scalar, Array]) -> Part:
        """The solution of some rows, beginning at these unknowns where there are any."""
        known: dict[Scalar, Array] = {}
        residual, steps = 0.0, 0
        for iterated in self._iterated:
            path = Path(iterated, _with(numbers, known), batch)
            found = path.solved(near)
            residual, steps = max(residual, path.residual(found)), steps + path.steps
            known |= found
        value = self._value(_with(numbers, known), batch)
        if not np.isfinite(value).all():
            raise SolveError(
                "the expectation is not finite at these values: something that is inverted is "
                "singular there, such as a letter with an eigenvalue of 0."
            )
        error = max(self._moved(numbers, known, value, seed) for seed in range(NUDGES))
        return Part(value, known, residual, steps, error)

    def _moved(
        self, numbers: Given, known: Mapping[Scalar, Array], value: Array, seed: int
    ) -> float:
        """How much the value changes, relatively, with numbers that differ by rounding."""
        other, moved = _nudged(numbers, seed), dict[Scalar, Array]()
        for iterated in self._iterated:
            moved |= Path(iterated, _with(other, moved), len(value)).beside(known)
        change = np.abs(self._value(_with(other, moved), len(value)) - value)
        share = np.where(change == 0, 0.0, change / np.abs(value)).max(initial=0.0)
        return float(share) / (ROUNDED / EPS)

    def _value(self, numbers: Given, batch: int) -> Array:
        value = Evaluation(numbers, {}, {})(self.system.full.value).value
        return np.broadcast_to(value, (batch,))


def compile(system: Any) -> Compiled:
    """The system as a function of its values, vectorised over scalars.

    >>> import sympy
    >>> from detequiv.theory.freeprob import Gaussian, derive, dimensions, identity, trace
    >>> n, d = dimensions("n d")
    >>> lam = sympy.Symbol("lam", positive=True)
    >>> X = Gaussian(n, d, "X", variance=1 / n)
    >>> f = compile(derive(trace((X.T @ X + lam * identity(d)).inv()) / d))
    >>> f({n: 200, d: 100, lam: np.array([0.1, 1.0])}).round(4)
    array([1.4833, 0.5616])
    """
    if not isinstance(system, System):
        raise SpecError(
            f"a derived system is needed, as of derive(expression); got {told(system)}."
        )
    return Compiled(system)


def solve(system: Any, values: Mapping[Any, Any]) -> float:
    """The expectation at these values, a float.

    Parameters
    ----------
    values : a number for every dimension and scalar symbol, and for every letter its eigenvalues,
        (d,), where the letters of its space commute, else its matrix, (d, d). What the system does
        not use may be there too.

    Raises
    ------
    SpecError, ShapeError
        Values that are missing or do not fit.
    SolveError
        Where the fixed point cannot be followed.
    """
    value = compile(system)(values)
    if isinstance(value, np.ndarray):
        raise SpecError(
            f"solve takes one value of every scalar; got arrays of shape {value.shape}. "
            f"compile(system) is a function of arrays, too."
        )
    return float(value)


def _with(numbers: Given, known: Mapping[Scalar, Array]) -> Given:
    return dataclasses.replace(numbers, scalars={**numbers.scalars, **known})


def _nudged(numbers: Given, seed: int) -> Given:
    """Every number changed by a few units in its last place, in a way that the seed decides."""
    rng = np.random.default_rng(seed)

    def nudge(x: Array) -> Array:
        return x * (1 + ROUNDED * rng.uniform(-1, 1, size=x.shape[-1:]))

    return dataclasses.replace(
        numbers,
        scalars={leaf: nudge(x) for leaf, x in numbers.scalars.items()},
        letters={
            letter: nudge(x) if x.ndim == 1 else x * (1 + ROUNDED)
            for letter, x in numbers.letters.items()
        },
    )


def _shaped(values: Array, shape: tuple[int, ...]) -> Any:
    return values.reshape(shape).copy() if shape else float(values[0])
