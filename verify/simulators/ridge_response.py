"""How the trained model answers to its labels: weights and residuals, given (X, S).

Rows carry their weight here: X, Z, y and the noise stand for √a times those of the problem, row by
row, and λ for nλ, so that the fit is v = (ZᵀZ + λ)⁻¹Zᵀy; a common factor of all a and λ is free.
The answer is ŵ = Sv for a model that is linear in x, and v itself for random features. There are
two forms of one answer: ``FewSamples`` keeps matrices as wide as there are samples, ``FewFeatures``
only such as are as wide as features and coordinates, however many samples there are. Either is
filled in by a Cholesky factorisation of its Gram matrix G where eps·‖G‖·‖G⁻¹‖ ≤ ``LOSS`` (which
bounds the relative error of G⁻¹, up to a modest power of its size), and otherwise by singular
values of Z, which are sound for every ridge. As wide as samples G⁻¹ may also be improved: with the
factorisation that takes less than half of the time of singular values. Where rows are of unlike
size (weights of 1 and 10⁸) G⁻¹Zᵀ cancels for the large ones: the bound is to hold beside the ratio
of their squares.

Truths are given as in ``parts``, one matrix F_j for each source, where labels are y_j = X_jF_j: a
(d,) diagonal, (d, q), or None for 0. All that is made of inputs has a leading axis, the trials of a
stack; a single trial is a stack of one. Which form a trial takes is up to its own inputs alone:
``respond`` answers in groups of one form.
"""

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotri

from ...theory.base.arrays import Array
from .batched_linalg import Places, diagonal_of, inner, row_products
from .fitted_weights import Fitted

__all__ = ["FewFeatures", "FewSamples", "RidgeResponse", "Truths", "Weighted", "respond"]

LOSS = 1e-9
"""Largest relative error, by the bound above, at which a Gram matrix is good enough."""

SPARE = 1.5
"""Up to this many samples per feature, matrices as wide as the samples cost less."""

EPS = float(np.finfo(float).eps)

Truths = Sequence[Array | None]


@dataclasses.dataclass(frozen=True, eq=False)
class Weighted:
    """The training inputs that the fit looks at, weighted row by row, sources stacked.

    X : (T, n, d), with n the number of these rows, and T trials; rows : where each source stands.
    S : (T, d, m), or None where ŵ = v: for the linear model, and for random features, which are
    given as features, (T, n, m).
    unlikeness : of the mean squares of the sources' rows, the largest over the smallest.
    """

    X: Array
    rows: tuple[slice, ...]
    S: Array | None
    features: Array | None = None
    unlikeness: float = 1.0

    def __getitem__(self, trials: Places) -> "Weighted":
        """Some of the trials; these themselves, with what is known of them, where it is all."""
        if len(trials) == len(self.X):
            return self
        S, Z = (None if A is None else A[trials] for A in (self.S, self.features))
        return dataclasses.replace(self, X=self.X[trials], S=S, features=Z)

    @cached_property
    def Z(self) -> Array:
        """(T, n, m), the weighted features."""
        if self.features is not None:
            return self.features
        return self.X if self.S is None else self.X @ self.S

    @cached_property
    def grams(self) -> list[Array]:
        """Z_jᵀZ_j, (T, m, m) for each source."""
        return self.products(self.Z, self.Z)

    def products(self, A: Array, B: Array) -> list[Array]:
        """A_jᵀB_j for each source."""
        return [A_j.mT @ B_j for A_j, B_j in zip(self.split(A), self.split(B), strict=True)]

    def split(self, A: Array) -> list[Array]:
        """A_j, the rows of each source, of (T, n, …)."""
        return [A[:, rows] for rows in self.rows]

    def effective(self, V: Array) -> Array:
        """SV, or V where there is no S."""
        return V if self.S is None else self.S @ V

    def each(self, values: Sequence[float] | Array) -> Array:
        """(n,) one value for each source, repeated for each of its rows."""
        return np.repeat(values, [rows.stop - rows.start for rows in self.rows])

    def total(self, values: Array) -> Array:
        """(T, K) sums of (T, n) values over the rows of each source."""
        return np.stack([of_rows.sum(axis=-1) for of_rows in self.split(values)], axis=-1)

    def squares(self, A: Array) -> Array:
        """(T, K) sums of squares over the rows of each source."""
        return np.stack([inner(A_j, A_j) for A_j in self.split(A)], axis=-1)

    def labels(self, truths: Truths) -> Array:
        """(T, n, q) noiseless labels X_jF_j, sources stacked."""
        columns = next(F.shape[-1] for F in truths if F is not None)
        y = np.empty((*self.X.shape[:-1], columns))
        for F, X_j, y_j in zip(truths, self.split(self.X), self.split(y), strict=True):
            if F is None:
                y_j[:] = 0.0
            elif F.ndim == 1:
                np.multiply(X_j, F, out=y_j)
            else:
                np.matmul(X_j, F, out=y_j)
        return y


