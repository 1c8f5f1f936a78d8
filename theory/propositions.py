"""Propositions 1 to 4 of *Strong Model Collapse* (arXiv 2410.04840, version 2): any Σ_1 and Σ_2.

The general statements behind Theorems 1 and 2, in the variables of the paper. Real data (source 1,
truth w_t) and synthetic data (source 2, truth w_t + δ, E δδᵀ = Δ) have covariances Σ_1, Σ_2 that
need not commute, loss weights a_k and noises σ_k²; test data have covariance Σ_t (the paper: Σ_1).

With M_k = a_kX_kᵀX_k/n, M = M_1 + M_2 and R = S(SᵀMS + λ)⁻¹Sᵀ (linear model: S = I), the test error
is made of four expectations, of R, RΣ_tR, M_jRΣ_tR and M_jRΣ_tRM_k. Their equivalents, with ḡ = γτ:

    E R        ≃ ḡK⁻¹                        K = ḡK_0 + λ,   K_0 = p_1e_1Σ_1 + p_2e_2Σ_2
    E RΣ_tR    ≃ ḡ²K⁻¹L′K⁻¹ + γωK⁻²          L′ = Σ_t + p_1u_1Σ_1 + p_2u_2Σ_2
    E M_jR     ≃ p_je_jΣ_jE R
    E M_jRΣ_tR ≃ −d/dt (p_je_jΣ_jE R) as M → M + tΣ_t, where de_j/dt = u_j and dτ/dt = −ω/λ

They are derivatives of the first one, whose equations (``PaperVariables``) are therefore
differentiated: a linear system in u_1, u_2, ω. Only E tr ΔM_jRΣ_tRM_k needs an argument of its own:
leaving out one sample of source j and one of source k gives

    p_jp_k tr Δ[e_je_kΣ_jE(RΣ_tR)Σ_k − (e_ju_k + e_ku_j)Σ_jE(R)Σ_k] + δ_jk p_ju_j tr ΔΣ_j

and the terms collect into sums of squares. The linear model is γτ = 1, γω = 0.

Nothing here is shared with ``theory.master`` and ``theory.error_terms`` but the solved point, from
which e_k = κf_k and τ = 1 − df_1/m.
"""

import dataclasses
import functools
import operator

import numpy as np

from .arrays import Array, Numbers
from .decomposition import Decomposition
from .errors import SpecError
from .fixed_point import FixedPoint
from .models import Linear, RandomProjection
from .problem import Problem
from .truths import RandomTruth

__all__ = [
    "PaperVariables",
    "collapse_plateau",
    "collapse_plateau_printed",
    "paper_variables",
    "proposition_linear",
    "proposition_projection",
]


@dataclasses.dataclass(frozen=True)
class PaperVariables:
    """The unknowns of the paper at the solved point; γ = m s² (the paper: s² = 1/d, γ = m/d).

        1/e_k = 1/a_k + (γτ/n) tr Σ_kK⁻¹          1/τ = 1 + s² tr K_0K⁻¹          (linear: γτ = 1)
        u_k = (e_k²/n) tr Σ_kE(RΣ_tR)             ω = s²τ² tr(γωK_0² + λ²L′)K⁻²   (linear: ω = 0)

    These are Definition 2 of arXiv 2410.04840 v2, where (γ/n) tr is written as ψ times tr/d and one
    covariance makes e_1 = e_2. e : (e_1, e_2), pure numbers; u : (u_1, u_2), by which noise is
    multiplied in the test error, V = p_1u_1σ_1² + p_2u_2σ_2²; tau, omega : τ and ω, None for the
    linear model.
    """

    e: tuple[float, float]
    u: tuple[float, float]
    tau: float | None
    omega: float | None

    def __str__(self) -> str:
        (e1, e2), (u1, u2) = self.e, self.u
        width = "" if self.tau is None else f", τ = {self.tau:.6g}, ω = {self.omega:.6g}"
        return f"e_1 = {e1:.6g}, e_2 = {e2:.6g}, u_1 = {u1:.6g}, u_2 = {u2:.6g}{width}"


