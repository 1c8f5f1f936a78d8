"""Covariances and truths of a problem in one set of coordinates."""

import dataclasses
from functools import cached_property

import numpy as np

from ..base.arrays import Array, Columns, MomentNumbers, Number, Operator, PerCovariance, Stack
from .nested_ranges import Range
from .truths import Truth, diagonal_of

__all__ = ["Frame", "Independent", "diagonal_of"]


@dataclasses.dataclass(frozen=True)
class Frame:
    """Covariances and truths of a problem in one set of p coordinates.

    multiplicities : (p,) how often each coordinate is repeated, ones where a matrix is not
        diagonal; covariances : of the sources and, last, the target, each (p,) or (p, p), equal
        ones one object; truths : the parts of the label functions.
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
        if isinstance(moment, np.ndarray) and moment.ndim == 2 and np.ndim(Σ) == 2:
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
