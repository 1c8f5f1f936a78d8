"""Identities that follow from Theorems 1 and 2: one number by two routes, and by simulation.

Theory is the formula written here; the master equations and simulation are the other route.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np

from ...theory import Problem, RandomProjection, corollary_1, degrees_of_freedom
from .closed_form_unknowns import ClosedFormUnknowns, mean_noise_variance, projection_width, threshold
from .corollary_witnesses import closed_form_arguments
from .run_size import Size
from .statement import Group, Statement
from .witness_problems import MIX, one_covariance, predicted_term
from .witnessed_problem import WitnessedProblem

__all__ = ["groups", "mix_of"]

QUALITY = 0.7
"""c² = tr ΣΔ of the synthetic labels here."""


def groups(size: Size) -> Iterator[Group]:
    """One group: identities 1 to 5."""
    yield Group(
        "Identities that follow from Theorems 1 and 2",
        f"{MIX} Here tr ΣΔ = {QUALITY:g}. θ, u and ω′ are solved for "
        "here by bisection, apart from the solver that *equations* stands for.",
        (*_quadratic(size), *_precision(size), *_ridgeless(size)),
    )


def mix_of(
    size: Size, n: int, n2: int, ridge: float, m: int | None, *, d: int = 240, precision: bool = False
) -> Problem:
    """n samples, n2 of them synthetic; m projections, or None."""
    model = None if m is None else RandomProjection(size(m))
    counts = size(n - n2), size(n2)
    return one_covariance(size(d), counts, ridge, model, precision=precision, quality=QUALITY)


def _quadratic(size: Size) -> Iterator[Statement]:
    """1. ζ at p_2 = 2/3 from p_2 = 1/3 and 1: the quadratic through 0; and its coefficients."""
    third, two_thirds, all_synthetic = (mix_of(size, 360, n2, 0.05, 150) for n2 in (120, 240, 360))

    def interpolated() -> float:
        return predicted_term(third, "collapse") + predicted_term(all_synthetic, "collapse") / 3

    case, by_powers = WitnessedProblem(two_thirds), partial(_coefficients, two_thirds)
    yield case.statement("identity 1", "collapse", interpolated, suffix=" is quadratic in p₂")
    yield case.statement("identity 1", "collapse", by_powers, suffix=" by powers of p₂")


def _coefficients(mix: Problem) -> float:
    """p_2u tr ΔΣ + p_2²{(1 + u) tr ΔΣ³T⁻² + ω′ tr ΔΣ²T⁻² − 2u tr ΔΣ²T⁻¹}."""
    s, p = ClosedFormUnknowns.of(mix), mix.fractions[1]
    Σ, Δ, u, T = s.Σ, s.Δ, s.u, s.Σ + s.θ
    square = (1 + u) * Σ**3 / T**2 + s.ω * Σ**2 / T**2 - 2 * u * Σ**2 / T
    return float(p * u * np.sum(Δ * Σ) + p**2 * np.sum(Δ * square))


def _precision(size: Size) -> Iterator[Statement]:
    """2. Δ ∝ Σ⁻¹, linear and projected."""
    for m in (None, 150):
        mix = mix_of(size, 320, 80, 0.05, m, precision=True)
        formula = partial(_of_precision, mix)
        yield WitnessedProblem(mix).statement("identity 2", "collapse", formula, suffix=" where Δ ∝ Σ⁻¹")


def _of_precision(mix: Problem) -> float:
    """ζ = c²u p_2[1 + p_2(n − 2 df_1)/d]."""
    s, p, n = ClosedFormUnknowns.of(mix), mix.fractions[1], mix.n
    df1 = float(degrees_of_freedom(mix.sources[0].covariance, s.θ))
    return float(mix.quality(1) * s.u * p * (1 + p * (n - 2 * df1) / mix.d))


def _ridgeless(size: Size) -> Iterator[Statement]:
    """3 to 5: without ridge the smallest of n, m and d decides."""
    narrow = mix_of(size, 320, 80, 0.0, 120)
    case = WitnessedProblem(narrow)
    for term in ("bias", "variance"):
        formula = partial(_narrow, narrow, term)
        yield case.statement("identity 3", term, formula, suffix=", m < n, d")
    interpolating = mix_of(size, 120, 40, 0.0, 320, precision=True)
    case = WitnessedProblem(interpolating)
    for term in ("variance", "collapse"):
        formula = partial(_interpolating, interpolating, term)
        yield case.statement("identity 4", term, formula, suffix=", n < m, d")
    wide = mix_of(size, 300, 100, 0.0, 240, d=120)
    decomposition = partial(corollary_1, **closed_form_arguments(wide))
    suffix = ", d < m, n: as linear"
    case = WitnessedProblem(wide)
    yield case.statement("identity 5", "error", lambda: decomposition().total, suffix=suffix)
    simulated, swapped = (mix_of(size, n, 0, 0.0, m) for n, m in ((160, 320), (320, 160)))
    swapped_bias = partial(predicted_term, swapped, "bias")
    yield WitnessedProblem(simulated).statement(
        "identity 5", "bias", swapped_bias, suffix=" with n and m swapped"
    )


def _narrow(mix: Problem, term: str) -> float:
    """df_1(θ) = m, ψ = m/n: V = σ²ψ/(1 − ψ), B = θ tr ΓΣT⁻¹/(1 − ψ)."""
    Σ, ψ = mix.frame.covariances[0], projection_width(mix) / mix.n
    if term == "variance":
        return mean_noise_variance(mix) * ψ / (1 - ψ)
    θ = threshold(Σ, projection_width(mix))
    return float(θ * np.mean(Σ / (Σ + θ)) / (1 - ψ))


def _interpolating(mix: Problem, term: str) -> float:
    """df_1(θ) = n, 1 + u = n(m − df_2)/((n − df_2)(m − n)): V = σ²u, ζ = c²u p_2(1 − p_2n/d)."""
    Σ, n, m, p = mix.frame.covariances[0], mix.n, projection_width(mix), mix.fractions[1]
    θ = threshold(Σ, n)
    df2 = float(np.sum((Σ / (Σ + θ)) ** 2))
    u = n * (m - df2) / ((n - df2) * (m - n)) - 1
    factor = mean_noise_variance(mix) if term == "variance" else mix.quality(1) * p * (1 - p * n / mix.d)
    return float(u * factor)
