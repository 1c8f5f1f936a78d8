"""*Strong Model Collapse* (arXiv 2410.04840, version 2): its theorems, as functions.

The setting is that of the paper: two sources with one covariance Σ and one loss weight, the first
real (its truth is w_t), the second synthetic (truth w_t + δ, E δδᵀ = Δ); test data are like the
real ones. p_k = n_k/n, σ² = p_1σ_1² + p_2σ_2², T = Σ + θ with θ the effective ridge of the solved
point, df_k = tr ΣᵏT⁻ᵏ.

Where the printed statement is wrong, both are here: ``theorem_2`` is right, ``theorem_2_printed``
is what version 2 says. Whether later versions mend it was not seen.
"""

import dataclasses

import numpy as np

from .decomposition import Decomposition
from .errors import SpecError
from .fixed_point import FixedPoint
from .models import Linear, RandomProjection
from .problem import Problem
from .value import Array

__all__ = ["theorem_1", "theorem_2", "theorem_2_printed"]


def theorem_1(problem: Problem, point: FixedPoint) -> Decomposition:
    """Theorem 1: the linear ("classical") model.

    κ − λ = κ df_1/n, u = (df_2/n)/(1 − df_2/n) and, with T = Σ + κ,

        B = κ² tr ΓΣT⁻²/(1 − df_2/n)        V = σ²u
        ζ = p_2²(1 + p_1u) tr ΔΣ³T⁻² + p_2u tr ΔΣ(p_1Σ + κ)²T⁻²

    Right as printed (arXiv 2410.04840 v2, Theorem 1). Assumes two sources with one covariance and
    weight, no gain, no shift on the first, and the first source's covariance as the target; refuses
    others with a SpecError. Exact as n, d → ∞ in proportion; the error at finite size is O(1/n).
    """
    if not isinstance(problem.model, Linear):
        raise SpecError(f"Theorem 1 is about the linear model; got {problem.model!r}.")
    s = _Setting.of(problem, point)
    κ, Σ, Γ, Δ, T = s.θ, s.Σ, s.Γ, s.Δ, s.T
    u = s.df2 / (s.samples_left + s.spread)  # n − df_2 = (n − df_1) + (df_1 − df_2)
    return Decomposition(
        bias=κ**2 * s.tr(Γ * Σ / T**2) * (1 + u),
        variance=s.σ2 * u,
        collapse=s.p2**2 * (1 + s.p1 * u) * s.tr(Δ * Σ**3 / T**2)
        + s.p2 * u * s.tr(Δ * Σ * (s.p1 * Σ + κ) ** 2 / T**2),
    )


def theorem_2(problem: Problem, point: FixedPoint) -> Decomposition:
    """Theorem 2, as it should be: a random projection of width m.

    λ = m s² θ (1 − df_1/m)(1 − df_1/n), ω′/(1 + u) = θ² tr ΣT⁻²/(m − df_2),
    u/(1 + u) = [df_2 + (ω′/(1 + u)) tr ΣT⁻²]/n and

        B = (1 + u)θ² tr ΓΣT⁻² + ω′ tr ΓΣ²T⁻²        V = σ²u
        ζ = p_2²(1 + p_1u) tr ΔΣ³T⁻² + p_2² ω′ tr ΔΣ²T⁻² + p_2u tr ΔΣ(p_1Σ + θ)²T⁻²

    Version 2 of the paper (Theorem 2, eq. 15) prints p_2 where p_2² multiplies ω′, and a variance
    that is n times too large: see :func:`theorem_2_printed`. Assumptions as in :func:`theorem_1`;
    any entry variance s² (the paper: 1/d).
    """
    s = _Setting.of(problem, point)
    u, ω = _projected(problem, point, s)
    return Decomposition(
        bias=(1 + u) * s.θ**2 * s.tr(s.Γ * s.Σ / s.T**2) + ω * s.tr(s.Γ * s.Σ**2 / s.T**2),
        variance=s.σ2 * u,
        collapse=_theorem_2_collapse(s, u, ω, power=2),
    )


