"""θ, u and ω′ of one covariance by bisection, independent of the solver that they check."""

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from ...theory import Problem
from ...theory.base.arrays import Array

__all__ = ["ClosedFormUnknowns", "mean_noise_variance", "projection_width", "root", "threshold"]


@dataclasses.dataclass(frozen=True)
class ClosedFormUnknowns:
    """Of a problem of one covariance: Σ, Γ, Δ as (d,) arrays, θ, u and ω′.

        λ = m s² θ (1 − df_1/m)(1 − df_1/n)             linear: λ = θ (1 − df_1/n), ω′ = 0
        ω′/(1 + u) = θ² tr ΣT⁻²/(m − df_2)              u/(1 + u) = [df_2 + (ω′/(1 + u)) tr ΣT⁻²]/n

    Source: arXiv 2410.04840 v2, Definition 2, in closed form.
    """

    Σ: Array
    Γ: Array
    Δ: Array
    θ: float
    u: float
    ω: float

    @classmethod
    def of(cls, problem: Problem) -> "ClosedFormUnknowns":
        """For a positive ridge.

        >>> from detequiv import Problem, Source, isotropic
        >>> s = isotropic(100)                      # κ = 1, φ = 1/2, λ = 3/4: u = 1/7
        >>> mix = Problem(signal=1, sources=[Source(150, s), Source(50, s)], ridge=0.75)
        >>> round(7 * ClosedFormUnknowns.of(mix).u, 12)
        1.0
        """
        frame, n = problem.frame, problem.n
        assert frame.independent is not None, "the truths of these problems are independent"
        Σ = np.repeat(frame.covariances[0], frame.multiplicities.astype(int))
        linear = problem.model.width is None
        m = math.inf if linear else projection_width(problem)
        scale = 1.0 if linear else m * (problem.entry_variance or 0.0)

        def excess(θ: float) -> float:
            df1 = np.sum(Σ / (Σ + θ))
            return float(scale * θ * (1 - df1 / m) * (1 - df1 / n) - problem.ridge)

        θ = root(excess, threshold(Σ, min(n, m)))
        T = Σ + θ
        df2, spread = np.sum((Σ / T) ** 2), θ * np.sum(Σ / T**2)
        share = spread / (m - df2)  # ω′/(θ (1 + u))
        ratio = float((df2 + share * spread) / n)
        u = ratio / (1 - ratio)
        Γ, Δ = frame.independent.signal, frame.independent.shifts[1]
        return cls(Σ, Γ, np.zeros_like(Σ) if Δ is None else Δ, θ, u, float((1 + u) * share * θ))


def threshold(Σ: Array, count: float) -> float:
    """θ where df_1(θ) = count; 0 if count is at least the dimension.

    >>> threshold(np.ones(10), 5.0)
    1.0
    """
    if count >= len(Σ):
        return 0.0
    return root(lambda θ: count - float(np.sum(Σ / (Σ + θ))), 0.0)


def root(increasing: Callable[[float], float], above: float) -> float:
    """The root of an increasing function on (above, ∞), to the last digits of a double.

    >>> round(root(lambda x: x**2 - 2, 0.0), 12)
    1.414213562373
    """
    from scipy.optimize import brentq

    high = 2 * above + 1
    while increasing(high) < 0:
        high *= 2
    return float(brentq(increasing, above, high, xtol=1e-300, rtol=1e-15, maxiter=500))


def mean_noise_variance(problem: Problem) -> float:
    """σ² = p_1σ_1² + p_2σ_2², the noise variance of a label drawn from the mix."""
    pairs = zip(problem.fractions, problem.sources, strict=True)
    return sum(p * source.noise_variance for p, source in pairs)


def projection_width(problem: Problem) -> int:
    """The number m of random projections."""
    assert problem.model.width is not None, "asked of projections only"
    return problem.model.width