def proposition_linear(problem: Problem, point: FixedPoint) -> Decomposition:
    """The linear model with unlike covariances.

    With K = p_1e_1Σ_1 + p_2e_2Σ_2 + λ, 1/e_k = 1/a_k + tr Σ_kK⁻¹/n and the linear system
    u_k = (e_k²/n) tr Σ_kK⁻¹L′K⁻¹, L′ = Σ_t + p_1u_1Σ_1 + p_2u_2Σ_2,

        B = λ² tr ΓK⁻¹L′K⁻¹          V = p_1u_1σ_1² + p_2u_2σ_2²
        ζ = p_2²e_2² tr ΔΣ_2K⁻¹(Σ_t + p_1u_1Σ_1)K⁻¹Σ_2
            + p_2u_2 tr Δ(p_1e_1Σ_1 + λ)K⁻¹Σ_2K⁻¹(p_1e_1Σ_1 + λ)

    For Σ_1 = Σ_2 = Σ_t this is Theorem 1, with its κ = λ/e.

    Assumptions: two sources, the first one with the target's truth, no gains, random truths, λ > 0.
    Size of the error: exact as n, d → ∞ in proportion; O(1/n) at finite size.

    Source: arXiv 2410.04840 v2, Propositions 1 to 4, those about the linear model, whose misprints
    (e_k are the nonnegative solution; Σ_j for Σ_1 in C_j; "+B" for "+λB" in (47)) do not matter
    here: derived anew from the definitions above, with loss weights and a target besides.

    >>> from detequiv import Problem, Source, predict
    >>> real, synthetic = Source(30, [2.0, 1.0] * 8), Source(20, [1.0] * 16, shift=0.1)
    >>> mix = Problem(signal=0.1, sources=[real, synthetic], ridge=0.1)
    >>> prediction = predict(mix)
    >>> terms = proposition_linear(mix, prediction.fixed_point)
    >>> abs(terms.total / prediction.error - 1) < 1e-12
    True
    """
    if not isinstance(problem.model, Linear):
        raise SpecError(f"this proposition is about the linear model; got {problem.model!r}.")
    return _Solved.of(problem, point).terms()


def proposition_projection(problem: Problem, point: FixedPoint) -> Decomposition:
    """A random projection of width m with unlike covariances.

    With e_k, u_k, τ, ω of :class:`PaperVariables`, K_0 = p_1e_1Σ_1 + p_2e_2Σ_2, K = γτK_0 + λ and
    L′ = Σ_t + p_1u_1Σ_1 + p_2u_2Σ_2,

        B = λ² tr ΓK⁻¹L′K⁻¹ + γω tr ΓK_0K⁻²K_0          V = p_1u_1σ_1² + p_2u_2σ_2²
        ζ = p_2²e_2² tr ΔΣ_2[(γτ)²K⁻¹(Σ_t + p_1u_1Σ_1)K⁻¹ + γωK⁻²]Σ_2
            + p_2u_2 tr Δ(γτp_1e_1Σ_1 + λ)K⁻¹Σ_2K⁻¹(γτp_1e_1Σ_1 + λ)

    For Σ_1 = Σ_2 = Σ_t this is Theorem 2 (the right one), with its θ = λ/(γτe), ω′ = ω/(γτ²).

    Assumptions and size of the error as in :func:`proposition_linear`; any entry variance s².

    Source: arXiv 2410.04840 v2, Propositions 1 to 4, those about random projections, whose
    misprints (besides those of the linear ones: exponents −2 for −1 in (86) and (87)) do not matter
    here: derived anew, as the linear one.

    >>> from detequiv import Problem, RandomProjection, Source, predict
    >>> real, synthetic = Source(30, [2.0, 1.0] * 8), Source(20, [1.0] * 16, shift=0.1)
    >>> mix = Problem(signal=0.1, sources=[real, synthetic], ridge=0.1, model=RandomProjection(9))
    >>> prediction = predict(mix)
    >>> terms = proposition_projection(mix, prediction.fixed_point)
    >>> abs(terms.total / prediction.error - 1) < 1e-12
    True
    """
    if not isinstance(problem.model, RandomProjection):
        raise SpecError(f"this proposition is about random projections; got {problem.model!r}.")
    return _Solved.of(problem, point).terms()


