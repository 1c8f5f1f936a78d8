"""Simulated points of a figure, each compared with theory."""

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numerics import predict
from ...theory import Problem
from ...verify import TERMS, Agreement, Simulation, Terms, compare, simulate
from .work import Result, Work

if TYPE_CHECKING:
    import xarray

__all__ = ["ALPHA", "TOLERANCE", "simulate_grid", "simulated_terms"]

ALPHA = 0.01
"""Upper bound of the probability of a false verdict at each point, split over its terms."""

TOLERANCE = 0.02
"""Of the predicted error: what counts as agreement, in every term."""

NUMBERS = ("predicted", "simulated", "stderr")

Point = dict[str, Any]


def simulate_grid(
    build: Callable[..., Problem],
    work: Work,
    *,
    qualities: Sequence[float],
    trials: Callable[..., int] | None = None,
    exists: Callable[..., bool] = lambda **_: True,
    **grid: Sequence[Any],
) -> "xarray.Dataset":
    """Simulate ``build(**point, quality=...)`` over a grid and compare every term with theory.

    Parameters
    ----------
    qualities : of the synthetic labels. All of them share the draws of their grid point: given
        those, collapse is proportional to the quality, so one simulation gives all.
    trials : at each grid point, ``trials(**point)``; None for those of the work.
    exists : whether there is such a point; where not, numbers are NaN and verdicts empty.

    Returns
    -------
    xarray.Dataset of dimensions the grid's, quality and term, term being error, bias, variance,
    collapse: predicted, simulated, stderr (of the mean) and verdict (tolerance 2% of the predicted
    error); without the term: point_verdict, of all four terms at once; and trials.
    """
    import xarray

    table = _empty(grid, qualities)
    points = _points(grid, exists)
    each = [work.trials if trials is None else trials(**point) for _, point in points]
    problems = [build(**point, quality=max(qualities)) for _, point in points]
    runs = _runs(work, problems, each)
    for (index, point), count, problem, run in zip(points, each, problems, runs, strict=True):
        table["trials"][index] = count
        for j, quality in enumerate(qualities):
            scaled = run if problem.connected else run.with_shift_scaled(quality / max(qualities))
            _fill(table, (*index, j), _compared(build(**point, quality=quality), scaled))
    dims = (*grid, "quality", "term")
    return xarray.Dataset(
        {name: (dims[: column.ndim], column) for name, column in table.items()},
        coords={
            **{name: list(values) for name, values in grid.items()},
            "quality": list(qualities),
            "term": list(TERMS),
        },
        attrs={
            "trials": work.trials if trials is None else "in the column trials",
            "seed": work.seed,
            "alpha": ALPHA,
            "band": f"{100 * TOLERANCE:g}% of the predicted error",
        },
    )


def simulated_terms(problem: Problem, trials: int, seed: int) -> Result:
    """(trials,) samples of every term, and of the part of collapse that is linear in the shifts."""
    run = simulate(problem, trials=trials, seed=seed, training=False)
    samples = {name: getattr(run.samples, name) for name in TERMS}
    return samples if run.from_shifts is None else samples | {"shifts": run.from_shifts.collapse}


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
) -> list[tuple[tuple[int, ...], Point]]:
    """Indices and values of the grid points that exist."""
    return [
        (index, point)
        for index in itertools.product(*(range(len(values)) for values in grid.values()))
        if exists(**(point := {name: grid[name][i] for name, i in zip(grid, index, strict=True)}))
    ]


def _runs(work: Work, problems: Sequence[Problem], trials: Sequence[int]) -> list[Simulation]:
    arguments: list[dict[str, Any]] = [
        {"problem": problem, "trials": count, "seed": work.seed}
        for problem, count in zip(problems, trials, strict=True)
    ]
    results = work.results(simulated_terms, arguments)
    return [
        _as_simulation(result, problem, work.seed) for result, problem in zip(results, problems, strict=True)
    ]


def _as_simulation(result: Result, problem: Problem, seed: int) -> Simulation:
    """The simulation that these are the samples of."""
    error, bias, variance, collapse = (result[name] for name in TERMS)
    samples = Terms(error=error, bias=bias, variance=variance, collapse=collapse)
    linear = None
    if "shifts" in result:
        from_shifts, zeros = result["shifts"], np.zeros_like(error)
        linear = Terms(error=from_shifts, bias=zeros, variance=zeros, collapse=from_shifts)
    return Simulation(problem=problem, samples=samples, seed=seed, method="conditional", from_shifts=linear)


def _compared(problem: Problem, run: Simulation) -> Agreement:
    """Against the problem as built: rescaling a shift may round its last bit differently."""
    prediction, rebuilt = predict(problem), dataclasses.replace(run, problem=problem)
    return compare(prediction, rebuilt, tolerance=TOLERANCE * prediction.error, alpha=ALPHA)


def _fill(table: dict[str, Any], index: tuple[int, ...], agreement: Agreement) -> None:
    table["point_verdict"][index] = agreement.verdict.value
    for t, name in enumerate(TERMS):
        term = agreement.term(name)
        table["verdict"][(*index, t)] = term.verdict.value
        for number in NUMBERS:
            table[number][(*index, t)] = getattr(term, number)
