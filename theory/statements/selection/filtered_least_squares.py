"""Least squares on samples that a verifier's filter kept, and the share that is best to keep."""

import dataclasses
import math
from collections.abc import Callable

from ...base.accepted_values import RealNumber
from ...base.errors import SpecError
from ...base.validation import non_negative, positive, refusal
from ...base.wording import shortest_float
from ..least_squares_rounds import replace_rounds
from .filter_arguments import FilterErrors
from .verifier_filter import DISTANCE, NOISE, FilterFactor, acceptance_threshold, filter_factor

__all__ = [
    "BestAcceptance",
    "best_acceptance",
    "exact_verifier_acceptance",
    "filtered_error",
    "fitted_verifier_error",
]

ASPECT = "It is φ = d/N, of the N samples before the filter."


@dataclasses.dataclass(frozen=True)
class BestAcceptance:
    """The share of samples that is best to keep.

    Attributes
    ----------
    kept : float
        p*, the share.
    threshold : float
        t at which a filter keeps this share, in labels; inf keeps all samples.
    gamma : float
        γ of :func:`filter_factor` at this threshold.
    error : float
        The error at p*, in labels squared.
    """

    kept: float
    threshold: float
    gamma: float
    error: float


def filtered_error(
    threshold: "RealNumber",
    *,
    aspect_ratio: "RealNumber",
    noise_variance: "RealNumber",
    generator_error: "RealNumber",
    verifier_error: "RealNumber",
    error_product: "RealNumber" = 0.0,
    dimension: "RealNumber | None" = None,
) -> float:
    r"""The error of least squares on the samples that a filter keeps.

    .. math::

        E = A(\gamma) + \gamma\sigma^2\,\frac{\varphi}{p - \varphi}
            \left(1 + \frac{1}{d}\left[\frac{\tau^2}{\sigma^2 + rD} - 1\right]\right), \qquad
        \varphi = \frac{d}{N}

    with A of :func:`filter_plateau` and p, γ, r, τ of :func:`filter_factor`. The bracket is there because the
    kept inputs vary less along one direction; without ``dimension`` it is left out.

    Parameters
    ----------
    threshold : float
        t > 0; inf keeps all samples.
    aspect_ratio : float
        φ > 0, below the share p that is kept.
    noise_variance, generator_error, verifier_error, error_product
        As in :func:`best_filter`.
    dimension : float or None
        d, for the term of one direction.

    Returns
    -------
    float
        In labels squared, noise excluded.

    Raises
    ------
    SpecError
        A number out of range; fewer samples kept than dimensions.

    See Also
    --------
    best_acceptance : its minimum.

    Notes
    -----
    Assumes Gaussian inputs of any covariance, test inputs of the same, and no ridge. With ``dimension`` it is
    the deterministic equivalent of the source that :func:`filter_factor` describes; its own error is O(1/n)
    relative to the second term. Of this, n = pN is the mean of a binomial number, whose fluctuation adds
    (1 − p)n/(n − d)²: 6 % for p = 1.5φ and d = 100, 2 % for p = 2φ.

    Source: our own derivation; not in the paper.

    Examples
    --------
    >>> mix = dict(aspect_ratio=1 / 40, noise_variance=0.25, generator_error=0.5, verifier_error=0)
    >>> t = acceptance_threshold(0.05, distance=0.5, noise_variance=0.25)
    >>> round(filtered_error(t, **mix), 6), round(filtered_error(t, **mix, dimension=100), 6)
    (0.000988, 0.001007)
    """
    errors = FilterErrors.of(generator_error, verifier_error, error_product)
    found = filter_factor(threshold, distance=errors.D, noise_variance=noise_variance)
    φ = positive(aspect_ratio, "aspect_ratio", ASPECT)
    if not φ < found.kept:
        raise SpecError(
            f"aspect_ratio must be below the share {found.kept:.6g} that is kept; got {shortest_float(φ)}. "
            f"{ASPECT}"
        )
    return _error(found, errors, φ, _directions(dimension))