@dataclasses.dataclass(frozen=True, eq=False)
class RidgeResponse(ABC):
    """Weights Σ_j B_j y_j, seen through what they do to truths (y_j = X_jF_j) and to noise."""

    data: Weighted

    @abstractmethod
    def inputs(self) -> list[Array]:
        """C_j = B_jX_j, (T, d, d) or (T, m, d) for each source: weights are Σ_j C_jw_j without
        noise."""

    @abstractmethod
    def noise(self, s: Array) -> Array:
        """(T, d), the diagonal of ``noise_moment``, by fewer operations."""

    @abstractmethod
    def noise_moment(self, s: Array) -> Array:
        """(T, d, d), E ŵŵᵀ where labels are noise of variance s_j on the rows of source j."""

    @abstractmethod
    def noise_columns(self, s: Array) -> Fitted:
        """Columns with ``noise_moment`` for the sum of their squares, which cannot cancel."""

    @abstractmethod
    def training_noise(self, s: Array) -> Array:
        """(T, K) sums over the rows of each source of the squared residual of that noise."""

    @abstractmethod
    def _weights(self, y: Array) -> Array:
        """Weights for labels y, (T, n, q)."""

    @abstractmethod
    def _residual(self, y: Array) -> Array:
        """y − f for labels y, (T, n, q)."""

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
        """(T, K) sums over the rows of each source, and over columns, of the squared residual."""
        if all(F is None for F in truths):
            return np.zeros((len(self.data.X), len(self.data.rows)))
        if _diagonal(truths):
            return self._training_diagonal(truths)
        residual = Fitted(self._residual(self.data.labels(truths)))
        return self.data.total(residual.row_squares())


@dataclasses.dataclass(frozen=True, eq=False)
class FewSamples(RidgeResponse):
    """B, (T, d, n), with ŵ = By, and H, (T, n, n), with y − f = Hy."""

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
        moment: Array = columns @ columns.mT
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
        return self._applied(self.B)

    @cached_property
    def _residuals(self) -> list[Array]:
        return self._applied(self.H)

    def _applied(self, A: Array) -> list[Array]:
        """A_jX_j for the columns A_j that see source j."""
        pairs = zip(self.data.rows, self.data.split(self.data.X), strict=True)
        return [A[..., rows] @ X_j for rows, X_j in pairs]


