"""How the trained model answers to its labels: ŵ = B y, and the residuals, given (X, S).

Rows carry their weight here: X, y and the noise stand for √(a/n) times those of the problem, row by
row, and Z = XS (X for the linear model), so that the fit is v = (ZᵀZ + λ)⁻¹Zᵀy. There are two forms
of one answer: ``FewSamples`` keeps matrices as wide as there are samples, ``FewFeatures`` only such
as are as wide as features and coordinates, however many samples there are. Either is filled in by a
Cholesky factorisation of its Gram matrix G where eps·‖G‖·‖G⁻¹‖ ≤ ``LOSS`` (which bounds the
relative error of G⁻¹, up to a modest power of its size), and otherwise by singular values of Z,
which are sound for every ridge.
"""

import dataclasses
from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri

from ..theory.arrays import Array

__all__ = ["FewFeatures", "FewSamples", "Response", "Weighted", "respond"]

LOSS = 1e-9
"""Largest relative error, by the bound above, at which a Gram matrix is good enough."""

SPARE = 1.5
"""Up to this many samples per feature, matrices as wide as the samples cost less."""

EPS = float(np.finfo(float).eps)


@dataclasses.dataclass(frozen=True, eq=False)
class Weighted:
    """The training inputs that the fit looks at, each row times √(a/n), sources stacked.

    X : (n, d), with n the number of these rows; rows : where each source stands.
    S : (d, m), or None for the linear model.
    """

    X: Array
    rows: tuple[slice, ...]
    S: Array | None

    @cached_property
    def Z(self) -> Array:
        """(n, m), the weighted features."""
        return self.X if self.S is None else self.X @ self.S

    def effective(self, V: Array) -> Array:
        """SV, or V for the linear model."""
        return V if self.S is None else self.S @ V

    def each(self, values: Sequence[float] | Array) -> Array:
        """(n,) one value for each source, repeated for each of its rows."""
        return np.repeat(values, [rows.stop - rows.start for rows in self.rows])

    def total(self, values: Array) -> Array:
        """(K,) sums over the rows of each source."""
        return np.array([values[rows].sum() for rows in self.rows])


class Response(Protocol):
    """ŵ = Σ_j B_j y_j, seen through what it does to truths (y_j = X_jw_j) and to noise."""

    def truths(self) -> list[Array]:
        """C_j = B_jX_j, (d, d) for each source: ŵ = Σ_j C_jw_j where labels have no noise."""

    def noise(self, s: Array) -> Array:
        """(d,) E ŵ_i² where labels are noise of variance s_j on the rows of source j."""

    def training_noise(self, s: Array) -> Array:
        """(K,) sums over the rows of each source of the squared residual of that noise."""

    def training_truth(self, c: Array, γ: Array) -> Array:
        """(K,) the same where y_j = c_jX_ju with one u, E uuᵀ = diag γ."""


@dataclasses.dataclass(frozen=True, eq=False)
class FewSamples:
    """B, (d, n), with ŵ = By, and H, (n, n), with y − f = Hy."""

    data: Weighted
    B: Array
    H: Array

    def truths(self) -> list[Array]:
        """C_j = B_jX_j."""
        return [self.B[:, rows] @ self.data.X[rows] for rows in self.data.rows]

    def noise(self, s: Array) -> Array:
        """Row sums of B² s."""
        squares: Array = np.square(self.B) @ self.data.each(s)
        return squares

    def training_noise(self, s: Array) -> Array:
        """Row sums of H² s, added up over each source."""
        return self.data.total(np.square(self.H) @ self.data.each(s))

    def training_truth(self, c: Array, γ: Array) -> Array:
        """Row sums of (Σ_j c_jH_jX_j)² γ, added up over each source."""
        residual = combine(c, self._residuals)
        return self.data.total(np.square(residual) @ γ)

    @cached_property
    def _residuals(self) -> list[Array]:
        return [self.H[:, rows] @ self.data.X[rows] for rows in self.data.rows]


