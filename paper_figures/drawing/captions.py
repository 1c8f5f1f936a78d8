"""Sentences of captions: how theory and simulation compare, in words and numbers."""

from typing import TYPE_CHECKING, Any

from ...verify import Verdict

if TYPE_CHECKING:
    import xarray

__all__ = ["departure", "how_to_read_grid", "tally"]

COORDINATES = {
    "width": "m",
    "samples": "n",
    "n": "n₂",
    "synthetic": "n₂",
    "fraction": "p₂",
    "weight": "a",
    "quality": "c²",
    "round": "round",
    "number": "N/d",
    "kept": "n/d",
    "margin": "t",
}


def how_to_read_grid(points: "xarray.Dataset") -> str:
    """How to read lines and points."""
    attrs, least, most = points.attrs, *_range(points)
    trials = f"{most}" if least == most else f"{least} to {most}"
    shared = "All qualities share their draws. " if "quality" in points.dims else ""
    return (
        f"Lines: theory. Points: mean of {trials} simulated trials (seed {attrs['seed']}) with labels "
        f"and truths integrated out, ± one standard error, usually smaller than the marker. {shared}A "
        f"point is filled if simulation agrees with theory within "
        f"{attrs['band']}, hollow if undecided (more trials are needed), and ringed if the two disagree "
        f"(alpha = {attrs['alpha']:g} each, split over the terms)."
    )


def tally(verdicts: "xarray.DataArray") -> str:
    """How many agree, disagree and are undecided.

    >>> import xarray
    >>> tally(xarray.DataArray(["agrees", "undecided", "agrees"]))
    'of 3 points 2 agree, 0 disagree and 1 is undecided'
    """
    words = [word for word in verdicts.values.ravel().tolist() if word]
    agree, disagree, unsure = (
        words.count(verdict.value) for verdict in (Verdict.AGREES, Verdict.DISAGREES, Verdict.UNDECIDED)
    )
    return (
        f"of {len(words)} points {agree} agree{'s' * (agree == 1)}, {disagree} "
        f"disagree{'s' * (disagree == 1)} and {unsure} {'is' if unsure == 1 else 'are'} undecided"
    )


def departure(points: "xarray.Dataset") -> str:
    """The median and the largest departure of simulation from theory, of the points of one term."""
    share = points.simulated / points.predicted - 1
    index = {dim: int(i) for dim, i in abs(share).argmax(...).items()}
    location = " and ".join(_named(dim, points[dim].values[i]) for dim, i in index.items())
    noise = float(points.stderr.isel(index) / points.predicted.isel(index))
    return (
        f"The median deviation of the simulated test error from theory is "
        f"{float(share.median()):+.2%}, the largest {float(share.isel(index)):+.1%} ± {noise:.1%}, at "
        f"{location}."
    )


def _named(dim: str, value: Any) -> str:
    """The place of a point: "m = 480", or the value itself if it is a word."""
    return value if isinstance(value, str) else f"{COORDINATES[dim]} = {value:g}"


def _range(points: "xarray.Dataset") -> tuple[int, int]:
    run = points.trials.values[points.trials.values > 0]
    return int(run.min()), int(run.max())
