"""Pictures of one problem's terms, and of curves over a grid; in the style of the figures."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..paper_figures.look import blank, styled

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["curves", "terms"]

TERMS = {"error": "test error $E$", "bias": "bias $B$", "variance": "variance $V$",
         "collapse": r"collapse $\zeta$"}  # fmt: skip
COLOURS = ("#222222", "#1d3c6e", "#2b9c8e", "#b8312f")
LINES = ("-", "--", ":", "-.")


def terms(prediction: Any = None, simulation: Any = None) -> "Figure":
    """The error and its terms: bars predicted, points simulated ± one standard error."""
    with styled():
        figure, axes = blank()
        place = range(len(TERMS))
        if prediction is not None:
            heights = [getattr(prediction, name) for name in TERMS]
            finite = [x if math.isfinite(x) else 0.0 for x in heights]
            axes.bar(place, finite, color=COLOURS, alpha=0.75, width=0.6, label="predicted")
            for i, height in zip(place, heights, strict=True):
                if not math.isfinite(height):
                    axes.annotate("∞" if height > 0 else "−∞", (i, 0), ha="center", va="bottom",
                                  fontsize=20)  # fmt: skip
        if simulation is not None:
            means, errors = (
                [getattr(values, name) for name in TERMS]
                for values in (simulation.mean, simulation.stderr)
            )
            label = f"simulated, {simulation.trials} trials"
            axes.errorbar(place, means, errors, fmt="o", color="black", mfc="white", label=label)
            axes.legend()
        axes.set_xticks(list(place), list(TERMS.values()))
        axes.set(ylabel="labels squared, noise excluded")
        axes.grid(visible=False, axis="x")
        return figure


def curves(table: "xarray.Dataset", symbols: Mapping[str, str]) -> "Figure":
    """One parameter: the error and its terms. Two: the error, a line for each of the second."""
    name, *others = table.sizes
    with styled():
        figure, axes = blank()
        x = table[name].values
        if not others:
            for i, (term, label) in enumerate(TERMS.items()):
                axes.plot(x, table[term], color=COLOURS[i], linestyle=LINES[i], label=label)
        else:
            _family(axes, table, x, others[0], symbols[others[0]])
        wide = x.min() > 0 and x.max() / x.min() >= 30
        axes.set(xlabel=_worded(name, symbols[name]), xscale="log" if wide else "linear")
        axes.set(ylabel="labels squared, noise excluded", yscale=_scale(table))
        axes.legend()
        return figure


def _family(axes: Any, table: "xarray.Dataset", x: Any, other: str, symbol: str) -> None:
    import matplotlib

    values = table[other].values
    colours = matplotlib.colormaps["viridis"]
    for i, value in enumerate(values):
        error = table.error.sel({other: value})
        colour = colours(0.9 * i / max(len(values) - 1, 1))
        axes.plot(x, error, color=colour, linestyle=LINES[i % 4], label=f"{symbol} = {value:g}")


def _worded(name: str, symbol: str) -> str:
    return name if name == symbol else f"{name}, {symbol}"


def _scale(table: "xarray.Dataset") -> str:
    error = table.error.values[table.error.values < math.inf]
    shown = table[list(TERMS)] if len(table.sizes) == 1 else table[["error"]]
    positive = all(float(shown[name].min()) > 0 for name in shown)
    return "log" if positive and error.max() / error.min() >= 30 else "linear"
