"""Arrays that do not change: copied once to float64, all entries finite, write-protected."""

import numbers
import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checks import sentence
from .errors import ShapeError, SpecError

__all__ = ["Array", "Numbers", "frozen_array"]

Array = NDArray[np.float64]

Numbers = Any
"""float64 arrays, or object arrays of mpmath numbers, or one number of either kind: what the
equations run on. No common type describes the two."""

_frozen: "weakref.WeakValueDictionary[int, Array]" = weakref.WeakValueDictionary()


def frozen_array(value: object, name: str, remedy: str) -> Array:
    """A float64 copy of ``value`` (C order, −0.0 made 0.0), all entries finite.

    The copy lives on immutable bytes, so that numpy itself refuses to make it writeable again. An
    array that this function made is passed through as it is.
    """
    if isinstance(value, np.ndarray) and _frozen.get(id(value)) is value:
        return value
    raw = _numbers(value, name, remedy)
    array: Array = np.array(raw, dtype=np.float64, order="C")
    array += 0.0
    if not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        where = place[0] if len(place) == 1 else place
        raise SpecError(sentence(f"{name}[{where}]", "must be finite", array[place], remedy))
    frozen: Array = np.ndarray(array.shape, np.float64, array.tobytes())
    _frozen[id(frozen)] = frozen
    return frozen


def _numbers(value: object, name: str, remedy: str) -> Any:
    try:
        raw = np.asarray(value)
    except ValueError:
        raise ShapeError(
            f"{name} must be an array of numbers with rows of one length; got rows of several. "
            f"{remedy}"
        ) from None
    if raw.dtype == object and all(
        isinstance(x, numbers.Real) and not isinstance(x, bool) for x in raw.flat
    ):
        raw = raw.astype(np.float64)
    if raw.dtype.kind not in "iuf":
        kind = "complex" if raw.dtype.kind == "c" else str(raw.dtype)
        what = f"{kind} entries" if raw.ndim else repr(value)
        raise SpecError(f"{name} must hold real numbers; got {what[:80]}. {remedy}")
    return raw
