"""Where the collapse of *Strong Model Collapse* (arXiv 2410.04840, version 2) levels off."""

import numpy as np

from ..specification.problem import Problem
from .covered_models import check_model
from .two_sources import Setting, inverse, product

__all__ = ["collapse_plateau", "collapse_plateau_as_printed"]


def collapse_plateau(problem: Problem) -> float:
    r"""The collapse that remains as n → ∞ at fixed d, p_2 and λ, in the linear model.

    .. math::

        \zeta \to p_2^2\operatorname{tr}\Delta\Sigma_2K^{-1}\Sigma_tK^{-1}\Sigma_2, \qquad
        K = p_1\Sigma_1 + p_2\Sigma_2 + \lambda

    With loss weights, p_ka_k replaces p_k. For one covariance this is p_2² tr ΔΣ³(Σ + λ)⁻², and without ridge
    p_2² tr ΣΔ = p_2²c². The collapse levels off there however many samples are added: of the sample sizes
    only the fractions p_k enter.

    Parameters
    ----------
    problem : Problem
        Linear model; real data first, synthetic second.

    Returns
    -------
    float
        ζ, in labels squared.

    Raises
    ------
    SpecError
        Another model; gains, fixed truths or joint moments.

    Notes
    -----
    Assumptions as in :func:`proposition_linear`, but λ = 0 is allowed. It is never negative. At finite n the
    collapse, ``predict(problem).collapse``, differs by a relative O(d/n_1 + d/n_2).

    Source: arXiv 2410.04840 v2, which prints p_2² tr Δ: :func:`collapse_plateau_as_printed`.

    Examples
    --------
    >>> from detequiv import Problem, Source
    >>> s, shift = [4.0, 1.0], [0.5, 1.0]
    >>> mix = Problem(signal=1, ridge=0, sources=[Source(80, s), Source(20, s, shift=shift)])
    >>> round(collapse_plateau(mix), 12), round(collapse_plateau_as_printed(mix), 12)
    (0.12, 0.06)
    """
    setting = _unlimited(problem, "collapse_plateau")
    weights = np.array([source.weight for source in problem.sources])
    P = inverse(setting.load(weights), setting.λ)
    ΣP = product(setting.Σ[1], P)
    share = (setting.p * weights)[1]
    return float(share**2 * setting.trace(setting.Δ, ΣP, setting.Σt, ΣP.T))


def collapse_plateau_as_printed(problem: Problem) -> float:
    """The plateau of the collapse as printed in version 2: ζ ≃ p_2² tr Δ.

    It leaves out Σ, the ridge, loss weights and the target. For one covariance and weight without ridge the
    correct plateau is p_2² tr ΣΔ; the two agree for Σ = I.

    Parameters
    ----------
    problem : Problem
        As in :func:`collapse_plateau`.

    Returns
    -------
    float
        In labels squared.

    Raises
    ------
    SpecError
        As :func:`collapse_plateau`.

    Notes
    -----
    Source: arXiv 2410.04840 v2, "ζ ≃ p_2² tr Δ" as φ → 0.

    Examples
    --------
    >>> from detequiv import Problem, Source
    >>> s, shift = [4.0, 1.0], [0.5, 1.0]
    >>> mix = Problem(signal=1, ridge=0, sources=[Source(80, s), Source(20, s, shift=shift)])
    >>> round(collapse_plateau_as_printed(mix), 12), round(collapse_plateau(mix), 12)
    (0.06, 0.12)
    """
    setting = _unlimited(problem, "collapse_plateau_as_printed")
    return float(setting.p[1] ** 2 * setting.trace(setting.Δ))


def _unlimited(problem: Problem, subject: str) -> Setting:
    """The setting of a plateau."""
    remedy = "predict at a large n has the collapse of any model."
    check_model(problem, "collapse_plateau", f"{subject} is about the linear model", remedy)
    return Setting.of(problem, subject)
