"""Maps over two parameters, with simulated points that show their number and verdict."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...verify import Verdict

if TYPE_CHECKING:
    import xarray

__all__ = ["draw_map", "draw_simulated_points", "hatched", "signed", "verdict_markers"]

MARKERS = {Verdict.AGREES: "o", Verdict.UNDECIDED: "s", Verdict.DISAGREES: "X"}

LABELS = {Verdict.AGREES: "simulation agrees", Verdict.UNDECIDED: "undecided", Verdict.DISAGREES: "disagrees"}


def draw_map(
    axes: Any,
    values: "xarray.DataArray",
    colours: str,
    levels: Sequence[float],
    lines: Mapping[float, tuple[float, float]] | None = None,
) -> Any:
    """Colours between levels, and lines where asked for; returns the colours' artist.

    values : over two dimensions, the first one horizontal, all between the levels, whose colours
    are in even steps. lines : at these values, their numbers near these places.
    """
    from matplotlib.colors import BoundaryNorm

    x, y = (values[dim].values for dim in values.dims)
    drawn = axes.contourf(x, y, values.values.T, levels=levels, cmap=colours, norm=BoundaryNorm(levels, 256))
    drawn.set_edgecolor("face")  # no seams between the bands in the .pdf
    for level, place in (lines or {}).items():
        marked = axes.contour(
            x, y, values.values.T, levels=[level], colors="black", linewidths=0.7, linestyles="solid"
        )
        _outlined(axes.clabel(marked, fmt=signed, fontsize=9, manual=[place]), 2.0)
    return drawn


def hatched(axes: Any, values: "xarray.DataArray", above: float, width: float = 2.2) -> None:
    """Hatches where values are above this, and a thick line where they reach it."""
    x, y = (values[dim].values for dim in values.dims)
    top = max(float(values.max()), above) + 1
    area = axes.contourf(x, y, values.values.T, levels=[above, top], colors="none", hatches=["////"])
    area.set(edgecolor="0.25", linewidth=0.0)
    axes.contour(x, y, values.values.T, levels=[above], colors="black", linewidths=width, linestyles="solid")


def draw_simulated_points(axes: Any, points: "xarray.Dataset", colours: Any) -> None:
    """The simulated points: filled with the colour of the simulated value, its number beside.

    points : of one term over two dimensions, the first one horizontal; NaN where there is none.
    """
    across, up = points.simulated.dims
    for x in points[across].values:
        for y in points[up].values:
            point = points.sel({across: x, up: y})
            if np.isfinite(point.simulated):
                value, verdict = float(point.simulated), Verdict(str(point.verdict.values))
                mark = axes.scatter(
                    x,
                    y,
                    s=80,
                    color=[colours.cmap(colours.norm(value))],
                    marker=MARKERS[verdict],
                    edgecolors="white",
                    linewidths=1.3,
                    zorder=5,
                    path_effects=[_stroke(3.2, "black")],
                )
                mark.set_clip_on(False)
                beside = axes.annotate(
                    signed(value),
                    (x, y),
                    (7, 5),
                    fontsize=9,
                    weight="bold",
                    textcoords="offset points",
                    zorder=6,
                )
                _outlined([beside], 2.5)


def verdict_markers(points: "xarray.Dataset") -> list[Any]:
    """The legend's entries of every verdict that occurs."""
    from matplotlib.lines import Line2D

    seen = set(points.verdict.values.ravel().tolist())
    return [
        Line2D(
            [],
            [],
            markersize=8.5,
            markerfacecolor="none",
            markeredgecolor="black",
            markeredgewidth=1.5,
            linestyle="none",
            marker=MARKERS[verdict],
            label=LABELS[verdict],
        )
        for verdict in Verdict
        if verdict.value in seen
    ]


def signed(value: float) -> str:
    """Percent, with its sign; the colour bar has the unit.

    >>> signed(-12.4), signed(3.0), signed(0.0)
    ('−12', '+3', '0')
    """
    rounded = round(value)
    return f"{'+' if rounded > 0 else '−' if rounded < 0 else ''}{abs(rounded)}"


def _outlined(texts: Sequence[Any], width: float) -> None:
    for text in texts:
        text.set_path_effects([_stroke(width, "white")])


def _stroke(width: float, colour: str) -> Any:
    from matplotlib.patheffects import withStroke

    return withStroke(linewidth=width, foreground=colour)
