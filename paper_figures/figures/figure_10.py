"""Figure 10 of arXiv 2410.04840 v2: test error against samples, mixing once or again and again."""

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...theory import corollary_1, corollary_3_finite, corollary_3_reused
from ...theory.statements.iterative_mixing import corollary_3_reused_finite
from ..computing.compared_samples import compare_samples, how_to_read
from ..computing.simulated_points import ALPHA, TOLERANCE
from ..computing.work import Work
from ..drawing.captions import departure, tally
from ..drawing.curves import ERROR_LABEL, LABEL_WORDS, draw_line, draw_points, series_key, verdict_keys
from ..drawing.palette import NEUTRAL, ordered
from ..drawing.style import WIDTH, headline, legend_below, log_ticks, panels
from ..drawing.tables import Tables
from ..setups.least_squares import SERIES, chains

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["caption", "compute", "draw", "lines", "points_of_series", "simulated"]

DIMENSION = 100
ROUNDS = 5
QUALITIES = (1.0, 0.1, 0.01)
SAMPLES = (*range(300, 1000, 10), *range(1000, 3000, 50), *range(3000, 10_001, 250))
POINTS = (300, 460, 700, 1100, 1800, 3000, 5500, 10_000)

STYLES = dict(zip(SERIES, (NEUTRAL, *ordered(4)[1:]), strict=True))

KEYS = {
    "clean": "clean: the real half alone",
    "single step": "mixed once",
    "same real data": f"{ROUNDS} rounds, same real data",
    "fresh real data": f"{ROUNDS} rounds, fresh real data",
}

CAPTION = """\
Least squares (λ → 0) on n samples, half of them real (p₁ = p₂ = 1/2), noise variance σ² = 1 on
both, any covariance, d = {d}. The first synthetic labels have quality c₀²; in every later round
they come from the model of the round before. Inferred, that is read off the paper's axes since its
text does not settle them: d = {d}, n from 300 to 10 000, that clean means the n/2 real samples
alone, and that the iterated curve is that of one real set used in all {rounds} rounds, with fresh
synthetic inputs and label noise. Corollary 3 is about real data that are fresh in every round, a
line that the paper does not draw: these bring {rounds}n/2 real labels in all, and end below the
clean fit to n/2 of them, while the same ones end above it.

Lines: clean, d/(n/2 − d) times σ²; mixed once, Corollary 1; fresh, Corollary 1 round after round;
same, a recursion over the Marchenko–Pastur spectrum of the real inputs that is exact for large d
(corollary_3_reused_finite): its leading order in d/n is {low:.0%} too low at n = 300 and c₀² = 1,
and still {late:.0%} at n = 10 000. {reading} All panels share both axes, and
the clean line, which is counted once. Its exact error is d/(n/2 − d − 1): 2% more at n = 300.

{tallies}
"""

PARAMETERS = {
    "model": "linear",
    "dimension": DIMENSION,
    "eigenvalues": "any, all positive",
    "ridge": 0.0,
    "noise_variance": 1.0,
    "signal": "any",
    "shift": "quality/d times the inverse covariance",
    "rounds": ROUNDS,
    "fraction": 0.5,
}


@functools.cache
def lines(samples: Sequence[int] = SAMPLES) -> "xarray.Dataset":
    """The theory: error over samples, quality and series."""
    import xarray

    values = [[_predicted(n, c2) for c2 in QUALITIES] for n in samples]
    coords = {"samples": list(samples), "quality": list(QUALITIES), "series": list(SERIES)}
    return xarray.Dataset({"error": (tuple(coords), np.array(values))}, coords=coords)


def _predicted(samples: int, quality: float) -> list[float]:
    """The error of each of ``SERIES``."""
    common: dict[str, Any] = {"noise_variances": (1.0, 1.0), "quality": quality}
    mix = common | {"aspect_ratio": DIMENSION / samples, "synthetic_share": 0.5}
    clean = corollary_1(aspect_ratio=2 * DIMENSION / samples, synthetic_share=0.0, **common)
    return [
        clean.total,
        corollary_1(**mix).total,
        corollary_3_reused_finite(rounds=ROUNDS, **mix),
        corollary_3_finite(rounds=ROUNDS, **mix),
    ]


