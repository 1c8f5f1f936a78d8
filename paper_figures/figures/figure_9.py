"""Figure 9 of arXiv 2410.04840 v2: test error against the weight of the synthetic data."""

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from ..computing.compared_samples import how_to_read
from ..computing.work import Work
from ..drawing.captions import departure, tally
from ..drawing.curves import (
    ERROR_LABEL,
    best_key,
    draw_line,
    draw_points,
    mark_best,
    series_key,
    verdict_keys,
)
from ..drawing.palette import ordered
from ..drawing.style import WIDTH, headline, legend_below, log_ticks, panels
from ..drawing.tables import Tables
from ..setups.figure_9_setup import QUALITY, SYNTHETIC, lines, simulated

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["caption", "compute", "draw"]

NOISES = {"shares": "noise $\\sigma_k^2 = p_k$", "one": "noise $\\sigma_k^2 = 1$"}
POINTS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)

LIMITS = {1000: (0.09, 1.6), 10_000: (0.004, 1.6)}

SMALL_WEIGHTS = (0, 0.05, 0.2, 0.5, 1)
"""Ticks of the lower panels."""

KEYS_AT = {1000: ("shares", "upper center"), 10_000: ("one", "upper left")}
"""The panel of each row that has room for the numbers of synthetic samples."""

CAPTION = """\
Least squares (λ → 0) on n₁ real and n₂ synthetic samples, isotropic covariance, labels of quality
c² = {quality:g}; above n₁ = 1000, d = 500, below n₁ = 10 000, d = 100. The share a of the loss is
synthetic: a₁ = (1 − a)/p₁ and a₂ = a/p₂ are the weights of a sample; a = 0 is the real data alone
and a = 1 the synthetic ones alone. The plotted values are those of c² = {quality:g} and of noise
variances that are the shares, σ_k² = p_k = n_k/n (inferred, that is read off the paper's axes), on
the left. On the right is σ_k² = 1, which is what the text says.

The lines are the master equations. Stars: the best weight by eq. 18, corrected,
a* = (φσ₁²/p₁)/(c² + φσ₁²/p₁ + φσ₂²/p₂), a leading order in φ = d/n; its error is at most {miss:.1%}
above the least of its line. Crosses: the plain mix, a = p₂, up to {plain:.0f} times worse than the
star (arrow). {reading} The
horizontal axes of the lower panels are linear in √a, which gives small weights room.

{tallies}
"""


def compute(work: Work) -> Tables:
    """Theory along the lines, and simulation at some weights."""
    return Tables(lines(), simulated(POINTS, work))


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """A row for each number of real samples, a column for each noise, a series for each n_2."""
    points = points.sel(term="error", quality=QUALITY)
    figure, axes = panels(2, 2, size=(WIDTH, 6.4), sharex="row", sharey="row")
    for (row, real), (column, noise) in itertools.product(enumerate(SYNTHETIC), enumerate(NOISES)):
        selection, panel = {"real": real, "noise": noise}, axes[row, column]
        panel.set(yscale="log", xlim=(-0.03, 1.03), ylim=LIMITS[real])
        if real == 10_000:
            panel.set_xscale("function", functions=(_signed_root, _signed_square))
            panel.set(xlim=(-0.001, 1.06), xticks=SMALL_WEIGHTS)
        panel.xaxis.set_major_formatter("{x:g}")
        log_ticks(panel.yaxis)
        _panel(panel, lines.sel(quality=QUALITY).sel(selection), points.sel(selection), SYNTHETIC[real])
        if KEYS_AT[real][0] == noise:
            _name_lines(panel, SYNTHETIC[real], KEYS_AT[real][1])
        panel.set_title(f"$n_1$ = {_spaced(real)}, {NOISES[noise]}")
    for above, below in axes.T:
        above.set_xlabel("synthetic weight, $a$")
        below.set_xlabel("synthetic weight, $a$ (√ scale)")
    figure.supylabel(ERROR_LABEL, y=0.56)
    _show_gain(axes[1, 0], lines.sel(quality=QUALITY, real=10_000, noise="shares", synthetic=10_000))
    headline(figure, title)
    legend_below(figure, "", [best_key("best weight (eq. 18)"), _plain_key(), *verdict_keys([points])])
    return figure


def _panel(axes: Any, lines: "xarray.Dataset", points: "xarray.Dataset", synthetic: tuple[int, ...]) -> None:
    for n2, style in zip(synthetic, ordered(len(synthetic)), strict=True):
        line = lines.sel(synthetic=n2)
        draw_line(axes, line.error, style)
        draw_points(axes, points.sel(synthetic=n2), style)
        axes.plot(line.plain, line.plain_error, markerfacecolor=style["color"], **CROSS)
        mark_best(axes, line.best, line.best_error, style)


def _show_gain(axes: Any, line: "xarray.Dataset") -> None:
    """An arrow from the error of the plain mix down to that of the best weight."""
    x, high, low = float(line.plain), float(line.plain_error), float(line.best_error)
    axes.hlines(low, float(line.best), x, color="0.35", linewidth=0.8, linestyle=(0, (4, 3)))
    axes.annotate("", (x, low), (x, high), arrowprops={"arrowstyle": "->", "color": "0.35", "shrinkA": 6})
    axes.annotate(
        f"factor\nof {high / low:.0f}",
        (x, (high * low) ** 0.5),
        (5, 0),
        textcoords="offset points",
        va="center",
        color="0.35",
    )


def _name_lines(axes: Any, synthetic: tuple[int, ...], where: str) -> None:
    """Which line has how many synthetic samples."""
    keys = [
        series_key(style, _spaced(n2)) for n2, style in zip(synthetic, ordered(len(synthetic)), strict=True)
    ]
    axes.legend(handles=keys, title="synthetic $n_2$", loc=where, handlelength=1.6, borderaxespad=0.2)


CROSS: dict[str, Any] = {
    "marker": "X",
    "markersize": 10,
    "linestyle": "none",
    "markeredgecolor": "white",
    "markeredgewidth": 1.0,
    "zorder": 5,
}


def _spaced(n: int) -> str:
    return f"{n:,}".replace(",", "\u2009") if n >= 10_000 else f"{n}"


def _plain_key() -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], markerfacecolor="0.4", **CROSS, label="plain mix, $a = p_2$")


def _signed_root(a: Any) -> Any:
    return np.sign(a) * np.sqrt(np.abs(a))


def _signed_square(root: Any) -> Any:
    return np.sign(root) * np.square(root)


def caption(tables: Tables) -> str:
    """Set-up, how to read it, and the verdicts of each panel."""
    theory, points = tables
    tallies = " ".join(
        f"n₁ = {real}, σ_k² {noise_text}: {tally(panel_points.verdict)}. {departure(panel_points)}"
        for real in SYNTHETIC
        for noise, noise_text in {"shares": "= p_k", "one": "= 1"}.items()
        for panel_points in (points.sel(term="error", real=real, noise=noise, quality=QUALITY),)
    )
    return CAPTION.format(
        quality=QUALITY,
        miss=float((theory.best_error / theory.least).max()) - 1,
        plain=float((theory.plain_error / theory.best_error).max()),
        tallies=tallies,
        reading=how_to_read(points, "; all weights and noises of one mix share their draws"),
    )
