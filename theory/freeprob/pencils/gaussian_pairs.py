"""Pairs of Gaussian terms of a pencil, which its covariance map η_ij = Σ E[Q_ia G_ab Q_bj] is made of."""

import dataclasses
from collections.abc import Iterator

from .components import components, reachable
from .pencil import Pencil, Term

__all__ = ["GaussianPair", "PencilComponents"]


@dataclasses.dataclass(frozen=True, eq=False)
class GaussianPair:
    """l₁Xr₁ at (i, a) and l₂Xᵀr₂ at (b, j), a leading to b: elsewhere G_ab is 0."""

    i: int
    a: int
    first: Term
    b: int
    j: int
    second: Term


class PencilComponents:
    """The strongly connected components of a pencil, and its pairs of Gaussian terms.

    groups : variables by component, each after those that it leads to. group : variable → number of
    its component. leads : for each component the numbers of those that it leads to, itself included.
    """

    def __init__(self, pencil: Pencil) -> None:
        successors = pencil.successors
        self.groups = components(successors)
        self.leads = reachable(successors, self.groups)
        self.group = {i: k for k, group in enumerate(self.groups) for i in group}
        self.pairs = tuple(self._pairs(pencil))

    def between(self, I: int, J: int) -> list[int]:
        """The components on the way from I to J, both included, in this order."""
        return [K for K in sorted(self.leads[I], reverse=True) if J in self.leads[K]]

    def _pairs(self, pencil: Pencil) -> Iterator[GaussianPair]:
        for (i, a), firsts in pencil.gaussian.items():
            for (b, j), seconds in pencil.gaussian.items():
                if self.group[b] in self.leads[self.group[a]]:
                    for first in firsts:
                        for second in seconds:
                            if first.factor.opposite == second.factor:
                                yield GaussianPair(i, a, first, b, j, second)
