"""Colour and marker of every series: one for each quality, and ordered ones for ordered values."""

from typing import Any

from .load_matplotlib import load_matplotlib

__all__ = ["NEUTRAL", "QUALITY", "ordered"]

Style = dict[str, Any]

QUALITY: dict[float, Style] = {
    0.0: {"color": "#1d3c6e", "marker": "o"},
    0.1: {"color": "#2b9c8e", "marker": "s"},
    0.5: {"color": "#e8a33a", "marker": "^"},
    1.0: {"color": "#b8312f", "marker": "D"},
}
"""Dark blue, teal, amber, red: apart in grey and for colour-blind readers; markers differ too."""

NEUTRAL: Style = {"color": "#4d4d4d", "marker": "v"}
"""For what is the same for every quality, and for the clean reference."""

MARKERS = "vp<h>d8*PX"
"""None of those of a quality."""

PALEST, DARKEST = 0.82, 0.0
"""Of viridis: paler is lost on white. Its lightness falls evenly, and its hue changes, in between."""


def ordered(count: int) -> list[Style]:
    """``count`` styles from pale to dark, for values in increasing order.

    Their lightness falls from one to the next, so that a print without colours keeps the order.

    >>> [style["marker"] for style in ordered(3)]
    ['v', 'p', '<']
    """
    matplotlib = load_matplotlib()
    from matplotlib.colors import to_hex

    step = (DARKEST - PALEST) / max(count - 1, 1)
    viridis = matplotlib.colormaps["viridis"]
    return [
        {"color": to_hex(viridis(PALEST + i * step)), "marker": MARKERS[i % len(MARKERS)], "markersize": 6.5}
        for i in range(count)
    ]
