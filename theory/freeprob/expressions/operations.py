"""The algebra of matrices: what operators make of them, as immutable values.

Every node is compared by its structure and checked when it is written. Products and sums are flat,
transposes stand at the leaves.
"""

import abc
import dataclasses
import functools

import sympy

from ...base.errors import ShapeError, SpecError
from ...base.wording import short_repr
from ..symbols.space_dimensions import SpaceDimension
from .checked_operands import check_square, checked_scalar, is_exact_zero, shaped
from .notation import LATEX, PLAIN, Notation

__all__ = ["Identity", "Inverse", "Matrix", "Product", "Shape", "Sum", "Symmetric", "product_of", "sum_of"]

Shape = tuple[SpaceDimension, SpaceDimension]
Term = tuple[sympy.Expr, "Matrix"]


class Matrix(abc.ABC):
    """A matrix expression: the base class of all.

    Expressions support ``@``, ``+``, ``-``, products with and quotients by scalars, integer powers,
    ``.T`` and ``.inv()``. They are immutable and compare by structure; shapes are checked when an
    expression is written.
    """

    __array_ufunc__ = None
    """numpy's scalars leave products to us."""

    @property
    @abc.abstractmethod
    def shape(self) -> Shape:
        """The dimensions (rows, columns)."""

    @property
    def rows(self) -> SpaceDimension:
        """The dimension of the space it maps to."""
        return self.shape[0]

    @property
    def columns(self) -> SpaceDimension:
        """The dimension of the space it maps from."""
        return self.shape[1]

    @property
    @abc.abstractmethod
    def T(self) -> "Matrix":
        """The transpose."""

    @property
    def children(self) -> "tuple[Matrix, ...]":
        """The expressions it consists of."""
        return ()

    @functools.cached_property
    def random(self) -> bool:
        """Whether it contains a Gaussian matrix."""
        return any(child.random for child in self.children)

    @abc.abstractmethod
    def written(self, notation: Notation) -> str:
        """The expression in a notation.

        Parameters
        ----------
        notation : Notation
            Plain text or LaTeX.

        Returns
        -------
        str
        """

    def inv(self) -> "Matrix":
        """The inverse of a square expression.

        Whether the inverse exists is checked when the deterministic equivalent is derived and again when
        values are given. Until then A.inv().inv() and A @ A.inv() are not simplified.

        Returns
        -------
        Matrix

        Raises
        ------
        ShapeError
            The expression is not square.

        Examples
        --------
        >>> from detequiv.theory.freeprob import Gaussian, dimensions, identity
        >>> n, d = dimensions("n d")
        >>> X = Gaussian(n, d, "X", variance=1 / n)
        >>> print((X.T @ X + identity(d)).inv())
        (Xᵀ X + I_d)⁻¹
        """
        check_square(self, "an inverse")
        return self if isinstance(self, Identity) else Inverse(self)

    def __matmul__(self, other: object) -> "Matrix":
        if not isinstance(other, Matrix):
            raise SpecError(
                f"@ multiplies two matrices; got {short_repr(other)} beside {self}. Scalars take *."
            )
        if self.columns != other.rows:
            raise ShapeError(f"cannot multiply {shaped(self)} by {shaped(other)}.")
        return product_of((self, other))

    def __add__(self, other: object) -> "Matrix":
        return self._plus(other, 1)

    __radd__ = __add__
    """0 + A is A, so that Python's sum adds matrices."""

    def __sub__(self, other: object) -> "Matrix":
        return self._plus(other, -1)

    def __rsub__(self, other: object) -> "Matrix":
        return -self + other

    def _plus(self, other: object, sign: int) -> "Matrix":
        if is_exact_zero(other):
            return self
        if not isinstance(other, Matrix):
            raise SpecError(self._no_scalar(other))
        if self.shape != other.shape:
            raise ShapeError(f"cannot add {shaped(other)} to {shaped(self)}.")
        return sum_of(((sympy.S.One, self), (sympy.Integer(sign), other)))

    def _no_scalar(self, other: object) -> str:
        """Why a scalar is not added to it."""
        text = repr(other) if isinstance(other, float) else short_repr(other)
        if self.rows != self.columns:
            return f"cannot add {text} to {shaped(self)}; only a matrix of that shape."
        return f"cannot add {text} to the matrix {self}; write {text} * identity({self.rows})."

    def __neg__(self) -> "Matrix":
        return self * -1

    def __mul__(self, other: object) -> "Matrix":
        if isinstance(other, Matrix):
            raise SpecError(f"* takes a scalar; write {self} @ {other} for the product.")
        return sum_of(((checked_scalar(other), self),))

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> "Matrix":
        if isinstance(other, Matrix):
            raise SpecError(f"cannot divide by the matrix {other}; multiply by its .inv().")
        divisor = checked_scalar(other)
        if divisor == 0:
            raise SpecError(f"cannot divide the matrix {self} by 0.")
        return sum_of(((1 / divisor, self),))

    def __rtruediv__(self, other: object) -> "Matrix":
        raise SpecError(f"cannot divide {short_repr(other)} by the matrix {self}; use its .inv().")

    def __pow__(self, power: object) -> "Matrix":
        if not isinstance(power, int) or isinstance(power, bool):
            raise SpecError(f"powers of matrices are integers; got {short_repr(power)}.")
        check_square(self, f"the power {power}")
        base = self.inv() if power < 0 else self
        return product_of((base,) * abs(power)) if power else Identity(self.rows)

    def __str__(self) -> str:
        return self.written(PLAIN)

    @property
    def latex(self) -> str:
        """The expression in LaTeX."""
        return self.written(LATEX)

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"


