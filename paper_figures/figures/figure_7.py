"""Figure 7 of arXiv 2410.04840 v2: random features and networks on images, shares of synthetic
data, with the theory that the paper does not have."""

from typing import TYPE_CHECKING, Any

from ...verify import Verdict
from ..computing.simulated_points import ALPHA, TOLERANCE
from ..computing.work import Work
from ..drawing.captions import departure, tally
from ..drawing.curves import draw_line, draw_points, series_key, verdict_keys
from ..drawing.palette import ordered
from ..drawing.style import legend_below, log_ticks, panels
from ..drawing.tables import Tables
from ..setups.feature_points import BY_FEATURES, BY_INPUTS, CONTROL, RIDGE, lines, simulated
from ..setups.real_images import (
    ERROR_LABEL,
    SAMPLES_LABEL,
    draw_joined,
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
    BY_INPUTS: "Theory of the {dimension} inputs, {width} features",
    NETWORKS: "Two-layer networks, no theory",
    BY_FEATURES: "Theory of the features",
    CONTROL: "Control: Gaussian inputs, linear labels",
}
"""Of the panels; the first row is the paper's."""

DRAWN = (0.0, 0.02, 0.1, 0.2, 0.5, 0.9)
"""Fractions that are drawn: as many as can be told apart. Those between lie close to their neighbours."""

CAPTION = """\
{setup} Shown is where p₂n is at least 1; six of the ten shares are drawn, and all are in the table.

Random features: {features} ReLU features of the centred inputs, pre-activations of variance 1,
centred by 1/√(2π); ridge λ = {ridge:g} times the width (*inferred*). Points: means of {trials}
trials (seed {seed}; new images and new features in each, shared by all n and p₂) ± one standard
error; neighbouring fractions stand at different n, so that their points can be told apart. Filled:
agrees with theory within {band}; hollow: needs more trials; ringed: disagrees (alpha =
{alpha:g} each); the first panel has no rings. The paper has no lines.

Theory of inputs: the library's equations for random features, told the covariance of the inputs,
the least-squares fits w of the one-hot and w₂ of the generated labels, and, as noise, all that
these fits leave of the labels ({left:.4f} and {left_generated:.4f}; the former is part of every
test MSE too). It assumes Gaussian inputs whose labels are linear, and many coordinates in every
pre-activation. On Gaussian rows with such labels (control): {control_tally}. {control_far} What is
left there is put down to the third assumption ({dimension} pixels, but (tr Σ)²/tr Σ² =
{effective:.0f} only) and, at the smallest n, to n itself. On images: {inputs_tally}. {inputs_far}
What linear fits leave of the labels is not noise, and so many features learn a good part of it.

Theory of features: linear ridge regression, told instead the second moments of the features
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
        "band": f"{100 * TOLERANCE:g} % of the predicted error",
    }
    attributes = {**settings, **theory.attrs, **parameters(images), **trained.caption_numbers}
    return Tables(theory.to_dataset(name="error"), points.assign_attrs(attributes))


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """Four panels, a series for each fraction."""
    points = points.squeeze("term")
    figure, axes = panels(2, 2, size=(8.4, 7.6), sharex=True)
    fractions = [p2 for p2 in points.fraction.values.tolist() if p2 in DRAWN]
    styles = dict(zip(fractions, ordered(len(fractions)), strict=True))
    for (name, heading), panel in zip(TITLES.items(), axes.flat, strict=True):
        panel.set(xscale="log", yscale="log")
        _panel(panel, lines, points.sel(panel=name), styles)
        panel.margins(y=0.1)
        log_ticks(panel.xaxis)
        log_ticks(panel.yaxis)
        said = heading.format(**points.attrs)
        panel.set_title(f"{said}{_verdicts(points.sel(panel=name))}")
    for panel in axes[-1]:
        panel.set_xlabel(SAMPLES_LABEL)
    for panel in axes[:, 0]:
        panel.set_ylabel(ERROR_LABEL)
    figure.suptitle(title, x=0.01, ha="left")
    keys = [series_key(style, f"{p2:g}") for p2, style in styles.items()]
    legend_below(
        figure, "share of synthetic samples, $p_2$:", [*keys, generator_key()], verdict_keys([points])
    )
    return figure


def _verdicts(points: "xarray.Dataset") -> str:
    """How many of a panel's points have each verdict, where there is a theory."""
    words = [word for word in points.verdict.values.ravel().tolist() if word]
    agree, disagree, undecided = (
        words.count(verdict.value) for verdict in (Verdict.AGREES, Verdict.DISAGREES, Verdict.UNDECIDED)
    )
    return f"\n{agree} agree, {disagree} disagree, {undecided} undecided" if words else "\n"


def _panel(axes: Any, lines: "xarray.Dataset", points: "xarray.Dataset", styles: dict[float, Any]) -> None:
    mark_generator(axes, points.attrs["generator_error"])
    name = points.panel.item()
    for p2, style in reversed(styles.items()):  # pale over dark
        if name == NETWORKS:
            draw_joined(axes, points.sel(fraction=p2), style)
        else:
            draw_line(axes, lines.error.sel(panel=name, fraction=p2), style, linewidth=1.2)
            shown = points.sel(fraction=p2)
            if name == BY_INPUTS:  # no ring: its title says how few agree
                shown = shown.assign(verdict=shown.verdict.where(shown.verdict == "", Verdict.AGREES.value))
            draw_points(axes, shown, style)


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
