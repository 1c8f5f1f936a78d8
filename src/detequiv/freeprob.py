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
tr(Σ (Xᵀ X + λ I_d)⁻¹) ≃ tr(Σ P)
  τ = n/(n + tr(Σ P))
  P⁻¹ = λ I_d + τ Σ
>>> round(fp.solve(system, {n: 200, d: 300, lam: 0.01, Σ: de.power_law(300, 0.8).values}), 3)
382.448
>>> print(fp.closed_form(system))
tr(Σ (Xᵀ X + λ I_d)⁻¹) ≃
    n df₁/(n - df₁)
  λ = θ (n - df₁)/n
  T = θ I_d + Σ
  df₁ = tr(Σ T⁻¹)
"""

from .numerics.freeprob import *
from .theory.base.argument_checks import check_functions as _check_functions
from .theory.freeprob import *
from .verify.freeprob.sample_check import check as check
from .verify.freeprob.sampling import sample as sample

__all__ = _check_functions(globals())


def __dir__() -> list[str]:
    return [*__all__]
