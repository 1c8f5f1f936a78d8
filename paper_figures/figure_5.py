"""Figure 5 of arXiv 2410.04840 v2: test error against width, for four qualities."""

from pathlib import Path
from typing import TYPE_CHECKING

from .captions import departure, filled, key, tally
from .catalogue import FIGURES
from .curves import ERROR_LABEL, QUALITY_TITLE, draw_line, draw_points, quality_keys, verdict_keys
from .look import legend_below, log_ticks, panels, styled
from .output import write
from .palette import QUALITY
from .widths import POINTS, SETUP, THRESHOLD, lines, mark_threshold, simulated

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["draw", "make"]

ENTRY = FIGURES["5"]
CAPTION = """\
**{title}.** Regenerates {source}. {setup}

{key} {threshold} For the test error, {tally}. {departure}
"""


def make(directory: Path, *, trials: int, seed: int = 0) -> list[Path]:
    """Compute and write figure_5.png, .pdf, .csv and .md; returns their paths."""
    points = simulated(POINTS, trials=trials, seed=seed)
    shown = points.sel(term=["error"]).drop_vars("point_verdict")
    with styled():
        figure = draw(lines(), shown.squeeze("term"), ENTRY.title)
        return write(directory, "figure_5", figure, shown, _caption(shown))


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """The test error of both, one series for each quality."""
    figure, ((axes,),) = panels()
    mark_threshold(axes)
    for quality in lines.quality.values.tolist():
        draw_line(axes, lines.error.sel(quality=quality), QUALITY[quality])
        draw_points(axes, points.sel(quality=quality), QUALITY[quality])
    axes.set(title=title, yscale="log", xlim=(0, 1030), ylim=(0.13, 25),
             xlabel="width of the model, $m$", ylabel=ERROR_LABEL)  # fmt: skip
    log_ticks(axes.yaxis)
    legend_below(figure, QUALITY_TITLE, quality_keys(lines.quality), verdict_keys([points]))
    return figure


def _caption(points: "xarray.Dataset") -> str:
    return filled(
        CAPTION.format(
            title=ENTRY.title, source=ENTRY.source, setup=SETUP, threshold=THRESHOLD,
            key=key(points), tally=tally(points.verdict),
            departure=departure(points.squeeze("term")),
        )
    )  # fmt: skip
