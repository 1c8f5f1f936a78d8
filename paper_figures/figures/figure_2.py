"""Figure 2 of arXiv 2410.04840 v2: bias, variance, collapse and their sum against width."""

from typing import TYPE_CHECKING, Any

from ..computing.work import Work
from ..drawing.captions import departure, how_to_read_grid, tally
from ..drawing.curves import (
    FINITE_SIZE,
    QUALITY_TITLE,
    draw_line,
    draw_points,
    quality_keys,
    series_key,
    verdict_keys,
)
from ..drawing.palette import NEUTRAL, QUALITY
from ..drawing.style import WIDTH, headline, legend_below, log_ticks, panels
from ..drawing.tables import Tables
from ..setups.figure_5_setup import POINTS, SETUP, THRESHOLD, lines, mark_threshold, simulated

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["PANELS", "caption", "compute", "draw", "series"]

PANELS = {
    "bias": "bias $B$: truth not learnt",
    "variance": "variance $V$: noise learnt",
    "collapse": "collapse $\\zeta$: wrong labels",
    "error": "test error $E = B + V + \\zeta$",
}
"""Title of the panel of each term."""

CAPTION = """\
{setup}

{key} All panels share both axes. {threshold} Bias and variance do not depend on the quality; they
are drawn once and compared at c² = 0, where the tolerance is smallest. The collapse is 0 at c² = 0
and not drawn there. Verdicts by panel: {tallies}. With all terms compared at once, {whole}.
{departure}
"""


def compute(work: Work) -> Tables:
    """Theory along the widths, and simulation at some."""
    return Tables(lines(), simulated(POINTS, work))


def series(table: "xarray.Dataset", term: str) -> list[float]:
    """The qualities whose lines a panel shows: one where all are the same, none that are 0."""
    values = table[term]
    if bool((values == values.isel(quality=0)).all()):
        return [float(values.quality[0])]
    return [float(c2) for c2 in values.quality if bool((values.sel(quality=c2) > 0).any())]


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """Four panels, a term each, one series for each quality."""
    figure, axes = panels(2, 2, size=(WIDTH, 6.4), sharex=True, sharey=True)
    qualities = {term: series(lines, term) for term in PANELS}
    for term, panel in zip(PANELS, axes.flat, strict=True):
        _panel(panel, lines, points, term, qualities[term])
    axes[0, 0].set_xlim(0, 1030)
    for panel in axes[-1]:
        panel.set_xlabel("width of the model, $m$")
    figure.supylabel("part of the test error, noise excluded", y=0.56)
    headline(figure, title)
    drawn_points = [points.sel(term=term, quality=of) for term, of in qualities.items()]
    keys = [*quality_keys(lines.quality), series_key(NEUTRAL, "any $c^2$")]
    legend_below(figure, QUALITY_TITLE, keys, verdict_keys(drawn_points, FINITE_SIZE))
    return figure


def _panel(
    axes: Any, lines: "xarray.Dataset", points: "xarray.Dataset", term: str, qualities: list[float]
) -> None:
    mark_threshold(axes)
    for quality in qualities:
        style = (NEUTRAL if len(qualities) == 1 else QUALITY[quality]) | {"markersize": 4}
        draw_line(axes, lines[term].sel(quality=quality), style)
        draw_points(axes, points.sel(term=term, quality=quality), style)
    axes.set(title=PANELS[term], yscale="log", ylim=(1e-4, 60))
    log_ticks(axes.yaxis)


def caption(tables: Tables) -> str:
    """Set-up, how to read it, and the verdicts."""
    theory, points = tables
    tallies = "; ".join(
        f"{term}, {tally(points.verdict.sel(term=term, quality=series(theory, term)))}" for term in PANELS
    )
    return CAPTION.format(
        setup=SETUP,
        threshold=THRESHOLD,
        key=how_to_read_grid(points),
        tallies=tallies,
        whole=tally(points.point_verdict),
        departure=departure(points.sel(term="error")),
    )
