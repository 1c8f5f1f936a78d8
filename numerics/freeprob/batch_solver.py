"""All unknowns of a system and its value, for a batch of numbers in one format."""

import dataclasses
import functools
from collections.abc import Mapping

import numpy as np

from ...theory.base.arrays import Array
from ...theory.freeprob import System
from ...theory.freeprob.symbols.scalars import Scalar
from .accuracy import valued
from .batches import BatchPart, WarmStart
from .branch_following import Iterated, Path, iterated_unknowns
from .number_format import DOUBLE, floats
from .numeric_values import NumericValues
from .scalar_evaluation import ScalarEvaluation

__all__ = ["NOT_FINITE", "Solver"]

NUDGES = 2
"""Random changes of eigenvalues that were computed from matrices."""

SMALLEST = float(np.finfo(float).smallest_normal)
"""Doubles below it have fewer digits."""

NOT_FINITE = (
    "the expectation is not finite at these values: something that is inverted is singular there, "
    "such as a letter with an eigenvalue of 0."
)


@dataclasses.dataclass(frozen=True, eq=False)
class Solver:
    """A system as it was derived, before it was reduced."""

    system: System

    @functools.cached_property
    def _iterated(self) -> list[Iterated]:
        return [iterated_unknowns(block) for block in self.system.blocks]

    def part(self, numbers: NumericValues, batch: int, warm_start: WarmStart) -> BatchPart:
        """The solution of some rows, beginning at these unknowns where there are any."""
        with numbers.format.running():
            return self._part(numbers, batch, warm_start)

    def _part(self, numbers: NumericValues, batch: int, warm_start: WarmStart) -> BatchPart:
        warm_start = {u: numbers.format.array(x) for u, x in warm_start.items()}
        known: dict[Scalar, Array] = {}
        residual, steps = 0.0, 0
        for iterated in self._iterated:
            path = Path(iterated, _with(numbers, known), batch)
            found = path.solved(warm_start)
            if path.failed:
                return self._without(path.failed, numbers, batch, warm_start)
            residual, steps = max(residual, path.residual(found)), steps + path.steps
            known |= found
        value, bound = valued(self.system, numbers, known, batch)
        singular = np.flatnonzero(~np.isfinite(floats(value)))
        if len(singular) and numbers.format is not DOUBLE:  # doubles may have cancelled to 0
            failed = dict.fromkeys(singular.tolist(), NOT_FINITE)
            return self._without(failed, numbers, batch, warm_start)
        return BatchPart(
            value=floats(value).copy(),
            unknowns={u: floats(x) for u, x in known.items()},
            residual=residual,
            steps=steps,
            error=_error(floats(value), bound),
            lost=self._lost(numbers, known, value),
            digits=np.full(batch, numbers.format.digits),
            vanishing=np.zeros(batch, dtype=bool),
        )

    def _without(
        self, failed: Mapping[int, str], numbers: NumericValues, batch: int, warm_start: WarmStart
    ) -> BatchPart:
        """The solution of the other rows; NaN in these."""
        whole = BatchPart.empty(batch, self.unknowns)
        whole.failed |= failed
        rest = np.array([row for row in range(batch) if row not in failed], dtype=np.intp)
        if len(rest):
            beside = {u: x[rest] for u, x in warm_start.items()}
            whole.store(rest, self._part(numbers.rows(rest), len(rest), beside))
        return whole

    @property
    def unknowns(self) -> list[Scalar]:
        """All of them, in the order in which they are solved."""
        return [u for block in self.system.blocks for u in block.equations]

    def _lost(self, numbers: NumericValues, known: Mapping[Scalar, Array], value: Array) -> Array:
        """How much the value changes, relatively, with eigenvalues that were computed from
        matrices: these are not exact, and more digits do not help."""
        worst = np.zeros(len(value))
        for seed in range(NUDGES if numbers.uncertain else 0):
            other, moved = _nudged(numbers, seed), dict[Scalar, Array]()
            for iterated in self._iterated:
                moved |= Path(iterated, _with(other, moved), len(value)).beside(known)
            again = ScalarEvaluation(_with(other, moved), {}, {})(self.system.value).value
            change = np.abs(floats(again - value))
            worst = np.maximum(worst, _relative(change, np.abs(floats(value))))
        return worst


def _error(value: Array, bound: Array) -> Array:
    """Relative to what is right, which is nearer to 0 by at most the bound; doubles next to 0 are
    rounded, too."""
    with np.errstate(all="ignore"):
        underflow = np.where(np.abs(value) < SMALLEST, np.finfo(float).smallest_subnormal, 0.0)
        bound = bound + np.where(bound > 0, underflow, 0.0)
        return _relative(bound, np.maximum(np.abs(value) - bound, 0.0))


def _relative(error: Array, size: Array) -> Array:
    """Infinite where it is not known."""
    with np.errstate(all="ignore"):
        share = np.where(error == 0, 0.0, error / size)
    return np.where(np.isnan(share), np.inf, share)


def _with(numbers: NumericValues, known: Mapping[Scalar, Array]) -> NumericValues:
    return dataclasses.replace(numbers, scalars={**numbers.scalars, **known})


def _nudged(numbers: NumericValues, seed: int) -> NumericValues:
    """Uncertain eigenvalues, changed at random by up to what they may be off by."""
    rng = np.random.default_rng(seed)
    array = numbers.format.array
    changed = {
        letter: numbers.letters[letter] + array(off * rng.uniform(-1, 1, numbers.letters[letter].shape))
        for letter, off in numbers.uncertain.items()
    }
    return dataclasses.replace(numbers, letters={**numbers.letters, **changed})
