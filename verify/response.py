"""How the trained model answers to its labels: weights and residuals, given (X, S).

Rows carry their weight here: X, Z, y and the noise stand for √a times those of the problem, row by
row, and λ for nλ, so that the fit is v = (ZᵀZ + λ)⁻¹Zᵀy; a common factor of all a and λ is free.
The answer is ŵ = Sv for a model that is linear in x, and v itself for random features. There are
two forms of one answer: ``FewSamples`` keeps matrices as wide as there are samples, ``FewFeatures``
only such as are as wide as features and coordinates, however many samples there are. Either is
filled in by a Cholesky factorisation of its Gram matrix G where eps·‖G‖·‖G⁻¹‖ ≤ ``LOSS`` (which
bounds the relative error of G⁻¹, up to a modest power of its size), and otherwise by singular
values of Z, which are sound for every ridge. Where rows are of unlike size (weights of 1 and 10⁸)
G⁻¹Zᵀ cancels for the large ones: the bound is to hold beside the ratio of their squares.

Truths are given as in ``parts``, one matrix F_j for each source, where labels are y_j = X_jF_j: a
(d,) diagonal, (d, q), or None for 0.
"""

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri

from ..theory.arrays import Array
from .fitted import Fitted, row_products

__all__ = ["FewFeatures", "FewSamples", "Response", "Truths", "Weighted", "respond"]

LOSS = 1e-9
"""Largest relative error, by the bound above, at which a Gram matrix is good enough."""

SPARE = 1.5
"""Up to this many samples per feature, matrices as wide as the samples cost less."""

EPS = float(np.finfo(float).eps)

Truths = Sequence[Array | None]


@dataclasses.dataclass(frozen=True, eq=False)
class Weighted:
    """The training inputs that the fit looks at, weighted row by row, sources stacked.

    X : (n, d), with n the number of these rows; rows : where each source stands.
    S : (d, m), or None where ŵ = v: for the linear model, and for random features, which are given
    as features, (n, m).
    unlikeness : of the mean squares of the sources' rows, the largest over the smallest.
    """

    X: Array
    rows: tuple[slice, ...]
    S: Array | None
    features: Array | None = None
    unlikeness: float = 1.0

    @cached_property
    def Z(self) -> Array:
        """(n, m), the weighted features."""
        if self.features is not None:
            return self.features
        return self.X if self.S is None else self.X @ self.S

    @cached_property
    def grams(self) -> list[Array]:
        """Z_jᵀZ_j, (m, m) for each source."""
        return self.products(self.Z, self.Z)

    def products(self, A: Array, B: Array) -> list[Array]:
        """A_jᵀB_j for each source."""
        return [A[rows].T @ B[rows] for rows in self.rows]

    def effective(self, V: Array) -> Array:
        """SV, or V where there is no S."""
        return V if self.S is None else self.S @ V

    def each(self, values: Sequence[float] | Array) -> Array:
        """(n,) one value for each source, repeated for each of its rows."""
        return np.repeat(values, [rows.stop - rows.start for rows in self.rows])

    def total(self, values: Array) -> Array:
        """(K,) sums over the rows of each source."""
        return np.array([values[rows].sum() for rows in self.rows])

    def labels(self, truths: Truths) -> Array:
        """(n, q) noiseless labels X_jF_j, sources stacked."""
        columns = next(F.shape[-1] for F in truths if F is not None)
        y = np.empty((len(self.X), columns))
        for F, rows in zip(truths, self.rows, strict=True):
            if F is None:
                y[rows] = 0.0
            elif F.ndim == 1:
                np.multiply(self.X[rows], F, out=y[rows])
            else:
                np.matmul(self.X[rows], F, out=y[rows])
        return y


@dataclasses.dataclass(frozen=True, eq=False)
class Response(ABC):
    """Weights Σ_j B_j y_j, seen through what they do to truths (y_j = X_jF_j) and to noise."""

    data: Weighted

    @abstractmethod
    def inputs(self) -> list[Array]:
        """C_j = B_jX_j, (d, d) or (m, d) for each source: weights are Σ_j C_jw_j without noise."""

    @abstractmethod
    def noise(self, s: Array) -> Array:
        """The diagonal of ``noise_moment``, by fewer operations."""

    @abstractmethod
    def noise_moment(self, s: Array) -> Array:
        """E ŵŵᵀ where labels are noise of variance s_j on the rows of source j."""

    @abstractmethod
    def noise_columns(self, s: Array) -> Fitted:
        """Columns with ``noise_moment`` for the sum of their squares, which cannot cancel."""

    @abstractmethod
    def training_noise(self, s: Array) -> Array:
        """(K,) sums over the rows of each source of the squared residual of that noise."""

    @abstractmethod
    def _weights(self, y: Array) -> Array:
        """Weights for labels y, (n, q)."""

    @abstractmethod
    def _residual(self, y: Array) -> Array:
        """y − f for labels y, (n, q)."""

    @abstractmethod
    def _training_diagonal(self, truths: Truths) -> Array:
        """``training`` for diagonal truths."""

    def weights(self, truths: Truths) -> Fitted | None:
        """One column of weights for each of the truths'; None where all of them are 0."""
        if all(F is None for F in truths):
            return None
        if _diagonal(truths):
            return combine(truths, self.inputs())
        return Fitted(self._weights(self.data.labels(truths)))

    def training(self, truths: Truths) -> Array:
        """(K,) sums over the rows of each source, and over columns, of the squared residual."""
        if all(F is None for F in truths):
            return np.zeros(len(self.data.rows))
        if _diagonal(truths):
            return self._training_diagonal(truths)
        residual = Fitted(self._residual(self.data.labels(truths)))
        return self.data.total(residual.row_squares())


