"""Labels that lie near a verifier's predictions: what a filter keeps, and at which threshold.

A generator labels x ~ N(0, S) by y = xᵀw_g + σε. A sample is kept if |y − xᵀw_v| < t, for a verifier w_v.
The kept samples act like an ordinary source, whose labels come from between w_v and w_g.
"""

import dataclasses
import math

from ...base.accepted_values import RealNumber, RealVector
from ...base.arrays import Array, frozen_array
from ...base.errors import ShapeError, SpecError
from ...base.validation import non_negative, positive, real, refusal

__all__ = ["FilterFactor", "acceptance_threshold", "factor_threshold", "filter_factor"]

DISTANCE = "It is D = (w_g − w_v)ᵀS(w_g − w_v)."
NOISE = "It is σ² of the generated labels."


@dataclasses.dataclass(frozen=True)
class FilterFactor:
    """What a filter keeps, and what the kept labels look like.

    Attributes
    ----------
    kept : float
        p, the share of the samples that is kept.
    gamma : float
        γ in [0, 1]: the kept samples are labelled by w_v + γ(w_g − w_v).
    noise_variance : float
        γσ², the noise of the kept labels, in labels squared.
    inflation : float
        By how much the kept inputs vary less along S(w_g − w_v) than all inputs do: δᵀSC⁻¹Sδ/δᵀSδ ≥ 1 for
        their covariance C and δ = w_g − w_v.

    Notes
    -----
    Nothing is checked here; :func:`filter_factor` computes it.
    """

    kept: float
    gamma: float
    noise_variance: float
    inflation: float

    def truth(self, *, generator: "RealVector", verifier: "RealVector") -> Array:
        """The effective truth w_v + γ(w_g − w_v) of the kept samples.

        >>> filter_factor(1.0, distance=1.0, noise_variance=0.0).truth(generator=[2, 1], verifier=[1, 1])
        array([2., 1.])
        """
        w_g = frozen_array(generator, "generator", "It is w_g.")
        w_v = frozen_array(verifier, "verifier", "It is w_v.")
        if w_g.shape != w_v.shape:
            raise ShapeError(f"verifier must have the shape {w_g.shape} of generator; got {w_v.shape}.")
        return (1 - self.gamma) * w_v + self.gamma * w_g


def filter_factor(
    threshold: "RealNumber", *, distance: "RealNumber", noise_variance: "RealNumber"
) -> FilterFactor:
    r"""Keep the labels within t of a verifier's predictions: one number γ says what this does.

    .. math::

        p = 2\Phi(a) - 1, \qquad a = \frac{t}{\tau}, \qquad \tau^2 = D + \sigma^2, \qquad
        r = 1 - \frac{2a\varphi(a)}{p}, \qquad \gamma = \frac{r\tau^2}{\sigma^2 + rD}

    .. math::

        w_{\mathrm{eff}} = w_v + \gamma(w_g - w_v), \qquad \sigma_{\mathrm{eff}}^2 = \gamma\sigma^2, \qquad
        C = S - \frac{1 - r}{\tau^2}\,S\delta\delta^\top S, \qquad \delta = w_g - w_v

    Φ and φ are the standard normal distribution function and density. A filter works on the noise of the
    labels: without noise γ = 1 for every t > 0, and the kept labels are those of the generator, however far
    from the truth. With noise γ falls from 1 (t = ∞) to 0 (t → 0), where only the verifier is left.

    Parameters
    ----------
    threshold : float
        t > 0; inf keeps all samples.
    distance : float
        D = δᵀSδ ≥ 0, in labels squared.
    noise_variance : float
        σ² ≥ 0 of the generated labels, labels squared.

    Returns
    -------
    FilterFactor
        p, γ, γσ², and δᵀSC⁻¹Sδ/D = τ²/(σ² + rD).

    Raises
    ------
    SpecError
        A number out of range.

    See Also
    --------
    acceptance_threshold, factor_threshold : t for a given p or γ.
    best_filter : the best γ without limits on the number of samples.

    Notes
    -----
    Exact for x ~ N(0, S), any S, and Gaussian noise: w_eff, σ_eff² and C are the best linear fit, its
    residual variance and the second moment of the inputs among kept samples. The residual is not independent
    of the inputs, but nothing else about it enters the test error of linear or projected models to leading
    order.

    Below a = 1 the series r = (a²/3) M(1, 5/2, a²/2)/M(1, 3/2, a²/2) takes the place of 1 − 2aφ(a)/p, which
    has no correct digits for a < 10⁻⁸. If D = σ² = 0 every label is the verifier's, and p = γ = 1.

    Source: our own derivation, from (x, y) given z = y − xᵀw_v and the variance rτ² of z within t; not in
    the paper.

    Examples
    --------
    >>> found = filter_factor(0.5, distance=0.5, noise_variance=0.25)
    >>> round(found.kept, 6), round(found.gamma, 6)
    (0.436297, 0.262892)
    >>> filter_factor(0.5, distance=0.5, noise_variance=0).gamma
    1.0
    """
    t = math.inf if threshold == math.inf else positive(threshold, "threshold", "It is t; inf keeps all.")
    D, σ2, τ2 = _moments(distance, noise_variance)
    if τ2 == 0:
        return FilterFactor(kept=1.0, gamma=1.0, noise_variance=0.0, inflation=1.0)
    a = t / math.sqrt(τ2)
    r = _variance_within(a)
    inflation = max(1 / (σ2 / τ2 + r * (D / τ2)), 1.0)
    γ = 1.0 if σ2 == 0 else min(r * inflation, 1.0)
    return FilterFactor(kept=math.erf(a / math.sqrt(2)), gamma=γ, noise_variance=γ * σ2, inflation=inflation)


