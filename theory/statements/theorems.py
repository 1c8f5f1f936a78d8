"""*Strong Model Collapse* (arXiv 2410.04840, version 2): its theorems, as functions.

The setting is that of the paper: two sources with one covariance Σ and one loss weight, the first
real (its truth is w_t), the second synthetic (truth w_t + δ, E δδᵀ = Δ); test data are like the
real ones. p_k = n_k/n, σ² = p_1σ_1² + p_2σ_2², T = Σ + θ with θ the effective ridge of the solved
point, df_k = tr ΣᵏT⁻ᵏ.

Where the printed statement is wrong, both are here: ``theorem_2`` is corrected,
``theorem_2_as_printed`` is what version 2 says. We have not checked later versions.

Here the solved point is an argument; the public functions of the same names and docstrings solve the
problem themselves if it is left out.
"""

import dataclasses
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np

from ..base.arrays import Array, Number, Numbers
from ..base.errors import SpecError
from ..specification.problem import Problem
from .covered_models import check_model
from .decomposition import Decomposition
from .fixed_point import FixedPoint

__all__ = [
    "Traces",
    "bias",
    "collapse",
    "inflation",
    "own_collapse",
    "theorem_1",
    "theorem_2",
    "theorem_2_as_printed",
]

N = TypeVar("N", Number, Numbers, Fraction)
"""One problem, or arrays of many; exact in proofs."""


def theorem_1(problem: Problem, point: FixedPoint) -> Decomposition:
    r"""Theorem 1: the linear ("classical") model.

    With λ = κ(1 − df_1/n), u = (df_2/n)/(1 − df_2/n) and T = Σ + κ,

    .. math::

        B &= \frac{\kappa^2\operatorname{tr}\Gamma\Sigma T^{-2}}{1 - \mathrm{df}_2/n}, \qquad V = \sigma^2u \\
        \zeta &= p_2^2(1 + p_1u)\operatorname{tr}\Delta\Sigma^3T^{-2}
            + p_2u\operatorname{tr}\Delta\Sigma(p_1\Sigma + \kappa)^2T^{-2}

    Parameters
    ----------
    problem : Problem
        Linear model; real data first, synthetic second, of one covariance and weight.
    point : FixedPoint, optional
        Its solved point, ``predict(problem).fixed_point``; the problem is solved if it is left out.

    Returns
    -------
    Decomposition
        In labels squared, noise excluded.
        No term is negative under these assumptions.

    Raises
    ------
    SpecError
        Another model; a problem outside the assumptions; ridge 0 where u diverges; a
        point that does not belong to the problem, as far as that can be detected.
    SolveError
        As :func:`detequiv.predict`, if the point is left out.

    Notes
    -----
    Assumes two sources with one covariance and weight, no gain, no shift on the first, and the covariance of
    the first source as the target. A common weight a other than 1 divides λ. Truths are random or fixed,
    but independent of each other. λ = 0 is the limit. Exact as n, d → ∞ in proportion; the error is O(1/n) at
    finite size.

    Source: arXiv 2410.04840 v2, Theorem 1, correct as printed.

    Examples
    --------
    >>> import detequiv as de
    >>> real, none = de.Source(200, de.isotropic(100), noise_variance=1), de.Source(0, de.isotropic(100))
    >>> mix = de.Problem(signal=0.01, ridge=0.75, sources=[real, none])
    >>> print(de.theorem_1(mix))                             # κ = 1: bias 2/7, variance 1/7
    0.428571 = bias 0.285714 + variance 0.142857 + collapse 0
    >>> de.theorem_1(mix, de.predict(mix).fixed_point) == de.theorem_1(mix)
    True
    """
    check_model(
        problem,
        "theorem_1",
        "Theorem 1 is about the linear model",
        "theorem_2 takes a RandomProjection, predict any model.",
    )
    return _right(_Letters.of(problem, point))


def theorem_2(problem: Problem, point: FixedPoint) -> Decomposition:
    r"""Theorem 2, corrected: a random projection of width m.

    With λ = m s² θ(1 − df_1/m)(1 − df_1/n), ω′/(1 + u) = θ² tr ΣT⁻²/(m − df_2),
    u/(1 + u) = [df_2 + (ω′/(1 + u)) tr ΣT⁻²]/n and T = Σ + θ,

    .. math::

        B &= (1 + u)\theta^2\operatorname{tr}\Gamma\Sigma T^{-2}
            + \omega'\operatorname{tr}\Gamma\Sigma^2T^{-2}, \qquad V = \sigma^2u \\
        \zeta &= p_2^2(1 + p_1u)\operatorname{tr}\Delta\Sigma^3T^{-2}
            + p_2^2\omega'\operatorname{tr}\Delta\Sigma^2T^{-2}
            + p_2u\operatorname{tr}\Delta\Sigma(p_1\Sigma + \theta)^2T^{-2}

    Parameters
    ----------
    problem : Problem
        Random projection with any entry variance s² (the paper: 1/d); sources as in :func:`theorem_1`.
    point : FixedPoint, optional
        Its solved point, ``predict(problem).fixed_point``; the problem is solved if it is left out.

    Returns
    -------
    Decomposition
        In labels squared, noise excluded.
        No term is negative under these assumptions.

    Raises
    ------
    SpecError
        As :func:`theorem_1`; a point that does not belong to the problem, as far as that can be detected.
    SolveError
        As :func:`detequiv.predict`, if the point is left out.

    Notes
    -----
    Assumptions and size of the error as in :func:`theorem_1`.

    Source: arXiv 2410.04840 v2, Theorem 2 (eq. 15), which prints p_2 instead of p_2² before ω′ and a variance
    that is n times too large: :func:`theorem_2_as_printed`.

    Examples
    --------
    >>> import detequiv as de
    >>> s = de.isotropic(40)
    >>> mix = de.Problem(signal=0.025, ridge=0.1, model=de.RandomProjection(30),
    ...                  sources=[de.Source(50, s, noise_variance=0.1), de.Source(10, s, shift=0.02)])
    >>> abs(de.theorem_2(mix).total / de.predict(mix).error - 1) < 1e-12
    True
    """
    _projection(problem)
    return _right(_Letters.of(problem, point))