@dataclasses.dataclass(frozen=True, eq=False)
class FewFeatures(RidgeResponse):
    """v = L Uᵀy with U, (T, n, r), either Z itself or its left singular vectors; L is (T, m, r)."""

    U: Array
    L: Array

    def inputs(self) -> list[Array]:
        """C_j = S L U_jᵀX_j."""
        return self._inputs

    def noise(self, s: Array) -> Array:
        """The diagonal of S N(s) Sᵀ."""
        N, S = self._second_moment(s), self.data.S
        return diagonal_of(N).copy() if S is None else row_products(S @ N, S)

    def noise_moment(self, s: Array) -> Array:
        """S N(s) Sᵀ."""
        return self.data.effective(self.data.effective(self._second_moment(s)).mT)

    def noise_columns(self, s: Array) -> Fitted:
        """S L Rᵀ with RᵀR = Uᵀdiag(s)U: no wider than U."""
        weighted = self.U * np.sqrt(self.data.each(s))[:, None]
        R = np.asarray(np.linalg.qr(weighted, mode="r"), dtype=np.float64)
        return Fitted(self.data.effective(self.L @ R.mT))

    def training_noise(self, s: Array) -> Array:
        """Σ over rows of s − 2s (zᵀLu) + zᵀN(s)z, where N(s) = LM(s)Lᵀ."""
        count = np.array([rows.stop - rows.start for rows in self.data.rows])
        if self.U is self.data.Z:
            cross = [inner(self.L, gram) for gram in self.data.grams]
            M, outer = self._second_moment(s), self.data.grams
        else:  # L may be huge, and ZL is not
            W = self.data.Z @ self.L
            cross = list(map(inner, self.data.split(W), self.data.split(self.U)))
            M, outer = self._mixture(s), self.data.products(W, W)
        square = np.stack([inner(M, gram) for gram in outer], axis=-1)
        residual: Array = s * (count - 2 * np.stack(cross, axis=-1)) + square
        return residual

    def _training_diagonal(self, truths: Truths) -> Array:
        """Row sums of (X_k(F_k − C))² with C = Σ_j C_jF_j; by Gram matrices of X_k if many."""
        n, d = self.data.X.shape[1:]
        if n >= len(truths) * d and self.data.features is None:
            return self._training_of_many(truths)
        residual = self.data.labels(truths)
        residual -= self.data.Z @ combine(truths, self._coefficients).values
        return self.data.squares(residual)

    def _training_of_many(self, truths: Truths) -> Array:
        C = combine(truths, self._inputs).values
        errors = [-C if F is None else np.diag(F) - C for F in truths]
        pairs = zip(errors, self._of_inputs, strict=True)
        return np.stack([inner(E, gram @ E) for E, gram in pairs], axis=-1)

    def _weights(self, y: Array) -> Array:
        return self.data.effective(self.L @ (self.U.mT @ y))

    def _residual(self, y: Array) -> Array:
        residual: Array = y - self.data.Z @ (self.L @ (self.U.mT @ y))
        return residual

    def _second_moment(self, s: Array) -> Array:
        """N = E vvᵀ for noise of variance s_j on source j."""
        moment: Array = self.L @ self._mixture(s) @ self.L.mT
        return moment

    def _mixture(self, s: Array) -> Array:
        """M = Uᵀ diag(s) U."""
        mixture: Array = s[0] * self._inner[0]
        for s_j, gram in zip(s[1:], self._inner[1:], strict=True):
            mixture += s_j * gram
        return mixture

    @cached_property
    def _inputs(self) -> list[Array]:
        return [self.data.effective(M) for M in self._coefficients]

    @cached_property
    def _coefficients(self) -> list[Array]:
        """L U_jᵀX_j, (T, m, d) for each source."""
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


def respond(data: Weighted, ridge: float) -> list[tuple[Places, RidgeResponse]]:
    """The response of the ridge fit to its labels, of each trial by the cheapest route that is
    accurate: the responses of several groups of trials, and where these stand in the stack.

    >>> data = Weighted(np.array([[[1.0], [1.0]]]), (slice(0, 2),), None)
    >>> [(places, response)] = respond(data, 2.0)
    >>> places, response.inputs()[0]         # XᵀX/(XᵀX + λ) = 2/(2 + 2)
    (array([0]), array([[[0.5]]]))
    """
    groups: list[tuple[Places, RidgeResponse]] = []
    few = _few_samples(data, ridge)
    for chosen, by_cholesky in ((few, few_samples_by_cholesky), (~few, few_features_by_cholesky)):
        if chosen.any():
            places = np.flatnonzero(chosen)
            good, response = by_cholesky(data[places], ridge)
            if response is not None:
                groups.append((places[good], response))
            if not good.all():
                left = places[~good]
                groups.append((left, by_singular_values(data[left], ridge)))
    return groups


def _few_samples(data: Weighted, ridge: float) -> NDArray[np.bool_]:
    """(T,) whether matrices as wide as the samples cost less."""
    n, m = data.Z.shape[1:]
    if n <= m or n > SPARE * m:
        return np.full(len(data.Z), n <= m)
    roomy: NDArray[np.bool_] = ridge * LOSS > EPS * inner(data.Z, data.Z)
    return roomy


def few_samples_by_cholesky(data: Weighted, ridge: float) -> tuple[NDArray[np.bool_], FewSamples | None]:
    """B = SZᵀK and H = λK with K = (ZZᵀ + λ)⁻¹ of the trials whose Gram matrix is good enough, or
    whose K is, once it is improved; (T,) which these are, and None for none."""
    K, lost = _inverses(data.Z @ data.Z.mT, ridge)
    loss = LOSS / data.unlikeness
    for t in np.flatnonzero((lost > loss) & (lost**2 <= loss)):
        lost[t] = _improve(K[t], data.Z[t], ridge)
    good = lost <= loss
    if not good.any():
        return good, None
    data, K = data[np.flatnonzero(good)], K if good.all() else K[good]
    return good, FewSamples(data, data.effective(data.Z.mT) @ K, ridge * K)


