"""Labels from a generator that was fitted on real samples of the mix, in closed form.

A generator g is fitted by ridge regression to n_s real samples of weight 1. A student is fitted to n_1 real
samples of weight a_1 and n_2 new inputs of weight a_2, which the generator labels with noise of variance
σ_2². Ridges multiply ‖v‖² after a 1/n loss, with n = n_s for the generator and n = n_1 + n_2 for the student.
If the generator has seen samples of the mix, its errors are correlated with the noise of the real labels,
which no shift of *Strong Model Collapse* (arXiv 2410.04840) describes. Errors exclude the noise of the
target.
"""

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from ..base.accepted_values import Count, RealArray, RealNumber, RealVector
from ..base.arrays import Array, frozen_array
from ..base.errors import ShapeError, SpecError
from ..base.validation import as_sequence, count, non_negative, positive, refusal
from ..base.wording import plural, shortest_float
from ..data.covariance import CovarianceLike, as_covariance
from ..data.generator_chains import chain_quality
from ..data.spectrum import Spectrum
from .decomposition import Decomposition
from .single_step_mixing import weighted_mixing
from .two_source_scalars import noise_pair

__all__ = [
    "FittedGeneratorMix",
    "accumulate_rounds",
    "best_ridge",
    "best_ridge_error",
    "fitted_generator_mix",
    "least_squares_other_data",
    "least_squares_part_of_data",
    "least_squares_same_data",
    "neutral_ridge",
    "replace_rounds",
    "zero_residual_weights",
]

COUNTS = "They are n_1 of the real and n_2 of the synthetic samples."
WEIGHTS = "They are a_1 of the real and a_2 of the synthetic samples."
ROUNDS = "Give one per round, the real data first."

Pair = tuple[float, float]


# ---- the zero-residual identity


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
    n1, n2 = _counts(counts, least=1)
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
    a1, a2 = _pair(weights, "weights", WEIGHTS)
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


# ---- two effective ridges


@dataclasses.dataclass(frozen=True)
class FittedGeneratorMix(Decomposition):
    """The error of a fit to real samples and to labels of a generator, and where it comes from.

    Attributes
    ----------
    bias, variance, collapse : float
        As in :class:`Decomposition`: the error if the generator were the truth, without and due to noise, and
        the rest. The collapse contains the noise of the real labels that the generator has learned.
    from_truth, from_real_noise, from_synthetic_noise : float
        The parts of the error that are linear in Γ, in σ_1² and in σ_2². They add up to the error too.
    effective_ridge, generator_effective_ridge : float
        θ of the student and θ_g of the generator, in units of a covariance.
    label_share : float
        q: on average the student fits labels of the weights (1 − q)w + qg. It exceeds π_2, the share of the
        synthetic samples, if generator and student share samples.

    Notes
    -----
    All parts of the error are in labels squared. Nothing is checked here; :func:`fitted_generator_mix`
    computes it.
    """

    from_truth: float
    from_real_noise: float
    from_synthetic_noise: float
    effective_ridge: float
    generator_effective_ridge: float
    label_share: float

    @property
    def error(self) -> float:
        """The test error, noise excluded: from_truth + from_real_noise + from_synthetic_noise."""
        return self.from_truth + self.from_real_noise + self.from_synthetic_noise


