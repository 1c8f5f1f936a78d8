"""All figures of a directory on one page, with how many of their points agree with theory."""

from collections.abc import Iterator
from pathlib import Path

from ..verify import Verdict
from .catalogue import FIGURES, NOT_REPRODUCED, Figure

__all__ = ["write_gallery"]

TITLE = "# Gallery\n"

COUNTED_TERMS = ("error", "right")
"""Terms that are counted if a table has them, which leaves out printed forms known to be wrong."""

INTRODUCTION = """\
The figures of *Strong Model Collapse*, two of *Model Collapse Demystified*, and ten of our own. Lines
are theory. Points are simulation: filled if the two agree, hollow if more trials are needed, ringed
if they disagree. The table counts the points of the test error, or of the quantity that the figure
shows. Captions tell what was taken from the paper and what was inferred. This page, with its
pictures, tables and captions, is written by

    detequiv figures all --full --out docs/gallery
"""


def write_gallery(directory: Path) -> Path:
    """Write gallery.md, with the figures in this directory; returns its path."""
    figures = [figure for figure in FIGURES.values() if (directory / f"{figure.stem}.md").exists()]
    path = directory / "gallery.md"
    sections = [TITLE, INTRODUCTION, "\n".join(_contents(figures, directory))]
    sections += [_section(figure, directory) for figure in figures]
    sections += [f"## {name}\n\nNot reproduced: {why}.\n" for name, why in NOT_REPRODUCED.items()]
    path.write_text("\n".join(sections), encoding="utf-8")
    return path


def _contents(figures: list[Figure], directory: Path) -> Iterator[str]:
    yield "| figure | what it shows | agree | disagree | undecided |"
    yield "|---|---|---:|---:|---:|"
    for figure in figures:
        cells = " | ".join(_verdicts(directory / f"{figure.stem}.csv"))
        yield f"| [{figure.name}](#{figure.name}) | {figure.title} | {cells} |"
    yield ""


def _section(figure: Figure, directory: Path) -> str:
    name = figure.stem
    caption = (directory / f"{name}.md").read_text(encoding="utf-8")
    return (
        f"## {figure.name}\n\n![{figure.title}]({name}.png)\n\n{caption}\n"
        f"Files: [vector graphics]({name}.pdf), [lines and points]({name}.csv), "
        f"[parameters]({name}.json)\n"
    )


def _verdicts(path: Path) -> list[str]:
    """How many points have each verdict, of the terms that are counted."""
    import pandas

    table = pandas.read_csv(path, usecols=["term", "verdict"])
    counted = table[table.term.isin(COUNTED_TERMS)]
    counts = (counted if len(counted) else table).verdict.value_counts()
    return [str(counts.get(verdict.value, 0)) if len(counts) else "" for verdict in Verdict]
