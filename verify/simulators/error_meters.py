"""How large a prediction error is: E(f(x) − xᵀw)² over x ~ N(0, Σ), exactly or on a test set.

What is measured comes in columns: fitted weights A, (…, d, q), with f(x) = xᵀAu for the truth
w = Fu, E uuᵀ = I, so that the error is tr (A − F)ᵀΣ(A − F). Random features are fitted in (…, m, q)
columns V of f(x) = φ(x)ᵀVu; where E φφᵀ and E φxᵀ are known the error is as exact as that, and
otherwise it is a mean over an independent test set, unbiased, its scatter a part of that between
trials.

Leading axes are trials. Weights have them, and so have the features of a meter, which belong to the
projection of a trial, and every error that is measured; covariances and truths have none.
"""

import dataclasses
from typing import Protocol

import numpy as np

from ...theory.activations.activation import Activation
from ...theory.base.arrays import Array
from .batched_linalg import diagonal_of, inner, row_products
from .feature_moments import gaussian_moments, pre_activations
from .fitted_weights import Fitted

__all__ = ["Dense", "DiagonalMeter", "ExactFeatures", "ExactMeter", "Meter", "TestSet", "exact_features"]


class Meter(Protocol):
    """Measures errors, (…,), at one covariance; where F may be None, that is 0."""

    def null(self, F: Array) -> Array:
        """The error of predicting 0 where the truth is F; one for all trials, if it is exact."""

    def square(self, A: Fitted, F: Array | None) -> Array:
        """The error of weights A where the truth is F."""

    def product(self, A: Array, B: Array, F: Array | None) -> Array:
        """The mean product of the prediction A with the residual of B against F."""


@dataclasses.dataclass(frozen=True, eq=False)
class DiagonalMeter:
    """Σ = diag(covariance), (d,)."""

    covariance: Array

    def null(self, F: Array) -> Array:
        """Σ_i Σ_ii |row i of F|²."""
        return self.sum(F**2 if F.ndim == 1 else row_products(F, F))

    def square(self, A: Fitted, F: Array | None) -> Array:
        """Σ_i Σ_ii |row i of A − F|²."""
        return self.sum(A.row_squares(F))

    def product(self, A: Array, B: Array, F: Array | None) -> Array:
        """Σ_i Σ_ii (row i of A)·(row i of B − F)."""
        return self.sum(row_products(A, _less(B, F)))

    def trace(self, N: Array) -> Array:
        """Σ_i Σ_ii N_ii."""
        return self.sum(np.diagonal(N, axis1=-2, axis2=-1))

    def sum(self, diagonal: Array) -> Array:
        """Σ_i Σ_ii N_ii, given (…, d) entries N_ii."""
        total: Array = np.vecdot(diagonal, self.covariance)
        return total


@dataclasses.dataclass(frozen=True, eq=False)
class Dense:
    """covariance : Σ, (d, d); root : Σ^½. Squares are taken of Σ^½(A − F), never negative."""

    covariance: Array
    root: Array

    def null(self, F: Array) -> Array:
        """|Σ^½F|²."""
        return _size(_times(self.root, F))

    def square(self, A: Fitted, F: Array | None) -> Array:
        """|Σ^½(A − F)|²."""
        return _size(self.root @ _less(A.values, F))

    def product(self, A: Array, B: Array, F: Array | None) -> Array:
        """tr AᵀΣ(B − F)."""
        return inner(A, self.covariance @ _less(B, F))

    def trace(self, N: Array) -> Array:
        """tr ΣN."""
        return inner(N, self.covariance)


@dataclasses.dataclass(frozen=True, eq=False)
class TestSet:
    """Independent inputs, (…, N, d), and their features, (…, N, m); errors are means over them.

    Predictions are kept: one set of weights is held against several truths.
    """

    __test__ = False

    inputs: Array
    features: Array
    _predicted: dict[Fitted, Array] = dataclasses.field(default_factory=dict)

    def null(self, F: Array) -> Array:
        """The mean of |xᵀF|²."""
        return self._mean(_size(_times(self.inputs, F)))

    def square(self, A: Fitted, F: Array | None) -> Array:
        """The mean of |φᵀA − xᵀF|²."""
        if A not in self._predicted:
            self._predicted[A] = self.features @ A.values
        return self._mean(_size(self._less(self._predicted[A], F)))

    def product(self, A: Array, B: Array, F: Array | None) -> Array:
        """The mean of (φᵀA)·(φᵀB − xᵀF)."""
        return self._mean(inner(self.features @ A, self._less(self.features @ B, F)))

    def _less(self, predicted: Array, F: Array | None) -> Array:
        """Predictions less the labels xᵀF."""
        if F is None:
            return predicted
        labels = _times(self.inputs, F)
        return np.subtract(predicted, labels, out=labels)

    def _mean(self, total: Array) -> Array:
        mean: Array = total / self.inputs.shape[-2]
        return mean


@dataclasses.dataclass(frozen=True, eq=False)
class ExactFeatures:
    """By E φxᵀ = diag(J)SᵀΣ: φᵀv is xᵀ(S diag(J) v) and a rest that is uncorrelated with x.

    linear : the meter of Σ; slopes : S diag(J), (…, d, m); second : E φφᵀ, (…, m, m); rest : that
    of the rest, (…, m, m).
    """

    linear: DiagonalMeter | Dense
    slopes: Array
    second: Array
    rest: Array

    def null(self, F: Array) -> Array:
        """As without features."""
        return self.linear.null(F)

    def square(self, A: Fitted, F: Array | None) -> Array:
        """The error of the linear part, and the mean square of the rest."""
        seen = self.linear.square(Fitted(self.slopes @ A.values), F)
        return seen + inner(A.values, self.rest @ A.values)

    def product(self, A: Array, B: Array, F: Array | None) -> Array:
        """The same for two."""
        seen = self.linear.product(self.slopes @ A, self.slopes @ B, F)
        return seen + inner(A, self.rest @ B)

    def trace(self, N: Array) -> Array:
        """tr E φφᵀN."""
        return inner(self.second, N)


ExactMeter = DiagonalMeter | Dense | ExactFeatures
"""Meters that measure noise from its second moments N: (…, d, d), or (…, m, m) of features."""


def exact_features(
    linear: DiagonalMeter | Dense, activation: Activation, centre: float, S: Array
) -> ExactFeatures:
    """The meter of act(Sᵀx) − centre, an activation whose moments are known.

    >>> from detequiv import activations
    >>> S, v = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[2.0], [0.0]])
    >>> meter = exact_features(DiagonalMeter(np.ones(2)), activations.relu, 0.0, S)
    >>> float(meter.square(Fitted(v), v))      # E(2 max(x, 0) − 2x)² = 4 · ½ for x ~ N(0, 1)
    2.0
    """
    C = pre_activations(S, linear.covariance)
    moments = gaussian_moments(activation, C)
    assert moments is not None
    second, J = moments.about(centre).second, moments.gain
    slopes, rest = S * J[..., None, :], second - J[..., :, None] * C * J[..., None, :]
    return ExactFeatures(linear, slopes, second, rest)


def _less(A: Array, F: Array | None) -> Array:
    """A − F with None for 0; a (d,) F is a diagonal."""
    if F is None:
        return A
    if F.ndim == 2:
        return A - F
    rest = A.copy()
    diagonal = diagonal_of(rest)
    diagonal -= F
    return rest


def _times(X: Array, F: Array) -> Array:
    """XF."""
    product: Array = X * F if F.ndim == 1 else X @ F
    return product


def _size(A: Array) -> Array:
    """The sum of squares of each matrix."""
    return inner(A, A)
