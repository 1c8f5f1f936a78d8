"""Generated signs on which an exact oracle agrees, with a margin of its score."""

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from ....numerics import predict
from ....theory.statements.selection.agreement_margins import MarginLabels, agreement_with_margin
from ...computing.compared_samples import how_to_read
from ...computing.selected_points import simulate_selections
from ...computing.work import Work
from ...drawing.captions import departure, tally
from ...drawing.curves import best_key, draw_line, draw_points, mark_best, series_key, verdict_keys
from ...drawing.palette import NEUTRAL, QUALITY
from ...drawing.style import WIDTH, headline, legend_below, panels
from ...drawing.tables import Tables
from ...setups.selected_labels import ANGLE, DIMENSION, signed

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["MARGINS", "NUMBERS", "caption", "compute", "draw", "lines"]

NUMBERS = (20, 80, 320)
"""N/d, generated samples per dimension."""

POINTS = (0.0, 0.5, 1.0, 1.5, 2.0)
MARGINS = tuple(np.linspace(0, 2.5, 26).round(2).tolist())
LEAST = 1.8
"""Kept samples per dimension below which there is neither line nor point."""

FEWER = {20: 1, 80: 2, 320: 3}
"""By which trials are divided."""

STYLES = dict(zip(NUMBERS, (QUALITY[0.5], QUALITY[0.1], QUALITY[0.0]), strict=True))
TERM = "classification_error"

CAPTION = """\
0-1 error of least squares on generated signs that are kept where an exact oracle w_o = w_t agrees and
is sure, |xᵀw_o| > t, against the margin t, for N = {numbers} times d generated samples. The generator is at
{angle} degrees to the truth and wrong on {none:.4f} of all inputs. Agreement alone (t = 0) leaves half of
that, however many samples there are. A margin turns the kept labels to the oracle, at the price of samples;
the best margins (stars) are {best}, with errors {errors}. Dotted: unlimited samples.

Linear model, isotropic, d = {dimension}, no ridge. All N samples are drawn, labelled, selected and fitted.
Lines end where fewer than {least:g} d samples are kept.

{key} {tally}. {departure}
"""


def unlimited(margin: float) -> MarginLabels:
    """Of unlimited samples."""
    return agreement_with_margin(generator_angle=np.radians(ANGLE), oracle_angle=0.0, above=margin)


def exists(number: float, margin: float) -> bool:
    """Whether enough samples are kept."""
    return number * unlimited(margin).kept >= LEAST


@functools.cache
def lines() -> "xarray.Dataset":
    """The 0-1 error over N/d and margin; NaN where too few are kept."""
    import xarray

    error = [
        [predict(signed(number, t)).classification_error() if exists(number, t) else np.nan for t in MARGINS]
        for number in NUMBERS
    ]
    coords = {"number": list(NUMBERS), "margin": list(MARGINS)}
    return xarray.DataArray(error, coords, ("number", "margin")).to_dataset(name=TERM)


def compute(work: Work) -> Tables:
    """Theory along the margin, and simulation at some of them."""
    points = simulate_selections(
        signed,
        work,
        term=TERM,
        trials=lambda number, margin: max(2, work.trials // FEWER[number]),
        exists=exists,
        number=NUMBERS,
        margin=POINTS,
    )
    return Tables(
        lines(),
        points.assign_attrs(
            trials=f"{work.trials} (half at N = 80d, a third at 320d)",
            model="linear",
            dimension=DIMENSION,
            ridge=0,
            angle=ANGLE,
        ),
    )


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """A curve for each N with its minimum, between the levels without margin."""
    figure, ((axes,),) = panels(size=(WIDTH, 4.6))
    headline(figure, title)
    points = points.squeeze("term")
    _level(axes, ANGLE / 180, "no oracle")
    _level(axes, ANGLE / 360, "agreement alone")
    axes.plot(
        MARGINS, [unlimited(t).plateau for t in MARGINS], color=NEUTRAL["color"], linestyle=":", linewidth=1.4
    )
    axes.annotate("unlimited samples", (2.5, 0.003), color=NEUTRAL["color"], ha="right", va="bottom")
    for number in NUMBERS:
        style, line = STYLES[number], lines[TERM].sel(number=number)
        draw_line(axes, line, style)
        draw_points(axes, points.sel(number=number), style)
        mark_best(axes, float(line.idxmin()), float(line.min()), style)
    axes.set(xlim=(-0.05, 2.55), ylim=(0, 0.24), xlabel="margin of the oracle, $t$", ylabel="0-1 error")
    keys: list[Any] = [series_key(STYLES[number], f"$N = {number}d$") for number in NUMBERS]
    legend_below(figure, "", keys, [*verdict_keys([points])[1:], best_key("best margin")])
    return figure


def _level(axes: Any, y: float, text: str) -> None:
    """A dashed line across, named at its right end."""
    axes.axhline(y, color=NEUTRAL["color"], linewidth=1.2, linestyle=(0, (4, 3)), zorder=0)
    axes.annotate(
        f"{text}, {y:.3f}",
        (1, y),
        (-3, 2),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        color=NEUTRAL["color"],
        ha="right",
        va="bottom",
    )


def caption(tables: Tables) -> str:
    """Set-up, how to read it, and the verdicts."""
    theory, points = tables
    error = theory[TERM]
    return CAPTION.format(
        numbers=_listed(f"{number}" for number in NUMBERS),
        angle=ANGLE,
        none=ANGLE / 180,
        best=_listed(f"{float(error.sel(number=number).idxmin()):g}" for number in NUMBERS),
        errors=_listed(f"{float(error.sel(number=number).min()):.3f}" for number in NUMBERS),
        dimension=DIMENSION,
        least=LEAST,
        key=how_to_read(points),
        tally=tally(points.verdict).capitalize(),
        departure=departure(points.squeeze("term")),
    )


def _listed(words: Any) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}"
