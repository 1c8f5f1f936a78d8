"""The modes of random features at given radii of samples and features.

x ~ N(0, Σ) with eigenvalues λ_i, features act(s_jᵀx) − E act, S with entries of variance s². Let
u = xᵀx/tr Σ be the squared radius of a sample and q = s_jᵀΣs_j/(s² tr Σ) that of a feature: the
pre-activation has variance s² tr Σ · uq. Both scatter about 1, with variance 2/d_eff,
d_eff = (tr Σ)²/tr Σ². Gaussian equivalence neglects this, and takes all of act but its linear part
as noise. Here radii take a few values, the Gauss nodes of their Gamma distribution, and given those

    act(s_jᵀx) − E act = Σ_α A_α[b(j), a(i)] g_α(s_j) ψ_α(x_i) + noise of power τ[b, a],

with modes α of degree 0, 1, 2, 3 in the coordinates and multiplicities M_α. The direction has the
law of a coordinate on the sphere in d_eff dimensions. A coordinate's share of a radius is

    v_i(u) = E[z_i² | u],    a ratio of Gamma densities, scaled so that Σ (λ_i/tr Σ) v_i = u.

Samples come from several populations, the sources and the target, with covariances of their own,
diagonal in one basis: each has its radii, and x_i² = λ_i w_i with w_i = (λ_ik/λ_i) v_ik(u), where
Σ without an index is a reference, in whose units the features' radii are.

Regime: exact in the isotropic case except for the degrees above 3, which count as noise. With unlike
eigenvalues it treats every coordinate as a small part of the radius: errors reach 15% of the
error of the fit where d_eff < 6, and a factor of 3 where the populations are unlike as well. With
one bin, degree 1 only and everything else as noise it is Gaussian equivalence
(``RadialModes.gaussian``).

Source: our own construction; the equivalent in terms of the kernel's eigenvalues alone is that of
arXiv 2405.15699, to which this adds the radii.
"""

import dataclasses
import math
from collections.abc import Callable
from functools import cache

import numpy as np

from ..base.arrays import Array
from .radial_degrees import grouped, pairs, triples

__all__ = ["BINS", "RadialModes", "radial_modes"]

BINS = 3
"""Radii on each side."""

NODES = 64
"""Gauss-Legendre nodes on each half of the direction."""


@dataclasses.dataclass(frozen=True)
class RadialModes:
    """Amplitudes of the modes at the radii of features (b) and of samples (a), of which each of K
    populations has N.

    amplitudes : (modes, N, KN) A[b, a]; multiplicities : (modes,); rest : (N, KN) τ[b, a], 0 or
        more; widths, shares : of features, (N,), and of the samples of a population, (KN,), at each
        radius; linear : the modes of degree 1, one for each coordinate; features_reach : (p, N)
        √v_i; coordinate_radii : (p, KN) √w_i.
    """

    amplitudes: Array
    multiplicities: Array
    rest: Array
    widths: Array
    shares: Array
    linear: slice
    features_reach: Array
    coordinate_radii: Array

    def gaussian(self, slopes: Array, residuals: Array, sizes: Array) -> "RadialModes":
        """Gaussian equivalence at the same radii: the linear part, and noise of one power.

        slopes : (K,) μ√q, q the pre-activation variance of the reference; residuals : (K,) μ*²;
        sizes : (p,) λ_i/tr Σ.
        """
        at = len(self.widths)
        amplitudes = np.repeat(slopes, at) * np.sqrt(sizes)[:, None, None] * self._reaches
        return dataclasses.replace(
            self,
            amplitudes=amplitudes,
            multiplicities=self.multiplicities[self.linear],
            rest=np.repeat(residuals, at) * np.ones((at, 1)),
            linear=slice(0, len(sizes)),
        )

    @property
    def _reaches(self) -> Array:
        return self.features_reach[:, :, None] * self.coordinate_radii[:, None, :]


