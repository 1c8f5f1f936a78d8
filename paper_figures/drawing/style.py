"""The look that all figures share: style sheet, panels, ticks, and the legend below the panels."""

import contextlib
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...theory.base.filled_text import filled
from .load_matplotlib import load_matplotlib

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["WIDTH", "headline", "legend_below", "log_ticks", "panels", "styled"]

WIDTH = 5.6
"""Inches of a figure whose letters are still 6 points high if it is printed 3.3 inches wide."""

NARROW = 2.6
"""Decades up to which an axis has room for ticks at 1, 2 and 5."""

PLAIN = 1e-3, 1e4
"""Decades outside of this are written as powers of ten, and with them all of their axis."""


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """matplotlib in our style and without a screen; nothing global is left changed."""
    matplotlib = load_matplotlib()
    with matplotlib.rc_context():
        from matplotlib import style

        style.use(Path(__file__).with_name("detequiv.mplstyle"))
        yield


def panels(
    rows: int = 1, columns: int = 1, *, size: tuple[float, float] = (7.0, 4.6), **shared: Any
) -> "tuple[Figure, Any]":
    """A figure and its (rows, columns) array of axes, independent of pyplot and of any screen.

    ``shared`` goes to ``Figure.subplots``: sharex, sharey.
    """
    load_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size)
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False, **shared)


def headline(figure: "Figure", title: str) -> None:
    """The finding above all panels, in as many lines as it needs."""
    columns = round(11.2 * figure.get_figwidth())  # of letters at the size of titles
    figure.suptitle(filled(title, columns), x=0.01, ha="left")


def log_ticks(*axes: Any, powers: bool = False) -> None:
    """Logarithmic axes that are read at a glance; call it when the limits are set.

    Plain numbers at 1, 2 and 5 times powers of ten where there are few decades, else at the powers
    of ten alone, and these as powers where one is below 0.001 or above 1000. Where one axis has
    powers, so do the others, unless they are too short for two of them.

    powers : write powers of ten in any case.
    """
    some = not all(_plain(axis) for axis in axes)
    for axis in axes:
        _log_ticks(axis, powers or (some and _decades(axis) >= 2))


def _decades(axis: Any) -> float:
    low, high = axis.get_view_interval()
    return math.log10(high / low)


def _plain(axis: Any) -> bool:
    """Whether all ticks are read at a glance as plain numbers."""
    low, high = axis.get_view_interval()
    return _decades(axis) <= NARROW or bool(low >= 0.5 * PLAIN[0] and high < 10 * PLAIN[1])


def _log_ticks(axis: Any, powers: bool) -> None:
    from matplotlib.ticker import FuncFormatter, LogFormatterMathtext, LogLocator, NullFormatter, NullLocator

    narrow = _decades(axis) <= NARROW and not powers
    plain = _plain(axis) and not powers
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if narrow else (1,)))
    axis.set_minor_locator(NullLocator() if narrow else LogLocator(subs=range(2, 10), numticks=99))
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:g}") if plain else LogFormatterMathtext()
    )
    axis.set_minor_formatter(NullFormatter())


def legend_below(figure: "Figure", title: str, series: Sequence[Any], marks: Sequence[Any] = ()) -> None:
    """Legends under all panels, where they cover nothing: the series on the left, marks on the right.

    The title stands above the series. Each legend has two rows if it has more than three entries,
    the marks also beside such series. Where the two are too wide to stand side by side, the marks
    stand below.
    """
    rows = 1 if max(len(series), len(marks)) <= 3 else 2
    side_by_side = bool(series and marks)
    legends = [
        _legend(figure, keys, rows, title=heading, loc=f"outside lower {side if side_by_side else 'center'}")
        for keys, heading, side in ((series, title, "left"), (marks, "", "right"))
        if keys
    ]
    if side_by_side and sum(_inches(legend)[0] for legend in legends) > figure.get_figwidth():
        for legend in legends:
            legend.remove()
        _stack_below(figure, title, series, marks)


def _stack_below(figure: "Figure", title: str, series: Sequence[Any], marks: Sequence[Any]) -> None:
    """The series, and below them the marks, each in as few rows as fit."""
    upper = _fitting(figure, series, title=title, loc="lower left")
    lower = _fitting(figure, marks, loc="lower left")
    upper.set_bbox_to_anchor((0, _inches(lower)[1] / figure.get_figheight()), figure.transFigure)
    top = upper.get_window_extent().y1 / figure.bbox.height
    figure.set_layout_engine("constrained", rect=(0, top, 1, 1 - top))


def _fitting(figure: "Figure", keys: Sequence[Any], **where: Any) -> Any:
    """The legend with the fewest rows whose width the figure has."""
    for rows in range(1, len(keys) + 1):
        legend = _legend(figure, keys, rows, **where)
        if _inches(legend)[0] <= figure.get_figwidth() or rows == len(keys):
            break
        legend.remove()
    return legend


def _legend(figure: "Figure", keys: Sequence[Any], rows: int, **where: Any) -> Any:
    return figure.legend(
        handles=[*keys],
        ncols=-(-len(keys) // rows),
        alignment="left",
        columnspacing=1.4,
        handletextpad=0.6,
        handlelength=1.8,
        **where,
    )


def _inches(legend: Any) -> tuple[float, float]:
    extent = legend.get_window_extent()
    return extent.width / legend.figure.dpi, extent.height / legend.figure.dpi
