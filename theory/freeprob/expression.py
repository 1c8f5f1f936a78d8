"""Rational expressions in Gaussian and deterministic matrices.

Every node is an immutable value, compared by its structure and checked when it is written. Products
and sums are flat, transposes stand at the leaves.
"""

import dataclasses
import functools
import math
import numbers
from collections.abc import Iterator
from typing import Any

import sympy

from ..errors import ShapeError, SpecError
from ..language import told
from .dimensions import SpaceDimension
from .printing import latex

__all__ = [
    "Deterministic", "Gaussian", "Identity", "Inverse", "Matrix", "Product", "Sum", "Transpose",
    "coefficients", "identity", "inverses", "leaves", "structure",
]  # fmt: skip

Scalar = Any
"""A number or a sympy expression."""


class Matrix:
    """What all expressions can do: ``@``, ``+``, ``-``, scalars, powers, ``.T``, ``.inv()``.

    rows, columns : the dimensions of the spaces that it maps to and from.
    """

    rows: SpaceDimension
    columns: SpaceDimension
    __array_ufunc__ = None
    """numpy's scalars leave products to us."""

    def __matmul__(self, other: object) -> "Matrix":
        if not isinstance(other, Matrix):
            raise SpecError(
                f"@ multiplies two matrices; got {told(other)} beside {self}. Scalars take *."
            )
        if self.columns != other.rows:
            raise ShapeError(f"cannot multiply {_shaped(self)} by {_shaped(other)}.")
        return _product((self, other))

    def __add__(self, other: object) -> "Matrix":
        return _added(self, other, 1)

    def __sub__(self, other: object) -> "Matrix":
        return _added(self, other, -1)

    def __neg__(self) -> "Matrix":
        return _sum(((sympy.S.NegativeOne, self),))

    def __mul__(self, other: object) -> "Matrix":
        if isinstance(other, Matrix):
            raise SpecError(f"* takes a scalar; write {self} @ {other} for the product.")
        return _sum(((_scalar(other), self),))

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> "Matrix":
        if isinstance(other, Matrix):
            raise SpecError(f"cannot divide by the matrix {other}; multiply by its .inv().")
        divisor = _scalar(other)
        if divisor == 0:
            raise SpecError(f"cannot divide the matrix {self} by 0.")
        return _sum(((1 / divisor, self),))

    def __rtruediv__(self, other: object) -> "Matrix":
        raise SpecError(f"cannot divide {told(other)} by the matrix {self}; use its .inv().")

    def __pow__(self, power: object) -> "Matrix":
        if not isinstance(power, int) or isinstance(power, bool):
            raise SpecError(f"powers of matrices are integers; got {told(power)}.")
        _check_square(self, f"the power {power}")
        base = self.inv() if power < 0 else self
        return _product((base,) * abs(power)) if power else Identity(self.rows)

    @property
    def T(self) -> "Matrix":
        """The transpose."""
        raise NotImplementedError

    def inv(self) -> "Matrix":
        """The inverse of a square expression.

        Whether it exists is decided when its deterministic equivalent is derived.
        """
        _check_square(self, "an inverse")
        match self:
            case Inverse(of):
                return of
            case Identity():
                return self
        return Inverse(self)

    @property
    def children(self) -> "tuple[Matrix, ...]":
        """The expressions that it is made of."""
        return ()

    @property
    def latex(self) -> str:
        """In LaTeX."""
        raise NotImplementedError

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"


@dataclasses.dataclass(frozen=True)
class Identity(Matrix):
    """The identity of a space."""

    rows: SpaceDimension

    @property
    def columns(self) -> SpaceDimension:  # type: ignore[override]
        """The same as rows."""
        return self.rows

    @property
    def T(self) -> Matrix:
        """Itself."""
        return self

    @property
    def latex(self) -> str:
        """I with its dimension."""
        return f"I_{{{latex(self.rows)}}}"

    def __str__(self) -> str:
        return f"I_{self.rows}"