def theorem_2_as_printed(problem: Problem, point: FixedPoint) -> Decomposition:
    r"""Theorem 2 as printed in version 2, wrong in two places.

    .. math::

        V &= \frac{\sigma^2}{e}\left(\operatorname{tr}\Sigma^2T^{-2}
            + (\omega' - \theta u)\operatorname{tr}\Sigma T^{-2}\right), \qquad e = 1 - \mathrm{df}_1/n \\
        \zeta &= \dots + p_2\,\omega'\operatorname{tr}\Delta\Sigma^2T^{-2} + \dots

    This V is n times the correct σ²u, and p_2 should be p_2². The bias is correct. Simulation refutes both
    terms; the function exists for comparison.

    Parameters
    ----------
    problem : Problem
        As in :func:`theorem_2`.
    point : FixedPoint, optional
        Its solved point, ``predict(problem).fixed_point``; the problem is solved if it is left out.

    Returns
    -------
    Decomposition
        In labels squared, noise excluded.

    Raises
    ------
    SpecError
        As :func:`theorem_1`; a point that does not belong to the problem, as far as that can be detected.
    SolveError
        As :func:`detequiv.predict`, if the point is left out.

    Notes
    -----
    The bracket of V equals u(n − df_1) by the relations of the theorem and is evaluated in this form, which
    keeps its digits at small ridge.

    Source: arXiv 2410.04840 v2, Theorem 2 (eq. 15).

    Examples
    --------
    >>> import detequiv as de
    >>> s = de.isotropic(40)
    >>> mix = de.Problem(signal=0.025, ridge=0.1, model=de.RandomProjection(30),
    ...                  sources=[de.Source(50, s, noise_variance=0.1), de.Source(10, s, shift=0.02)])
    >>> ratio = de.paper.theorem_2_as_printed(mix).variance / de.paper.theorem_2(mix).variance
    >>> f"{ratio:.9g}"                                                              # n = 60
    '60'
    """
    _projection(problem)
    s = _Letters.of(problem, point)
    e = point.samples_left / problem.n
    return Decomposition(
        bias=bias(s.u, s.ω, s.θ, s.Γ),
        variance=s.u * point.samples_left * s.σ2 / e,
        collapse=collapse(s.p2, s.u, s.ω, s.θ, s.Δ, printed=True),
    )


def inflation(samples_left: N, width_left: N | None, df2: N, spread: N) -> tuple[N, N]:
    """(u, ω′/θ) from n − df_1, m − df_1 (None: linear, ω′ = 0), df_2 and spread = df_1 − df_2.

    n/(1 + u) = n − df_2 − ω′ tr ΣT⁻²/(1 + u) is formed as (n − df_1) + spread·(m − df_1)/(m − df_2)
    and m − df_2 as (m − df_1) + spread: nothing is subtracted. All arguments may be arrays.
    """
    if width_left is None:
        return df2 / (samples_left + spread), 0 * spread
    share = _share(spread, width_left + spread)
    u = (df2 + spread * share) / (samples_left + width_left * share)
    return u, (1 + u) * share


def _share(spread: N, m_df2: Any) -> N:
    """spread/(m − df_2), 0 where there is no spread: without ridge m − df_2 may be 0 there."""
    denominator: Any = np.where(spread == 0, 1.0, m_df2)[()]
    return spread / denominator


def bias(u: N, ω: N, θ: N, Γ: "Traces") -> N:
    """B = (1 + u)θ² tr ΓΣT⁻² + ω′ tr ΓΣ²T⁻² (Theorem 1: ω′ = 0). Arguments may be arrays."""
    return (1 + u) * θ**2 * Γ.first + ω * Γ.second


