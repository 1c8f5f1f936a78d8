"""Operations on arrays of which diagonal matrices are kept as their diagonals."""

from collections.abc import Sequence

import numpy as np

from ...theory.base.arrays import Array
from ...theory.base.errors import SolveError

__all__ = ["drawn", "inverted", "summed", "times", "trace_of", "trace_of_product"]

EPS = float(np.finfo(float).eps)


def drawn(
    shape: tuple[int, int], scale: float, left: Array | None, right: Array | None, rng: np.random.Generator
) -> Array:
    """left · N · right, roots of covariances, in place where they are diagonal."""
    normal = rng.standard_normal(shape)
    if right is not None and right.ndim == 1:
        normal *= scale * right
    else:
        normal *= scale
    if left is not None and left.ndim == 1:
        normal *= left[:, None]
    if left is not None and left.ndim == 2:
        normal = left @ normal
    return normal @ right if right is not None and right.ndim == 2 else normal


def times(a: Array, b: Array) -> Array:
    """The product."""
    if a.ndim == 1:
        return a * b if b.ndim == 1 else a[:, None] * b
    return a * b if b.ndim == 1 else a @ b


def summed(coefficients: Sequence[float], *terms: Array) -> Array:
    """Σ c A: what is diagonal is added along the diagonal."""
    pairs = sorted(zip(coefficients, terms, strict=True), key=lambda pair: -pair[1].ndim)
    (c, first), *more = pairs
    total = c * first
    for c, term in more:
        place = total if term.ndim == total.ndim else np.einsum("ii->i", total)
        place += term if c == 1 else c * term
    return total


def inverted(a: Array) -> Array:
    """The inverse; SolveError where there is none, or rounding leaves no digit of it."""
    if a.ndim == 1 and a.all():
        return 1 / a
    try:
        inverse = np.asarray(np.linalg.inv(a), dtype=float)
        if np.linalg.norm(a, 1) * np.linalg.norm(inverse, 1) * EPS < 1:
            return inverse
    except np.linalg.LinAlgError:  # of a diagonal with a 0, too
        pass
    raise SolveError(
        "an inverse of the expression is singular in a draw. Add a multiple of the identity, as in "
        "(X.T @ X + lam * identity(d)).inv()."
    )


def trace_of(a: Array) -> float:
    """The trace."""
    return float(a.sum() if a.ndim == 1 else np.trace(a))


def trace_of_product(a: Array, b: Array) -> float:
    """The trace of AB, which is not formed."""
    if a.ndim == b.ndim == 2:
        return float((a * b.T).sum())
    left, right = (x if x.ndim == 1 else np.diagonal(x) for x in (a, b))
    return float((left * right).sum())
