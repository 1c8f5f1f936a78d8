"""A projection with independent Gaussian entries, φ(x) = Sᵀx."""

import dataclasses
import math
from typing import TYPE_CHECKING, ClassVar

from ..base.accepted_values import Count, RealNumber
from ..base.arrays import Number
from ..base.errors import SpecError
from ..base.validation import positive
from ..base.wording import plural, short_repr
from .model import Measures, Model, checked_width
from .width_closures import Closure, GaussianClosure

__all__ = ["RandomProjection"]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class RandomProjection(Model):
    """Ridge regression on φ(x) = Sᵀx, with S a d×width matrix of independent N(0, s²) entries.

    Parameters
    ----------
    width : int
        m ≥ 1; may exceed d and n.
    entry_variance : float or None
        s² > 0; None is 1/d, as in the paper. As width → ∞ the model tends to the linear one at the same ridge
        only for s² = 1/width; with s² = 1/d it tends to the linear model at ridge · d/width.

    Raises
    ------
    SpecError
        A width that is not an integer of at least 1; an entry variance that is not positive.

    Notes
    -----
    Assumes that S is independent of the data, and that m, n, d are large.

    Source: arXiv 2410.04840 v2, section 2 (random projections as neural networks); its Theorem 2.

    Examples
    --------
    >>> RandomProjection(100.0)
    RandomProjection(width=100, entry_variance=None)
    >>> RandomProjection(80, draw="a")
    RandomProjection(width=80, entry_variance=None, draw='a')
    """

    joins_stages: ClassVar[bool] = True
    kind: ClassVar[str] = "random-projection"
    statements: ClassVar[frozenset[str]] = frozenset(
        {"theorem_2", "proposition_projection", "paper_variables"}
    )
    width: int = dataclasses.field()
    entry_variance: float | None = None
    draw: str | None = dataclasses.field(default=None, compare=False, kw_only=True)

    if TYPE_CHECKING:

        def __init__(
            self, width: Count, entry_variance: RealNumber | None = None, *, draw: str | None = None
        ) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", checked_width(self.width))
        if self.entry_variance is not None:
            variance = positive(self.entry_variance, "entry_variance", "None takes the paper's 1/d.")
            object.__setattr__(self, "entry_variance", variance)

        if not isinstance(self.draw, str | None):
            raise SpecError(f'draw must be a name or None; got {short_repr(self.draw)}. Write draw="a".')

    def entry_variance_in(self, d: float, first_trace: float = math.nan) -> float:
        """s², by default 1/d."""
        return 1.0 / d if self.entry_variance is None else self.entry_variance

    def gain(self, d: float, first_trace: float = math.nan) -> float:
        """m s²."""
        return self.width * self.entry_variance_in(d)

    def closure(self, penalty: Number, measures: Measures) -> Closure[Number]:
        """Independent Gaussian entries, with penalty/s² as the penalty."""
        s2 = self.entry_variance
        scaled = penalty * measures.dimension() if s2 is None else penalty / measures.number(s2)
        return GaussianClosure(measures.number(float(self.width)), scaled)

    def __repr__(self) -> str:
        draw = "" if self.draw is None else f", draw={self.draw!r}"
        return f"RandomProjection(width={self.width}, entry_variance={self.entry_variance}{draw})"

    def __str__(self) -> str:
        return f"ridge regression on {plural(self.width, 'random projection')}"
