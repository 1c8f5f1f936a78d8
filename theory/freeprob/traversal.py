"""What is in an expression: letters and Gaussian matrices, inverses, scalars."""

from collections.abc import Iterator

import sympy

from .algebra import Identity, Inverse, Matrix, Sum
from .dimensions import SpaceDimension
from .expression import Deterministic, Gaussian

__all__ = ["coefficients", "inverses", "leaves", "structure"]


def leaves(expression: Matrix) -> Iterator[Deterministic | Gaussian]:
    """The letters and Gaussian matrices of an expression, those of covariances too.

    >>> from detequiv.theory.freeprob import dimensions
    >>> n, d = dimensions("n d")
    >>> X = Gaussian(n, d, "X", column_covariance=Deterministic(d, "Sigma"))
    >>> print(*leaves(X.T @ X))
    X Σ X Σ
    """
    match expression:
        case Deterministic():
            yield expression
        case Gaussian(law=law):
            yield expression
            yield from leaves(law.row)
            yield from leaves(law.column)
    for child in expression.children:
        yield from leaves(child)


def structure(expression: Matrix) -> str:
    """All that an expression is made of, as text: equal for equal expressions, only for them."""
    match expression:
        case Identity(space):
            return f"identity({_space(space)})"
        case Deterministic(space, name):
            return f"{name}({_space(space)})"
        case Gaussian((rows, columns), name, law):
            inner = (_space(rows), _space(columns), sympy.srepr(law.variance),
                     structure(law.row), structure(law.column))  # fmt: skip
            return f"{name}({', '.join(inner)})"
        case Sum(terms):
            return f"sum({', '.join(f'{sympy.srepr(c)} {structure(x)}' for c, x in terms)})"
    kind = type(expression).__name__.lower()
    return f"{kind}({', '.join(map(structure, expression.children))})"


def _space(dimension: SpaceDimension) -> str:
    return f"{dimension.name} {dimension.commuting}"


def inverses(expression: Matrix) -> Iterator[Matrix]:
    """What is inverted in an expression, and has Gaussian matrices in it."""
    if isinstance(expression, Inverse) and expression.random:
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
