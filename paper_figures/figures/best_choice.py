"""The best width and the best weight against the quality of the synthetic labels."""

import dataclasses
import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numerics import sweep
from ...theory import Linear, Problem, weighted_mixing
from ...theory.base.arrays import Array
from ...verify.comparison.term_comparison import compare_mean
from ..computing.minima import bootstrap_curves, vertex
from ..computing.simulated_points import ALPHA, TOLERANCE, simulated_terms
from ..computing.work import Work
from ..drawing.axis_break import break_vertical_axis
from ..drawing.captions import tally
from ..drawing.curves import draw_line, draw_points, verdict_keys
from ..drawing.palette import ordered
from ..drawing.style import WIDTH, headline, legend_below, log_ticks, panels
from ..drawing.tables import Tables
from ..setups import figure_5_setup
from ..setups.weighted_mix import Curves, WeightedMix

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["MIX", "caption", "compute", "draw", "jump", "lines"]

POINTS = (0.01, 0.05, 0.2, 0.5, 1.0, 2.0, 5.0)
QUALITIES = tuple(sorted({*POINTS, *(float(f"{c2:.4g}") for c2 in np.geomspace(0.01, 10, 61))}))

WIDTHS = (*range(5, 300, 1), *range(300, 500, 5), *(round(m) for m in np.geomspace(550, 20_000, 40)), np.inf)
GRID = (10, 15, 22, 33, 50, 75, 110, 160, 240, 1000, np.inf)
"""Widths that are simulated, besides those that theory finds best."""

