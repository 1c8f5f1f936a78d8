"""The truths of a problem as independent parts, each a few matrices times one vector u.

In a part w_t = Fu and w_k = (F + E_k)u. A random part has a standard normal u, so that E uuᵀ = I
and an expectation over truths is a sum over the columns of F and E_k; a fixed one has one column
for each output and nothing to draw.
"""

import dataclasses
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theory.base.arrays import Array, MomentNumbers
from ...theory.coordinates.problem_arrays import Frame
from ...theory.coordinates.truths import FixedTruth, JointTruth, RandomTruth, Truth
from .matrix_roots import root_of, symmetric_root

__all__ = ["TruthFactors", "parts_of"]


@dataclasses.dataclass(frozen=True, eq=False)
class TruthFactors:
    """w_t = Fu, w_k = (F + E_k)u.

    target : F, a (d,) diagonal or (d, q), None for 0; deviations : E_k for each source, likewise,
    all of one kind; random : whether u is standard normal, otherwise it is I.
    """

    target: Array | None
    deviations: tuple[Array | None, ...]
    random: bool = True

    @property
    def pure(self) -> bool:
        """Whether bias or collapse has nothing of this part."""
        return self.target is None or all(E is None for E in self.deviations)

    @cached_property
    def truths(self) -> tuple[Array | None, ...]:
        """F + E_k for each source."""
        return tuple(_sum(self.target, E) for E in self.deviations)

    @property
    def columns(self) -> int:
        """q, the length of u."""
        some = next(F for F in (self.target, *self.deviations) if F is not None)
        return int(some.shape[-1])

    @property
    def empty(self) -> bool:
        """Whether all truths are 0."""
        return self.target is None and all(E is None for E in self.deviations)

    def draw(self, rng: np.random.Generator, outputs: int) -> tuple[Array, ...]:
        """w_t and then the w_k − w_t, (d, outputs) each or 0; second moments add over outputs."""
        matrices = (self.target, *self.deviations)
        if not self.random:
            return tuple(np.zeros(1) if F is None else F for F in matrices)
        u = rng.standard_normal((self.columns, outputs)) / np.sqrt(outputs)
        return tuple(np.zeros(1) if F is None else _times(F, u) for F in matrices)


def parts_of(frame: Frame, repeats: NDArray[np.int64]) -> tuple[TruthFactors, ...]:
    """The parts of the truths of a problem, every coordinate repeated so often."""
    parts = [part for truth in frame.truths for part in FACTORS[type(truth)](truth, repeats)]
    return tuple(part for part in parts if not part.empty)


def _random(truth: RandomTruth, repeats: NDArray[np.int64]) -> list[TruthFactors]:
    root = root_of(_entries(truth.moment, repeats))
    beyond = (truth.gains - 1) * truth.target + truth.added
    return [TruthFactors(_multiple(truth.target, root), tuple(_multiple(c, root) for c in beyond))]


def _fixed(truth: FixedTruth, repeats: NDArray[np.int64]) -> list[TruthFactors]:
    target = np.repeat(truth.target, repeats, axis=0)
    deviations = []
    for gain, added in zip(truth.gains, truth.added, strict=True):
        δ = 0.0 if added is None else np.repeat(added, repeats, axis=0)
        deviations.append(_unless_zero((gain - 1) * target + δ))
    return [TruthFactors(_unless_zero(target), tuple(deviations), random=False)]


def _joint(truth: JointTruth, repeats: NDArray[np.int64]) -> list[TruthFactors]:
    blocks = [[_entries(block, repeats) for block in row] for row in truth.blocks]
    if all(block.ndim == 1 for row in blocks for block in row):
        moments = _about_target(np.array(blocks))
        root = _scaled_root(np.moveaxis(moments, -1, 0))
        return [_part_of_rows(list(root[:, :, q].T)) for q in range(len(blocks))]
    d = int(repeats.sum())
    moments = _about_target(np.array([[_square(block) for block in row] for row in blocks]))
    size = d * len(blocks)
    root = _scaled_root(moments.transpose(0, 2, 1, 3).reshape(size, size))
    return [_part_of_rows(np.split(root, len(blocks)))]


FACTORS: dict[type[Truth], Callable[[Any, NDArray[np.int64]], list[TruthFactors]]] = {
    RandomTruth: _random,
    FixedTruth: _fixed,
    JointTruth: _joint,
}
"""How each kind of truth is drawn."""


def _about_target(blocks: Array) -> Array:
    """Second moments of (w_1 − w_t, …, w_K − w_t, w_t), from those of (w_1, …, w_K, w_t)."""
    moments = blocks.copy()
    moments[:-1] -= blocks[-1]
    moments[:, :-1] -= moments[:, -1:].copy()
    return moments


def _scaled_root(joint: Array) -> Array:
    """A root of (…, N, N) joint moments, with all variances scaled to 1 to find it."""
    variances = np.diagonal(joint, axis1=-2, axis2=-1)
    unit = np.sqrt(np.where(variances > 0, variances, 1.0))
    root: Array = symmetric_root(joint / (unit[..., :, None] * unit[..., None, :]))
    return unit[..., :, None] * root


def _part_of_rows(rows: list[Array]) -> TruthFactors:
    *deviations, target = map(_unless_zero, rows)
    return TruthFactors(target, tuple(deviations))


def _entries(moment: MomentNumbers, repeats: NDArray[np.int64]) -> Array:
    """A moment as a (d,) diagonal, or as (d, d) where it is not diagonal."""
    if not isinstance(moment, np.ndarray) or moment.ndim < 2:
        return np.repeat(np.broadcast_to(moment, repeats.shape), repeats)
    matrix: Array = moment
    diagonal = np.array(np.diagonal(matrix))
    return diagonal if np.count_nonzero(matrix) == np.count_nonzero(diagonal) else matrix


def _square(block: Array) -> Array:
    return np.diag(block) if block.ndim == 1 else block


def _multiple(coefficient: float, root: Array) -> Array | None:
    if coefficient == 0:
        return None
    return root if coefficient == 1 else coefficient * root


def _unless_zero(F: Array) -> Array | None:
    return F if F.any() else None


def _sum(F: Array | None, E: Array | None) -> Array | None:
    return F if E is None else E if F is None else F + E


def _times(F: Array, u: Array) -> Array:
    return F[:, None] * u if F.ndim == 1 else F @ u
