"""The page of all figures: each with its picture, caption and verdicts."""

from pathlib import Path

import pandas as pd
import pytest

from detequiv.paper_figures.catalogue import FIGURES, NOT_REPRODUCED
from detequiv.paper_figures.gallery import write_gallery


@pytest.mark.slow
def test_the_gallery_shows_every_figure_that_is_there(made: dict[str, list[Path]]) -> None:
    directory = made["2"][0].parent
    page = write_gallery(directory).read_text(encoding="utf-8")
    for name, paths in made.items():
        png, _, table, _, caption = paths
        assert f"]({png.name})" in page and f"]({table.name})" in page
        assert caption.read_text(encoding="utf-8") in page
        assert f"| [{name}](#{name}) | {FIGURES[name].title} |" in page
    for name, why in NOT_REPRODUCED.items():
        assert f"## {name}\n\nNot reproduced: {why}" in page


@pytest.mark.slow
def test_verdicts_are_counted_from_the_table(made: dict[str, list[Path]]) -> None:
    directory, table = made["2"][0].parent, pd.read_csv(made["2"][2])
    page = write_gallery(directory).read_text(encoding="utf-8")
    words = table[table.term == "error"].verdict.value_counts()
    counts = " | ".join(str(words.get(word, 0)) for word in ("agrees", "disagrees", "undecided"))
    assert f"| [2](#2) | {FIGURES['2'].title} | {counts} |" in page


def test_figures_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    assert "| [5]" not in write_gallery(tmp_path).read_text(encoding="utf-8")
