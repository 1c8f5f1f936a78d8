"""The label functions of a problem, as independent parts: random ones, fixed ones, joint moments.

``Truth`` is what the rest of the package asks of a part. The truths are w_k = Σ_parts w_k(part), and
different parts are independent of each other with mean 0 (all but one fixed part), so that every
squared error is a sum over parts.
"""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, Protocol, TypeVar, overload

import numpy as np

from ..base.arrays import (
    Columns,
    MomentNumbers,
    Number,
    Numbers,
    Operator,
    PerCoordinate,
    PerCovariance,
    PerSource,
    Stack,
    sum_of,
)
from ..base.low_rank_matrix import low_rank_of

__all__ = ["FixedTruth", "JointTruth", "RandomTruth", "Truth", "diagonal_of", "rotated_moment"]


Make = Callable[[Any], Any]

Amount = TypeVar("Amount", Number, Columns)


class MomentAlgebra(Protocol):
    """The operations on matrices that second moments need."""

    def moment_trace(self, C: Operator, M: MomentNumbers) -> Number:
        """tr CM."""

    def quadratic_forms_of_vectors(self, stack: Stack, x: Columns, y: Columns) -> PerCovariance:
        """tr xᵀCy for each C of the stack."""


class Truth:
    """One part of the truths. Sources are counted from 0; k = −1 is the target."""

    random: bool = True
    """Whether it is drawn anew in every trial."""

    def rotated(self, basis: Numbers, diagonal: bool) -> "Truth":
        """In the coordinates of an orthonormal basis, (d, p); only the diagonals if asked."""
        raise NotImplementedError

    def converted(self, make: Make) -> "Truth":
        """The same with every number converted by ``make``."""
        raise NotImplementedError

    def diagonals(self) -> "Truth":
        """With the diagonals of its second moments."""
        raise NotImplementedError

    def as_matrices(self) -> "Truth":
        """With all second moments as matrices where one is."""
        return self

    def turned_by(self, angle: float) -> "Truth":
        """With the error of coordinates in a basis that is off by an angle; second moments are kept."""
        return self

    def product(self, a: Numbers, b: Numbers) -> PerCoordinate:
        """(p,) E (Σ_k a_k w_k)(Σ_k b_k w_k) coordinate by coordinate; a, b : (K + 1, p)."""
        raise NotImplementedError

    def second_moment(self, algebra: MomentAlgebra, C: Operator, k: int) -> Number:
        """E w_kᵀCw_k."""
        raise NotImplementedError

    def deviation(self, algebra: MomentAlgebra, C: Operator, k: int) -> Number:
        """E (w_k − w_t)ᵀC(w_k − w_t)."""
        raise NotImplementedError

    def second_moment_excess(self, algebra: MomentAlgebra, C: Operator, k: int) -> Number:
        """E w_kᵀCw_k − E w_tᵀCw_t; 0 where k = K, the target too."""
        raise NotImplementedError

    def alone(self) -> tuple[int | None, MomentNumbers] | None:
        """The source that it belongs to (None: the truth of all) and its second moment, (p,) or
        (p, p); None where it has products of the signal and a shift, or of two shifts."""
        raise NotImplementedError

    def mixes_signs(self) -> bool:
        """Whether summands of its collapse can have either sign."""
        return True

    def isotropic(self) -> bool:
        """Whether all its second moments are multiples of the identity."""
        raise NotImplementedError

    def is_zero(self, k: int) -> bool:
        """Whether w_k is 0."""
        raise NotImplementedError

    def is_same(self, j: int, k: int) -> bool:
        """Whether w_j = w_k."""
        raise NotImplementedError

    def columns(self, d: float) -> float:
        """Columns of a root of its second moments, its outputs if it is fixed; 0 for diagonals."""
        raise NotImplementedError


class _SharedVector(Truth, Generic[Amount]):
    """w_t = target·u and w_k = (gains_k·target + added_k)·u for one u; a fixed one has u = 1."""

    target: Amount
    gains: PerSource
    added: PerSource | tuple[Columns | None, ...]

    def amount(self, k: int) -> Amount:
        """The coefficient of u in w_k."""
        if k < 0 or k == len(self.gains):
            return self.target
        added: Any = self.added[k]
        return self.gains[k] * self.target + (0 if added is None else added)

    def excess(self, k: int) -> Amount:
        """The coefficient of u in w_k − w_t."""
        added: Any = self.added[k]
        return (self.gains[k] - 1) * self.target + (0 if added is None else added)

    def shifted_sources(self) -> list[int]:
        """The sources that have something added."""
        return [k for k, δ in enumerate(self.added) if δ is not None and np.any(δ)]

    def alone(self) -> tuple[int | None, MomentNumbers] | None:
        shifted = self.shifted_sources()
        if not np.any(self.target):
            amount: Any = self.added[shifted[0]] if len(shifted) == 1 else None
            return (shifted[0], self.squared(amount)) if len(shifted) == 1 else None
        return None if (self.gains != 1).any() or shifted else (None, self.squared(self.target))

    def squared(self, amount: Amount) -> MomentNumbers:
        """E (amount·u)(amount·u)ᵀ, or its diagonal."""
        raise NotImplementedError

    def vanishes(self) -> bool:
        """Whether u is 0."""
        return False

    def is_zero(self, k: int) -> bool:
        return not np.any(self.amount(k)) or self.vanishes()

    def is_same(self, j: int, k: int) -> bool:
        return not np.any(self.amount(j) - self.amount(k)) or self.vanishes()