MIX = WeightedMix(100, (500, 500), (1.0, 1.0))
WEIGHTS = (0.005, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
"""Weights that are simulated, besides those that theory finds best."""

RESAMPLES = 2000
LEVEL = 0.95
"""Of the bootstrap's range."""

STYLE = ordered(2)[1] | {"marker": "o"}

CAPTION = """\
Lines: where the predicted test error is lowest. Left: the width of the model in the setup of Figure
5 of the paper (random projections, d = {d}, n = {n}, 40% synthetic); infinite width is the linear
model. Grey: all widths whose error is within 2% of the lowest. At c² = {jump:.2g} the best width
jumps from infinite to narrow, across the peak at m = n. Right: the synthetic share a of the loss
(linear model, isotropic, no ridge, d = 100, n₁ = n₂ = 500, noise variance 1 on both); dashed: the
plain mix, a = p₂.

Points: where the simulated test error is lowest, {trials} trials (seed {seed}) with labels and truths
integrated out, the same trials at all qualities. Left: of {widths} simulated widths, among them the
predicted best ones; neighbours differ by factors of up to 1.5. Right: the vertex of the parabola
through the three lowest of {weights} weights. Bars: {level:.0%} of {resamples} bootstrap samples have
their minimum there; without a bar, all do. A point is filled if the error simulated at the predicted
choice is within 2% of the lowest simulated one, hollow if undecided, ringed if not (alpha = {alpha:g}
each, on paired trials). By this criterion {tally}; the loss is at most {worst:.2%}.
"""


@dataclasses.dataclass(frozen=True)
class Choice:
    """A choice of width or weight, and its error. grid : simulated values, increasing; theory : the
    best one at each of POINTS; curves : the simulated errors on the grid; smooth : whether the
    minimum is sought between the values."""

    grid: Array
    theory: Array
    curves: Curves
    smooth: bool


def linear(quality: float) -> Problem:
    """Infinite width at this quality: λ d/m → 0 is its ridge."""
    return dataclasses.replace(figure_5_setup.mix(10, quality), ridge=0.0, model=Linear())


def problem(width: float, quality: float) -> Problem:
    """The problem at any width, including infinity."""
    return linear(quality) if np.isinf(width) else figure_5_setup.mix(width, quality)


@functools.cache
def lines() -> "xarray.Dataset":
    """Over quality: width and weight, the best ones; narrowest and widest within 2% of it;
    ``whole``, the best of WIDTHS. The attribute ``jump`` is the quality up to which infinite width
    is best."""
    import xarray

    table = sweep(functools.partial(problem, quality=1.0), width=WIDTHS)
    c2 = xarray.DataArray(list(QUALITIES), {"quality": list(QUALITIES)}, ("quality",))
    error = table.bias + table.variance + c2 * table.collapse  # Δ is proportional to c²
    whole: xarray.DataArray = error.idxmin("width")
    best = whole.where(np.isinf(whole), _best_finite(error))
    narrowest, widest = _within(error, (1 + TOLERANCE) * error.min("width"))
    weight = best.copy(data=[_best_weight(c2) for c2 in QUALITIES])
    choices: xarray.Dataset = best.to_dataset(name="width")
    choices = choices.assign(narrowest=narrowest, widest=widest, weight=weight, whole=whole)
    return choices.assign_attrs(jump=_jump(table))


def _best_finite(error: "xarray.DataArray") -> "xarray.DataArray":
    """The best finite width over quality, since a line of whole numbers is a staircase: the vertex
    of a parabola in log width, to a hundredth, below which it is rounding of the errors."""
    finite = error.isel(width=slice(None, -1)).transpose("width", "quality")
    lowest = finite.values.argmin(axis=0)
    best = np.exp(vertex(np.log(finite.width.values), finite.values, lowest))
    return error.min("width").copy(data=best.round(2))


def _within(error: "xarray.DataArray", bound: "xarray.DataArray") -> "list[xarray.DataArray]":
    """The narrowest and the widest width whose error is within a bound, over quality: between the
    widths of the table by interpolation of log error in log width."""
    m = np.log(error.width.values[:-1])  # infinite width is the last
    ends: list[list[float]] = [[], []]
    for quality in error.quality.values:
        excess = np.log((error / bound).sel(quality=quality).values)
        inside = np.flatnonzero(excess <= 0)
        for end, i, j in zip(ends, inside[[0, -1]], (inside[0] - 1, inside[-1] + 1), strict=True):
            exact = i == len(m) or j < 0 or j >= len(m)
            share = 0.0 if exact else excess[i] / (excess[i] - excess[j])
            end.append(float(error.width[i] if exact else np.exp(m[i] + share * (m[j] - m[i]))))
    return [bound.copy(data=end) for end in ends]


def _jump(table: "xarray.Dataset") -> float:
    """Where a finite width becomes better than the infinite one, which is the last of the table.

    table : of quality 1, over width. A line in c² for each width: infinite width is best below
    where the first of them crosses its own.
    """
    clean = table.bias + table.variance
    dearer, spared = clean - clean[-1], table.collapse[-1] - table.collapse
    return float((dearer / spared).where(spared > 0).min())


def _best_weight(quality: float) -> float:
    from scipy.optimize import minimize_scalar

    def error(a: float) -> float:
        return float(weighted_mixing(weight=a, quality=quality, **MIX.ratios).total)

    return float(minimize_scalar(error, bounds=(0, 1), method="bounded").x)


def jump(lines: "xarray.Dataset") -> float:
    """The quality up to which infinite width is best."""
    return float(lines.attrs["jump"])


def compute(work: Work) -> Tables:
    """Theory along the qualities, and the simulated choices at some."""
    theory = lines()
    best = theory.sel(quality=list(POINTS))
    choices = _choices(best.whole.values, best.weight.values, work)
    return Tables(
        theory,
        _compared_choices(choices, work.seed).assign_attrs(
            figure_5_setup.PARAMETERS,
            trials=work.trials,
            seed=work.seed,
            alpha=ALPHA,
            band=f"{100 * TOLERANCE:g}% of the lowest simulated error",
            weight_model="linear",
            weight_dimension=MIX.dimension,
            weight_counts=list(MIX.counts),
            weight_noise_variances=list(MIX.noise_variances),
        ),
    )


def _choices(best_widths: Array, best_weights: Array, work: Work) -> dict[str, Choice]:
    m, a = (
        np.array(sorted({*grid, *best.tolist()}))
        for grid, best in ((GRID, best_widths), (WEIGHTS, best_weights))
    )
    arguments = [{"problem": problem(width, 1.0), "trials": work.trials, "seed": work.seed} for width in m]
    results = work.results(simulated_terms, [*arguments, *MIX.simulation_arguments(a.tolist(), work)])
    return {
        "width": Choice(m, best_widths, MIX.curves(results[: len(m)]), smooth=False),
        "weight": Choice(a, best_weights, MIX.curves(results[len(m) :]), smooth=True),
    }


def _compared_choices(choices: dict[str, Choice], seed: int) -> "xarray.Dataset":
    """Over quality and term (width, weight): predicted and simulated best choice, low and high of
    the bootstrap, stderr (half of its central 68%); loss, in shares of the lowest error, of the
    predicted one; its verdict."""
    import xarray

    rows = [[_row(choice, i, seed) for choice in choices.values()] for i in range(len(POINTS))]
    dims = ("quality", "term")
    return xarray.Dataset(
        {name: (dims, [[row[name] for row in pair] for pair in rows]) for name in rows[0][0]},
        coords={"quality": list(POINTS), "term": list(choices)},
    )


def _row(choice: Choice, i: int, seed: int) -> dict[str, Any]:
    samples = choice.curves.at(POINTS[i])
    predicted_choice = samples[choice.grid.tolist().index(choice.theory[i])]
    lowest = samples[samples.mean(axis=1).argmin()]
    agreement = compare_mean(
        "", 0.0, predicted_choice - lowest, tolerance=TOLERANCE * float(lowest.mean()), alpha=ALPHA
    )
    spread = _lowest(choice, bootstrap_curves(samples, RESAMPLES, seed))
    tail = (1 - LEVEL) / 2
    low, lower, upper, high = np.quantile(spread, (tail, 0.16, 0.84, 1 - tail), method="nearest")
    return {
        "predicted": float(choice.theory[i]),
        "simulated": float(_lowest(choice, samples.mean(axis=1, keepdims=True))[0]),
        "stderr": 0.0 if lower == upper else float(upper - lower) / 2,
        "low": float(low),
        "high": float(high),
        "loss": agreement.simulated / float(lowest.mean()),
        "verdict": agreement.verdict.value,
    }


def _lowest(choice: Choice, curves: Array) -> Array:
    """(draws,) where (grid, draws) curves are lowest."""
    i = curves.argmin(axis=0)
    return vertex(choice.grid, curves, i) if choice.smooth else np.asarray(choice.grid[i])


ENDLESS = 60_000
"""Where on the axis infinite width is drawn."""


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """Two panels, of the width and of the weight."""
    figure, axes = panels(1, 2, size=(WIDTH, 4.4), sharex=True)
    left, right = axes[0]
    _widths(left, lines, points.sel(term="width"))
    draw_line(right, lines.weight, STYLE)
    _points(right, points.sel(term="weight"))
    right.axhline(0.5, color="0.55", linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
    right.annotate("plain mix", (8, 0.5), (0, 4), textcoords="offset points", ha="right", color="0.35")
    right.set(title="The best weight falls", ylabel="synthetic weight, $a$", ylim=(0, 0.56))
    for panel in (left, right):
        panel.set(xscale="log", xlabel="quality of labels, $c^2$")
        log_ticks(panel.xaxis)
    headline(figure, title)
    legend_below(figure, "", [*_keys(), *verdict_keys([points])[1:]])
    return figure


def _widths(axes: Any, lines: "xarray.Dataset", points: "xarray.Dataset") -> None:
    drawable = lines.where(np.isfinite(lines), ENDLESS)
    for segment in (
        drawable.isel(quality=np.isinf(lines.width.values)),
        drawable.isel(quality=np.isfinite(lines.width.values)),
    ):
        axes.fill_between(segment.quality, segment.narrowest, segment.widest, color="0.86", linewidth=0)
        draw_line(axes, segment.width, STYLE)
    axes.axvline(jump(lines), color=STYLE["color"], linewidth=1.0, linestyle=":")
    axes.axhline(
        figure_5_setup.REAL + figure_5_setup.SYNTHETIC,
        color="0.55",
        linewidth=1.0,
        linestyle=(0, (4, 3)),
        zorder=1,
    )
    axes.annotate("$m = n$", (8, 500), (0, 4), textcoords="offset points", ha="right", color="0.35")
    numbers = ["simulated", "low", "high"]
    _points(axes, points.assign({name: points[name].clip(max=ENDLESS) for name in numbers}))
    axes.set(
        title="The best width jumps",
        yscale="log",
        ylim=(4.5, 1.5 * ENDLESS),
        ylabel="width of the model, $m$",
    )
    axes.set_yticks([10, 100, 1000, 10_000, ENDLESS], ["10", "100", "1000", "10⁴", "∞"])
    axes.set_yticks([], minor=True)
    break_vertical_axis(axes, 0.42 * ENDLESS, 0.58 * ENDLESS)


def _points(axes: Any, points: "xarray.Dataset") -> None:
    """Simulated choices with their bootstrap ranges."""
    bars = [points.simulated - points.low, points.high - points.simulated]
    axes.errorbar(
        points.quality,
        points.simulated,
        np.maximum(bars, 0),
        linestyle="none",
        color=STYLE["color"],
        linewidth=1.3,
        capsize=3,
        zorder=2.5,
    )
    draw_points(axes, points.assign(stderr=0 * points.simulated), STYLE)


def _keys() -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    return [
        Line2D([], [], color=STYLE["color"], label="theory's choice"),
        Patch(color="0.86", label="within 2% of the lowest error"),
    ]


def caption(tables: Tables) -> str:
    """The contents, the simulation and the verdicts."""
    theory, points = tables
    best = theory.sel(quality=list(POINTS))
    return CAPTION.format(
        d=figure_5_setup.DIMENSION,
        n=figure_5_setup.REAL + figure_5_setup.SYNTHETIC,
        jump=jump(theory),
        trials=points.attrs["trials"],
        seed=points.attrs["seed"],
        level=LEVEL,
        widths=len({*GRID, *best.whole.values.tolist()}),
        weights=len({*WEIGHTS, *best.weight.values.tolist()}),
        resamples=RESAMPLES,
        alpha=ALPHA,
        tally=tally(points.verdict),
        worst=max(float(points.loss.max()), 0.0),
    )
