"""The covariance map in scalars: η = Σ τ · matrix, with numbers τ = v tr(C r G_ab l)."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from ..pencils.gaussian_pairs import GaussianPair, PencilComponents
from ..pencils.letter_polynomials import matrix_of
from ..pencils.pencil import Factor
from ..symbols.words import Poly, Spaces
from .block_rings import Ring

__all__ = ["CovarianceMap", "Loop", "Response"]

Place = tuple[int, int]
Response = tuple[Place, Any, Poly]
"""A place in F − η, the key of an unknown there, and its coefficient."""


@dataclasses.dataclass(frozen=True, eq=False)
class Loop:
    """τ = v tr(C r G_ab l), C the covariance on the inner side of the factor X or Xᵀ."""

    a: int
    b: int
    right: Poly
    left: Poly
    factor: Factor

    @classmethod
    def of(cls, pair: GaussianPair) -> "tuple[Loop, int]":
        """The loop of a pair, and the sign of r₁, which is factored out."""
        right = pair.first.right
        sign = right.sign
        return cls(pair.a, pair.b, right if sign > 0 else -right, pair.second.left, pair.first.factor), sign

    @property
    def key(self) -> tuple[Any, ...]:
        """A key that equal unknowns share."""
        return self.a, self.b, self.right.key, self.left.key, self.factor


class CovarianceMap:
    """The numbers τ of a pencil by components, and what each adds to F − η."""

    def __init__(self, components: PencilComponents, spaces: Spaces) -> None:
        self._spaces = spaces
        self._inside: dict[Place, list[GaussianPair]] = {}
        self._around: dict[Place, list[GaussianPair]] = {}
        group = components.group
        for pair in components.pairs:
            self._inside.setdefault((group[pair.a], group[pair.b]), []).append(pair)
            self._around.setdefault((group[pair.i], group[pair.j]), []).append(pair)
        self._group = group
        self._covariances: dict[Any, Poly] = {}
        self._responses: dict[Place, list[Response]] = {}
        self._weights: dict[Any, Poly] = {}

    def responses(self, I: int, K: int) -> list[Response]:
        """The contribution of each τ to −η between two components."""
        if (I, K) not in self._responses:
            found: list[Response] = []
            for pair in self._around.get((I, K), ()):
                loop, sign = Loop.of(pair)
                outer = self._covariance(pair.first.factor, inner=False)
                added = pair.first.left @ outer @ pair.second.right
                found.append(((pair.i, pair.j), loop.key, -added if sign > 0 else added))
            self._responses[I, K] = found
        return self._responses[I, K]

    def loops(self, I: int, J: int) -> dict[Any, Loop]:
        """The numbers τ with G_ab in the block (I, J), by key."""
        loops = (Loop.of(pair)[0] for pair in self._inside.get((I, J), ()))
        return {loop.key: loop for loop in loops}

    def loops_within(self, I: int, J: int) -> dict[Any, Loop]:
        """Those of them that enter the same block of η."""
        pairs = self._around.get((I, J), ())
        inside = (x for x in pairs if (self._group[x.a], self._group[x.b]) == (I, J))
        loops = (Loop.of(pair)[0] for pair in inside)
        return {loop.key: loop for loop in loops}

    def value(self, loop: Loop, G: Mapping[Place, Any], ring: Ring) -> Any:
        """v tr(C r G_ab l)."""
        if loop.key not in self._weights:
            self._weights[loop.key] = self._covariance(loop.factor, inner=True) @ loop.right
        entry = G.get((loop.a, loop.b))
        if entry is None:
            return ring.number(self._spaces.scalars.zero)
        variance = self._spaces.scalars.of(loop.factor.of.law.variance)
        product = ring.of(self._weights[loop.key]) @ entry @ ring.of(loop.left)
        return ring.number(variance) * product.trace

    def _covariance(self, factor: Factor, *, inner: bool) -> Poly:
        """The covariance on the inner or the outer side of X or Xᵀ."""
        columns = inner != factor.transposed
        key = factor.of, columns
        if key not in self._covariances:
            law = factor.of.law
            self._covariances[key] = matrix_of(law.column if columns else law.row, self._spaces)
        return self._covariances[key]
