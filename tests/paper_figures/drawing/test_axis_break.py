"""A break of an axis is there, at its place, and covers what lies between."""

from typing import Any

import numpy as np

from detequiv.paper_figures.drawing.axis_break import break_vertical_axis
from detequiv.paper_figures.drawing.style import panels, styled


def dark(figure: Any, axes: Any, value: float) -> float:
    """Dark pixels in the middle of the panel at this height, in parts of a row of 40."""
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3].mean(axis=2)
    x, y = axes.transData.transform((0.5, value))
    row = pixels.shape[0] - 1 - round(y)
    return float((pixels[row, round(x) - 20 : round(x) + 20] < 128).mean())


def test_nothing_is_drawn_between_the_ends_of_the_break_and_all_beyond() -> None:
    with styled():
        figure, ((axes,),) = panels()
        axes.set(yscale="log", xlim=(0, 1), ylim=(1, 1000))
        axes.fill_between([0, 1], 1, 1000, color="black")
        break_vertical_axis(axes, 50, 100)
        assert [dark(figure, axes, value) for value in (20, 45, 70, 110, 500)] == [1, 1, 0, 1, 1]


def test_strokes_stand_on_the_axis_at_both_ends() -> None:
    with styled():
        _, ((axes,),) = panels()
        axes.set(ylim=(0, 10))
        break_vertical_axis(axes, 4, 6)
    assert [float(np.ravel(line.get_ydata())[0]) for line in axes.lines] == [4, 6]
    assert all(float(np.ravel(line.get_xdata())[0]) == 0 for line in axes.lines)
