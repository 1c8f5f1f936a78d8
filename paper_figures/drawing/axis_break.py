"""A break of an axis, for a value such as infinity that stands beyond its scale."""

from typing import Any

__all__ = ["break_vertical_axis"]


def break_vertical_axis(axes: Any, low: float, high: float) -> None:
    """Cut the panel open from low to high: nothing is drawn there, and strokes end the axis."""
    from matplotlib.patches import Rectangle

    across = axes.get_yaxis_transform()  # horizontally in parts of the panel
    look: dict[str, Any] = {"color": "white", "zorder": 2.7, "clip_on": False}
    axes.add_patch(Rectangle((-0.02, low), 1.04, high - low, transform=across, **look))
    for end in (low, high):
        axes.plot(
            0,
            end,
            marker=[(-1, -0.5), (1, 0.5)],
            markersize=11,
            transform=across,
            color="black",
            zorder=2.8,
            clip_on=False,
        )
