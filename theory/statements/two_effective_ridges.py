"""Labels from a generator that was fitted on real samples of the mix, in closed form: two effective ridges.

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

from ..base.accepted_values import Count, RealNumber, RealVector
from ..base.arrays import Array, frozen_array
from ..base.errors import ShapeError, SpecError
from ..base.validation import count, non_negative, refusal
from ..base.wording import plural
from ..data.covariance import CovarianceLike, as_covariance
from ..data.spectrum import Spectrum
from .decomposition import Decomposition
from .generator_arguments import WEIGHTS, Pair, counts_of, pair_of
from .two_source_scalars import noise_pair

__all__ = ["FittedGeneratorMix", "SolvedFit", "fitted_generator_mix", "generator_count_of", "solve_fit"]


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
    s, m, Γ = spectrum_of(covariance, signal)
    n1, n2 = n = counts_of(counts, least=0)
    n_s = generator_count_of(generator_count, n1, shared)
    λ = non_negative(ridge, "ridge", "It is λ.")
    λ_g = non_negative(generator_ridge, "generator_ridge", "It is λ_g.")
    σ2 = noise_pair(noise_variances)
    student = solve_fit(s, m, n, pair_of(weights, "weights", WEIGHTS), sum(n) * λ, "ridge")
    generator = solve_fit(s, m, (n_s, 0), (1.0, 0.0), n_s * λ_g, "generator_ridge")

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
class SolvedFit:
    """The effective ridge of a fit, and π_k/n_k: what one sample of source k is worth in it."""

    θ: float
    per_sample: Pair


def solve_fit(s: Array, m: Array, counts: Pair, weights: Pair, δ: float, name: str) -> SolvedFit:
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
    return SolvedFit(θ, (float(found[0]), float(found[1])))


def _root(f: Callable[[float], float], low: float, high: float) -> float:
    """The root of a monotone f between two bounds, widened because the root may be one of them."""
    from scipy.optimize import brentq

    ends = math.log(low) - 1, math.log(high) + 1
    return math.exp(brentq(lambda x: f(math.exp(x)), *ends, xtol=1e-15, rtol=4 * np.finfo(float).eps))


def spectrum_of(covariance: CovarianceLike, signal: RealNumber | RealVector) -> tuple[Array, Array, Array]:
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


def generator_count_of(given: object, n1: int, shared: bool) -> int:
    remedy = "It is n_s, the number of samples the generator is fitted to."
    n_s = count(n1 if given is None else given, "generator_count", 1, remedy)
    if shared and n_s > n1:
        raise SpecError(
            f"generator_count must be at most n_1 = {n1} if generator and student share samples; got {n_s}. "
            f"With shared=False the generator is fitted to other samples."
        )
    return n_s
