"""A projection with independent Gaussian entries, φ(x) = Sᵀx."""

import dataclasses
import math
from typing import TYPE_CHECKING, ClassVar

from ..base.accepted_values import Count, RealNumber
from ..base.arrays import Number
from ..base.validation import positive
from ..base.wording import plural
from .model import Measures, Model, checked_width
from .width_closures import Closure, GaussianClosure

__all__ = ["RandomProjection"]


@dataclasses.dataclass(frozen=True, eq=False)
class RandomProjection(Model):
    """φ(x) = Sᵀx with S a d×width matrix of independent N(0, entry_variance) entries.

    Parameters
    ----------
    width : m, an integer of at least 1 (an integral float is one too); it may exceed d and n.
    entry_variance : s² > 0, or None for the paper's 1/d. The limit width → ∞ is the linear model at
        the same ridge only for s² = 1/width; with s² = 1/d it is the linear model at
        ridge · d/width.

    Raises
    ------
    SpecError
        A width that is no integer of at least 1, or an entry variance that is not positive.

    Assumptions: S is independent of the data, and m, n, d are large.

    Source: arXiv 2410.04840 v2, section 2 (the neural networks' random projections); Theorem 2.

    >>> RandomProjection(100.0)
    RandomProjection(width=100, entry_variance=None)
    """

    kind: ClassVar[str] = "random-projection"
    statements: ClassVar[frozenset[str]] = frozenset(
        {"theorem_2", "proposition_projection", "paper_variables"}
    )
    width: int = dataclasses.field()
    entry_variance: float | None = None

    if TYPE_CHECKING:

        def __init__(self, width: Count, entry_variance: RealNumber | None = None) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", checked_width(self.width))
        if self.entry_variance is not None:
            variance = positive(self.entry_variance, "entry_variance", "None takes the paper's 1/d.")
            object.__setattr__(self, "entry_variance", variance)

    def entry_variance_in(self, d: float, first_trace: float = math.nan) -> float:
        """s², 1/d by default."""
        return 1.0 / d if self.entry_variance is None else self.entry_variance

    def gain(self, d: float, first_trace: float = math.nan) -> float:
        """m s²."""
        return self.width * self.entry_variance_in(d)

    def closure(self, penalty: Number, measures: Measures) -> Closure[Number]:
        """Independent Gaussian entries, with penalty/s² in the place of the penalty."""
        s2 = self.entry_variance
        scaled = penalty * measures.dimension() if s2 is None else penalty / measures.number(s2)
        return GaussianClosure(measures.number(float(self.width)), scaled)

    def __str__(self) -> str:
        return f"ridge regression on {plural(self.width, 'random projection')}"
