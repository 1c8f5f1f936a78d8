"""How the ranges of low-rank covariances lie to each other, and coordinates that respect it.

Without ridge (or with a tiny one) it matters which ranges are nested and which are orthogonal.
Matrices of doubles have that only up to rounding; here it is decided once, in double precision, by
d·eps of the largest eigenvalue, and made exact in whatever numbers the equations are solved.
"""

import dataclasses
import itertools
from collections.abc import Callable, Sequence

import numpy as np

from ..base.arrays import Array, Indices, Number, Numbers, sum_of
from ..data.covariance import rounding

__all__ = ["Range", "cleaned", "nested_ranges", "ordered_basis", "rank_of"]

MOST_SUBSETS = 6
"""Up to this many sources all sets of them are looked at for those whose ranges come first."""

Eigh = Callable[[Numbers], tuple[Numbers, Numbers]]


@dataclasses.dataclass(frozen=True)
class Range:
    """The range of Σ_k Σ_k/tr Σ_k over these sources, and its dimension."""

    sources: tuple[int, ...]
    rank: int

    def covariance(self, covariances: Sequence[Numbers]) -> Numbers:
        """The sum whose range it is."""
        return _summed(covariances, self.sources)


def rank_of(Σ: Array) -> int:
    """The eigenvalues above d·eps of the largest."""
    return _rank(Σ, 1)


def nested_ranges(squares: Sequence[Array], counts: Sequence[int]) -> tuple[Range, ...]:
    """Ranges of sets of sources, each inside the next, the last that of all that are fitted.

    As the ridge vanishes the sources of a set T that minimises n_{Tᶜ} + rank Σ_T have f → ∞ and the
    others interpolate. Such sets are closed under union and intersection; these ranges are those of
    a longest chain of them. Only ranges of less than d dimensions are given.

    squares : (d, d) covariances of the sources; counts : their samples, 0 where not fitted.
    """
    fitted = tuple(k for k, n in enumerate(counts) if n > 0)
    if not fitted:
        return ()
    chain = [fitted]
    ranks = {fitted: _rank(_summed(squares, fitted), 4)}
    if len(fitted) <= MOST_SUBSETS:
        ranks = _ranks(squares, fitted)
        cost = {T: rank + sum(counts[k] for k in fitted if k not in T) for T, rank in ranks.items()}
        best = [T for T in ranks if cost[T] == min(cost.values())]
        chain = _longest_chain(best)
        chain += [fitted] if fitted not in chain else []
    return tuple(Range(T, ranks[T]) for T in chain if ranks[T] < len(squares[0]))


def _ranks(squares: Sequence[Array], fitted: tuple[int, ...]) -> dict[tuple[int, ...], int]:
    """The rank of every set: that of its members at least, and not more for their rounding."""
    ranks: dict[tuple[int, ...], int] = {}
    for size in range(1, len(fitted) + 1):
        for T in itertools.combinations(fitted, size):
            parts = [ranks[part] for part in itertools.combinations(T, size - 1) if part]
            ranks[T] = max([_rank(_summed(squares, T), 1 if size == 1 else 4), *parts])
    return ranks


def _longest_chain(sets: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    chain: list[tuple[int, ...]] = []
    for T in sets:  # by size
        if not chain or set(chain[-1]) < set(T):
            chain.append(T)
    return chain


def ordered_basis(ranges: Sequence[Range], covariances: Sequence[Numbers], eigh: Eigh) -> Numbers:
    """(d, d) orthonormal: the first columns span the first range, those and more the second, …

    From the largest range to the smallest, each inside the one before, so that they are nested
    whatever rounding says. eigh : eigenvalues, ascending, and eigenvectors, in these numbers.
    """
    size = len(covariances[0])
    basis = np.eye(size) + 0 * covariances[0]
    for range_ in reversed(ranges):
        inner = basis[:, :size]
        _, vectors = eigh(inner.T @ range_.covariance(covariances) @ inner)
        basis[:, :size] = inner @ vectors[:, ::-1]
        size = range_.rank
    return basis


def cleaned(Σ: Numbers, ranges: Sequence[Range], eigh: Eigh | None = None) -> Numbers:
    """Exact zeros in the blocks of an ordered basis where only rounding is left.

    eigh : where given, eigenvalues that are rounding are taken away too, block by block.
    """
    Σ = (Σ + Σ.T) / 2
    edges = sorted({0, len(Σ), *(range_.rank for range_ in ranges)})
    blocks = list(itertools.starmap(slice, itertools.pairwise(edges)))
    rounded = 8 * rounding(len(Σ)) * np.abs(Σ).max()
    for rows, columns in itertools.product(blocks, blocks):
        if np.abs(Σ[rows, columns]).max() <= rounded:
            Σ[rows, columns] = 0 * Σ[0, 0]
    for edge in edges[:-1]:  # a range that ends before an edge ends exactly
        if not Σ[edge:, edge:].any():
            Σ[edge:, :] = Σ[:, edge:] = 0 * Σ[0, 0]
    if eigh is not None:
        for place in _connected(Σ, blocks):
            Σ[np.ix_(place, place)] = _of_its_rank(Σ[np.ix_(place, place)], rounded, eigh)
    return Σ


def _connected(Σ: Numbers, blocks: list[slice]) -> list[Indices]:
    """The coordinates of each set of blocks that have entries between them."""
    links = [{j for j, b in enumerate(blocks) if i == j or Σ[a, b].any()} for i, a in enumerate(blocks)]
    groups: list[set[int]] = []
    for link in links:
        joined = [group for group in groups if group & link]
        groups = [group for group in groups if group not in joined] + [link.union(*joined)]
    coordinates = np.arange(len(Σ))
    return [np.concatenate([coordinates[blocks[j]] for j in sorted(group)]) for group in groups]


def _of_its_rank(Σ: Numbers, rounded: Number, eigh: Eigh) -> Numbers:
    """Without the eigenvalues that are rounding."""
    size = np.linalg.eigvalsh(Σ.astype(float))
    lost = int((size <= rounded / 8).sum())
    if not lost or lost == len(Σ):
        return Σ if not lost else 0 * Σ
    values, vectors = eigh(Σ)
    kept = vectors[:, lost:]
    return (kept * values[lost:]) @ kept.T


def _rank(Σ: Array, factor: float) -> int:
    values = np.linalg.eigvalsh(Σ)
    return int((values > factor * rounding(values.size) * values[-1]).sum())


def _summed(covariances: Sequence[Numbers], sources: tuple[int, ...]) -> Numbers:
    return sum_of(covariances[k] / np.trace(covariances[k]) for k in sources)
