"""Where larger models amplify collapse and where they mitigate it."""

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numerics import sweep
from ...theory import Linear, Problem, RandomProjection, Source, Spectrum, label_shift, power_law
from ..computing.work import Work
from ..drawing.maps import draw_map, draw_simulated_points, verdict_markers
from ..drawing.style import WIDTH, headline, legend_below, log_ticks, panels
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

__all__ = ["GROWTH", "PLACES", "caption", "compute", "draw", "lines", "mix"]

DIMENSION, SAMPLES, NOISE, RIDGE = 240, 200, 0.01, 1e-8

GROWTH = 1.25
"""Of the width in one step, half of it (on a logarithmic scale) on either side of the place."""

STEPS = 4
"""Columns of the map to one growth."""

SHARE, QUALITY = 0.4, 1.0
"""p₂ of the map over c²; c² of the other one, to which its collapse is proportional."""

COLUMNS = range(-12 * STEPS, 12 * STEPS + 1)
SHARES = tuple(np.linspace(0.02, 1, 15).tolist())
QUALITIES = tuple(np.geomspace(0.01, 10, 19).tolist())

PLACES = {"ratio": (0.2, 0.6, 1.7, 5.0), "share": (0.1, 0.4, 0.8), "quality": (0.03, 0.3, 3.0)}
"""Simulated m/n; with each p₂ for the collapse, and with each c² for the error."""

CAPTION = """\
Colours: the change, in percent, if the model is made 25% wider, f(1.118 m)/f(m/1.118) − 1. Above:
f = ζ, the collapse, over width and share p₂. Below: f = E, the test error, over width and quality
c², at p₂ = {share:g}. Red: a wider model is worse. Black line: no change.

The paper's discussion of Theorem 2 says that larger models amplify collapse up to the interpolation
threshold m = n and mitigate it beyond; its section 4.2 (v2) says that they amplify it beyond. The
former is right, for every share (above). But the collapse does not fall to 0: an infinitely wide
model has that of a narrow one with m = {equal:.2f} n at p₂ = {share:g}. The test error (below) starts
to rise earlier: the worse the labels, the narrower the models for which more width is harmful.
Beyond the threshold more width always helps. Figure best-choice shows when an infinitely wide model
is better than the best narrow one.

Setup of Figure 5 of the paper at 0.4 times its size: random projection (entries of variance 1/d),
d = {d}, n = {n}, λ = {ridge:g}, noise variance {noise:g} on both sources, eigenvalues C/j with trace
1, Δ = (c²/d) Σ⁻¹, Γ = I. The theory depends on ratios only, so the maps are computed at {copies}
times this size. {verdicts} No point is simulated near the threshold, where the finite-size error is
largest.
"""


def mix(width: float, share: float, quality: float, copies: int = 1) -> Problem:
    """This width, p₂ and c²; everything this many times. Width inf: the linear model."""
    spectrum = _spectrum(copies)
    n = SAMPLES * copies
    n2 = round(share * n)
    real = Source(n - n2, spectrum, noise_variance=NOISE)
    shift = label_shift(spectrum, quality)
    synthetic = Source(n2, spectrum, noise_variance=NOISE, shift=shift)
    infinite = np.isinf(width)
    return Problem(
        signal=1 / copies,
        sources=[real, synthetic],
        ridge=0.0 if infinite else RIDGE,
        model=Linear() if infinite else RandomProjection(round(width * copies)),
    )


@functools.cache
def _spectrum(copies: int) -> Spectrum:
    return repeated_spectrum(power_law(DIMENSION, 1.0, trace=1.0), copies)


