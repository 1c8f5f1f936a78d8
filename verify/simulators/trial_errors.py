"""The errors that a simulator measures in a trial, and how trials are combined."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from ...theory.base.arrays import Array
from .batched_linalg import Places

__all__ = ["Measured"]


@dataclasses.dataclass(frozen=True, eq=False)
class Measured:
    """The errors of one trial; the same with a leading axis for several, along which it is indexed
    and counted like its arrays.

    terms : (4,) error, bias, variance and collapse at the target, noise of the target excluded.
    training : (K,) noisy error on the training samples of each source; 0 where there are none.
    fresh : (K,) error on fresh data of each source, its noise excluded.
    training_from_shifts, fresh_from_shifts : (K,) the parts of the two that the shifts cause;
        zeros from a simulator that cannot tell.
    overlaps : (2,) ŵᵀΣ_tw_t and ŵᵀΣ_tŵ; NaN from a simulator that integrates labels out.
    """

    terms: Array
    training: Array
    fresh: Array
    training_from_shifts: Array
    fresh_from_shifts: Array
    overlaps: Array

    def __len__(self) -> int:
        return len(self.terms)

    def __getitem__(self, trials: int | slice | Places) -> "Measured":
        return Measured(*(values[trials] for values in _arrays(self)))

    @classmethod
    def stack(cls, trials: Sequence["Measured"]) -> "Measured":
        """Several single trials as one."""
        return cls(*(np.stack(column) for column in zip(*map(_arrays, trials), strict=True)))

    @classmethod
    def join(cls, runs: Sequence["Measured"]) -> "Measured":
        """Several stacks, one after the other."""
        return cls(*(np.concatenate(column) for column in zip(*map(_arrays, runs), strict=True)))


def _arrays(measured: Measured) -> tuple[Array, ...]:
    return (
        measured.terms,
        measured.training,
        measured.fresh,
        measured.training_from_shifts,
        measured.fresh_from_shifts,
        measured.overlaps,
    )
