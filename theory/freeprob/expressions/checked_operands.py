"""Checks of what matrix expressions are made of besides matrices: scalars, dimensions, names."""

import math
import numbers
from typing import Any, Protocol

import sympy

from ...base.errors import ShapeError, SpecError
from ...base.wording import short_repr
from ..symbols.space_dimensions import SpaceDimension

__all__ = [
    "Scalar",
    "Shaped",
    "check_square",
    "checked_dimension",
    "checked_name",
    "checked_scalar",
    "is_exact_zero",
    "shaped",
]

Scalar = Any
"""A number or a sympy expression."""


class Shaped(Protocol):
    """Anything with rows and columns."""

    @property
    def rows(self) -> SpaceDimension:
        """The dimension of the space that it maps to."""

    @property
    def columns(self) -> SpaceDimension:
        """The dimension of the space that it maps from."""


def checked_scalar(value: object) -> sympy.Expr:
    """A sympy expression; floats are taken for the decimal that is written.

    >>> checked_scalar(0.1)
    1/10
    """
    if not isinstance(value, bool) and isinstance(value, numbers.Real) and math.isfinite(value):
        return sympy.nsimplify(str(value), rational=True)
    if isinstance(value, sympy.Expr):
        infinite = value.has(sympy.oo, -sympy.oo, sympy.zoo, sympy.nan)
        traces = any(hasattr(x, "matrix") for x in sympy.preorder_traversal(value))
        if not infinite and not traces and value.is_real is not False:
            return value
    raise SpecError(
        f"a scalar must be a finite real number or a sympy expression without traces; got "
        f"{short_repr(value)}."
    )


def is_exact_zero(value: object) -> bool:
    """Whether it is the integer 0, and not a float that happens to be 0.

    >>> is_exact_zero(0), is_exact_zero(0.0), is_exact_zero(False)
    (True, False, False)
    """
    exact = isinstance(value, numbers.Integral | sympy.Integer) and not isinstance(value, bool)
    return exact and value == 0


def checked_dimension(value: object, usage: str) -> SpaceDimension:
    """A dimension of ``dimensions``."""
    if not isinstance(value, SpaceDimension):
        raise SpecError(f"{usage} takes dimensions of fp.dimensions; got {short_repr(value)}.")
    return value


def checked_name(value: object) -> str:
    """An identifier."""
    if not isinstance(value, str) or not value.isidentifier():
        raise SpecError(f"the name of a matrix must be an identifier; got {short_repr(value)}.")
    return value


def check_square(matrix: Shaped, what: str) -> None:
    """Refuses a matrix that is not, for what is to be made of it."""
    if matrix.rows != matrix.columns:
        raise ShapeError(f"{what} needs a square matrix; got {shaped(matrix)}.")


def shaped(matrix: Shaped) -> str:
    """A matrix with its dimensions."""
    return f"{matrix} ({matrix.rows} by {matrix.columns})"
