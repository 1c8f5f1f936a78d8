"""Figure 3 of arXiv 2410.04840 v2: test error against samples, for shares of synthetic data."""

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...numerics import sweep
from ...theory import Problem, Source, isotropic, label_shift
from ..computing.simulated_points import simulate_grid
from ..computing.work import Work
from ..drawing.captions import departure, how_to_read_grid, tally
from ..drawing.curves import ERROR_LABEL, LABEL_WORDS, draw_line, draw_points, series_key, verdict_keys
from ..drawing.palette import NEUTRAL, ordered
from ..drawing.style import WIDTH, headline, legend_below, log_ticks, panels
from ..drawing.tables import Tables

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["caption", "compute", "draw", "is_whole", "lines", "mix", "simulated"]

DIMENSION = 100
FRACTIONS = (0.001, 0.01, 0.1, 0.5, 1.0)
QUALITIES = (1.0, 0.1, 0.01)
SAMPLES = (*range(200, 1000, 20), *range(1000, 10_000, 200), *range(10_000, 100_001, 5000))
SIZES = ((200, 1000, 4000, 20_000, 100_000), (500, 2000, 10_000, 50_000, 100_000))
"""Where lines are simulated, in turn: points of neighbouring lines, which coincide, stand apart."""

AFFORDED = 10_000
"""Samples up to which every point gets all trials; beyond, as many samples in all."""

LEAST = 3

CAPTION = """\
Linear ridge regression without ridge (the limit λ → 0) on n
samples, p₂n of them synthetic with labels of quality c², noise variance σ² = 1 on both, isotropic
covariance. Inferred, that is read off the paper's axes since its text does not settle them:
d = {d}, n from 200 to 100 000, λ → 0. The signal does not matter here: without ridge and with
n > d there is no bias. Whole numbers of samples only, so that the line of p₂ = 0.001 begins at
n = 1000.

{key} Dashed: clean data alone (p₂ = 0), d/(n − d) times σ². All panels share both axes. A line
leaves the clean one near n = σ²d/(p₂²c²) and ends on the floor p₂²c², which no number of samples
lowers. For the test error, {tally}. {departure} The exact variance is d/(n − d − 1) against the
theory's d/(n − d): 1% more at n = 200. Neighbouring lines are simulated at different n, so that
their points can be told apart.
"""

PARAMETERS = {
    "model": "linear",
    "dimension": DIMENSION,
    "eigenvalues": "1",
    "ridge": 0.0,
    "noise_variance": 1.0,
    "signal": 1 / DIMENSION,
    "shift": "quality/d times the identity",
}


def is_whole(samples: int, fraction: float) -> bool:
    """Whether p₂n is a whole number of samples, up to the rounding of p₂."""
    return abs(fraction * samples - round(fraction * samples)) < 1e-9 * samples


def mix(samples: int, fraction: float, quality: float) -> Problem:
    """n samples, round(p₂n) of them synthetic of quality c²."""
    n, n2 = int(samples), round(fraction * samples)
    spectrum = isotropic(DIMENSION)
    real = Source(n - n2, spectrum, noise_variance=1.0)
    shift = label_shift(spectrum, quality)
    synthetic = Source(n2, spectrum, noise_variance=1.0, shift=shift)
    return Problem(signal=1 / DIMENSION, sources=[real, synthetic], ridge=0.0)


@functools.cache
def lines(
    samples: Sequence[int] = SAMPLES, fractions: Sequence[float] = (0.0, *FRACTIONS)
) -> "xarray.Dataset":
    """The theory: dimensions samples, fraction (0 is clean) and quality, variables of ``sweep``.

    NaN where p₂n is not a whole number.
    """
    table = sweep(mix, samples=samples, fraction=fractions, quality=QUALITIES).drop_vars("status")
    exact = table.error.isel(quality=0, drop=True).copy(
        data=[[is_whole(n, p2) for p2 in fractions] for n in samples]
    )
    return table.where(exact)


@functools.cache
def simulated(sizes: Sequence[Sequence[int]], work: Work) -> "xarray.Dataset":
    """The simulation, compared with theory: what :func:`simulate_grid` returns, with the parameters.

    sizes : for each fraction in turn, starting again when they are used up.
    """
    sizes_of = {p2: sizes[i % len(sizes)] for i, p2 in enumerate(FRACTIONS)}
    points = simulate_grid(
        mix,
        work,
        samples=sorted(set().union(*sizes)),
        fraction=FRACTIONS,
        qualities=QUALITIES,
        trials=lambda samples, fraction: _afforded(samples, work.trials),
        exists=lambda samples, fraction: samples in sizes_of[fraction] and is_whole(samples, fraction),
    )
    spread = f"{work.trials} up to n = {AFFORDED}, then fewer in proportion, at least {LEAST}"
    return points.assign_attrs(PARAMETERS, trials=spread)


def compute(work: Work) -> Tables:
    """Theory along the lines, and simulation at some sizes; above n = 10 000 by fewer trials, in
    proportion, but at least 3."""
    return Tables(lines(), simulated(SIZES, work))


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """A panel for each quality, a series for each fraction, and the clean line."""
    points = points.sel(term="error")
    figure, axes = panels(1, len(QUALITIES), size=(WIDTH, 4.6), sharex=True, sharey=True)
    fractions = points.fraction.values.tolist()
    styles = dict(zip(fractions, ordered(len(fractions)), strict=True))
    for quality, panel in zip(QUALITIES, axes.flat, strict=True):
        _panel(panel, lines.error.sel(quality=quality), points.sel(quality=quality), styles)
        panel.set_title(f"{LABEL_WORDS[quality]}: $c^2$ = {quality:g}")
    axes[0, 1].set_xlabel("number of training samples in all, $n$")
    axes[0, 0].set_ylabel(ERROR_LABEL)
    axes[0, 0].annotate("floor $p_2^2c^2$", (1.2e5, 1.15), ha="right", va="bottom", color="0.35")
    headline(figure, title)
    keys = [series_key(style, f"{p2:g}") for p2, style in styles.items()]
    legend_below(figure, "share of synthetic samples, $p_2$:", [_clean_key(), *keys], verdict_keys([points]))
    return figure


def _panel(axes: Any, lines: "xarray.DataArray", points: "xarray.Dataset", styles: dict[float, Any]) -> None:
    for p2, style in reversed(styles.items()):  # pale over dark
        draw_line(axes, lines.sel(fraction=p2), style)
        draw_points(axes, points.sel(fraction=p2), style)
    draw_line(axes, lines.sel(fraction=0.0), NEUTRAL, **CLEAN)
    axes.set(xscale="log", yscale="log", xlim=(170, 130_000), ylim=(7e-4, 3.5))
    log_ticks(axes.xaxis, axes.yaxis)


CLEAN: dict[str, Any] = {"linestyle": (0, (4, 2)), "linewidth": 1.3, "zorder": 2.5}


def _clean_key() -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=NEUTRAL["color"], **CLEAN, label="0 (clean)")


def _afforded(samples: int, trials: int) -> int:
    return max(LEAST, min(trials, trials * AFFORDED // samples))


def caption(tables: Tables) -> str:
    """Set-up, how to read it, and the verdicts."""
    error = tables.points.sel(term="error")
    return CAPTION.format(
        d=DIMENSION,
        key=how_to_read_grid(tables.points),
        tally=tally(error.verdict),
        departure=departure(error),
    )
