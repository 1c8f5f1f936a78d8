"""Test error against ridge for chains of generators: shared by Figures 1 and 2 of 2402.07712."""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..computing.compared_samples import departure_sentence, how_to_read
from ..drawing.captions import tally
from ..drawing.curves import ERROR_LABEL, best_key, draw_line, draw_points, mark_best, verdict_keys
from ..drawing.palette import ordered
from ..drawing.style import WIDTH, headline, legend_below, log_ticks, panels

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["draw_ridge_curves", "ridge_caption", "ridge_grid", "with_best"]

SHARED = (
    "; noise and truth are integrated out given the inputs, of which all ridges and all n of a "
    "trial share the draws"
)

CAPTION = """\
{key} Star: the ridge with the lowest error, {best}; it grows with the number of generators. Band: the
error is within 2% of its minimum. The theory has nσ₀²/(T₀ − d) for the noise of the generators; the
exact value, nσ₀²/(T₀ − d − 1), is {exact} higher. For the test error, {tally}. {departure}
"""


def ridge_grid(low: float, high: float, count: int, points: Iterable[float]) -> tuple[float, ...]:
    """``count`` ridges in geometric progression together with the points, in ascending order.

    A ridge that is a point except for rounding, which differs between processors, occurs once.

    >>> ridge_grid(0.1, 10, 3, [1 + 1e-15, 5])
    (0.1, 1.000000000000001, 5, 10.0)
    """
    given = tuple(points)
    grid = np.geomspace(low, high, count).tolist()
    new = [ridge for ridge in grid if not any(math.isclose(ridge, x) for x in given)]
    return tuple(sorted({*given, *new}))


def with_best(lines: "xarray.Dataset") -> "xarray.Dataset":
    """The lines with a variable ``best_ridge``, the ridge of the smallest error for each n."""
    return lines.assign(best_ridge=lines.error.idxmin("ridge"))


def draw_ridge_curves(
    lines: "xarray.Dataset", points: "xarray.Dataset", title: str, limits: tuple[float, float]
) -> "Figure":
    """One panel: a series for each number of generations, the best ridge of each starred.

    limits : of the vertical axis.
    """
    figure, ((axes,),) = panels(size=(WIDTH, 4.6))
    points = points.squeeze("term")
    styles = dict(zip(lines.generations.values.tolist(), ordered(4), strict=True))
    stars = lines.error.min("ridge")
    axes.plot(lines.best_ridge, stars, color="0.35", linewidth=1.0, linestyle=(0, (4, 3)))
    for n, style in styles.items():
        draw_line(axes, lines.error.sel(generations=n), style)
        draw_points(axes, points.sel(generations=n), style)
        line = lines.error.sel(generations=n)
        axes.plot(line.ridge, line.where(line <= CLOSE * line.min()), color=style["color"], **FLAT)
        mark_best(axes, lines.best_ridge.sel(generations=n), stars.sel(generations=n), style)
        _name_line(axes, line)
    axes.set(
        xscale="log",
        yscale="log",
        ylim=limits,
        ylabel=ERROR_LABEL,
        xlabel="ridge of the last fit, $\\lambda$",
    )
    axes.margins(x=0.02)
    log_ticks(axes.xaxis, axes.yaxis)
    headline(figure, title)
    legend_below(figure, "", [*verdict_keys([points]), best_key("best ridge"), _flat_key()])
    return figure


def _name_line(axes: Any, line: "xarray.DataArray") -> None:
    """How many generators there are, above the left end of the line."""
    n, left = int(line.generations), line.isel(ridge=0)
    axes.annotate(
        {0: "no generator", 1: "1 generator"}.get(n, f"{n} generators"),
        (float(left.ridge), float(left)),
        (-2, 6),
        textcoords="offset points",
        color="0.2",
    )


CLOSE = 1.02
"""Errors within this factor of the least are marked: the best ridge is seldom sharp."""

FLAT: dict[str, Any] = {"linewidth": 7.0, "alpha": 0.3, "solid_capstyle": "butt", "zorder": 1.5}


def _flat_key() -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], color="0.4", **FLAT, label="within 2% of the least")


def ridge_caption(lines: "xarray.Dataset", points: "xarray.Dataset", samples_left: int) -> str:
    """How to read the figure, the best ridges, and the verdicts; ``samples_left`` is T_0 − d."""
    best = ", ".join(
        f"{float(lines.best_ridge.sel(generations=n)):.2g} at n = {n}"
        for n in lines.generations.values.tolist()
    )
    return CAPTION.format(
        key=how_to_read(points, SHARED),
        best=best,
        exact=f"{1 / (samples_left - 1):.1%}",
        tally=tally(points.verdict),
        departure=departure_sentence(points.squeeze("term"), {"ridge": "λ", "generations": "n"}),
    )
