"""A projection with orthonormal columns, uniform among them."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from ..base.accepted_values import Count
from ..base.arrays import Number
from ..base.wording import plural
from ..data.covariance import Covariance
from ..data.spectrum import Spectrum
from .model import Measures, Model, check_at_most, checked_width
from .width_closures import Closure, LinearClosure, OrthogonalClosure

__all__ = ["OrthogonalProjection"]


@dataclasses.dataclass(frozen=True, eq=False)
class OrthogonalProjection(Model):
    """Ridge regression on φ(x) = Sᵀx, with S uniform among d×width matrices with orthonormal columns.

    Parameters
    ----------
    width : int
        m, from 1 to d; width = d is the linear model.

    Raises
    ------
    SpecError
        A width that is not an integer of at least 1. The problem refuses a width above d.

    Notes
    -----
    Assumes that S is independent of the data.

    Source: the master equations with the S-transform of a projection; not in the paper.

    Examples
    --------
    >>> OrthogonalProjection(100)
    OrthogonalProjection(width=100)
    """

    kind: ClassVar[str] = "orthogonal-projection"
    width: int = dataclasses.field()

    if TYPE_CHECKING:

        def __init__(self, width: Count) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", checked_width(self.width))

    def check(self, d: float, covariances: Sequence[Spectrum | Covariance]) -> None:
        """Refuse a width above the dimension."""
        check_at_most(
            self.width, d, "No more than d columns are orthonormal; RandomProjection takes any width."
        )

    def gain(self, d: float, first_trace: float) -> float:
        """m/d."""
        return self.width * (1 / d)

    def closure(self, penalty: Number, measures: Measures) -> Closure[Number]:
        """Orthonormal columns; the linear model at full width."""
        left_out = measures.dimension(less=self.width)
        if left_out == 0:
            return LinearClosure(penalty)
        return OrthogonalClosure(measures.number(float(self.width)), penalty, left_out)

    def __str__(self) -> str:
        return f"ridge regression on {plural(self.width, 'orthogonal projection')}"
