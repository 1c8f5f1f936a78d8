"""Deterministic expressions as polynomials in letters and named inverses."""

import functools

from ..expressions.expression import Deterministic, Gaussian, Identity, Inverse, Matrix, Product, Sum
from ..expressions.traversal import leaves as leaves_of
from ..symbols.words import Poly, Spaces

__all__ = ["is_deterministic", "matrix_of"]


def is_deterministic(node: Matrix) -> bool:
    """Whether nothing in it is random."""
    return not any(isinstance(leaf, Gaussian) for leaf in leaves_of(node))


def matrix_of(node: Matrix, spaces: Spaces) -> Poly:
    """A deterministic expression as a polynomial in letters and named inverses."""
    space, scalars = spaces[node.rows], spaces.scalars
    match node:
        case Identity():
            return space.identity
        case Deterministic(_, name):
            return space.letter(name)
        case Product(factors):
            return functools.reduce(lambda a, b: a @ b, (matrix_of(x, spaces) for x in factors))
        case Sum(terms):
            parts = (matrix_of(x, spaces).scaled(scalars.of(c)) for c, x in terms)
            return functools.reduce(lambda a, b: a + b, parts)
        case Inverse(of):
            return space.inverse(matrix_of(of, spaces))
    raise AssertionError(node)
