"""The figures that can be made; light to import, since a figure's module loads when it is made."""

import dataclasses
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from ..theory import SpecError
from ..theory.base.filled_text import filled
from ..theory.base.validation import count
from ..theory.base.wording import suggestion

if TYPE_CHECKING:
    from .computing.work import Work
    from .drawing.tables import Tables

__all__ = ["FIGURES", "NOT_REPRODUCED", "Figure", "figure_named", "make"]

PAPER = "*Strong Model Collapse* (arXiv 2410.04840 v2)"
DEMYSTIFIED = "*Model Collapse Demystified* (arXiv 2402.07712 v2)"


class Recipe(Protocol):
    """The interface of a figure's module."""

    def compute(self, work: "Work") -> "Tables":
        """Theory and simulation."""

    def draw(self, lines: Any, points: Any, title: str) -> Any:
        """The picture of lines and points."""

    def caption(self, tables: "Tables") -> str:
        """The caption without title and source."""


@dataclasses.dataclass(frozen=True)
class Figure:
    """One figure: title and source, how much to simulate, and how long that takes.

    name : on the command line, ending in its number; title : one line; paper : None for our own.
    quick, full : simulated trials for each point, for a quick look and for print.
    seconds : that both take on two processes, roughly. module : of this folder, a :class:`Recipe`.
    """

    name: str
    title: str
    paper: str | None
    quick: int
    full: int
    seconds: tuple[float, float]
    module: str

    @property
    def recipe(self) -> Recipe:
        """Its module, imported."""
        return cast(Recipe, import_module(f".figures.{self.module}", __package__))

    @property
    def stem(self) -> str:
        """The name of its files, without their endings."""
        return f"figure_{self.name.replace('-', '_')}"

    @property
    def heading(self) -> str:
        """Title and source."""
        if self.paper is None:
            return f"**{self.title}.** A figure of our own."
        return f"**{self.title}.** Regenerates Figure {self.name.split('-')[-1]} of {self.paper}."


FIGURES: dict[str, Figure] = {
    figure.name: figure
    for figure in (
        Figure(
            "1",
            "Poor labels: the best width on real data is not best on the mix",
            PAPER,
            quick=3,
            full=100,
            seconds=(13, 540),
            module="figure_1",
        ),
        Figure(
            "2",
            "Beyond m = n the bias falls again; the collapse stays",
            PAPER,
            quick=8,
            full=200,
            seconds=(13, 260),
            module="figure_2",
        ),
        Figure(
            "3",
            "A constant share of synthetic data puts a floor under the error",
            PAPER,
            quick=12,
            full=200,
            seconds=(10, 42),
            module="figure_3",
        ),
        Figure(
            "4",
            "With poor labels, synthetic data hurt wide models most",
            PAPER,
            quick=3,
            full=100,
            seconds=(14, 240),
            module="figure_4",
        ),
        Figure(
            "5",
            "The worse the synthetic labels, the narrower the best model",
            PAPER,
            quick=8,
            full=200,
            seconds=(13, 260),
            module="figure_5",
        ),
        Figure(
            "6",
            "Trained on few synthetic samples, wider networks do better",
            PAPER,
            quick=2,
            full=3,
            seconds=(13, 130),
            module="figure_6",
        ),
        Figure(
            "7",
            "On images, too, a larger synthetic share raises the error",
            PAPER,
            quick=6,
            full=12,
            seconds=(16, 310),
            module="figure_7",
        ),
        Figure(
            "9",
            "The best weight beats the plain mix by a factor of up to 13",
            PAPER,
            quick=8,
            full=200,
            seconds=(12, 100),
            module="figure_9",
        ),
        Figure(
            "10",
            "With many samples, repeated mixing needs fresh real data",
            PAPER,
            quick=12,
            full=400,
            seconds=(7, 130),
            module="figure_10",
        ),
        Figure(
            "demystified-1",
            "The best ridge grows with the number of generators",
            DEMYSTIFIED,
            quick=20,
            full=400,
            seconds=(6, 46),
            module="demystified_1",
        ),
        Figure(
            "demystified-2",
            "For a power law, too, the best ridge grows with the generators",
            DEMYSTIFIED,
            quick=20,
            full=400,
            seconds=(8, 76),
            module="demystified_2",
        ),
        Figure(
            "how-many",
            "Poor synthetic labels hurt at full weight and help at the best weight",
            None,
            quick=2,
            full=24,
            seconds=(30, 300),
            module="how_many",
        ),
        Figure(
            "own-generator",
            "Own labels hurt where those of other data would help",
            None,
            quick=8,
            full=200,
            seconds=(10, 90),
            module="own_generator",
        ),
        Figure(
            "rounds",
            "Replaced data collapse; mixed with real ones, the error settles",
            None,
            quick=8,
            full=200,
            seconds=(15, 200),
            module="own_rounds",
        ),
        Figure(
            "filter-acceptance",
            "Keep about 2d samples, however many there are to filter",
            None,
            quick=20,
            full=1200,
            seconds=(7, 70),
            module="selecting.filter_acceptance",
        ),
        Figure(
            "filter-plateau",
            "Data filtered by a wrong verifier can beat the verifier itself",
            None,
            quick=16,
            full=800,
            seconds=(5, 40),
            module="selecting.wrong_verifier",
        ),
        Figure(
            "sign-oracle",
            "Agreement halves the 0-1 error; a margin cuts it much further",
            None,
            quick=8,
            full=480,
            seconds=(8, 70),
            module="selecting.sign_oracle",
        ),
        Figure(
            "printed-right",
            "Six statements: simulation agrees with the corrected forms",
            None,
            quick=12,
            full=200,
            seconds=(12, 72),
            module="printed_right",
        ),
        Figure(
            "more-data",
            "Twice the data hardly help once collapse is 0.9 of the error",
            None,
            quick=8,
            full=60,
            seconds=(7, 34),
            module="more_data",
        ),
        Figure(
            "best-choice",
            "Poor labels call for a narrow model, or for little weight",
            None,
            quick=6,
            full=200,
            seconds=(7, 70),
            module="best_choice",
        ),
        Figure(
            "larger-models",
            "Wider models amplify collapse below m = n, mitigate it above",
            None,
            quick=16,
            full=600,
            seconds=(8, 99),
            module="larger_models",
        ),
    )
}

