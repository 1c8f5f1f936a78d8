"""Formulas of other papers, which the theory must reproduce."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from ...theory import Problem, RandomFeatures, RandomProjection, Source, Spectrum, activations
from .closed_form_unknowns import mean_noise_variance, projection_width, root, threshold
from .identity_witnesses import mix_of
from .plain_simulators import kernel_traces
from .run_size import Size
from .shared_trials import SharedTrials
from .statement import Group, Statement
from .witness_problems import one_covariance
from .witnessed_problem import EQUATIONS, WitnessedProblem

__all__ = ["groups"]


def groups(size: Size) -> Iterator[Group]:
    """One group: random projections, dimension-free features and the kernel traces."""
    yield Group(
        "Formulas of other papers",
        "*More is better* is Simon et al. 2023: one source and a random projection. arXiv "
        "2405.15699 is the dimension-free theory of random features. S67 and S68 are equations of "
        "Adlam and Pennington 2020 for τ₁ = tr K⁻¹/n and τ₂ = tr XᵀXK⁻¹/dn of the kernel K of "
        "nonlinear random features, simulated as said.",
        (*_projected(size), *_kernel(size)),
    )


def _projected(size: Size) -> Iterator[Statement]:
    d, m = size(240), size(150)
    s = one_covariance(d, (1, 1), 0.0).sources[0].covariance
    source = Source(size(300), s, noise_variance=0.3)
    single_source = Problem(signal=1 / d, sources=[source], ridge=0.05, model=RandomProjection(m, 1 / m))
    yield WitnessedProblem(single_source).statement(
        "More is better", "error", partial(_more_is_better, single_source)
    )
    mix = mix_of(size, 300, 100, 0.05, 150)
    yield WitnessedProblem(mix).statement("arXiv 2405.15699", "variance", partial(_dimension_free, mix))


def _more_is_better(mix: Problem) -> float:
    """E + σ² = [Σ_i(κ/(λ_i+κ) − κλ_i/(λ_i+κ)²·(m−z)/(m−q))v_i² + σ²]/(1 − (q(m−2z)+z²)/(n(m−q))),
    z = df_1(κ), q = df_2(κ), v_i² = λ_iw_i²; λ = κ (1 − z/m)(1 − z/n) for entries of variance 1/m.
    """
    Σ, n, m, σ2 = mix.frame.covariances[0], mix.n, projection_width(mix), mix.sources[0].noise_variance

    def excess(κ: float) -> float:
        z = float(np.sum(Σ / (Σ + κ)))
        return κ * (1 - z / m) * (1 - z / n) - mix.ridge

    κ = root(excess, threshold(Σ, min(n, m)))
    z, q = float(np.sum(Σ / (Σ + κ))), float(np.sum((Σ / (Σ + κ)) ** 2))
    damped = κ / (Σ + κ) - κ * Σ / (Σ + κ) ** 2 * (m - z) / (m - q)
    remainder = 1 - (q * (m - 2 * z) + z**2) / (n * (m - q))
    return (float(np.mean(damped * Σ)) + σ2) / remainder - σ2


def _dimension_free(mix: Problem) -> float:
    """V = σ²Υ/(1 − Υ), Υ = (p/n)[(1 − r)² + r² df_2/(p − df_2)], r = ν_1/ν_2; with p = m features
    of variance 1/p and λ′ = nλ, ν_1 = (ν_2/2)(1 − n/p + √((1 − n/p)² + 4λ′/(pν_2))) and
    ν_2 = ν_1 + (ν_2/p) tr Σ(Σ + ν_2)⁻¹."""
    Σ, n, p = mix.frame.covariances[0], mix.n, projection_width(mix)
    λ = n * mix.ridge / (p * (mix.entry_variance or 0.0))

    def first(ν: float) -> float:
        b, c = 1 - n / p, 4 * λ / (p * ν)
        larger = abs(b) + float(np.hypot(b, np.sqrt(c)))
        return ν / 2 * (larger if b > 0 else c / larger)

    def excess(ν: float) -> float:
        return ν - first(ν) - ν / p * float(np.sum(Σ / (Σ + ν)))

    ν = root(excess, threshold(Σ, min(n, p)))
    df2, r = float(np.sum((Σ / (Σ + ν)) ** 2)), first(ν) / ν
    Υ = p / n * ((1 - r) ** 2 + r**2 * df2 / (p - df2))
    return mean_noise_variance(mix) * Υ / (1 - Υ)


def _kernel(size: Size) -> Iterator[Statement]:
    """The kernel K = FᵀF/m + λ: our ridge is mλ/n."""
    d, n, m, λ = size(240), size(200), size(160), 0.1
    mix = Problem(
        signal=1.0,
        sources=[Source(n, Spectrum(np.ones(d)))],
        ridge=m * λ / n,
        model=RandomFeatures(m, activations.tanh),
    )
    setting: dict[str, Any] = {"dimension": d, "samples": n, "width": m, "ridge": λ}
    shared = SharedTrials(partial(kernel_traces, activation=np.tanh, **setting))
    for i, name in enumerate(("τ₁", "τ₂")):
        yield Statement(
            name=f"{name}, tanh features",
            source=f"S6{7 + i}",
            parameters=f"d = {d}, n = {n}, m = {m}, λ = {λ:g}",
            theory=partial(_trace, i, d / n, d / m, λ),
            draw=shared.entry(i),
            witnesses={EQUATIONS: partial(_residual_share, mix, λ)} if i == 0 else {},
        )


def _residual_share(mix: Problem, λ: float) -> float:
    """τ_1 by the master equations: λτ_1 is the share of the residuals left by training."""
    from ...numerics.predictions.predictor import fixed_point

    return float(fixed_point(mix).samples_left) / (mix.n * λ)


def _trace(i: int, φ: float, ψ: float, λ: float) -> float:
    """τ_1 or τ_2, from φ(ζτ_2τ_1 + φ(τ_2 − τ_1)) + ζτ_1τ_2ψ(λτ_1 − 1) = 0 and
    ζτ_1τ_2(λτ_1 − 1) = φ(τ_2 − τ_1)(ζ(τ_2 − τ_1) + ητ_1); λτ_1 lies between 0 and 1."""
    from scipy.optimize import brentq

    moments = activations.tanh.moments(1.0)
    ζ, η = moments.slope**2, moments.slope**2 + moments.residual

    def second(τ1: float) -> float:
        return float(φ**2 * τ1 / (φ**2 + ζ * τ1 * (φ + ψ * (λ * τ1 - 1))))

    def excess(τ1: float) -> float:
        τ2 = second(τ1)
        difference = τ2 - τ1
        return float(ζ * τ1 * τ2 * (λ * τ1 - 1) - φ * difference * (ζ * difference + η * τ1))

    τ1 = float(brentq(excess, 1e-9, 1 / λ, xtol=1e-300, rtol=1e-15))
    return (τ1, second(τ1))[i]
