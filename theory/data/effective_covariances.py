"""Covariances with an update of low rank: products, solutions, and the covariance itself."""

from typing import Any

import numpy as np

from ..base.arrays import Array
from .covariance import Covariance, DiagonalPlusLowRankCovariance
from .spectrum import Spectrum

__all__ = ["applied", "expanded", "solved", "updated"]


def expanded(spectrum: Spectrum) -> Array:
    """(d,) every eigenvalue as often as its multiplicity says."""
    if spectrum.multiplicities is None:
        return spectrum.values
    return np.repeat(spectrum.values, spectrum.multiplicities.astype(int))


def applied(covariance: Spectrum | Covariance, v: Array) -> Array:
    """Σv, for v (d,) or (d, r).

    >>> applied(Spectrum([2.0, 1.0]), np.array([1.0, 1.0])).tolist()
    [2.0, 1.0]
    """
    columns = v if v.ndim == 2 else v[:, None]
    product: Any
    if isinstance(covariance, Spectrum):
        product = expanded(covariance)[:, None] * columns
    elif isinstance(covariance, DiagonalPlusLowRankCovariance):
        product = covariance.operator @ columns
    else:
        product = covariance.matrix @ columns
    found = np.asarray(product, dtype=np.float64)
    return found if v.ndim == 2 else found[:, 0]


def solved(covariance: Spectrum | Covariance, v: Array) -> Array:
    """Σ⁻¹v of v (d,) in the range of Σ, the solution in that range.

    >>> solved(Spectrum([2.0, 1.0, 0.0]), np.array([1.0, 1.0, 0.0])).tolist()
    [0.5, 1.0, 0.0]
    """
    if isinstance(covariance, Spectrum):
        values = expanded(covariance)
        return np.divide(v, values, out=np.zeros_like(v), where=values > 0)
    if isinstance(covariance, DiagonalPlusLowRankCovariance) and covariance.operator.regular:
        there = covariance.values > 0
        inside = DiagonalPlusLowRankCovariance(
            covariance.values[there],
            covariance.vectors[there],
            covariance.coefficients,
            covariance.weights[there],
        )
        solution: Array = np.zeros_like(v)
        solution[there] = (inside.operator.inverse() @ v[there, None])[:, 0]
        return solution
    return np.asarray(np.linalg.lstsq(covariance.matrix, v, rcond=None)[0], dtype=np.float64)


def updated(covariance: Spectrum | Covariance, vectors: Array, coefficients: Array) -> Spectrum | Covariance:
    """Σ + U N Uᵀ, of the form of Σ where that is a diagonal or of low rank beyond one.

    >>> updated(Spectrum([2.0, 1.0]), np.ones((2, 1)), np.ones((1, 1))).matrix.tolist()
    [[3.0, 1.0], [1.0, 2.0]]
    """
    if not coefficients.any() or not vectors.any():
        return covariance
    if isinstance(covariance, DiagonalPlusLowRankCovariance):
        inner = covariance.coefficients
        nothing = np.zeros((len(inner), len(coefficients)))
        both = np.block([[inner, nothing], [nothing.T, coefficients]])
        all_vectors = np.hstack([covariance.vectors, vectors])
        return DiagonalPlusLowRankCovariance(covariance.values, all_vectors, both)
    if isinstance(covariance, Spectrum):
        return DiagonalPlusLowRankCovariance(expanded(covariance), vectors, coefficients)
    matrix = covariance.matrix + vectors @ coefficients @ vectors.T
    return Covariance((matrix + matrix.T) / 2)
