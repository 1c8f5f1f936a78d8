"""The look: colours apart in grey, markers of verdicts, ticks that read at a glance."""

from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import xarray
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from detequiv.paper_figures.catalogue import FIGURES
from detequiv.paper_figures.drawing.captions import departure, tally
from detequiv.paper_figures.drawing.curves import (
    FINITE_SIZE,
    draw_line,
    draw_points,
    series_key,
    verdict_keys,
)
from detequiv.paper_figures.drawing.palette import NEUTRAL, QUALITY, ordered
from detequiv.paper_figures.drawing.style import WIDTH, legend_below, log_ticks, panels, styled
from helpers.published import published_tables

STYLE = QUALITY[1.0]


def lightness(colour: str) -> float:
    """CIE L*, from 0 to 100: what is left of a colour in grey, and to readers without colours."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16)


def points(*verdicts: str) -> xarray.Dataset:
    """A row of points with these verdicts, the i-th at x = i + 1 and 1% above theory times i."""
    x = np.arange(1.0, len(verdicts) + 1)
    columns: dict[str, Any] = {
        "predicted": np.ones_like(x),
        "simulated": 1 + (x - 1) / 100,
        "stderr": 0.1 + 0 * x,
        "verdict": np.array(verdicts),
    }
    return xarray.Dataset({k: ("width", v) for k, v in columns.items()}, coords={"width": x})


def test_qualities_are_apart_in_grey_and_by_their_markers() -> None:
    light = sorted(lightness(style["color"]) for style in QUALITY.values())
    assert min(np.diff(light)) > 12  # twice what two large patches need to be told apart
    assert len({style["marker"] for style in QUALITY.values()}) == len(QUALITY)
    assert NEUTRAL["marker"] not in {style["marker"] for style in QUALITY.values()}


@pytest.mark.parametrize("count", [1, 5, 6, 10])
def test_ordered_values_darken_in_even_steps(count: int) -> None:
    styles = ordered(count)
    steps = -np.diff([lightness(style["color"]) for style in styles])
    assert (steps > 0.7 * 60 / max(count - 1, 1)).all()  # the map is even to 30%
    assert len({style["marker"] for style in styles}) == count
    assert lightness(styles[0]["color"]) < 80  # stands out on white


def test_verdicts_are_filled_hollow_and_ringed() -> None:
    _, ((axes,),) = panels()
    draw_points(axes, points("agrees", "undecided", "disagrees"), STYLE)
    faces = {float(c.lines[0].get_xdata()[0]): c.lines[0].get_markerfacecolor() for c in axes.containers}
    assert faces == {1.0: STYLE["color"], 2.0: "white", 3.0: STYLE["color"]}
    rings = [line for line in axes.lines if line.get_markersize() == 10]
    assert [np.ravel(ring.get_xdata()).tolist() for ring in rings] == [[3.0]]


def test_every_point_has_an_error_bar_of_one_standard_error() -> None:
    _, ((axes,),) = panels()
    draw_points(axes, points("agrees", "undecided", "disagrees"), STYLE)
    for container in axes.containers:
        (x, low), (_, high) = container.lines[2][0].get_segments()[0]
        middle = 1 + (x - 1) / 100
        assert [low, high] == pytest.approx([middle - 0.1, middle + 0.1])


def test_points_that_do_not_exist_are_not_drawn() -> None:
    _, ((axes,),) = panels()
    draw_points(axes, points("", "agrees"), STYLE)
    assert [np.ravel(c.lines[0].get_xdata()).tolist() for c in axes.containers] == [[2.0]]
    line = xarray.DataArray([np.nan, 2.0, 3.0], coords={"n": [1, 2, 3]})
    draw_line(axes, line, STYLE)
    assert axes.lines[-1].get_xdata().tolist() == [2, 3]


@pytest.mark.parametrize(
    ("seen", "labels"),
    [
        (["agrees"], ["theory", "simulation"]),
        (["undecided", "disagrees", ""], ["theory", "disagrees", "undecided"]),
    ],
)
def test_the_legend_explains_the_verdicts_that_occur(seen: list[str], labels: list[str]) -> None:
    keys = [key.get_label() for key in verdict_keys([points(*seen)])]
    assert sorted(keys) == sorted(labels)


def test_a_known_reason_for_disagreement_stands_in_the_legend() -> None:
    keys = [key.get_label() for key in verdict_keys([points("disagrees")], FINITE_SIZE)]
    assert keys == ["theory", "differs: finite size"]


@pytest.mark.parametrize("count", [1, 3, 4, 6])
def test_legends_stand_side_by_side_below_the_panels(count: int) -> None:
    with styled():
        figure, ((axes,),) = panels()
        series = [series_key(style, f"{i}") for i, style in enumerate(ordered(count))]
        legend_below(figure, "title", series, verdict_keys([points("agrees", "undecided")]))
        figure.canvas.draw()
    left, right = (legend.get_window_extent() for legend in figure.legends)
    assert max(left.y1, right.y1) <= axes.get_tightbbox().y0
    assert left.x1 < right.x0 and left.x0 >= 0 and right.x1 <= figure.bbox.width


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0.13, 25, ["0.2", "0.5", "1", "2", "5", "10", "20"]),
        (7e-4, 3.5, ["0.001", "0.01", "0.1", "1"]),
        (170, 130_000, [r"$\mathdefault{10^{3}}$", r"$\mathdefault{10^{4}}$", r"$\mathdefault{10^{5}}$"]),
    ],
)
def test_log_ticks_read_at_a_glance(low: float, high: float, labels: list[str]) -> None:
    figure, ((axes,),) = panels()
    axes.set(yscale="log", ylim=(low, high))
    log_ticks(axes.yaxis)
    figure.canvas.draw()
    inside = [
        label.get_text()
        for at, label in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
        if low <= at <= high
    ]
    assert inside == labels
    assert not any(label.get_text() for label in axes.get_yticklabels(minor=True))


def test_axes_of_one_picture_share_the_format_of_their_ticks() -> None:
    figure, ((axes,),) = panels()
    axes.set(xscale="log", yscale="log", xlim=(10, 1000), ylim=(1e-5, 1))
    log_ticks(axes.xaxis, axes.yaxis)
    figure.canvas.draw()
    for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert all(label.get_text().startswith(r"$\mathdefault{10^") for label in labels)


def test_an_axis_too_short_for_two_powers_keeps_its_plain_numbers() -> None:
    figure, ((axes,),) = panels()
    axes.set(xscale="log", yscale="log", xlim=(0.5, 20), ylim=(1e-5, 1))
    log_ticks(axes.xaxis, axes.yaxis)
    figure.canvas.draw()
    assert {"1", "2", "5", "10"} <= {label.get_text() for label in axes.get_xticklabels()}


def test_legends_too_wide_for_one_row_stand_below_one_another() -> None:
    with styled():
        figure, ((axes,),) = panels(size=(WIDTH, 4.2))
        axes.set_xlabel("abscissa")
        series = [series_key(style, f"series {i}") for i, style in enumerate(ordered(5))]
        legend_below(figure, "title", series, verdict_keys([points("agrees", "undecided", "disagrees")]))
        figure.canvas.draw()
    upper, lower = (legend.get_window_extent() for legend in figure.legends)
    assert lower.y0 >= 0 and lower.y1 <= upper.y0 + 1 and upper.y1 <= axes.get_tightbbox().y0
    assert max(upper.x1, lower.x1) <= figure.bbox.width


@pytest.mark.parametrize("name", ["1", "2", "3", "4", "5", "9", "10"])
def test_text_is_legible_and_nothing_overlaps_at_the_width_of_a_column(name: str) -> None:
    """At 3.3 inches, letters of 5.7 points: what journals ask for is 5 to 7."""
    with styled():
        figure = FIGURES[name].recipe.draw(*published_tables(name), FIGURES[name].title)
        figure.canvas.draw()
    texts = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    assert min(text.get_fontsize() for text in texts) * 3.3 / figure.get_figwidth() > 5.7
    assert figure._suptitle.get_window_extent().x1 <= figure.bbox.width
    ticks = [
        label.get_window_extent()
        for axes in figure.axes
        if axes.get_xticklabels()  # none above another panel
        for at, label in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
        if label.get_visible() and axes.get_xlim()[0] <= at <= axes.get_xlim()[1]
    ]
    titles = [axes._left_title.get_window_extent() for axes in figure.axes if axes.get_title("left")]
    for boxes in (ticks, titles):
        for i, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[i + 1 :])


def test_the_style_is_left_where_it_was_found() -> None:
    before = dict(mpl.rcParams)
    with styled():
        assert mpl.rcParams["pdf.fonttype"] == 42 and mpl.rcParams["savefig.dpi"] == 200
    assert dict(mpl.rcParams) == before


def test_the_count_and_the_largest_departure_are_said() -> None:
    some = points("agrees", "undecided", "disagrees", "")
    assert tally(some.verdict) == "of 3 points 1 agrees, 1 disagrees and 1 is undecided"
    assert "+1.50%, the largest +3.0% ± 10.0%, at m = 4" in departure(some)
