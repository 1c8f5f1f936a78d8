"""The change of the error by a step to more data or a larger model, in theory and simulation."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numerics import Prediction, predict
from ...theory import Problem, Spectrum
from ...theory.base.arrays import Array
from ..computing.compared_samples import compare_samples, pseudovalues
from ..computing.simulated_points import ALPHA, simulated_terms
from ..computing.work import Result, Work
from ..drawing.captions import tally

if TYPE_CHECKING:
    import xarray

__all__ = [
    "COPIES",
    "Step",
    "change_samples",
    "repeated_spectrum",
    "simulated_changes",
    "step_change",
    "verdict_sentence",
]

POINTS = 2.0
"""Percentage points of a change that count as agreement."""

CAPTION = """\
Circles: the same change in simulations, {trials} trials before and after (seed {seed}) with labels
and truths integrated out; their number and fill show the simulated value. Within {points:g}
percentage points, {tally} (alpha = {alpha:g} each; standard errors by the jackknife, at most
{worst:.1f} points)."""

COPIES = 1000
"""Factor on samples, widths and dimensions where only theory is computed: it depends on their ratios
alone, and rounding to whole numbers becomes negligible."""


def repeated_spectrum(spectrum: Spectrum, copies: int) -> Spectrum:
    """Every eigenvalue this many times as often, for signals and shifts as many times smaller."""
    return Spectrum(spectrum.values, spectrum.weights * copies)


def step_change(table: "xarray.DataArray", dim: str, step: int) -> "xarray.DataArray":
    """The change in percent from every value to the one ``step`` positions later; the last are left out."""
    later = table.isel({dim: slice(step, None)})
    earlier = table.isel({dim: slice(None, -step)})
    return 100 * (later.drop_vars(dim) / earlier - 1).assign_coords({dim: earlier[dim]})


@dataclasses.dataclass(frozen=True)
class Step:
    """A step that is simulated: problems before and after, its coordinates in the table, its term.

    read : the samples to use of a result; value : the same number of a prediction.
    """

    before: Problem
    after: Problem
    at: Mapping[str, float]
    term: str
    read: Callable[[Result], Array]
    value: Callable[[Prediction], float]


def simulated_changes(
    steps: Sequence[Step], coords: Mapping[str, Sequence[float]], work: Work
) -> "xarray.Dataset":
    """Every step, compared with theory: predicted, simulated, stderr and verdict over the
    coordinates and ``term``, NaN and empty elsewhere."""
    import xarray

    terms = list(dict.fromkeys(step.term for step in steps))
    every = {name: list(values) for name, values in coords.items()} | {"term": terms}
    predicted = np.full([len(values) for values in every.values()], np.nan)
    samples = np.full((*predicted.shape, work.trials), np.nan)
    for step, (before, after) in zip(steps, _pairs(steps, work), strict=True):
        coordinates: dict[str, Any] = {**step.at, "term": step.term}
        i = tuple(values.index(coordinates[name]) for name, values in every.items())
        first, last = (step.value(predict(problem)) for problem in (step.before, step.after))
        predicted[i] = 100 * (last / first - 1)
        samples[i] = change_samples(step.read(before), step.read(after))
    points = compare_samples(xarray.DataArray(predicted, every, tuple(every)), samples, POINTS)
    return points.assign_attrs(
        trials=work.trials, seed=work.seed, alpha=ALPHA, band=f"{POINTS:g} percentage points"
    )


def _pairs(steps: Sequence[Step], work: Work) -> list[tuple[Result, Result]]:
    """The simulated terms before and after each step."""
    arguments = [
        {"problem": problem, "trials": work.trials, "seed": work.seed}
        for step in steps
        for problem in (step.before, step.after)
    ]
    results = iter(work.results(simulated_terms, arguments))
    return list(zip(results, results, strict=True))


def verdict_sentence(points: "xarray.Dataset") -> str:
    """The sentence of a caption about the simulated points of a map."""
    return CAPTION.format(
        trials=points.attrs["trials"],
        seed=points.attrs["seed"],
        points=POINTS,
        alpha=ALPHA,
        tally=tally(points.verdict),
        worst=float(points.stderr.max()),
    )


def change_samples(before: Array, after: Array) -> Array:
    """(trials,) jackknife samples of the change, in percent, from one mean to the other.

    before, after : (trials,), the i-th of both left out together.

    >>> change_samples(np.array([1.0, 1.0, 1.0]), np.array([0.5, 0.5, 0.5]))
    array([-50., -50., -50.])
    """

    def without(samples: Array) -> Array:
        return np.asarray((samples.sum() - samples) / (len(samples) - 1))

    def change(a: Array, b: Array) -> Array:
        return np.asarray(100 * (b / a - 1))

    total = change(np.asarray(before.mean()), np.asarray(after.mean()))
    return pseudovalues(total, change(without(before), without(after)))
