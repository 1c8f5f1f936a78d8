"""Figure 7 of arXiv 2410.04840 v2: random features and networks on images, shares of synthetic
data, with the theory that the paper does not have."""

import math
from typing import TYPE_CHECKING, Any

from ...verify import Verdict
from ..computing.simulated_points import ALPHA, TOLERANCE
from ..computing.work import Work
from ..drawing.captions import departure, tally
from ..drawing.curves import draw_line, draw_points, series_key
from ..drawing.palette import ordered
from ..drawing.style import WIDTH, headline, legend_below, log_ticks, panels
from ..drawing.tables import Tables
from ..setups.feature_points import BY_FEATURES, BY_INPUTS, CONTROL, RIDGE, lines, simulated
from ..setups.real_images import (
    ERROR_LABEL,
    draw_joined,
    error_bar_key,
    generator_key,
    image_data,
    is_realizable,
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

__all__ = ["FRACTIONS", "WIDTHS", "caption", "compute", "draw"]

FRACTIONS = (0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.9)

WIDTHS = {False: (2000, 200), True: (100_000, 2000)}
"""Of random features and of networks, for a look and in print."""

STEP = {False: 2, True: 1}
"""Networks are trained at the largest size, and at every so many of the smaller ones."""

NETWORKS_SHARE = 12
"""So many trials of features to one of networks, which take longer; two at least."""

NETWORKS = "networks"

TITLES = {
    BY_INPUTS: "Theory of the pixels fails:\nlabels are not linear",
    NETWORKS: "Networks: no theory,\nbut the same order",
    BY_FEATURES: "Theory of the features:\nat most {most}% off",
    CONTROL: "Gaussian control of pixel\ntheory: at most {most}% off",
}
"""Of the panels; the first row is the paper's."""

DRAWN = (0.0, 0.2, 0.5, 0.9)
"""Fractions that are drawn: their lines stand apart, and so do their points."""

CAPTION = """\
{setup} Four of the
ten shares are drawn; all are in the table, where p₂n is at least 1.

Random features: {features} ReLU features of the centred inputs, pre-activations of variance 1,
centred by 1/√(2π); ridge λ = {ridge:g} times the width (*inferred*). Points: means of {trials}
trials (seed {seed}; new images and new features in each, shared by all n and p₂) ± one standard
error; neighbouring fractions are simulated at different n to keep their points apart. Two
titles give the largest deviation from theory, over all ten shares. Markers do not show verdicts here;
they are counted below: a point agrees within {band}, disagrees, or is undecided (alpha =
{alpha:g} each). The paper has no lines.

Theory of the pixels: the library's equations for random features, told the covariance of the inputs,
the least-squares fits w of the one-hot and w₂ of the generated labels, and, as noise, all that
these fits leave of the labels ({left:.4f} and {left_generated:.4f}; the former is part of every
test MSE too). It assumes Gaussian inputs whose labels are linear, and many coordinates in every
pre-activation. On Gaussian rows with such labels (control): {control_tally}. {control_far} What is
left there is put down to the third assumption ({dimension} pixels, but (tr Σ)²/tr Σ² =
{effective:.0f} only) and, at the smallest n, to n itself. On images: {inputs_tally}. {inputs_far}
What linear fits leave of the labels is not noise, and so many features learn a good part of it.

Theory of the features: linear ridge regression, told instead the second moments of the features
themselves (of one draw) and the fits of both labels in them, which leave nothing. It knows the
images of the pool, but not which are drawn. On images: {features_tally}. {features_far} Images in
feature space are not Gaussian either, and a fit that passes through all {pool} images makes their
accidents part of what can be learnt.

{training} Their width is {networks}.
"""


def compute(work: Work) -> Tables:
    """Features with their theory, and networks without."""
    import xarray

    images = image_data(work)
    features, network = WIDTHS[work.full]
    theory = lines(images, work, features, FRACTIONS)
    with_theory = simulated(images, work, features, theory)
    sizes = images.sizes[:: -STEP[work.full]][::-1]
    grid = [
        {"width": network, "samples": n, "fraction": p2}
        for n in sizes
        for p2 in FRACTIONS
        if is_realizable(n, p2)
    ]
    trained = train_networks(work, images, grid, max(2, work.trials // NETWORKS_SHARE))
    without_theory = network_points(trained, grid, {"fraction": FRACTIONS, "samples": sizes})
    points = xarray.concat(
        [with_theory, without_theory.expand_dims(panel=[NETWORKS])],
        dim="panel",
        join="outer",
        fill_value={"verdict": ""},
    ).expand_dims(term=["error"], axis=-1)
    settings = {
        "model": "random features (ReLU) and two-layer networks",
        "width": features,
        "network_width": network,
        "ridge": RIDGE * features,
        "seed": work.seed,
        "trials": work.trials,
        "alpha": ALPHA,
        "band": f"{100 * TOLERANCE:g}% of the predicted error",
    }
    attributes = {**settings, **theory.attrs, **parameters(images), **trained.caption_numbers}
    return Tables(theory.to_dataset(name="error"), points.assign_attrs(attributes))


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """Four panels, a series for each fraction."""
    from matplotlib.ticker import MaxNLocator

    points = points.squeeze("term")
    figure, axes = panels(2, 2, size=(WIDTH, 6.6), sharex=True)
    fractions = [p2 for p2 in points.fraction.values.tolist() if p2 in DRAWN]
    styles = dict(zip(fractions, ordered(len(fractions)), strict=True))
    for (name, heading), panel in zip(TITLES.items(), axes.flat, strict=True):
        panel.set(xscale="log", yscale="log")
        _panel(panel, lines, points.sel(panel=name), styles)
        panel.margins(y=0.1)
        panel.set_title(heading.format(most=largest_deviation(points.sel(panel=name))))
    _share_limits(axes[:, 0])  # of the same points
    for panel in axes.flat:
        log_ticks(panel.xaxis, panel.yaxis)
    axes[-1, -1].yaxis.set_major_locator(MaxNLocator(4))  # less than a factor of 2
    for panel in axes[-1]:
        panel.set_xlabel("training samples, $n$")
    figure.supylabel(ERROR_LABEL, y=0.56)
    headline(figure, title)
    keys = [series_key(style, f"{p2:g}") for p2, style in styles.items()]
    marks = [_theory_key(), error_bar_key(axes[0, 0]), generator_key()]
    legend_below(figure, "share of synthetic samples, $p_2$:", keys, marks)
    return figure


def largest_deviation(points: "xarray.Dataset") -> int:
    """Percent, rounded up, of a panel's points from its theory; 0 where there is none."""
    return math.ceil(float(100 * abs(points.simulated / points.predicted - 1).max().fillna(0)))


def _share_limits(column: Any) -> None:
    limits = [panel.get_ylim() for panel in column]
    for panel in column:
        panel.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))


def _theory_key() -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], color="0.4", label="theory")


