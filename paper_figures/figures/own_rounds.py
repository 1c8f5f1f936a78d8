"""The error over rounds in which each model labels the data of the next."""

import functools
from typing import TYPE_CHECKING, Any

from ...numerics import evolve
from ...theory import Problem
from ..computing.simulated_points import simulate_grid
from ..computing.work import Work
from ..drawing.captions import departure, how_to_read_grid, tally
from ..drawing.curves import ERROR_LABEL, draw_line, draw_points, verdict_keys
from ..drawing.palette import QUALITY
from ..drawing.style import legend_below, panels
from ..drawing.tables import Tables
from ..setups.own_labels import (
    DIMENSION,
    NOISES,
    PER_ROUND,
    REAL,
    RIDGE,
    WAYS,
    alone,
    arguments,
    round_problem,
)

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["ROUNDS", "caption", "compute", "draw", "lines"]

ROUNDS = 12
POINTS = (0, 1, 2, 4, 8, 12)
LIMITED = 48
"""Rounds from which limits are estimated."""

STYLES = {"replace": QUALITY[1.0], "accumulate": QUALITY[0.5], "mix": QUALITY[0.0]}
NAMES = {
    "replace": "each round's samples replace all before",
    "accumulate": "real and all synthetic samples accumulate",
    "mix": "real samples and the latest synthetic ones",
}

OFFSETS = {"replace": -45, "accumulate": 9, "mix": -11}
"""Points by which the name of a curve stands above its end."""

CAPTION = """\
Test error over rounds of training: the model of each round labels {per} new samples for the next. They
replace all samples before them (red), join them (amber), or are mixed with the {real} real samples
alone (blue).
Mixed, the error ends at {mix:.4f}; replaced, at {replace:.3f}, above the error 1 of predicting 0. The
real samples alone have {alone:.4f}.

Linear model, d = {dimension}, eigenvalues of the covariance ∝ 1/√j with mean 1, signal Γ = I/d, ridge
{ridge:g} of all fits, noise variance {noises[0]:g} of the real labels and {noises[1]:g} of the models'.

{key} {tally}. {departure}
"""


def problem(way: str, round: int, quality: float = 1.0) -> Problem:
    """The fit after so many rounds; quality : 1, the grid's."""
    return round_problem(way, round)


@functools.cache
def limits() -> dict[str, float]:
    """Where the error ends, if old data do not accumulate."""
    ends = {
        way: evolve(rounds=LIMITED, **arguments(way)).attrs["limit"] for way in WAYS if way != "accumulate"
    }
    return {way: float(limit) for way, limit in ends.items()}


@functools.cache
def lines() -> "xarray.Dataset":
    """The error over way and round."""
    import xarray

    curves = [evolve(rounds=ROUNDS, **arguments(way)).error.drop_attrs() for way in WAYS]
    table = xarray.concat(curves, "way").assign_coords(way=list(WAYS))
    found: xarray.Dataset = table.rename("error").to_dataset()
    return found


def compute(work: Work) -> Tables:
    """Theory for every round, and simulation of some."""
    points = simulate_grid(problem, work, qualities=(1.0,), way=WAYS, round=POINTS)
    points = points.sel(term=["error"]).drop_vars("point_verdict").squeeze("quality", drop=True)
    settings = {"model": "linear", "dimension": DIMENSION, "real": REAL, "ridge": RIDGE}
    return Tables(lines(), points.assign_attrs(**settings, noise_variances=str(NOISES)))


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """Three curves, named at their ends."""
    figure, ((axes,),) = panels()
    points = points.squeeze("term")
    for way in WAYS:
        line, style = lines.error.sel(way=way), STYLES[way]
        draw_line(axes, line, style)
        draw_points(axes, points.sel(way=way), style)
        _label(axes, float(line[-1]), NAMES[way], style["color"], OFFSETS[way])
        if way in limits():
            axes.plot([ROUNDS, ROUNDS + 0.7], [limits()[way]] * 2, color=style["color"], linewidth=2.5)
    axes.annotate("limit", (ROUNDS + 0.8, limits()["replace"]), va="center")
    axes.annotate("limit", (ROUNDS + 0.8, limits()["mix"]), va="center")
    axes.set(
        title=title,
        xlim=(-0.3, ROUNDS + 2.1),
        ylim=(0, 1.3),
        xticks=range(0, ROUNDS + 1, 2),
        xlabel="rounds after the fit to real samples",
        ylabel=ERROR_LABEL,
    )
    legend_below(figure, "", verdict_keys([points]))
    return figure


def _label(axes: Any, y: float, text: str, color: str, offset: int) -> None:
    axes.annotate(
        text,
        (ROUNDS, y),
        (0, offset),
        textcoords="offset points",
        ha="right",
        va="top" if offset < 0 else "bottom",
        color=color,
    )


def caption(tables: Tables) -> str:
    """Set-up, how to read it, and the verdicts."""
    _, points = tables
    return CAPTION.format(
        per=PER_ROUND,
        real=REAL,
        dimension=DIMENSION,
        ridge=RIDGE,
        noises=NOISES,
        alone=alone(),
        mix=limits()["mix"],
        replace=limits()["replace"],
        key=how_to_read_grid(points),
        tally=tally(points.verdict).capitalize(),
        departure=departure(points.squeeze("term")),
    )
