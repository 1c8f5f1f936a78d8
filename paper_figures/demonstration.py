"""A demonstration of the whole workflow: describe a mix, predict, simulate, draw and conclude."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

from ..numerics import predict
from ..theory.base.filled_text import filled
from ..theory.base.text_table import room
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

WIDTH, BOTH = "width m", 22
"""The heading of the first column, and the characters of a predicted and a simulated error."""

PERFECT = " (perfect labels)"

POINTS = (10, 50, 100, 200, 300, 400, 450, 500, 550, 600, 800, 1000)


def make(directory: Path, *, trials: int = 16, seed: int = 0) -> tuple[str, list[Path]]:
    """The text to print and the paths of demo.png, .pdf, .csv, .json and .md.

    The setup is that of Figure 5 of arXiv 2410.04840 v2.
    """
    tables = Tables(lines(), simulated(POINTS, Work(trials=trials, seed=seed)).sel(term=["error"]))
    points = tables.points.squeeze("term")
    text = "\n\n".join(
        [
            filled(
                f"Ridge regression on random projections, trained on {REAL} real and {SYNTHETIC} synthetic "
                f"samples, as in Figure 5 of arXiv 2410.04840. At width m = 100, for synthetic labels of "
                f"quality c² = 1 (0 is perfect), the prediction is:"
            ),
            str(predict(mix(100, 1.0))),
            filled(
                f"The same for other widths m and qualities c², predicted and simulated (mean of {trials} "
                f"trials, in brackets the standard error of its last digits):"
            ),
            _table(points),
            filled(_verdicts(points, trials)),
            filled(_sentence(lines())),
        ]
    )
    with styled():
        figure = draw(*tables, "The worse the synthetic labels, the narrower the best model")
        caption = f"```\n{text}\n```\n"
        return text, write(directory, "demo", figure, tables.rows(), caption, **points.attrs)


def _verdicts(points: "xarray.Dataset", trials: int) -> str:
    counts = tally(points.verdict)
    return (
        f"{counts[0].upper()}{counts[1:]}. Agreement means within {points.attrs['band']}; where the verdict "
        f"is undecided, {trials} trials are too few to tell (alpha = {points.attrs['alpha']:g} for each "
        f"point). {departure(points)}"
    )


def _table(points: "xarray.Dataset") -> str:
    """As many qualities side by side as the width of tables allows; below them the others."""
    qualities = range(points.sizes["quality"])
    width = room()
    beside = len(qualities) if width is None else max(1, (width - len(WIDTH)) // BOTH)
    blocks = (points.isel(quality=[*qualities[i : i + beside]]) for i in qualities[::beside])
    return "\n\n".join(map(_block, blocks))


def _block(points: "xarray.Dataset") -> str:
    head = WIDTH + "".join(f"{f'c² = {q:g}':^{BOTH}}" for q in points.quality.values)
    rows = [head.rstrip(), " " * len(WIDTH) + f"{'predicted':>11}{'simulated':>11}" * len(points.quality)]
    for width in points.width.values:
        row = points.sel(width=width)
        cells = (
            f"{predicted:>11.4f}{_bracketed(mean, error):>11}"
            for predicted, mean, error in zip(
                row.predicted.values, row.simulated.values, row.stderr.values, strict=True
            )
        )
        rows.append(f"{width:>{len(WIDTH)}}" + "".join(cells))
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
            f"and with more features than samples (m > n = {n}) the error is at least {beyond[1]:.3f}"
            if least < beyond[1]
            else "that of the widest model here"
            if best == int(error.width.max())
            else "beyond the interpolation threshold"
        )
        sentences.append(
            f"With {_share():.0%} synthetic data of quality c² = {quality:g}{'' if quality else PERFECT} the "
            f"best width is {best} (test error {least:.3f}), {worse}."
        )
    return " ".join(sentences)


def _share() -> float:
    return SYNTHETIC / (REAL + SYNTHETIC)