@dataclasses.dataclass(frozen=True)
class Symmetric(Matrix):
    """A symmetric matrix on one space without children."""

    space: SpaceDimension

    @property
    def shape(self) -> Shape:
        """The dimensions (rows, columns)."""
        return self.space, self.space

    @property
    def T(self) -> Matrix:
        """The matrix itself."""
        return self


@dataclasses.dataclass(frozen=True)
class Identity(Symmetric):
    """The identity of a space."""

    def written(self, notation: Notation) -> str:
        """I with its dimension."""
        return notation.identity.format(notation.name(self.space.name))


class _Composite(Matrix):
    """An expression with children."""

    @functools.cached_property
    def shape(self) -> Shape:
        """The rows of the first child and the columns of the last."""
        return self.children[0].rows, self.children[-1].columns


@dataclasses.dataclass(frozen=True)
class Product(_Composite):
    """A product of at least two factors, none of which is a product or a scalar multiple."""

    factors: tuple[Matrix, ...]

    @property
    def T(self) -> Matrix:
        """The transposes in reverse order."""
        return product_of(tuple(factor.T for factor in reversed(self.factors)))

    @property
    def children(self) -> tuple[Matrix, ...]:
        """The factors."""
        return self.factors

    def written(self, notation: Notation) -> str:
        """Side by side."""
        return " ".join(_enclosed(factor, notation) for factor in self.factors)


@dataclasses.dataclass(frozen=True)
class Sum(_Composite):
    """A sum of terms, each a scalar times a matrix that is not a sum."""

    terms: tuple[Term, ...]

    @property
    def T(self) -> Matrix:
        """The sum of the transposes."""
        return sum_of(tuple((c, term.T) for c, term in self.terms))

    @property
    def children(self) -> tuple[Matrix, ...]:
        """The matrices."""
        return tuple(term for _, term in self.terms)

    def written(self, notation: Notation) -> str:
        """The terms, one after the other."""
        return notation.total((c, term.written(notation)) for c, term in self.terms)


@dataclasses.dataclass(frozen=True)
class Inverse(_Composite):
    """The inverse of a square expression."""

    of: Matrix

    @property
    def T(self) -> Matrix:
        """The inverse of the transpose."""
        return Inverse(self.of.T)

    @property
    def children(self) -> tuple[Matrix, ...]:
        """The inverted expression."""
        return (self.of,)

    def written(self, notation: Notation) -> str:
        """The expression with exponent −1."""
        return notation.inverse.format(_enclosed(self.of, notation))


def _enclosed(matrix: Matrix, notation: Notation) -> str:
    text = matrix.written(notation)
    return notation.brackets.format(text) if isinstance(matrix, Sum | Product) else text


def product_of(factors: tuple[Matrix, ...]) -> Matrix:
    """The product, flattened: scalars in front, identities left out."""
    flat: list[Matrix] = []
    coefficient = sympy.S.One
    for factor in factors:
        if isinstance(factor, Sum) and len(factor.terms) == 1:
            ((c, factor),) = factor.terms
            coefficient *= c
        flat += factor.factors if isinstance(factor, Product) else [factor]
    kept = tuple(factor for factor in flat if not isinstance(factor, Identity))
    whole = Product(kept) if len(kept) > 1 else kept[0] if kept else Identity(factors[0].rows)
    return whole if coefficient == 1 else sum_of(((coefficient, whole),))


def sum_of(terms: tuple[Term, ...]) -> Matrix:
    """The sum, flattened: like terms collected, in the order in which they were written."""
    found: dict[Matrix, sympy.Expr] = {}
    for c, term in terms:
        inner = term.terms if isinstance(term, Sum) else ((sympy.S.One, term),)
        for c2, matrix in inner:
            found[matrix] = found.get(matrix, sympy.S.Zero) + c * c2
    kept = tuple((c, matrix) for matrix, c in found.items() if c != 0)
    if len(kept) == 1 and kept[0][0] == 1:
        return kept[0][1]
    return Sum(kept or ((sympy.S.Zero, next(iter(found))),))
