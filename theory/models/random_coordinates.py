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
    """Ridge regression on φ(x) = x_J, with J a uniformly random set of m coordinates.

    The prediction is the deterministic equivalent of the mean over draws of J: each coordinate is seen
    with probability m/d. Coordinates that are not seen act as label noise, and count as bias and
    collapse, not as variance. If a few coordinates dominate, the error differs between draws:
    ``Prediction.spread`` is its standard deviation over J, and the status is ``approximate`` if it
    exceeds 4% of the error.

    Parameters
    ----------
    width : int
        m, from 1 to d; width = d is the linear model.

    Raises
    ------
    SpecError
        A width that is not an integer of at least 1. The problem refuses a width above d, and
        covariances that are not diagonal in the coordinates in use, where seen and unseen coordinates
        are correlated.

    Notes
    -----
    Assumes that J is independent of the data, x is Gaussian, and covariances are diagonal in the
    coordinates that J is drawn from.

    Source: the master equations of the linear model with every coordinate split into a seen and an
    unseen part; not in arXiv 2410.04840.

    Examples
    --------
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
        """The closure of the linear model for n d/m samples: all equations are divided by m/d."""
        return LinearClosure(penalty)

    def __str__(self) -> str:
        return f"ridge regression on {plural(self.width, 'random coordinate')}"
