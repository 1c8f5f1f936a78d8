"""The numbers of a problem, and what letters alone make of them."""

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theory.arrays import Array
from ...theory.freeprob.scalars import Scalar
from ...theory.freeprob.words import Letter, Space, Word

__all__ = ["Given", "Rows"]

Rows = NDArray[np.intp]
"""Of a batch, or of eigenvalues."""


@dataclasses.dataclass(frozen=True, eq=False)
class Given:
    """The numbers of a problem.

    scalars : leaf → (batch,) or (1,). letters : letter → (d,) eigenvalues where letters commute,
    else (d, d). sizes : of each space. weights : how often each eigenvalue counts, (d,); spaces
    where that is once are left out.
    """

    scalars: Mapping[Scalar, Array]
    letters: Mapping[Letter, Array]
    sizes: Mapping[Space, int]
    weights: Mapping[Space, Array] = dataclasses.field(default_factory=dict)
    _products: dict[Any, Array] = dataclasses.field(init=False, default_factory=dict, repr=False)
    _fixed: dict[Word, bool] = dataclasses.field(init=False, default_factory=dict, repr=False)

    def rows(self, rows: Rows) -> "Given":
        """Some of the batch."""
        cut = {leaf: x[rows] if len(x) > 1 else x for leaf, x in self.scalars.items()}
        return dataclasses.replace(self, scalars=cut)

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
                if word else np.ones(self.length(space)) for word in words
            ]  # fmt: skip
            self._products[space, words] = np.stack(rows) if len(rows) > 1 else rows[0][None]
        return self._products[space, words]

    def product(self, space: Space, word: Word) -> Array:
        """(1, d, d), a product of letters that do not."""
        if (space, word) not in self._products:
            letters = [self.letters[x] for x in word] or [np.eye(self.sizes[space])]
            self._products[space, word] = functools.reduce(np.matmul, letters)[None]
        return self._products[space, word]
