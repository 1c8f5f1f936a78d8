"""The gallery in docs/gallery/: its captions and counts are those of its own tables and of today's code."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from detequiv.paper_figures.catalogue import FIGURES, NOT_REPRODUCED
from detequiv.paper_figures.gallery import write_gallery
from helpers.published import (
    COLUMNS,
    GALLERY,
    caption_published,
    caption_today,
    published_points,
    published_rows,
    published_tables,
)

BY_THEORY = [name for name in FIGURES if name not in ("6", "7")]
"""Figures whose lines are computed without data: 6 has none, 7 needs the images."""

LONG = ("1", "4", "9", "printed-right")
"""Figures whose lines take longest."""


def with_marks(names: Iterable[str]) -> list[Any]:
    return [pytest.param(x, marks=pytest.mark.slow) if x in LONG else x for x in names]


@pytest.mark.parametrize("name", with_marks(FIGURES))
def test_the_caption_is_what_the_code_says_of_the_published_points(name: str) -> None:
    """Its numbers, counts and titles: whoever changes a formula or a sentence notices here."""
    assert caption_today(name) == caption_published(name)


@pytest.mark.parametrize("name", FIGURES)
def test_the_parameters_bear_the_caption(name: str) -> None:
    facts = json.loads((GALLERY / f"{FIGURES[name].stem}.json").read_text(encoding="utf-8"))
    assert facts["caption"] == caption_published(name) and facts["versions"]["detequiv"]


def test_the_page_is_made_of_the_captions_and_tables_beside_it(tmp_path: Path) -> None:
    for figure in FIGURES.values():
        for ending in ("csv", "md"):
            name = f"{figure.stem}.{ending}"
            (tmp_path / name).write_bytes((GALLERY / name).read_bytes())
    assert write_gallery(tmp_path).read_bytes() == (GALLERY / "gallery.md").read_bytes()


@pytest.mark.parametrize("name", FIGURES)
def test_full_trials_and_nothing_less_are_published(name: str) -> None:
    trials = published_points(name).attrs["trials"]  # figure 3: "200 up to n = 10000, then ..."
    assert str(trials).split()[0] == str(FIGURES[name].full)
    assert (GALLERY / f"{FIGURES[name].stem}.png").exists()


@pytest.mark.parametrize("name", with_marks(BY_THEORY))
def test_the_published_lines_are_those_of_the_code(name: str) -> None:
    """As many rows at the same places, to 1e-10: the solvers promise 1e-11."""
    today, then = published_tables(name).rows().reset_index(), published_rows(name)
    keys = [column for column in then if column not in COLUMNS]
    assert len(today) == len(then)
    for rows in (today, then):
        rows[keys] = rows[keys].map(lambda x: float(f"{x:.12g}") if isinstance(x, float) else x)
    both = then.merge(today, on=keys, suffixes=("", "_today"), validate="one_to_one")
    assert len(both) == len(then)
    assert both.predicted_today.to_numpy() == pytest.approx(both.predicted.to_numpy(), rel=1e-10)


def test_the_readme_counts_the_figures() -> None:
    readme = (GALLERY.parents[1] / "README.md").read_text(encoding="utf-8")
    own = [figure for figure in FIGURES.values() if figure.paper is None]
    generations = [name for name in FIGURES if name.startswith("demystified")]
    rest = {*FIGURES} - {figure.name for figure in own} - {*generations}
    assert rest == {*map(str, range(1, 11))} - {*NOT_REPRODUCED} == {*"12345679", "10"}
    assert len(own) == 7 and len(generations) == 2
    said = " ".join(readme.split())
    assert "Figures 1 to 7, 9 and 10 of the paper, two of *Model Collapse Demystified*" in said
    assert "and seven of our own" in said


def test_the_ringed_points_of_figure_5_are_next_to_the_threshold() -> None:
    points = published_points("5").squeeze("term")
    ringed = points.where(points.verdict == "disagrees").dropna("width", how="all")
    apart = ringed.simulated / ringed.predicted - 1
    assert ringed.width.values.tolist() == [480, 520]
    assert apart.notnull().all() and 0.03 < float(apart.min()) < float(apart.max()) < 0.04


def test_rings_of_figure_4_stand_at_the_threshold() -> None:
    points = published_points("4").squeeze("term")
    ringed = points.width.where(points.verdict == "disagrees")
    assert float(abs(ringed / 500 - 1).max()) < 0.1  # the next simulated widths are 10% away
