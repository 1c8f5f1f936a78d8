"""Where the collapse of *Strong Model Collapse* (arXiv 2410.04840, version 2) levels off."""

import numpy as np

from ..specification.problem import Problem
from .covered_models import check_model
from .two_sources import Setting, inverse, product

__all__ = ["collapse_plateau", "collapse_plateau_as_printed"]


def collapse_plateau(problem: Problem) -> float:
    """The collapse that is left as n → ∞ at fixed d, p_2 and λ, in the linear model.

        ζ → p_2² tr ΔΣ_2K⁻¹Σ_tK⁻¹Σ_2,      K = p_1Σ_1 + p_2Σ_2 + λ      (weights: p_ka_k for p_k)

    which for one covariance is p_2² tr ΔΣ³(Σ + λ)⁻², and p_2² tr ΣΔ = p_2²c² without ridge.

    It is where the collapse levels off, no matter how many samples come: of the sample sizes only
    the fractions p_k enter. It holds where n is large: the collapse at finite n differs by a
    relative O(d/n_1 + d/n_2), and is ``predict(problem).collapse``.

    Assumptions: those of :func:`proposition_linear`, but λ = 0 too. Then it is never negative.

    Parameters
    ----------
    problem : linear model; real data first, synthetic second.

    Returns
    -------
    ζ, labels squared.

    Raises
    ------
    SpecError
        Another model, or what the assumptions leave out (gains, fixed truths, joint moments).

    Source: arXiv 2410.04840 v2, which has p_2² tr Δ: :func:`collapse_plateau_as_printed`.

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
    """The plateau as version 2 prints it: ζ ≃ p_2² tr Δ.

    It leaves out Σ: for one covariance and weight, without ridge, right is p_2² tr ΣΔ, which this
    is where Σ = I. Nor does it know ridge, loss weights and target.
    Right: :func:`collapse_plateau`, which has assumptions, arguments and what is refused.

    Source: arXiv 2410.04840 v2, "ζ ≃ p_2² tr Δ" as φ → 0.

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
