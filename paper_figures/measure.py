"""Simulated points of a figure, each held against theory."""

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numerics import predict
from ..theory import Problem
from ..verify import TERMS, Agreement, Simulation, compare, simulate

if TYPE_CHECKING:
    import xarray

__all__ = ["measured"]

ALPHA = 0.01
"""The rate of false verdicts at each point, split over its terms."""

BAND = 0.02
"""Of the predicted error: what counts as agreement, in every term."""

NUMBERS = ("predicted", "simulated", "stderr")

Point = dict[str, Any]


def measured(
    build: Callable[..., Problem],
    *,
    qualities: Sequence[float],
    trials: int | Callable[..., int],
    seed: int,
    exists: Callable[..., bool] = lambda **_: True,
    **grid: Sequence[Any],
) -> "xarray.Dataset":
    """Simulate ``build(**point, quality=...)`` over a grid and hold every term against theory.

    Parameters
    ----------
    qualities : of the synthetic labels. All of them share the draws of their grid point: given
        those, collapse is proportional to the quality, so one simulation gives all.
    trials : at each grid point, or a function ``trials(**point)``.
    exists : whether there is such a point; where not, numbers are NaN and verdicts empty.

    Returns
    -------
    xarray.Dataset of dimensions the grid's, quality and term, term being error, bias, variance,
    collapse: predicted, simulated, stderr (of the mean) and verdict (band 2 % of the predicted
    error); without the term: point_verdict, of all four terms at once; and trials.
    """
    import xarray

    table = _empty(grid, qualities)
    for index, point in _points(grid, exists):
        table["trials"][index] = trials(**point) if callable(trials) else trials
        runs = _runs(build, point, qualities, int(table["trials"][index]), seed)
        for j, agreement in enumerate(runs):
            _fill(table, (*index, j), agreement)
    dims = (*grid, "quality", "term")
    return xarray.Dataset(
        {name: (dims[: column.ndim], column) for name, column in table.items()},
        coords={**{name: list(values) for name, values in grid.items()},
                "quality": list(qualities), "term": list(TERMS)},
        attrs={"trials": "in the column trials" if callable(trials) else trials, "seed": seed,
               "alpha": ALPHA, "band": f"{100 * BAND:g} % of the predicted error"},
    )  # fmt: skip


def _empty(grid: dict[str, Sequence[Any]], qualities: Sequence[float]) -> dict[str, Any]:
    shape = tuple(map(len, grid.values()))
    full = (*shape, len(qualities), len(TERMS))
    return {
        **{name: np.full(full, np.nan) for name in NUMBERS},
        "verdict": np.full(full, "", dtype="U9"),
        "point_verdict": np.full(full[:-1], "", dtype="U9"),
        "trials": np.zeros(shape, dtype=int),
    }


def _points(
    grid: dict[str, Sequence[Any]], exists: Callable[..., bool]
) -> Iterator[tuple[tuple[int, ...], Point]]:
    """Indices and values of the grid points that exist, with a bar on a terminal."""
    from tqdm import tqdm

    found = [
        (index, point)
        for index in itertools.product(*(range(len(values)) for values in grid.values()))
        if exists(**(point := {name: grid[name][i] for name, i in zip(grid, index, strict=True)}))
    ]
    yield from tqdm(found, desc="simulating", unit="point", disable=None)


def _runs(
    build: Callable[..., Problem], point: Point, qualities: Sequence[float], trials: int, seed: int
) -> Iterator[Agreement]:
    """The comparison at each quality, from one simulation at the largest."""
    largest = max(qualities)
    run = simulate(build(**point, quality=largest), trials=trials, seed=seed, training=False)
    for quality in qualities:
        yield _held(build(**point, quality=quality), run.with_shift_scaled(quality / largest))


def _held(problem: Problem, run: Simulation) -> Agreement:
    """Against the problem as built: rescaling a shift may round its last bit differently."""
    prediction, own = predict(problem), dataclasses.replace(run, problem=problem)
    return compare(prediction, own, band=BAND * prediction.error, alpha=ALPHA)


def _fill(table: dict[str, Any], index: tuple[int, ...], agreement: Agreement) -> None:
    table["point_verdict"][index] = agreement.verdict.value
    for t, name in enumerate(TERMS):
        term = agreement.term(name)
        table["verdict"][(*index, t)] = term.verdict.value
        for number in NUMBERS:
            table[number][(*index, t)] = getattr(term, number)
