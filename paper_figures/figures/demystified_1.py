"""Figure 1 of arXiv 2402.07712 v2: test error against ridge after generations, isotropic."""

from typing import TYPE_CHECKING

import numpy as np

from ...theory import isotropic
from ..computing.work import Work
from ..drawing.tables import Tables
from ..setups.generations import Chain, lines, simulated
from ..setups.ridge_curves import draw_ridge_curves, ridge_caption, ridge_grid, with_best

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["CHAIN", "POINTS", "RIDGES", "caption", "compute", "draw"]

CHAIN = Chain(isotropic(300), 1 / 300, samples=1000, noise_variance=0.01, fitted=600, generator_noise=0.04)

POINTS = tuple(float(f"{ridge:.3g}") for ridge in np.geomspace(1e-4, 10, 16))
LANDMARKS = (1e-3, 0.5)
RIDGES = ridge_grid(1e-4, 10, 101, (*POINTS, *LANDMARKS))

CAPTION = """\
Ridge regression on T = 1000 samples, d = 300, isotropic covariance, with noise σ = 0.1 (variance
0.01), whose labels come from the last of n generators; each of these is least squares on T₀ = 600
fresh samples labelled by the one before it, with noise σ₀ = 0.2 (variance 0.04). Inferred: a
truth of norm 1.

Lines: deterministic equivalent, Theorem 1 of *Strong Model Collapse* with synthetic data alone and
Δ = nσ₀²/(T₀ − d) Σ⁻¹, which is Corollary 4.7 of this paper. {said}
"""


def compute(work: Work) -> Tables:
    """Theory along the ridges, and simulation at some."""
    points = simulated(CHAIN, POINTS, work)
    return Tables(with_best(lines(CHAIN, RIDGES)), points.assign_attrs(signal=1 / 300, eigenvalues="1"))


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """The test error, one series for each number of generations."""
    return draw_ridge_curves(lines, points, title, (2.5e-3, 1.3))


def caption(tables: Tables) -> str:
    """Set-up, how to read it, and the verdicts."""
    return CAPTION.format(said=ridge_caption(*tables, CHAIN.fitted - 300))