@dataclasses.dataclass(frozen=True)
class Deterministic(Matrix):
    """A symmetric deterministic matrix on one space, a letter.

    It is given by its eigenvalues where the letters of its space commute, else as a matrix.

    >>> from detequiv.theory.freeprob import dimensions
    >>> print(Deterministic(dimensions("d"), "Sigma"))
    Σ
    """

    rows: SpaceDimension
    name: str

    def __post_init__(self) -> None:
        _check_dimension(self.rows, "Deterministic(d, name)")
        _check_name(self.name)

    @property
    def columns(self) -> SpaceDimension:  # type: ignore[override]
        """The same as rows."""
        return self.rows

    @property
    def T(self) -> Matrix:
        """Itself: letters are symmetric."""
        return self

    @property
    def latex(self) -> str:
        """Its name."""
        return _latex_of(self.name)

    def __str__(self) -> str:
        return sympy.pretty(sympy.Symbol(self.name), use_unicode=True)  # type: ignore[no-any-return]


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Law:
    """Of a Gaussian matrix: E[X B Xᵀ] = variance · tr(column B) row."""

    variance: sympy.Expr
    row: Matrix
    column: Matrix


class Gaussian(Matrix):
    """A Gaussian matrix X with independent entries, up to its covariances.

    X = √variance · D^½ G Σ^½ with G of independent N(0, 1) entries: E[X B Xᵀ] = variance tr(ΣB) D
    and E[XᵀBX] = variance tr(DB) Σ, where D is ``row_covariance`` and Σ ``column_covariance``. Two
    of different names are independent.

    Parameters
    ----------
    rows, columns : dimensions.
    name : of this matrix; the same name is the same matrix.
    variance : a positive number or sympy expression, of dimensions too, as in ``1 / n``.
    row_covariance, column_covariance : symmetric deterministic expressions on these spaces, None
        for the identity.

    Raises
    ------
    SpecError, ShapeError
        A covariance that is random or of another space, a name that is none.

    >>> from detequiv.theory.freeprob import dimensions
    >>> n, d = dimensions("n d")
    >>> X = Gaussian(n, d, "X", variance=1 / n)
    >>> print(X.T @ X + 2 * identity(d))
    Xᵀ X + 2 I_d
    >>> X @ X
    Traceback (most recent call last):
        ...
    detequiv.theory.errors.ShapeError: cannot multiply X (n by d) by X (n by d).
    """

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
            _check_dimension(dimension, "Gaussian(n, d, name)")
        _check_name(name)
        self.rows, self.columns, self.name = rows, columns, name
        law = _Law(
            variance=_scalar(variance),
            row=_covariance(row_covariance, rows, name, "row_covariance"),
            column=_covariance(column_covariance, columns, name, "column_covariance"),
        )
        if law.variance.is_positive is False:
            raise SpecError(f"the variance of {name} must be positive; got {variance}.")
        self.law = law

    @functools.cached_property
    def _key(self) -> tuple[object, ...]:
        return self.rows, self.columns, self.name, self.law

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Gaussian) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def T(self) -> Matrix:
        """Its transpose."""
        return Transpose(self)

    @property
    def latex(self) -> str:
        """Its name."""
        return _latex_of(self.name)

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"Gaussian({self.rows}, {self.columns}, {self.name!r})"


@dataclasses.dataclass(frozen=True)
class Transpose(Matrix):
    """The transpose of a Gaussian matrix."""

    of: Gaussian

    @property
    def rows(self) -> SpaceDimension:  # type: ignore[override]
        """Its columns."""
        return self.of.columns

    @property
    def columns(self) -> SpaceDimension:  # type: ignore[override]
        """Its rows."""
        return self.of.rows

    @property
    def T(self) -> Matrix:
        """The matrix itself."""
        return self.of

    @property
    def latex(self) -> str:
        """With ⊤ above."""
        return rf"{self.of.latex}^{{\top}}"

    def __str__(self) -> str:
        return f"{self.of}ᵀ"


@dataclasses.dataclass(frozen=True)
class Product(Matrix):
    """A product of at least two factors, none of them a product or a number times a matrix."""

    factors: tuple[Matrix, ...]

    @property
    def rows(self) -> SpaceDimension:  # type: ignore[override]
        """Those of the first factor."""
        return self.factors[0].rows

    @property
    def columns(self) -> SpaceDimension:  # type: ignore[override]
        """Those of the last factor."""
        return self.factors[-1].columns

    @property
    def T(self) -> Matrix:
        """The transposes in reverse order."""
        return _product(tuple(factor.T for factor in reversed(self.factors)))

    @property
    def children(self) -> tuple[Matrix, ...]:
        """The factors."""
        return self.factors

    @property
    def latex(self) -> str:
        """Side by side."""
        return " ".join(
            rf"\left({factor.latex}\right)" if isinstance(factor, Sum) else factor.latex
            for factor in self.factors
        )

    def __str__(self) -> str:
        return " ".join(_enclosed(factor) for factor in self.factors)


