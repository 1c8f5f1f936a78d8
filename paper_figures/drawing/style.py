"""The look that all figures share: style sheet, panels, ticks, and the legend below the panels."""

import contextlib
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .load_matplotlib import load_matplotlib

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["legend_below", "log_ticks", "panels", "styled"]

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


def log_ticks(axis: Any) -> None:
    """A logarithmic axis that is read at a glance; call it when the limits are set.

    Plain numbers at 1, 2 and 5 times powers of ten where there are few decades, else at the powers
    of ten alone, and these as powers where one is below 0.001 or above 1000.
    """
    from matplotlib.ticker import FuncFormatter, LogFormatterMathtext, LogLocator, NullFormatter, NullLocator

    low, high = axis.get_view_interval()
    narrow = math.log10(high / low) <= NARROW
    plain = narrow or (low >= 0.5 * PLAIN[0] and high < 10 * PLAIN[1])
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if narrow else (1,)))
    axis.set_minor_locator(NullLocator() if narrow else LogLocator(subs=range(2, 10), numticks=99))
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:g}") if plain else LogFormatterMathtext()
    )
    axis.set_minor_formatter(NullFormatter())


def legend_below(figure: "Figure", title: str, series: Sequence[Any], marks: Sequence[Any] = ()) -> None:
    """Legends under all panels, where they cover nothing: the series on the left, marks on the right.

    The title stands above the series. Each legend has two rows if it has more than three entries,
    the marks also beside such series.
    """
    rows = 1 if max(len(series), len(marks)) <= 3 else 2
    for keys, heading, side in ((series, title, "left"), (marks, "", "right")):
        location: Any = f"outside lower {side if marks and series else 'center'}"
        if keys:
            figure.legend(
                handles=[*keys],
                ncols=-(-len(keys) // rows),
                title=heading,
                loc=location,
                alignment="left",
                columnspacing=1.4,
                handletextpad=0.6,
                handlelength=1.8,
            )
