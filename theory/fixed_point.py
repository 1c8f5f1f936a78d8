"""The solved point of the master equations, and how it was obtained."""

import dataclasses

__all__ = ["FixedPoint"]


@dataclasses.dataclass(frozen=True)
class FixedPoint:
    """Solution of the master equations in the units of the problem.

    kappa : κ, units of a covariance. Linear model: κ = λ.
    f : (f_1 … f_K), units of an inverse covariance; 0 for a source of weight 0.
    df1, df2 : degrees of freedom tr X(I+X)⁻¹ and tr X²(I+X)⁻² of X = Σ_k (n_k/n) f_kΣ_k.
    samples_left : n₊ − df1 > 0, n₊ the samples that are fitted (those of positive weight).
    width_left : m − df1 > 0, or None for the linear model.
    effective_ridge : θ = 1/Σ_k (n_k/n) f_k where the fitted sources have one covariance, else None;
        the κ of Theorem 1 in arXiv 2410.04840.
    residual : the largest relative residual of all equations at the returned point.
    estimated_error : estimated relative error of the unknowns, and so of each term relative to the
        sum of the absolute values of its summands.
    iterations : evaluations of the equations. digits : the working precision, 16 for float64.
    """

    kappa: float
    f: tuple[float, ...]
    df1: float
    df2: float
    samples_left: float
    width_left: float | None
    effective_ridge: float | None
    residual: float
    estimated_error: float
    iterations: int
    digits: int
