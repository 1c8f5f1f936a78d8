"""Scalars inside matrix expressions: listed, replaced, and differentiated by."""

from collections.abc import Iterator, Mapping

import sympy

from ...base.errors import SpecError
from ..symbols.space_dimensions import SpaceDimension
from .checked_operands import checked_scalar
from .expression import Gaussian, Transpose
from .operations import Inverse, Matrix, Product, Sum, Term, product_of, sum_of

__all__ = ["derivative", "scalars_in", "spaces_of", "with_scalars"]


def scalars_in(expression: Matrix) -> tuple[sympy.Expr, ...]:
    """The dimensions of its spaces, coefficients other than 1, and variances, each once.

    >>> from detequiv.theory.freeprob import dimensions, identity
    >>> lam = sympy.Symbol("lam", positive=True)
    >>> scalars_in(lam**2 * identity(dimensions("d")))
    (d, lam**2)
    """
    spaces, others = dict[sympy.Expr, None](), dict[sympy.Expr, None]()
    for node in _nodes(expression, set()):
        spaces |= dict.fromkeys((node.rows, node.columns))
        match node:
            case Gaussian(law=law):
                others[law.variance] = None
            case Sum(terms):
                others |= {c: None for c, _ in terms if c != 1}
    return tuple(spaces | others)


def spaces_of(expression: Matrix) -> set[SpaceDimension]:
    """The dimensions of the spaces in an expression."""
    return {x for node in _nodes(expression, set()) for x in (node.rows, node.columns)}


def with_scalars(expression: Matrix, new: Mapping[sympy.Expr, sympy.Expr]) -> Matrix:
    """The expression with other coefficients and variances, by the old ones.

    Raises
    ------
    SpecError
        Where a dimension of a space is replaced.
    """
    for space in spaces_of(expression):
        if new.get(space, space) != space:
            raise SpecError(
                f"{space} is the dimension of a space in {expression}; it cannot be replaced by "
                f"{new[space]}. Write the expression with another dimension, or give {space} its "
                f"number where numbers are given: solve(system, {{{space}: …}})."
            )
    known: dict[Matrix, Matrix] = {}

    def move(node: Matrix) -> Matrix:
        if node not in known:
            known[node] = moved(node)
        return known[node]

    def moved(node: Matrix) -> Matrix:
        match node:
            case Gaussian(spaces=(rows, columns), name=name, law=law):
                return Gaussian(
                    rows,
                    columns,
                    name,
                    variance=new.get(law.variance, law.variance),
                    row_covariance=move(law.row),
                    column_covariance=move(law.column),
                )
            case Transpose(of):
                return move(of).T
            case Product(factors):
                return product_of(tuple(map(move, factors)))
            case Sum(terms):
                return sum_of(tuple((checked_scalar(new.get(c, c)), move(x)) for c, x in terms))
            case Inverse(of):
                return move(of).inv()
        return node

    return move(expression)


def derivative(expression: Matrix, symbol: sympy.Symbol) -> tuple[Term, ...]:
    """By a scalar: pairs of a coefficient and a matrix, whose sum it is.

    ∂(M⁻¹) = −M⁻¹ ∂M M⁻¹. A Gaussian matrix is √v Z with a law of Z that does not change, so that
    ∂X = ∂v/(2v) X, and the expectation of the derivative is the derivative of the expectation. A
    covariance that is a multiple of a constant matrix is treated like v.

    Raises
    ------
    SpecError
        For the dimension of a space, or where a covariance depends on the symbol in another way.
    """
    if symbol in spaces_of(expression):
        raise SpecError(
            f"there is no derivative of {expression} by {symbol}, the dimension of a space, as "
            f"sympy.solve asks for. Take differences, or roots, of solved values: "
            f"solve(system, {{{symbol}: …}})."
        )
    known: dict[Matrix, tuple[Term, ...]] = {}

    def d(node: Matrix) -> tuple[Term, ...]:
        if node not in known:
            known[node] = _collected(_derived(node))
        return known[node]

    def _derived(node: Matrix) -> Iterator[Term]:
        match node:
            case Gaussian():
                yield _slope_of_scale(node, symbol), node
            case Transpose(of):
                yield from ((c, x.T) for c, x in d(of))
            case Product(factors):
                for i, factor in enumerate(factors):
                    for c, x in d(factor):
                        yield c, product_of((*factors[:i], x, *factors[i + 1 :]))
            case Sum(terms):
                for c, x in terms:
                    yield sympy.diff(c, symbol), x
                    yield from ((c * c2, y) for c2, y in d(x))
            case Inverse(of):
                yield from ((-c, product_of((node, x, node))) for c, x in d(of))

    return d(expression)


def _collected(terms: Iterator[Term]) -> tuple[Term, ...]:
    """Like terms together, those with coefficient 0 left out."""
    found = tuple(terms)
    total = sum_of(found) if found else None
    pairs = total.terms if isinstance(total, Sum) else ((sympy.S.One, total),) if total else ()
    return tuple((c, x) for c, x in pairs if c != 0)


def _slope_of_scale(X: Gaussian, symbol: sympy.Symbol) -> sympy.Expr:
    """∂s/s of X = sZ, where the law of Z does not depend on the symbol."""
    variance = X.law.variance
    slope = sympy.diff(variance, symbol) / variance
    for covariance in (X.law.row, X.law.column):
        slope += _slope_of_multiple(X, covariance, symbol)
    return slope / 2


def _slope_of_multiple(X: Gaussian, covariance: Matrix, symbol: sympy.Symbol) -> sympy.Expr:
    """∂c/c of a covariance c·C of a constant C."""
    changes = derivative(covariance, symbol)
    if not changes:
        return sympy.S.Zero
    terms = covariance.terms if isinstance(covariance, Sum) else ()
    slopes = {sympy.cancel(sympy.diff(c, symbol) / c) for c, _ in terms}
    if len(slopes) == 1 and not any(derivative(x, symbol) for _, x in terms):
        return slopes.pop()
    raise SpecError(
        f"there is no derivative by {symbol} of an expression in {X}, whose covariance "
        f"{covariance} depends on it. Write {X} as a sum of independent Gaussian matrices whose "
        f"variances depend on {symbol}, or take a difference of two solved values."
    )


def _nodes(expression: Matrix, seen: set[Matrix]) -> Iterator[Matrix]:
    """Every node once, those of covariances too."""
    if expression in seen:
        return
    seen.add(expression)
    yield expression
    if isinstance(expression, Gaussian):
        yield from _nodes(expression.law.row, seen)
        yield from _nodes(expression.law.column, seen)
    for child in expression.children:
        yield from _nodes(child, seen)
