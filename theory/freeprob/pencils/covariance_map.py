"""The covariance map of a pencil, for people: η_ij = Σ E[Q_ia G_ab Q_bj]."""

from collections.abc import Iterable

from ..symbols.printing import plain
from ..symbols.words import Spaces
from .gaussian_pairs import GaussianPair
from .letter_polynomials import matrix_of
from .pencil import PencilNames

__all__ = ["covariance_map"]


def covariance_map(pairs: Iterable[GaussianPair], spaces: Spaces, names: PencilNames) -> str:
    """A line for each pair of terms with one Gaussian matrix: of l₁Xr₁ at (i, a) and l₂Xᵀr₂ at
    (b, j), the part v tr(C r₁ G_ab l₂) l₁ D r₂ of η_ij."""
    return "\n".join(_line(pair, spaces, names) for pair in pairs)


def _line(pair: GaussianPair, spaces: Spaces, names: PencilNames) -> str:
    factor, law = pair.first.factor, pair.first.factor.of.law
    outer, inner = (law.column, law.row) if factor.transposed else (law.row, law.column)
    weight = matrix_of(inner, spaces) @ pair.first.right
    trace = names.cell(weight, f"G[x{pair.a} x{pair.b}]", pair.second.left)
    response = pair.first.left @ matrix_of(outer, spaces) @ pair.second.right
    text = names.cell(response) or names.identity
    return f"η[x{pair.i} x{pair.j}] += {plain(law.variance)} tr({trace}) {text}"
