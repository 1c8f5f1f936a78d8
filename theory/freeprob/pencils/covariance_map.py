"""The covariance map of a pencil, for people: η_ij = Σ E[Q_ia G_ab Q_bj]."""

from ..symbols.printing import plain
from ..symbols.words import Poly, Spaces
from .components import components, reachable
from .pencil import Pencil, PencilNames, matrix_of

__all__ = ["covariance_map"]


def covariance_map(pencil: Pencil, spaces: Spaces, names: PencilNames) -> str:
    """A line for each pair of terms with one Gaussian matrix: of l₁Xr₁ at (i, a) and l₂Xᵀr₂ at
    (b, j), the part v tr(C r₁ G_ab l₂) l₁ D r₂ of η_ij, where G_ab is not 0 by its place."""
    after: dict[int, list[int]] = {i: [] for i in range(len(pencil.spaces))}
    for i, j in (*pencil.fixed, *pencil.gaussian):
        after[i].append(j)
    groups = components(after)
    group = {i: k for k, members in enumerate(groups) for i in members}
    leads = reachable(after, groups)
    lines = []
    for (i, a), firsts in pencil.gaussian.items():
        for (b, j), seconds in pencil.gaussian.items():
            for one in firsts:
                for two in seconds:
                    if one.factor.opposite == two.factor and group[b] in leads[group[a]]:
                        law = one.factor.of.law
                        pair = law.row, law.column
                        outer, inner = pair[::-1] if one.factor.transposed else pair
                        inside = (matrix_of(inner, spaces) @ one.right, None, two.left)
                        entry = f"G[x{a} x{b}]"
                        trace = names.cell(*(entry if x is None else x for x in inside))
                        outside = one.left @ matrix_of(outer, spaces) @ two.right
                        variance, left = plain(law.variance), _told(outside, names)
                        lines.append(f"η[x{i} x{j}] += {variance} tr({trace}) {left}")
    return "\n".join(lines)


def _told(poly: Poly, names: PencilNames) -> str:
    return names.cell(poly) or names.identity