@dataclasses.dataclass(frozen=True, eq=False)
class FewSamples(Response):
    """B, (d, n), with ŵ = By, and H, (n, n), with y − f = Hy."""

    B: Array
    H: Array

    def inputs(self) -> list[Array]:
        """C_j = B_jX_j."""
        return self._inputs

    def noise(self, s: Array) -> Array:
        """Row sums of B² s."""
        squares: Array = np.square(self.B) @ self.data.each(s)
        return squares

    def noise_moment(self, s: Array) -> Array:
        """B diag(s) Bᵀ."""
        columns = self.noise_columns(s).values
        moment: Array = columns @ columns.T
        return moment

    def noise_columns(self, s: Array) -> Fitted:
        """B diag(s)^½."""
        return Fitted(self.B * np.sqrt(self.data.each(s)))

    def training_noise(self, s: Array) -> Array:
        """Row sums of H² s, added up over each source."""
        return self.data.total(np.square(self.H) @ self.data.each(s))

    def _training_diagonal(self, truths: Truths) -> Array:
        """Row sums of (Σ_j H_jX_jF_j)², added up over each source."""
        return self.data.total(combine(truths, self._residuals).row_squares())

    def _weights(self, y: Array) -> Array:
        return self.B @ y

    def _residual(self, y: Array) -> Array:
        return self.H @ y

    @cached_property
    def _inputs(self) -> list[Array]:
        return [self.B[:, rows] @ self.data.X[rows] for rows in self.data.rows]

    @cached_property
    def _residuals(self) -> list[Array]:
        return [self.H[:, rows] @ self.data.X[rows] for rows in self.data.rows]


@dataclasses.dataclass(frozen=True, eq=False)
class FewFeatures(Response):
    """v = L Uᵀy with U, (n, r), either Z itself or its left singular vectors, and L, (m, r)."""

    U: Array
    L: Array

    def inputs(self) -> list[Array]:
        """C_j = S L U_jᵀX_j."""
        return self._inputs

    def noise(self, s: Array) -> Array:
        """The diagonal of S N(s) Sᵀ."""
        N, S = self._second_moment(s), self.data.S
        return np.array(np.diagonal(N)) if S is None else row_products(S @ N, S)

    def noise_moment(self, s: Array) -> Array:
        """S N(s) Sᵀ."""
        return self.data.effective(self.data.effective(self._second_moment(s)).T)

    def noise_columns(self, s: Array) -> Fitted:
        """S L Rᵀ with RᵀR = Uᵀdiag(s)U: no wider than U."""
        weighted = self.U * np.sqrt(self.data.each(s))[:, None]
        R: Array = np.linalg.qr(weighted, mode="r")  # type: ignore[assignment]
        return Fitted(self.data.effective(self.L @ R.T))

    def training_noise(self, s: Array) -> Array:
        """Σ over rows of s − 2s (zᵀLu) + zᵀN(s)z, where N(s) = LM(s)Lᵀ."""
        count = self.data.total(np.ones(len(self.U)))
        if self.U is self.data.Z:
            cross = [np.vdot(self.L, gram) for gram in self.data.grams]
            M, outer = self._second_moment(s), self.data.grams
        else:  # L may be huge, and ZL is not
            W = self.data.Z @ self.L
            cross = [np.vdot(W[rows], self.U[rows]) for rows in self.data.rows]
            M, outer = self._mixture(s), self.data.products(W, W)
        square = np.array([np.vdot(M, gram) for gram in outer])
        residual: Array = s * (count - 2 * np.array(cross)) + square
        return residual

    def _training_diagonal(self, truths: Truths) -> Array:
        """Row sums of (X_k(F_k − C))² with C = Σ_j C_jF_j; by Gram matrices of X_k if many."""
        n, d = self.data.X.shape
        if n >= len(truths) * d and self.data.features is None:
            return self._training_of_many(truths)
        residual = self.data.labels(truths)
        residual -= self.data.Z @ combine(truths, self._coefficients).values
        return np.array([np.vdot(residual[rows], residual[rows]) for rows in self.data.rows])

    def _training_of_many(self, truths: Truths) -> Array:
        C = combine(truths, self._inputs).values
        errors = [-C if F is None else np.diag(F) - C for F in truths]
        pairs = zip(errors, self._of_inputs, strict=True)
        return np.array([np.vdot(E, gram @ E) for E, gram in pairs])

    def _weights(self, y: Array) -> Array:
        return self.data.effective(self.L @ (self.U.T @ y))

    def _residual(self, y: Array) -> Array:
        residual: Array = y - self.data.Z @ (self.L @ (self.U.T @ y))
        return residual

    def _second_moment(self, s: Array) -> Array:
        """N = E vvᵀ for noise of variance s_j on source j."""
        moment: Array = self.L @ self._mixture(s) @ self.L.T
        return moment

    def _mixture(self, s: Array) -> Array:
        """M = Uᵀ diag(s) U."""
        mixture: Array = s[0] * self._inner[0]
        for s_j, inner in zip(s[1:], self._inner[1:], strict=True):
            mixture += s_j * inner
        return mixture

    @cached_property
    def _inputs(self) -> list[Array]:
        return [self.data.effective(M) for M in self._coefficients]

    @cached_property
    def _coefficients(self) -> list[Array]:
        """L U_jᵀX_j, (m, d) for each source."""
        if self.U is self.data.X:
            return [self.L @ gram for gram in self._inner]
        return [self.L @ mixed for mixed in self.data.products(self.U, self.data.X)]

    @cached_property
    def _inner(self) -> list[Array]:
        of_features = self.U is self.data.Z
        return self.data.grams if of_features else self.data.products(self.U, self.U)

    @cached_property
    def _of_inputs(self) -> list[Array]:
        X = self.data.X
        return self.data.grams if X is self.data.Z else self.data.products(X, X)


