"""The figures that can be made, and how: light to import, what a figure needs loads when made."""

import dataclasses
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from ..theory import SpecError
from ..theory.checks import count

__all__ = ["FIGURES", "Figure", "Maker", "make"]

PAPER = "*Strong Model Collapse* (arXiv 2410.04840 v2)"


class Maker(Protocol):
    """Compute and write a figure; returns the paths of its .png, .pdf, .csv and .md."""

    def __call__(self, directory: Path, *, trials: int, seed: int = 0) -> list[Path]: ...


@dataclasses.dataclass(frozen=True)
class Figure:
    """One figure: what it shows, whence, and how much to simulate.

    name : as it is asked for; title : a line; source : what it regenerates.
    quick, full : simulated trials for each point, for a look (seconds) and for print (minutes).
    module : of this folder, with the maker ``make``.
    """

    name: str
    title: str
    source: str
    quick: int
    full: int
    module: str

    @property
    def maker(self) -> Maker:
        """The function that makes it; imports its module."""
        module = import_module(f".{self.module}", __package__)
        return cast(Maker, module.make)


FIGURES: dict[str, Figure] = {
    figure.name: figure
    for figure in (
        Figure(
            "2",
            "Bias, variance and collapse against width, for four qualities of the synthetic labels",
            f"Figure 2 of {PAPER}",
            quick=8,
            full=200,
            module="figure_2",
        ),
        Figure(
            "3",
            "Test error against the number of samples, for growing shares of synthetic data",
            f"Figure 3 of {PAPER}",
            quick=12,
            full=200,
            module="figure_3",
        ),
        Figure(
            "5",
            "Test error against width, for four qualities of the synthetic labels",
            f"Figure 5 of {PAPER}",
            quick=8,
            full=200,
            module="figure_5",
        ),
    )
}


def make(
    name: str, directory: Path, *, full: bool = False, trials: int | None = None, seed: int = 0
) -> list[Path]:
    """Make one figure in a directory; returns the paths of its .png, .pdf, .csv and .md.

    ``trials`` overrides the quick or full number. Raises SpecError, before any work, for an unknown
    name, for fewer than 2 trials, and where the directory cannot be written to.
    """
    from .output import prepared

    figure = _known(name)
    wanted = (figure.full if full else figure.quick) if trials is None else trials
    wanted = count(wanted, "trials", 2, "A standard error needs two.")
    return figure.maker(prepared(Path(directory)), trials=wanted, seed=seed)


def _known(name: str) -> Figure:
    if name not in FIGURES:
        raise SpecError(
            f"there is no figure {name!r}. There are {', '.join(FIGURES)}; FIGURES has the titles."
        )
    return FIGURES[name]
