"""Long batches: solved in pieces that stay in a cache, mostly with nearby solutions as warm starts.

Rows whose numbers are alike are in one cell, and the cells are cut finer and finer. The first row
of each of the widest cells is followed from no randomness; the first row of a narrower cell begins
at the solution in the cell around it, and in the end every row does. Whether that is the physical
solution is for ``branch_following`` to decide, which goes the whole way where it is not sure.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theory.base.arrays import Array
from ...theory.freeprob.symbols.scalars import Scalar
from .number_format import DOUBLE
from .numeric_values import NumericValues, Rows
from .scalar_evaluation import rows_at_once

__all__ = ["BatchPart", "solved_in_pieces"]

WIDTHS = 0.5, 0.25
"""Of cells, in powers of 2: numbers within one are at most so far apart."""

FEW = 32
"""Rows that are not worth being sorted into cells."""

WarmStart = Mapping[Scalar, Array]
"""Values of unknowns to begin at, (batch,); nothing where there are none."""


@dataclasses.dataclass(eq=False)
class BatchPart:
    """The solution of some rows: the value, (batch,), and unknowns, with their errors.

    error : bounds on relative errors of rounding, (batch,). lost : relative errors from letters
    that are not exact. digits : in which each was computed. vanishing : rows where terms cancel to
    all digits. failed : row → why there is no solution; its numbers are NaN.
    """

    value: Array
    unknowns: dict[Scalar, Array]
    residual: float
    steps: int
    error: Array
    lost: Array
    digits: Rows
    vanishing: NDArray[np.bool_]
    failed: dict[int, str] = dataclasses.field(default_factory=dict)

    @classmethod
    def empty(cls, batch: int, unknowns: Iterable[Scalar]) -> "BatchPart":
        """NaN in all rows."""
        return cls(
            value=np.full(batch, np.nan),
            unknowns={u: np.full(batch, np.nan) for u in unknowns},
            residual=0.0,
            steps=0,
            error=np.zeros(batch),
            lost=np.zeros(batch),
            digits=np.full(batch, DOUBLE.digits),
            vanishing=np.zeros(batch, dtype=bool),
        )

    def store(self, rows: Rows, part: "BatchPart") -> None:
        """Store the solution of these rows."""
        for own, other in zip(self._arrays(), part._arrays(), strict=True):
            own[rows] = other
        for u, x in part.unknowns.items():
            self.unknowns[u][rows] = x
        self.residual = max(self.residual, part.residual)
        self.steps = max(self.steps, part.steps)
        self.failed |= {int(rows[row]): why for row, why in part.failed.items()}

    def fail(self, rows: Rows, why: str) -> None:
        """Record that these rows have no solution."""
        for x in (self.value, *self.unknowns.values()):
            x[rows] = np.nan
        self.error[rows] = self.lost[rows] = 0.0
        self.failed |= dict.fromkeys(rows.tolist(), why)

    def rows(self, rows: Any) -> "BatchPart":
        """Some of the rows that did not fail."""
        value, error, lost, digits, vanishing = (array[rows] for array in self._arrays())
        unknowns = {u: x[rows] for u, x in self.unknowns.items()}
        return BatchPart(value, unknowns, self.residual, self.steps, error, lost, digits, vanishing)

    def _arrays(self) -> list[Any]:
        return [self.value, self.error, self.lost, self.digits, self.vanishing]


def solved_in_pieces(
    given: NumericValues,
    batch: int,
    unknowns: Iterable[Scalar],
    solved: Callable[[NumericValues, int, WarmStart], BatchPart],
) -> BatchPart:
    """solved(given, batch, warm_start) of all rows, a piece at a time."""
    together = rows_at_once(given)
    if batch <= min(together, FEW):
        return solved(given, batch, {})
    whole = BatchPart.empty(batch, unknowns)
    for rows, parents in _generations(given, batch):
        for first in range(0, len(rows), together):
            piece = slice(first, first + together)
            warm_start = {} if parents is None else {u: x[parents[piece]] for u, x in whole.unknowns.items()}
            whole.store(rows[piece], solved(given.rows(rows[piece]), len(rows[piece]), warm_start))
    return whole


def _generations(given: NumericValues, batch: int) -> Iterator[tuple[Rows, Rows | None]]:
    """Rows, and for each of them a nearby one of an earlier generation; None for the first generation."""
    numbers = [x for x in given.scalars.values() if len(x) > 1]
    rows = np.arange(batch)
    solved = np.zeros(batch, dtype=bool)
    parents = None
    for width in WIDTHS if numbers else ():
        anchors = _anchors(numbers, width)
        new = np.unique(anchors[~solved[anchors]])
        if parents is None and len(new) > batch / 2:
            break
        yield new, None if parents is None else parents[new]
        solved[new], parents = True, anchors
    if not solved.all():
        yield rows[~solved], None if parents is None else parents[~solved]


def _anchors(numbers: list[Array], width: float) -> Rows:
    """For each row the first one in its cell: numbers of one sign, within a factor of 2^width."""
    with np.errstate(divide="ignore"):
        cells = [np.floor(np.log2(np.abs(x)) / width) for x in numbers]
    cells += [np.sign(x) for x in numbers]
    _, first, inverse = np.unique(np.stack(cells), axis=1, return_index=True, return_inverse=True)
    anchors: Rows = first[inverse.reshape(-1)]
    return anchors
