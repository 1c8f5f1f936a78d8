"""Rational expressions in Gaussian and deterministic matrices, as users write them.

Their operations are in ``operations``; its nodes are exported from here, too.
"""

import dataclasses
import functools
from typing import Any

import sympy

from ...base.argument_checks import checked_call
from ...base.errors import ShapeError, SpecError
from ...base.wording import short_repr
from ..symbols.space_dimensions import SpaceDimension
from .checked_operands import Scalar, checked_dimension, checked_name, checked_scalar, shaped
from .modular import is_symmetric
from .notation import Notation
from .operations import Identity, Inverse, Matrix, Product, Shape, Sum, Symmetric

__all__ = [
    "Deterministic",
    "Gaussian",
    "Identity",
    "Inverse",
    "Matrix",
    "Product",
    "Sum",
    "Transpose",
    "identity",
]


@dataclasses.dataclass(frozen=True, init=False)
class Deterministic(Symmetric):
    """A symmetric deterministic matrix on one space.

    Parameters
    ----------
    space : SpaceDimension
        Its dimension, from :func:`dimensions`.
    name : str
        Its name; the same name on the same space is the same matrix.

    Notes
    -----
    Its value is an array of eigenvalues if the matrices of its space commute, and a matrix otherwise.

    Examples
    --------
    >>> from detequiv.theory.freeprob import dimensions
    >>> print(Deterministic(dimensions("d"), "Sigma"))
    Σ
    """

    name: str

    @checked_call
    def __init__(self, space: SpaceDimension, name: str) -> None:
        checked_dimension(space, "Deterministic(d, name)")
        checked_name(name)
        vars(self).update(space=space, name=name)

    def written(self, notation: Notation) -> str:
        """Its name."""
        return notation.name(self.name)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Law:
    """The covariance of a Gaussian matrix: E[X B Xᵀ] = variance · tr(column B) row."""

    variance: sympy.Expr
    row: Matrix
    column: Matrix


@dataclasses.dataclass(frozen=True, init=False, repr=False)
class Gaussian(Matrix):
    r"""A Gaussian matrix with independent entries, up to row and column covariances.

    Parameters
    ----------
    rows, columns : SpaceDimension
        Its dimensions, from :func:`dimensions`.
    name : str
        Its name. The same name is the same matrix; matrices of different names are independent.
    variance : number or sympy expression
        Positive; may contain dimensions, as in ``1 / n``.
    row_covariance, column_covariance : Matrix or None
        Symmetric deterministic expressions D and Σ on these spaces; None is the identity.

    Raises
    ------
    SpecError, ShapeError
        A covariance that is random, not symmetric or on another space; an invalid name.

    Notes
    -----
    .. math:: X = \sqrt{\mathrm{variance}}\; D^{1/2} G\, \Sigma^{1/2}

    with independent N(0, 1) entries in G. Therefore E[X B Xᵀ] = variance tr(ΣB) D and
    E[XᵀBX] = variance tr(DB) Σ.

    Examples
    --------
    >>> from detequiv.theory.freeprob import dimensions
    >>> n, d = dimensions("n d")
    >>> X = Gaussian(n, d, "X", variance=1 / n)
    >>> print(X.T @ X + 2 * identity(d))
    Xᵀ X + 2 I_d
    >>> X @ X
    Traceback (most recent call last):
        ...
    detequiv.theory.base.errors.ShapeError: cannot multiply X (n by d) by X (n by d).
    """

    spaces: Shape
    name: str
    law: Law

    @checked_call
    def __init__(
        self,
        rows: SpaceDimension,
        columns: SpaceDimension,
        name: str,
        *,
        variance: Scalar = 1,
        row_covariance: Matrix | None = None,
        column_covariance: Matrix | None = None,
    ) -> None:
        for dimension in (rows, columns):
            checked_dimension(dimension, "Gaussian(n, d, name)")
        checked_name(name)
        law = Law(
            variance=checked_scalar(variance),
            row=_covariance(row_covariance, rows, f"row_covariance of {name}"),
            column=_covariance(column_covariance, columns, f"column_covariance of {name}"),
        )
        if law.variance.is_positive is False:
            raise SpecError(f"the variance of {name} must be positive; got {variance}.")
        vars(self).update(spaces=(rows, columns), name=name, law=law)

    @property
    def shape(self) -> Shape:
        """The dimensions (rows, columns)."""
        return self.spaces

    @functools.cached_property
    def random(self) -> bool:
        """True: a Gaussian matrix is random."""
        return True

    @property
    def T(self) -> Matrix:
        """The transpose."""
        return Transpose(self)

    def written(self, notation: Notation) -> str:
        """Its name."""
        return notation.name(self.name)

    def __repr__(self) -> str:
        return f"Gaussian({self.rows}, {self.columns}, {self.name!r})"


@dataclasses.dataclass(frozen=True)
class Transpose(Matrix):
    """The transpose of a Gaussian matrix."""

    of: Gaussian

    @property
    def shape(self) -> Shape:
        """The dimensions (rows, columns)."""
        return self.of.columns, self.of.rows

    @property
    def T(self) -> Matrix:
        """The Gaussian matrix."""
        return self.of

    @property
    def children(self) -> tuple[Matrix, ...]:
        """The Gaussian matrix."""
        return (self.of,)

    def written(self, notation: Notation) -> str:
        """The name with ⊤."""
        return notation.transpose.format(self.of.written(notation))


def identity(dimension: SpaceDimension) -> Matrix:
    """The identity matrix of a space.

    Parameters
    ----------
    dimension : SpaceDimension
        From :func:`dimensions`.

    Returns
    -------
    Matrix

    Examples
    --------
    >>> from detequiv.theory.freeprob import dimensions
    >>> print(identity(dimensions("d")))
    I_d
    """
    return Identity(checked_dimension(dimension, "identity(d)"))


def _covariance(value: Any, space: SpaceDimension, role: str) -> Matrix:
    if value is None:
        return Identity(space)
    if not isinstance(value, Matrix) or value.random:
        raise SpecError(f"{role} must be a deterministic expression on {space}; got {short_repr(value)}.")
    if value.shape != (space, space):
        raise ShapeError(f"{role} must be {space} by {space}; got {shaped(value)}.")
    if not is_symmetric(value):
        raise SpecError(f"{role} must be symmetric; got {value}.")
    return value
