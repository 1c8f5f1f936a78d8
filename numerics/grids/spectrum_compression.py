"""Compression of a spectrum to a few nodes, accurate to a few eps at every ridge.

The traces of a problem with one covariance are sums Σ_i w_i g(λ_i) with g(λ) = λ^a/(θ + λ)^b,
0 ≤ a ≤ 3, 0 ≤ b ≤ 2. In x = log λ such a g is analytic in the strip |Im x| < π, whatever θ ≥ 0 is,
for its poles lie at log θ ± iπ. On each interval of length log 2 it is therefore interpolated at 22
Chebyshev nodes x_j,

    Σ_i w_i g(λ_i) = Σ_j W_j g(exp x_j) (1 + ε),     W_j = Σ_i w_i ℓ_j(log λ_i),

ℓ_j the Lagrange polynomials. Bound: take the Bernstein ellipse whose half-axis across the interval
(half-length h = ½ log 2) is π/2, so ρ = (π/2 + √(π²/4 + h²))/h > 9.17; its half-axis along the
interval is h (ρ + 1/ρ)/2 < 1.61. In it |arg λ| ≤ π/2, so |θ + λ| ≥ (θ + |λ|)/√2, and log |λ| stays
within 1.61 + h < 1.96 of every point μ of the interval. For |λ| > μ only |λ|^a can grow, for
|λ| < μ only (θ + |λ|)⁻ᵇ: |g(λ)| ≤ 2 e^{3 · 1.96} g(μ) < 720 g(μ). Interpolation of degree 21 errs
by at most 4 · 720 g(μ) ρ⁻²¹/(ρ − 1) < 3·10⁻¹⁸ g(μ)
(Trefethen, Approximation Theory and Approximation Practice, theorem 8.2). What is left is rounding,
in W_j that change sign but whose absolute values add up to less than 3 times the w_i: measured,
10⁻¹⁵ for most spectra and up to 10⁻¹⁴.

The W_j of one interval add up to the sum of its w_i, so that counts of eigenvalues are exact where
they are cut between intervals. Equal eigenvalues are one, and intervals with no more than 22 keep
them. Zero eigenvalues are left out: g(0) = 0 for a > 0, and a sum with a = 0 is only ever taken
over eigenvalues above θ.
"""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from ...theory.base.arrays import Array

__all__ = ["Compressed", "compress"]

ORDER = 22
LENGTH = float(np.log(2.0))


@dataclasses.dataclass(frozen=True)
class Compressed:
    """Nodes (q,) in descending order, made of intervals of the eigenvalues' logarithms.

    cuts : where an interval starts among the nodes, 0 first and q last.
    """

    nodes: Array
    cuts: NDArray[np.intp]
    _order: NDArray[np.intp]
    _distinct: NDArray[np.intp]
    _starts: NDArray[np.intp]
    _lagrange: Array
    _kept: NDArray[np.bool_]

    def weigh(self, weights: Array) -> Array:
        """(q,) the W_j of weights (p,) on the eigenvalues."""
        ordered = np.add.reduceat(weights[self._order], self._distinct)
        pieces = np.split(ordered, self._starts[1:])
        found = []
        for piece, start, kept in zip(pieces, self._starts, self._kept, strict=True):
            rows = self._lagrange[start : start + piece.size]
            found.append(piece if kept else piece @ rows)
        return np.concatenate(found)

    def running(self, weights: Array) -> Array:
        """(q + 1,) at the cuts: the sum of the weights of all eigenvalues before them, exactly
        where they are integers; the entries between cuts are not to be used."""
        sums = np.add.reduceat(weights[self._order], self._distinct[self._starts])
        totals = np.zeros(self.nodes.size + 1)
        totals[self.cuts[1:]] = np.cumsum(sums)
        return totals


def compress(values: Array) -> Compressed:
    """Nodes for the eigenvalues ``values``, (p,) non-negative and not all 0."""
    order = np.argsort(-values, kind="stable")
    order = order[: int(np.count_nonzero(values))]
    distinct = np.flatnonzero(np.diff(values[order], prepend=np.inf))
    different = values[order[distinct]]
    x = np.log(different)
    interval = np.floor((x[0] - x) / LENGTH).astype(np.intp)
    starts = np.flatnonzero(np.diff(interval, prepend=-1))
    sizes = np.diff(starts, append=x.size)
    kept = sizes <= ORDER
    offsets = np.cos((np.arange(ORDER) + 0.5) * np.pi / ORDER)
    centres = x[0] - (interval + 0.5) * LENGTH
    nodes = [
        different[start : start + size] if keep else np.exp(centres[start] + 0.5 * LENGTH * offsets)
        for start, size, keep in zip(starts, sizes, kept, strict=True)
    ]
    return Compressed(
        nodes=np.concatenate(nodes),
        cuts=np.concatenate([[0], np.cumsum([n.size for n in nodes])]).astype(np.intp),
        _order=order,
        _distinct=distinct,
        _starts=starts,
        _lagrange=_lagrange((x - centres) / (0.5 * LENGTH), offsets),
        _kept=kept,
    )


def _lagrange(t: Array, nodes: Array) -> Array:
    """(p, ORDER) ℓ_j(t_i) for Chebyshev nodes of the first kind, by the barycentric formula."""
    signs = (-1.0) ** np.arange(nodes.size)
    weights = signs * np.sin((np.arange(nodes.size) + 0.5) * np.pi / nodes.size)
    distance = t[:, None] - nodes
    hit = distance == 0
    ratios: Array = weights / np.where(hit, 1.0, distance)
    ratios /= ratios.sum(axis=1, keepdims=True)
    struck = hit.any(axis=1)
    ratios[struck] = hit[struck]
    return ratios
