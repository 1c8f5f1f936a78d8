"""How many synthetic samples to add: the test error at full weight and at the best weight."""

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numerics import predict
from ...theory import Problem, RandomProjection, Source, label_shift, power_law
from ..computing.simulated_points import simulate_grid
from ..computing.work import Work
from ..drawing.captions import departure, how_to_read_grid, tally
from ..drawing.curves import ERROR_LABEL, draw_line, draw_points, verdict_keys
from ..drawing.palette import NEUTRAL, QUALITY
from ..drawing.style import legend_below, log_ticks, panels
from ..drawing.tables import Tables

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["WEIGHTINGS", "alone", "caption", "compute", "draw", "lines", "mix"]

REAL, DIMENSION, WIDTH, NOISE, SHIFT = 300, 600, 1600, 0.05, 1.0

WEIGHTINGS = ("full weight", "best weight")

POINTS = (10, 30, 100, 300, 1000, 3000, 10_000)
COUNTS = tuple(sorted({*POINTS, *(round(n) for n in np.geomspace(10, 10_000, 25))}))

STYLES = {"full weight": QUALITY[1.0], "best weight": QUALITY[0.0]}

CAPTION = """\
Test error of a model trained on {real} real samples and n₂ synthetic ones. Full weight: a synthetic
sample counts as much as a real one. Best weight: the weight with the lowest predicted error, from
{first:.2g} at n₂ = {fewest} to {last:.2g} at n₂ = {most}. Dashed: the real samples alone,
{alone:.3f}. The ridge is the best one at every point of each curve. At full weight the error rises
to {full:.3f}; at the best weight it falls to {best:.3f}.

Ridge regression on {width} random projections (entries of variance 1/d), d = {dimension}, covariance
with eigenvalues C/j and trace 1, signal Γ = I, noise variance {noise:g} on both sources, label shift
Δ = (c²/d) Σ⁻¹ of quality c² = {quality:g}, independent of the real samples.

{key} {tally}. {departure}
"""


def mix(n: int, weighting: str, quality: float) -> Problem:
    """n synthetic samples, with the best ridge and weight for c² = 1."""
    ridge, weight = best(n, weighting)
    return _problem(n, ridge, weight, quality)


def _problem(n: int, ridge: float, weight: float, quality: float = SHIFT) -> Problem:
    spectrum = power_law(DIMENSION, 1.0, trace=1.0)
    real = Source(REAL, spectrum, noise_variance=NOISE)
    shift = label_shift(spectrum, quality)
    synthetic = Source(n, spectrum, noise_variance=NOISE, shift=shift, weight=weight)
    return Problem(signal=1.0, sources=[real, synthetic], ridge=ridge, model=RandomProjection(WIDTH))


@functools.cache
def best(n: int, weighting: str) -> tuple[float, float]:
    """The ridge and the weight with the lowest predicted error."""
    from scipy.optimize import minimize

    full = weighting == "full weight"

    def parameters(logs: Any) -> tuple[float, float]:
        return float(np.exp(logs[0])), 1.0 if full else float(np.exp(logs[1]))

    def error(logs: Any) -> float:
        return float(predict(_problem(n, *parameters(logs))).error)

    start = np.log([2e-3] if full else [2e-3, 30 / (REAL + n)])
    found = minimize(error, start, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-13})
    return parameters(found.x)


@functools.cache
def alone() -> float:
    """The error of the real samples alone, at their best ridge."""
    return float(predict(mix(0, "full weight", SHIFT)).error)


@functools.cache
def lines() -> "xarray.Dataset":
    """Over n and weighting: the error, and the weight."""
    import xarray

    dims = ("n", "weighting")
    error = [[predict(mix(n, w, SHIFT)).error for w in WEIGHTINGS] for n in COUNTS]
    weight = [[best(n, w)[1] for w in WEIGHTINGS] for n in COUNTS]
    return xarray.Dataset(
        {"error": (dims, error), "weight": (dims, weight)},
        coords={"n": list(COUNTS), "weighting": list(WEIGHTINGS)},
    )


def compute(work: Work) -> Tables:
    """Theory along the counts, and simulation at some."""
    points = simulate_grid(mix, work, qualities=(SHIFT,), n=POINTS, weighting=WEIGHTINGS)
    points = points.sel(term=["error"]).drop_vars("point_verdict").squeeze("quality", drop=True)
    return Tables(
        lines(),
        points.assign_attrs(
            model="random projection",
            width=WIDTH,
            dimension=DIMENSION,
            real=REAL,
            noise_variance=NOISE,
            quality=SHIFT,
            eigenvalues="C/j, j = 1 ... d, trace 1",
        ),
    )


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """Two curves and the error to beat."""
    figure, ((axes,),) = panels()
    points = points.squeeze("term")
    axes.axhline(alone(), color=NEUTRAL["color"], linewidth=1.2, linestyle=(0, (4, 3)), zorder=0)
    _label(axes, alone(), f"{REAL} real samples alone", NEUTRAL["color"], -4)
    for weighting, offset in (("full weight", 5), ("best weight", -12)):
        line, style = lines.error.sel(weighting=weighting), STYLES[weighting]
        draw_line(axes, line, style)
        draw_points(axes, points.sel(weighting=weighting), style)
        _label(axes, float(line[-1]), f"with synthetic samples, {weighting}", style["color"], offset)
    axes.set(
        title=title,
        xscale="log",
        xlim=(8, 12_500),
        ylim=(0.15, 0.35),
        xlabel="number of synthetic samples, $n_2$",
        ylabel=ERROR_LABEL,
    )
    log_ticks(axes.xaxis)
    legend_below(figure, "", verdict_keys([points]))
    return figure


def _label(axes: Any, y: float, text: str, color: str, offset: float) -> None:
    """The name of a curve, at its right end, above or below."""
    axes.annotate(
        text,
        (10_000, y),
        (0, offset),
        textcoords="offset points",
        ha="right",
        va="bottom" if offset > 0 else "top",
        color=color,
    )


def caption(tables: Tables) -> str:
    """Set-up, how to read it, and the verdicts."""
    theory, points = tables
    weights, errors = theory.weight.sel(weighting="best weight"), theory.error.isel(n=-1)
    return CAPTION.format(
        real=REAL,
        width=WIDTH,
        dimension=DIMENSION,
        noise=NOISE,
        quality=SHIFT,
        alone=alone(),
        fewest=COUNTS[0],
        most=COUNTS[-1],
        first=float(weights[0]),
        last=float(weights[-1]),
        full=float(errors.sel(weighting="full weight")),
        best=float(errors.sel(weighting="best weight")),
        key=how_to_read_grid(points),
        tally=tally(points.verdict).capitalize(),
        departure=departure(points.squeeze("term")),
    )
