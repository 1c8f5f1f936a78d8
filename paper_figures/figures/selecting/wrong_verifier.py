"""The error with many generated samples: without a verifier, with a wrong and with an exact one."""

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from ....numerics import predict
from ....theory import Problem
from ....theory.statements.selection.verifier_plateau import BestFilter, best_filter
from ...computing.compared_samples import how_to_read
from ...computing.selected_points import simulate_selections
from ...computing.work import Work
from ...drawing.captions import departure, tally
from ...drawing.curves import ERROR_LABEL, draw_line, draw_points, verdict_keys
from ...drawing.palette import QUALITY
from ...drawing.style import WIDTH, headline, legend_below, log_ticks, panels
from ...drawing.tables import Tables
from ...setups.selected_labels import DIMENSION, GENERATOR_ERROR, NOISE, VERIFIER_ERRORS, best_kept, filtered

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["NUMBERS", "VERIFIERS", "caption", "compute", "draw", "lines"]

VERIFIERS = ("none", "wrong", "exact")

POINTS = (4, 10, 30, 100)
"""N/d, generated samples per dimension."""

NUMBERS = tuple(sorted({*POINTS, *np.geomspace(3, 300, 33).round(2).tolist()}))
STYLES = {"none": QUALITY[1.0], "wrong": QUALITY[0.5], "exact": QUALITY[0.0]}
NAMES = {"exact": "the exact verifier", "none": "no verifier", "wrong": "the wrong verifier"}
SHARES = {"none": 8, "wrong": 4, "exact": 1}
"""By which trials are divided: errors with a plateau fluctuate less."""

CAPTION = """\
Test error of least squares against the number N of generated samples: all of them (red), and those whose
labels are near the predictions of a verifier, at the best threshold for each N. A verifier of error
{wrong:g} (amber) leaves a plateau of {floor:.4f}, below its own error, because its mistakes and the
generator's (error {generator:g}) are orthogonal. An exact one (blue) leaves none: the error falls as (d/N)².

Linear model, isotropic, d = {dimension}, no ridge, |w_t| = 1; noise variance {noise:g} of the generated
labels. All N samples are drawn, labelled, selected and fitted.

{key} {tally}. {departure} Hollow
points of the exact verifier, which keeps about 2d samples, lie above the line by finite-size effects.
"""


def problem(verifier: str, number: float) -> Problem:
    """The fit at the best threshold."""
    if verifier == "none":
        return filtered(number, number)
    return filtered(number, best_kept(number, verifier).kept * number, verifier)


def floor() -> BestFilter:
    """The best filter of the wrong verifier, with unlimited samples."""
    return best_filter(
        generator_error=GENERATOR_ERROR, verifier_error=VERIFIER_ERRORS["wrong"], noise_variance=NOISE
    )


@functools.cache
def lines() -> "xarray.Dataset":
    """The error over verifier and N/d."""
    import xarray

    error = [[float(predict(problem(verifier, x)).error) for x in NUMBERS] for verifier in VERIFIERS]
    coords = {"verifier": list(VERIFIERS), "number": list(NUMBERS)}
    return xarray.DataArray(error, coords, ("verifier", "number")).to_dataset(name="error")


def compute(work: Work) -> Tables:
    """Theory along N/d, and simulation at some of them."""
    points = simulate_selections(
        problem,
        work,
        term="error",
        trials=lambda verifier, number: max(2, work.trials // SHARES[verifier]),
        finite_size=True,
        verifier=VERIFIERS,
        number=POINTS,
    )
    return Tables(
        lines(),
        points.assign_attrs(
            trials=f"{work.trials} (a quarter with the wrong verifier, an eighth without one)",
            band=f"{points.attrs['band']} plus the finite-size error that the prediction states (up to 5%)",
            model="linear",
            dimension=DIMENSION,
            ridge=0,
            noise_variance=NOISE,
            generator_error=GENERATOR_ERROR,
            verifier_error=VERIFIER_ERRORS["wrong"],
        ),
    )


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """A curve for each verifier, and where it ends."""
    figure, ((axes,),) = panels(size=(WIDTH, 5.4))
    headline(figure, title)
    points = points.squeeze("term")
    _level(axes, GENERATOR_ERROR, "no verifier: the generator's error", STYLES["none"], "bottom")
    _level(axes, VERIFIER_ERRORS["wrong"], "the wrong verifier's own error", STYLES["wrong"], "bottom")
    _level(axes, floor().plateau, "the floor of its filter", STYLES["wrong"], "top")
    for verifier in VERIFIERS:
        style = STYLES[verifier]
        draw_line(axes, lines.error.sel(verifier=verifier), style)
        draw_points(axes, points.sel(verifier=verifier), style)
    axes.set(
        xscale="log",
        yscale="log",
        xlim=(2.7, 330),
        ylim=(1e-4, 1.3),
        xlabel="generated samples per dimension, $N/d$",
        ylabel=ERROR_LABEL,
    )
    log_ticks(axes.xaxis)
    log_ticks(axes.yaxis)
    exact = lines.error.sel(verifier="exact").sel(number=30, method="nearest")
    axes.annotate(
        "exact verifier, $\\propto (d/N)^2$",
        (float(exact.number), float(exact)),
        (-8, -4),
        textcoords="offset points",
        color=STYLES["exact"]["color"],
        ha="right",
        va="top",
    )
    legend_below(figure, "", verdict_keys([points]))
    return figure


def _level(axes: Any, y: float, text: str, style: dict[str, Any], vertical: str) -> None:
    """A dashed line across, named at its right end."""
    axes.axhline(y, color=style["color"], linewidth=1.2, linestyle=(0, (4, 3)), zorder=0)
    axes.annotate(
        text,
        (1, y),
        (-3, 2 if vertical == "bottom" else -3),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        color=style["color"],
        ha="right",
        va=vertical,
    )


def caption(tables: Tables) -> str:
    """Set-up, how to read it, and the verdicts."""
    points = tables.points
    return CAPTION.format(
        wrong=VERIFIER_ERRORS["wrong"],
        floor=floor().plateau,
        generator=GENERATOR_ERROR,
        dimension=DIMENSION,
        noise=NOISE,
        key=how_to_read(points),
        tally=tally(points.verdict).capitalize(),
        departure=departure(
            points.squeeze("term").assign_coords(verifier=[NAMES[v] for v in points.verifier.values])
        ),
    )
