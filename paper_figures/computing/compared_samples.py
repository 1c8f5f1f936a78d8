"""Samples of any number that a figure shows, compared with its theory."""

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from ...theory.base.arrays import Array
from ...verify.comparison.term_comparison import compare_mean
from .simulated_points import ALPHA

if TYPE_CHECKING:
    import xarray

__all__ = ["compare_samples", "departure_sentence", "how_to_read", "pseudovalues"]


def compare_samples(predicted: "xarray.DataArray", samples: Array, tolerance: Any) -> "xarray.Dataset":
    """Compare every number with the mean of its samples, at level ALPHA each.

    Parameters
    ----------
    predicted : of any dimensions; NaN where nothing is simulated.
    samples : (*shape of predicted, trials). tolerance : absolute; one, or one for each number.

    Returns
    -------
    xarray.Dataset over the dimensions of ``predicted``: predicted, simulated, stderr, verdict.

    >>> import xarray
    >>> points = compare_samples(xarray.DataArray([1.0, 2.0], dims="m"),
    ...               np.array([[0.99, 1.01, 1.0], [1.5, 1.51, 1.49]]), tolerance=0.1)
    >>> points.verdict.values.tolist()
    ['agrees', 'disagrees']
    """
    import xarray

    tolerances = np.broadcast_to(np.asarray(tolerance), predicted.shape)
    table = predicted.to_dataset(name="predicted")
    simulated, stderr = np.full(predicted.shape, np.nan), np.full(predicted.shape, np.nan)
    verdict = np.full(predicted.shape, "", dtype="U9")
    for at in itertools.product(*map(range, predicted.shape)):
        value = float(predicted.values[at])
        if np.isfinite(value):
            term = compare_mean("", value, samples[at], tolerance=float(tolerances[at]), alpha=ALPHA)
            simulated[at], stderr[at] = term.simulated, term.stderr
            verdict[at] = term.verdict.value
    columns = {"simulated": simulated, "stderr": stderr, "verdict": verdict}
    return table.assign({name: xarray.Variable(predicted.dims, column) for name, column in columns.items()})


def pseudovalues(whole: Array, without: Array) -> Array:
    """(…, trials) jackknife samples of a smooth function of means.

    whole : (…) the function of the means of all trials. without : (…, trials) of all but one.
    Their mean is the function with its bias of order 1/trials removed, and their standard error is
    that of the jackknife.

    >>> x = np.array([1.0, 2.0, 6.0])
    >>> pseudovalues(x.mean(), (x.sum() - x) / 2)             # of the mean itself: the samples
    array([1., 2., 6.])
    """
    trials = without.shape[-1]
    return np.asarray(trials * np.asarray(whole)[..., None] - (trials - 1) * without)


def how_to_read(points: "xarray.Dataset", shared: str = "") -> str:
    """The sentences of a caption that explain the points; ``shared`` names those that share draws."""
    attrs = points.attrs
    return (
        f"Points: mean of {attrs['trials']} simulated trials (seed {attrs['seed']}) ± one standard "
        f"error, usually smaller than the marker{shared}. A point is filled if simulation agrees "
        f"with theory within {attrs['band']}, hollow if undecided (more trials are needed), and ringed "
        f"if the two disagree (alpha = {attrs['alpha']:g} each)."
    )


def departure_sentence(points: "xarray.Dataset", names: dict[str, str]) -> str:
    """The median and the largest departure of simulation from theory, and where that is.

    names : the symbol of each coordinate.
    """
    share = points.simulated / points.predicted - 1
    index = {dim: int(i) for dim, i in abs(share).argmax(...).items()}
    location = " and ".join(f"{names[dim]} = {points[dim].values[i]:.3g}" for dim, i in index.items())
    noise = float(points.stderr.isel(index) / points.predicted.isel(index))
    return (
        f"The median deviation of simulation from theory is {float(share.median()):+.2%}, the "
        f"largest {float(share.isel(index)):+.2%} ± {noise:.2%}, at {location}."
    )
