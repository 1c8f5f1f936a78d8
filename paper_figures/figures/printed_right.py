"""Statements of arXiv 2410.04840 v2 as printed, as corrected, and as simulated."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ...theory.base.arrays import Array
from ..computing.compared_samples import compare_samples, how_to_read
from ..computing.minima import lowest_samples
from ..computing.simulated_points import ALPHA, TOLERANCE, simulated_terms
from ..computing.work import Work
from ..drawing.curves import draw_points, verdict_keys
from ..drawing.style import WIDTH, headline, legend_below, log_ticks, panels
from ..drawing.tables import Tables
from ..setups.printed_statements import MIX, QUALITY, STATEMENTS, WEIGHTS, PrintedStatement

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["FORMULAS", "caption", "compute", "draw", "lines"]

FORMULAS = ("right", "printed")

PRINTED, RIGHT = "#d95f02", "#1d3c6e"
"""Orange and dark blue: apart in grey and for colour-blind readers."""

CAPTION = """\
Dashed: as printed in version 2. Solid: corrected. {key} Noise and truths are integrated out.

Points that agree with the printed and with the corrected form, by panel: {counts}.
A point where the two lines meet agrees with both.

Theorem 2: random projections, d = 300, n = 400, isotropic, λ = 0.05, noise variances 0.04 and 0.25,
c² = 1; the variance at p₂ = 0.3, the collapse at m = 50. Plateau (printed "ζ ≃ p₂² tr Δ"): linear
model, d = 20, n = 20 000, eigenvalues C/j of mean 1, Δ = Σ⁻¹/d, so that c² = 1, p₂ = 0.3; right is
p₂² tr ΔΣ³(Σ + λ)⁻². Corollary 2 (at c² = {c2:g}) and eq. 18: linear, isotropic, no ridge, d = 20,
n₁ = n₂ = 4000, σ₁² = 1, σ₂² = 0.25; both are the leading order in d/n = 0.0025, and the best
weight is the vertex of the parabola through the three lowest of {weights} simulated weights, its
error bar that of the jackknife. Corollary 4: linear, isotropic, no ridge, d = 600, p₂ = 0.3,
c² = 1. We have not checked later versions.
"""


def compute(work: Work) -> Tables:
    """Both formulas along every panel's axis, and simulation at some points."""
    return Tables(lines(), _simulated(work))


def lines() -> "xarray.Dataset":
    """Variables right and printed, over the statement and the position on its axis; NaN elsewhere."""
    abscissae = {
        name: sorted({*statement.simulated_at, *statement.between}) for name, statement in STATEMENTS.items()
    }
    return _table(abscissae).to_dataset("term")


def _table(abscissae: dict[str, Any]) -> "xarray.DataArray":
    """The formulas over statement, at and term; NaN where a statement has no such abscissa."""
    import xarray

    at = sorted(set().union(*abscissae.values()))
    values = np.full((len(abscissae), len(at), len(FORMULAS)), np.nan)
    for i, (name, values_of_x) in enumerate(abscissae.items()):
        for x in values_of_x:
            values[i, at.index(x)] = STATEMENTS[name].right(x), STATEMENTS[name].printed(x)
    coords = {"statement": list(abscissae), "at": at, "term": list(FORMULAS)}
    return xarray.DataArray(values, coords, tuple(coords))


def _simulated(work: Work) -> "xarray.Dataset":
    """Every statement's samples, compared with both formulas."""
    predicted = _table({name: statement.simulated_at for name, statement in STATEMENTS.items()})
    samples = np.full((*predicted.shape, work.trials), np.nan)
    for i, (name, rows) in enumerate(_samples(work).items()):
        for x, row in zip(STATEMENTS[name].simulated_at, rows, strict=True):
            samples[i, predicted.at.values.tolist().index(x)] = row
    absolute = [[STATEMENTS[name].tolerance] for name in predicted.statement.values]
    fixed = np.array(absolute, dtype=float)[:, :, None]
    tolerances = np.where(np.isnan(fixed), TOLERANCE * abs(predicted.values), fixed)
    return compare_samples(predicted, samples, tolerances).assign_attrs(
        trials=work.trials,
        seed=work.seed,
        alpha=ALPHA,
        band=f"{100 * TOLERANCE:g}% of the formula's value (eq. 18: 0.02)",
        dimension="300, 20, 600",
        model="linear and random projection",
        ridge="0.05, several, 0",
        signal="1/d",
        noise_variance="see the caption",
    )


