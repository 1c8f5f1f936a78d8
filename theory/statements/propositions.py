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

Nothing here is shared with ``master_equations`` and ``error_terms`` but the solved point, from
which e_k = κf_k and τ = 1 − df_1/m. The public functions of the same names and docstrings solve the
problem themselves if the point is left out.
"""

import dataclasses
import functools

import numpy as np

from ..base.arrays import Array, Operator
from ..base.errors import SpecError
from ..specification.problem import Problem
from .covered_models import check_model
from .decomposition import Decomposition
from .fixed_point import FixedPoint
from .two_sources import Setting, inverse, plus, product

__all__ = ["PaperVariables", "paper_variables", "proposition_linear", "proposition_projection"]


@dataclasses.dataclass(frozen=True)
class PaperVariables:
    r"""The unknowns of Definition 2 of the paper at the solved point.

    .. math::

        \frac1{e_k} &= \frac1{a_k} + \frac{\gamma\tau}{n}\operatorname{tr}\Sigma_kK^{-1}, \qquad
        \frac1\tau = 1 + s^2\operatorname{tr}K_0K^{-1} \\
        u_k &= \frac{e_k^2}{n}\operatorname{tr}\Sigma_k\mathbb{E}(R\Sigma_tR), \qquad
        \omega = s^2\tau^2\operatorname{tr}(\gamma\omega K_0^2 + \lambda^2L')K^{-2}

    Here γ = m s² (in the paper s² = 1/d, so γ = m/d). For the linear model γτ = 1 and ω = 0.

    Attributes
    ----------
    e : tuple of two floats
        (e_1, e_2).
    u : tuple of two floats
        (u_1, u_2), the factors of the noise in the variance: V = p_1u_1σ_1² + p_2u_2σ_2².
    tau, omega : float or None
        τ and ω; None for the linear model.

    Notes
    -----
    Source: arXiv 2410.04840 v2, Definition 2, which writes (γ/n) tr as ψ times tr/d; with one covariance,
    e_1 = e_2.

    Examples
    --------
    >>> print(PaperVariables(e=(0.75, 0.5), u=(0.25, 0.125), tau=None, omega=None))
    e_1 = 0.75, e_2 = 0.5, u_1 = 0.25, u_2 = 0.125
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
    r"""The linear model with unlike covariances.

    With e_k, u_k of :class:`PaperVariables`, K = p_1e_1Σ_1 + p_2e_2Σ_2 + λ and
    L′ = Σ_t + p_1u_1Σ_1 + p_2u_2Σ_2,

    .. math::

        B &= \lambda^2\operatorname{tr}\Gamma K^{-1}L'K^{-1}, \qquad
            V = p_1u_1\sigma_1^2 + p_2u_2\sigma_2^2 \\
        \zeta &= p_2^2e_2^2\operatorname{tr}\Delta\Sigma_2K^{-1}(\Sigma_t + p_1u_1\Sigma_1)K^{-1}\Sigma_2 \\
            &\quad + p_2u_2\operatorname{tr}\Delta(p_1e_1\Sigma_1 + \lambda)K^{-1}\Sigma_2K^{-1}
            (p_1e_1\Sigma_1 + \lambda)

    For Σ_1 = Σ_2 = Σ_t and equal weights this is Theorem 1, with κ = λ/e.

    Parameters
    ----------
    problem : Problem
        Linear model, ridge > 0; real data first, synthetic second, with any covariances and weights.
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
        Another model; ridge 0, where terms read 0·∞; gains, fixed truths, joint moments or a shift of the
        first source; a point that does not belong to the problem, as far as that can be detected.
    SolveError
        As :func:`detequiv.predict`, if the point is left out.

    Notes
    -----
    Assumes two sources of which the first has the target's truth, no gains, random truths and λ > 0. Exact as
    n, d → ∞ in proportion; the error is O(1/n) at finite size.

    Source: arXiv 2410.04840 v2, Propositions 1 to 4, linear model. Its misprints (e_k are the nonnegative
    solution; Σ_j for Σ_1 in C_j; "+B" for "+λB" in (47)) do not matter here, because the formulas were
    derived anew from the definitions above, with loss weights and a target.

    Examples
    --------
    >>> import detequiv as de
    >>> real, synthetic = de.Source(30, [2.0, 1.0] * 8), de.Source(20, [1.0] * 16, shift=0.1)
    >>> mix = de.Problem(signal=0.1, sources=[real, synthetic], ridge=0.1)
    >>> print(de.proposition_linear(mix))
    0.39948 = bias 0.0310607 + variance 0 + collapse 0.36842
    >>> abs(de.proposition_linear(mix).total / de.predict(mix).error - 1) < 1e-12
    True
    """
    check_model(
        problem,
        "proposition_linear",
        "proposition_linear is about the linear model",
        "proposition_projection takes a RandomProjection, predict any model.",
    )
    return _Solved.of(problem, point, "proposition_linear").terms()


def proposition_projection(problem: Problem, point: FixedPoint) -> Decomposition:
    r"""A random projection of width m with unlike covariances.

    With e_k, u_k, τ, ω of :class:`PaperVariables`, K_0 = p_1e_1Σ_1 + p_2e_2Σ_2, K = γτK_0 + λ and L′ of
    :func:`proposition_linear`,

    .. math::

        B &= \lambda^2\operatorname{tr}\Gamma K^{-1}L'K^{-1}
            + \gamma\omega\operatorname{tr}\Gamma K_0K^{-2}K_0, \qquad
            V = p_1u_1\sigma_1^2 + p_2u_2\sigma_2^2 \\
        \zeta &= p_2^2e_2^2\operatorname{tr}\Delta\Sigma_2\left[(\gamma\tau)^2K^{-1}
            (\Sigma_t + p_1u_1\Sigma_1)K^{-1} + \gamma\omega K^{-2}\right]\Sigma_2 \\
        &\quad + p_2u_2\operatorname{tr}\Delta(\gamma\tau p_1e_1\Sigma_1 + \lambda)K^{-1}\Sigma_2K^{-1}
            (\gamma\tau p_1e_1\Sigma_1 + \lambda)

    For Σ_1 = Σ_2 = Σ_t and equal weights this is the corrected Theorem 2, with θ = λ/(γτe) and
    ω′ = ω/(γτ²).

    Parameters
    ----------
    problem : Problem
        Random projection with any entry variance, ridge > 0; real data first, synthetic second.
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
        As :func:`proposition_linear`; a point that does not belong to the problem, as far as that can be
        detected.
    SolveError
        As :func:`detequiv.predict`, if the point is left out.

    Notes
    -----
    Assumptions and size of the error as in :func:`proposition_linear`.

    Source: arXiv 2410.04840 v2, Propositions 1 to 4, random projections. Its misprints (those of the linear
    ones, and exponents −2 for −1 in (86) and (87)) do not matter here; the formulas were derived anew.

    Examples
    --------
    >>> import detequiv as de
    >>> real, synthetic = de.Source(30, [2.0, 1.0] * 8), de.Source(20, [1.0] * 16, shift=0.1)
    >>> mix = de.Problem(signal=0.1, sources=[real, synthetic], ridge=0.1, model=de.RandomProjection(9))
    >>> print(de.proposition_projection(mix))
    1.39221 = bias 1.21096 + variance 0 + collapse 0.181254
    >>> abs(de.proposition_projection(mix).total / de.predict(mix).error - 1) < 1e-12
    True
    """
    check_model(
        problem,
        "proposition_projection",
        "proposition_projection is about random projections",
        "proposition_linear takes the linear model, predict any.",
    )
    return _Solved.of(problem, point, "proposition_projection").terms()


def paper_variables(problem: Problem, point: FixedPoint) -> PaperVariables:
    """The unknowns e_1, e_2, u_1, u_2 and, for a random projection, τ and ω at the solved point.

    Parameters
    ----------
    problem : Problem
        As in :func:`proposition_linear` or :func:`proposition_projection`.
    point : FixedPoint, optional
        Its solved point, ``predict(problem).fixed_point``; the problem is solved if it is left out.

    Returns
    -------
    PaperVariables
        With their equations.

    Raises
    ------
    SpecError
        As :func:`proposition_linear` and :func:`proposition_projection`; a point that does not belong to
        the problem, as far as that can be detected.
    SolveError
        As :func:`detequiv.predict`, if the point is left out.

    Notes
    -----
    Source: arXiv 2410.04840 v2, Definition 2.

    Examples
    --------
    >>> import detequiv as de
    >>> s = de.isotropic(100)
    >>> mix = de.Problem(signal=1, sources=[de.Source(150, s), de.Source(50, s)], ridge=0.75)
    >>> print(de.paper_variables(mix))                             # κ = λ/e = 1, φ = 1/2: u = 1/7
    e_1 = 0.75, e_2 = 0.75, u_1 = 0.142857, u_2 = 0.142857
    """
    check_model(
        problem,
        "paper_variables",
        "paper_variables is about the linear model and random projections",
        "predict(problem).fixed_point has the κ and f of any model.",
    )
    return _Solved.of(problem, point, "paper_variables").variables()


@dataclasses.dataclass(frozen=True)
class _Solved:
    """The setting at the solved point: e, ḡ = γτ (linear: 1) and the width m (linear: inf).

    s2 : s² (linear: None). u, Ω = γω, K⁻¹ and K_0 follow.
    """

    setting: Setting
    e: Array
    g: float
    m: float
    s2: float | None

    @classmethod
    def of(cls, problem: Problem, point: FixedPoint, subject: str) -> "_Solved":
        setting = Setting.of(problem, subject)
        if not problem.ridge > 0:
            raise SpecError(
                f"{subject} needs a positive ridge; got 0, where its terms read 0·∞. predict has "
                f"the limit, and for one covariance so have theorem_1 and theorem_2."
            )
        e = point.kappa * np.array(point.f)
        s2, m = problem.entry_variance, problem.model.width
        if m is None or s2 is None or point.width_left is None:
            return cls(setting, e, 1.0, np.inf, None)
        return cls(setting, e, point.width_left * s2, m, s2)

    @functools.cached_property
    def K0(self) -> Operator:
        """K_0 = p_1e_1Σ_1 + p_2e_2Σ_2."""
        return self.setting.load(self.e)

    @functools.cached_property
    def P(self) -> Operator:
        """K⁻¹."""
        return inverse(self.g * self.K0, self.setting.λ)

    @functools.cached_property
    def second_order(self) -> tuple[Array, float]:
        """u, (2,), and Ω = γω, from

            u_k = (e_k²/n) tr Σ_k[ḡ²PL′P + ΩP²]      Ω = (ḡ²/m) tr[λ²L′P² + ΩK_0²P²]

        whose right-hand sides are linear in L′ = Σ_t + p_1u_1Σ_1 + p_2u_2Σ_2 and Ω. Solved for
        u_k/e_k, so that u_k is 0 where e_k is: a source of weight 0.
        """
        s, g, P, e = self.setting, self.g, self.P, self.e
        PP = product(P, P)
        wings = [x / s.n * g**2 * product(P, Σ, P) for x, Σ in zip(e, s.Σ, strict=True)]
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
        RΣR = g**2 * product(P, s.Σt + p1 * u1 * Σ1, P) + Ω * product(P, P)
        N = plus(g * p1 * e1 * Σ1, λ)
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
