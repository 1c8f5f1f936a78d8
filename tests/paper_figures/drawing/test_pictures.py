"""Two pictures against the ones that were looked at: lines with points, and a map.

Baselines are drawn at 60 dots per inch; `DETEQUIV_BASELINE=1 pytest tests/paper_figures/
test_pictures.py` draws them anew, to be looked at before they are kept.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from matplotlib.testing.compare import compare_images

from detequiv.paper_figures.computing.work import Work
from detequiv.paper_figures.drawing.style import styled
from detequiv.paper_figures.drawing.tables import Tables
from detequiv.paper_figures.figures import figure_5, more_data
from detequiv.paper_figures.setups import figure_5_setup

BASELINE = Path(__file__).with_name("baseline")

TOLERANCE = 5.0
"""Of 255, root mean square. Measured: one more digit in the title 2.2, any line of Figure 5 that
is missing 8.3 to 12.2, a font of another size 41."""


def lines_with_points() -> Any:
    points = figure_5_setup.simulated((10, 100, 300, 700), Work(trials=4, seed=1)).sel(term=["error"])
    return figure_5.draw(*Tables(figure_5_setup.lines(), points.drop_vars("point_verdict")), "Figure 5")


def a_map() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(more_data, "PLACES", ((3, 0.1), (3, 0.8)))
        tables = more_data.compute(Work(trials=2, seed=1))
    return more_data.draw(*tables, "More data")


PICTURES: dict[str, Callable[[], Any]] = {"figure_5": lines_with_points, "more_data": a_map}


def saved(figure: Any, path: Path) -> Path:
    figure.savefig(path, dpi=60)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_is_the_one_that_was_looked_at(name: str, tmp_path: Path) -> None:
    expected = BASELINE / f"{name}.png"
    with styled():
        figure = PICTURES[name]()
        if "DETEQUIV_BASELINE" in os.environ:
            saved(figure, expected)
        actual = saved(figure, tmp_path / f"{name}.png")
    assert compare_images(str(expected), str(actual), TOLERANCE) is None


def test_a_line_that_is_missing_is_noticed(tmp_path: Path) -> None:
    with styled():
        figure = lines_with_points()
        (axes,) = figure.axes
        longest = max(axes.lines, key=lambda line: len(line.get_xdata()))
        longest.remove()
        actual = saved(figure, tmp_path / "figure_5.png")
    report = compare_images(str(BASELINE / "figure_5.png"), str(actual), TOLERANCE)
    assert report is not None and "RMS" in report