def respond(data: Weighted, ridge: float) -> Response:
    """The response of the ridge fit to its labels, by the cheapest route that is accurate.

    >>> data = Weighted(np.array([[1.0], [1.0]]), (slice(0, 2),), None)
    >>> respond(data, 2.0).inputs()[0]       # XᵀX/(XᵀX + λ) = 2/(2 + 2)
    array([[0.5]])
    """
    n, m = data.Z.shape
    size = float(np.vdot(data.Z, data.Z))
    roomy = ridge * LOSS > EPS * size
    few_samples = n <= m or (roomy and n <= SPARE * m)
    by_cholesky = few_samples_by_cholesky if few_samples else few_features_by_cholesky
    return by_cholesky(data, ridge) or by_singular_values(data, ridge)


def few_samples_by_cholesky(data: Weighted, ridge: float) -> FewSamples | None:
    """B = SZᵀ(ZZᵀ + λ)⁻¹ and H = λ(ZZᵀ + λ)⁻¹; None where the Gram matrix is not good enough."""
    inverse = _inverse(data.Z @ data.Z.T, ridge, LOSS / data.unlikeness)
    if inverse is None:
        return None
    return FewSamples(data, data.effective(data.Z.T) @ inverse, ridge * inverse)


def few_features_by_cholesky(data: Weighted, ridge: float) -> FewFeatures | None:
    """U = Z and L = (ZᵀZ + λ)⁻¹; None where the Gram matrix is not good enough."""
    gram = data.grams[0].copy()
    for more in data.grams[1:]:
        gram += more
    inverse = _inverse(gram, ridge, LOSS / data.unlikeness)
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


def combine(truths: Truths, matrices: Sequence[Array]) -> Fitted:
    """Σ_j A_jF_j for (d,) diagonals F_j, not all of them None for 0."""
    used = [(F, A) for F, A in zip(truths, matrices, strict=True) if F is not None]
    (first, start), *others = used
    if not others:
        return Fitted(start, first)
    if all(F is first for F, _ in others):
        total = start + others[0][1]
        for _, A in others[1:]:
            total += A
        return Fitted(total, first)
    total = start * first
    for F, A in others:
        total += A * F
    return Fitted(total)


def _diagonal(truths: Truths) -> bool:
    return all(F is None or F.ndim == 1 for F in truths)


def _inverse(gram: Array, ridge: float, loss: float) -> Array | None:
    """(gram + λ)⁻¹ by Cholesky, or None where eps·‖G‖·‖G⁻¹‖ exceeds ``loss``; spoils ``gram``."""
    diagonal = slice(None, None, len(gram) + 1)
    gram.flat[diagonal] += ridge
    size = math.sqrt(np.vdot(gram, gram))
    factor, failed = dpotrf(gram.T, lower=1, clean=1, overwrite_a=1)
    if failed:
        return None
    half, failed = dpotri(factor, lower=1, overwrite_c=1)
    if failed:
        return None
    inverse: Array = half + half.T
    inverse.flat[diagonal] /= 2
    good = EPS * size * math.sqrt(np.vdot(inverse, inverse)) <= loss
    return inverse if good else None
