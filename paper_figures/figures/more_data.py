"""Where more data hardly help: the effect of doubling them, over data per width and share."""

import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numerics import predict, sweep
from ...theory import Problem, RandomProjection, Source, Spectrum, label_shift, power_law
from ...theory.base.arrays import Array
from ..computing.work import Work
from ..drawing.maps import draw_map, draw_simulated_points, hatched, verdict_markers
from ..drawing.style import WIDTH as PAGE_WIDTH
from ..drawing.style import headline, legend_below, log_ticks, panels
from ..drawing.tables import Tables
from ..setups.step_changes import (
    COPIES,
    Step,
    repeated_spectrum,
    simulated_changes,
    step_change,
    verdict_sentence,
)

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["HELPS", "MOST", "PLACES", "caption", "compute", "draw", "lines", "mix", "read_along"]

DIMENSION, WIDTH, NOISE, RIDGE = 200, 100, 0.5, 1e-6

EXPONENT = 2.0

STEPS = 4
"""Columns of the map to a doubling."""

RATIOS = tuple(2 ** (i / STEPS) for i in range(STEPS, 9 * STEPS + 1))
SHARES = tuple(np.geomspace(0.01, 1, 31).tolist())

PLACES = (*((ratio, share) for ratio in (3, 10, 30) for share in (0.02, 0.1, 0.3, 0.8)), (60, 0.1), (60, 0.3))
"""Simulated n/m and p₂, p₂n whole."""

HELPS = -10.0
"""In percent: a doubling that lowers the error by less hardly helps."""

HALF, MOST = 0.5, 0.9
"""Shares of the error that are collapse: of the caption, and of the line."""

LEVELS = range(-65, 1, 5)
"""All changes lie between the first and the last."""

NUMBERS = {-50.0: (5.5, 0.19), -30.0: (150, 0.065)}
"""Values whose lines are drawn, and where their numbers stand."""

CAPTION = """\
Colours: by how much the test error changes when the data are doubled, E(2n)/E(n) − 1 in percent,
real and synthetic in proportion, the model and the share p₂ staying what they are. Hatched: it
falls by less than {helps:g}%; "hardly help" means that. Red: collapse is nine tenths of the
error. On the border of the hatched area it is {low:.0%} to {high:.0%}: twice the data lower the
variance by half or more, but not the floor of the collapse, which is proportional to p₂². Where
collapse is half of the error, twice the data still lower it by {half}% or more. Horizontally
n/m = 1/ψ, samples per unit of width.

Random projection of width m = {m} (entries of variance 1/d), d = {d}, eigenvalues C/j² with
trace 1, signal with λ_j w_j² proportional to j^−3.5 and of variance 1, noise variance {noise:g} on
both kinds, ridge λ = {ridge:g}, synthetic labels of quality c² = 1, as far from the truth as zero
is, Δ = (c²/d) Σ⁻¹. Theory depends on ratios only, so the map is computed for {copies} times as many
of everything: rounding p₂n to a whole number does not show. The signal is one that this width can
learn; {bias}.

{verdicts}
"""


def mix(ratio: float, share: float, copies: int = 1) -> Problem:
    """n = m·ratio samples, a share of them synthetic; everything this many times."""
    spectrum = _spectrum(copies)
    strength = np.arange(1, DIMENSION + 1) ** -3.5
    signal = strength / strength.sum() / spectrum.values / copies
    n = round(ratio * WIDTH * copies)
    n2 = round(share * n)
    real = Source(n - n2, spectrum, noise_variance=NOISE)
    synthetic = Source(n2, spectrum, noise_variance=NOISE, shift=label_shift(spectrum, 1.0))
    model = RandomProjection(WIDTH * copies)
    return Problem(signal=signal, sources=[real, synthetic], ridge=RIDGE, model=model)


@functools.cache
def _spectrum(copies: int) -> Spectrum:
    return repeated_spectrum(power_law(DIMENSION, EXPONENT, trace=1.0), copies)


