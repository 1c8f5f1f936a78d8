"""The terms of the test error: their symbols, and their colours in plots."""

__all__ = ["COLOURS", "SYMBOLS"]

SYMBOLS = {"error": "E", "bias": "B", "variance": "V", "collapse": "ζ"}
"""In the order in which they are shown."""

COLOURS = {"error": "#4d4d4d", "bias": "#1d3c6e", "variance": "#2b9c8e", "collapse": "#b8312f"}
"""Distinct in greyscale and for colour-blind readers."""
