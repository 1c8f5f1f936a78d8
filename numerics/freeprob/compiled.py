"""Numbers from a derived system: ``compile`` and ``solve``."""

import dataclasses
import functools
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ...theory.arrays import Array
from ...theory.freeprob import System
from ...theory.freeprob.scalars import Scalar
from .evaluate import Evaluation, Given
from .fixed_point import Iterated, Path, iterated_unknowns
from .values import given

__all__ = ["Compiled", "PrecisionWarning", "Solution", "compile", "solve"]

EPS = float(np.finfo(float).eps)
ROUNDED = 16 * EPS
"""By how much numbers are changed, relatively, to see what rounding does to the result."""

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


@dataclasses.dataclass(frozen=True, eq=False)
class Compiled:
    """A system as a function of its values."""

    system: System

    @functools.cached_property
    def _iterated(self) -> list[Iterated]:
        return [iterated_unknowns(block) for block in self.system.blocks]

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
        numbers, shape = given(self.system, values)
        batch = int(np.prod(shape, dtype=int))
        known: dict[Scalar, Array] = {}
        other: dict[Scalar, Array] = {}
        residual, steps = 0.0, 0
        for iterated in self._iterated:
            path = Path(iterated, _with(numbers, known), batch)
            found = path.solved()
            nudged = Path(iterated, _with(_nudged(numbers), other), batch).beside(found)
            residual, steps = max(residual, path.residual(found)), steps + path.steps
            known |= found
            other |= nudged
        value = self._value(_with(numbers, known), batch)
        change = np.abs(self._value(_with(_nudged(numbers), other), batch) - value)
        with np.errstate(all="ignore"):
            share = np.nanmax(change / np.abs(value), initial=0.0) / (ROUNDED / EPS)
        names, signs = self.system.names, self.system.signs
        return Solution(
            value=_shaped(value, shape),
            unknowns={names[u]: _shaped(signs[u] * x, shape) for u, x in known.items()},
            residual=residual,
            steps=steps,
            estimated_error=max(float(share), EPS),
        )

    def _value(self, numbers: Given, batch: int) -> Array:
        value = Evaluation(numbers, {}, {})(self.system.value).value
        return np.broadcast_to(value, (batch,))


def compile(system: System) -> Compiled:
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
    return Compiled(system)


def solve(system: System, values: Mapping[Any, Any]) -> float:
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
    return float(compile(system)(values))


def _with(numbers: Given, known: Mapping[Scalar, Array]) -> Given:
    return dataclasses.replace(numbers, scalars={**numbers.scalars, **known})


def _nudged(numbers: Given) -> Given:
    """Every number changed by a few units in its last place, always in the same way."""
    rng = np.random.default_rng(0)

    def nudge(x: Array) -> Array:
        return x * (1 + ROUNDED * rng.choice([-1.0, 1.0], size=x.shape[-1:]))

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