@dataclasses.dataclass(frozen=True)
class RandomTruth(_SharedVector[Number]):
    """One random vector u in different amounts: w_t = target·u, w_k = (gains_k·target + added_k) u.

    moment : E uuᵀ, a scalar, (p,) or (p, p); target : a number; gains, added : (K,).
    """

    moment: MomentNumbers
    target: Number
    gains: PerSource
    added: PerSource

    def rotated(self, basis: Numbers, diagonal: bool) -> "RandomTruth":
        """Entries of a diagonal below d·eps of the largest are rounding, and count as 0."""
        moment = rotated_moment(self.moment, basis, diagonal)
        if diagonal and isinstance(moment, np.ndarray) and moment.ndim:
            least = len(basis) * float(np.finfo(float).eps) * moment.max()
            moment = np.where(moment > least, moment, 0.0)
        return dataclasses.replace(self, moment=moment)

    def converted(self, make: Make) -> "RandomTruth":
        return RandomTruth(*(make(getattr(self, field.name)) for field in dataclasses.fields(self)))

    def diagonals(self) -> "RandomTruth":
        return dataclasses.replace(self, moment=diagonal_of(self.moment))

    def second_moment(self, algebra: MomentAlgebra, C: Operator, k: int) -> Number:
        return self._trace(algebra, C, self.amount(k))

    def deviation(self, algebra: MomentAlgebra, C: Operator, k: int) -> Number:
        return self._trace(algebra, C, self.excess(k))

    def second_moment_excess(self, algebra: MomentAlgebra, C: Operator, k: int) -> Number:
        if k == len(self.gains):
            return 0 * self.target
        return self.excess(k) * (2 * self.target + self.excess(k)) * algebra.moment_trace(C, self.moment)

    def _trace(self, algebra: MomentAlgebra, C: Operator, amount: Number) -> Number:
        return amount * amount * algebra.moment_trace(C, self.moment) if amount else amount

    def squared(self, amount: Number) -> MomentNumbers:
        return amount**2 * self.moment

    def vanishes(self) -> bool:
        return not np.any(self.moment)

    def mixes_signs(self) -> bool:
        return bool(self.target and (self.gains != 1).any())

    def isotropic(self) -> bool:
        return is_multiple_of_identity(self.moment)

    def columns(self, d: float) -> float:
        return d if np.ndim(self.moment) == 2 else 0.0

    def product(self, a: Numbers, b: Numbers) -> PerCoordinate:
        amounts = np.append(self.gains * self.target + self.added, self.target)
        return (amounts @ a) * (amounts @ b) * diagonal_of(self.moment)


@dataclasses.dataclass(frozen=True)
class FixedTruth(_SharedVector[Columns]):
    """Deterministic label vectors: w_t = target, w_k = gains_k·target + added_k.

    target : (p, outputs); gains : (K,); added : K of (p, outputs), or None for 0.
    """

    random = False

    target: Columns
    gains: PerSource
    added: tuple[Columns | None, ...]

    def rotated(self, basis: Numbers, diagonal: bool) -> "FixedTruth":
        added = tuple(None if δ is None else basis.T @ δ for δ in self.added)
        return dataclasses.replace(self, target=basis.T @ self.target, added=added)

    def converted(self, make: Make) -> "FixedTruth":
        added = tuple(None if δ is None else make(δ) for δ in self.added)
        return FixedTruth(make(self.target), make(self.gains), added)

    def diagonals(self) -> "FixedTruth":
        return self

    def turned_by(self, angle: float) -> "FixedTruth":
        def turned(w: Columns) -> Columns:
            return w + angle * (w * w).sum(axis=0) ** 0.5

        added = tuple(None if δ is None else turned(δ) for δ in self.added)
        return dataclasses.replace(self, target=turned(self.target), added=added)

    def vectors(self) -> Iterator[Columns]:
        """w_k of every source and, last, w_t; the same object where they are equal."""
        for k, (gain, δ) in enumerate(zip(self.gains, self.added, strict=True)):
            yield self.target if gain == 1 and δ is None else self.amount(k)
        yield self.target

    def second_moment(self, algebra: MomentAlgebra, C: Operator, k: int) -> Number:
        w = self.amount(k)
        return algebra.quadratic_forms_of_vectors(C[None], w, w)[0]

    def deviation(self, algebra: MomentAlgebra, C: Operator, k: int) -> Number:
        ε = self.excess(k)
        return algebra.quadratic_forms_of_vectors(C[None], ε, ε)[0]

    def second_moment_excess(self, algebra: MomentAlgebra, C: Operator, k: int) -> Number:
        ε = 0 * self.target if k == len(self.gains) else self.excess(k)
        return algebra.quadratic_forms_of_vectors(C[None], 2 * self.target + ε, ε)[0]

    def squared(self, amount: Columns) -> PerCoordinate:
        return (amount**2).sum(axis=1)

    def isotropic(self) -> bool:
        return False

    def columns(self, d: float) -> float:
        return float(self.target.shape[1])

    def product(self, a: Numbers, b: Numbers) -> PerCoordinate:
        return (self._mixed(a) * self._mixed(b)).sum(axis=1)

    def _mixed(self, amounts: Numbers) -> Columns:
        vectors = [*map(self.amount, range(len(self.gains))), self.target]
        return sum(a[:, None] * w for a, w in zip(amounts, vectors, strict=True))


