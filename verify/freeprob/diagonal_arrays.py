"""Operations on arrays, with diagonal matrices stored as their diagonals."""

from collections.abc import Sequence

import numpy as np

from ...theory.base.arrays import Array
from ...theory.base.errors import SolveError

__all__ = ["draw_gaussian", "inverse_of", "product", "trace_of", "trace_of_product", "weighted_sum"]

EPS = float(np.finfo(float).eps)


def draw_gaussian(
    shape: tuple[int, int],
    scale: float,
    left_root: Array | None,
    right_root: Array | None,
    rng: np.random.Generator,
) -> Array:
    """left_root · N · right_root with standard normal N, multiplied in place by diagonal roots."""
    normal = rng.standard_normal(shape)
    if right_root is not None and right_root.ndim == 1:
        normal *= scale * right_root
    else:
        normal *= scale
    if left_root is not None and left_root.ndim == 1:
        normal *= left_root[:, None]
    if left_root is not None and left_root.ndim == 2:
        normal = left_root @ normal
    return normal @ right_root if right_root is not None and right_root.ndim == 2 else normal


def product(a: Array, b: Array) -> Array:
    """The product AB."""
    if a.ndim == 1:
        return a * b if b.ndim == 1 else a[:, None] * b
    return a * b if b.ndim == 1 else a @ b


def weighted_sum(coefficients: Sequence[float], *terms: Array) -> Array:
    """Σ c A; diagonal matrices are added along the diagonal."""
    pairs = sorted(zip(coefficients, terms, strict=True), key=lambda pair: -pair[1].ndim)
    (c, first), *more = pairs
    total = c * first
    for c, term in more:
        target = total if term.ndim == total.ndim else np.einsum("ii->i", total)
        target += term if c == 1 else c * term
    return total


def inverse_of(a: Array) -> Array:
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
    """The trace of A."""
    return float(a.sum() if a.ndim == 1 else np.trace(a))


def trace_of_product(a: Array, b: Array) -> float:
    """The trace of AB, without forming the product."""
    if a.ndim == b.ndim == 2:
        return float((a * b.T).sum())
    first, second = (x if x.ndim == 1 else np.diagonal(x) for x in (a, b))
    return float((first * second).sum())
