"""A bound for all uses of own labels: ridge regression at its best ridge, for an isotropic signal."""

from ..base.accepted_values import Count, RealNumber
from ..base.validation import count, non_negative, positive
from ..data.covariance import CovarianceLike
from .two_effective_ridges import solve_fit, spectrum_of

__all__ = ["best_ridge", "best_ridge_error"]


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
    s, m, Γ = spectrum_of(covariance, signal)
    if λ == 0 and n1 == m.sum():
        return 0.0
    θ = solve_fit(s, m, (n1, 0), (1.0, 0.0), n1 * λ, "noise_variance").θ
    return float(θ * (m @ (Γ * s / (s + θ))))