@dataclasses.dataclass(frozen=True)
class JointTruth(Truth):
    """All second moments W_jk = E[w_j w_kᵀ], the target last: (K + 1)² scalars, (p,) or (p, p)."""

    blocks: tuple[tuple[MomentNumbers, ...], ...]

    def rotated(self, basis: Numbers, diagonal: bool) -> "JointTruth":
        return self._mapped(lambda block: rotated_moment(block, basis, diagonal))

    def _mapped(self, function: Make) -> "JointTruth":
        return JointTruth(tuple(tuple(function(block) for block in row) for row in self.blocks))

    def converted(self, make: Make) -> "JointTruth":
        return self._mapped(make)

    def diagonals(self) -> "JointTruth":
        return self._mapped(diagonal_of)

    def as_matrices(self) -> "JointTruth":
        sizes = [
            len(block) for row in self.blocks for block in row if isinstance(block, np.ndarray) and block.ndim
        ]
        if not sizes:
            return self
        eye = np.eye(sizes[0])
        return self._mapped(lambda b: b if np.ndim(b) == 2 else np.diag(b) if np.ndim(b) else b * eye)

    def second_moment(self, algebra: MomentAlgebra, C: Operator, k: int) -> Number:
        return algebra.moment_trace(C, self.blocks[k][k])

    def deviation(self, algebra: MomentAlgebra, C: Operator, k: int) -> Number:
        return sum(sign * algebra.moment_trace(C, block) for sign, block in self._difference(k, -1))

    def second_moment_excess(self, algebra: MomentAlgebra, C: Operator, k: int) -> Number:
        return self.second_moment(algebra, C, k) - self.second_moment(algebra, C, -1)

    def _difference(self, j: int, k: int) -> Sequence[tuple[int, MomentNumbers]]:
        """E (w_j − w_k)(w_j − w_k)ᵀ as a signed sum of blocks."""
        W = self.blocks
        return (1, W[j][j]), (-1, W[j][k]), (-1, W[k][j]), (1, W[k][k])

    def alone(self) -> None:
        return None

    def isotropic(self) -> bool:
        return all(is_multiple_of_identity(block) for row in self.blocks for block in row)

    def is_zero(self, k: int) -> bool:
        return not np.any(self.blocks[k][k])

    def is_same(self, j: int, k: int) -> bool:
        blocks = [sign * np.asarray(block) for sign, block in self._difference(j, k)]
        dense = any(block.ndim == 2 for block in blocks)
        return not np.any(sum(np.diag(b) if dense and b.ndim == 1 else b for b in blocks))

    def columns(self, d: float) -> float:
        dense = any(np.ndim(block) == 2 for row in self.blocks for block in row)
        return len(self.blocks) * d if dense else 0.0

    def product(self, a: Numbers, b: Numbers) -> PerCoordinate:
        return sum_of(
            a[j] * b[k] * diagonal_of(block)
            for j, row in enumerate(self.blocks)
            for k, block in enumerate(row)
        )


def is_multiple_of_identity(moment: MomentNumbers) -> bool:
    """Whether a scalar or a diagonal is a multiple of the identity; a matrix counts as none."""
    return np.ndim(moment) < 2 and float(np.ptp(moment)) == 0


@overload
def rotated_moment(moment: Number, basis: Numbers, diagonal: bool) -> Number: ...


@overload
def rotated_moment(moment: Numbers, basis: Numbers, diagonal: bool) -> Numbers: ...


def rotated_moment(moment: MomentNumbers, basis: Numbers, diagonal: bool) -> MomentNumbers:
    """basisᵀ M basis, or its diagonal; a scalar stays one."""
    if not isinstance(moment, np.ndarray) or moment.ndim == 0:
        return moment
    if moment.ndim == 1 and diagonal:
        return (basis * basis).T @ moment
    turned = moment[:, None] * basis if moment.ndim == 1 else moment @ basis
    return (basis * turned).sum(axis=0) if diagonal else basis.T @ turned


@overload
def diagonal_of(moment: Number) -> Number: ...


@overload
def diagonal_of(moment: Numbers) -> Numbers: ...


def diagonal_of(moment: MomentNumbers) -> MomentNumbers:
    """The diagonal of a matrix; a diagonal or a scalar as it is."""
    factors = low_rank_of(moment)
    if factors is not None:
        return factors.own_diagonal()
    return np.diagonal(moment) if isinstance(moment, np.ndarray) and moment.ndim == 2 else moment
