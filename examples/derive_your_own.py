"""A theorem of your own: a student of a teacher, derived, evaluated and sampled.

    python examples/derive_your_own.py [--out picture.png] [--trials N]

A teacher learns w from n₀ samples by ridge regression. A student learns from the teacher's labels of
n other samples, with the same ridge λ. How far is the student from w? With Mᵢ = XᵢᵀXᵢ/nᵢ its weights
are (M + λ)⁻¹M (M₀ + λ)⁻¹M₀ w; the engine derives the expected error in the two independent matrices.
"""

import argparse
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import sympy

import detequiv as de
from detequiv.paper_figures.drawing import style
from detequiv.paper_figures.drawing.palette import ordered

fp = de.freeprob

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--out", default="derive_your_own.png", help="the picture")
parser.add_argument("--trials", type=int, default=100, help="draws at each point (default: 100)")
options = parser.parse_args()

# 1. The setup: two independent matrices of inputs with one covariance.
n0, n, d = fp.dimensions("n0 n d")
lam = sympy.Symbol("lam", positive=True)
Σ, Γ = fp.Deterministic(d, "Sigma"), fp.Deterministic(d, "Gamma")  # of inputs; E wwᵀ = Γ


def fit(count: Any, name: str) -> Any:
    """The weights of ridge regression on labels Xw, as a multiple of w."""
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

# 4. The curve, and samples of the same expression, in the style of the gallery.
size = 60
spectrum = de.power_law(size, 1.2).values
truth = {d: size, lam: 1e-3, Σ: spectrum, Γ: np.full(size, 1 / spectrum.sum())}  # error of 0: 1
plt.style.use(Path(style.__file__).with_name("detequiv.mplstyle"))
figure, axes = plt.subplots()
grid, some = np.geomspace(15, 600, 60), np.array([20, 40, 80, 160, 320])
for teacher, look in zip((30, 60, 480), ordered(3), strict=True):
    axes.plot(grid, predict({**truth, n0: teacher, n: grid}), color=look["color"])
    draws = np.array(
        [
            fp.sample(system, {**truth, n0: teacher, n: int(k)}, trials=options.trials, seed=int(k))
            for k in some
        ]
    )
    standard = draws.std(axis=1, ddof=1) / np.sqrt(options.trials)
    label = f"teacher of {teacher} samples"
    axes.errorbar(
        some, draws.mean(axis=1), 2 * standard, fmt=look["marker"], color=look["color"], label=label
    )
axes.set(
    title="A student is at best as good as its teacher",
    xscale="log",
    ylim=(0, None),
    xlabel="samples of the student, $n$",
    ylabel="test error (predicting 0 gives 1)",
)
axes.set_xticks([20, 50, 100, 200, 500], ["20", "50", "100", "200", "500"])
axes.minorticks_off()
axes.legend(title="derived (lines) and sampled (points)", alignment="left")
figure.savefig(options.out)
print(f"drawn: {options.out}")