def theorem_2_printed(problem: Problem, point: FixedPoint) -> Decomposition:
    """Theorem 2 as version 2 prints it (eq. 15), which is wrong in two places.

        V = (tr Σ²T⁻² + (ω′ − θu) tr ΣT⁻²) σ²/e,  e = 1 − df_1/n      n times the right σ²u
        ζ = … + p_2 ω′ tr ΔΣ²T⁻² + …                                  right is p_2²

    The bracket of V equals u (n − df_1) by the theorem's own relations, and is evaluated so, since
    as it stands it loses all digits at small ridge. Simulation refutes both; they are kept to be
    compared with. The bias is right.
    """
    s = _Setting.of(problem, point)
    u, ω = _projected(problem, point, s)
    e = s.samples_left / s.n
    return Decomposition(
        bias=theorem_2(problem, point).bias,
        variance=u * s.samples_left * s.σ2 / e,
        collapse=_theorem_2_collapse(s, u, ω, power=1),
    )


def _theorem_2_collapse(s: "_Setting", u: float, ω: float, power: int) -> float:
    return float(
        s.p2**2 * (1 + s.p1 * u) * s.tr(s.Δ * s.Σ**3 / s.T**2)
        + s.p2**power * ω * s.tr(s.Δ * s.Σ**2 / s.T**2)
        + s.p2 * u * s.tr(s.Δ * s.Σ * (s.p1 * s.Σ + s.θ) ** 2 / s.T**2)
    )


def _projected(problem: Problem, point: FixedPoint, s: "_Setting") -> tuple[float, float]:
    """(u, ω′). n − df_2 − ω′ tr ΣT⁻²/(1 + u), which n/(1 + u) is, is formed without cancellation:
    with δ = df_1 − df_2 it equals (n − df_1) + δ (m − df_1)/(m − df_2)."""
    if not isinstance(problem.model, RandomProjection) or point.width_left is None:
        raise SpecError(f"Theorem 2 is about random projections; got {problem.model!r}.")
    m_df2 = point.width_left + s.spread
    left = s.samples_left + s.spread * point.width_left / m_df2
    u = (s.df2 + s.spread**2 / m_df2) / left
    return u, (1 + u) * s.θ * s.spread / m_df2


@dataclasses.dataclass(frozen=True)
class _Setting:
    """The letters of the paper's two-source set-up at the solved point; spread = df_1 − df_2."""

    n: int
    p1: float
    p2: float
    σ2: float
    Σ: Array
    Γ: Array
    Δ: Array
    multiplicities: Array
    θ: float
    samples_left: float

    @classmethod
    def of(cls, problem: Problem, point: FixedPoint) -> "_Setting":
        _check(problem)
        real, synthetic = problem.sources
        p1, p2 = problem.fractions
        shift = problem.shifts[1]
        Σ = problem.spectra[0]
        assert point.effective_ridge is not None, "one covariance has one effective ridge"
        return cls(
            n=problem.n,
            p1=p1,
            p2=p2,
            σ2=p1 * real.noise_variance + p2 * synthetic.noise_variance,
            Σ=Σ,
            Γ=problem.signal_values,
            Δ=np.zeros_like(Σ) if shift is None else shift,
            multiplicities=problem.multiplicities,
            θ=point.effective_ridge,
            samples_left=point.samples_left,
        )

    @property
    def T(self) -> Array:
        return self.Σ + self.θ

    def tr(self, diagonal: Array) -> float:
        return float(self.multiplicities @ diagonal)

    @property
    def df2(self) -> float:
        return self.tr((self.Σ / self.T) ** 2)

    @property
    def spread(self) -> float:
        return self.θ * self.tr(self.Σ / self.T**2)


def _check(problem: Problem) -> None:
    sources = problem.sources
    if len(sources) != 2:
        raise SpecError(
            f"the paper's theorems are about two sources, real and synthetic; got {len(sources)}. "
            f"predict takes any number."
        )
    if any(values is not problem.spectra[0] for values in problem.spectra):
        raise SpecError(
            "Theorems 1 and 2 need one covariance for both sources and the target; predict takes "
            "unlike ones."
        )
    if sources[0].weight != sources[1].weight or not sources[0].weight:
        raise SpecError(
            f"Theorems 1 and 2 need one positive loss weight; got {sources[0].weight:g} and "
            f"{sources[1].weight:g}. predict takes unlike ones."
        )
    if sources[0].shift is not None or any(source.gain != 1 for source in sources):
        raise SpecError(
            "in Theorems 1 and 2 the first source has the target's truth and only the second one a "
            "shift, both without gain; predict takes other truths."
        )