@functools.cache
def lines() -> "xarray.Dataset":
    """Over ratio and share: the change in percent, and the collapse as a share of the error."""
    table = sweep(functools.partial(mix, copies=COPIES), ratio=RATIOS, share=SHARES)
    change = step_change(table.error, "ratio", STEPS)
    half = (table.collapse / table.error).sel(ratio=change.ratio)
    return change.to_dataset(name="change").assign(collapse_share=half)


def read_along(level: float, of: "xarray.DataArray", read: "xarray.DataArray") -> Array:
    """The value of ``read`` where ``of`` reaches this level, for each ratio at which it does.

    of, read : over ratio and share, ``of`` increasing with the share.
    """
    columns = zip(of.transpose("ratio", "share").values, read.transpose("ratio", "share").values, strict=True)
    return np.array(
        [np.interp(level, values, readings) for values, readings in columns if values[0] < level < values[-1]]
    )


def compute(work: Work) -> Tables:
    """The map, and the simulated places."""
    coords: dict[str, list[float]] = {
        "ratio": sorted({x for x, _ in PLACES}),
        "share": sorted({p2 for _, p2 in PLACES}),
    }
    steps = [
        Step(
            mix(x, p2),
            mix(2 * x, p2),
            {"ratio": x, "share": p2},
            "change",
            read=lambda result: result["error"],
            value=lambda prediction: prediction.error,
        )
        for x, p2 in PLACES
    ]
    points = simulated_changes(steps, coords, work)
    return Tables(
        lines(),
        points.assign_attrs(
            model="random projection",
            dimension=DIMENSION,
            width=WIDTH,
            noise_variance=NOISE,
            ridge=RIDGE,
            quality=1.0,
            eigenvalues="C/j^2, trace 1",
            entry_variance=1 / DIMENSION,
            signal="w_j^2 proportional to j^-3.5 over eigenvalue, variance 1",
        ),
    )


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """One map."""
    figure, ((axes,),) = panels(size=(PAGE_WIDTH, 4.9))
    axes.set(xscale="log", yscale="log")  # first: numbers are placed on the page
    change = lines.change
    colours = draw_map(axes, change, "YlGnBu_r", LEVELS, NUMBERS)
    hatched(axes, change, HELPS)
    x, y = lines.ratio.values, lines.share.values
    axes.contour(x, y, lines.collapse_share.values.T, levels=[MOST], colors=COLLAPSE, linewidths=2.8)
    draw_simulated_points(axes, points.squeeze("term"), colours)
    axes.set(
        xlabel="samples per unit of width, $n/m$ = 1/$\\psi$", ylabel="share of synthetic samples, $p_2$"
    )
    log_ticks(axes.xaxis, axes.yaxis)
    axes.grid(False)
    bar = figure.colorbar(colours, ax=axes, pad=0.02)
    bar.set_label("change of error with twice the data, %")
    headline(figure, title)
    legend_below(figure, "", _keys(), verdict_markers(points))
    return figure


COLLAPSE = "#b8312f"


def _keys() -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    return [
        Patch(facecolor="none", edgecolor="0.25", hatch="////", label="twice the data hardly help"),
        Line2D([], [], color=COLLAPSE, linewidth=2.8, label="collapse is 0.9 of the error"),
    ]


def caption(tables: Tables) -> str:
    """The definition, the setup, how to read it, and the verdicts."""
    least = predict(mix(RATIOS[-1], 0.0, COPIES)).bias
    change, share = tables.lines.change, tables.lines.collapse_share
    border = read_along(HELPS, change, share)
    half = math.floor(-read_along(HALF, share, change).max())
    return CAPTION.format(
        low=border.min(),
        high=border.max(),
        half=half,
        helps=-HELPS,
        m=WIDTH,
        d=DIMENSION,
        noise=NOISE,
        ridge=RIDGE,
        copies=COPIES,
        bias=f"the bias is {least:.1g} at the right border",
        verdicts=verdict_sentence(tables.points),
    )