def fitted_generator_mix(
    *,
    covariance: "CovarianceLike",
    signal: "RealNumber | RealVector",
    counts: "RealVector",
    noise_variances: "RealVector",
    ridge: "RealNumber",
    generator_ridge: "RealNumber",
    generator_count: "Count | None" = None,
    shared: bool = True,
    weights: "RealVector" = (1.0, 1.0),
) -> FittedGeneratorMix:
    r"""Ridge on real samples and on labels of a ridge fit to n_s of these samples, in closed form.

    .. math::

        (1 - F)\,E &= \operatorname{tr}\Gamma\Sigma H^2 + \frac1{n_s}\operatorname{tr}
            \frac{\Sigma^2}{(\Sigma + \theta)^2}\left(S^2R + 2\pi_ASC\right) + \mathrm{df}_2(\theta)
            \left[\frac{\pi_1^2}{n_1}\sigma_1^2
            + \frac{\pi_2^2}{n_2}\left(\sigma_2^2 + \sigma_1^2 - 2C + R\right)\right] \\
        H &= \frac{1}{\Sigma + \theta}\left(\theta + \frac{q\,\theta_g\Sigma}{\Sigma + \theta_g}\right),
        \qquad S = \pi_2 - \frac{q\,\theta_g}{\Sigma + \theta_g}, \qquad
        q = \frac{\pi_2}{1 - \pi_AD/n_s}, \qquad
        D = \operatorname{tr}\frac{\Sigma^2}{(\Sigma + \theta)(\Sigma + \theta_g)} \\
        R &= \frac{\sigma_1^2 + \theta_g^2\operatorname{tr}\Gamma\Sigma(\Sigma + \theta_g)^{-2}}
            {1 - \mathrm{df}_2(\theta_g)/n_s}, \qquad
        C = \frac{1}{1 - \pi_AD/n_s}\left(\sigma_1^2
            + \operatorname{tr}\frac{\theta_g\Gamma\Sigma H}{\Sigma + \theta_g}
            + \frac{R}{n_s}\operatorname{tr}\frac{\Sigma^2S}{(\Sigma + \theta)(\Sigma + \theta_g)}\right)

    with F = (π_1²/n_1 + π_2²/n_2) df_2(θ) and π_A = π_1n_s/n_1, or 0 if the generator has seen other samples
    (``shared=False``). The effective ridges and the shares π_k of the fit solve

    .. math::

        \lambda_g = \theta_g\left(1 - \frac{\mathrm{df}_1(\theta_g)}{n_s}\right), \qquad
        \pi_k = \frac{n_k}{n\lambda/(a_k\theta) + \mathrm{df}_1(\theta)}, \qquad \pi_1 + \pi_2 = 1.

    The bias is θ² tr ΓΣ(Σ + θ)⁻²/(1 − F), the variance df_2(θ)(π_1²σ_1²/n_1 + π_2²σ_2²/n_2)/(1 − F). R is the
    error of the generator on new real labels.

    Parameters
    ----------
    covariance : Spectrum or array
        Σ of all inputs and of the target: a :class:`~detequiv.Spectrum` or a 1-D array of eigenvalues.
    signal : float or array
        Γ = E[wwᵀ] ≥ 0: a number (times I) or one per eigenvalue.
    counts : tuple of two ints
        (n_1, n_2) ≥ 0.
    noise_variances : tuple of two floats
        (σ_1², σ_2²) ≥ 0, labels squared: σ_1² of all real labels, the generator's too.
    ridge, generator_ridge : float
        λ, λ_g ≥ 0; 0 is the limit of a vanishing ridge.
    generator_count : int or None
        n_s ≥ 1, the number of samples the generator is fitted to; None is n_1.
    shared : bool
        Whether they are among the n_1 of the mix, so that n_s ≤ n_1, or other real samples.
    weights : tuple of two floats
        (a_1, a_2) ≥ 0, not both 0 for samples that exist. The generator has weight 1.

    Returns
    -------
    FittedGeneratorMix
        In labels squared, noise excluded.

    Raises
    ------
    SpecError, ShapeError
        A number out of range; a covariance that is a matrix; no ridge where a fit has as many samples as
        dimensions of positive variance, so that the error diverges.

    See Also
    --------
    least_squares_same_data : without ridges, n_s = n_1 > d.

    Notes
    -----
    Assumes Gaussian inputs of one covariance and linear models. Asymptotically exact as n and d grow in
    proportion; the error of the formula is O(1/n). θ is the root of an increasing function, bracketed by
    nλ/Σ_k n_ka_k and 1/Σ_k n_k/(nλ/a_k + tr Σ). Without ridge and with more samples than dimensions θ is 0
    and nλ/θ has a limit, which is solved for instead.

    Source: the joint master equations of both fits for one covariance; not in the paper.

    Examples
    --------
    >>> data = dict(covariance=[1.0] * 300, signal=1 / 300, counts=(600, 600), noise_variances=(0.5, 0.3))
    >>> same = fitted_generator_mix(**data, ridge=0, generator_ridge=0)
    >>> other = fitted_generator_mix(**data, ridge=0, generator_ridge=0, shared=False)
    >>> round(same.error, 12), round(other.error, 12)
    (0.55, 0.3)
    """
    s, m, Γ = _spectrum(covariance, signal)
    n1, n2 = n = _counts(counts, least=0)
    n_s = _generator_count(generator_count, n1, shared)
    λ = non_negative(ridge, "ridge", "It is λ.")
    λ_g = non_negative(generator_ridge, "generator_ridge", "It is λ_g.")
    σ2 = noise_pair(noise_variances)
    student = _solve_fit(s, m, n, _pair(weights, "weights", WEIGHTS), sum(n) * λ, "ridge")
    generator = _solve_fit(s, m, (n_s, 0), (1.0, 0.0), n_s * λ_g, "generator_ridge")

    θ, θ_g, (r1, r2) = student.θ, generator.θ, student.per_sample
    h, h_g, t_g = s / (s + θ), s / (s + θ_g), θ_g / (s + θ_g)
    df2, left_g, D = m @ h**2, 1 - m @ h_g**2 / n_s, m @ (h * h_g)
    r_A = r1 if shared else 0.0
    π1, π2, π_A, left = n1 * r1, n2 * r2, n_s * r_A, 1 - r_A * D
    q = π2 / left
    H, S = (θ + q * s * t_g) / (s + θ), π2 - q * t_g
    one_minus_F = 1 - (π1 * r1 + π2 * r2) * df2

    def error(Γ: Array, σ1: float, σ2: float) -> float:
        R = (σ1 + m @ (Γ * s * t_g**2)) / left_g
        C = (σ1 + m @ (Γ * s * t_g * H) + R / n_s * (m @ (h * h_g * S))) / left
        carried = m @ (h**2 * (S**2 * R + 2 * π_A * S * C)) / n_s
        noise = π1 * r1 * σ1 + π2 * r2 * (σ2 + σ1 - 2 * C + R)
        return float((m @ (Γ * s * H**2) + carried + df2 * noise) / one_minus_F)

    zero = np.zeros_like(Γ)
    parts = error(Γ, 0.0, 0.0), error(zero, σ2[0], 0.0), error(zero, 0.0, σ2[1])
    bias = float(m @ (Γ * s * (θ / (s + θ)) ** 2) / one_minus_F)
    variance = float(df2 * (π1 * r1 * σ2[0] + π2 * r2 * σ2[1]) / one_minus_F)
    return FittedGeneratorMix(bias, variance, sum(parts) - bias - variance, *parts, θ, θ_g, float(q))


