"""Types that callers may pass where the library stores floats and float64 arrays.

Constructors convert their arguments: a field has the narrow type that is read back, and the signature
of ``__init__`` for type checkers, under ``TYPE_CHECKING``, the wide one.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Count", "RealArray", "RealNumber", "RealVector", "SupportsArray"]

RealNumber = float | np.floating[Any] | np.integer[Any] | Fraction
"""One real number. A bool is one to type checkers, but is refused."""

Count = RealNumber
"""An integer, of whatever type: 100, 100.0 and np.int64(100) are the same count."""


class SupportsArray(Protocol):
    """Anything numpy converts to an array: arrays of any dtype, pandas series and frames."""

    def __array__(self) -> NDArray[Any]:
        """The array."""


RealVector = Sequence[RealNumber] | SupportsArray

RealArray = RealVector | Sequence[Sequence[RealNumber]] | Sequence[SupportsArray]
"""One or two dimensions; lists may be nested, and may hold arrays."""
