"""The modes of random features, conditional on the radii of samples and features.

x ~ N(0, Σ) with eigenvalues λ_i, features act(s_jᵀx) − E act, S with entries of variance s². Let
u = xᵀx/tr Σ be the squared radius of a sample and q = s_jᵀΣs_j/(s² tr Σ) that of a feature: the
pre-activation has variance s² tr Σ · uq. Both fluctuate about 1 with variance 2/d_eff,
d_eff = (tr Σ)²/tr Σ². Gaussian equivalence neglects these fluctuations and treats everything except
the linear part of act as noise. Here the radii take a few values, the Gauss nodes of a Gamma
distribution, and conditional on them

    act(s_jᵀx) − E act = Σ_α A_α[b(j), a(i)] g_α(s_j) ψ_α(x_i) + noise of power τ[b, a],

with modes α of degree 0 to 3 in the coordinates and multiplicities M_α. The cosine of the angle
between sample and feature is taken to be distributed like a coordinate on the unit sphere in d_eff
dimensions. The contribution of a coordinate to a squared radius is

    v_i(u) = E[z_i² | u],    a ratio of Gamma densities, scaled so that Σ (λ_i/tr Σ) v_i = u.

Regime: in the isotropic case exact except for degrees above 3, which count as noise. With unequal
eigenvalues each coordinate is treated as a small part of the radius; the resulting error reaches
15 % of the test error if d_eff < 6. With one bin, degree 1 only and everything else as noise it
reduces to Gaussian equivalence (``RadialModes.gaussian``).

Source: our own construction. The equivalent in terms of the kernel's eigenvalues alone is from
arXiv 2405.15699; the radii are added here.
"""

import dataclasses
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from .arrays import Array

__all__ = ["BINS", "RadialModes", "radial_modes"]

BINS = 3
"""Number of radii of samples, and of features."""

NODES = 64
"""Gauss-Legendre nodes on (0, 1) for the cosine of the angle."""

GROUPS, SINGLE = 6, 3
"""For degrees 2 and 3 all coordinates but the ``SINGLE`` largest form this many groups."""


@dataclasses.dataclass(frozen=True)
class RadialModes:
    """Amplitudes of the modes at N radii of features (index b) and of samples (index a).

    amplitudes : (modes, N, N) A[b, a]; multiplicities : (modes,); rest : (N, N) τ[b, a], 0 or more;
    shares : (N,) of samples, and of features, at each radius; linear : the modes of degree 1, one
    for each coordinate; coordinate_radii : (coordinates, N) √v_i at the radii of samples.
    """

    amplitudes: Array
    multiplicities: Array
    rest: Array
    shares: Array
    linear: slice
    coordinate_radii: Array

    def gaussian(self, slope: float, residual: float, sizes: Array) -> "RadialModes":
        """Gaussian equivalence at the same radii: the linear part, and noise of constant power.

        slope : μ√q; residual : μ*²; sizes : (coordinates,) λ_i/tr Σ.
        """
        amplitudes = slope * np.sqrt(sizes)[:, None, None] * _outer(self.coordinate_radii)
        return dataclasses.replace(
            self,
            amplitudes=amplitudes,
            multiplicities=self.multiplicities[self.linear],
            rest=np.full_like(self.rest, residual),
            linear=slice(0, len(sizes)),
        )


def radial_modes(
    activation: Callable[[Array], Array], mean: float, scale: float, sizes: Array, counts: Array
) -> RadialModes:
    """The modes of an activation.

    Parameters
    ----------
    activation : elementwise function of pre-activations; mean : its Gaussian mean at the average
        variance; scale : that variance, s² tr Σ.
    sizes : (p,) positive λ_i/tr Σ in descending order; counts : (p,) their multiplicities, so that
        counts @ sizes is 1.
    """
    effective = 1 / float(counts @ sizes**2)
    u, shares = _radii(effective / 2)
    v = _portions(sizes, counts, u, effective)
    product = (v.T * (counts * sizes)) @ v
    t, weights = _directions(effective)
    z = np.sqrt(scale * effective * product)[..., None] * t
    right, left = activation(z) - mean, activation(-z) - mean
    even, odd = right + left, right - left
    p1, p2, p3 = _polynomials(t, weights)
    C = [even @ weights, odd @ (weights * p1), even @ (weights * p2), odd @ (weights * p3)]
    power = (right**2 + left**2) @ weights
    grouped = _grouped(sizes, counts, v)
    parts = [
        (np.ones(1), np.ones(1), np.ones((1, len(u)))),
        (sizes, counts, v),
        _pairs(*grouped),
        _triples(*grouped),
    ]
    amplitudes = np.concatenate(
        [
            np.sqrt(κ)[:, None, None] * c * product ** (-k / 2) * _outer(np.sqrt(w))
            for k, (c, (κ, _, w)) in enumerate(zip(C, parts, strict=True))
        ]
    )
    multiplicities = np.concatenate([M for _, M, _ in parts])
    captured = np.tensordot(multiplicities, amplitudes**2, 1)
    return RadialModes(
        amplitudes=amplitudes,
        multiplicities=multiplicities,
        rest=np.maximum(power - captured, 0.0),
        shares=shares,
        linear=slice(1, 1 + len(sizes)),
        coordinate_radii=np.sqrt(v),
    )


