"""A demonstration of the whole workflow: describe a mix, predict, simulate, draw and conclude."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

from ..numerics import predict
from ..theory.base.filled_text import filled
from .computing.work import Work
from .drawing.captions import departure, tally
from .drawing.output import write
from .drawing.style import styled
from .drawing.tables import Tables
from .figures.figure_5 import draw
from .setups.figure_5_setup import QUALITIES, REAL, SYNTHETIC, lines, mix, simulated

if TYPE_CHECKING:
    import xarray

__all__ = ["make"]

POINTS = (10, 50, 100, 200, 300, 400, 450, 500, 550, 600, 800, 1000)


def make(directory: Path, *, trials: int = 16, seed: int = 0) -> tuple[str, list[Path]]:
    """The text to print and the paths of demo.png, .pdf, .csv, .json and .md.

    The setup is that of Figure 5 of arXiv 2410.04840 v2.
    """
    tables = Tables(lines(), simulated(POINTS, Work(trials=trials, seed=seed)).sel(term=["error"]))
    points = tables.points.squeeze("term")
    text = "\n\n".join(
        [
            f"At width 100 and quality c² = 1:\n{predict(mix(100, 1.0))}",
            f"Test error, predicted and simulated ({trials} trials; in brackets the standard error of "
            f"the last digits):\n\n{_table(points)}",
            filled(_verdicts(points)),
            filled(_sentence(lines())),
        ]
    )
    with styled():
        figure = draw(*tables, "The worse the synthetic labels, the narrower the best model")
        caption = f"```\n{text}\n```\n"
        return text, write(directory, "demo", figure, tables.rows(), caption, **points.attrs)


def _verdicts(points: "xarray.Dataset") -> str:
    counts = tally(points.verdict)
    return (
        f"{counts[0].upper()}{counts[1:]} (within {points.attrs['band']}; undecided means that "
        f"more trials are needed, alpha = {points.attrs['alpha']:g} each). {departure(points)}"
    )


def _table(points: "xarray.Dataset") -> str:
    head = "width m" + "".join(f"{f'c² = {q:g}':^22}" for q in points.quality.values)
    rows = [head.rstrip(), " " * 7 + f"{'predicted':>11}{'simulated':>11}" * len(points.quality)]
    for width in points.width.values:
        row = points.sel(width=width)
        cells = (
            f"{predicted:>11.4f}{_bracketed(mean, error):>11}"
            for predicted, mean, error in zip(
                row.predicted.values, row.simulated.values, row.stderr.values, strict=True
            )
        )
        rows.append(f"{width:>7}" + "".join(cells))
    return "\n".join(rows)


def _bracketed(mean: float, error: float) -> str:
    """0.5230(8) for 0.5230 ± 0.0008: four decimals, fewer where the error has more than two digits.

    >>> _bracketed(0.52302, 0.00083), _bracketed(15.7082, 0.1708)
    ('0.5230(8)', '15.71(17)')
    """
    decimals = min(4, max(0, 1 - math.floor(math.log10(error)))) if error > 0 else 4
    return f"{mean:.{decimals}f}({error * 10**decimals:.0f})"


def _sentence(lines: "xarray.Dataset") -> str:
    """The best width for the best and the worst labels, read off the theory lines."""
    sentences = []
    n = REAL + SYNTHETIC
    for quality in (QUALITIES[-1], QUALITIES[0]):
        error = lines.error.sel(quality=quality)
        best, least = int(error.idxmin()), float(error.min())
        wider = error.where(error.width > n, drop=True)
        beyond = int(wider.idxmin()), float(wider.min())
        worse = (
            f"and every model wider than the data (m > n = {n}) does worse, {beyond[1]:.3f} at best"
            if least < beyond[1]
            else "the widest model here"
            if best == int(error.width.max())
            else "beyond the interpolation threshold"
        )
        sentences.append(
            f"With {_share():.0%} synthetic data of quality c² = {quality:g} the best width is "
            f"{best} (test error {least:.3f}), {worse}."
        )
    return " ".join(sentences)


def _share() -> float:
    return SYNTHETIC / (REAL + SYNTHETIC)