NOT_REPRODUCED = {
    "8": "GPT-2 on BabiStories: training language models needs accelerators for days, and the "
    "theory of ridge regression says nothing about them"
}
"""Figures of the paper that are not made, and why."""


def make(
    name: str,
    directory: Path,
    *,
    full: bool = False,
    trials: int | None = None,
    seed: int = 0,
    jobs: int = 1,
    data: Path | None = None,
) -> list[Path]:
    """Make one figure in a directory; returns the paths of its .png, .pdf, .csv, .json and .md.

    Finished points are stored in its folder .points and reused if the figure is made again with the
    same trials and seed by the same version: an interrupted run resumes.

    Parameters
    ----------
    full : the sizes and trials for print instead of those for a quick look.
    trials : overrides the quick or full number. seed : of all points.
    jobs : processes. data : a file with the user's own data, for the figures that take one.

    Raises
    ------
    SpecError
        Before any work: an unknown name, fewer than 2 trials or 1 job, a directory that cannot be
        written to.
    """
    from .computing.work import Work
    from .drawing.output import prepared_directory, write
    from .drawing.style import styled

    figure, directory = figure_named(name), Path(directory)
    trials_per_point = (figure.full if full else figure.quick) if trials is None else trials
    work = Work(
        trials=count(trials_per_point, "trials", 2, "A standard error needs two."),
        seed=count(seed, "seed", 0, "It numbers the random draws."),
        full=full,
        jobs=count(jobs, "jobs", 1, "It is the number of processes."),
        folder=prepared_directory(directory) / ".points",
        data=data,
    )
    recipe = figure.recipe
    tables = recipe.compute(work)
    caption = filled(f"{figure.heading} {recipe.caption(tables)}") + "\n"
    with styled():
        picture = recipe.draw(*tables, figure.title)
        return write(directory, figure.stem, picture, tables.rows(), caption, **tables.points.attrs)


def figure_named(name: str) -> Figure:
    """The figure of this name.

    Raises SpecError, with the available names, if there is none.
    """
    if name in NOT_REPRODUCED:
        raise SpecError(f"figure {name} is not reproduced: {NOT_REPRODUCED[name]}.")
    if name not in FIGURES:
        raise SpecError(f"unknown figure {name!r}{suggestion(name, FIGURES)}")
    return FIGURES[name]
