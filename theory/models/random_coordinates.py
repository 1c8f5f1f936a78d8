"""A sketch by random coordinates: the model sees m coordinates of x, drawn once."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from ..base.accepted_values import Count
from ..base.arrays import Number
from ..base.errors import SpecError
from ..base.wording import plural
from ..data.covariance import Covariance
from ..data.spectrum import Spectrum
from .model import Measures, Model, check_at_most, checked_width
from .width_closures import Closure, LinearClosure

__all__ = ["RandomCoordinates"]


@dataclasses.dataclass(frozen=True, eq=False)
class RandomCoordinates(Model):
    """φ(x) = x_J with J a set of m coordinates, uniformly at random without replacement.

    The prediction is the deterministic equivalent of the mean over draws of J: each coordinate is
    seen with probability m/d. What is not seen acts as noise of the labels, and is counted as bias
    and collapse, not as variance. Where a few coordinates matter, one draw says little of another:
    ``Prediction.spread`` is the standard deviation over draws of J, and the status is
    ``approximate`` where it exceeds 4 % of the error.

    Parameters
    ----------
    width : m, an integer of at least 1, at most d; width = d is the linear model.

    Raises
    ------
    SpecError
        A width that is no integer of at least 1. The problem refuses one above d, and covariances
        that are not diagonal in the coordinates in use: there the coordinates that are seen are
        correlated with those that are not.

    Assumptions: J is independent of the data, x is Gaussian, and covariances are diagonal in the
    coordinates that J is drawn from. Source: the master equations of the linear model with every
    coordinate split into a part that is seen and one that is not (``coordinate_draws`` for the
    spread); not in arXiv 2410.04840.

    >>> from detequiv import Problem, Source, power_law, predict
    >>> s = power_law(400, 1.0, trace=1.0)
    >>> sketch = Problem(signal=1.0, sources=[Source(300, s)], ridge=0.001, model=RandomCoordinates(200))
    >>> prediction = predict(sketch)
    >>> round(prediction.error, 3), round(prediction.spread, 3), str(prediction.status)
    (0.65, 0.108, 'approximate')
    """

    kind: ClassVar[str] = "random-coordinates"
    width: int = dataclasses.field()

    if TYPE_CHECKING:

        def __init__(self, width: Count) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", checked_width(self.width, "It is m, the coordinates seen."))

    @property
    def coordinates_seen(self) -> int:
        """m."""
        return self.width

    def check(self, d: float, covariances: Sequence[Spectrum | Covariance]) -> None:
        """Refuse a width above the dimension, and covariances that are not diagonal."""
        check_at_most(self.width, d, "No more than d coordinates can be seen.")
        names = [f"source {k}" for k in range(len(covariances) - 1)] + ["the target"]
        for name, covariance in zip(names, covariances, strict=True):
            if isinstance(covariance, Covariance) and covariance.diagonal is None:
                raise SpecError(
                    f"covariances must be diagonal in the coordinates that RandomCoordinates draws from; "
                    f"got a matrix with off-diagonal entries for {name}. OrthogonalProjection(width) and "
                    f"RandomProjection(width) take any covariance."
                )

    def closure(self, penalty: Number, measures: Measures) -> Closure[Number]:
        """That of the linear model, for n d/m samples: all equations are divided by m/d."""
        return LinearClosure(penalty)

    def __str__(self) -> str:
        return f"ridge regression on {plural(self.width, 'random coordinate')}"
