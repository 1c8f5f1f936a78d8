"""Coordinates that suit the equations: an eigenbasis of all covariances if there is one, otherwise
one that puts the ranges of the covariances in order.
"""

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from .arrays import Array
from .covariance import rounding
from .frame import Frame, diagonal_of
from .truths import FixedTruth, JointTruth, RandomTruth, Truth, rotated_moment

__all__ = ["dense", "eigenframe", "rank_of"]

MOST_SUBSETS = 6
"""Up to this many sources all subsets are looked at for one whose range comes first."""


def eigenframe(frame: Frame, counts: Sequence[int]) -> Frame:
    """The frame in an eigenbasis of all its covariances; in ordered coordinates if there is none.

    counts : the samples of each source, 0 where it is not fitted.

    Covariances that commute up to rounding (d·eps of their norms) are taken to commute. Eigenvalues
    below d·eps of the largest count as 0 in a basis that had to be computed.
    """
    if frame.diagonal:
        return _with_truths(frame, None)
    matrices = _distinct(frame.covariances)
    basis = _common_eigenbasis(matrices)
    if basis is not None:
        turned = dataclasses.replace(
            frame, covariances=_mapped(frame.covariances, lambda Σ: _eigenvalues(Σ, basis))
        )
        return _with_truths(turned, basis)
    return _ordered(frame, counts)


def _with_truths(frame: Frame, basis: Array | None) -> Frame:
    """The frame with its truths in the coordinates of the basis; diagonals where they suffice."""
    if basis is None:
        truths = tuple(_diagonals(part) for part in frame.truths)
    else:
        truths = tuple(part.rotated(basis, frame.diagonal) for part in frame.truths)
    if not frame.diagonal:
        truths = tuple(map(_squared, truths))
    return dataclasses.replace(frame, truths=truths, basis=basis)


def _squared(part: Truth) -> Truth:
    """Joint moments as matrices, all of them where one is."""
    if not isinstance(part, JointTruth):
        return part
    sizes = [len(block) for row in part.blocks for block in row if np.ndim(block)]
    if not sizes:
        return part
    eye = np.eye(sizes[0])
    return JointTruth(
        tuple(
            tuple(b if np.ndim(b) == 2 else np.diag(b) if np.ndim(b) else b * eye for b in row)
            for row in part.blocks
        )
    )


def _diagonals(part: Truth) -> Truth:
    if isinstance(part, FixedTruth):
        return part
    if isinstance(part, RandomTruth):
        return dataclasses.replace(part, moment=diagonal_of(part.moment))
    blocks = tuple(tuple(diagonal_of(block) for block in row) for row in part.blocks)
    return dataclasses.replace(part, blocks=blocks)


def _distinct(covariances: Sequence[Array]) -> list[Array]:
    return list({id(Σ): Σ for Σ in covariances}.values())


def _mapped(covariances: Sequence[Array], function: Callable[[Array], Array]) -> tuple[Array, ...]:
    """The function of every covariance, called once for each different one."""
    known = {id(Σ): function(Σ) for Σ in _distinct(covariances)}
    return tuple(known[id(Σ)] for Σ in covariances)


def _common_eigenbasis(matrices: list[Array]) -> Array | None:
    """The eigenvectors of a generic combination, if they diagonalise every matrix."""
    coefficients = 1 + np.modf(np.arange(1, len(matrices) + 1) * 0.6180339887498949)[0]
    mix = sum(c / np.abs(Σ).max() * _square(Σ) for c, Σ in zip(coefficients, matrices, strict=True))
    basis: Array = np.linalg.eigh(mix)[1][:, ::-1]
    for Σ in matrices:
        turned = rotated_moment(Σ, basis, diagonal=False)
        gap = np.abs(turned - np.diag(np.diagonal(turned))).max()
        if gap > 4 * rounding(len(basis)) * np.abs(Σ).max():
            return None
    return basis


def _eigenvalues(Σ: Array, basis: Array) -> Array:
    values: Array = rotated_moment(Σ, basis, diagonal=True)
    return np.where(values > rounding(values.size) * values.max(), values, 0.0)