@functools.cache
def lines() -> "xarray.Dataset":
    """Changes in percent, over ratio, share and quality: of collapse at QUALITY, of error at
    SHARE, NaN elsewhere; and ``beyond_linear``, collapse over that of infinite width."""
    import xarray

    table = _map(share=sorted({*SHARES, SHARE}), quality=(QUALITY,))
    collapse, plain = table.collapse, table.sel(share=[SHARE]).squeeze("quality", drop=True)
    c2 = xarray.DataArray(list(QUALITIES), {"quality": list(QUALITIES)}, ("quality",))
    error = plain.bias + plain.variance + c2 / QUALITY * plain.collapse  # Δ is proportional to c²
    endless = sweep(mix, width=[np.inf], share=table.share.values, quality=[QUALITY]).collapse
    relative = collapse.isel(ratio=slice(STEPS // 2, -(STEPS // 2))) / endless.isel(width=0, drop=True)
    changes = {"collapse": _centred(collapse), "error": _centred(error)}
    return xarray.merge(
        [*(change.rename(name) for name, change in changes.items()), relative.rename("beyond_linear")],
        join="outer",
        compat="no_conflicts",
    )


def _map(**grid: Any) -> "xarray.Dataset":
    """Over m/n and the grid."""
    ratios = [GROWTH ** (i / STEPS) for i in COLUMNS]
    table = sweep(functools.partial(mix, copies=COPIES), width=[x * SAMPLES for x in ratios], **grid)
    return table.rename(width="ratio").assign_coords(ratio=ratios)


def _centred(table: "xarray.DataArray") -> "xarray.DataArray":
    """The change of a step, at the middle of it."""
    change = step_change(table, "ratio", STEPS)
    return change.assign_coords(ratio=table.ratio.values[STEPS // 2 : -(STEPS // 2)])


def compute(work: Work) -> Tables:
    """The maps, and the simulated places."""
    coords = {
        "ratio": PLACES["ratio"],
        "share": sorted({*PLACES["share"], SHARE}),
        "quality": sorted({*PLACES["quality"], QUALITY}),
    }
    steps = [_collapse(x, p2) for x in PLACES["ratio"] for p2 in PLACES["share"]]
    steps += [_error(x, c2) for x in PLACES["ratio"] for c2 in PLACES["quality"]]
    points = simulated_changes(steps, coords, work)
    return Tables(
        lines(),
        points.assign_attrs(
            model="random projection",
            dimension=DIMENSION,
            samples=SAMPLES,
            noise_variance=NOISE,
            ridge=RIDGE,
            signal=1.0,
            eigenvalues="C/j, trace 1",
            entry_variance=1 / DIMENSION,
        ),
    )


def _ends(ratio: float, share: float) -> tuple[Problem, Problem]:
    before, after = (mix(round(SAMPLES * ratio * GROWTH**half), share, QUALITY) for half in (-0.5, 0.5))
    return before, after


def _collapse(ratio: float, share: float) -> Step:
    coordinates = {"ratio": ratio, "share": share, "quality": QUALITY}
    return Step(
        *_ends(ratio, share),
        coordinates,
        "collapse",
        read=lambda result: result["collapse"],
        value=lambda terms: terms.collapse,
    )


def _error(ratio: float, quality: float) -> Step:
    """From the draws of the collapse at SHARE: it is proportional to c²."""
    factor = quality / QUALITY - 1
    coordinates = {"ratio": ratio, "share": SHARE, "quality": quality}
    return Step(
        *_ends(ratio, SHARE),
        coordinates,
        "error",
        read=lambda result: result["error"] + factor * result["collapse"],
        value=lambda terms: terms.error + factor * terms.collapse,
    )


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """Two maps, of collapse and of error."""
    figure, axes = panels(2, 1, size=(WIDTH, 6.8), sharex=True)
    above, below = axes[:, 0]
    collapse = lines.collapse.sel(quality=QUALITY).dropna("share")
    colours = _panel(above, collapse, points.sel(term="collapse", quality=QUALITY))
    above.set(title="Collapse, $\\zeta$", ylim=(SHARES[0], 1), ylabel="synthetic share, $p_2$")
    error = lines.error.sel(share=SHARE).dropna("quality")
    _panel(below, error, points.sel(term="error", share=SHARE))
    below.set(
        title="Test error, $E$: rises sooner with poor labels",
        xscale="log",
        xlabel="width per sample, $m/n$ = $\\psi$",
        yscale="log",
        ylabel="quality of labels, $c^2$",
    )
    log_ticks(below.xaxis, below.yaxis)
    for side, word in ((0.3, "worse"), (3, "better")):
        _write(above, side, f"wider is {word}")
    bar = figure.colorbar(colours, ax=axes, pad=0.02, ticks=LEVELS)
    bar.set_label("change with 25% more width, %")
    headline(figure, title)
    legend_below(figure, "", [_no_change_key(), *verdict_markers(points)])
    return figure


def _panel(axes: Any, change: "xarray.DataArray", points: "xarray.Dataset") -> Any:
    colours = draw_map(axes, change, "RdBu_r", LEVELS)
    x, y = (change[dim].values for dim in change.dims)
    axes.contour(x, y, change.values.T, levels=[0.0], colors="black", linewidths=2.2)
    draw_simulated_points(axes, points, colours)
    axes.grid(False)
    return colours


LEVELS = (-100, -50, -20, -10, -3, 0, 3, 10, 20, 50, 2000)
"""All changes lie between the first and the last."""


def _write(axes: Any, x: float, word: str) -> None:
    box = {"facecolor": "white", "edgecolor": "none", "boxstyle": "round,pad=0.25"}
    axes.text(x, 0.6, word, ha="center", va="center", weight="bold", bbox=box)


def _no_change_key() -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], color="black", linewidth=2.2, label="no change")


def caption(tables: Tables) -> str:
    """The definition, the paper's claim, the setup, and the verdicts."""
    relative = tables.lines.beyond_linear.sel(quality=QUALITY, share=SHARE)
    narrow = relative.where(relative.ratio < 1, drop=True)  # grows with the width
    equal = float(np.interp(1.0, narrow, narrow.ratio))
    return CAPTION.format(
        equal=equal,
        share=SHARE,
        d=DIMENSION,
        n=SAMPLES,
        noise=NOISE,
        ridge=RIDGE,
        copies=COPIES,
        verdicts=verdict_sentence(tables.points),
    )
