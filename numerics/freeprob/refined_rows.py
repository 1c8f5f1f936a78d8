"""More digits for the rows of a batch whose estimated error exceeds the promised one.

The physical solution is known in doubles; Newton goes on from there in decimals, of the same
equations. Their number is doubled until the bound on the error of the result, relative to the
result, is small enough: a sum whose terms cancel to k digits needs k more.
"""

from collections.abc import Iterator

import numpy as np

from .batch_solver import NOT_FINITE, Solver
from .batches import BatchPart
from .number_format import DOUBLE, Decimals
from .numeric_values import NumericValues, Rows
from .scalar_evaluation import rows_at_once

__all__ = ["PROMISED", "refine"]

PROMISED = 1e-10
"""Relative error above which more digits are taken."""

DIGITS = 40, 80, 160, 320

NEGLIGIBLE = 1e-100
"""Of a value in doubles, what is left of it in 320 digits if it is 0."""

LARGEST_DENSE = 40
"""Dimension of ordered letters up to which more digits are taken."""

AFFORDED = 2e6, 1e6
"""Eigenvalues, and d³ of ordered letters, times rows, for which more digits are taken in one call:
a few minutes."""


def refine(solver: Solver, given: NumericValues, part: BatchPart) -> None:
    """Recompute rows that double precision does not resolve. A value that is 0 to 320 digits of the
    terms that it is the sum of is set to 0, and marked in ``part.vanishing``."""
    doubles = np.where(np.isfinite(part.value), np.abs(part.value), 0.0)
    worst_first = np.argsort(-part.error, kind="stable")
    rows = _afforded(given, worst_first[part.error[worst_first] > PROMISED])
    for digits in DIGITS:
        for piece in _pieces(given, rows):
            warm_start = {u: x[piece] for u, x in part.unknowns.items()}
            exact = given.rows(piece).in_format(Decimals(digits))
            found = solver.part(exact, len(piece), warm_start)
            better = found.error <= part.error[piece]
            better[list(found.failed)] = False
            part.store(piece[better], found.rows(better))
        rows = rows[part.error[rows] > PROMISED]
    small = np.abs(part.value) <= np.maximum(NEGLIGIBLE * doubles, NEGLIGIBLE**2)
    zero = rows[(part.digits[rows] == DIGITS[-1]) & small[rows]]
    part.value[zero], part.error[zero] = 0.0, 0.0
    refined = part.digits > DOUBLE.digits
    part.vanishing[refined & (part.value == 0)] = True  # also where bounds underflow to 0
    not_finite = np.flatnonzero(~np.isfinite(part.value))
    part.fail(np.setdiff1d(not_finite, list(part.failed)), NOT_FINITE)


def _pieces(given: NumericValues, rows: Rows) -> Iterator[Rows]:
    together = rows_at_once(given)
    for first in range(0, len(rows), together):
        yield rows[first : first + together]


def _afforded(given: NumericValues, rows: Rows) -> Rows:
    """The first of the rows, as many as are not too expensive."""
    spaces = [space for space in given.sizes if space.letters]
    dense = [given.sizes[space] for space in spaces if not space.commuting]
    if any(size > LARGEST_DENSE for size in dense):
        return rows[:0]
    eigenvalues = sum(given.length(space) for space in spaces if space.commuting)
    costs = eigenvalues, sum(size**3 for size in dense)
    most = [limit / cost for limit, cost in zip(AFFORDED, costs, strict=True) if cost]
    return rows[: max(1, int(min(most)))] if most else rows
