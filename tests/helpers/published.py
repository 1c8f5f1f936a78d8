"""The figures of docs/gallery/, read back: their points, and the captions that the code gives them.

`python tests/helpers/published.py` writes captions and the gallery anew, of the points as published;
`python tests/helpers/published.py 1 4` also draws these figures, to be looked at before they are kept.
"""

import functools
import json
import sys
from pathlib import Path

import pandas as pd
import xarray

from detequiv.paper_figures.catalogue import FIGURES
from detequiv.paper_figures.drawing.output import parameters_of, save_picture, write_facts
from detequiv.paper_figures.drawing.style import styled
from detequiv.paper_figures.drawing.tables import Tables
from detequiv.paper_figures.gallery import write_gallery
from detequiv.theory.base.filled_text import filled

GALLERY = Path(__file__).resolve().parents[2] / "docs" / "gallery"

COLUMNS = ("predicted", "simulated", "stderr", "verdict", "point_verdict", "trials", "low", "high", "loss")
"""Columns of a table that are not coordinates."""


def published_rows(name: str) -> pd.DataFrame:
    """The table of a figure, lines and points."""
    path = GALLERY / f"{FIGURES[name].stem}.csv"
    return pd.read_csv(path, keep_default_na=False, na_values=[""], low_memory=False)


@functools.cache
def published_points(name: str) -> xarray.Dataset:
    """The simulated points, with the parameters as attributes."""
    rows = published_rows(name)
    coordinates = [column for column in rows if column not in COLUMNS]
    simulated = rows.dropna(subset="simulated")
    points = simulated.set_index(coordinates).to_xarray()
    points["verdict"] = points.verdict.fillna("").astype(str)
    if "point_verdict" in points:  # of all terms at once: one for each place
        points["point_verdict"] = points.point_verdict.isel(term=0).fillna("").astype(str)
    if "trials" in points:
        points["trials"] = points.trials.fillna(0).astype(int)
    return points.assign_attrs(parameters_of(GALLERY / f"{FIGURES[name].stem}.csv"))


def published_tables(name: str) -> Tables:
    """The published points beside the lines that the code computes today."""
    recipe, points = FIGURES[name].recipe, published_points(name)
    if name.startswith("demystified"):
        from detequiv.paper_figures.setups.generations import lines
        from detequiv.paper_figures.setups.ridge_curves import with_best

        return Tables(with_best(lines(recipe.CHAIN, recipe.RIDGES)), points)
    if name == "6":  # networks: there is no theory
        return Tables(points, points)
    if name == "7":  # lines of the images' own moments, which need the images
        rows = published_rows(name).set_index(["panel", "fraction", "samples"])
        return Tables(rows.predicted.to_xarray().to_dataset(name="error"), points)
    return Tables(recipe.lines(), points)


def caption_today(name: str) -> str:
    """The caption that the code gives to the published points."""
    figure = FIGURES[name]
    return filled(f"{figure.heading} {figure.recipe.caption(published_tables(name))}") + "\n"


def caption_published(name: str) -> str:
    """The caption in docs/gallery/."""
    return (GALLERY / f"{FIGURES[name].stem}.md").read_text(encoding="utf-8")


def write_captions() -> None:
    """Every caption of today into its .md and .json, and the gallery."""
    for name, figure in FIGURES.items():
        said = caption_today(name)
        facts = GALLERY / f"{figure.stem}.json"
        then = json.loads(facts.read_text(encoding="utf-8"))
        write_facts(facts, said, then["parameters"], then["versions"])
        facts.with_suffix(".md").write_text(said, encoding="utf-8")
    write_gallery(GALLERY)


def draw(name: str) -> None:
    """The picture of the published points with today's lines and title."""
    figure = FIGURES[name]
    with styled():
        picture = figure.recipe.draw(*published_tables(name), figure.title)
        save_picture(picture, GALLERY / f"{figure.stem}.png")


if __name__ == "__main__":
    write_captions()
    for asked in sys.argv[1:]:
        draw(asked)
