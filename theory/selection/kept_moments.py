"""Moments of (1, u, y) times what is kept, from those of the axes of a selection."""

import itertools

import numpy as np

from ..base.arrays import Array
from .label_laws import LinearLabels
from .score_axes import ScoreAxes

__all__ = ["Powers", "kept_moments"]

Powers = dict[tuple[int, ...], float]


def kept_moments(axes: ScoreAxes, powers: Powers, in_class: float, degree: int) -> Array:
    """The symmetric tensor (r + 2, …) of degree 2 or 4, in one class of labels.

    powers : E q h^α yⁱ by (*α, i). u = shift + Q h + rest ξ with ξ independent of what is kept; index 0
    stands for the number 1, and lower moments are those with index 0.
    """
    T = _tensor(powers, axes.count + 2, degree)
    A, B = _maps(axes, in_class)
    if degree == 2:
        return np.asarray(A @ T @ A.T + T[0, 0] * (B @ B.T))
    second, C = A @ T[0, 0] @ A.T, B @ B.T
    fourth = np.einsum("ai,bj,ck,dl,ijkl->abcd", A, A, A, A, T, optimize=True)
    pairs = np.einsum("ab,cd->abcd", second, C)
    wick = T[0, 0, 0, 0] * np.einsum("ab,cd->abcd", C, C)
    for order in ((0, 1, 2, 3), (0, 2, 1, 3), (0, 3, 1, 2)):
        back = np.argsort(order)
        fourth = fourth + (pairs + np.transpose(pairs, (2, 3, 0, 1)) + wick).transpose(back)
    return np.asarray(fourth)


def _maps(axes: ScoreAxes, in_class: float) -> tuple[Array, Array]:
    """(1, u, y) = A (1, h, y) + B ξ."""
    r = len(axes.axes) - 1
    A, B = np.zeros((r + 2, axes.count + 2)), np.zeros((r + 2, axes.rest.shape[1]))
    A[0, 0] = 1.0
    A[1:-1, 0] = in_class * axes.shift
    A[1:-1, 1:-1], B[1:-1] = axes.axes[:-1], axes.rest[:-1]
    if isinstance(axes.labels, LinearLabels):
        A[-1, 1:-1], B[-1] = axes.truth @ axes.axes, axes.truth @ axes.rest
    else:
        A[-1, -1] = 1.0
    return A, B


def _tensor(powers: Powers, size: int, degree: int) -> Array:
    T = np.zeros((size,) * degree)
    for index in itertools.combinations_with_replacement(range(size), degree):
        name = tuple(index.count(i) for i in range(1, size))
        value = powers.get(name, 0.0)
        if value:
            for place in set(itertools.permutations(index)):
                T[place] = value
    return T
