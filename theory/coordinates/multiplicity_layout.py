"""Everything in the coordinates in use: eigenvalues repeated where multiplicities are unlike."""

import dataclasses
from collections.abc import Sequence
from functools import cached_property
from typing import cast

import numpy as np

from ..base.arrays import Array
from ..base.errors import ShapeError
from ..base.low_rank_matrix import low_rank_of
from ..base.wording import enumerated, shortest_float
from ..data.covariance import Covariance
from ..data.covariance import DiagonalPlusLowRankCovariance as LowRank
from ..data.second_moments import Fixed, Moment, Moments, fixed_of, random_moment
from ..data.source import Source
from ..data.spectrum import Spectrum
from .truths import FixedTruth, JointTruth, RandomTruth, Truth

__all__ = ["Layout", "distinct", "truths_of"]

LARGEST_EXPANSION = 10_000_000


@dataclasses.dataclass(frozen=True)
class Layout:
    """How the entries of a problem's covariances and moments go together.

    covariances : of the sources and, last, the target; sizes : the entries of all moments that have
    some.
    """

    covariances: tuple[Spectrum | Covariance, ...]
    sizes: tuple[int, ...]

    @property
    def d(self) -> int | float:
        """The dimension."""
        return self.covariances[0].d

    @cached_property
    def repeats(self) -> bool:
        """Whether they only fit once every eigenvalue is repeated.

        Raises
        ------
        ShapeError
            Where they do not fit even then.
        """
        first, *others = self.covariances
        same = all(_same(first, other) for other in others)
        if same and all(size == len(first) for size in self.sizes):
            return False
        dimensions = [covariance.d for covariance in self.covariances]
        if len(set(dimensions)) > 1:
            raise ShapeError(
                f"all covariances of a problem must have one dimension; got "
                f"{enumerated([*map(shortest_float, dimensions[:-1])])} for the sources and "
                f"{shortest_float(dimensions[-1])} for the target. Give coordinates in which a source "
                f"does not vary the eigenvalue 0."
            )
        if not all((c.weights == np.round(c.weights)).all() for c in self.covariances):
            raise ShapeError(
                "multiplicities that are not integers must be the same in every covariance of a "
                "problem, with one signal and shift entry per value; got unlike ones. Round them, "
                "or give every covariance the same."
            )
        if dimensions[0] > LARGEST_EXPANSION:
            raise ShapeError(
                f"unlike multiplicities would need {dimensions[0]:g} repeated eigenvalues; give "
                f"all covariances of the problem the same multiplicities."
            )
        return True

    @cached_property
    def multiplicities(self) -> Array:
        """(p,) how often each coordinate is repeated."""
        return np.ones(int(self.d)) if self.repeats else self.covariances[0].weights

    def entries(self, covariance: Spectrum | Covariance) -> Array:
        """(p,) eigenvalues, the (p, p) matrix where it is not diagonal, or its factors."""
        if isinstance(covariance, Spectrum):
            values = self.expanded(covariance.values, covariance)
            assert isinstance(values, np.ndarray)
            return values
        if covariance.diagonal is not None:
            return covariance.diagonal
        return cast(Array, covariance.operator) if isinstance(covariance, LowRank) else covariance.matrix

    def expanded(self, moment: float | Array, *covariances: Spectrum | Covariance) -> float | Array:
        """The moment entry by entry, repeated like the covariance whose values it goes with."""
        if not isinstance(moment, np.ndarray) or not self.repeats or len(moment) == self.d:
            return moment
        first, *others = (c for c in covariances if len(c) == moment.size)
        if any(not _same(first, other) for other in others):
            raise ShapeError(
                f"{moment.size} entries fit several covariances with unlike multiplicities; give "
                f"one entry for each of the d = {self.d:g} coordinates."
            )
        return np.repeat(moment, first.weights.astype(int))

    def columns(self, fixed: Fixed) -> Array:
        """(p, outputs)."""
        columns = [self.expanded(column, *self.covariances) for column in fixed.columns.T]
        return np.array(columns).T


def distinct(arrays: Sequence[Array]) -> tuple[Array, ...]:
    """The same arrays, equal ones made one object."""
    found: list[Array] = []
    for array in arrays:
        equal = (other for other in found if other is array or _equal(other, array))
        found.append(next(equal, array))
    return tuple(found)


def _equal(a: Array, b: Array) -> bool:
    if low_rank_of(a) is not None or low_rank_of(b) is not None:
        return False
    return a.shape == b.shape and np.array_equal(a, b)


def truths_of(
    signal: Moment | None, joint: Moments | None, sources: Sequence[Source], layout: Layout
) -> tuple[Truth, ...]:
    """The independent parts of the truths: the signal, the random shifts, all that is fixed."""
    if joint is not None:
        expanded = (tuple(layout.expanded(b, *layout.covariances) for b in r) for r in joint.blocks)
        return (JointTruth(tuple(expanded)),)
    K = len(sources)
    gains = np.array([source.label_gain for source in sources])
    parts: list[Truth] = []
    random = random_moment(signal)
    if random is not None:
        moment = layout.expanded(random, *layout.covariances)
        parts.append(RandomTruth(moment, 1.0, gains, np.zeros(K)))
    for k, source in enumerate(sources):
        shift = random_moment(source.label_shift)
        if shift is not None:
            moment = layout.expanded(shift, source.covariance)
            parts.append(RandomTruth(moment, 0.0, np.zeros(K), np.eye(K)[k]))
    fixed = _fixed(signal, sources, gains, layout)
    return (*parts, fixed) if fixed else tuple(parts)


def _fixed(
    signal: Moment | None, sources: Sequence[Source], gains: Array, layout: Layout
) -> FixedTruth | None:
    shifts = [fixed_of(source.label_shift) for source in sources]
    added = tuple(None if shift is None else layout.columns(shift) for shift in shifts)
    if (fixed := fixed_of(signal)) is not None:
        return FixedTruth(layout.columns(fixed), gains, added)
    some = next((δ for δ in added if δ is not None), None)
    return None if some is None else FixedTruth(np.zeros_like(some), gains, added)


def _same(a: Spectrum | Covariance, b: Spectrum | Covariance) -> bool:
    if len(a) != len(b) or a is b:
        return len(a) == len(b)
    if isinstance(a, Spectrum) and isinstance(b, Spectrum) and a.multiplicities is b.multiplicities:
        return True
    return bool(np.array_equal(a.weights, b.weights))
