"""Figure 6 of arXiv 2410.04840 v2: networks of many widths, trained on synthetic labels alone."""

from typing import TYPE_CHECKING

from ..computing.simulated_points import ALPHA
from ..computing.work import Work
from ..drawing.curves import series_key
from ..drawing.palette import ordered
from ..drawing.style import WIDTH, headline, legend_below, log_ticks, panels
from ..drawing.tables import Tables
from ..setups.real_images import (
    ERROR_LABEL,
    SAMPLES_LABEL,
    draw_joined,
    error_bar_key,
    generator_key,
    image_data,
    mark_generator,
    network_points,
    parameters,
    setup_text,
    train_networks,
    training_text,
)

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["WIDTHS", "caption", "compute", "draw"]

WIDTHS = {False: (100, 300, 1000), True: (100, 300, 1000, 3000, 10_000)}
"""For a look and in print."""

STEP = {False: 2, True: 1}
"""The largest size is trained on, and every so many of the smaller ones."""

CAPTION = """\
{setup}

All training labels are synthetic here (p₂ = 1).

{training} All widths and sizes of one trial share their images.

{widest}
"""


def compute(work: Work) -> Tables:
    """Networks, without theory."""
    images = image_data(work)
    sizes = images.sizes[:: -STEP[work.full]][::-1]
    widths = WIDTHS[work.full]
    grid = [{"width": m, "samples": n, "fraction": 1.0} for m in widths for n in sizes]
    trained = train_networks(work, images, grid, work.trials)
    points = network_points(trained, grid, {"width": widths, "samples": sizes})
    attributes = {
        "model": "two-layer networks",
        "fraction": 1.0,
        "ridge": 0.0,
        "seed": work.seed,
        "trials": work.trials,
        "alpha": ALPHA,
        "band": "none, since there is no theory",
    }
    points = points.assign_attrs({**attributes, **parameters(images), **trained.caption_numbers})
    no_theory = points.predicted.to_dataset(name="error")
    return Tables(no_theory, points.expand_dims(term=["error"], axis=-1))


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """A series for each width."""
    points = points.squeeze("term")
    figure, ((axes,),) = panels(size=(WIDTH, 4.8))
    widths = points.width.values.tolist()
    styles = dict(zip(widths, ordered(len(widths)), strict=True))
    mark_generator(axes, points.attrs["generator_error"])
    for width, style in styles.items():
        draw_joined(axes, points.sel(width=width), style)
    axes.set(xscale="log", yscale="log", xlabel=SAMPLES_LABEL, ylabel=ERROR_LABEL)
    axes.set_ylim(0.028, 0.062)
    log_ticks(axes.xaxis, axes.yaxis)
    headline(figure, title)
    labels = [f"{m:,}".replace(",", "\u2009") if m >= 10_000 else f"{m}" for m in widths]
    keys = [series_key(style, label) for style, label in zip(styles.values(), labels, strict=True)]
    marks = [error_bar_key(axes), generator_key()]
    legend_below(figure, "width of the network, $m$:", keys, marks)
    return figure


def caption(tables: Tables) -> str:
    """Set-up, how the networks are trained, and which width does best."""
    points = tables.points.squeeze("term")
    return CAPTION.format(
        setup=setup_text(points.attrs), training=training_text(points.attrs), widest=_at_most(points)
    )


def _at_most(points: "xarray.Dataset") -> str:
    """The best and the worst width at the largest size."""
    largest = points.isel(samples=-1)
    best, worst = largest.simulated.idxmin("width").item(), largest.simulated.idxmax("width").item()
    errors = " against ".join(
        f"{float(largest.simulated.sel(width=m)):.4f} ± {float(largest.stderr.sel(width=m)):.4f} (m = {m:g})"
        for m in (best, worst)
    )
    return f"At n = {int(largest.samples)} the best width has test MSE {errors} for the worst."
