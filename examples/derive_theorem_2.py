"""Theorem 2 of Strong Model Collapse, from its definitions to a proof, one step after the other.

    python examples/derive_theorem_2.py

Ridge regression on m random projections, trained on n₁ real and n₂ synthetic samples of one
covariance Σ. The labels' truths differ by a random shift with second moment Δ. What is the collapse
ζ, the part of the test error that the shift causes?
"""

import numpy as np
import sympy

import detequiv as de
from detequiv.verify.freeprob import proved_theorem

fp = de.freeprob

# 1. What is random, and what is given.
n1, n2, d, m = fp.dimensions("n1 n2 d m")
n = n1 + n2
lam = sympy.Symbol("lam", positive=True)
Σ, Δ = fp.Deterministic(d, "Sigma"), fp.Deterministic(d, "Delta")
X1 = fp.Gaussian(n1, d, "X1", variance=1 / n, column_covariance=Σ)  # rows weighted by 1/√n
X2 = fp.Gaussian(n2, d, "X2", variance=1 / n, column_covariance=Σ)
S = fp.Gaussian(d, m, "S", variance=1 / d)

# 2. The fit: v minimises |y − (X₁; X₂)Sv|² + λ|v|², and its effective weights are ŵ = Sv = QXᵀy.
M1, M2 = X1.T @ X1, X2.T @ X2
Q = S @ (S.T @ (M1 + M2) @ S + lam * fp.identity(m)).inv() @ S.T

# 3. Synthetic labels are shifted by X₂δ, E δδᵀ = Δ. They move ŵ by QM₂δ, and the test error by
collapse = fp.trace((Q @ M2).T @ Σ @ (Q @ M2) @ Δ)

# 4. Its deterministic equivalent: a fixed point (τ), a linear system on top (ω), and ζ in these.
system = fp.derive(collapse)
print(f"{system}\n")

# 5. Numbers: beside the theorem as corrected, as printed, and beside sampled matrices.
size, quality = 150, 1.0
spectrum = de.power_law(size, 0.8)
spectrum = de.Spectrum(spectrum.values / spectrum.values.mean())
mix = de.Problem(
    signal=1 / size,
    sources=[de.Source(180, spectrum), de.Source(20, spectrum, shift=quality / size)],
    ridge=0.05,
    model=de.RandomProjection(75),
)
values = {n1: 180, n2: 20, d: size, m: 75, lam: 0.05, Σ: spectrum.values, Δ: np.full(size, quality / size)}
draws = fp.sample(collapse, values, trials=200)
print(f"derived   {fp.solve(system, values):.6f}")
print(f"right     {de.theorem_2(mix).collapse:.6f}")
print(f"printed   {de.theorem_2_as_printed(mix).collapse:.6f}")
print(f"sampled   {draws.mean():.6f} ± {draws.std(ddof=1) / np.sqrt(len(draws)):.6f}\n")

# 6. The proof: derived and right are one rational function, derived and printed are not.
print(proved_theorem(2))
