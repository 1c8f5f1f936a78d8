"""Covariances and truths of a problem in one set of coordinates."""

import dataclasses
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from ..base.arrays import Array, Columns, MomentNumbers, Number, Operator, PerCovariance, Stack, sum_of
from ..base.low_rank_matrix import base_of, low_rank_of
from .joint_diagonalization import squared
from .nested_ranges import Range, rank_of
from .truths import Truth, diagonal_of

__all__ = ["Frame", "Independent", "diagonal_of"]


@dataclasses.dataclass(frozen=True)
class Frame:
    """Covariances and truths of a problem in one set of p coordinates.

    multiplicities : (p,) how often each coordinate is repeated, ones where a matrix is not
        diagonal; covariances : of the sources and, last, the target, each (p,), (p, p) or
        ``DiagonalPlusLowRank``, equal ones one object; truths : the parts of the label functions.
    ranges : those that the first coordinates span, one inside the next (dense frames).
    basis : (d, p) orthonormal, the coordinates in use turned into these; None: they are these.
    basis_residual : Frobenius norm of the off-diagonals neglected in this basis, relative to the
        norm of each covariance; the largest.
    """

    multiplicities: Array
    covariances: tuple[Array, ...]
    truths: tuple[Truth, ...]
    ranges: tuple[Range, ...] = ()
    basis: Array | None = None
    basis_residual: float = 0.0

    @property
    def diagonal(self) -> bool:
        """Whether all covariances are diagonal here."""
        return all(Σ.ndim == 1 for Σ in self.covariances)

    @property
    def low_rank(self) -> bool:
        """Whether a covariance is a diagonal plus a thin product."""
        return any(low_rank_of(Σ) is not None for Σ in self.covariances)

    def as_arrays(self) -> "Frame":
        """The same with every covariance (p,) or (p, p)."""
        if not self.low_rank:
            return self
        known = {id(Σ): Σ if Σ.ndim == 1 else squared(Σ) for Σ in self.covariances}
        return dataclasses.replace(self, covariances=tuple(known[id(Σ)] for Σ in self.covariances))

    def rank(self, sources: Sequence[int]) -> float:
        """The rank of the sum of these sources' covariances."""
        covariances = [self.covariances[k] for k in sources]
        if self.diagonal:
            return float(self.multiplicities @ (sum_of(covariances) > 0))
        if self.low_rank:
            return float(self.multiplicities @ (sum_of(map(base_of, covariances)) > 0))
        return float(rank_of(sum(Σ / np.trace(Σ) for Σ in covariances)))

    @cached_property
    def independent(self) -> "Independent | None":
        """Signal and shifts without products of each other; None where gains, fixed truths or joint
        moments have some, or a covariance is not diagonal."""
        if not self.diagonal:
            return None
        signal = np.zeros(len(self.multiplicities))
        shifts: list[Array | None] = [None] * (len(self.covariances) - 1)
        for part in self.truths:
            found = part.alone()
            if found is None:
                return None
            k, moment = found
            moment = np.broadcast_to(diagonal_of(moment), signal.shape)
            if k is None:
                signal = moment
            else:
                shifts[k] = moment
        return Independent(signal, tuple(shifts))

    def moment_trace(self, Σ: Operator, moment: MomentNumbers) -> Number:
        """tr ΣM, multiplicities counted; either of the two may be diagonal, M a scalar."""
        factors, other = low_rank_of(Σ), low_rank_of(moment)
        if factors is not None and other is not None:
            return factors.trace_with(other)
        if isinstance(moment, np.ndarray) and moment.ndim == 2 and Σ.ndim == 2:
            Σ = squared(Σ)
            return (Σ * moment.T).sum()
        return (self.multiplicities * diagonal_of(Σ) * diagonal_of(moment)).sum()

    def quadratic_forms_of_vectors(self, stack: Stack, x: Columns, y: Columns) -> PerCovariance:
        """tr xᵀΣy for each Σ of the stack, multiplicities counted; x, y : (p, outputs)."""
        m = self.multiplicities[:, None]
        return np.array([np.sum(m * x * (Σ[:, None] * y if Σ.ndim == 1 else Σ @ y)) for Σ in stack])


@dataclasses.dataclass(frozen=True)
class Independent:
    """signal : (p,) Γ; shifts : K of (p,) Δ_k, or None; all independent of each other."""

    signal: Array
    shifts: tuple[Array | None, ...]