def paper_variables(problem: Problem, point: FixedPoint) -> PaperVariables:
    """e_1, e_2, u_1, u_2 and, for a random projection, τ and ω at the solved point.

    Assumptions as in :func:`proposition_linear`. Source: arXiv 2410.04840 v2, Definition 2.

    >>> from detequiv import Problem, Source, isotropic, predict
    >>> s = isotropic(100)
    >>> mix = Problem(signal=1, sources=[Source(150, s), Source(50, s)], ridge=0.75)
    >>> print(paper_variables(mix, predict(mix).fixed_point))      # κ = λ/e = 1, φ = 1/2: u = 1/7
    e_1 = 0.75, e_2 = 0.75, u_1 = 0.142857, u_2 = 0.142857
    """
    return _Solved.of(problem, point).variables()


def collapse_plateau(problem: Problem) -> float:
    """The collapse that is left as n → ∞ at fixed d, p_2 and λ, in the linear model.

        ζ → p_2² tr ΔΣ_2K⁻¹Σ_tK⁻¹Σ_2,      K = p_1Σ_1 + p_2Σ_2 + λ      (weights: p_ka_k for p_k)

    which for one covariance is p_2² tr ΔΣ³(Σ + λ)⁻², and p_2² tr ΣΔ = p_2²c² without ridge.

    Assumptions: as :func:`proposition_linear`, λ = 0 too. Size of the error: relative O(d/n); the
    sample sizes enter by their fractions only.

    Source: arXiv 2410.04840 v2, which has p_2² tr Δ: :func:`collapse_plateau_printed`.

    >>> from detequiv import Problem, Source
    >>> s, shift = [4.0, 1.0], [0.5, 1.0]
    >>> mix = Problem(signal=1, ridge=0, sources=[Source(80, s), Source(20, s, shift=shift)])
    >>> round(collapse_plateau(mix), 12), round(collapse_plateau_printed(mix), 12)
    (0.12, 0.06)
    """
    setting = _Setting.of(_linear(problem))
    weights = np.array([source.weight for source in problem.sources])
    P = _inverse(setting.load(weights), setting.λ)
    ΣP = _product(setting.Σ[1], P)
    share = (setting.p * weights)[1]
    return float(share**2 * setting.trace(setting.Δ, ΣP, setting.Σt, ΣP.T))


def collapse_plateau_printed(problem: Problem) -> float:
    """The plateau as version 2 prints it: ζ ≃ p_2² tr Δ, right for Σ = I without ridge only.

    Right: :func:`collapse_plateau`, which has the assumptions.
    Source: arXiv 2410.04840 v2, "ζ ≃ p_2² tr Δ" as φ → 0.

    >>> from detequiv import Problem, Source
    >>> s, shift = [4.0, 1.0], [0.5, 1.0]
    >>> mix = Problem(signal=1, ridge=0, sources=[Source(80, s), Source(20, s, shift=shift)])
    >>> round(collapse_plateau_printed(mix), 12), round(collapse_plateau(mix), 12)
    (0.06, 0.12)
    """
    setting = _Setting.of(_linear(problem))
    return float(setting.p[1] ** 2 * setting.trace(setting.Δ))


