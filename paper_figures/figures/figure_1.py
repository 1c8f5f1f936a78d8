"""Figure 1 of arXiv 2410.04840 v2: error on the mix against error on real data alone, by width."""

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numerics import sweep
from ...theory.base.arrays import Array
from ...verify import Verdict
from ..computing.simulated_points import simulate_grid
from ..computing.work import Work
from ..drawing.captions import departure, how_to_read_grid, tally
from ..drawing.curves import QUALITY_TITLE, best_key, draw_marks, mark_best, quality_keys, verdict_keys
from ..drawing.palette import QUALITY
from ..drawing.style import WIDTH, headline, legend_below, log_ticks, panels
from ..drawing.tables import Tables
from ..setups.figure_5_setup import QUALITIES
from ..setups.sample_split_setup import PARAMETERS, SAMPLES, SETUP, mix

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["caption", "compute", "draw", "frontier", "joint_verdict", "lines"]

FRACTIONS = (0.1, 0.4, 0.8)
WIDTHS = tuple(
    sorted(
        {round(SAMPLES * 10 ** (k / 100)) for k in range(-50, 71, 2)}
        | {*range(470, 531, 2), *range(530, 600, 5), *range(420, 470, 5)}
    )
)
POINTS = (158, 230, 350, 420, 460, 550, 620, 750, 1000, 1500, 2500)

CAPTION = """\
{setup} Horizontal axis: the error of a model trained on n real samples. Vertical axis: the error of a
model of the same width m if n₂ = p₂n of the samples are synthetic, of quality c². On the diagonal
synthetic data do no harm; all lines of c² = 0 lie there. Each line runs through widths from
ψ = m/n = 0.32 to 5, out to the interpolation threshold ψ = 1, where both errors peak, and back. Its
left end is the widest model, which is the best on real data. Its star is the best width on the mix.
The two are the same if p₂c² is below 0.1. Otherwise the Pareto frontier contains both the widest
model and narrow ones, which do better on the mix.

The text of the paper says isotropic covariance, but its smallest error on real data, about 0.13, is
less than isotropic data allow (0.217). The power law of its Figure 5 gives this error at ψ near 3, so
the logarithm in its colours, which show the width, is to base 10 and reaches 0.7 (inferred).

{key} In this figure a point has error bars in both directions. It agrees if both errors do, and
disagrees if one of them does. The error on real data is one simulation for each width, shared by all
panels and qualities. Vertical, {up}; horizontal, {across}; both, {both}. {departure}
"""


@functools.cache
def lines() -> "xarray.Dataset":
    """The theory: error (on the mix) and real (real data alone) over width, fraction, quality."""
    table = sweep(mix, width=WIDTHS, fraction=FRACTIONS, quality=QUALITIES)[["error"]]
    real_only = sweep(mix, width=WIDTHS, fraction=[0.0], quality=[0.0]).error.squeeze(drop=True)
    return table.assign(real=real_only.broadcast_like(table.error))


def compute(work: Work) -> Tables:
    """Theory along the widths; simulated errors on the mix and on real data, as two terms."""
    import xarray

    of_mix = simulate_grid(mix, work, width=POINTS, fraction=FRACTIONS, qualities=QUALITIES)
    real_only = simulate_grid(mix, work, width=POINTS, fraction=(0.0,), qualities=(1.0,))
    up, across = (
        run.sel(term="error", drop=True)[["predicted", "simulated", "stderr", "verdict"]]
        for run in (of_mix, real_only.sel(fraction=0.0, quality=1.0, drop=True))
    )
    terms = xarray.Variable("term", ["error", "real"])
    points = xarray.concat([up, across.broadcast_like(up)], terms)
    points = points.transpose(*up.verdict.dims, "term").assign(trials=of_mix.trials)
    return Tables(lines(), points.assign_attrs(PARAMETERS | of_mix.attrs))


