"""Coordinates that suit the equations: an eigenbasis of all covariances if there is one, otherwise
one that puts the ranges of the covariances in order.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..base.arrays import Array, Numbers, Operator
from ..base.low_rank_matrix import DiagonalPlusLowRank, in_one_span, low_rank_of
from ..data.covariance import rounding
from .joint_diagonalization import common_eigenbasis, squared
from .nested_ranges import Eigh, Range, cleaned, nested_ranges, ordered_basis
from .problem_arrays import Frame
from .truths import rotated_moment

__all__ = ["dense", "eigenframe", "in_order"]

Make = Callable[[Numbers], Numbers]


def eigenframe(frame: Frame, counts: Sequence[int], *, ridge: bool = False) -> Frame:
    """The frame in an eigenbasis of all its covariances; in ordered coordinates if there is none.

    counts : the samples of each source, 0 where it is not fitted; ridge : whether there is one.

    Covariances that commute up to rounding (4 d·eps of their norms, see ``common_eigenbasis``) are
    taken to commute; ``basis_residual`` bounds the neglected off-diagonals. Eigenvalues below d·eps
    of the largest count as 0 in a basis that had to be computed.
    """
    if frame.diagonal:
        return _with_truths(frame, None)
    if frame.low_rank:
        stays = _stays_low_rank(frame, None if ridge else counts)
        return _low_rank(frame) if stays else eigenframe(dense(frame), counts)
    matrices = _distinct(frame.covariances)
    common = common_eigenbasis(matrices)
    if common is not None:
        turned = dataclasses.replace(
            frame,
            covariances=_mapped(frame.covariances, lambda Σ: _eigenvalues(Σ, common.vectors)),
            basis_residual=common.residual,
        )
        return _with_truths(turned, common.vectors)
    return _ordered(frame, counts)


def _stays_low_rank(frame: Frame, counts: Sequence[int] | None) -> bool:
    """Whether there is no other matrix, and no fitted covariance of smaller rank where there is no ridge."""
    if any(Σ.ndim == 2 and low_rank_of(Σ) is None for Σ in frame.covariances):
        return False
    if any(part.random and part.columns(1.0) for part in frame.truths):
        return False
    fitted = [low_rank_of(Σ) for Σ, n in zip(frame.covariances, counts or (), strict=False) if n]
    return all(Σ is None or Σ.regular for Σ in fitted)


def _low_rank(frame: Frame) -> Frame:
    def of(Σ: Operator) -> DiagonalPlusLowRank:
        return low_rank_of(Σ) or DiagonalPlusLowRank.of_diagonal(Σ, frame.multiplicities)

    different = _distinct(frame.covariances)
    found = dict(zip(map(id, different), in_one_span([of(Σ) for Σ in different]), strict=True))
    covariances: Any = tuple(found[id(Σ)] for Σ in frame.covariances)
    truths = tuple(part.diagonals() for part in frame.truths)
    return dataclasses.replace(frame, covariances=covariances, truths=truths)


def _with_truths(frame: Frame, basis: Array | None) -> Frame:
    """The frame with its truths in the coordinates of the basis; diagonals where they suffice."""
    if basis is None:
        truths = tuple(part.diagonals() for part in frame.truths)
    else:
        truths = tuple(part.rotated(basis, frame.diagonal) for part in frame.truths)
    if not frame.diagonal:
        truths = tuple(part.as_matrices() for part in truths)
    return dataclasses.replace(frame, truths=truths, basis=basis)


def _distinct(covariances: Sequence[Numbers]) -> list[Numbers]:
    return list({id(Σ): Σ for Σ in covariances}.values())


def _mapped(covariances: Sequence[Numbers], function: Make) -> tuple[Numbers, ...]:
    """The function of every covariance, called once for each different one."""
    known = {id(Σ): function(Σ) for Σ in _distinct(covariances)}
    return tuple(known[id(Σ)] for Σ in covariances)


def _eigenvalues(Σ: Array, basis: Array) -> Array:
    values: Array = rotated_moment(Σ, basis, diagonal=True)
    return np.where(values > rounding(values.size) * values.max(), values, 0.0)


def _ordered(frame: Frame, counts: Sequence[int]) -> Frame:
    """In coordinates in which the ranges that matter without ridge come in order."""
    squares = _mapped(frame.covariances, squared)
    return in_order(frame, nested_ranges(squares[:-1], counts), np.linalg.eigh)


def in_order(frame: Frame, ranges: tuple[Range, ...], eigh: Eigh, make: Make | None = None) -> Frame:
    """The frame as matrices, in an ordered basis of these ranges, the zeros of which are exact.

    Where sources split as the ridge vanishes, G is 1/η times larger on what the first ones do not
    reach; in these coordinates a Cholesky factorisation keeps the digits of every block. make :
    arrays in other numbers, in which the basis is computed; the eigenvalues that are rounding are
    taken away then.
    """
    squares = _mapped(frame.covariances, squared)
    if make is not None:
        squares = _mapped(squares, make)
    elif not ranges:
        return dense(frame)
    basis = ordered_basis(ranges, squares, eigh) if ranges else None

    def turned(Σ: Numbers) -> Numbers:
        there = Σ if basis is None else basis.T @ Σ @ basis
        return cleaned(there, ranges, None if make is None else eigh)

    there = dataclasses.replace(frame, covariances=_mapped(squares, turned), ranges=ranges)
    return _with_truths(there, basis) if basis is not None else dense(there)


def dense(frame: Frame) -> Frame:
    """The same coordinates, every covariance a matrix."""
    squares = _mapped(frame.covariances, squared)
    return dataclasses.replace(
        frame, covariances=squares, truths=tuple(part.as_matrices() for part in frame.truths)
    )
