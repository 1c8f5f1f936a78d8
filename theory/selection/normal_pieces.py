"""Moments of a standard normal number over intervals."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..base.arrays import Array

__all__ = ["FARTHEST", "NARROW", "Mask", "centred_moments", "density", "piece_moments"]

Mask = NDArray[np.bool_]

FARTHEST = 39.0
"""exp(−x²/2) is 0 a little further out."""
NARROW = 1.0
"""Shorter intervals are integrated by eight Gauss nodes: closed forms cancel there."""


def density(x: Array) -> Array:
    """exp(−x²/2)/√(2π)."""
    values: Array = np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi)
    return values


def piece_moments(low: Array, high: Array, wanted: Mask, most: int) -> Array:
    """E xʲ 1(low < x < high), j = 0 … most, (most + 1, …); 0 where it is not wanted.

    Digits are kept in short intervals, and in tails.

    >>> low, high = np.array([-1e-6, 12.0]), np.array([1e-6, np.inf])
    >>> p, _, square = piece_moments(low, high, np.array([True, True]), 2)
    >>> square / p
    array([3.33333333e-13, 1.45986...e+02])
    """
    low, high = np.clip(low, -FARTHEST, FARTHEST), np.clip(high, -FARTHEST, FARTHEST)
    found = np.zeros((most + 1, *low.shape))
    narrow = wanted & (high - low < NARROW) & (high > low)
    wide = wanted & (high - low >= NARROW)
    found[:, wide] = _closed(low[wide], high[wide], most)
    if narrow.any():
        found[:, narrow] = _by_nodes(low[narrow], high[narrow], most)
    return found


def centred_moments(low: Array, high: Array, middle: Array, wanted: Mask) -> Array:
    """E (x − middle)ʲ 1(low < x < high), j = 0, 1, 2; the middle of long intervals must be 0."""
    low, high = np.clip(low, -FARTHEST, FARTHEST), np.clip(high, -FARTHEST, FARTHEST)
    short = wanted & (high - low < NARROW) & (high > low)
    found = piece_moments(low, high, wanted & ~short, 2)
    if short.any():
        found[:, short] = _by_nodes(low[short], high[short], 2, middle[short])
    return found


def _closed(low: Array, high: Array, most: int) -> Array:
    from scipy.special import ndtr

    mirrored = low > 0
    a, b = np.where(mirrored, -high, low), np.where(mirrored, -low, high)
    left, right = density(low), density(high)
    found = [ndtr(b) - ndtr(a), left - right]
    for j in range(2, most + 1):
        left, right = left * low, right * high
        found.append((j - 1) * found[j - 2] + (left - right))
    return np.stack(found[: most + 1])


@cache
def _nodes() -> tuple[Array, Array]:
    return np.polynomial.legendre.leggauss(8)


def _by_nodes(low: Array, high: Array, most: int, middle: Array | float = 0.0) -> Array:
    x, w = _nodes()
    half = (high - low) / 2
    at = (low + half)[:, None] + half[:, None] * x
    term = density(at) * w * half[:, None]
    distance = at - np.reshape(middle, (-1, 1))
    found = np.empty((most + 1, len(low)))
    for j in range(most + 1):
        found[j] = term.sum(axis=1)
        term = term * distance
    return found