def best_acceptance(
    *,
    aspect_ratio: "RealNumber",
    noise_variance: "RealNumber",
    generator_error: "RealNumber",
    verifier_error: "RealNumber",
    error_product: "RealNumber" = 0.0,
    dimension: "RealNumber | None" = None,
) -> BestAcceptance:
    r"""The share of samples that is best to keep: the minimum of :func:`filtered_error` over the threshold.

    .. math:: p^* = \operatorname{arg\,min}_{\varphi < p \le 1} E(p)

    Parameters
    ----------
    aspect_ratio : float
        φ = d/N, in (0, 1), of the N samples before the filter.
    noise_variance, generator_error, verifier_error, error_product
        As in :func:`best_filter`.
    dimension : float or None
        As in :func:`filtered_error`.

    Returns
    -------
    BestAcceptance
        p*, its threshold and its error.

    Raises
    ------
    SpecError
        A number out of range.

    See Also
    --------
    exact_verifier_acceptance : for an exact verifier and many samples.
    best_filter : with unlimited samples.

    Notes
    -----
    Assumptions as in :func:`filtered_error`. E(p) may have two minima, one near 2φ and one at a light filter.
    The lower is found on a grid of 400 shares and then refined. p* has a relative error of some 10⁻⁸, as
    minima have, and the error none of note.

    Source: our own derivation; not in the paper.

    Examples
    --------
    >>> mix = dict(noise_variance=0.25, generator_error=0.5, verifier_error=0)
    >>> found = best_acceptance(aspect_ratio=0.02, **mix)
    >>> round(found.kept / 0.02, 2), round(found.error / 0.02**2, 3)
    (1.98, 1.577)
    """
    errors = FilterErrors.of(generator_error, verifier_error, error_product)
    σ2, φ = non_negative(noise_variance, "noise_variance", NOISE), _aspect_below(aspect_ratio, 1)
    directions = _directions(dimension)
    if σ2 == 0:
        return BestAcceptance(kept=1.0, threshold=math.inf, gamma=1.0, error=errors.G)

    def at(log_rest: float) -> BestAcceptance:
        """Of the samples beyond φ, exp(log_rest) are kept."""
        p = min(φ + (1 - φ) * math.exp(log_rest), 1.0)
        t = acceptance_threshold(p, distance=errors.D, noise_variance=σ2)
        found = filter_factor(t, distance=errors.D, noise_variance=σ2)
        return BestAcceptance(p, t, found.gamma, _error(found, errors, φ, directions, kept=p))

    return _minimum(at, math.log(LEAST * φ))


def exact_verifier_acceptance(
    *, aspect_ratio: "RealNumber", distance: "RealNumber", noise_variance: "RealNumber"
) -> BestAcceptance:
    r"""With an exact verifier, keep about 2d samples, however many there are.

    .. math::

        p^* \to 2\varphi, \qquad E^* \to \frac{2\pi}{3}\,\tau^2\varphi^2, \qquad \varphi = \frac dN, \qquad
        \tau^2 = D + \sigma^2

    The error falls as (d/N)², faster than the d/N of any fixed share.

    Parameters
    ----------
    aspect_ratio : float
        φ = d/N, in (0, 1/2), of the N samples before the filter.
    distance : float
        D = ‖w_g − w_v‖_S² ≥ 0; for an exact verifier the error of the generator.
    noise_variance : float
        σ² > 0 of the generated labels.

    Returns
    -------
    BestAcceptance
        The leading terms of p*, t, γ and E*.

    Raises
    ------
    SpecError
        A number out of range.

    See Also
    --------
    best_acceptance : the minimum itself.

    Notes
    -----
    The limit of :func:`best_acceptance` for w_v = w_t and φ → 0; holds while φ² ≪ σ⁴/(τ²D) and τ²/σ² ≪ d.
    For a small threshold r → a²/3 and p → 2aφ(0), so that γσ² → πτ²p²/6 and E → (π/6)τ²p²φ/(p − φ).

    Source: our own derivation; not in the paper.

    Examples
    --------
    >>> found = exact_verifier_acceptance(aspect_ratio=0.001, distance=0.5, noise_variance=0.25)
    >>> found.kept, round(found.error * 1e6, 3)
    (0.002, 1.571)
    """
    φ = _aspect_below(aspect_ratio, 0.5)
    D = non_negative(distance, "distance", DISTANCE)
    remedy = "Without noise a filter changes nothing."
    σ2 = positive(noise_variance, "noise_variance", remedy)
    τ2 = D + σ2
    error = 2 * math.pi / 3 * τ2 * φ**2
    t = 2 * φ * math.sqrt(math.pi * τ2 / 2)
    return BestAcceptance(kept=2 * φ, threshold=t, gamma=error / σ2, error=error)