def _radii(shape: float) -> tuple[Array, Array]:
    """Gauss nodes and weights of the Gamma distribution with mean 1 (Golub and Welsch)."""
    k = np.arange(BINS)
    off = np.sqrt(k[1:] * (k[1:] + shape - 1))
    nodes, vectors = np.linalg.eigh(np.diag(2 * k + shape) + np.diag(off, 1) + np.diag(off, -1))
    return nodes / shape, vectors[0] ** 2


def _portions(sizes: Array, counts: Array, u: Array, effective: float) -> Array:
    """(p, N) v_i(u), scaled to Σ sizes v_i = u."""
    log = _log_gamma(u, 1 + 2 * sizes[:, None], 2 / effective + 4 * sizes[:, None] ** 2)
    v: Array = np.exp(log - _log_gamma(u, np.ones((1, 1)), np.full((1, 1), 2 / effective)))
    return v * (u / ((counts * sizes) @ v))


def _log_gamma(u: Array, mean: Array, variance: Array) -> Array:
    """log density of the Gamma distribution."""
    shape, width = mean**2 / variance, variance / mean
    density: Array = (
        (shape - 1) * np.log(u) - u / width - shape * np.log(width) - _log_gamma_function(shape)
    )
    return density


def _log_gamma_function(x: Array) -> Array:
    """log Γ(x) for a few numbers, without the cost of loading SciPy."""
    return np.reshape([math.lgamma(value) for value in x.flat], x.shape)


def _directions(effective: float) -> tuple[Array, Array]:
    """Nodes t > 0 of a coordinate on the unit sphere, and weights that add up to ½.

    The density is (1 − t²)^{(d − 3)/2}; for d < 3 that of d = 3 is used.
    """
    nodes, weights = _legendre()
    t = nodes * min(1.0, 12 / math.sqrt(effective))
    weights = weights * np.exp((max(effective, 3.0) - 3) / 2 * np.log1p(-t * t))
    return t, weights / (2 * weights.sum())


@cache
def _legendre() -> tuple[Array, Array]:
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return (nodes + 1) / 2, weights


def _polynomials(t: Array, weights: Array) -> tuple[Array, Array, Array]:
    """The orthonormal polynomials of degree 1, 2, 3 under the law of t."""
    m2, m4, m6 = (2 * float(weights @ t**k) for k in (2, 4, 6))
    ratio = m4 / m2
    return (
        t / math.sqrt(m2),
        (t**2 - m2) / math.sqrt(m4 - m2**2),
        t * (t**2 - ratio) / math.sqrt(m6 - ratio * m4),
    )


def _grouped(sizes: Array, counts: Array, v: Array) -> tuple[Array, Array, Array]:
    """Groups of coordinates with similar λ_i, replaced by their mean; the largest stay single."""
    if len(sizes) <= GROUPS + SINGLE:
        return sizes, counts, v
    small, weight = sizes[SINGLE:], counts[SINGLE:]
    edges = np.geomspace(small[-1], small[0], GROUPS + 1)
    group = np.clip(np.searchsorted(edges, small, side="right") - 1, 0, GROUPS - 1)

    def added(values: Array) -> Array:
        return np.asarray(np.bincount(group, values, minlength=GROUPS)[::-1], dtype=float)

    members, total = added(weight), added(weight * small)
    present = np.flatnonzero(members)
    means = np.stack([added(weight * small * column)[present] for column in v[SINGLE:].T], axis=1)
    return (
        np.concatenate([sizes[:SINGLE], total[present] / members[present]]),
        np.concatenate([counts[:SINGLE], members[present]]),
        np.concatenate([v[:SINGLE], means / total[present][:, None]]),
    )


Modes = tuple[Array, Array, Array]
"""Shares of the power of a degree, multiplicities, and products of portions v."""


def _pairs(g: Array, k: Array, v: Array) -> Modes:
    """Degree 2: z_iz_j and z_i², minus one mode for the radius."""
    i, j, *_ = _combinations(len(g))
    M = np.where(i == j, k[i] * (k[i] + 1) / 2, k[i] * k[j])
    M[np.argmax(M)] -= 1
    return _normalised(g[i] * g[j], M, v[i] * v[j])


def _triples(g: Array, k: Array, v: Array) -> Modes:
    """Degree 3: z_iz_jz_l and z_iz_j², minus z_i times the radius."""
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
def _combinations(G: int) -> tuple[Any, Any, Any, Any]:
    i, j = np.triu_indices(G)
    triples = np.array([(a, b, c) for a in range(G) for b in range(a + 1) for c in range(b + 1)]).T
    return i, j, triples, np.array(np.divmod(np.arange(G * G), G))


def _normalised(power: Array, M: Array, v: Array) -> Modes:
    present = M > 0
    power, M, v = power[present], M[present], v[present]
    return power / (M @ power), M, v


def _outer(w: Array) -> Array:
    return w[:, :, None] * w[:, None, :]
