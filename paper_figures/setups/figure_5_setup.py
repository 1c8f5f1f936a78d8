"""Models of growing width on one mix: the setup of Figures 2 and 5 and of the demo."""

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...numerics import sweep
from ...theory import Problem, RandomProjection, Source, label_shift, power_law
from ..computing.simulated_points import simulate_grid
from ..computing.work import Work
from ..drawing.curves import mark_vertical

if TYPE_CHECKING:
    import xarray

__all__ = [
    "POINTS",
    "QUALITIES",
    "REAL",
    "SETUP",
    "SYNTHETIC",
    "THRESHOLD",
    "WIDTHS",
    "lines",
    "mark_threshold",
    "mix",
    "simulated",
]

REAL, SYNTHETIC, DIMENSION = 300, 200, 600
QUALITIES = (0.0, 0.1, 0.5, 1.0)
WIDTHS = (*range(10, 120), *range(120, 400, 5), *range(400, 600, 2), *range(600, 1001, 5))
POINTS = (10, 50, 100, 150, 200, 250, 300, 350, 400, 450, 480, 500, 520, 550, 600, 700, 800, 900, 1000)

SETUP = f"""\
Ridge regression on m random projections (entries of variance 1/d), d = {DIMENSION}, trained on
n₁ = {REAL} real and n₂ = {SYNTHETIC} synthetic samples (p₂ = {SYNTHETIC / (REAL + SYNTHETIC):.0%}),
ridge λ = 1e-8, noise variance 0.01 on both, covariance with eigenvalues C/j and trace 1, label
shift Δ = (c²/d) Σ⁻¹, signal Γ = I (appendix A.1 of the paper says I/d, which gives a bias of at
most 0.0042 and not the plotted curves)."""

THRESHOLD = """\
Dashed: the interpolation threshold m = n. Near it the fit leaves few degrees of freedom, and the
relative finite-size error is of the order of one over their number."""

PARAMETERS = {
    "model": "random projection",
    "entry_variance": 1 / DIMENSION,
    "dimension": DIMENSION,
    "real": REAL,
    "synthetic": SYNTHETIC,
    "ridge": 1e-8,
    "noise_variance": 0.01,
    "signal": 1.0,
    "eigenvalues": "C/j, j = 1 ... d, trace 1",
    "shift": "(quality/d) inverse covariance",
}


def mix(width: float, quality: float) -> Problem:
    """The paper's setup at this width and quality c²."""
    spectrum = power_law(DIMENSION, 1.0, trace=1.0)
    real = Source(REAL, spectrum, noise_variance=0.01)
    shift = label_shift(spectrum, quality)
    synthetic = Source(SYNTHETIC, spectrum, noise_variance=0.01, shift=shift)
    model = RandomProjection(int(width))
    return Problem(signal=1.0, sources=[real, synthetic], ridge=1e-8, model=model)


@functools.cache
def lines() -> "xarray.Dataset":
    """The theory: dimensions width and quality, variables of ``sweep``."""
    return sweep(mix, width=WIDTHS, quality=QUALITIES)


@functools.cache
def simulated(widths: Sequence[int], work: Work) -> "xarray.Dataset":
    """The simulation, compared with theory: what :func:`simulate_grid` returns, with the parameters.

    Kept, since several figures show the same points.
    """
    points = simulate_grid(mix, work, width=widths, qualities=QUALITIES)
    return points.assign_attrs(PARAMETERS)


def mark_threshold(axes: Any) -> None:
    """The interpolation threshold: as many parameters as samples."""
    mark_vertical(axes, REAL + SYNTHETIC, "$m = n$")
