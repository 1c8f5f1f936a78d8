"""Long batches: solved in pieces that stay in a cache, most of them from solutions beside them.

Rows whose numbers are alike are in one cell, and the cells are cut finer and finer. The first row
of each of the widest cells is followed from no randomness; the first row of a narrower cell begins
at the solution in the cell around it, and in the end every row does. Whether that is the physical
solution is for ``fixed_point`` to decide, which goes the whole way where it is not sure.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from ...theory.arrays import Array
from ...theory.freeprob.scalars import Scalar
from .evaluate import rows_at_once
from .given import Given, Rows

__all__ = ["Part", "solved_in_pieces"]

WIDTHS = 0.5, 0.25
"""Of cells, in powers of 2: numbers within one are at most so far apart."""

FEW = 32
"""Rows that are not worth being sorted into cells."""

Near = Mapping[Scalar, Array]
"""Values of unknowns to begin at, (batch,); nothing where there are none."""


@dataclasses.dataclass(eq=False)
class Part:
    """The solution of some rows: the value, (batch,), and unknowns, with what is said of them."""

    value: Array
    unknowns: Mapping[Scalar, Array]
    residual: float
    steps: int
    error: float

    def put(self, rows: Rows, part: "Part") -> None:
        """The solution of these rows."""
        self.value[rows] = part.value
        for u, x in part.unknowns.items():
            self.unknowns[u][rows] = x
        self.residual = max(self.residual, part.residual)
        self.steps = max(self.steps, part.steps)
        self.error = max(self.error, part.error)


def solved_in_pieces(given: Given, batch: int, solved: Callable[[Given, int, Near], Part]) -> Part:
    """solved(given, batch, near) of all rows, a piece at a time."""
    together = rows_at_once(given)
    if batch <= min(together, FEW):
        return solved(given, batch, {})
    whole = Part(np.empty(batch), {}, 0.0, 0, 0.0)
    for rows, parents in _generations(given, batch):
        for first in range(0, len(rows), together):
            piece = slice(first, first + together)
            near = {} if parents is None else {
                u: x[parents[piece]] for u, x in whole.unknowns.items()
            }  # fmt: skip
            part = solved(given.rows(rows[piece]), len(rows[piece]), near)
            whole.unknowns = whole.unknowns or {u: np.empty(batch) for u in part.unknowns}
            whole.put(rows[piece], part)
    return whole


def _generations(given: Given, batch: int) -> Iterator[tuple[Rows, Rows | None]]:
    """Rows, and for each of them one of an earlier generation beside it; None for the first one."""
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