def simulated(samples: Sequence[int], work: Work) -> "xarray.Dataset":
    """The simulation, compared with theory; all qualities from the same draws."""
    arguments = [
        {
            "real": n - n // 2,
            "synthetic": n // 2,
            "dimension": DIMENSION,
            "rounds": ROUNDS,
            "trials": work.trials,
            "seed": work.seed,
        }
        for n in samples
    ]
    runs = work.results(chains, arguments)
    errors = np.array([[run["noise"] + c2 * run["shift"] for c2 in QUALITIES] for run in runs])
    predicted = lines(tuple(samples)).error
    points = compare_samples(predicted, errors, TOLERANCE * predicted).expand_dims(term=["error"], axis=-1)
    return points.assign_attrs(
        PARAMETERS,
        trials=work.trials,
        seed=work.seed,
        alpha=ALPHA,
        band=f"{100 * TOLERANCE:g}% of the predicted error",
    ).assign(trials=("samples", [work.trials] * len(samples)))


def compute(work: Work) -> Tables:
    """Theory along the lines, and simulation at some sizes."""
    return Tables(lines(), simulated(POINTS, work))


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """A panel for each quality, a series for each way to mix."""
    points = points.sel(term="error")
    figure, axes = panels(1, len(QUALITIES), size=(WIDTH, 4.8), sharex=True, sharey=True)
    for quality, panel in zip(QUALITIES, axes.flat, strict=True):
        _panel(panel, lines.error.sel(quality=quality), points.sel(quality=quality))
        panel.set_title(f"{LABEL_WORDS[quality]}: $c_0^2$ = {quality:g}")
    axes[0, 1].set_xlabel("number of training samples in each round, $n$")
    axes[0, 0].set_ylabel(ERROR_LABEL)
    headline(figure, title)
    keys = [series_key(style, KEYS[series]) for series, style in STYLES.items()]
    keys[0].set_linestyle(DASHED)
    legend_below(figure, "how the model is trained:", keys, verdict_keys([points]))
    return figure


DASHED = (0, (4, 2))


def _panel(axes: Any, lines: "xarray.DataArray", points: "xarray.Dataset") -> None:
    for series, style in STYLES.items():
        dashes = {"linestyle": DASHED} if series == "clean" else {}
        draw_line(axes, lines.sel(series=series), style, **dashes)
        draw_points(axes, points.sel(series=series), style)
    axes.set(xscale="log", yscale="log", xlim=(250, 13_000), ylim=(0.009, 3))
    log_ticks(axes.xaxis, axes.yaxis, powers=True)


def caption(tables: Tables) -> str:
    """Set-up, how to read it, and the verdicts of each series."""
    points = tables.points
    tallies = " ".join(
        f"{KEYS[series].capitalize()}: {tally(selected.verdict)}. {departure(selected).replace('c²', 'c₀²')}"
        for series in SERIES
        for selected in (points_of_series(points, series),)
    )
    low, late = (1 - _leading(n) / _iterated(tables.lines, n) for n in (300, 10_000))
    return CAPTION.format(
        d=DIMENSION,
        rounds=ROUNDS,
        low=low,
        late=late,
        tallies=tallies,
        reading=how_to_read(points, "; all qualities and series at one n share their draws"),
    )


def points_of_series(points: "xarray.Dataset", series: str) -> "xarray.Dataset":
    """The points of a series, those of the clean fit once: every panel shows the same."""
    selected = points.sel(term="error", series=series)
    return selected.isel(quality=0) if series == "clean" else selected


def _iterated(lines: "xarray.Dataset", samples: int) -> float:
    return float(lines.error.sel(samples=samples, quality=1.0, series="same real data"))


def _leading(samples: int) -> float:
    return corollary_3_reused(
        rounds=ROUNDS,
        aspect_ratio=DIMENSION / samples,
        synthetic_share=0.5,
        noise_variances=(1.0, 1.0),
        quality=1.0,
    )
