"""All figures of a directory on one page, with how many of their points agree with theory."""

from collections.abc import Iterator
from pathlib import Path

from ..verify import Verdict
from .catalogue import FIGURES, NOT_REPRODUCED, Figure

__all__ = ["write_gallery"]

TITLE = "# Gallery\n"

JUDGED = ("error", "right")
"""Terms that are counted where a table has them: not those that are there to be refuted."""

INTRODUCTION = """\
Every figure of *Strong Model Collapse* that theory or a laptop can reach, two of *Model Collapse
Demystified*, and those that they should have had. Lines are theory; points are simulation, filled
where it agrees, hollow where more trials are needed, ringed where the two disagree (counted are
those of the test error, or of what else a figure shows). Each caption says what was taken from the
paper and what had to be inferred. This page, with its pictures, tables and captions, is written by

    detequiv figures all --full --out docs
"""


def write_gallery(directory: Path) -> Path:
    """Write gallery.md, of the figures that are in this directory; returns its path."""
    figures = [figure for figure in FIGURES.values() if (directory / f"{figure.stem}.md").exists()]
    path = directory / "gallery.md"
    parts = [TITLE, INTRODUCTION, "\n".join(_contents(figures, directory))]
    parts += [_section(figure, directory) for figure in figures]
    parts += [f"## {name}\n\nNot reproduced: {why}.\n" for name, why in NOT_REPRODUCED.items()]
    path.write_text("\n".join(parts), encoding="utf-8")
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
        f"[The table of its lines and points]({name}.csv)\n"
    )


def _verdicts(path: Path) -> list[str]:
    """How many points have each verdict, of the terms that are counted."""
    import pandas

    table = pandas.read_csv(path, comment="#", usecols=["term", "verdict"])
    shown = table[table.term.isin(JUDGED)]
    found = (shown if len(shown) else table).verdict.value_counts()
    return [str(found.get(verdict.value, 0)) if len(found) else "" for verdict in Verdict]
