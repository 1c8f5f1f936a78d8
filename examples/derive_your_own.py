"""A theorem that is in no paper of ours: a student of a student, derived, evaluated and sampled.

    python examples/derive_your_own.py [--out picture.png] [--trials N]

A teacher learns w from n₀ samples by ridge regression; a student never sees w, only what the
teacher says about n samples of its own. Both use ridge λ. How far is the student from w? With
Mᵢ = XᵢᵀXᵢ/nᵢ the student's weights are (M + λ)⁻¹M (M₀ + λ)⁻¹M₀ w: an expectation in two independent
matrices, which nobody has to work out by hand.
"""

import argparse
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import sympy

import detequiv as de

fp = de.freeprob

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--out", default="derive_your_own.png", help="the picture")
parser.add_argument("--trials", type=int, default=100, help="draws at each point (default: 100)")
options = parser.parse_args()

# 1. The set-up: two independent matrices of inputs with one covariance.
n0, n, d = fp.dimensions("n0 n d")
lam = sympy.Symbol("lam", positive=True)
Σ, Γ = fp.Deterministic(d, "Sigma"), fp.Deterministic(d, "Gamma")  # of inputs; E wwᵀ = Γ


def fit(count: Any, name: str) -> Any:
    """What ridge regression makes of the labels of a linear truth."""
    X = fp.Gaussian(count, d, name, variance=1 / count, column_covariance=Σ)
    M = X.T @ X
    return (M + lam * fp.identity(d)).inv() @ M


# 2. The test error: E (ŵ − w)ᵀΣ(ŵ − w), a trace in resolvents.
left = fit(n, "X") @ fit(n0, "X0") - fp.identity(d)
error = fp.trace(left.T @ Σ @ left @ Γ)

# 3. Its deterministic equivalent, to read, and as a function of arrays of numbers.
system = fp.derive(error)
print(f"{system}\n\n{system.remark}")
predict = fp.compile(system)

# 4. The curve, and the same matrices drawn.
size = 60
spectrum = de.power_law(size, 1.2).values
truth = {d: size, lam: 1e-3, Σ: spectrum, Γ: np.full(size, 1 / spectrum.sum())}  # error of 0: 1
figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
grid, some = np.geomspace(15, 600, 60), np.array([20, 40, 80, 160, 320])
for teacher, colour in ((30, "#b2182b"), (60, "#2166ac"), (480, "#222222")):
    axes.plot(grid, predict({**truth, n0: teacher, n: grid}), color=colour, label=f"$n_0$ = {teacher}")
    draws = np.array(
        [
            fp.sample(system, {**truth, n0: teacher, n: int(k)}, trials=options.trials, seed=int(k))
            for k in some
        ]
    )
    standard = draws.std(axis=1, ddof=1) / np.sqrt(options.trials)
    axes.errorbar(some, draws.mean(axis=1), 2 * standard, fmt="o", color=colour, capsize=2)
axes.set(
    xscale="log", ylim=(0, None), xlabel="samples of the student, $n$", ylabel="test error (predicting 0: 1)"
)
axes.set_title("Taught by a teacher with $n_0$ samples: derived (lines), sampled (points)", size=10)
axes.set_xticks([20, 50, 100, 200, 500], ["20", "50", "100", "200", "500"])
axes.minorticks_off()
axes.legend(frameon=False)
figure.savefig(options.out, dpi=150)
print(f"drawn: {options.out}")
