"""A model that relabels its own data: the zero-residual identity, at any size."""

import math

import numpy as np

from ..base.accepted_values import RealArray, RealNumber, RealVector
from ..base.arrays import Array, frozen_array
from ..base.errors import ShapeError
from ..base.validation import non_negative, positive
from ..base.wording import plural
from .generator_arguments import WEIGHTS, counts_of, pair_of

__all__ = ["neutral_ridge", "zero_residual_weights"]


def neutral_ridge(
    *, generator_ridge: "RealNumber", counts: "RealVector", real_weight: "RealNumber" = 1.0
) -> float:
    r"""The ridge at which samples labelled without noise by a model of the same real data change nothing.

    .. math:: \lambda = a_1\lambda_g\,\frac{n_1}{n_1 + n_2}

    The *total* ridges nλ of student and generator are then equal (for a_1 = 1), and the student is the
    generator. For λ above it the student shrinks a second time, below it takes shrinkage back. At λ = λ_g,
    the ridge of the generator, it shrinks twice.

    Parameters
    ----------
    generator_ridge : float
        λ_g ≥ 0, of the fit to the n_1 real samples of weight 1.
    counts : tuple of two ints
        (n_1, n_2), n_1 ≥ 1.
    real_weight : float
        a_1 > 0 of the real samples in the mix.

    Returns
    -------
    float
        λ, for any weight a_2.

    Raises
    ------
    SpecError
        A number out of range.

    See Also
    --------
    zero_residual_weights : the identity at any ridge.

    Notes
    -----
    Exact at any size, for any features of the inputs (linear, one shared projection, nonlinear), any inputs
    of the synthetic samples and any test distribution. For Φ_1, Φ_2 the features of the real and the
    synthetic samples, δ = nλ, δ_g = a_1n_1λ_g and A = a_1Φ_1ᵀΦ_1 + a_2Φ_2ᵀΦ_2, the student is

    .. math::

        \hat w = g - (\delta - \delta_g)(A + \delta)^{-1}g + a_2(A + \delta)^{-1}\Phi_2^\top\varepsilon_2.

    Proof. The normal equations of the student are (A + δ)ŵ = a_1Φ_1ᵀy_1 + a_2Φ_2ᵀ(Φ_2g + ε_2), those of the
    generator a_1Φ_1ᵀy_1 = (a_1Φ_1ᵀΦ_1 + δ_g)g.

    Source: this proof; not in the paper.

    Examples
    --------
    >>> neutral_ridge(generator_ridge=0.5, counts=(60, 90))
    0.2
    """
    λ_g = non_negative(generator_ridge, "generator_ridge", "It is λ_g.")
    n1, n2 = counts_of(counts, least=1)
    return positive(real_weight, "real_weight", "It is a_1.") * λ_g * n1 / (n1 + n2)