@dataclasses.dataclass(frozen=True)
class _Setting:
    """The letters of the problem; operators are (p,) diagonals, or (p, p) where one is dense.

    p, noises : (2,); Σ : two operators; multiplicities : (p,).
    """

    p: Array
    noises: Array
    n: int
    λ: float
    Σ: tuple[Numbers, ...]
    Σt: Numbers
    Γ: Numbers
    Δ: Numbers
    multiplicities: Array

    @classmethod
    def of(cls, problem: Problem) -> "_Setting":
        """Refuses what the propositions are not about."""
        _check(problem)
        frame = problem.frame
        like = frame.covariances[0]
        parts = [part for part in frame.truths if isinstance(part, RandomTruth)]
        moments = {bool(part.target): part.moment for part in parts}
        return cls(
            p=np.array(problem.fractions),
            noises=np.array([source.noise_variance for source in problem.sources]),
            n=problem.n,
            λ=problem.ridge,
            Σ=frame.covariances[:2],
            Σt=frame.covariances[2],
            Γ=_operator(moments[True], like),
            Δ=_operator(moments.get(False, 0.0), like),
            multiplicities=frame.multiplicities,
        )

    def load(self, factors: Numbers) -> Numbers:
        """Σ_k p_k factors_k Σ_k."""
        first, second = self.p * factors
        return first * self.Σ[0] + second * self.Σ[1]

    def trace(self, *factors: Numbers) -> float:
        """The trace of the product."""
        A = _product(*factors)
        return float(np.trace(A) if A.ndim == 2 else self.multiplicities @ A)


@dataclasses.dataclass(frozen=True)
class _Solved:
    """The setting at the solved point: e, ḡ = γτ (linear: 1) and the width m (linear: inf).

    s2 : s² (linear: None). u, Ω = γω, K⁻¹ and K_0 follow.
    """

    setting: _Setting
    e: Array
    g: float
    m: float
    s2: float | None

    @classmethod
    def of(cls, problem: Problem, point: FixedPoint) -> "_Solved":
        setting, e = _Setting.of(problem), point.kappa * np.array(point.f)
        if not problem.ridge > 0:
            raise SpecError(
                "Propositions 1 to 4 need a positive ridge; got 0. The master equations have its "
                "limit: predict."
            )
        if not isinstance(problem.model, RandomProjection):
            return cls(setting, e, 1.0, np.inf, None)
        assert point.width_left is not None, "a projection has a width"
        s2 = problem.model.entry_variance_at(problem.d)
        return cls(setting, e, point.width_left * s2, problem.model.width, s2)

    @functools.cached_property
    def K0(self) -> Numbers:
        """K_0 = p_1e_1Σ_1 + p_2e_2Σ_2."""
        return self.setting.load(self.e)

    @functools.cached_property
    def P(self) -> Numbers:
        """K⁻¹."""
        return _inverse(self.g * self.K0, self.setting.λ)

    @functools.cached_property
    def second_order(self) -> tuple[Array, float]:
        """u, (2,), and Ω = γω, from

            u_k = (e_k²/n) tr Σ_k[ḡ²PL′P + ΩP²]      Ω = (ḡ²/m) tr[λ²L′P² + ΩK_0²P²]

        whose right-hand sides are linear in L′ = Σ_t + p_1u_1Σ_1 + p_2u_2Σ_2 and Ω. Solved for
        u_k/e_k, so that u_k is 0 where e_k is: a source of weight 0.
        """
        s, g, P, e = self.setting, self.g, self.P, self.e
        PP = _product(P, P)
        wings = [x / s.n * g**2 * _product(P, Σ, P) for x, Σ in zip(e, s.Σ, strict=True)]
        wings.append(g**2 / self.m * s.λ**2 * PP)  # what multiplies L′ in (u_1/e_1, u_2/e_2, Ω)
        of_Ω = [x / s.n * s.trace(Σ, PP) for x, Σ in zip(e, s.Σ, strict=True)]
        of_Ω.append(g**2 / self.m * s.trace(self.K0, PP, self.K0))
        system = [
            [*(p * s.trace(wing, Σ) for p, Σ in zip(s.p * e, s.Σ, strict=True)), own]
            for wing, own in zip(wings, of_Ω, strict=True)
        ]
        right = [s.trace(wing, s.Σt) for wing in wings]
        *ratios, Ω = np.linalg.solve(np.eye(3) - np.array(system), np.array(right))
        return e * np.array(ratios), float(Ω)

    def terms(self) -> Decomposition:
        """B, V and ζ."""
        s, g, P, K0, (u, Ω) = self.setting, self.g, self.P, self.K0, self.second_order
        Σ1, Σ2 = s.Σ
        (p1, p2), (e1, e2), (u1, u2), λ = s.p, self.e, u, s.λ
        L = s.Σt + s.load(u)
        RΣR = g**2 * _product(P, s.Σt + p1 * u1 * Σ1, P) + Ω * _product(P, P)
        N = _plus(g * p1 * e1 * Σ1, λ)
        return Decomposition(
            bias=λ**2 * s.trace(s.Γ, P, L, P) + Ω * s.trace(s.Γ, K0, P, P, K0),
            variance=float(p1 * u1 * s.noises[0] + p2 * u2 * s.noises[1]),
            collapse=float(
                p2**2 * e2**2 * s.trace(s.Δ, Σ2, RΣR, Σ2) + p2 * u2 * s.trace(s.Δ, N, P, Σ2, P, N)
            ),
        )

    def variables(self) -> PaperVariables:
        """In the letters of the paper."""
        (e1, e2), (u, Ω) = map(float, self.e), self.second_order
        u1, u2 = map(float, u)
        if self.s2 is None:
            return PaperVariables((e1, e2), (u1, u2), None, None)
        γ = self.m * self.s2
        return PaperVariables((e1, e2), (u1, u2), self.g / γ, Ω / γ)


