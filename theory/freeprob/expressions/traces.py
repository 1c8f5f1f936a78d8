"""Traces of matrix expressions, as sympy expressions in the scalars that are in them."""

from typing import Any, NoReturn

import sympy
from sympy.core.function import Application
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import Boolean
from sympy.printing.pretty.stringpict import prettyForm

from ...base.errors import ShapeError, SpecError
from ...base.wording import short_repr
from .calculus import derivative, scalars_in, with_scalars
from .expression import Matrix
from .traversal import structure

__all__ = ["Trace", "check_evaluated", "structured", "trace"]


class _Form(sympy.Atom):  # type: ignore[misc]  # sympy has no types
    """The matrix of a trace as an argument of it, beside the scalars that sympy may replace."""

    __slots__ = ("key", "matrix")

    is_commutative = True

    def __new__(cls, matrix: Matrix) -> "_Form":
        self = sympy.Atom.__new__(cls)
        self.matrix, self.key = matrix, structure(matrix)
        return self  # type: ignore[no-any-return]

    def __getnewargs__(self) -> Any:
        return (self.matrix,)

    def _hashable_content(self) -> Any:
        return (self.key,)

    def _sympystr(self, printer: Any) -> str:
        return str(self.matrix)


class Trace(sympy.Expr):  # type: ignore[misc]
    """The trace of a matrix expression, not normalised: a function of the scalars in the matrix.

    Its arguments are the matrix, its dimensions, coefficients and variances. sympy may replace these
    and differentiate by them. Series, limits and numerical evaluation are refused, because the trace
    stands for an expectation until it is derived.
    """

    __slots__ = ("key", "matrix", "name")

    is_commutative = True
    is_real = True
    is_Function = True  # else sympy.solve takes it for a constant

    def __new__(cls, of: Any, *scalars: sympy.Expr) -> "Trace":
        matrix = of
        if isinstance(of, _Form):
            old = scalars_in(of.matrix)
            matrix = with_scalars(of.matrix, dict(zip(old, scalars, strict=True)))
        self = sympy.Expr.__new__(cls, _Form(matrix), *scalars_in(matrix))
        self.matrix, self.key, self.name = matrix, self.args[0].key, f"tr({matrix})"
        return self  # type: ignore[no-any-return]

    def __getnewargs__(self) -> Any:
        return (self.matrix,)

    def _hashable_content(self) -> Any:
        return self.name, self.key  # sympy sorts by it

    @classmethod
    def class_key(cls) -> Any:
        """Its place in the order of sums and products: among symbols."""
        return 2, 0, cls.__name__

    def sort_key(self, order: Any = None) -> Any:
        """Its name, as for symbols."""
        return self.class_key(), (1, (self.name,)), sympy.S.One.sort_key(), sympy.S.One

    def _eval_derivative(self, symbol: sympy.Symbol) -> sympy.Expr:
        return sympy.Add(*(c * Trace(x) for c, x in derivative(self.matrix, symbol)))

    def _eval_evalf(self, precision: int) -> "Trace":
        return self

    def _refuse_series(self, x: Any, *_: Any, **__: Any) -> Any:
        if x not in self.free_symbols:
            return self
        raise SpecError(
            f"{self} has no series or limit in {x} before it is derived. Differentiate it, or take "
            f"values of the derived system: compile(derive(expression)) is a function of {x}."
        )

    _eval_nseries = _eval_aseries = _eval_as_leading_term = _refuse_series
    _eval_is_meromorphic = _refuse_series  # what limits begin with

    def _refuse_code(self, *_: Any, **__: Any) -> NoReturn:
        raise SpecError(
            f"{self} is an expectation, not a function of numbers. compile(derive(expression)) is "
            f"one, of arrays of scalars too."
        )

    _lambdacode = _pythoncode = _numpycode = _scipycode = _mpmathcode = _cmathcode = _refuse_code
    _numexprcode = _sympycode = _cupycode = _jaxcode = _torchcode = _tensorflowcode = _refuse_code
    _ccode = _cxxcode = _fcode = _julia = _octave = _mcode = _rust_code = _rcode = _refuse_code

    def _sympystr(self, printer: Any) -> str:
        return str(self.name)

    def _pretty(self, printer: Any) -> Any:
        return prettyForm(self.name)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        text = rf"\operatorname{{tr}}\left({self.matrix.latex}\right)"
        return text if exp is None else f"{text}^{{{exp}}}"


def trace(matrix: Matrix) -> Trace:
    """The trace, not normalised, of a square expression.

    Sums, products, quotients, derivatives and substitutions of traces are those of sympy; dimensions
    cannot be substituted.

    Parameters
    ----------
    matrix : Matrix
        A square expression.

    Returns
    -------
    sympy expression

    Raises
    ------
    SpecError, ShapeError
        The argument is not a matrix expression, or not square.

    Examples
    --------
    >>> import sympy
    >>> from detequiv.theory.freeprob import dimensions, identity
    >>> d = dimensions("d")
    >>> trace(3 * identity(d)) / d
    tr(3 I_d)/d
    >>> lam = sympy.Symbol("lam", positive=True)
    >>> sympy.diff(lam * trace((lam * identity(d)).inv()), lam)
    -lam*tr((lam I_d)⁻¹ (lam I_d)⁻¹) + tr((lam I_d)⁻¹)
    """
    if not isinstance(matrix, Matrix):
        raise SpecError(f"trace takes a matrix expression; got {short_repr(matrix)}.")
    if matrix.rows != matrix.columns:
        raise ShapeError(
            f"only a square matrix has a trace; got {matrix} ({matrix.rows} by {matrix.columns})."
        )
    return Trace(matrix)


def structured(trace: Trace) -> str:
    """The sort key of traces."""
    return str(trace.key)


def check_evaluated(expression: sympy.Expr) -> None:
    """Refuse an unevaluated derivative, integral or limit of a trace."""
    kinds = sympy.Add, sympy.Mul, sympy.Pow, Application, Boolean, ExprCondPair, Trace
    for node in sympy.preorder_traversal(expression):
        inside = set().union(*(x.free_symbols for x in node.args))
        if node.has(Trace) and not (isinstance(node, kinds) and node.free_symbols == inside):
            kind = type(node).__name__
            raise SpecError(
                f"there is {'an' if kind[0] in 'AEIOU' else 'a'} {kind} of a trace in "
                f"{short_repr(expression)} that has not been carried out. Derivatives are by .doit(); "
                f"integrals, limits and sums are taken of values of derived systems."
            )
