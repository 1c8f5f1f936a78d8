"""Figure 5 of arXiv 2410.04840 v2: test error against width, for four qualities."""

from pathlib import Path
from typing import TYPE_CHECKING

from ..theory import Problem, RandomProjection, Source, label_shift, power_law
from .look import blank, styled
from .output import write
from .width_curves import draw, measured, predicted, verdicts

if TYPE_CHECKING:
    import xarray

__all__ = ["CAPTION", "QUALITIES", "TITLE", "WIDTHS", "make", "mix"]

TITLE = "Test error against width, for four qualities of the synthetic data"
REAL, SYNTHETIC, DIMENSION = 300, 200, 600
QUALITIES = (0.0, 0.1, 0.5, 1.0)
WIDTHS = range(10, 1001)
POINTS = (10, 50, 100, 150, 200, 250, 300, 350, 400, 450, 480, 500, 520, 550, 600, 700, 800, 900,
          1000)  # fmt: skip
CAPTION = """\
**{title}.** Regenerates Figure 5 of *Strong Model Collapse* (arXiv 2410.04840 v2). Ridge regression
on m random projections (entries of variance 1/d), d = {d}, trained on n₁ = {real} real and
n₂ = {synthetic} synthetic samples (p₂ = {p2:.0%}), ridge λ = 1e-8, noise variance 0.01 on both,
covariance with eigenvalues C/j and trace 1, label shift Δ = (c²/d) Σ⁻¹, signal Γ = I (appendix A.1
of the paper says I/d, which gives a bias of at most 0.004 and not the plotted curves).

Lines: deterministic equivalent. Points: mean of {trials} simulated trials (seed {seed}) with labels
and truths integrated out, ± one standard error; the four qualities at one width share their draws.
Dashed: the interpolation threshold m = n = {n}. {verdicts}
"""


def mix(width: float, quality: float) -> Problem:
    """The paper's set-up at this width and quality c²."""
    spectrum = power_law(DIMENSION, 1.0, trace=1.0)
    real = Source(REAL, spectrum, noise_variance=0.01)
    shift = label_shift(spectrum, quality)
    synthetic = Source(SYNTHETIC, spectrum, noise_variance=0.01, shift=shift)
    model = RandomProjection(int(width))
    return Problem(signal=1.0, sources=[real, synthetic], ridge=1e-8, model=model)


def make(directory: Path, *, trials: int, seed: int = 0) -> list[Path]:
    """Compute and write figure_5.png, .pdf, .csv and .md; returns their paths."""
    lines = predicted(mix, WIDTHS, QUALITIES)
    points = measured(mix, POINTS, QUALITIES, trials=trials, seed=seed)
    with styled():
        figure, axes = blank()
        draw(axes, lines, points, REAL + SYNTHETIC)
        axes.set(title=TITLE, xlim=(0, 1010), ylim=(0.13, 30))
        return write(directory, "figure_5", figure, points, _caption(points))


def _caption(points: "xarray.Dataset") -> str:
    return CAPTION.format(
        title=TITLE, d=DIMENSION, real=REAL, synthetic=SYNTHETIC, n=REAL + SYNTHETIC,
        p2=SYNTHETIC / (REAL + SYNTHETIC), trials=points.attrs["trials"], seed=points.attrs["seed"],
        verdicts=verdicts(points),
    )  # fmt: skip