def radial_modes(
    activation: Callable[[Array], Array],
    mean: float,
    scale: float,
    sizes: Array,
    counts: Array,
    ratios: Array | None = None,
) -> RadialModes:
    """The modes of an activation.

    Parameters
    ----------
    activation : function of pre-activations, of variance ``scale`` on average over the reference;
        mean : its mean.
    sizes : (p,) positive λ_i/tr Σ in descending order; counts : (p,) their multiplicities, so that
        counts @ sizes is 1.
    ratios : (K, p) λ_ik/λ_i of the populations; None: one population, the reference.
    """
    ratios = np.ones((1, len(sizes))) if ratios is None else ratios
    effective = 1 / float(counts @ sizes**2)
    u, widths = _radii(effective / 2)
    v = _portions(sizes, counts, u, effective)
    found = [_population(sizes, counts, ratio) for ratio in ratios]
    w = np.concatenate([there.portions for there in found], axis=1)
    product = (v.T * (counts * sizes)) @ w
    coefficients, power = _coefficients(
        lambda z: activation(z) - mean, scale * product, [there.effective for there in found]
    )
    groups = grouped(sizes, counts, np.concatenate([v, w], axis=1))
    parts = [
        (np.ones(1), np.ones(1), np.ones((1, len(u) + w.shape[1]))),
        (sizes, counts, np.concatenate([v, w], axis=1)),
        pairs(*groups),
        triples(*groups),
    ]
    amplitudes = np.concatenate(
        [
            np.sqrt(κ)[:, None, None] * c * product ** (-k / 2) * _outer(np.sqrt(x), len(u))
            for k, (c, (κ, _, x)) in enumerate(zip(coefficients, parts, strict=True))
        ]
    )
    multiplicities = np.concatenate([M for _, M, _ in parts])
    captured = np.tensordot(multiplicities, amplitudes**2, 1)
    return RadialModes(
        amplitudes=amplitudes,
        multiplicities=multiplicities,
        rest=np.maximum(power - captured, 0.0),
        widths=widths,
        shares=np.concatenate([there.shares for there in found]),
        linear=slice(1, 1 + len(sizes)),
        features_reach=np.sqrt(v),
        coordinate_radii=np.sqrt(w),
    )


@dataclasses.dataclass(frozen=True)
class _Population:
    """effective : (tr Σ_k)²/tr Σ_k²; shares : (N,) of its samples at its radii; portions : (p, N)
    w_i there."""

    effective: float
    shares: Array
    portions: Array


def _population(sizes: Array, counts: Array, ratio: Array) -> _Population:
    own = sizes * ratio
    own = own / float(counts @ own)
    effective = 1 / float(counts @ own**2)
    u, shares = _radii(effective / 2)
    return _Population(effective, shares, ratio[:, None] * _portions(own, counts, u, effective))


def _coefficients(
    act: Callable[[Array], Array], variances: Array, effective: list[float]
) -> tuple[list[Array], Array]:
    """Those of degree 0, 1, 2, 3 at pre-activations of these variances, (N, KN), and E act²."""
    parts = []
    for q, d in zip(np.split(variances, len(effective), axis=1), effective, strict=True):
        t, weights = _directions(d)
        z = np.sqrt(q * d)[..., None] * t
        right, left = act(z), act(-z)
        even, odd = right + left, right - left
        p1, p2, p3 = _polynomials(t, weights)
        parts.append(
            (
                even @ weights,
                odd @ (weights * p1),
                even @ (weights * p2),
                odd @ (weights * p3),
                (right**2 + left**2) @ weights,
            )
        )
    *coefficients, power = (np.concatenate(rows, axis=1) for rows in zip(*parts, strict=True))
    return coefficients, power


def _radii(shape: float) -> tuple[Array, Array]:
    """Gauss nodes and weights of the Gamma distribution of mean 1, by Golub and Welsch."""
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
    density: Array = (shape - 1) * np.log(u) - u / width - shape * np.log(width) - _log_gamma_function(shape)
    return density


def _log_gamma_function(x: Array) -> Array:
    """log Γ(x) of few numbers; SciPy would take longer to load."""
    return np.reshape([math.lgamma(value) for value in x.flat], x.shape)


def _directions(effective: float) -> tuple[Array, Array]:
    """Nodes t > 0 of a coordinate on the unit sphere, and weights that add up to ½.

    The density is (1 − t²)^{(d − 3)/2}; in fewer than 3 dimensions that of 3 is taken.
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


def _outer(x: Array, N: int) -> Array:
    """Of the first N columns, the features', and the others."""
    return x[:, :N, None] * x[:, None, N:]