def acceptance_threshold(
    kept: "RealNumber", *, distance: "RealNumber", noise_variance: "RealNumber"
) -> float:
    r"""The threshold of :func:`filter_factor` that keeps a given share of the samples.

    .. math:: t = \tau\,\Phi^{-1}\!\left(\frac{1 + p}{2}\right), \qquad \tau^2 = D + \sigma^2

    Parameters
    ----------
    kept : float
        p, in (0, 1]; 1 gives inf.
    distance, noise_variance
        As in :func:`filter_factor`; one of them must be positive.

    Returns
    -------
    float
        t, in labels.

    Raises
    ------
    SpecError
        A number out of range.

    Notes
    -----
    Exact, under the assumptions of :func:`filter_factor`.

    Source: our own derivation; not in the paper.

    Examples
    --------
    >>> round(acceptance_threshold(0.436297, distance=0.5, noise_variance=0.25), 5)
    0.5
    """
    from scipy.special import erfinv

    p = real(kept, "kept", "It is a share p of the samples.")
    if not 0 < p <= 1:
        raise SpecError(refusal("kept", "must lie in (0, 1]", kept, "It is a share p of the samples."))
    _, _, τ2 = _moments(distance, noise_variance)
    _refuse_equal_labels(τ2)
    return math.sqrt(2 * τ2) * float(erfinv(p))


def factor_threshold(gamma: "RealNumber", *, distance: "RealNumber", noise_variance: "RealNumber") -> float:
    r"""The threshold of :func:`filter_factor` at which γ has a given value.

    .. math:: r(t/\tau) = \frac{\gamma\sigma^2}{\tau^2 - \gamma D}

    It exists, and is unique, for 0 < γ < 1 and σ > 0.

    Parameters
    ----------
    gamma : float
        γ, in (0, 1]; 1 gives inf.
    distance : float
        D ≥ 0, as in :func:`filter_factor`.
    noise_variance : float
        σ² > 0: without noise γ = 1 at every threshold.

    Returns
    -------
    float
        t, in labels.

    Raises
    ------
    SpecError
        A number out of range.

    Notes
    -----
    Exact, under the assumptions of :func:`filter_factor`. r(a) increases from 0 to 1 with a.

    Source: our own derivation; not in the paper.

    Examples
    --------
    >>> t = factor_threshold(0.25, distance=0.5, noise_variance=0.25)
    >>> round(filter_factor(t, distance=0.5, noise_variance=0.25).gamma, 12)
    0.25
    """
    from scipy.optimize import brentq

    γ = real(gamma, "gamma", "It is γ.")
    if not 0 < γ <= 1:
        raise SpecError(refusal("gamma", "must lie in (0, 1]", gamma, "γ is 0 only in the limit t → 0."))
    D, σ2, τ2 = _moments(distance, noise_variance)
    if σ2 == 0:
        remedy = "Without noise γ = 1 at every threshold."
        raise SpecError(refusal("noise_variance", "must be positive", noise_variance, remedy))
    if γ == 1:
        return math.inf
    r = γ * σ2 / (σ2 + (1 - γ) * D)
    log_odds = math.log(γ * (σ2 / τ2)) - math.log1p(-γ)  # r/(1 − r) = γσ²/((1 − γ)τ²)
    low = math.sqrt(3 * r)  # r(a) < a²/3
    if low < NEARLY_UNIFORM:
        return low * math.sqrt(τ2)

    def excess(log_a: float) -> float:
        a = math.exp(log_a)
        return math.log(_variance_within(a)) - math.log(_variance_lost(a)) - log_odds

    return math.sqrt(τ2) * math.exp(brentq(excess, math.log(low) - 1e-9, math.log(WIDEST), xtol=1e-15))


NEARLY_UNIFORM = 1e-8
"""Below this a the kept residuals are uniform to rounding, and r = a²/3."""

WIDEST = 36.0
"""Above every a at which r < 1 in double precision."""


def _variance_within(a: float) -> float:
    """r = E[z² | |z| < a] of a standard normal z."""
    if a >= 1:
        return 1.0 if a > WIDEST else 1 - _variance_lost(a)
    x = max(a, 1e-150) ** 2 / 2
    return 2 * x / 3 * _kummer(2.5, x) / _kummer(1.5, x)


def _kummer(b: float, x: float) -> float:
    """M(1, b, x) = Σ_k x^k/(b)_k."""
    total = term = 1.0
    while term > 1e-17 * total:
        term *= x / b
        total += term
        b += 1
    return total


def _variance_lost(a: float) -> float:
    """1 − r = 2aφ(a)/p."""
    return 2 * a * math.exp(-a * a / 2) / math.sqrt(2 * math.pi) / math.erf(a / math.sqrt(2))


def _moments(distance: RealNumber, noise_variance: RealNumber) -> tuple[float, float, float]:
    """D, σ², τ²."""
    D, σ2 = (
        non_negative(distance, "distance", DISTANCE),
        non_negative(noise_variance, "noise_variance", NOISE),
    )
    return D, σ2, D + σ2


def _refuse_equal_labels(τ2: float) -> None:
    if τ2 == 0:
        raise SpecError(
            "distance and noise_variance must not both be 0. Every label is the verifier's then, and every "
            "threshold keeps all of them."
        )
