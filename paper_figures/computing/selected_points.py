"""Simulated points of problems with selected samples: all are drawn, labelled, selected and fitted."""

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numerics import predict
from ...numerics.predictions.prediction import Prediction
from ...theory import Problem
from ...verify import simulate
from .compared_samples import compare_samples
from .simulated_points import ALPHA, TOLERANCE
from .work import Result, Work

if TYPE_CHECKING:
    import xarray

__all__ = ["MEASURES", "selected_errors", "simulate_selections"]

MEASURES: dict[str, Callable[[Prediction], float]] = {
    "error": lambda prediction: prediction.error,
    "classification_error": lambda prediction: prediction.classification_error(),
}
"""What is predicted and measured."""


def simulate_selections(
    build: Callable[..., Problem],
    work: Work,
    *,
    term: str,
    trials: Callable[..., int],
    exists: Callable[..., bool] = lambda **_: True,
    finite_size: bool = False,
    **grid: Sequence[Any],
) -> "xarray.Dataset":
    """Simulate ``build(**point)`` over a grid and compare one error with theory.

    Parameters
    ----------
    term : of MEASURES. trials : at each grid point, ``trials(**point)``.
    exists : whether there is such a point; where not, numbers are NaN and verdicts empty.
    finite_size : whether the finite-size error that a prediction states is added to its tolerance,
        which is 2% of the predicted error.

    Returns
    -------
    xarray.Dataset of dimensions the grid's and term: predicted, simulated, stderr, verdict; and trials
    over the grid's.
    """
    import xarray

    shape = tuple(map(len, grid.values()))
    places = {
        index: point
        for index in itertools.product(*map(range, shape))
        if exists(**(point := {name: grid[name][i] for name, i in zip(grid, index, strict=True)}))
    }
    problems = [build(**point) for point in places.values()]
    counts = [trials(**point) for point in places.values()]
    results = work.results(
        selected_errors,
        [{"problem": p, "trials": n, "seed": work.seed} for p, n in zip(problems, counts, strict=True)],
    )
    predicted, tolerance = np.full(shape, np.nan), np.zeros(shape)
    samples: Any = np.empty(shape, dtype=object)
    number = np.zeros(shape, dtype=int)
    for index, problem, count, result in zip(places, problems, counts, results, strict=True):
        prediction = predict(problem)
        predicted[index] = MEASURES[term](prediction)
        stated = abs(prediction.approximation_error or 0.0) if finite_size else 0.0
        tolerance[index] = (TOLERANCE + stated) * predicted[index]
        samples[index], number[index] = result[term], count
    coords = {name: list(values) for name, values in grid.items()}
    table = compare_samples(xarray.DataArray(predicted, coords, tuple(grid)), samples, tolerance)
    table = table.expand_dims(term=[term], axis=-1).assign(trials=(tuple(grid), number))
    return table.assign_attrs(
        seed=work.seed, alpha=ALPHA, band=f"{100 * TOLERANCE:g}% of the predicted error"
    )


def selected_errors(problem: Problem, trials: int, seed: int) -> Result:
    """(trials,) samples of the error and of the 0-1 error."""
    run = simulate(problem, trials=trials, seed=seed, training=False, method="naive")
    return {"error": run.samples.error, "classification_error": run.classification_errors()}
