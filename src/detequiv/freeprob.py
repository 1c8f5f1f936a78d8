"""The symbolic engine: write an expectation in random matrices, get its deterministic equivalent.

>>> import sympy, detequiv as de
>>> fp = de.freeprob
>>> n, d = fp.dimensions("n d")
>>> lam = sympy.Symbol("lam", positive=True)
>>> Σ = fp.Deterministic(d, "Sigma")
>>> X = fp.Gaussian(n, d, "X", variance=1 / n, column_covariance=Σ)
>>> R = (X.T @ X + lam * fp.identity(d)).inv()
>>> system = fp.derive(fp.trace(Σ @ R))
>>> print(system)
tr(Σ (Xᵀ X + λ I_d)⁻¹) ≃ tr(Σ P₁)
  τ₁ = 1/(τ₂ + 1)
  τ₂ = tr(Σ P₁)/n
  P₁⁻¹ = λ I + τ₁ Σ
>>> round(fp.solve(system, {n: 200, d: 300, lam: 0.01, Σ: de.power_law(300, 0.8).values}), 3)
382.448
"""

from .numerics.freeprob import Compiled, PrecisionWarning, Solution, compile, solve
from .theory.freeprob import (
    Deterministic,
    Gaussian,
    Matrix,
    SpaceDimension,
    System,
    derive,
    dimensions,
    identity,
    trace,
)
from .verify.freeprob import check, sample

__all__ = [
    "Compiled", "Deterministic", "Gaussian", "Matrix", "PrecisionWarning", "Solution",
    "SpaceDimension", "System", "check", "compile", "derive", "dimensions", "identity", "sample",
    "solve", "trace",
]  # fmt: skip
