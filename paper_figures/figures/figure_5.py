"""Figure 5 of arXiv 2410.04840 v2: test error against width, for four qualities."""

from typing import TYPE_CHECKING

from ..computing.work import Work
from ..drawing.captions import departure, how_to_read_grid, tally
from ..drawing.curves import (
    ERROR_LABEL,
    FINITE_SIZE,
    QUALITY_TITLE,
    best_key,
    draw_line,
    draw_points,
    mark_best,
    quality_keys,
    verdict_keys,
)
from ..drawing.palette import QUALITY
from ..drawing.style import WIDTH, headline, legend_below, log_ticks, panels
from ..drawing.tables import Tables
from ..setups.figure_5_setup import POINTS, SETUP, THRESHOLD, lines, mark_threshold, simulated

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["caption", "compute", "draw"]

CAPTION = """\
{setup}

{key} Stars: the best width. {threshold} For the test error, {tally}. {departure}
"""


def compute(work: Work) -> Tables:
    """The test error alone: theory along the widths, and simulation at some."""
    points = simulated(POINTS, work).sel(term=["error"]).drop_vars("point_verdict")
    return Tables(lines(), points)


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """The test error of both, one series for each quality."""
    figure, ((axes,),) = panels(size=(WIDTH, 4.6))
    points = points.squeeze("term")
    mark_threshold(axes)
    for quality in lines.quality.values.tolist():
        line = lines.error.sel(quality=quality)
        draw_line(axes, line, QUALITY[quality])
        draw_points(axes, points.sel(quality=quality), QUALITY[quality])
        mark_best(axes, line.idxmin(), line.min(), QUALITY[quality])
    axes.set(
        yscale="log", xlim=(0, 1030), ylim=(0.13, 25), xlabel="width of the model, $m$", ylabel=ERROR_LABEL
    )
    log_ticks(axes.yaxis)
    headline(figure, title)
    marks = [*verdict_keys([points], FINITE_SIZE), best_key("best width")]
    legend_below(figure, QUALITY_TITLE, quality_keys(lines.quality), marks)
    return figure


def caption(tables: Tables) -> str:
    """Set-up, how to read it, and the verdicts."""
    points = tables.points
    return CAPTION.format(
        setup=SETUP,
        threshold=THRESHOLD,
        key=how_to_read_grid(points),
        tally=tally(points.verdict),
        departure=departure(points.squeeze("term")),
    )
