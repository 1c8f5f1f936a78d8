"""How many of the generated samples an exact verifier should keep."""

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from ....numerics import predict
from ....theory.statements.selection.filtered_least_squares import exact_verifier_acceptance
from ...computing.compared_samples import how_to_read
from ...computing.selected_points import simulate_selections
from ...computing.work import Work
from ...drawing.captions import departure, tally
from ...drawing.curves import (
    ERROR_LABEL,
    best_key,
    draw_line,
    draw_points,
    mark_best,
    mark_vertical,
    verdict_keys,
)
from ...drawing.palette import QUALITY
from ...drawing.style import WIDTH, headline, legend_below, log_ticks, panels
from ...drawing.tables import Tables
from ...setups.selected_labels import DIMENSION, GENERATOR_ERROR, NOISE, best_kept, filtered

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["NUMBERS", "caption", "compute", "draw", "limit", "lines"]

NUMBERS = (10, 30, 100)
"""N/d, generated samples per dimension."""

POINTS = (1.6, 2.5, 5.0, 20.0, 60.0)
LEAST = 1.2
PER_DECADE = 24
NEAR = tuple(np.arange(1.2, 2.2, 0.05).round(2).tolist())
"""Values of n/d about the minima."""

STYLES = dict(zip(NUMBERS, (QUALITY[0.5], QUALITY[0.1], QUALITY[0.0]), strict=True))

CAPTION = """\
Test error of least squares against the number n of kept samples, for N = {numbers} times d generated ones.
An exact verifier w_t keeps labels with |y − xᵀw_t| < t; the right end of each line keeps all. Stars: the
minima, at n/d = {minima}. Short dashes: (2π/3)τ²(d/N)², the error at n = 2d for many samples, τ² = {tau2:g}.
Fewer kept samples have labels nearer to the truth, but too few leave noise: 2d is the compromise,
however many there are.

Linear model, isotropic, d = {dimension}, no ridge, |w_t| = 1; error of the generator {generator:g}, noise
variance of its labels {noise:g}. All N samples are drawn, labelled, selected and fitted.

{key} {tally}. {departure} Hollow
points left of n = 2d lie above the line by finite-size effects of about a tenth.
"""


def grid() -> tuple[float, ...]:
    """Values of n/d, whole numbers of samples."""
    count = round(PER_DECADE * np.log10(max(NUMBERS) / LEAST)) + 1
    between = np.geomspace(LEAST, max(NUMBERS), count)
    return tuple(sorted({*(between * DIMENSION).round() / DIMENSION, *NEAR, *POINTS, *map(float, NUMBERS)}))


@functools.cache
def lines() -> "xarray.Dataset":
    """The error over N/d and n/d; NaN where more are kept than there are."""
    import xarray

    error = [
        [float(predict(filtered(number, kept)).error) if kept <= number else np.nan for kept in grid()]
        for number in NUMBERS
    ]
    coords = {"number": list(NUMBERS), "kept": list(grid())}
    return xarray.DataArray(error, coords, ("number", "kept")).to_dataset(name="error")


def compute(work: Work) -> Tables:
    """Theory along n/d, and simulation at some of them."""
    points = simulate_selections(
        filtered,
        work,
        term="error",
        trials=lambda number, kept: work.trials if kept <= 5 else max(2, work.trials // 4),
        exists=lambda number, kept: kept < number,
        finite_size=True,
        number=NUMBERS,
        kept=POINTS,
    )
    return Tables(
        lines(),
        points.assign_attrs(
            trials=f"{work.trials} (a quarter beyond n = 5d)",
            band=f"{points.attrs['band']} plus the finite-size error that the prediction states (up to 8%)",
            model="linear",
            dimension=DIMENSION,
            ridge=0,
            noise_variance=NOISE,
            generator_error=GENERATOR_ERROR,
        ),
    )


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """A curve for each N, with its minimum."""
    figure, ((axes,),) = panels(size=(WIDTH, 4.6))
    headline(figure, title)
    points = points.squeeze("term")
    for number in NUMBERS:
        style, best = STYLES[number], best_kept(number)
        draw_line(axes, lines.error.sel(number=number), style)
        draw_points(axes, points.sel(number=number), style)
        level = limit(number)
        axes.plot([1.0, 3.0], [level] * 2, color=style["color"], linewidth=1.3, linestyle=(0, (3, 2)))
        mark_best(axes, best.kept * number, best.error, style)
    axes.set(
        xscale="log",
        yscale="log",
        xlim=(1, 130),
        ylim=(7e-5, 1.2),
        xlabel="kept samples per dimension, $n/d$",
        ylabel=ERROR_LABEL,
    )
    mark_vertical(axes, 2, "$n = 2d$")
    log_ticks(axes.xaxis)
    log_ticks(axes.yaxis)
    axes.set_xticks([1, 2, 5, 10, 20, 50, 100])
    axes.annotate("$(2\\pi/3)\\,\\tau^2(d/N)^2$", (2.0, limit(10)), (8, -7), **_offset(STYLES[10], "top"))
    _name_curves(axes, lines)
    legend_below(figure, "", [*verdict_keys([points]), best_key("minimum")])
    return figure


def _name_curves(axes: Any, lines: "xarray.Dataset") -> None:
    """N beside each curve, a third of the way up."""
    for number, kept in zip(NUMBERS, (5.0, 12.0, 30.0), strict=True):
        error = lines.error.sel(number=number).sel(kept=kept, method="nearest")
        at = (float(error.kept), float(error))
        axes.annotate(f"$N = {number}d$", at, (8, -4), **_offset(STYLES[number], "top"))


def _offset(style: dict[str, Any], vertical: str) -> dict[str, Any]:
    return {"textcoords": "offset points", "color": style["color"], "va": vertical}


def limit(number: float) -> float:
    """(2π/3)τ²(d/N)²."""
    given = {"distance": GENERATOR_ERROR, "noise_variance": NOISE}
    return exact_verifier_acceptance(aspect_ratio=1 / number, **given).error


def caption(tables: Tables) -> str:
    """Set-up, how to read it, and the verdicts."""
    points = tables.points
    return CAPTION.format(
        numbers=_listed(f"{number}" for number in NUMBERS),
        minima=_listed(f"{best_kept(number).kept * number:.2f}" for number in NUMBERS),
        tau2=GENERATOR_ERROR + NOISE,
        dimension=DIMENSION,
        generator=GENERATOR_ERROR,
        noise=NOISE,
        key=how_to_read(points),
        tally=tally(points.verdict).capitalize(),
        departure=departure(points.squeeze("term")),
    )


def _listed(words: Any) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}"
