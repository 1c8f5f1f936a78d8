"""The look that all figures share: style sheet, colour and marker of each quality, ticks."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["blank", "plain_log", "quality_style", "styled"]

STYLES = (
    {"color": "#1d3c6e", "marker": "o"},
    {"color": "#2b9c8e", "marker": "s"},
    {"color": "#e8a33a", "marker": "^"},
    {"color": "#b8312f", "marker": "D"},
)
"""Dark blue, teal, amber, red: apart in grey and for colour-blind readers; markers differ too."""


def quality_style(index: int) -> dict[str, Any]:
    """Colour and marker of the index-th quality, from the best labels to the worst."""
    return dict(STYLES[index % len(STYLES)])


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """matplotlib in our style and without a screen; nothing global is left changed."""
    import matplotlib

    with matplotlib.rc_context():
        import matplotlib.style

        matplotlib.style.use(Path(__file__).with_name("detequiv.mplstyle"))
        yield


def blank(width: float = 7.0, height: float = 4.6) -> "tuple[Figure, Any]":
    """A figure with one pair of axes, independent of pyplot and of any screen."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def plain_log(axis: Any) -> None:
    """Ticks of a logarithmic axis at 1, 2 and 5 times powers of ten, as plain numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