@dataclasses.dataclass(frozen=True)
class Sum(Matrix):
    """A sum of terms, each a number or sympy expression times a matrix that is no sum."""

    terms: tuple[tuple[sympy.Expr, Matrix], ...]

    @property
    def rows(self) -> SpaceDimension:  # type: ignore[override]
        """Those of every term."""
        return self.terms[0][1].rows

    @property
    def columns(self) -> SpaceDimension:  # type: ignore[override]
        """Those of every term."""
        return self.terms[0][1].columns

    @property
    def T(self) -> Matrix:
        """Term by term."""
        return _sum(tuple((c, term.T) for c, term in self.terms))

    @property
    def children(self) -> tuple[Matrix, ...]:
        """The matrices."""
        return tuple(term for _, term in self.terms)

    @property
    def latex(self) -> str:
        """Term by term."""
        said = " + ".join(_latex_term(c, term) for c, term in self.terms)
        return said.replace("+ -", "- ")

    def __str__(self) -> str:
        said = [_told_term(c, term) for c, term in self.terms]
        return " + ".join(said).replace("+ -", "- ")


@dataclasses.dataclass(frozen=True)
class Inverse(Matrix):
    """The inverse of a square expression."""

    of: Matrix

    @property
    def rows(self) -> SpaceDimension:  # type: ignore[override]
        """Those of the expression."""
        return self.of.rows

    @property
    def columns(self) -> SpaceDimension:  # type: ignore[override]
        """Those of the expression."""
        return self.of.rows

    @property
    def T(self) -> Matrix:
        """The inverse of the transpose."""
        return Inverse(self.of.T)

    @property
    def children(self) -> tuple[Matrix, ...]:
        """What is inverted."""
        return (self.of,)

    @property
    def latex(self) -> str:
        """With −1 above."""
        inner = self.of.latex
        if isinstance(self.of, Sum | Product):
            inner = rf"\left({inner}\right)"
        return f"{inner}^{{-1}}"

    def __str__(self) -> str:
        return f"{_enclosed(self.of)}⁻¹"


def identity(dimension: SpaceDimension) -> Matrix:
    """The identity of a space.

    >>> from detequiv.theory.freeprob import dimensions
    >>> print(identity(dimensions("d")))
    I_d
    """
    _check_dimension(dimension, "identity(d)")
    return Identity(dimension)


def leaves(expression: Matrix) -> Iterator[Deterministic | Gaussian]:
    """The letters and Gaussian matrices of an expression, those of covariances too."""
    if isinstance(expression, Deterministic):
        yield expression
    elif isinstance(expression, Gaussian):
        yield expression
        yield from leaves(expression.law.row)
        yield from leaves(expression.law.column)
    elif isinstance(expression, Transpose):
        yield from leaves(expression.of)
    for child in expression.children:
        yield from leaves(child)


def structure(expression: Matrix) -> str:
    """All that an expression is made of, as text: equal for equal expressions, only for them."""
    match expression:
        case Identity(rows):
            return f"identity({_space(rows)})"
        case Deterministic(rows, name):
            return f"{name}({_space(rows)})"
        case Gaussian():
            law = expression.law
            inner = (_space(expression.rows), _space(expression.columns), sympy.srepr(law.variance),
                     structure(law.row), structure(law.column))  # fmt: skip
            return f"{expression.name}({', '.join(inner)})"
        case Transpose(of):
            return f"transpose({structure(of)})"
        case Sum(terms):
            return f"sum({', '.join(f'{sympy.srepr(c)} {structure(x)}' for c, x in terms)})"
    kind = type(expression).__name__.lower()
    return f"{kind}({', '.join(map(structure, expression.children))})"


def _space(dimension: SpaceDimension) -> str:
    return f"{dimension.name} {dimension.commuting}"


def inverses(expression: Matrix) -> Iterator[Matrix]:
    """What is inverted in an expression, and has Gaussian matrices in it."""
    random = any(isinstance(leaf, Gaussian) for leaf in leaves(expression))
    if isinstance(expression, Inverse) and random:
        yield expression.of
    for child in expression.children:
        yield from inverses(child)


def coefficients(expression: Matrix) -> Iterator[sympy.Symbol]:
    """The symbols of the scalars in an expression."""
    if isinstance(expression, Sum):
        for c, _ in expression.terms:
            yield from c.free_symbols
    for child in expression.children:
        yield from coefficients(child)