@dataclasses.dataclass(frozen=True)
class _SolvedFit:
    """The effective ridge of a fit, and π_k/n_k: what one sample of source k is worth in it."""

    θ: float
    per_sample: Pair


def _solve_fit(s: Array, m: Array, counts: Pair, weights: Pair, δ: float, name: str) -> _SolvedFit:
    """Solve Σ_k n_k/(δ/(a_kθ) + df_1(θ)) = 1 for θ, with δ = nλ."""
    n, a = np.array(counts), np.array(weights)
    fitted = (n > 0) & (a > 0)
    if not fitted.any():
        raise SpecError(
            "weights must be positive for some samples; got none. Nothing is fitted without samples."
        )
    n, a = n[fitted], a[fitted]
    total, rank, trace = n.sum(), m.sum(), m @ s

    def df1(θ: float) -> float:
        return float(m @ (s / (s + θ)))

    if δ > 0:
        bracket = δ / (n @ a), 1 / (n / (δ / a + trace)).sum()
        θ = _root(lambda θ: (n / (δ / (a * θ) + df1(θ))).sum() - 1, *bracket)
        per_sample = 1 / (δ / (a * θ) + df1(θ))
    elif total > rank:
        bracket = a.min() * (total - rank), a.max() * (total - rank)
        ratio = _root(lambda b: (n / (b / a + rank)).sum() - 1, *bracket)
        θ, per_sample = 0.0, 1 / (ratio / a + rank)
    elif total < rank:
        bracket = s.min() * (rank - total) / total, trace / total
        θ, per_sample = _root(lambda θ: df1(θ) / total - 1, *bracket), np.full_like(a, 1 / total)
    else:
        raise SpecError(
            f"{name} must be positive for a fit of {plural(rank, 'sample')} of positive weight in as many "
            f"dimensions; got 0. The error diverges as it vanishes."
        )
    found = np.zeros(2)
    found[fitted] = per_sample
    return _SolvedFit(θ, (float(found[0]), float(found[1])))


