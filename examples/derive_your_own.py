"""A theorem of your own: a student of a teacher, derived, evaluated and sampled.

    python examples/derive_your_own.py [--out picture.png] [--trials N]

A teacher learns w from n₀ samples by ridge regression. A student learns from the teacher's labels of
n other samples, with the same ridge λ. How far is the student from w? With Mᵢ = XᵢᵀXᵢ/nᵢ its weights
are (M + λ)⁻¹M (M₀ + λ)⁻¹M₀ w; the engine derives the expected error in the two independent matrices.
"""

import argparse
from typing import Any

import numpy as np
import sympy
from matplotlib.lines import Line2D

import detequiv as de
from detequiv.paper_figures.drawing.curves import series_key
from detequiv.paper_figures.drawing.palette import ordered
from detequiv.paper_figures.drawing.style import WIDTH, headline, legend_below, log_ticks, panels, styled

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
alone = fit(n0, "X0") - fp.identity(d)  # the teacher
predict_teacher = fp.compile(fp.derive(fp.trace(alone.T @ Σ @ alone @ Γ)))

# 4. The curve, and samples of the same expression, in the style of the gallery.
size, teachers = 60, (30, 60, 480)
spectrum = de.power_law(size, 1.2).values
truth = {d: size, lam: 1e-3, Σ: spectrum, Γ: np.full(size, 1 / spectrum.sum())}  # error of 0: 1
grid, some = np.geomspace(15, 600, 60), (20, 40, 80, 160, 320)


def sampled(teacher: int, student: int) -> Any:
    """The mean over the draws, and two standard errors."""
    values = {**truth, n0: teacher, n: student}
    draws = fp.sample(system, values, trials=options.trials, seed=student)
    return draws.mean(), 2 * draws.std(ddof=1) / np.sqrt(options.trials)


with styled():
    figure, ((axes,),) = panels(size=(WIDTH, 4.6))
    for teacher, look in zip(teachers, ordered(len(teachers)), strict=True):
        axes.plot(grid, predict({**truth, n0: teacher, n: grid}), color=look["color"])
        axes.axhline(float(predict_teacher({**truth, n0: teacher})), color=look["color"], linestyle=":")
        means, bars = np.transpose([sampled(teacher, student) for student in some])
        axes.errorbar(some, means, bars, **look, linestyle="none", markeredgecolor="white")
    axes.set(xscale="log", yscale="log", ylim=(1e-3, 0.6), xlabel="samples of the student, $n$")
    axes.set_ylabel("test error (predicting 0 gives 1)")
    axes.set_title("ridge regression, $\\lambda$ = 0.001, $d$ = 60, labels without noise", color="0.35")
    log_ticks(axes.xaxis, axes.yaxis)
    headline(figure, "A student is no better than the teacher that labels its data")
    keys = [series_key(look, f"{teacher}") for teacher, look in zip(teachers, ordered(3), strict=True)]
    marks = [
        Line2D([], [], color="0.4", label="student, derived"),
        Line2D([], [], color="0.4", marker="o", linestyle="none", label="sampled ± 2 standard errors"),
        Line2D([], [], color="0.4", linestyle=":", label="teacher"),
    ]
    legend_below(figure, "samples of the teacher, $n_0$:", keys, marks)
    figure.savefig(options.out)
print(f"drawn: {options.out}")