def collapse(p: N, u: N, ω: N, θ: N, Δ: "Traces", *, printed: bool = False) -> N:
    """ζ of a share p of samples whose labels are shifted by Δ; arguments may be arrays.

        ζ = p²(1 + (1 − p)u) tr ΔΣ³T⁻² + p² ω′ tr ΔΣ²T⁻² + p u tr ΔΣ((1 − p)Σ + θ)²T⁻²

    ``printed``: with p in place of the p² before ω′, as version 2 has it.
    """
    spill = (p if printed else p**2) * ω * Δ.second
    return p**2 * (1 + (1 - p) * u) * Δ.third + spill + p * u * _unlearnt(p, θ, Δ)


def own_collapse(p: N, u: N, ω: N, θ: N, Δ: "Traces") -> N:
    """The contribution of Δ to the error on the shifted source, against its own truth.

        p²(1 − p)u tr ΔΣ³T⁻² + p² ω′ tr ΔΣ²T⁻² + (1 + p u) tr ΔΣ((1 − p)Σ + θ)²T⁻²

    The mean fit is pΣT⁻¹δ in both cases; it is compared with δ here, and with 0 in ``collapse``.
    """
    return p**2 * ((1 - p) * u * Δ.third + ω * Δ.second) + (1 + p * u) * _unlearnt(p, θ, Δ)


def _unlearnt(p: N, θ: N, Δ: "Traces") -> N:
    """tr ΔΣ((1 − p)Σ + θ)²T⁻²: what the mean fit misses of a shift in a share p of the samples."""
    q = 1 - p
    return q**2 * Δ.third + 2 * q * θ * Δ.second + θ**2 * Δ.first


@dataclasses.dataclass(frozen=True)
class Traces:
    """tr AΣT⁻², tr AΣ²T⁻² and tr AΣ³T⁻² of a second moment A: numbers, arrays, or fractions."""

    first: Any
    second: Any
    third: Any


@dataclasses.dataclass(frozen=True)
class _Letters:
    """The letters of the paper's two-source setup at the solved point."""

    p2: float
    σ2: float
    θ: float
    u: float
    ω: float
    Γ: Traces
    Δ: Traces

    @classmethod
    def of(cls, problem: Problem, point: FixedPoint) -> "_Letters":
        _check(problem)
        real, synthetic = problem.sources
        p1, p2 = problem.fractions
        frame, θ = problem.frame, point.effective_ridge
        assert θ is not None, "one covariance has one effective ridge"
        assert frame.independent is not None, "checked above"
        Σ, Γ, Δ = frame.covariances[0], frame.independent.signal, frame.independent.shifts[1]

        T = np.where(Σ > 0, Σ + θ, 1.0)

        def traces(moment: Array) -> Traces:
            powers = (Σ / T**2, (Σ / T) ** 2, Σ * (Σ / T) ** 2)
            return Traces(*(float(frame.multiplicities @ (moment * x)) for x in powers))

        plain = traces(np.ones_like(Σ))
        _check_tie(problem, point, θ * plain.first)
        u, ω = inflation(point.samples_left, point.width_left, plain.second, θ * plain.first)
        return cls(
            p2=p2,
            σ2=p1 * real.noise_variance + p2 * synthetic.noise_variance,
            θ=θ,
            u=float(u),
            ω=float(ω * θ),
            Γ=traces(Γ),
            Δ=traces(np.zeros_like(Σ) if Δ is None else Δ),
        )


def _right(s: _Letters) -> Decomposition:
    return Decomposition(
        bias=bias(s.u, s.ω, s.θ, s.Γ), variance=s.σ2 * s.u, collapse=collapse(s.p2, s.u, s.ω, s.θ, s.Δ)
    )


def _check_tie(problem: Problem, point: FixedPoint, spread: float) -> None:
    """Refuse n/(1 + u) = 0, which only happens without ridge."""
    if point.samples_left == 0 and (spread == 0 or point.width_left == 0):
        raise SpecError(
            f"Theorems 1 and 2 have no finite u at ridge = {problem.ridge:g} where the samples are "
            f"as many as the features or the dimensions; predict says which terms diverge."
        )


def _projection(problem: Problem) -> None:
    check_model(
        problem,
        "theorem_2",
        "Theorem 2 is about random projections",
        "theorem_1 takes the linear model, predict any.",
    )


def _check(problem: Problem) -> None:
    sources = problem.sources
    if len(sources) != 2:
        raise SpecError(
            f"Theorems 1 and 2 are about two sources, real and synthetic; got {len(sources)}. "
            f"predict takes any number."
        )
    covariances = problem.coordinates.covariances
    if any(values is not covariances[0] for values in covariances):
        raise SpecError(
            "Theorems 1 and 2 need one covariance for both sources and the target; got unlike "
            "ones. proposition_linear, proposition_projection and predict take them."
        )
    if sources[0].weight != sources[1].weight or not sources[0].weight:
        raise SpecError(
            f"Theorems 1 and 2 need one positive loss weight; got {sources[0].weight:g} and "
            f"{sources[1].weight:g}. predict takes unlike ones."
        )
    truths = problem.frame.independent
    if truths is None or np.any(truths.shifts[0]):
        raise SpecError(
            "in Theorems 1 and 2 the first source has the target's truth and only the second one a "
            "shift, independent of it and without gain; predict takes other truths."
        )