def _root(f: Callable[[float], float], low: float, high: float) -> float:
    """The root of a monotone f between two bounds, widened because the root may be one of them."""
    from scipy.optimize import brentq

    ends = math.log(low) - 1, math.log(high) + 1
    return math.exp(brentq(lambda x: f(math.exp(x)), *ends, xtol=1e-15, rtol=4 * np.finfo(float).eps))


def _spectrum(covariance: CovarianceLike, signal: RealNumber | RealVector) -> tuple[Array, Array, Array]:
    """The positive eigenvalues, their multiplicities, and Γ on each of them."""
    given = as_covariance(covariance)
    if not isinstance(given, Spectrum):
        raise SpecError(
            f"covariance must be a Spectrum or a 1-D array of eigenvalues; got a {given.d} by {given.d} "
            f"matrix. Pass its eigenvalues, and the signal in the same basis."
        )
    Γ = frozen_array(signal, "signal", "It is Γ, a number or one per eigenvalue.")
    if Γ.ndim > 1 or (Γ.ndim == 1 and Γ.shape != given.values.shape):
        raise ShapeError(
            f"signal must be a number or have one entry for each of the {len(given)} eigenvalues; got shape "
            f"{Γ.shape}. It is Γ in the basis of the covariance."
        )
    if (Γ < 0).any():
        raise SpecError(refusal("signal", "must be non-negative", signal, "It is Γ, a second moment."))
    used = given.values > 0
    return given.values[used], given.weights[used], np.broadcast_to(Γ, given.values.shape)[used]


def _generator_count(given: object, n1: int, shared: bool) -> int:
    remedy = "It is n_s, the number of samples the generator is fitted to."
    n_s = count(n1 if given is None else given, "generator_count", 1, remedy)
    if shared and n_s > n1:
        raise SpecError(
            f"generator_count must be at most n_1 = {n1} if generator and student share samples; got {n_s}. "
            f"With shared=False the generator is fitted to other samples."
        )
    return n_s


# ---- least squares


def least_squares_same_data(
    *,
    dimension: "RealNumber",
    counts: "RealVector",
    noise_variances: "RealVector",
    weights: "RealVector" = (1.0, 1.0),
) -> float:
    r"""Least squares on real samples and on labels of the least-squares fit to the same real samples.

    .. math::

        E = \frac{\sigma_1^2\varphi_1}{1 - \varphi_1} + \sigma_2^2\,\frac{\pi_2^2d/n_2}{1 - F}, \qquad
        F = \frac{\pi_1^2d}{n_1} + \frac{\pi_2^2d}{n_2}, \qquad \varphi_1 = \frac{d}{n_1}

    The first term is the error of the real data alone: synthetic samples only add their own noise, and the
    best a_2 is 0. For weights 1 the second term is σ_2²p_2φ/(1 − φ), with φ = d/n and p_2 = n_2/n.

    Parameters
    ----------
    dimension : float
        d > 0.
    counts : tuple of two ints
        (n_1, n_2), n_1 > d.
    noise_variances : tuple of two floats
        (σ_1², σ_2²) ≥ 0, labels squared.
    weights : tuple of two floats
        (a_1, a_2) ≥ 0; more than d samples must have a positive one.

    Returns
    -------
    float
        In labels squared, noise excluded.

    Raises
    ------
    SpecError
        A number out of range.

    See Also
    --------
    accumulate_rounds : the formula at finite size, for one round.

    Notes
    -----
    Assumes Gaussian inputs of one covariance, of any shape, and no ridge. The shares π_k of the fit are
    those of :func:`fitted_generator_mix` at λ = 0. The error of the formula is O(1/n).

    Source: :func:`neutral_ridge`; not in the paper.

    Examples
    --------
    >>> mix = dict(dimension=300, counts=(600, 600), noise_variances=(0.5, 0.3))
    >>> round(least_squares_same_data(**mix), 12), round(least_squares_other_data(**mix), 12)
    (0.55, 0.3)
    """
    mix = _LeastSquares.of(dimension, counts, noise_variances, weights)
    return mix.generator_error(mix.counts[0]) + mix.σ2[1] * mix.spread[1] / mix.one_minus_F


