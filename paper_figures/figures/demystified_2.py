"""Figure 2 of arXiv 2402.07712 v2: test error against ridge after generations, a power law."""

from typing import TYPE_CHECKING

import numpy as np

from ...theory import power_law
from ..computing.work import Work
from ..drawing.tables import Tables
from ..setups.generations import Chain, lines, simulated
from ..setups.ridge_curves import draw_ridge_curves, ridge_caption, ridge_grid, with_best

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["CHAIN", "POINTS", "RIDGES", "caption", "compute", "draw"]

DIMENSION, EXPONENT, SOURCE = 300, 2.0, 0.375

SIGNAL = np.arange(1, DIMENSION + 1) ** (EXPONENT - 2 * EXPONENT * SOURCE - 1)
"""w_k² = k^−(2βr + 1)/λ_k, where the source condition, Σ_k λ_k^(1 − 2r) w_k² finite, just fails."""

CHAIN = Chain(
    power_law(DIMENSION, EXPONENT),
    SIGNAL,
    samples=10_000,
    noise_variance=1.0,
    fitted=600,
    generator_noise=1.0,
)

POINTS = tuple(float(f"{ridge:.3g}") for ridge in np.geomspace(1e-6, 10, 15))
RIDGES = ridge_grid(1e-6, 10, 141, POINTS)

CAPTION = """\
Ridge regression on T = 10 000 samples, d = 300, eigenvalues λ_k = k⁻² (β = 2), noise σ = 1, whose
labels come from the last of n generators; each of these is least squares on T₀ = 600 fresh samples
labelled by the one before it, with noise σ₀ = 1. The paper gives the truth by its source exponent
r = 0.375, that is ‖Σ^(1/2−r) w‖ finite; inferred: coefficients on the edge of that,
λ_k w_k² = k^−(2βr+1) = k^−2.5, with factor 1.

Lines: deterministic equivalent, Theorem 1 of *Strong Model Collapse* with synthetic data alone and
Δ = nσ₀²/(T₀ − d) Σ⁻¹. {said}
"""


def compute(work: Work) -> Tables:
    """Theory along the ridges, and simulation at some."""
    points = simulated(CHAIN, POINTS, work)
    return Tables(with_best(lines(CHAIN, RIDGES)), points.assign_attrs(signal="k^-0.5", eigenvalues="k^-2"))


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """The test error, one series for each number of generations."""
    return draw_ridge_curves(lines, points, title, (3e-3, 30.0))


def caption(tables: Tables) -> str:
    """Set-up, how to read it, and the verdicts."""
    return CAPTION.format(said=ridge_caption(*tables, CHAIN.fitted - DIMENSION))