@dataclasses.dataclass(frozen=True, eq=False)
class FewFeatures:
    """v = L Uᵀy with U, (n, r), either Z itself or its left singular vectors, and L, (m, r)."""

    data: Weighted
    U: Array
    L: Array

    def truths(self) -> list[Array]:
        """C_j = S L U_jᵀX_j."""
        return self._truths

    def noise(self, s: Array) -> Array:
        """The diagonal of S N(s) Sᵀ."""
        N, S = self._second_moment(s), self.data.S
        return np.array(np.diagonal(N)) if S is None else _row_products(S @ N, S)

    def training_noise(self, s: Array) -> Array:
        """Σ over rows of s − 2s (zᵀLu) + zᵀN(s)z."""
        N = self._second_moment(s)
        count = self.data.total(np.ones(len(self.U)))
        cross = np.array([np.vdot(self.L, mixed.T) for mixed in self._mixed])
        square = np.array([np.vdot(N, outer) for outer in self._outer])
        residual: Array = s * (count - 2 * cross) + square
        return residual

    def training_truth(self, c: Array, γ: Array) -> Array:
        """Row sums of (X_k(c_k − C))² γ with C = Σ_j c_jC_j; by Gram matrices of X_k if many."""
        n, d = self.data.X.shape
        if n >= len(c) * d:
            return self._training_truth_of_many(c, γ)
        residual = self.data.each(c)[:, None] * self.data.X
        residual -= self.data.Z @ combine(c, self._coefficients)
        return self.data.total(np.square(residual) @ γ)

    def _training_truth_of_many(self, c: Array, γ: Array) -> Array:
        C = combine(c, self._truths)
        errors = [own * np.eye(len(C)) - C for own in c]
        return np.array(
            [
                _row_products(E.T, (gram @ E).T) @ γ
                for E, gram in zip(errors, self._grams, strict=True)
            ]
        )

    def _second_moment(self, s: Array) -> Array:
        """N = E vvᵀ for noise of variance s_j on source j."""
        moment: Array = self.L @ combine(s, self._inner) @ self.L.T
        return moment

    @cached_property
    def _truths(self) -> list[Array]:
        return [self.data.effective(M) for M in self._coefficients]

    @cached_property
    def _coefficients(self) -> list[Array]:
        """L U_jᵀX_j, (m, d) for each source."""
        if self.U is self.data.X:
            return [self.L @ gram for gram in self._inner]
        return [self.L @ (self.U[rows].T @ self.data.X[rows]) for rows in self.data.rows]

    @cached_property
    def _inner(self) -> list[Array]:
        return self._products(self.U, self.U)

    @cached_property
    def _mixed(self) -> list[Array]:
        return self._inner if self.U is self.data.Z else self._products(self.U, self.data.Z)

    @cached_property
    def _outer(self) -> list[Array]:
        return self._inner if self.U is self.data.Z else self._products(self.data.Z, self.data.Z)

    @cached_property
    def _grams(self) -> list[Array]:
        X = self.data.X
        return self._inner if self.U is X else self._products(X, X)

    def _products(self, A: Array, B: Array) -> list[Array]:
        return [A[rows].T @ B[rows] for rows in self.data.rows]


def respond(data: Weighted, ridge: float) -> Response:
    """The response of the ridge fit to its labels, by the cheapest route that is accurate.

    >>> data = Weighted(np.array([[1.0], [1.0]]), (slice(0, 2),), None)
    >>> respond(data, 2.0).truths()[0]       # XᵀX/(XᵀX + λ) = 2/(2 + 2)
    array([[0.5]])
    """
    n, m = data.Z.shape
    size = float(np.square(data.Z).sum())
    roomy = ridge * LOSS > EPS * size
    few_samples = n <= m or (roomy and n <= SPARE * m)
    by_cholesky = few_samples_by_cholesky if few_samples else few_features_by_cholesky
    return by_cholesky(data, ridge) or by_singular_values(data, ridge)


def few_samples_by_cholesky(data: Weighted, ridge: float) -> FewSamples | None:
    """B = SZᵀ(ZZᵀ + λ)⁻¹ and H = λ(ZZᵀ + λ)⁻¹; None where the Gram matrix is not good enough."""
    inverse = _inverse(data.Z @ data.Z.T, ridge)
    if inverse is None:
        return None
    return FewSamples(data, data.effective(data.Z.T) @ inverse, ridge * inverse)


def few_features_by_cholesky(data: Weighted, ridge: float) -> FewFeatures | None:
    """U = Z and L = (ZᵀZ + λ)⁻¹; None where the Gram matrix is not good enough."""
    inverse = _inverse(data.Z.T @ data.Z, ridge)
    return None if inverse is None else FewFeatures(data, data.Z, inverse)


def by_singular_values(data: Weighted, ridge: float) -> Response:
    """Z = U diag(s) Vᵀ: L = V diag(s/(s² + λ)), and H = U diag(λ/(s² + λ)) Uᵀ where U is square.

    Singular values below max(n, m)·eps of the largest are rounding, and taken as 0.
    """
    U, s, Vt = np.linalg.svd(data.Z, full_matrices=False)
    seen = s > max(data.Z.shape) * EPS * s[0]
    shrunk = np.divide(s, s**2 + ridge, out=np.zeros_like(s), where=seen)
    L = Vt.T * shrunk
    if U.shape[0] > U.shape[1]:
        return FewFeatures(data, U, L)
    left = np.divide(ridge, s**2 + ridge, out=np.ones_like(s), where=seen)
    return FewSamples(data, data.effective(L) @ U.T, (U * left) @ U.T)


def combine(coefficients: Array, matrices: Sequence[Array]) -> Array:
    """Σ_j c_jA_j, leaving out the zeros; not to be written to, for it can be one of the A_j."""
    used = [(c, A) for c, A in zip(coefficients, matrices, strict=True) if c != 0]
    if not used:
        return np.zeros_like(matrices[0])
    if len(used) == 1 and used[0][0] == 1:
        return used[0][1]
    total: Array = used[0][0] * used[0][1]
    for c, A in used[1:]:
        total += A if c == 1 else c * A
    return total


def _inverse(gram: Array, ridge: float) -> Array | None:
    """(gram + λ)⁻¹ by Cholesky, or None where eps·‖G‖·‖G⁻¹‖ exceeds ``LOSS``; spoils ``gram``."""
    diagonal = slice(None, None, len(gram) + 1)
    gram.flat[diagonal] += ridge
    size = float(np.linalg.norm(gram))
    factor, failed = dpotrf(gram.T, lower=1, clean=1, overwrite_a=1)
    if failed:
        return None
    half, failed = dpotri(factor, lower=1, overwrite_c=1)
    if failed:
        return None
    inverse: Array = half + half.T
    inverse.flat[diagonal] /= 2
    good = EPS * size * float(np.linalg.norm(inverse)) <= LOSS
    return inverse if good else None


def _row_products(A: Array, B: Array) -> Array:
    """The diagonal of ABᵀ."""
    sums: Array = np.einsum("ij,ij->i", A, B)
    return sums
