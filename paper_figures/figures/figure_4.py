"""Figure 4 of arXiv 2410.04840 v2: test error against width, for shares of synthetic data."""

import functools
import itertools
from typing import TYPE_CHECKING, Any

from ...numerics import sweep
from ..computing.simulated_points import simulate_grid
from ..computing.work import Work
from ..drawing.captions import departure, how_to_read_grid, tally
from ..drawing.curves import ERROR_LABEL, FINITE_SIZE, draw_line, draw_points, series_key, verdict_keys
from ..drawing.palette import ordered
from ..drawing.style import WIDTH, headline, legend_below, log_ticks, panels
from ..drawing.tables import Tables
from ..setups.figure_5_setup import QUALITIES, THRESHOLD, mark_threshold
from ..setups.sample_split_setup import PARAMETERS, SETUP, mix

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["caption", "compute", "draw", "lines"]

FRACTIONS = (0.02, 0.1, 0.2, 0.4, 0.6, 0.8)
SIZES = (
    (10, 80, 200, 370, 470, 530, 600, 850),
    (25, 110, 250, 410, 490, 550, 660, 920),
    (50, 150, 310, 440, 510, 570, 740, 1000),
)
"""Where lines are simulated, in turn: points of neighbouring lines stand apart."""

WORDS = {0.0: "perfect labels: ", 1.0: "poor labels: "}

LINE = tuple(
    sorted(
        {
            *range(10, 120, 5),
            *range(120, 400, 10),
            *range(400, 600, 2),
            *range(600, 1001, 10),
            *itertools.chain(*SIZES),
        }
    )
)

CAPTION = """\
{setup} Of these, p₂n are synthetic, of quality c².

{key} Lines simulated at the same width share their draws. {threshold} All ringed points lie there.
Perfect labels (c² = 0) are as good as real ones: the six lines of the first panel coincide. The
widest model is the best as long as p₂c² is below 0.1; beyond, a narrow one is, the narrower the
larger p₂. Beyond the threshold the collapse is proportional to p₂(1 − p₂n/d), which is largest at
p₂ = d/(2n) = 0.6 and equal for 0.4 and 0.8, whose lines nearly coincide there;
that of 0.8 has dashes. For the test error,
{tally}. {departure} Neighbouring lines are simulated at different widths to keep their points apart.
"""


@functools.cache
def lines() -> "xarray.Dataset":
    """The theory: dimensions width, fraction and quality, variables of ``sweep``."""
    return sweep(mix, width=LINE, fraction=FRACTIONS, quality=QUALITIES)


def compute(work: Work) -> Tables:
    """The test error: theory along the widths, and simulation at some."""
    sizes_of = {p2: SIZES[i % len(SIZES)] for i, p2 in enumerate(FRACTIONS)}
    points = simulate_grid(
        mix,
        work,
        width=sorted(set().union(*SIZES)),
        fraction=FRACTIONS,
        qualities=QUALITIES,
        exists=lambda width, fraction: width in sizes_of[fraction],
    )
    error = points.sel(term=["error"]).drop_vars("point_verdict")
    return Tables(lines(), error.assign_attrs(PARAMETERS | points.attrs))


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """A panel for each quality, a series for each share."""
    points = points.sel(term="error")
    figure, axes = panels(2, 2, size=(WIDTH, 5.8), sharex=True, sharey=True)
    styles = dict(zip(FRACTIONS, ordered(len(FRACTIONS)), strict=True))
    dashed = {FRACTIONS[-1]: (0, (2.2, 1.2))}  # over the line of 0.4, with which it coincides
    for quality, panel in zip(QUALITIES, axes.flat, strict=True):
        _panel(panel, lines.error.sel(quality=quality), points.sel(quality=quality), styles, dashed)
        panel.set_title(f"{WORDS.get(quality, '')}$c^2$ = {quality:g}")
    axes[0, 0].annotate("all lines coincide", (0.04, 0.06), xycoords="axes fraction", color="0.35")
    for panel in axes[-1]:
        panel.set_xlabel("width of the model, $m$")
    figure.supylabel(ERROR_LABEL, y=0.56)
    headline(figure, title)
    keys = [series_key(style, f"{p2:g}") for p2, style in styles.items()]
    keys[-1].set_linestyle(dashed[FRACTIONS[-1]])
    legend_below(figure, "share of synthetic samples, $p_2$:", keys, verdict_keys([points], FINITE_SIZE))
    return figure


def _panel(
    axes: Any,
    lines: "xarray.DataArray",
    points: "xarray.Dataset",
    styles: dict[float, Any],
    dashed: dict[float, Any],
) -> None:
    mark_threshold(axes)
    for p2, style in reversed(styles.items()):  # pale over dark, dashes over all
        dashes = {"linestyle": dashed[p2], "zorder": 2.5} if p2 in dashed else {}
        draw_line(axes, lines.sel(fraction=p2), style, **dashes)
        draw_points(axes, points.sel(fraction=p2), style)
    axes.set(yscale="log", xlim=(0, 1030), ylim=(0.13, 25))
    log_ticks(axes.yaxis)


def caption(tables: Tables) -> str:
    """Set-up, how to read it, and the verdicts."""
    error = tables.points.sel(term="error")
    return CAPTION.format(
        setup=SETUP,
        key=how_to_read_grid(tables.points),
        threshold=THRESHOLD,
        tally=tally(error.verdict),
        departure=departure(error),
    )
