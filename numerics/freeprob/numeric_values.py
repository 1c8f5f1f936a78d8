"""The numbers of a problem, and what letters alone make of them."""

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from ...theory.base.arrays import Array
from ...theory.freeprob.symbols.scalars import Parameter, Scalar
from ...theory.freeprob.symbols.words import Letter, Space, Word
from .number_format import DOUBLE, NumberFormat

__all__ = ["NumericValues", "Rows"]

Rows = NDArray[np.intp]
"""Of a batch, or of eigenvalues."""


@dataclasses.dataclass(frozen=True, eq=False)
class NumericValues:
    """The numbers of a problem.

    scalars : leaf → (batch,) or (1,). letters : letter → (d,) eigenvalues where letters commute,
    else (d, d). sizes : of each space. weights : how often each eigenvalue counts, (d,); spaces
    where that is once are left out. symbols : of leaves that are not rational in them, their
    numbers. uncertain : letter → what its eigenvalues may be off by, where they were computed from
    matrices. format : of scalars, letters and weights.
    """

    scalars: Mapping[Scalar, Array]
    letters: Mapping[Letter, Array]
    sizes: Mapping[Space, int]
    weights: Mapping[Space, Array] = dataclasses.field(default_factory=dict)
    symbols: Mapping[Scalar, Mapping[sympy.Symbol, Array]] = dataclasses.field(default_factory=dict)
    uncertain: Mapping[Letter, float] = dataclasses.field(default_factory=dict)
    format: NumberFormat = DOUBLE
    _products: dict[Any, Array] = dataclasses.field(init=False, default_factory=dict, repr=False)
    _fixed: dict[Word, bool] = dataclasses.field(init=False, default_factory=dict, repr=False)

    def rows(self, rows: Rows) -> "NumericValues":
        """The numbers of some rows of the batch."""
        symbols = {leaf: _rows(arrays, rows) for leaf, arrays in self.symbols.items()}
        return dataclasses.replace(self, scalars=_rows(self.scalars, rows), symbols=symbols)

    def in_format(self, number_format: NumberFormat) -> "NumericValues":
        """The same numbers, all digits of them, in another format."""
        array = number_format.array
        return dataclasses.replace(
            self,
            scalars={
                leaf: number_format.evaluated(leaf.key, self.symbols[leaf])
                if isinstance(leaf, Parameter) and leaf in self.symbols
                else array(x)
                for leaf, x in self.scalars.items()
            },
            letters={letter: array(x) for letter, x in self.letters.items()},
            weights={space: array(x) for space, x in self.weights.items()},
            format=number_format,
        )

    def length(self, space: Space) -> int:
        """How many eigenvalues are given, or rows of matrices."""
        return len(self.weights[space]) if space in self.weights else self.sizes[space]

    def is_fixed(self, word: Word) -> bool:
        """Whether it is one of letters alone."""
        if word not in self._fixed:
            self._fixed[word] = all(letter.inverse_of is None for letter in word)
        return self._fixed[word]

    def stacked(self, space: Space, words: tuple[Word, ...]) -> Array:
        """(words, d) products of letters that commute."""
        if (space, words) not in self._products:
            rows = [
                functools.reduce(np.multiply, (self.letters[x] for x in word))
                if word
                else np.ones(self.length(space), self.format.dtype)
                for word in words
            ]
            self._products[space, words] = np.stack(rows) if len(rows) > 1 else rows[0][None]
        return self._products[space, words]

    def product(self, space: Space, word: Word) -> Array:
        """(1, d, d), a product of letters that do not."""
        if (space, word) not in self._products:
            one = np.eye(self.sizes[space], dtype=self.format.dtype)
            letters = [self.letters[x] for x in word] or [one]
            self._products[space, word] = functools.reduce(np.matmul, letters)[None]
        return self._products[space, word]


def _rows(arrays: Mapping[Any, Array], rows: Rows) -> dict[Any, Array]:
    """Of each array; one number is that of all rows."""
    return {key: x[rows] if len(x) > 1 else x for key, x in arrays.items()}
