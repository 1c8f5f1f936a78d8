"""How large a prediction error is: E(f(x) − xᵀw)² over x ~ N(0, Σ), exactly or on a test set.

What is measured comes in columns: fitted weights A, (d, q), with f(x) = xᵀAu for the truth w = Fu,
E uuᵀ = I, so that the error is tr (A − F)ᵀΣ(A − F). Random features are fitted in (m, q) columns V
of f(x) = φ(x)ᵀVu; where E φφᵀ and E φxᵀ are known the error is as exact as that, and otherwise it
is a mean over an independent test set, unbiased, its scatter a part of that between trials.
"""

import dataclasses
from typing import Protocol

import numpy as np

from ..theory.activations import Activation
from ..theory.arrays import Array
from .feature_moments import gaussian_moments
from .fitted import Fitted, row_products

__all__ = [
    "Dense", "Diagonal", "ExactFeatures", "ExactMeter", "Meter", "TestSet", "exact_features",
]  # fmt: skip


class Meter(Protocol):
    """Measures errors at one covariance; where F may be None, that is 0."""

    def null(self, F: Array) -> float:
        """The error of predicting 0 where the truth is F."""

    def square(self, A: Fitted, F: Array | None) -> float:
        """The error of weights A where the truth is F."""

    def product(self, A: Array, B: Array, F: Array | None) -> float:
        """The mean product of the prediction A with the residual of B against F."""


@dataclasses.dataclass(frozen=True, eq=False)
class Diagonal:
    """Σ = diag(covariance), (d,)."""

    covariance: Array

    def null(self, F: Array) -> float:
        """Σ_i Σ_ii |row i of F|²."""
        return float(self.covariance @ (F**2 if F.ndim == 1 else row_products(F, F)))

    def square(self, A: Fitted, F: Array | None) -> float:
        """Σ_i Σ_ii |row i of A − F|²."""
        return float(self.covariance @ A.row_squares(F))

    def product(self, A: Array, B: Array, F: Array | None) -> float:
        """Σ_i Σ_ii (row i of A)·(row i of B − F)."""
        return float(self.covariance @ row_products(A, _less(B, F)))

    def trace(self, N: Array) -> float:
        """Σ_i Σ_ii N_ii; N may be its diagonal."""
        return float(self.covariance @ (N if N.ndim == 1 else np.diagonal(N)))


@dataclasses.dataclass(frozen=True, eq=False)
class Dense:
    """covariance : Σ, (d, d); root : Σ^½. Squares are taken of Σ^½(A − F), never negative."""

    covariance: Array
    root: Array

    def null(self, F: Array) -> float:
        """|Σ^½F|²."""
        return _size(_times(self.root, F))

    def square(self, A: Fitted, F: Array | None) -> float:
        """|Σ^½(A − F)|²."""
        return _size(self.root @ _less(A.values, F))

    def product(self, A: Array, B: Array, F: Array | None) -> float:
        """tr AᵀΣ(B − F)."""
        return float(np.vdot(A, self.covariance @ _less(B, F)))

    def trace(self, N: Array) -> float:
        """tr ΣN."""
        return float(np.vdot(self.covariance, N))


@dataclasses.dataclass(frozen=True, eq=False)
class TestSet:
    """Independent inputs, (T, d), and their features, (T, m); errors are means over them.

    Predictions are kept: one set of weights is held against several truths.
    """

    __test__ = False

    inputs: Array
    features: Array
    _predicted: dict[Fitted, Array] = dataclasses.field(default_factory=dict)

    def null(self, F: Array) -> float:
        """The mean of |xᵀF|²."""
        return _size(_times(self.inputs, F)) / len(self.inputs)

    def square(self, A: Fitted, F: Array | None) -> float:
        """The mean of |φᵀA − xᵀF|²."""
        if A not in self._predicted:
            self._predicted[A] = self.features @ A.values
        return _size(self._less(self._predicted[A], F)) / len(self.inputs)

    def product(self, A: Array, B: Array, F: Array | None) -> float:
        """The mean of (φᵀA)·(φᵀB − xᵀF)."""
        residual = self._less(self.features @ B, F)
        return float(np.vdot(self.features @ A, residual)) / len(self.inputs)

    def _less(self, predicted: Array, F: Array | None) -> Array:
        """Predictions less the labels xᵀF."""
        if F is None:
            return predicted
        labels = _times(self.inputs, F)
        return np.subtract(predicted, labels, out=labels)


@dataclasses.dataclass(frozen=True, eq=False)
class ExactFeatures:
    """By E φxᵀ = diag(J)SᵀΣ: φᵀv is xᵀ(S diag(J) v) and a rest that is uncorrelated with x.

    linear : the meter of Σ; slopes : S diag(J), (d, m); second : E φφᵀ, (m, m); rest : that of the
    rest, (m, m).
    """

    linear: Diagonal | Dense
    slopes: Array
    second: Array
    rest: Array

    def null(self, F: Array) -> float:
        """As without features."""
        return self.linear.null(F)

    def square(self, A: Fitted, F: Array | None) -> float:
        """The error of the linear part, and the mean square of the rest."""
        seen = self.linear.square(Fitted(self.slopes @ A.values), F)
        return seen + float(np.vdot(A.values, self.rest @ A.values))

    def product(self, A: Array, B: Array, F: Array | None) -> float:
        """The same for two."""
        seen = self.linear.product(self.slopes @ A, self.slopes @ B, F)
        return seen + float(np.vdot(A, self.rest @ B))

    def trace(self, N: Array) -> float:
        """tr E φφᵀN."""
        return float(np.vdot(self.second, N))


ExactMeter = Diagonal | Dense | ExactFeatures
"""What measures noise by ``trace``, from its second moments N: (d, d), or (m, m) for features."""


def exact_features(
    linear: Diagonal | Dense, activation: Activation, centre: float, S: Array
) -> ExactFeatures:
    """The meter of act(Sᵀx) − centre, an activation whose moments are known.

    >>> from detequiv import activations
    >>> S, v = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[2.0], [0.0]])
    >>> meter = exact_features(Diagonal(np.ones(2)), activations.relu, 0.0, S)
    >>> meter.square(Fitted(v), v)      # E(2 max(x, 0) − 2x)² = 4 · ½ for x ~ N(0, 1)
    2.0
    """
    Σ = linear.covariance
    C = S.T @ (Σ[:, None] * S if Σ.ndim == 1 else Σ @ S)
    C = (C + C.T) / 2
    moments = gaussian_moments(activation, C)
    assert moments is not None
    second, J = moments.about(centre).second, moments.gain
    return ExactFeatures(linear, S * J, second, second - J[:, None] * C * J)


def _less(A: Array, F: Array | None) -> Array:
    """A − F with None for 0; a (d,) F is a diagonal."""
    if F is None:
        return A
    if F.ndim == 2:
        return A - F
    rest = A.copy()
    rest.flat[:: len(F) + 1] -= F
    return rest


def _times(X: Array, F: Array) -> Array:
    """XF."""
    product: Array = X * F if F.ndim == 1 else X @ F
    return product


def _size(A: Array) -> float:
    """The sum of squares."""
    return float(np.vdot(A, A))
