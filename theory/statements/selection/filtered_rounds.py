"""Rounds of filter and retrain: each model labels the next data, the same verifier filters them."""

import dataclasses

from ...base.accepted_values import Count, RealNumber
from ...base.errors import SpecError
from ...base.validation import count, non_negative
from ...base.wording import shortest_float
from .filter_arguments import FilterErrors
from .verifier_filter import FilterFactor, filter_factor

__all__ = ["FilterRounds", "filter_rounds"]


@dataclasses.dataclass(frozen=True)
class FilterRounds:
    """Errors of the models, and what the filter did, round by round.

    Attributes
    ----------
    errors : tuple of floats
        ‖w_t − w‖_S² of the generator and of the models of rounds 1 to T, labels squared.
    gammas : tuple of floats
        γ of the filter in each of the T rounds.
    kept : tuple of floats
        The share of samples that it kept.
    """

    errors: tuple[float, ...]
    gammas: tuple[float, ...]
    kept: tuple[float, ...]


def filter_rounds(
    rounds: "Count",
    *,
    threshold: "RealNumber",
    noise_variance: "RealNumber",
    generator_error: "RealNumber",
    verifier_error: "RealNumber",
    error_product: "RealNumber" = 0.0,
    aspect_ratio: "RealNumber" = 0.0,
) -> FilterRounds:
    r"""Train on filtered labels of the last model, round after round, with one verifier.

    .. math::

        w_{t+1} = w_v + \gamma_t(w_t - w_v) + \xi_t, \qquad
        \mathbb E\|\xi_t\|_S^2 = \gamma_t\sigma^2\,\frac{\varphi}{p_t - \varphi}, \qquad \varphi = \frac dN

    where p_t and γ_t are those of :func:`filter_factor` at the distance D_t = ‖w_t − w_v‖_S². With noise in
    the labels and unlimited data (φ = 0) the models approach the verifier at a geometric rate, γ_t → r(t/σ);
    on the way the error can be below the verifier's. Without noise nothing changes.

    Parameters
    ----------
    rounds : int
        T ≥ 0.
    threshold : float
        t > 0 in each round; inf is no filter.
    noise_variance : float
        σ² ≥ 0 of the labels in each round.
    generator_error, verifier_error, error_product
        As in :func:`filter_plateau`; the generator labels the first round.
    aspect_ratio : float
        φ ≥ 0 for N new inputs a round, below every share that is kept; 0 is unlimited data.

    Returns
    -------
    FilterRounds
        The errors, γ_t and p_t.

    Raises
    ------
    SpecError
        A number out of range; a round that keeps fewer samples than dimensions.

    Notes
    -----
    Assumes Gaussian inputs of one covariance S, the same for tests, and no ridge. ξ_t is independent of the
    rest and adds to D_t; that D_t varies from draw to draw, and terms of relative size 1/d, are left out.

    Source: our own derivation; not in the paper.

    Examples
    --------
    >>> start = dict(generator_error=0.49, verifier_error=0.04, noise_variance=0.25, threshold=0.5)
    >>> found = filter_rounds(4, **start, aspect_ratio=50 / 20000)
    >>> [round(error, 5) for error in found.errors]
    [0.49, 0.05588, 0.03729, 0.0388, 0.03981]
    """
    T = count(rounds, "rounds", 0, "It is T.")
    start = FilterErrors.of(generator_error, verifier_error, error_product)
    φ = non_negative(aspect_ratio, "aspect_ratio", "It is φ = d/N in each round; 0 is unlimited data.")
    V, D, Y = start.V, start.D, start.X - start.V  # Y = e_vᵀS(w_t − w_v), so that e_tᵀSe_t = V + 2Y + D
    errors, filters = [start.G], list[FilterFactor]()
    for t in range(T):
        found = filter_factor(threshold, distance=D, noise_variance=noise_variance)
        if not φ < found.kept:
            raise SpecError(
                f"aspect_ratio must be below the share {found.kept:.6g} that round {t + 1} keeps; got "
                f"{shortest_float(φ)}. It is φ = d/N."
            )
        D = found.gamma**2 * D + found.noise_variance * φ / (found.kept - φ)
        Y *= found.gamma
        errors.append(V + 2 * Y + D)
        filters.append(found)
    return FilterRounds(
        errors=tuple(errors),
        gammas=tuple(found.gamma for found in filters),
        kept=tuple(found.kept for found in filters),
    )