def least_squares_part_of_data(
    *,
    dimension: "RealNumber",
    counts: "RealVector",
    noise_variances: "RealVector",
    generator_count: "Count",
    weights: "RealVector" = (1.0, 1.0),
) -> float:
    r"""The same with a generator that is fitted to n_s of the n_1 real samples.

    .. math::

        (1 - F)\,E &= (\rho_1 + 2\rho_2)\,\sigma_1^2 + \rho_2\sigma_2^2 + (\pi_2^2 + \rho_2)\,c^2
            + 2d\pi_2\left(\frac{\pi_1}{n_1} - \frac{\pi_2}{n_2}\right)
              \frac{\sigma_1^2 + \pi_2c^2}{1 - \pi_1d/n_1} \\
        \rho_k &= \frac{\pi_k^2d}{n_k}, \qquad F = \rho_1 + \rho_2, \qquad
        c^2 = \frac{\sigma_1^2\varphi_s}{1 - \varphi_s}, \qquad \varphi_s = \frac{d}{n_s}

    c² is the error of the generator. For weights 1, with φ = d/n and p_2 = n_2/n,

    .. math::

        E = \frac{1}{1 - \varphi}\left[\varphi\sigma_1^2 + p_2\varphi\sigma_2^2
            + \frac{p_2(\varphi + p_2\varphi_s)\,\sigma_1^2}{1 - \varphi_s}\right],

    which exceeds the error for a generator of other data by 2p_2φσ_1²(1 − p_1φ_s)/((1 − φ)(1 − φ_s)).

    Parameters
    ----------
    dimension, counts, noise_variances, weights
        As in :func:`least_squares_same_data`.
    generator_count : int
        n_s, above d and at most n_1.

    Returns
    -------
    float
        In labels squared, noise excluded.

    Raises
    ------
    SpecError
        A number out of range.

    Notes
    -----
    Assumptions as in :func:`least_squares_same_data`, which is n_s = n_1.

    Source: :func:`fitted_generator_mix` without ridges; not in the paper.

    Examples
    --------
    >>> mix = dict(dimension=300, counts=(900, 900), noise_variances=(0.5, 0.3), generator_count=450)
    >>> round(least_squares_part_of_data(**mix), 12), round(least_squares_other_data(**mix), 12)
    (0.58, 0.38)
    """
    mix = _LeastSquares.of(dimension, counts, noise_variances, weights)
    c2 = mix.generator_error(_generator_count(generator_count, mix.counts[0], shared=True))
    (σ1, σ2), (ρ1, ρ2), (r1, r2) = mix.σ2, mix.spread, mix.per_sample
    π2 = mix.counts[1] * r2
    met_again = 2 * mix.d * π2 * (r1 - r2) * (σ1 + π2 * c2) / (1 - mix.d * r1)
    return ((ρ1 + 2 * ρ2) * σ1 + ρ2 * σ2 + (π2**2 + ρ2) * c2 + met_again) / mix.one_minus_F


def least_squares_other_data(
    *,
    dimension: "RealNumber",
    counts: "RealVector",
    noise_variances: "RealVector",
    generator_count: "Count | None" = None,
    weights: "RealVector" = (1.0, 1.0),
) -> float:
    r"""The same with a generator that is fitted to n_s other real samples.

    .. math::

        E = \frac{\varphi(p_1\sigma_1^2 + p_2\sigma_2^2)}{1 - \varphi}
            + \left(p_2^2 + \frac{p_1p_2\varphi}{1 - \varphi}\right)c^2, \qquad
        c^2 = \frac{\sigma_1^2\varphi_s}{1 - \varphi_s}

    for weights 1: Corollary 1 with the quality of appendix B.2. With weights it is :func:`weighted_mixing`.

    Parameters
    ----------
    dimension, counts, noise_variances, weights
        As in :func:`least_squares_same_data`; any n_1 with n_1 + n_2 > d.
    generator_count : int or None
        n_s > d; None is n_1.

    Returns
    -------
    float
        In labels squared, noise excluded.

    Raises
    ------
    SpecError
        A number out of range.

    Notes
    -----
    Assumptions as in :func:`least_squares_same_data`, with other real samples for the generator.

    Source: arXiv 2410.04840 v2, Corollary 1 and appendix B.2.

    Examples
    --------
    >>> mix = dict(dimension=300, counts=(900, 300), noise_variances=(0.5, 0.3), generator_count=600)
    >>> round(least_squares_other_data(**mix), 12)
    0.2125
    """
    mix = _LeastSquares.of(dimension, counts, noise_variances, weights)
    (n1, n2), (a1, a2) = mix.counts, mix.weights
    return weighted_mixing(
        weight=a2 * n2 / (a1 * n1 + a2 * n2),
        aspect_ratio=mix.d / (n1 + n2),
        synthetic_share=n2 / (n1 + n2),
        noise_variances=mix.σ2,
        quality=mix.generator_error(_generator_count(generator_count, n1, shared=False)),
    ).total