def fitted_verifier_error(
    *,
    dimension: "RealNumber",
    real_count: "RealNumber",
    noise_variance: "RealNumber",
    finite_size: bool = False,
) -> float:
    r"""The error of a verifier that is fitted by least squares to n_v real samples.

    .. math:: \|e_v\|_S^2 = \frac{s^2d}{n_v - d}

    Parameters
    ----------
    dimension : float
        d > 0.
    real_count : int
        n_v > d (n_v > d + 1 for ``finite_size``).
    noise_variance : float
        s² ≥ 0 of the real labels, labels squared.
    finite_size : bool
        Whether n_v − d − 1 takes the place of n_v − d: the expectation, exact at any size.

    Returns
    -------
    float
        In labels squared. If the generator is fitted to other samples, ``error_product`` is 0 on average.

    Raises
    ------
    SpecError
        A number out of range.

    See Also
    --------
    replace_rounds : the formula, for rounds.

    Notes
    -----
    Assumes Gaussian inputs of one covariance, of any shape, and no ridge.

    Source: least squares; not in the paper.

    Examples
    --------
    >>> fitted_verifier_error(dimension=100, real_count=600, noise_variance=0.25)
    0.05
    """
    return replace_rounds(
        dimension=dimension, counts=[real_count], noise_variances=[noise_variance], finite_size=finite_size
    )


GRID = 400
"""Shares among which the minimum is looked for."""

LEAST = 1e-8
"""The least p − φ among them, relative to φ."""


def _minimum(at: Callable[[float], BestAcceptance], lowest: float) -> BestAcceptance:
    """The best of ``at`` from ``lowest`` to 0, by a grid and then within two of its cells."""
    from scipy.optimize import minimize_scalar

    grid = [lowest * (1 - i / GRID) for i in range(GRID + 1)]
    tried = [at(x) for x in grid]
    best = min(range(GRID + 1), key=lambda i: tried[i].error)
    cells = (grid[max(best - 1, 0)], grid[min(best + 1, GRID)])
    refined = minimize_scalar(lambda x: at(x).error, bounds=cells, method="bounded", options={"xatol": 1e-10})
    return min(at(float(refined.x)), tried[best], key=lambda found: found.error)


def _error(
    found: FilterFactor, errors: FilterErrors, φ: float, directions: float, kept: float | None = None
) -> float:
    """E, for 1/d = directions."""
    p = found.kept if kept is None else kept
    variance = found.noise_variance * φ / (p - φ)
    return errors.plateau(found.gamma) + variance * (1 + directions * (found.inflation - 1))


def _directions(dimension: RealNumber | None) -> float:
    """1/d, or 0 if one direction does not count."""
    return 0.0 if dimension is None else 1 / positive(dimension, "dimension", "It is d.")


def _aspect_below(given: RealNumber, bound: float) -> float:
    φ = positive(given, "aspect_ratio", ASPECT)
    if not φ < bound:
        raise SpecError(refusal("aspect_ratio", f"must be below {shortest_float(bound)}", given, ASPECT))
    return φ