def _square(Σ: Array) -> Array:
    return np.diag(Σ) if Σ.ndim == 1 else Σ


def _ordered(frame: Frame, counts: Sequence[int]) -> Frame:
    """The ranges of sources that interpolate first, then that of all sources, then the rest.

    Where sources split as the ridge vanishes, G is 1/η times larger on what the first ones do not
    reach; in these coordinates a Cholesky factorisation keeps the digits of every block.
    """
    fitted = [(k, n) for k, n in enumerate(counts) if n > 0]
    squares = _mapped(frame.covariances, _square)
    ranges = [
        basis
        for T in _chain([(squares[k], n) for k, n in fitted])
        if (basis := _range(T)).shape[1] < len(squares[0])
    ]
    if not ranges:
        return dense(frame)
    basis, steps = _orthonormal(ranges)
    turned = dataclasses.replace(
        frame,
        covariances=_mapped(squares, lambda Σ: _cleaned(basis.T @ Σ @ basis, steps)),
        steps=steps,
    )
    return _with_truths(turned, basis)


def dense(frame: Frame) -> Frame:
    """The same coordinates, every covariance a matrix."""
    squares = _mapped(frame.covariances, _square)
    return dataclasses.replace(
        frame, covariances=squares, truths=tuple(map(_squared, frame.truths))
    )


def _chain(sources: list[tuple[Array, int]]) -> Iterator[Array]:
    """Σ_T Σ_k of the least and the largest T that minimise n_{Tᶜ} + rank, and of all sources."""
    scaled = [Σ / np.trace(Σ) for Σ, _ in sources]
    everything = range(len(sources))
    if len(sources) <= MOST_SUBSETS:
        subsets = [
            T
            for size in range(1, len(sources) + 1)
            for T in itertools.combinations(everything, size)
        ]
        cost = {
            T: rank_of(np.sum([scaled[k] for k in T], axis=0))
            + sum(sources[k][1] for k in everything if k not in T)
            for T in subsets
        }
        best = [set(T) for T in subsets if cost[T] == min(cost.values())]
        for few in (set.intersection(*best), set.union(*best)):
            if 0 < len(few) < len(sources):
                yield np.sum([scaled[k] for k in few], axis=0)
    yield np.sum(scaled, axis=0)


def rank_of(Σ: Array) -> int:
    """The eigenvalues above d·eps of the largest."""
    values = np.linalg.eigvalsh(Σ)
    return int((values > rounding(values.size) * values[-1]).sum())


def _range(Σ: Array) -> Array:
    values, vectors = np.linalg.eigh(Σ)
    basis: Array = vectors[:, values > rounding(values.size) * values[-1]][:, ::-1]
    return basis


def _orthonormal(ranges: list[Array]) -> tuple[Array, tuple[int, ...]]:
    """An orthonormal basis that begins with one of each range in turn, and where each ends."""
    d = len(ranges[0])
    basis, steps = np.zeros((d, 0)), []
    for columns in [*ranges, np.eye(d)]:
        rest = columns - basis @ (basis.T @ columns)
        rest -= basis @ (basis.T @ rest)
        new = min(columns.shape[1], d) - basis.shape[1]
        basis = np.column_stack([basis, np.linalg.svd(rest, full_matrices=False)[0][:, :new]])
        steps.append(basis.shape[1])
    return basis, tuple(steps[:-1])


def _cleaned(Σ: Array, steps: tuple[int, ...]) -> Array:
    """Exact zeros in the blocks between steps where only rounding is left."""
    Σ = (Σ + Σ.T) / 2
    rounded = 8 * rounding(len(Σ)) * np.abs(Σ).max()
    edges = sorted({0, *steps, len(Σ)})
    for rows in itertools.pairwise(edges):
        for columns in itertools.pairwise(edges):
            block = Σ[slice(*rows), slice(*columns)]
            if np.abs(block).max() <= rounded:
                block[...] = 0
    for step in edges[:-1]:  # a range that ends before a step ends exactly
        if not Σ[step:, step:].any():
            Σ[step:, :] = 0
            Σ[:, step:] = 0
    return Σ
