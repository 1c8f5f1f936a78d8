"""The numbers of a closed form at effective ridges, in doubles or in more digits."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from ...base.arrays import Array
from .bounded_numbers import Bounded, Digits, bounded
from .spectral_moments import T, θ

__all__ = ["RidgeNumbers", "Rows"]

Rows = NDArray[np.intp]


@dataclasses.dataclass(frozen=True, eq=False)
class RidgeNumbers:
    """Those of a closed form: ridges and scalars (rows,), letters (d,) eigenvalues.

    traces : symbol → what it is the trace of. turned : whether eigenvalues are those of matrices,
    and so not exact.
    """

    ridges: Array
    scalars: Mapping[sympy.Symbol, Array]
    letters: Mapping[str, Array]
    covariance: str
    traces: Mapping[sympy.Symbol, tuple[tuple[str, int], ...]]
    turned: bool
    _known: dict[Digits, Mapping[sympy.Expr, Bounded]] = dataclasses.field(
        init=False, default_factory=dict, repr=False
    )

    def rows(self, rows: Rows) -> "RidgeNumbers":
        """The numbers at some of the effective ridges."""
        scalars = {x: array[rows] for x, array in self.scalars.items()}
        return dataclasses.replace(self, ridges=self.ridges[rows], scalars=scalars)

    def nudged(self, seed: int) -> "RidgeNumbers":
        """With eigenvalues changed at random by up to what they may be off by."""
        rng = np.random.default_rng(seed)
        letters = {
            name: array
            + np.finfo(float).eps
            * np.sqrt(len(array))
            * np.abs(array).max(initial=0.0)
            * rng.uniform(-1, 1, array.shape)
            for name, array in self.letters.items()
        }
        return dataclasses.replace(self, letters=letters)

    def known(self, digits: Digits) -> Mapping[sympy.Expr, Bounded]:
        """All symbols, in so many digits."""
        if digits not in self._known:
            self._known[digits] = self._in_digits(digits)
        return self._known[digits]

    def _in_digits(self, digits: Digits) -> Mapping[sympy.Expr, Bounded]:
        letters = {name: digits.array(array) for name, array in self.letters.items()}
        exact = {θ: self.ridges, **self.scalars}
        found = {x: (array := digits.array(a), 0 * array) for x, a in exact.items()}
        for symbol, factors in self.traces.items():
            pairs = [
                _trace(factors, letters, letters[self.covariance], ridge, digits) for ridge in found[θ][0]
            ]
            dtype = self.ridges.dtype if digits == Digits() else object
            value, error = (np.array(x, dtype=dtype) for x in zip(*pairs, strict=True))
            found[symbol] = value, error
        return found

    def value(self, expression: sympy.Expr, digits: Digits) -> Bounded:
        """An expression, (rows,), and the bound on its relative error, as doubles."""
        with digits.running():
            value, error = bounded(expression, self.known(digits), digits)
            size = abs(value) - error
            share = np.where(error == 0, error, error / size)
            relative = np.where(np.asarray((error == 0) | (size > 0), dtype=bool), share, np.inf)
            shape = self.ridges.shape
            return (
                np.broadcast_to(value, shape).astype(float),
                np.broadcast_to(relative, shape).astype(float),
            )


def _trace(
    factors: Sequence[tuple[str, int]],
    letters: Mapping[str, Array],
    spectrum: Array,
    ridge: Any,
    digits: Digits,
) -> tuple[Any, Any]:
    """Σ_j Π a_j · (σ_j + θ)⁻ᴮ, and a bound on its error."""
    power = dict(factors).get(T, 0)
    front = digits.array(np.ones(len(spectrum)))
    for name, k in factors:
        if name != T:
            front = front * letters[name] ** k
    terms = front * (spectrum + ridge) ** power
    total, error = digits.added(terms)
    roundings = sum(abs(k) for _, k in factors) + 2 * abs(power) + 2
    return total, error + roundings * digits.unit * abs(terms).sum()