def zero_residual_weights(
    *,
    real_features: "RealArray",
    real_labels: "RealVector",
    synthetic_features: "RealArray",
    synthetic_noise: "RealVector | None" = None,
    generator_ridge: "RealNumber",
    ridge: "RealNumber",
    weights: "RealVector" = (1.0, 1.0),
) -> Array:
    r"""The student's weights, from those of the generator by the zero-residual identity.

    .. math::

        \hat w = g - (n\lambda - a_1n_1\lambda_g)(A + n\lambda)^{-1}g
            + a_2(A + n\lambda)^{-1}\Phi_2^\top\varepsilon_2, \qquad
        A = a_1\Phi_1^\top\Phi_1 + a_2\Phi_2^\top\Phi_2

    Parameters
    ----------
    real_features : array
        Φ_1, (n_1, p). The generator is fitted to all these samples, with weight 1.
    real_labels : array
        y_1, (n_1,).
    synthetic_features : array
        Φ_2, (n_2, p), of any inputs, the real ones included; n_2 ≥ 1.
    synthetic_noise : array or None
        ε_2, (n_2,), added to the labels Φ_2g; None is no noise.
    generator_ridge, ridge : float
        λ_g, λ ≥ 0; 0 is the minimum-norm solution.
    weights : tuple of two floats
        (a_1, a_2), a_1 > 0 and a_2 ≥ 0.

    Returns
    -------
    ndarray
        ŵ, (p,), the minimiser of the student's loss.

    Raises
    ------
    SpecError, ShapeError
        A number out of range; arrays that do not fit together.

    See Also
    --------
    neutral_ridge : the proof, and the ridge at which ŵ = g.

    Notes
    -----
    Exact at any size. Without ridges (n_1 above or below p) ŵ = g + a_2A⁺Φ_2ᵀε_2: synthetic samples only add
    noise to the fit of the real data.

    Source: :func:`neutral_ridge`.

    Examples
    --------
    >>> x, y, new = [[1.0, 0.0], [0.0, 2.0]], [1.0, 1.0], [[1.0, 1.0], [3.0, -1.0]]
    >>> data = dict(real_features=x, real_labels=y, synthetic_features=new)
    >>> zero_residual_weights(**data, generator_ridge=0.5, ridge=0.25).round(12).tolist()
    [0.5, 0.4]
    """
    Φ1, y1, Φ2, ε2 = _rows(real_features, real_labels, synthetic_features, synthetic_noise)
    n1, n = len(Φ1), len(Φ1) + len(Φ2)
    a1, a2 = pair_of(weights, "weights", WEIGHTS)
    a1 = positive(a1, "weights[0]", "Without the real samples the identity is about the generator alone.")
    δ_g = n1 * non_negative(generator_ridge, "generator_ridge", "It is λ_g.")
    δ = n * non_negative(ridge, "ridge", "It is λ.")
    generator, mix = _Rows(Φ1), _Rows(np.vstack([math.sqrt(a1) * Φ1, math.sqrt(a2) * Φ2]))
    g = generator.fit(y1, δ_g)
    noise = mix.fit(np.concatenate([np.zeros(n1), math.sqrt(a2) * ε2]), δ)
    return g - (δ - a1 * δ_g) * mix.divide(g, δ) + noise


class _Rows:
    """Rows F by their singular value decomposition, with singular values of rounding left out."""

    def __init__(self, F: Array) -> None:
        U, σ, Vt = np.linalg.svd(F, full_matrices=False)
        kept = σ > σ.max() * max(F.shape) * np.finfo(float).eps
        self.U, self.σ, self.Vt = U[:, kept], σ[kept], Vt[kept]

    def fit(self, y: Array, δ: float) -> Array:
        """(FᵀF + δ)⁻¹Fᵀy, of minimum norm for δ = 0."""
        fitted: Array = (self.σ / (self.σ**2 + δ) * (y @ self.U)) @ self.Vt
        return fitted

    def divide(self, v: Array, δ: float) -> Array:
        """(FᵀF + δ)⁻¹v for a v in the span of the rows."""
        divided: Array = (self.Vt @ v / (self.σ**2 + δ)) @ self.Vt
        return divided


def _rows(
    real_features: RealArray,
    real_labels: RealVector,
    synthetic_features: RealArray,
    synthetic_noise: RealVector | None,
) -> tuple[Array, Array, Array, Array]:
    """Φ_1, y_1, Φ_2, ε_2 of shapes that fit together."""
    Φ1 = frozen_array(real_features, "real_features", "It is Φ_1.")
    Φ2 = frozen_array(synthetic_features, "synthetic_features", "It is Φ_2.")
    for name, Φ in (("real_features", Φ1), ("synthetic_features", Φ2)):
        if Φ.ndim != 2 or not Φ.size:
            raise ShapeError(
                f"{name} must be a 2-D array, one row per sample; got shape {Φ.shape}. A single row is "
                f"X[None]."
            )
    if Φ1.shape[1] != Φ2.shape[1]:
        raise ShapeError(
            f"synthetic_features must have the {Φ1.shape[1]} columns of real_features; got {Φ2.shape[1]}. "
            f"Generator and student share their features."
        )
    noise = np.zeros(len(Φ2)) if synthetic_noise is None else synthetic_noise
    y1 = _one_per_row(real_labels, "real_labels", len(Φ1))
    return Φ1, y1, Φ2, _one_per_row(noise, "synthetic_noise", len(Φ2))


def _one_per_row(values: object, name: str, rows: int) -> Array:
    array = frozen_array(values, name, "Give one number per sample.")
    if array.shape != (rows,):
        raise ShapeError(
            f"{name} must be a 1-D array of {plural(rows, 'entry', 'entries')}; got shape {array.shape}. "
            f"Give one number per sample."
        )
    return array