def joint_verdict(verdicts: "xarray.DataArray") -> "xarray.DataArray":
    """The joint verdict of two terms: agrees if both do, disagrees if one does."""
    agree = (verdicts == Verdict.AGREES.value).all("term")
    disagree = (verdicts == Verdict.DISAGREES.value).any("term")
    words = np.where(agree, Verdict.AGREES.value, Verdict.UNDECIDED.value)
    return agree.copy(data=np.where(disagree, Verdict.DISAGREES.value, words))


def frontier(x: Array, y: Array) -> Array:
    """Which points no other one beats: none is as small in one and smaller in the other.

    >>> frontier(np.array([3.0, 2.0, 1.0, 4.0]), np.array([1.0, 2.0, 2.0, 1.5])).tolist()
    [True, False, True, False]
    """
    no_larger = (x <= x[:, None]) & (y <= y[:, None])
    smaller = (x < x[:, None]) | (y < y[:, None])
    return np.asarray(~(no_larger & smaller).any(axis=1))


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """A panel for each share, a line and marker for each quality, a star at its best width."""
    figure, axes = panels(1, len(FRACTIONS), size=(WIDTH, 4.8), sharex=True, sharey=True)
    for p2, panel in zip(FRACTIONS, axes.flat, strict=True):
        _panel(panel, lines.sel(fraction=p2), points.sel(fraction=p2))
        panel.set_title(f"{p2:.0%} synthetic")
    _name_ends(axes[0, -1], lines.sel(fraction=FRACTIONS[-1], quality=1.0))
    axes[0, 1].set_xlabel("test error of the same width on real data alone")
    axes[0, 0].set_ylabel("test error on the mix, $E$")
    headline(figure, title)
    merged = points.isel(term=0).assign(verdict=joint_verdict(points.verdict))
    marks = [*verdict_keys([merged]), best_key("best width on the mix")]
    legend_below(figure, QUALITY_TITLE, quality_keys(QUALITIES), marks)
    return figure


def _name_ends(axes: Any, line: "xarray.Dataset") -> None:
    """The widest model, and the width at the tip, on the uppermost line."""
    for at, name, away, side in (
        (line.isel(width=-1), "widest\nmodel", (-4, 40), "left"),
        (line.sel(width=SAMPLES), "$m = n$", (4, 6), "right"),
    ):
        axes.annotate(
            name,
            (float(at["real"]), float(at["error"])),
            away,
            textcoords="offset points",
            ha=side,
            color="0.35",
            arrowprops={"arrowstyle": "-", "color": "0.35", "linewidth": 0.8, "shrinkB": 5},
        )


def _panel(axes: Any, lines: "xarray.Dataset", points: "xarray.Dataset") -> None:
    axes.axline((1, 1), (2, 2), color="0.55", linewidth=1.0, linestyle=(0, (4, 3)), zorder=0)
    for quality, style in QUALITY.items():
        line = lines.sel(quality=quality)
        best = line.isel(width=int(line["error"].argmin("width")))
        axes.plot(line["real"], line["error"], color=style["color"], linewidth=1.3, zorder=2)
        mark_best(axes, best["real"], best["error"], style)
        _marks(axes, points.sel(quality=quality), style)
    axes.set(xscale="log", yscale="log", xlim=(0.1, 4), ylim=(0.1, 30))
    log_ticks(axes.xaxis)
    log_ticks(axes.yaxis)


def _marks(axes: Any, points: "xarray.Dataset", style: dict[str, Any]) -> None:
    x, y = points.sel(term="real"), points.sel(term="error")
    verdicts = joint_verdict(points.verdict).values
    for verdict in Verdict:
        here = verdicts == verdict.value
        draw_marks(
            axes,
            (x.simulated.values[here], y.simulated.values[here]),
            (x.stderr.values[here], y.stderr.values[here]),
            style,
            verdict,
        )


def caption(tables: Tables) -> str:
    """Set-up, how to read it, and the verdicts."""
    points = tables.points
    return CAPTION.format(
        setup=SETUP,
        key=how_to_read_grid(points),
        up=tally(points.verdict.sel(term="error")),
        across=tally(points.verdict.sel(term="real").isel(fraction=0, quality=0)),
        both=tally(joint_verdict(points.verdict)),
        departure=departure(points.sel(term="error")),
    )
