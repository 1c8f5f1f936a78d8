"""The error that a verifier's filter leaves with unlimited data, and the best filter."""

import dataclasses
import math

from ...base.accepted_values import RealNumber
from ...base.validation import non_negative, real, unit_share
from .criterion import Criterion
from .filter_arguments import FilterErrors
from .verifier_filter import NOISE, factor_threshold, filter_factor

__all__ = ["BestFilter", "best_filter", "filter_plateau", "light_filter_helps"]


@dataclasses.dataclass(frozen=True)
class BestFilter:
    """The filter whose plateau is lowest.

    Attributes
    ----------
    gamma : float
        γ*, in [0, 1].
    plateau : float
        A(γ*), in labels squared.
    threshold : float
        t at which γ = γ*. 0 means ever tighter filters (γ* = 0), inf no filter (γ* = 1).
    kept : float
        The share of samples that is kept at this threshold.
    removable : bool
        Whether A(γ*) = 0: a filter of the right threshold, or t → 0, leads to the truth.
    """

    gamma: float
    plateau: float
    threshold: float
    kept: float
    removable: bool


def filter_plateau(
    gamma: "RealNumber",
    *,
    generator_error: "RealNumber",
    verifier_error: "RealNumber",
    error_product: "RealNumber" = 0.0,
) -> float:
    r"""The error that remains with unlimited filtered samples.

    .. math::

        A(\gamma) = \|(1 - \gamma)e_v + \gamma e_g\|_S^2
        = (1 - \gamma)^2\|e_v\|_S^2 + 2\gamma(1 - \gamma)\,e_v^\top Se_g + \gamma^2\|e_g\|_S^2

    with e_v = w_v − w_t and e_g = w_g − w_t, the errors of verifier and generator.

    Parameters
    ----------
    gamma : float
        γ of :func:`filter_factor`, in [0, 1].
    generator_error, verifier_error : float
        ‖e_g‖_S², ‖e_v‖_S² ≥ 0, labels squared.
    error_product : float
        e_vᵀSe_g; 0 for errors that are orthogonal, such as independent ones in high dimension.

    Returns
    -------
    float
        A(γ), in labels squared.

    Raises
    ------
    SpecError
        A number out of range.

    See Also
    --------
    best_filter : its minimum.

    Notes
    -----
    Exact in the limit of n kept samples, n → ∞ at fixed d, for any covariance S, test inputs of this
    covariance, and a ridge that vanishes.

    Source: our own derivation; not in the paper.

    Examples
    --------
    >>> filter_plateau(0.25, generator_error=0.5, verifier_error=0.0)
    0.03125
    """
    γ = unit_share(gamma, "gamma", "It is γ.")
    return FilterErrors.of(generator_error, verifier_error, error_product).plateau(γ)


def best_filter(
    *,
    generator_error: "RealNumber",
    verifier_error: "RealNumber",
    error_product: "RealNumber" = 0.0,
    noise_variance: "RealNumber",
) -> BestFilter:
    r"""The filter whose plateau is lowest, and whether it removes the plateau.

    .. math::

        \gamma^* = \operatorname{clip}\!\left(\frac{e_v^\top S(e_v - e_g)}{\|e_v - e_g\|_S^2}, 0, 1\right),
        \qquad A(\gamma^*) = \frac{\|e_v\|_S^2\|e_g\|_S^2 - (e_v^\top Se_g)^2}{\|e_v - e_g\|_S^2}
        \quad\text{if } 0 < \gamma^* < 1

    For orthogonal errors γ* = ‖e_v‖²/(‖e_v‖² + ‖e_g‖²), and the floor is below both errors: training on
    filtered samples then beats the verifier. A tighter filter is worse.

    The plateau can be removed iff the truth w_t lies on the segment from w_v to w_g: the verifier is exact
    (t → 0), the errors are exactly opposite (γ* = ‖e_v‖/(‖e_v‖ + ‖e_g‖)), or the generator is exact.

    Parameters
    ----------
    generator_error, verifier_error, error_product
        As in :func:`filter_plateau`.
    noise_variance : float
        σ² ≥ 0 of the generated labels. Without noise no filter changes anything, and γ* = 1.

    Returns
    -------
    BestFilter
        γ*, the floor, and its threshold.

    Raises
    ------
    SpecError
        A number out of range.

    See Also
    --------
    best_acceptance : with a limited number of samples.

    Notes
    -----
    Assumptions as in :func:`filter_plateau`. If w_g = w_v, or if two filters are equally good, the result is
    the one that keeps most.

    Source: our own derivation; not in the paper.

    Examples
    --------
    >>> found = best_filter(generator_error=0.5, verifier_error=0.05, noise_variance=0.25)
    >>> round(found.plateau, 6), round(found.gamma, 6), round(found.kept, 6), found.removable
    (0.045455, 0.090909, 0.238392, False)
    """
    errors = FilterErrors.of(generator_error, verifier_error, error_product)
    σ2, D = non_negative(noise_variance, "noise_variance", NOISE), errors.D
    γ = 1.0 if σ2 == 0 or D == 0 else min(max((errors.V - errors.X) / D, 0.0), 1.0)
    if 0 < γ < 1:
        floor = (errors.largest - errors.X) * (errors.largest + errors.X) / D
        t = factor_threshold(γ, distance=D, noise_variance=σ2)
        kept = filter_factor(t, distance=D, noise_variance=σ2).kept
    else:
        floor, t, kept = (errors.G, math.inf, 1.0) if γ else (errors.V, 0.0, 0.0)
    removable = floor == 0 or (0 < γ < 1 and errors.opposite)
    return BestFilter(γ, 0.0 if removable else floor, t, kept, removable)


def light_filter_helps(*, generator_error: "RealNumber", error_product: "RealNumber" = 0.0) -> Criterion:
    r"""Whether leaving out the few labels that are farthest from the verifier lowers the plateau.

    .. math:: e_g^\top S(e_g - e_v) > 0

    Always if the errors are orthogonal; never if the verifier errs in the direction of the generator and
    further.

    Parameters
    ----------
    generator_error, error_product
        As in :func:`filter_plateau`.

    Returns
    -------
    Criterion
        True if it helps. Its margin is the left-hand side, half the slope of A(γ) at γ = 1.

    Raises
    ------
    SpecError
        A number out of range.

    Notes
    -----
    Assumptions as in :func:`filter_plateau`, and σ > 0: γ < 1 then for every t < ∞.

    Source: our own derivation; not in the paper.

    Examples
    --------
    >>> light_filter_helps(generator_error=0.5)
    Criterion(holds=True, margin=0.5)
    >>> light_filter_helps(generator_error=0.5, error_product=0.75)
    Criterion(holds=False, margin=-0.25)
    """
    G = non_negative(generator_error, "generator_error", "It is e_gᵀSe_g.")
    return Criterion.of(G - real(error_product, "error_product", "It is e_vᵀSe_g."))