def _product(factors: tuple[Matrix, ...]) -> Matrix:
    """Flat, scalars in front, identities left out."""
    flat: list[Matrix] = []
    coefficient = sympy.S.One
    for factor in factors:
        if isinstance(factor, Sum) and len(factor.terms) == 1:
            ((c, factor),) = factor.terms
            coefficient *= c
        flat += factor.factors if isinstance(factor, Product) else [factor]
    kept = tuple(factor for factor in flat if not isinstance(factor, Identity))
    whole = Product(kept) if len(kept) > 1 else kept[0] if kept else Identity(factors[0].rows)
    return whole if coefficient == 1 else _sum(((coefficient, whole),))


def _sum(terms: tuple[tuple[sympy.Expr, Matrix], ...]) -> Matrix:
    """Flat, like terms together, in the order in which they are written."""
    found: dict[Matrix, sympy.Expr] = {}
    for c, term in terms:
        inner = term.terms if isinstance(term, Sum) else ((sympy.S.One, term),)
        for c2, matrix in inner:
            found[matrix] = found.get(matrix, sympy.S.Zero) + c * c2
    kept = tuple((c, matrix) for matrix, c in found.items() if c != 0)
    if len(kept) == 1 and kept[0][0] == 1:
        return kept[0][1]
    return Sum(kept or ((sympy.S.Zero, next(iter(found))),))


def _added(a: Matrix, b: object, sign: int) -> Matrix:
    if not isinstance(b, Matrix):
        raise SpecError(
            f"cannot add {told(b)} to the matrix {a}; write {told(b)} * identity({a.rows})."
        )
    if (a.rows, a.columns) != (b.rows, b.columns):
        raise ShapeError(f"cannot add {_shaped(b)} to {_shaped(a)}.")
    return _sum(((sympy.S.One, a), (sympy.Integer(sign), b)))


def _scalar(value: object) -> sympy.Expr:
    """A sympy expression; floats are taken for the decimal that is written."""
    if not isinstance(value, bool) and isinstance(value, numbers.Real) and math.isfinite(value):
        return sympy.nsimplify(str(value), rational=True)
    if isinstance(value, sympy.Expr):
        infinite = value.has(sympy.oo, -sympy.oo, sympy.zoo, sympy.nan)
        traces = any(hasattr(symbol, "matrix") for symbol in value.free_symbols)
        if not infinite and not traces and value.is_real is not False:
            return value
    raise SpecError(
        f"a scalar must be a finite real number or a sympy expression without traces; got "
        f"{told(value)}."
    )


def _covariance(value: Any, space: SpaceDimension, name: str, role: str) -> Matrix:
    if value is None:
        return Identity(space)
    if not isinstance(value, Matrix) or any(isinstance(x, Gaussian) for x in leaves(value)):
        raise SpecError(
            f"{role} of {name} must be a deterministic expression on {space}; got {told(value)}."
        )
    if (value.rows, value.columns) != (space, space):
        raise ShapeError(f"{role} of {name} must be {space} by {space}; got {_shaped(value)}.")
    if value != value.T:
        raise SpecError(f"{role} of {name} must be symmetric; got {value}.")
    return value


def _check_square(matrix: Matrix, what: str) -> None:
    if matrix.rows != matrix.columns:
        raise ShapeError(f"{what} needs a square matrix; got {_shaped(matrix)}.")


def _check_dimension(value: object, usage: str) -> None:
    if not isinstance(value, SpaceDimension):
        raise SpecError(f"{usage} takes dimensions of fp.dimensions; got {told(value)}.")


def _check_name(value: object) -> None:
    if not isinstance(value, str) or not value.isidentifier():
        raise SpecError(f"the name of a matrix must be an identifier; got {told(value)}.")


def _shaped(matrix: Matrix) -> str:
    return f"{matrix} ({matrix.rows} by {matrix.columns})"


def _enclosed(matrix: Matrix) -> str:
    return f"({matrix})" if isinstance(matrix, Sum | Product) else str(matrix)


def _told_term(c: sympy.Expr, term: Matrix) -> str:
    if c == 1:
        return str(term)
    if c == -1:
        return f"-{term}"
    return f"({c}) {term}" if isinstance(c, sympy.Add) else f"{c} {term}"


def _latex_of(name: str) -> str:
    return sympy.latex(sympy.Symbol(name))  # type: ignore[no-any-return]


def _latex_term(c: sympy.Expr, term: Matrix) -> str:
    if abs(c) == 1:
        return term.latex if c == 1 else f"-{term.latex}"
    number = latex(c)
    return rf"\left({number}\right) {term.latex}" if c.is_Add else f"{number} {term.latex}"