@dataclasses.dataclass(frozen=True)
class _LeastSquares:
    """A fit without ridge to more samples than dimensions."""

    d: float
    counts: tuple[int, int]
    weights: Pair
    σ2: Pair
    per_sample: Pair

    @classmethod
    def of(
        cls, dimension: RealNumber, counts: RealVector, noise_variances: RealVector, weights: RealVector
    ) -> "_LeastSquares":
        d, n, a = _dimension(dimension), _counts(counts, least=0), _pair(weights, "weights", WEIGHTS)
        total = sum(n_k for n_k, a_k in zip(n, a, strict=True) if a_k > 0)
        if not total > d:
            raise SpecError(
                f"counts must add up to more than the dimension {shortest_float(d)}; got {total} of positive "
                f"weight. fitted_generator_mix covers fits with a ridge or to fewer samples."
            )
        solved = _solve_fit(np.ones(1), np.array([d]), n, a, 0.0, "ridge")
        return cls(d, n, a, noise_pair(noise_variances), solved.per_sample)

    @property
    def spread(self) -> Pair:
        """π_k²d/n_k."""
        (n1, n2), (r1, r2) = self.counts, self.per_sample
        return self.d * n1 * r1**2, self.d * n2 * r2**2

    @property
    def one_minus_F(self) -> float:
        """1 − F."""
        return 1 - sum(self.spread)

    def generator_error(self, n_s: int) -> float:
        """c², of least squares on n_s real samples."""
        if not n_s > self.d:
            raise SpecError(
                f"the generator must be fitted to more samples than the dimension {shortest_float(self.d)}; "
                f"got {n_s}. fitted_generator_mix covers generators with a ridge or fewer samples."
            )
        return chain_quality(self.d, counts=[n_s], noise_variances=[self.σ2[0]])


# ---- rounds of least squares


def accumulate_rounds(
    *, dimension: "RealNumber", counts: "RealVector", noise_variances: "RealVector", finite_size: bool = False
) -> float:
    r"""Rounds of least squares on all data so far, each round with new inputs that the last model labels.

    .. math::

        E_T = \frac{\sigma_0^2d}{n_0 - d} + \sum_{t=1}^T \sigma_t^2\,\frac{n_t}{N_t}\,\frac{d}{N_t - d},
        \qquad N_t = n_0 + \dots + n_t

    Parameters
    ----------
    dimension : float
        d > 0.
    counts : sequence of ints
        n_0 > d of the real data (n_0 > d + 1 for ``finite_size``), then n_1, …, n_T ≥ 0 of the rounds.
    noise_variances : sequence of floats
        σ_0², …, σ_T² ≥ 0 of the labels, labels squared.
    finite_size : bool
        Whether N_t − d − 1 takes the place of N_t − d: the expectation, exact at any size.

    Returns
    -------
    float
        E_T in labels squared, noise excluded.

    Raises
    ------
    SpecError
        A number out of range; lists of unlike length.

    See Also
    --------
    replace_rounds : without the data of former rounds.

    Notes
    -----
    Assumes Gaussian inputs of one covariance, of any shape, and no ridge. The n_t labels of round t agree
    with the fit to all data before it up to noise, so by the identity of :func:`neutral_ridge`

    .. math:: \hat w_t = \hat w_{t-1} + (X^\top X)^{-1}X_t^\top\varepsilon_t, \qquad
        \mathbb E\operatorname{tr}\Sigma(X^\top X)^{-1}X_t^\top X_t(X^\top X)^{-1}
        = \frac{n_t}{N_t}\,\frac{d}{N_t - d - 1}

    with X all N_t inputs so far. For equal n_t and σ_t the error stays bounded, as arXiv 2404.01413 shows by
    an upper bound.

    Source: this proof; not in the paper.

    Examples
    --------
    >>> rounds = dict(dimension=100, counts=(150, 150), noise_variances=(0.5, 0.3))
    >>> accumulate_rounds(**rounds), round(accumulate_rounds(**rounds, finite_size=True), 6)
    (1.075, 1.095785)
    """
    d, n, σ2 = _rounds(dimension, counts, noise_variances)
    _refuse_few_samples(n[0], d, finite_size)
    N = np.cumsum(n)
    return float(sum(σ2 * n / N * d / (N - d - finite_size)))