def _panel(axes: Any, lines: "xarray.Dataset", points: "xarray.Dataset", styles: dict[float, Any]) -> None:
    name = points.panel.item()
    if name != CONTROL:  # whose labels are not generated
        mark_generator(axes, points.attrs["generator_error"])
    for p2, style in reversed(styles.items()):  # pale over dark
        if name == NETWORKS:
            draw_joined(axes, points.sel(fraction=p2), style)
        else:
            draw_line(axes, lines.error.sel(panel=name, fraction=p2), style, linewidth=1.2)
            shown = points.sel(fraction=p2)
            plain = shown.verdict.where(shown.verdict == "", Verdict.AGREES.value)
            draw_points(axes, shown.assign(verdict=plain), style)


def caption(tables: Tables) -> str:
    """Set-up, how to read it, and how far images depart from theory."""
    points = tables.points.squeeze("term")
    attributes = points.attrs
    each: dict[str, str] = {}
    for name, panel in (("control", CONTROL), ("inputs", BY_INPUTS), ("features", BY_FEATURES)):
        panel_points = points.sel(panel=panel)
        each |= {f"{name}_tally": tally(panel_points.verdict), f"{name}_far": departure(panel_points)}
    return CAPTION.format(
        setup=setup_text(attributes),
        training=training_text(attributes),
        features=attributes["width"],
        networks=attributes["network_width"],
        ridge=RIDGE,
        trials=attributes["trials"],
        seed=attributes["seed"],
        band=attributes["band"],
        alpha=attributes["alpha"],
        left=attributes["left"],
        pool=attributes["pool"],
        left_generated=attributes["left_generated"],
        dimension=attributes["dimension"],
        effective=attributes["effective_dimension"],
        **each,
    )
