"""Pictures of one problem's terms, and of curves over a grid; in the style of the figures."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..paper_figures.drawing.palette import ordered
from ..paper_figures.drawing.style import WIDTH, log_ticks, panels, styled
from ..theory.base.filled_text import filled

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["curves", "terms"]

TERMS = {
    "error": "test error $E$",
    "bias": "bias $B$",
    "variance": "variance $V$",
    "collapse": r"collapse $\zeta$",
}
COLOURS = ("#222222", "#1d3c6e", "#2b9c8e", "#b8312f")
LINES = ("-", "--", ":", "-.")
SIZE = WIDTH, 4.2

FAR = 30.0
"""The ratio of the ends from which an axis is logarithmic."""


def terms(prediction: Any = None, simulation: Any = None) -> "Figure":
    """The error and its terms: bars predicted, points simulated ± one standard error."""
    with styled():
        figure, ((axes,),) = panels(size=SIZE)
        positions = range(len(TERMS))
        if prediction is not None:
            _bars(axes, [getattr(prediction, name) for name in TERMS])
        if simulation is not None:
            means, errors = (
                [getattr(values, name) for name in TERMS] for values in (simulation.mean, simulation.stderr)
            )
            label = f"simulated, {simulation.trials} trials ± one standard error"
            axes.errorbar(positions, means, errors, fmt="o", color="black", mfc="white", label=label)
            axes.legend()
        axes.set_xticks(list(positions), list(TERMS.values()))
        axes.set(ylabel="labels squared, noise excluded", xlim=(-0.5, len(TERMS) - 0.5))
        axes.margins(y=0.12)
        axes.grid(visible=False, axis="x")
        _named(axes, (prediction or simulation).problem)
        return figure


def _bars(axes: Any, heights: list[float]) -> None:
    positions = range(len(heights))
    finite = [x if math.isfinite(x) else 0.0 for x in heights]
    axes.bar(positions, finite, color=COLOURS, alpha=0.75, width=0.6)
    axes.bar(0, 0, color="0.6", label="predicted")
    for i, height in zip(positions, heights, strict=True):
        if not math.isfinite(height):
            axes.annotate("∞" if height > 0 else "−∞", (i, 0), ha="center", va="bottom", fontsize=20)
        else:
            axes.annotate(f"{height:.3g}", (i, height), (0, 7), textcoords="offset points", ha="center")
    if not any(finite):
        axes.set(ylim=(0, 1), yticks=[])


def _named(axes: Any, problem: Any) -> None:
    """The problem above the axes, in small."""
    axes.set_title(filled(str(problem), 80), fontsize=8.5, color="0.35")


def curves(table: "xarray.Dataset", symbols: Mapping[str, str]) -> "Figure":
    """One parameter: the error and its terms. Two: the error, a line for each of the second."""
    name, *others = map(str, table.sizes)
    table = table.sortby(name)
    with styled():
        figure, ((axes,),) = panels(size=SIZE)
        x = table[name].values
        if not others:
            for i, (term, label) in enumerate(TERMS.items()):
                axes.plot(x, table[term], color=COLOURS[i], linestyle=LINES[i], label=label)
        else:
            _family(axes, table, x, others[0], symbols[others[0]])
        axes.set(xlabel=_worded(name, symbols[name]))
        axes.set(ylabel=f"{'test error $E$, ' if others else ''}labels squared, noise excluded")
        for position in _infinite(table, name):
            axes.axvline(position, color="0.6", linestyle=":", linewidth=1.0)
            axes.annotate("∞", (position, 0.97), xycoords=("data", "axes fraction"), ha="center")
        drawn = [line.get_ydata() for line in axes.lines if len(line.get_xdata()) > 2]
        far = [axis for axis, values in ((axes.xaxis, x[x != 0]), (axes.yaxis, drawn)) if _far(values)]
        for axis in far:
            axes.set(**{f"{axis.axis_name}scale": "log"})
        log_ticks(*far)
        if axes.xaxis in far and (x == 0).any():
            axes.set(xlabel=f"{_worded(name, symbols[name])} (0 left out)")
        axes.legend()
        return figure


def _infinite(table: "xarray.Dataset", name: str) -> list[float]:
    """Where the error is infinite, whatever else varies."""
    infinite = (table.error == math.inf).any([dim for dim in table.sizes if dim != name])
    positions: list[float] = table[name].values[infinite.values].tolist()
    return positions


def _family(axes: Any, table: "xarray.Dataset", x: Any, other: str, symbol: str) -> None:
    values = table[other].values
    for i, (value, style) in enumerate(zip(values, ordered(len(values)), strict=True)):
        error = table.error.sel({other: value})
        line = {"color": style["color"], "linestyle": LINES[i % len(LINES)]}
        axes.plot(x, error, **line, label=f"{_symbol(symbol)} = {value:g}")


def _worded(name: str, symbol: str) -> str:
    return symbol if "." in symbol else f"{name}, {_symbol(symbol)}"


def _symbol(symbol: str) -> str:
    """In italics, with its index below."""
    if "." in symbol:
        return symbol
    return f"${symbol.replace('²', '^2').replace('σ', chr(92) + 'sigma ')}$"


def _far(values: Any) -> bool:
    """Whether all values are positive and far apart; their axis is logarithmic then."""
    import numpy as np

    finite = np.concatenate([np.zeros(0), *(np.ravel(v).astype(float) for v in values)])
    finite = finite[np.isfinite(finite)]
    return bool(finite.size and finite.min() > 0 and finite.max() / finite.min() >= FAR)