def few_features_by_cholesky(data: Weighted, ridge: float) -> tuple[NDArray[np.bool_], FewFeatures | None]:
    """U = Z and L = (ZᵀZ + λ)⁻¹ of the trials whose Gram matrix is good enough, likewise."""
    gram = data.grams[0].copy()
    for more in data.grams[1:]:
        gram += more
    L, lost = _inverses(gram, ridge)
    good = lost <= LOSS / data.unlikeness
    if not good.any():
        return good, None
    data, L = data[np.flatnonzero(good)], L if good.all() else L[good]
    return good, FewFeatures(data, data.Z, L)


def by_singular_values(data: Weighted, ridge: float) -> RidgeResponse:
    """Z = U diag(s) Vᵀ: L = V diag(s/(s² + λ)), and H = U diag(λ/(s² + λ)) Uᵀ where U is square.

    Singular values below max(n, m)·eps of the largest are rounding, and taken as 0.
    """
    n, m = data.Z.shape[1:]
    U, s, Vt = np.linalg.svd(data.Z, full_matrices=False)
    seen = s > max(n, m) * EPS * s[:, :1]
    shrunk = np.divide(s, s**2 + ridge, out=np.zeros_like(s), where=seen)
    L = Vt.mT * shrunk[:, None]
    if n > m:
        return FewFeatures(data, U, L)
    left = np.divide(ridge, s**2 + ridge, out=np.ones_like(s), where=seen)
    return FewSamples(data, data.effective(L) @ U.mT, (U * left[:, None]) @ U.mT)


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


def _inverses(gram: Array, ridge: float) -> tuple[Array, Array]:
    """(gram + λ)⁻¹ by Cholesky, of a (T, m, m) stack, and eps·‖G‖·‖G⁻¹‖, (T,); both are infinite
    where Cholesky fails. Spoils ``gram``."""
    diagonal_of(gram)[...] += ridge
    size, inverse = np.sqrt(inner(gram, gram)), np.empty_like(gram)
    for G, out in zip(gram, inverse, strict=True):
        _invert(G, out)
    diagonal_of(inverse)[...] /= 2
    with np.errstate(invalid="ignore"):  # 0 · ∞ of a Gram matrix of zeros: NaN, no bound either
        return inverse, EPS * size * np.sqrt(inner(inverse, inverse))


def _invert(G: Array, out: Array) -> None:
    """G⁻¹ with its diagonal twice, or infinities where Cholesky fails; spoils G. LAPACK is called
    for each matrix of a stack: there is no stacked ``potri``, and LU takes twice as long."""
    factor, failed = dpotrf(G.T, lower=1, clean=1, overwrite_a=1)
    if not failed:
        half, failed = dpotri(factor, lower=1, overwrite_c=1)
    if failed:
        out[:] = np.inf
    else:
        np.add(half, half.T, out=out)


def _improve(K: Array, Z: Array, ridge: float) -> float:
    """Newton's step from K ≈ G⁻¹, (n, n), for G = ZZᵀ + λ that is never formed; the relative error
    that is left in K and in V = ZᵀK, up to a modest power of their size.

    With E = 1 − GK the step K(1 + E) is exactly G⁻¹(1 − E²), and V and H = λK are what they should
    be, times 1 − E². Rounding: in E = 1 − λK − Z(ZᵀK) it is Ze + f, with |e| of eps‖Z‖‖K‖ and |f|
    of eps‖Z‖‖V‖, and as KE = EᵀK for a symmetric K, what it adds to K is (1 − Eᵀ)Vᵀe + Kf, and to V
    (ZᵀG⁻¹Z − VEZ)e + Vf. There ‖ZᵀG⁻¹Z‖ ≤ 1 and ‖V‖² ≤ ‖K‖: all of it, and that of the last product
    ZᵀK, is below eps‖Z‖‖K‖/‖V‖ (1 + ‖E‖‖Z‖‖V‖). This is some eps·√(‖G‖‖G⁻¹‖), where Cholesky alone
    leaves eps·‖G‖·‖G⁻¹‖; of a Gram matrix that is formed the step would not gain a digit.
    """
    V = Z.T @ K
    E = Z @ V
    E += ridge * K
    np.negative(E, out=E)
    diagonal_of(E)[...] += 1
    K += K @ E
    k, z, v, e = (math.sqrt(np.vdot(A, A)) for A in (K, Z, V, E))
    return max(e**2, EPS * z * k / v * (1 + e * z * v))