def _samples(work: Work) -> dict[str, Array]:
    """(points, trials) samples of every statement, all simulated together."""
    tasks = [
        (name, {"problem": statement.problem(x), "trials": work.trials, "seed": work.seed})
        for name, statement in STATEMENTS.items()
        if statement.problem is not None
        for x in statement.simulated_at
    ]
    weighted = MIX.simulation_arguments(WEIGHTS, work)
    results = work.results(simulated_terms, [*(arguments for _, arguments in tasks), *weighted])
    curves = MIX.curves(results[len(tasks) :])
    samples: dict[str, Any] = {name: [] for name in STATEMENTS}
    for (name, _), result in zip(tasks, results, strict=False):
        samples[name].append(result[STATEMENTS[name].term])
    by_weight = dict(zip(WEIGHTS, curves.at(QUALITY), strict=True))
    samples["Corollary 2"] = [by_weight[a] for a in STATEMENTS["Corollary 2"].simulated_at]
    samples["eq. 18"] = [
        lowest_samples(np.array(WEIGHTS), curves.at(c2)) for c2 in STATEMENTS["eq. 18"].simulated_at
    ]
    return {name: np.stack(rows) for name, rows in samples.items()}


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """A panel for each statement."""
    figure, axes = panels(3, 2, size=(WIDTH, 7.8))
    for (name, statement), panel in zip(STATEMENTS.items(), axes.flat, strict=True):
        _panel(panel, statement, lines.sel(statement=name), points.sel(statement=name))
    headline(figure, title)
    legend_below(figure, "", _keys(points))
    return figure


def _panel(axes: Any, statement: PrintedStatement, lines: "xarray.Dataset", points: "xarray.Dataset") -> None:
    for formula, style in (("printed", DASHED), ("right", SOLID)):
        existing = lines[formula].dropna("at")
        axes.plot(existing["at"], existing, **style)
    draw_points(axes, points.sel(term="right"), {"color": RIGHT, "marker": "o"})
    axes.set_title(statement.title)
    axes.set_xlabel(statement.abscissa)
    axes.set_ylabel(statement.ordinate)
    for letter in statement.log:
        getattr(axes, f"set_{letter}scale")("log")
        axes.margins(**{letter: 0.1})
        log_ticks(getattr(axes, f"{letter}axis"))
    if "x" in statement.log:
        _fewer(axes.xaxis)


def _fewer(axis: Any) -> None:
    """Ticks at powers of ten, and at 3 times them in two decades: half a page has no room for more."""
    from matplotlib.ticker import LogLocator

    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1, 3) if high < 150 * low else (1,)))


DASHED: dict[str, Any] = {"color": PRINTED, "linestyle": (0, (4, 2)), "linewidth": 2.2}
SOLID: dict[str, Any] = {"color": RIGHT}


def _keys(points: "xarray.Dataset") -> list[Any]:
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], **DASHED, label="as printed (v2)"),
        Line2D([], [], **SOLID, label="corrected"),
        *verdict_keys([points.sel(term="right")])[1:],
    ]


def caption(tables: Tables) -> str:
    """How to read it, how many points agree with which formula, and the setups."""
    verdicts = tables.points.verdict
    counts = "; ".join(
        f"{name}, {_agreeing(verdicts, name, 'printed')} and {_agreeing(verdicts, name, 'right')} "
        f"of {len(STATEMENTS[name].simulated_at)}"
        for name in STATEMENTS
    )
    return CAPTION.format(key=how_to_read(tables.points), counts=counts, c2=QUALITY, weights=len(WEIGHTS))


def _agreeing(verdicts: "xarray.DataArray", name: str, formula: str) -> int:
    return int((verdicts.sel(statement=name, term=formula) == "agrees").sum())
