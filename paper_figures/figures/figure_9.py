"""Figure 9 of arXiv 2410.04840 v2: test error against the weight of the synthetic data."""

import itertools
from typing import TYPE_CHECKING, Any

from ..computing.compared_samples import how_to_read
from ..computing.work import Work
from ..drawing.captions import departure, tally
from ..drawing.curves import ERROR_LABEL, draw_line, draw_points, series_key, verdict_keys
from ..drawing.palette import ordered
from ..drawing.style import legend_below, log_ticks, panels
from ..drawing.tables import Tables
from ..setups.figure_9_setup import DIMENSION, QUALITY, SYNTHETIC, lines, simulated

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["caption", "compute", "draw"]

NOISES = {"shares": "$\\sigma_k^2 = p_k$, as plotted", "one": "$\\sigma_k^2 = 1$, as stated"}
POINTS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)

TITLES = {real: f"$n_1$ = {real}, $d$ = {d}" for real, d in DIMENSION.items()}

LIMITS = {1000: (0.09, 1.6), 10_000: (0.0012, 2)}

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
star. {reading} The insets enlarge small weights, with linear axes.

{tallies}
"""


def compute(work: Work) -> Tables:
    """Theory along the lines, and simulation at some weights."""
    return Tables(lines(), simulated(POINTS, work))


def draw(lines: "xarray.Dataset", points: "xarray.Dataset", title: str) -> "Figure":
    """A row for each number of real samples, a column for each noise, a series for each n_2."""
    points = points.sel(term="error", quality=QUALITY)
    figure, axes = panels(2, 2, size=(8.4, 7.4), sharex=True, sharey="row")
    for (row, real), (column, noise) in itertools.product(enumerate(SYNTHETIC), enumerate(NOISES)):
        selection, panel = {"real": real, "noise": noise}, axes[row, column]
        contents = lines.sel(quality=QUALITY).sel(selection), points.sel(selection), SYNTHETIC[real]
        panel.set(yscale="log", xlim=(-0.03, 1.03), ylim=LIMITS[real])
        log_ticks(panel.yaxis)
        _panel(panel, *contents)
        if real == 10_000:
            _panel(_inset(panel), *contents)
        panel.set_title(f"{TITLES[real]}; {NOISES[noise]}")
    for panel in axes[-1]:
        panel.set_xlabel("share of the loss that is synthetic, $a$")
    for panel in axes[:, 0]:
        panel.set_ylabel(ERROR_LABEL)
    figure.suptitle(title, x=0.01, ha="left")
    keys = [
        series_key(style, f"{above} above, {below} below")
        for style, above, below in zip(ordered(3), *SYNTHETIC.values(), strict=True)
    ]
    legend_below(
        figure, "number of synthetic samples, $n_2$:", keys, [*_mark_keys(), *verdict_keys([points])]
    )
    return figure


def _panel(axes: Any, lines: "xarray.Dataset", points: "xarray.Dataset", synthetic: tuple[int, ...]) -> None:
    for n2, style in zip(synthetic, ordered(len(synthetic)), strict=True):
        line = lines.sel(synthetic=n2)
        draw_line(axes, line.error, style)
        draw_points(axes, points.sel(synthetic=n2), style)
        for name, marker in MARKS.items():
            axes.plot(line[name], line[f"{name}_error"], markerfacecolor=style["color"], **marker)


def _inset(axes: Any) -> Any:
    """For the small weights of the lower panels, which have their lower right free."""
    inset = axes.inset_axes((0.57, 0.1, 0.41, 0.36))
    inset.tick_params(labelsize=9)
    inset.set(xlim=(-0.006, 0.106), ylim=(0.004, 0.0165), xticks=(0, 0.05, 0.1), yticks=(0.005, 0.01, 0.015))
    axes.indicate_inset((-0.006, 0.004, 0.112, 0.0125), edgecolor="0.4")
    return inset


MARK: dict[str, Any] = {"linestyle": "none", "markeredgecolor": "white", "markeredgewidth": 1.2, "zorder": 5}
MARKS = {"best": MARK | {"marker": "*", "markersize": 17}, "plain": MARK | {"marker": "X", "markersize": 11}}


def _mark_keys() -> list[Any]:
    from matplotlib.lines import Line2D

    labels = {"best": "best weight (eq. 18)", "plain": "plain mix, $a = p_2$"}
    return [
        Line2D([], [], markerfacecolor="0.4", **marker, label=labels[name]) for name, marker in MARKS.items()
    ]


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
