"""Traversal of an expression: its deterministic and Gaussian matrices, and its inverses."""

from collections.abc import Iterable, Iterator

import sympy

from ..symbols.space_dimensions import SpaceDimension
from .expression import Deterministic, Gaussian
from .operations import Identity, Inverse, Matrix, Sum

__all__ = ["all_inverted", "inverses", "leaves", "structure"]


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
            inner = (
                _space(rows),
                _space(columns),
                sympy.srepr(law.variance),
                structure(law.row),
                structure(law.column),
            )
            return f"{name}({', '.join(inner)})"
        case Sum(terms):
            return f"sum({', '.join(f'{sympy.srepr(c)} {structure(x)}' for c, x in terms)})"
    kind = type(expression).__name__.lower()
    return f"{kind}({', '.join(map(structure, expression.children))})"


def _space(dimension: SpaceDimension) -> str:
    return f"{dimension.name} {dimension.commuting}"


def inverses(expression: Matrix) -> Iterator[Matrix]:
    """The inverted expressions that contain Gaussian matrices."""
    if isinstance(expression, Inverse) and expression.random:
        yield expression.of
    for child in expression.children:
        yield from inverses(child)


def all_inverted(expressions: Iterable[Matrix]) -> list[Matrix]:
    """Whatever is inverted in them, in covariances too, each once; what is inside comes first."""
    found: dict[Matrix, None] = {}
    seen: set[Matrix] = set()

    def visit(node: Matrix) -> None:
        if node in seen:
            return
        seen.add(node)
        laws = (node.law.row, node.law.column) if isinstance(node, Gaussian) else ()
        for child in (*node.children, *laws):
            visit(child)
        if isinstance(node, Inverse):
            found[node.of] = None

    for expression in expressions:
        visit(expression)
    return list(found)
