"""Series of a figure: theory as a line, simulation as points that show their verdict."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...verify import Verdict
from .palette import QUALITY

if TYPE_CHECKING:
    import xarray

__all__ = [
    "ERROR_LABEL",
    "FINITE_SIZE",
    "LABEL_WORDS",
    "QUALITY_TITLE",
    "best_key",
    "draw_line",
    "draw_marks",
    "draw_points",
    "mark_best",
    "mark_vertical",
    "quality_keys",
    "series_key",
    "verdict_keys",
]

ERROR_LABEL = "test error, noise excluded, $E$"
LABEL_WORDS = {1.0: "poor labels", 0.1: "fair", 0.01: "good"}
"""What panels call labels of these qualities."""

QUALITY_TITLE = "quality of the synthetic labels, $c^2$ (0 is perfect):"

RING = {
    "marker": "o",
    "markersize": 9,
    "markerfacecolor": "none",
    "markeredgecolor": "black",
    "markeredgewidth": 0.9,
    "linestyle": "none",
}

STAR: dict[str, Any] = {
    "marker": "*",
    "markersize": 15,
    "markeredgecolor": "white",
    "markeredgewidth": 1.0,
    "linestyle": "none",
    "zorder": 5,
}

LABELS = {Verdict.AGREES: "simulation", Verdict.UNDECIDED: "undecided", Verdict.DISAGREES: "disagrees"}

FINITE_SIZE = "differs: finite size"
"""Why simulations near an interpolation threshold disagree with the theory."""


def draw_line(axes: Any, line: "xarray.DataArray", style: dict[str, Any], **more: Any) -> None:
    """A line over the one dimension of ``line``; points that do not exist (NaN) are passed over."""
    existing = line.dropna(line.dims[0])
    axes.plot(existing[existing.dims[0]], existing, color=style["color"], **more)


def draw_points(axes: Any, points: "xarray.Dataset", style: dict[str, Any]) -> None:
    """Means ± one standard error over the one dimension: filled where simulation agrees with
    theory, hollow where more trials are needed, ringed where they disagree."""
    for verdict in Verdict:
        selected = points.isel({points.simulated.dims[0]: points.verdict.values == verdict.value})
        if selected.simulated.size:
            x = selected[selected.simulated.dims[0]]
            draw_marks(axes, (x, selected.simulated), (None, selected.stderr), style, verdict)


def draw_marks(
    axes: Any, at: tuple[Any, Any], bars: tuple[Any, Any], style: dict[str, Any], verdict: Verdict
) -> None:
    """Points of one verdict at (x, y), with bars (of x, of y)."""
    axes.errorbar(*at, bars[1], bars[0], **_marks(style, verdict), zorder=3)
    if verdict is Verdict.DISAGREES:
        axes.plot(*at, **RING | {"markersize": min(10, 2 * style.get("markersize", 5.5))}, zorder=4)


def mark_best(axes: Any, x: Any, y: Any, style: dict[str, Any]) -> None:
    """A star at the best place of a line."""
    axes.plot(x, y, markerfacecolor=style["color"], **STAR)


def mark_vertical(axes: Any, x: float, label: str) -> None:
    """A dashed line at x from bottom to top, its label beside its head."""
    axes.axvline(x, color="0.55", linewidth=1.0, linestyle=(0, (4, 3)), zorder=0)
    axes.annotate(
        label,
        (x, 0.97),
        (5, 0),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        color="0.35",
        va="top",
    )


def series_key(style: dict[str, Any], label: str) -> Any:
    """The legend's entry of a series: its line and its marker."""
    from matplotlib.lines import Line2D

    return Line2D([], [], **_marks(style, Verdict.AGREES) | {"linestyle": "-"}, label=label)


def best_key(label: str) -> Any:
    """The legend's entry of the stars."""
    from matplotlib.lines import Line2D

    return Line2D([], [], markerfacecolor="0.4", **STAR, label=label)


def quality_keys(qualities: Iterable[float]) -> list[Any]:
    """The legend's entries of these qualities."""
    return [series_key(QUALITY[float(c2)], f"$c^2$ = {float(c2):g}") for c2 in qualities]


def verdict_keys(points: Sequence["xarray.Dataset"], disagrees: str | None = None) -> list[Any]:
    """The legend's entries of the theory and of every verdict that occurs among these points.

    disagrees : what to call disagreement where its reason is known.
    """
    from matplotlib.lines import Line2D

    grey = {"color": "0.4", "marker": "o"}
    seen = {str(word) for some in points for word in np.unique(some.verdict.values)}
    keys = [Line2D([], [], color="0.4", label="theory")]
    for verdict in Verdict:
        if verdict.value in seen:
            ringed = verdict is Verdict.DISAGREES
            looks = RING if ringed else _marks(grey, verdict)
            label = disagrees if ringed and disagrees else LABELS[verdict]
            keys.append(Line2D([], [], **looks, label=label))
    return keys


def _marks(style: dict[str, Any], verdict: Verdict) -> dict[str, Any]:
    hollow = verdict is Verdict.UNDECIDED
    return style | {
        "linestyle": "none",
        "markerfacecolor": "white" if hollow else style["color"],
        "markeredgecolor": style["color"] if hollow else "white",
        "markeredgewidth": 1.3 if hollow else 0.6,
    }
