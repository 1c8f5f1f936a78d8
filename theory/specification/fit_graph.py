"""The fits of a problem whose labels come from trained models, or whose sources share inputs.

A problem with labellers is a directed acyclic graph of fits. Here it is laid out: the fits in an order in
which labellers come first, the sets of inputs cut so that two sources have all of a set in common or
none of it, and for each fit and set the labels.
"""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ..base.errors import SpecError
from ..data.source import Source

if TYPE_CHECKING:
    from .problem import Problem

__all__ = ["FitGraph", "Labelling", "fit_graph"]


@dataclasses.dataclass(frozen=True)
class Labelling:
    """Labels of one set in one fit: by the truth of ``source``, or by an earlier fit, plus a noise.

    inputs : the set; position : of the source in the problem of the fit; truth, noise : names; labeller :
    the index of the fit that labels, None for a truth.
    """

    inputs: int
    position: int
    source: Source
    truth: str
    noise: str
    labeller: int | None


@dataclasses.dataclass(frozen=True)
class FitGraph:
    """problems : the fits, labellers before what they label, the problem itself last; labellings : of each
    fit; counts : samples of each set; members : for each set a source whose inputs it is part of."""

    problems: "tuple[Problem, ...]"
    labellings: tuple[tuple[Labelling, ...], ...]
    counts: tuple[int, ...]
    members: tuple[Source, ...]

    @cached_property
    def connected(self) -> bool:
        """Whether two fits, or two labellings of one fit, have a set of samples or a model in common."""
        return len(self.problems) > 1 or self._repeats

    @property
    def _repeats(self) -> bool:
        sets = [labelling.inputs for row in self.labellings for labelling in row]
        return len(set(sets)) < len(sets)

    def labellers(self, t: int) -> set[int]:
        """The fits that label for fit t, directly or through others."""
        direct = {x.labeller for x in self.labellings[t] if x.labeller is not None}
        return direct.union(*(self.labellers(s) for s in direct)) if direct else direct

    def seen_by_labellers(self) -> set[int]:
        """The sets of the last fit that one of its labellers was trained on, too."""
        last = {x.inputs for x in self.labellings[-1]}
        return last & {x.inputs for s in self.labellers(len(self.problems) - 1) for x in self.labellings[s]}

    def separated(self) -> "FitGraph":
        """The same fits, each to samples of its own."""
        counts: list[int] = []
        members: list[Source] = []
        rows = []
        for t, row in enumerate(self.labellings):
            own: dict[int, int] = {}
            for x in row:
                if x.inputs not in own:
                    own[x.inputs] = len(counts)
                    counts.append(self.counts[x.inputs])
                    members.append(self.members[x.inputs])
            rows.append(
                tuple(dataclasses.replace(x, inputs=own[x.inputs], noise=f"{x.noise}, fit {t}") for x in row)
            )
        return FitGraph(self.problems, tuple(rows), tuple(counts), tuple(members))

    def draw_of(self, t: int) -> str:
        """The name of the draw of a fit's features."""
        return self.problems[t].model.draw or f"of fit {t}"

    def pattern(self) -> tuple[object, ...]:
        """What fits have in common, everything numbered by its first appearance; empty for nothing."""
        number = _Numbering()
        seen = [
            (
                tuple((number(0, x.inputs), number(1, (x.noise, x.inputs)), number(2, x.truth)) for x in row),
                number(3, self.draw_of(t)),
            )
            for t, row in enumerate(self.labellings)
        ]
        if number.repeated or self._fits_repeated:
            labels = tuple(tuple(x.labeller for x in row) for row in self.labellings)
            return (*seen, labels)
        return ()

    @property
    def _fits_repeated(self) -> bool:
        """Whether a fit labels several sets."""
        used = [x.labeller for row in self.labellings for x in row if x.labeller is not None]
        return len(set(used)) < len(used)


class _Numbering:
    """Numbers names of several kinds by their first appearance; knows whether one came again."""

    def __init__(self) -> None:
        self.known: dict[object, int] = {}
        self.repeated = False

    def __call__(self, kind: int, name: object) -> int:
        self.repeated |= (kind, name) in self.known
        return self.known.setdefault((kind, name), len(self.known))


def fit_graph(problem: "Problem") -> FitGraph:
    """The fits of a problem.

    Raises
    ------
    SpecError
        A source that has samples of another of the same fit, with the same labels.
    """
    problems = list(_in_order(problem))
    index = {fit.trained_as: t for t, fit in enumerate(problems)}
    cuts: dict[str, set[int]] = {}
    for fit in problems:
        for source in fit.sources:
            drawn = source.drawn
            cuts.setdefault(drawn.inputs, set()).update((drawn.start, drawn.start + source.n))
    sets: dict[tuple[str, int], int] = {}
    counts: list[int] = []
    members: list[Source] = []
    rows = []
    for t, fit in enumerate(problems):
        row: list[Labelling] = []
        for position, source in enumerate(fit.sources):
            drawn = source.drawn
            inside = sorted(x for x in cuts[drawn.inputs] if drawn.start <= x < drawn.start + source.n) or [
                drawn.start
            ]
            for start, end in zip(inside, [*inside[1:], drawn.start + source.n], strict=True):
                key = (drawn.inputs, start) if source.n else (f"none of fit {t}", position)
                if key not in sets:
                    sets[key] = len(counts)
                    counts.append(end - start)
                    members.append(source)
                labeller = None if source.labels is None else index[source.labels.trained_as]  # type: ignore[attr-defined]
                row.append(Labelling(sets[key], position, source, drawn.truth, drawn.noise, labeller))
        rows.append(tuple(row))
    _check_draws(problems)
    return FitGraph(tuple(problems), tuple(rows), tuple(counts), tuple(members))


def _check_draws(problems: "list[Problem]") -> None:
    """Refuse one draw of unlike features."""
    known: dict[str, Problem] = {}
    for fit in problems:
        name = fit.model.draw
        if name is not None and known.setdefault(name, fit).model != fit.model:
            raise SpecError(
                f"draw={name!r} names one projection, but it is {known[name].model!r} in one problem and "
                f"{fit.model!r} in another. Give them different names."
            )


def check_sources(sources: Sequence[Source]) -> None:
    """Refuse one sample with one label twice in a problem."""
    by_labels: dict[str, list[tuple[int, int, int]]] = {}
    for k, source in enumerate(sources):
        if source.n:
            drawn = source.drawn
            by_labels.setdefault(drawn.noise, []).append((drawn.start, drawn.start + source.n, k))
    for ranges in by_labels.values():
        ranges.sort()
        for (_, end, j), (start, _, k) in itertools.pairwise(ranges):
            if start < end:
                first, second = sorted((j, k))
                raise SpecError(
                    f"sources[{second}] has samples of sources[{first}], labels included, and a sample may "
                    f"be in a problem once. Use weight=2 to count it twice, or source.again() for other "
                    f"samples of the same distribution."
                )


def _in_order(problem: "Problem") -> "Iterator[Problem]":
    """The problem and its labellers, each once, labellers first."""
    done: set[str] = set()
    stack: list[tuple[Problem, bool]] = [(problem, False)]
    while stack:
        fit, ready = stack.pop()
        if fit.trained_as in done:
            continue
        if ready:
            done.add(fit.trained_as)
            yield fit
            continue
        stack.append((fit, True))
        stack += [(s.labels, False) for s in reversed(fit.sources) if s.labels is not None]  # type: ignore[misc]