def replace_rounds(
    *, dimension: "RealNumber", counts: "RealVector", noise_variances: "RealVector", finite_size: bool = False
) -> float:
    r"""Rounds of least squares that each see only labels of the last model.

    .. math:: E_T = \sum_{t=0}^T \frac{\sigma_t^2\varphi_t}{1 - \varphi_t}, \qquad \varphi_t = d/n_t

    This holds for new inputs in each round, and for the same n inputs, newly labelled (n_t = n): with equal
    noise (1 + T)σ²φ/(1 − φ).

    Parameters
    ----------
    dimension : float
        d > 0.
    counts : sequence of ints
        n_0 of the real data, then n_1, …, n_T of the rounds, all above d (d + 1 for ``finite_size``).
    noise_variances : sequence of floats
        σ_0², …, σ_T² ≥ 0 of the labels, labels squared.
    finite_size : bool
        Whether d/(n_t − d − 1) takes the place of φ_t/(1 − φ_t): the expectation, exact at any size.

    Returns
    -------
    float
        E_T in labels squared, noise excluded.

    Raises
    ------
    SpecError
        A number out of range; lists of unlike length.

    See Also
    --------
    detequiv.chain_quality : the formula as the quality of labels.
    accumulate_rounds : with the data of former rounds.

    Notes
    -----
    Assumes Gaussian inputs of one covariance, of any shape, and no ridge: ŵ_t = ŵ_{t−1} + X_t⁺ε_t.

    Source: arXiv 2410.04840 v2, appendix B.2, for new inputs; the same inputs, by this proof.

    Examples
    --------
    >>> replace_rounds(dimension=100, counts=[200] * 5, noise_variances=[0.5] * 5)
    2.5
    """
    d, n, σ2 = _rounds(dimension, counts, noise_variances)
    for n_t in n:
        _refuse_few_samples(n_t, d, finite_size)
    return float(sum(σ2 * d / (n - d - finite_size)))


def _rounds(
    dimension: RealNumber, counts: RealVector, noise_variances: RealVector
) -> tuple[float, Array, Array]:
    """d, and n_t and σ_t² of every round, the real data first."""
    n = as_sequence(counts, "counts", "must be a list of counts", ROUNDS)
    σ2 = as_sequence(noise_variances, "noise_variances", "must be a list of numbers", ROUNDS)
    if not n:
        raise SpecError(refusal("counts", "must not be empty", counts, ROUNDS))
    if len(n) != len(σ2):
        raise ShapeError(
            f"noise_variances must have one entry for each of the {plural(len(n), 'count')}; got {len(σ2)}. "
            f"{ROUNDS}"
        )
    return (
        _dimension(dimension),
        np.array([float(count(n_t, "counts", 0, ROUNDS)) for n_t in n]),
        np.array([non_negative(σ, "noise_variances", ROUNDS) for σ in σ2]),
    )


def _refuse_few_samples(n: float, d: float, finite_size: bool) -> None:
    least = d + finite_size
    if not n > least:
        raise SpecError(
            f"counts must be above {shortest_float(least)} where only one round is fitted; got "
            f"{shortest_float(n)}. With fewer samples the error diverges or depends on the truth."
        )


# ---- the bound


