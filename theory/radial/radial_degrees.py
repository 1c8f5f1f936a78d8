"""The modes of degree 2 and 3 in groups of coordinates of similar size."""

from functools import cache

import numpy as np

from ..base.arrays import Array, Indices

__all__ = ["grouped", "pairs", "triples"]

GROUPS, SINGLE = 6, 3
"""Coordinates are grouped by size for degrees 2 and 3, except for the largest."""


def grouped(sizes: Array, counts: Array, v: Array) -> tuple[Array, Array, Array]:
    """Coordinates of similar size as equal ones, except for the largest."""
    if len(sizes) <= GROUPS + SINGLE:
        return sizes, counts, v
    small, weight = sizes[SINGLE:], counts[SINGLE:]
    edges = np.geomspace(small[-1], small[0], GROUPS + 1)
    group = np.clip(np.searchsorted(edges, small, side="right") - 1, 0, GROUPS - 1)

    def added(values: Array) -> Array:
        return np.asarray(np.bincount(group, values, minlength=GROUPS)[::-1], dtype=float)

    members, total = added(weight), added(weight * small)
    there = np.flatnonzero(members)
    means = np.stack([added(weight * small * column)[there] for column in v[SINGLE:].T], axis=1)
    return (
        np.concatenate([sizes[:SINGLE], total[there] / members[there]]),
        np.concatenate([counts[:SINGLE], members[there]]),
        np.concatenate([v[:SINGLE], means / total[there][:, None]]),
    )


Modes = tuple[Array, Array, Array]
"""Shares of the power of a degree, multiplicities, and products of portions v."""


def pairs(g: Array, k: Array, v: Array) -> Modes:
    """Degree 2: z_iz_j, and squares except for the radius, which is one of them."""
    i, j, *_ = _combinations(len(g))
    M = np.where(i == j, k[i] * (k[i] + 1) / 2, k[i] * k[j])
    M[np.argmax(M)] -= 1
    return _normalised(g[i] * g[j], M, v[i] * v[j])


def triples(g: Array, k: Array, v: Array) -> Modes:
    """Degree 3: z_iz_jz_l, and z_iz_j² except for z_i times the radius."""
    *_, (a, b, c), (i, j) = _combinations(len(g))
    M = k[a] * k[b] * k[c]
    M = np.where((a == b) & (b != c), k[a] * (k[a] - 1) / 2 * k[c], M)
    M = np.where((a != b) & (b == c), k[b] * (k[b] - 1) / 2 * k[a], M)
    M = np.where((a == b) & (b == c), k[a] * (k[a] - 1) * (k[a] - 2) / 6, M)
    squares = k[i] * k[j] - (i == j) * k[i]
    return _normalised(
        np.concatenate([g[a] * g[b] * g[c], g[i] * g[j] ** 2]),
        np.concatenate([M, squares]),
        np.concatenate([v[a] * v[b] * v[c], v[i] * v[j] ** 2]),
    )


@cache
def _combinations(G: int) -> tuple[Indices, Indices, Indices, Indices]:
    i, j = np.triu_indices(G)
    triples = np.array([(a, b, c) for a in range(G) for b in range(a + 1) for c in range(b + 1)]).T
    return i, j, triples, np.array(np.divmod(np.arange(G * G), G))


def _normalised(power: Array, M: Array, v: Array) -> Modes:
    there = M > 0
    power, M, v = power[there], M[there], v[there]
    return power / (M @ power), M, v
