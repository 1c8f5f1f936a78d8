"""The label functions of a problem, as independent parts: random ones, fixed ones, joint moments.

The truths are w_k = Σ_parts w_k(part), and different parts are independent of each other with mean
0 (all but one fixed part), so that every squared error is a sum over parts.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from ..base.arrays import Numbers

__all__ = ["FixedTruth", "JointTruth", "RandomTruth", "Truth", "diagonal_of", "rotated_moment"]


@dataclasses.dataclass(frozen=True)
class RandomTruth:
    """One random vector u in different amounts: w_t = target·u, w_k = (gains_k·target + added_k) u.

    moment : E uuᵀ, a scalar, (p,) or (p, p); target : a number; gains, added : (K,).
    """

    moment: Numbers
    target: Numbers
    gains: Numbers
    added: Numbers

    def rotated(self, basis: Numbers, diagonal: bool) -> "RandomTruth":
        """In the coordinates of an orthonormal basis, (d, p); only the diagonal if asked.

        Entries of the diagonal below d·eps of the largest are rounding, and count as 0.
        """
        moment = rotated_moment(self.moment, basis, diagonal)
        if diagonal and np.ndim(moment):
            least = len(basis) * float(np.finfo(float).eps) * moment.max()
            moment = np.where(moment > least, moment, 0.0)
        return dataclasses.replace(self, moment=moment)

    def converted(self, make: "Make") -> "RandomTruth":
        """The same with every number converted by ``make``."""
        return RandomTruth(*(make(getattr(self, field.name)) for field in dataclasses.fields(self)))

    def product(self, a: Numbers, b: Numbers) -> Numbers:
        """(p,) E (Σ_k a_k w_k)(Σ_k b_k w_k) coordinate by coordinate; a, b : (K + 1, p)."""
        amounts = np.append(self.gains * self.target + self.added, self.target)
        return (amounts @ a) * (amounts @ b) * diagonal_of(self.moment)


@dataclasses.dataclass(frozen=True)
class FixedTruth:
    """Vectors that are what they are: w_t = target, w_k = gains_k·target + added_k.

    target : (p, outputs); gains : (K,); added : K of (p, outputs), or None for 0.
    """

    target: Numbers
    gains: Numbers
    added: tuple[Numbers | None, ...]

    def rotated(self, basis: Numbers, diagonal: bool) -> "FixedTruth":
        """In the coordinates of an orthonormal basis."""
        added = tuple(None if δ is None else basis.T @ δ for δ in self.added)
        return dataclasses.replace(self, target=basis.T @ self.target, added=added)

    def converted(self, make: "Make") -> "FixedTruth":
        """The same with every number converted by ``make``."""
        added = tuple(None if δ is None else make(δ) for δ in self.added)
        return FixedTruth(make(self.target), make(self.gains), added)

    def product(self, a: Numbers, b: Numbers) -> Numbers:
        """(p,) (Σ_k a_k w_k)·(Σ_k b_k w_k) coordinate by coordinate; a, b : (K + 1, p)."""
        return (self._mixed(a) * self._mixed(b)).sum(axis=1)

    def _mixed(self, amounts: Numbers) -> Numbers:
        vectors = [
            gain * self.target + (0 if δ is None else δ)
            for gain, δ in zip(self.gains, self.added, strict=True)
        ]
        return sum(a[:, None] * w for a, w in zip(amounts, [*vectors, self.target], strict=True))


@dataclasses.dataclass(frozen=True)
class JointTruth:
    """All second moments W_jk = E[w_j w_kᵀ], the target last: (K + 1)² scalars, (p,) or (p, p)."""

    blocks: tuple[tuple[Numbers, ...], ...]

    def rotated(self, basis: Numbers, diagonal: bool) -> "JointTruth":
        """In the coordinates of an orthonormal basis; only the diagonals if asked."""
        return JointTruth(
            tuple(tuple(rotated_moment(block, basis, diagonal) for block in row) for row in self.blocks)
        )

    def converted(self, make: "Make") -> "JointTruth":
        """The same with every number converted by ``make``."""
        return JointTruth(tuple(tuple(make(block) for block in row) for row in self.blocks))

    def product(self, a: Numbers, b: Numbers) -> Numbers:
        """(p,) E (Σ_k a_k w_k)(Σ_k b_k w_k) coordinate by coordinate; a, b : (K + 1, p)."""
        return sum(
            a[j] * b[k] * diagonal_of(block)
            for j, row in enumerate(self.blocks)
            for k, block in enumerate(row)
        )


Make = Callable[[Any], Any]

Truth = RandomTruth | FixedTruth | JointTruth


def rotated_moment(moment: Any, basis: Any, diagonal: bool) -> Any:
    """basisᵀ M basis, or its diagonal; a scalar stays one."""
    if np.ndim(moment) == 0:
        return moment
    if np.ndim(moment) == 1 and diagonal:
        return (basis * basis).T @ moment
    turned = moment[:, None] * basis if np.ndim(moment) == 1 else moment @ basis
    return (basis * turned).sum(axis=0) if diagonal else basis.T @ turned


def diagonal_of(moment: Numbers) -> Numbers:
    """The diagonal of a matrix; a diagonal or a scalar as it is."""
    return np.diagonal(moment) if np.ndim(moment) == 2 else moment
