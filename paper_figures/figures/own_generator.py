"""A generator that saw the real samples of the mix, and one that did not."""

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numerics import predict
from ...theory import Problem
from ..computing.simulated_points import simulate_grid
from ..computing.work import Work
from ..drawing.captions import departure, how_to_read_grid, tally
from ..drawing.curves import ERROR_LABEL, draw_line, draw_points, series_key, verdict_keys
from ..drawing.palette import NEUTRAL, QUALITY
from ..drawing.style import headline, legend_below, log_ticks, panels
from ..drawing.tables import Tables
from ..setups.own_labels import DIMENSION, NOISES, REAL, RIDGE, alone, mix

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["SAMPLES", "caption", "compute", "draw", "lines"]

SAMPLES = ("same samples", "other samples")
"""What the generator was trained on."""

VARIED = ("number", "weight")
"""The panels: against the number of synthetic samples at weight 1, against the weight of 400 of them."""

FIXED = 400
POINTS = {"number": (20, 50, 100, 200, 400, 1000, 2000), "weight": (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)}
ENDS = {"number": (10, 3000), "weight": (0.005, 5.0)}
DIGITS = {"number": 0, "weight": 4}
VALUES = {
    name: tuple(sorted({*POINTS[name], *np.geomspace(*ENDS[name], 31).round(DIGITS[name]).tolist()}))
    for name in VARIED
}
STYLES = {"same samples": QUALITY[1.0], "other samples": QUALITY[0.0]}

CAPTION = """\
Test error of a model trained on {real} real samples and on samples that a generator labels, at weight 1
against their number n₂ (left), and for n₂ = {fixed} against their weight (right). The generator is ridge
regression, trained on the same {real} real samples (red), or on as many others (blue). Dashed: the real
samples alone, {alone:.4f}. With n₂ = {fixed} at weight 1 the error is {same:.4f} for the generator that saw
the same samples and {others:.4f} for the other.

Linear model, d = {dimension}, eigenvalues of the covariance ∝ 1/√j with mean 1, signal Γ = I/d, ridge
{ridge:g} of all fits, noise variance {noises[0]:g} of the real labels and {noises[1]:g} of the generator's.

{key} {tally}. {departure}
"""


def problem(varied: str, value: float, samples: str, quality: float = 1.0) -> Problem:
    """The mix; quality : 1, the grid's."""
    if varied == "number":
        return mix(round(value), same=samples == "same samples")
    return mix(FIXED, weight=value, same=samples == "same samples")


@functools.cache
def lines() -> "xarray.Dataset":
    """The error in each panel, over its values and the generator's samples."""
    import xarray

    curves = [
        xarray.DataArray(
            [[predict(problem(name, x, s)).error for s in SAMPLES] for x in VALUES[name]],
            coords={"value": list(VALUES[name]), "samples": list(SAMPLES)},
            dims=("value", "samples"),
        ).expand_dims(varied=[name])
        for name in VARIED
    ]
    found: xarray.Dataset = xarray.concat(curves, "varied", join="outer").to_dataset(name="error")
    return found


def compute(work: Work) -> Tables:
    """Theory along each axis, and simulation at some values."""
    import xarray

    found = []
    for name in VARIED:
        points = simulate_grid(
            lambda value, samples, quality, name=name: problem(name, value, samples, quality),
            work,
            qualities=(1.0,),
            value=POINTS[name],
            samples=SAMPLES,
        )
        points = points.sel(term=["error"]).drop_vars("point_verdict").squeeze("quality", drop=True)
        found.append(points.expand_dims(varied=[name]))
    points = xarray.concat(found, "varied", join="outer", fill_value={"verdict": "", "trials": 0})
    settings = {"model": "linear", "dimension": DIMENSION, "real": REAL, "ridge": RIDGE}
    return Tables(lines(), points.assign_attrs(**settings, noise_variances=str(NOISES)))


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """Two panels with one axis of errors."""
    figure, ((left, right),) = panels(1, 2, sharey=True)
    headline(figure, title)
    labels = {"number": "number of synthetic samples, $n_2$", "weight": f"weight of {FIXED} of them, $a$"}
    for axes, name in ((left, "number"), (right, "weight")):
        axes.axhline(alone(), color=NEUTRAL["color"], linewidth=1.2, linestyle=(0, (4, 3)), zorder=0)
        shown = points.squeeze("term").sel(varied=name, value=list(POINTS[name])).rename(value=name)
        line = lines.error.sel(varied=name).dropna("value").rename(value=name)
        for samples in SAMPLES:
            style = STYLES[samples]
            draw_line(axes, line.sel(samples=samples), style)
            draw_points(axes, shown.sel(samples=samples), style)
        axes.set(xscale="log", xlim=ENDS[name], xlabel=labels[name])
        log_ticks(axes.xaxis)
    left.set(ylabel=ERROR_LABEL, xticks=(10, 30, 100, 300, 1000, 3000))
    right.annotate(
        "real samples alone",
        (ENDS["weight"][0], alone()),
        (3, -2),
        textcoords="offset points",
        va="top",
        color=NEUTRAL["color"],
    )
    keys: list[Any] = [
        series_key(STYLES["same samples"], "generator trained on the same samples"),
        series_key(STYLES["other samples"], "on others"),
    ]
    legend_below(figure, "", keys, verdict_keys([points]))
    return figure


def caption(tables: Tables) -> str:
    """Set-up, how to read it, and the verdicts."""
    theory, points = tables
    at = theory.error.sel(varied="number", value=FIXED)
    return CAPTION.format(
        real=REAL,
        fixed=FIXED,
        dimension=DIMENSION,
        ridge=RIDGE,
        noises=NOISES,
        alone=alone(),
        same=float(at.sel(samples="same samples")),
        others=float(at.sel(samples="other samples")),
        key=how_to_read_grid(points),
        tally=tally(points.verdict).capitalize(),
        departure=departure(_flat(points.squeeze("term"))),
    )


def _flat(points: "xarray.Dataset") -> "xarray.Dataset":
    """The points of both panels in one dimension, named by what is varied."""
    flat = points.stack(at=("varied", "value")).dropna("at")
    names = [f"{'n₂' if name == 'number' else 'a'} = {value:g}" for name, value in flat["at"].values]
    return flat.drop_vars(["at", "varied", "value"]).assign_coords(at=names)