def _product(*factors: Numbers) -> Numbers:
    times = operator.matmul if factors[0].ndim == 2 else operator.mul
    return functools.reduce(times, factors)


def _plus(A: Numbers, scalar: float) -> Numbers:
    """A + scalar·I."""
    return A + scalar * (np.eye(len(A)) if A.ndim == 2 else 1)


def _inverse(A: Numbers, scalar: float) -> Numbers:
    """(A + scalar·I)⁻¹; where that does not exist, the inverse on the range."""
    total = _plus(A, scalar)
    if A.ndim == 2:
        return np.linalg.inv(total) if scalar else np.linalg.pinv(total, hermitian=True)
    return np.divide(1, total, out=np.zeros_like(total), where=total > 0)


def _operator(moment: Numbers, like: Numbers) -> Numbers:
    """A moment, (p,), (p, p) or a scalar, of the same kind as the covariances."""
    values = np.asarray(moment, dtype=float)
    if values.ndim == 0:
        values = np.full(len(like), values)
    return np.diag(values) if values.ndim < like.ndim else values


def _linear(problem: Problem) -> Problem:
    if not isinstance(problem, Problem):
        raise SpecError(f"a Problem is needed; got {type(problem).__name__}.")
    if not isinstance(problem.model, Linear):
        raise SpecError(f"the plateau is about the linear model; got {problem.model!r}.")
    return problem


def _check(problem: Problem) -> None:
    if len(problem.sources) != 2:
        raise SpecError(
            f"Propositions 1 to 4 are about two sources, real and synthetic; got "
            f"{len(problem.sources)}. predict takes any number."
        )
    if any(source.gain != 1 for source in problem.sources):
        raise SpecError("Propositions 1 to 4 are about sources without gain; predict takes gains.")
    if problem.sources[0].shift is not None:
        raise SpecError(
            "in Propositions 1 to 4 the first source has the target's truth and only the second "
            "one a shift; predict takes other truths."
        )
    if not all(isinstance(part, RandomTruth) for part in problem.frame.truths):
        raise SpecError(
            "Propositions 1 to 4 are about random truths; got fixed ones or joint moments. predict "
            "takes them."
        )
