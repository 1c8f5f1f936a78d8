"""Users' functions of scores, told from each other by their values at fixed points."""

import dataclasses
from typing import Any

import numpy as np

from ..base.arrays import Array, frozen_array
from ..base.errors import ShapeError, SpecError
from ..base.frozen_value import Value
from ..base.validation import as_list, real, refusal

__all__ = ["ScoreFunction", "jumps_and_kinks"]

_RIGHT = [*2.0 ** np.arange(-16, -3), *0.109 * np.arange(1, 76), 11.3]
SCORES = frozen_array([*(-x for x in reversed(_RIGHT)), 0.0, *_RIGHT], "points", "")
"""Where functions are told apart."""
LABELS = (-7.9, -3.1, -1.0, -0.43, 0.0, 0.43, 1.0, 3.1, 7.9)
"""The labels at which functions of score and label are."""
KEPT_BITS = 32
"""Of the values: processors differ in the last bits of exp, digests should not."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class ScoreFunction(Value):
    """A vectorised function of the score, or of score and label.

    Parameters
    ----------
    name : str
        What it is called in refusals.
    function : callable
        Takes float64 arrays of one shape and returns such an array, or one number.
    arguments : int
        1 for a function of the score, 2 for one of score and label.
    least, most : float
        The range of its values.
    values : ndarray or None
        Its values at fixed points, rounded to 32 bits; None computes them. Equality and the digest
        use these. Pickling keeps the function, and fails if that cannot be pickled.

    Raises
    ------
    SpecError
        A function that is not callable, or raises or leaves its range at these points.
    ShapeError
        A function that returns another shape.

    Examples
    --------
    >>> cube = ScoreFunction("mean", lambda z: z**3)
    >>> cube == ScoreFunction("mean", lambda z: z * z * z), cube(np.array([2.0]))
    (True, array([8.]))
    """

    name: str = dataclasses.field(compare=False)
    function: Any = dataclasses.field(compare=False)
    arguments: int = 1
    least: float = -np.inf
    most: float = np.inf
    values: Array | None = None

    def __post_init__(self) -> None:
        if not callable(self.function):
            remedy = "Pass a function of an array, such as numpy.tanh."
            raise SpecError(refusal(self.name, "must be callable", self.function, remedy))
        if self.values is None:
            points = [SCORES] if self.arguments == 1 else np.meshgrid(SCORES, LABELS)
            values = self(*(np.ascontiguousarray(p) for p in points))
            object.__setattr__(self, "values", frozen_array(_rounded(values), "values", ""))

    def __call__(self, *arguments: Array) -> Array:
        """The values, one for each score, checked."""
        shape = arguments[0].shape
        try:
            with np.errstate(all="ignore"):
                found = np.asarray(self.function(*arguments))
                values = found.astype(float)
        except Exception as error:
            raise SpecError(
                f"{self.name} must take and return arrays of numbers; got {type(error).__name__} ({error}). "
                f"Pass a vectorised function of {'score and label' if self.arguments == 2 else 'the score'}."
            ) from error
        if values.shape not in (shape, ()):
            raise ShapeError(
                f"{self.name} must return an array of the shape of its argument; got {values.shape} for "
                f"{shape}. Pass a function that is applied element by element."
            )
        values = np.broadcast_to(values, shape)
        right = (values >= self.least) & (values <= self.most) & np.isfinite(values)
        if not right.all():
            self._refuse(arguments, values, ~right)
        return values

    def _refuse(self, arguments: tuple[Array, ...], values: Array, wrong: Any) -> None:
        at = ", ".join(f"{a[wrong].flat[0]:.6g}" for a in np.broadcast_arrays(*arguments))
        rule = "must be finite"
        if np.isfinite([self.least, self.most]).all():
            rule = f"must lie between {self.least:g} and {self.most:g}"
        elif np.isfinite(self.least):
            rule = f"must be finite and at least {self.least:g}"
        remedy = "Clip it, or pass another function."
        raise SpecError(f"{self.name} {rule}; got {values[wrong].flat[0]:.6g} at {at}. {remedy}")

    def __repr__(self) -> str:
        return getattr(self.function, "__name__", type(self.function).__name__)


def _rounded(values: Array) -> Array:
    mantissas, exponents = np.frexp(values)
    kept: Array = np.ldexp(np.round(np.ldexp(mantissas, KEPT_BITS)), exponents - KEPT_BITS) + 0.0
    return kept


def jumps_and_kinks(given: object) -> tuple[float, ...]:
    """The declared breaks of a function, sorted."""
    remedy = "They are the scores where the function jumps or has a kink."
    points = as_list(given, "breaks", "must be a list of numbers", remedy)
    return tuple(sorted({real(z, "breaks", remedy) for z in points}))