def best_ridge(*, signal: "RealNumber", real_count: "Count", noise_variance: "RealNumber") -> float:
    r"""The ridge λ* = σ_1²/(n_1γ) that is best on real samples alone if Γ = γI.

    .. math:: \lambda^* = \frac{\sigma_1^2}{n_1\gamma} = \frac{\sigma_1^2d}{n_1r^2}, \qquad \gamma = r^2/d

    Parameters
    ----------
    signal : float
        γ > 0, where Γ = E[wwᵀ] = γI, so that r² = E‖w‖² = γd.
    real_count : int
        n_1 ≥ 1.
    noise_variance : float
        σ_1² ≥ 0, labels squared.

    Returns
    -------
    float
        λ*, with a 1/n loss.

    Raises
    ------
    SpecError
        A number out of range.

    Notes
    -----
    Exact at any size and for any inputs: ridge regression at λ* is the posterior mean of Gaussian w and
    noise, and the best linear estimator for any w and noise of these second moments.

    Source: Bayesian linear regression.

    Examples
    --------
    >>> best_ridge(signal=1 / 100, real_count=200, noise_variance=0.5)
    0.25
    """
    γ = positive(signal, "signal", "It is γ in Γ = γI.")
    n1 = count(real_count, "real_count", 1, "It is n_1.")
    return non_negative(noise_variance, "noise_variance", "It is σ_1².") / (n1 * γ)


def best_ridge_error(
    *, covariance: "CovarianceLike", signal: "RealNumber", real_count: "Count", noise_variance: "RealNumber"
) -> float:
    r"""The error of ridge regression at its best ridge, which no linear use of the same real data improves.

    .. math:: E^* = \gamma\,\theta\,\mathrm{df}_1(\theta), \qquad
        \lambda^* = \frac{\sigma_1^2}{n_1\gamma} = \theta\left(1 - \frac{\mathrm{df}_1(\theta)}{n_1}\right)

    Whatever is computed linearly from the real labels y_1, in any way from the inputs X_1, and from anything
    that is independent of them has at least this error: new inputs of any law, labels of generators fitted
    to (X_1, y_1), label noise, projections, weights, ridges, any number of rounds. With its best ridge, a fit
    to n_1 real samples is therefore not improved by models fitted to the same samples.

    Parameters
    ----------
    covariance : Spectrum or array
        Σ of the inputs and of the target: a :class:`~detequiv.Spectrum` or a 1-D array of eigenvalues.
    signal : float
        γ > 0, where Γ = E[wwᵀ] = γI.
    real_count : int
        n_1 ≥ 1, all real samples that are used by generators or students.
    noise_variance : float
        σ_1² ≥ 0, labels squared.

    Returns
    -------
    float
        E*, in labels squared, noise excluded.

    Raises
    ------
    SpecError, ShapeError
        A number out of range; a covariance that is a matrix.

    Notes
    -----
    The bound holds for every X_1 and every test distribution, with ridge regression at λ* on this X_1, whose
    error is σ_1² tr Σ(X_1ᵀX_1 + n_1λ*)⁻¹. Only second moments of truth and noise matter. E* is the
    deterministic equivalent of that error; its own error is O(1/n). For another Γ, which ridge regression
    does not know, such pipelines can be better than every ridge.

    Source: Bayesian linear regression; not in the paper.

    Examples
    --------
    >>> data = dict(covariance=[1.0] * 100, signal=1 / 100, noise_variance=0.5)
    >>> round(best_ridge_error(**data, real_count=200), 4)
    0.2808
    """
    λ = best_ridge(signal=signal, real_count=real_count, noise_variance=noise_variance)
    n1 = count(real_count, "real_count", 1, "It is n_1.")
    s, m, Γ = _spectrum(covariance, signal)
    if λ == 0 and n1 == m.sum():
        return 0.0
    θ = _solve_fit(s, m, (n1, 0), (1.0, 0.0), n1 * λ, "noise_variance").θ
    return float(θ * (m @ (Γ * s / (s + θ))))


# ---- arguments


def _dimension(given: object) -> float:
    return positive(given, "dimension", "It is d.")


def _counts(given: object, least: int) -> tuple[int, int]:
    """(n_1, n_2), with at least so many real samples."""
    n1, n2 = _two(given, "counts", COUNTS)
    return count(n1, "counts[0]", least, COUNTS), count(n2, "counts[1]", 0, COUNTS)


def _pair(given: object, name: str, remedy: str) -> Pair:
    first, second = _two(given, name, remedy)
    return non_negative(first, name, remedy), non_negative(second, name, remedy)


def _two(given: object, name: str, remedy: str) -> list[object]:
    values: list[object] = as_sequence(given, name, "must be two numbers", remedy)
    if len(values) != 2:
        raise SpecError(refusal(name, "must be two numbers", given, remedy))
    return values
