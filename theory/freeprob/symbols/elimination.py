"""The inverse of a small matrix of polynomials in letters, by pivots known to be regular."""

from collections.abc import Sequence

from ...base.errors import SpecError
from .scalars import Constant
from .words import Poly, Space

__all__ = ["SINGULAR", "inverse_matrix"]

Square = list[list[Poly]]

SINGULAR = (
    "an inverse cannot be shown to exist: what is inverted is singular without its Gaussian "
    "matrices. Add a multiple of the identity, as in (X.T @ X + lam * identity(d)).inv()."
)


def inverse_matrix(matrix: Square, regular: Square, space: Space) -> Square:
    """The inverse, entries in words of letters and named inverses, products in their order.

    matrix : F − η on one space. regular : F alone, which is invertible. Both are eliminated with
    the same pivots, each invertible in the second one: so no pivot vanishes as η → 0, where the
    fixed point is followed from. Multiples of the identity are preferred, then short ones.
    """
    size = len(matrix)
    left = [[*row, *_unit(space, size, i)] for i, row in enumerate(matrix)]
    still = [list(row) for row in regular]
    order: list[tuple[int, int]] = []
    free_rows, free_columns = list(range(size)), list(range(size))
    while free_rows:
        regulars = [(i, j) for i in free_rows for j in free_columns if still[i][j].regular]
        if not regulars:
            raise SpecError(SINGULAR)
        i, j = min(regulars, key=lambda place: _cost(left, place, free_rows, free_columns))
        _eliminate(still, i, j, space, clear=free_rows)
        _eliminate(left, i, j, space, clear=range(size))
        free_rows.remove(i)
        free_columns.remove(j)
        order.append((i, j))
    inverse: Square = [[space.zero] * size for _ in range(size)]
    for i, j in order:
        inverse[j] = left[i][size:]
    return inverse


def _unit(space: Space, size: int, i: int) -> list[Poly]:
    return [space.identity if k == i else space.zero for k in range(size)]


def _cost(
    rows: Square, place: tuple[int, int], free_rows: Sequence[int], free_columns: Sequence[int]
) -> tuple[object, ...]:
    """Whether an inverse must be named, its length, and Markowitz' count of the entries that fill in."""
    i, j = place
    pivot = rows[i][j]
    filled = sum(1 for k in free_rows if rows[k][j].terms) - 1
    filled *= sum(1 for k in free_columns if rows[i][k].terms) - 1
    c = pivot.number
    return c is None, 0 if isinstance(c, Constant) else 1, filled, len(pivot.terms)


def _eliminate(rows: Square, i: int, j: int, space: Space, clear: Sequence[int]) -> None:
    """Row i divided by its pivot, and column j cleared in the other rows."""
    inverse = space.inverse(rows[i][j])
    rows[i] = [inverse @ x if x.terms else x for x in rows[i]]
    rows[i][j] = space.identity
    for k in clear:
        factor = rows[k][j]
        if k != i and factor.terms:
            rows[k] = [x - factor @ y if y.terms else x for x, y in zip(rows[k], rows[i], strict=True)]
            rows[k][j] = space.zero
