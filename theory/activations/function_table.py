"""Functions of one real variable: taken element by element, and tabulated at fixed points.

By its table an activation is told from others, and seen to be odd or even.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.arrays import Array, frozen_array, real_array
from ..base.errors import ShapeError, SpecError
from ..base.validation import refusal
from ..base.wording import shortest_float
from .gaussian_moments import ActivationMoments

__all__ = ["Function", "FunctionTable", "NamedFunction", "tabulate"]

Function = Callable[[Any], Any]

POINTS = frozen_array([*2.0 ** np.arange(-24, -3), *0.109 * np.arange(1, 76), 11.3, 17.9, 31.7], "points", "")
"""Where activations are told apart, with 0 and the negatives; no simple function has all as zeros.
"""
ROUNDING = 16 * np.finfo(float).eps
"""numpy's z**3 is odd to the last bit or the last but one, depending on processor and version."""
KEPT_BITS = 32
"""Of the values on the grid: processors differ in the last bits of tanh, digests should not."""


class NamedFunction:
    """Attributes that do not count in comparisons: only fields of a dataclass are compared."""

    name: str
    function: Function
    breaks: tuple[float, ...]
    odd: bool
    even: bool
    _elementwise: Function
    _moments: dict[Any, ActivationMoments]

    def __call__(self, z: Any) -> Array:
        """act(z), element by element: a float64 array of the shape of z."""
        argument = real_array(z, "z", f"{self.name} takes one number, or an array of them.")
        return np.asarray(self._elementwise(np.asarray(argument, dtype=float)), dtype=float)


class FunctionTable(NamedTuple):
    """A function that takes arrays, and what its values at 0, the points and their negatives say.

    The values, in this order, are rounded to 32 bits. A function counts as odd or even if it is so
    at every point z up to 16 ε of its largest value between z/4 and z; a part of the other parity
    below that is smaller than the error of the moments.
    """

    elementwise: Function
    odd: bool
    even: bool
    values: Array


def tabulate(name: str, function: Function) -> FunctionTable:
    """The table of a function, which may take arrays or single numbers.

    Raises SpecError if the name is no text, or the function not real, finite, elementwise or of
    several values; ShapeError if it returns another shape.

    >>> tabulate("cube", lambda z: z**3).odd
    True
    """
    _named(name)
    _called(function)
    elementwise = _elementwise(name, function)
    zero, right, left = (_values(name, elementwise, z) for z in (np.zeros(1), POINTS, -POINTS))
    values = np.concatenate([zero, right, left])
    if np.ptp(values) == 0:
        raise SpecError(
            f"{name} must not be constant: nothing is left after centring; got "
            f"{shortest_float(values[0])} everywhere. Pass a function that varies."
        )
    _check_parts(name, elementwise, right)
    odd, even = zero[0] == 0 and _equal(left, -right), _equal(left, right)
    return FunctionTable(elementwise, bool(odd), even, frozen_array(_rounded(values), "values", ""))


def _equal(a: Array, b: Array) -> bool:
    """Whether two functions agree at the points, up to rounding.

    If terms cancel, rounding is relative to their size, which the values at nearby points reveal.
    """
    ratio = POINTS / POINTS[:, None]
    size = np.where((ratio >= 0.25) & (ratio <= 1), np.abs(b), 0.0).max(axis=1)
    return bool((np.abs(a - b) <= ROUNDING * size).all())


def _check_parts(name: str, elementwise: Function, right: Array) -> None:
    """Values must not change where the function sees some of the points, in another order."""
    some = np.s_[1::-1]
    parts = _values(name, elementwise, POINTS.reshape(3, -1)[some])
    # not ==: rows of another length may be evaluated by other instructions
    if not np.allclose(parts, right.reshape(3, -1)[some], rtol=1e-9, atol=0):
        raise SpecError(
            f"{name} must be applied element by element; its value at a point changes with the "
            "other points of the array. Pass a function of each number by itself."
        )


def _rounded(values: Array) -> Array:
    """To KEPT_BITS significant bits."""
    mantissas, exponents = np.frexp(values)
    kept: Array = np.ldexp(np.round(np.ldexp(mantissas, KEPT_BITS)), exponents - KEPT_BITS) + 0.0
    return kept


def _named(name: object) -> None:
    if not isinstance(name, str) or not name:
        raise SpecError(refusal("name", "must be a text", name, "It is for people to read."))


def _called(function: object) -> None:
    if not callable(function):
        remedy = "Pass a function of an array, such as numpy.tanh."
        raise SpecError(refusal("function", "must be callable", function, remedy))


def _elementwise(name: str, function: Function) -> Function:
    """The function itself if it takes an array, or a loop over the array's numbers."""
    looped = np.vectorize(function, otypes=[float])
    try:
        _call(function, np.concatenate([[0.0], POINTS, -POINTS]))
    except Exception as on_arrays:
        try:
            _call(looped, np.concatenate([[0.0], POINTS, -POINTS]))
        except Exception as on_numbers:
            raise SpecError(
                f"{name} must take and return float64 numbers between ±32, in arrays or one by "
                f"one; got {_told(on_arrays)} on an array and {_told(on_numbers)} on a number."
            ) from on_numbers
        return looped
    return function


def _as_array(name: str, returned: Any) -> NDArray[Any]:
    try:
        return np.asarray(returned)
    except ValueError:
        raise ShapeError(
            f"{name} must return an array of the shape of its argument; got rows of several "
            f"lengths. Pass a function that is applied element by element."
        ) from None


def _told(error: Exception) -> str:
    return f"{type(error).__name__} ({error})"


def _call(function: Function, z: Array) -> Any:
    """Called on an array that cannot be written to, for a user's might be needed afterwards."""
    with np.errstate(all="ignore"):
        return function(frozen_array(z, "z", ""))


def _values(name: str, function: Function, z: Array) -> Array:
    """The values at z, or a sentence that says what is wrong with them."""
    values = _as_array(name, _call(function, z))
    if values.shape != z.shape:
        raise ShapeError(
            f"{name} must return an array of the shape of its argument; got {values.shape} for "
            f"{z.shape}. Pass a function that is applied element by element."
        )
    if values.dtype.kind not in "fiub":
        remedy = "Take its real part, or its absolute value."
        raise SpecError(refusal(name, "must be real", str(values.dtype), remedy))
    if not np.isfinite(values).all():
        at = z[~np.isfinite(values)][0]
        raise SpecError(
            f"{name} must be finite; got {values[~np.isfinite(values)][0]} at {at:.6g}. Random "
            f"features need values between ±32 at least: pass a function that does not overflow."
        )
    return values.astype(float)
