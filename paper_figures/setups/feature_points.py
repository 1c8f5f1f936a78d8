"""Random features on real images: theory along n, and simulation compared with it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...numerics import sweep
from ...theory import RandomFeatures, activations
from ...theory.models.model import Model
from ..computing.compared_samples import compare_samples
from ..computing.result_cache import Result
from ..computing.simulated_points import TOLERANCE
from ..computing.work import Work
from .image_features import errors_on_gaussian_rows, errors_on_images, feature_moments
from .image_moments import ImageMoments, input_moments, mix
from .real_images import ImageData, is_realizable

if TYPE_CHECKING:
    import xarray

__all__ = ["BY_FEATURES", "BY_INPUTS", "CONTROL", "RIDGE", "grid_points", "lines", "simulated"]

RIDGE = 1e-3
"""λ over the width."""

BY_INPUTS = "features, by the inputs' moments"
BY_FEATURES = "features, by their own moments"
CONTROL = "features of Gaussian rows"

LINE = 25

Array = NDArray[np.float64]


def grid_points(sizes: Sequence[int], fractions: Sequence[float]) -> list[tuple[int, float]]:
    """(n, p₂) to simulate: neighbouring fractions at every other size in turn, so that points that
    coincide stand apart; only where p₂n is 0 or at least 1."""
    return [(n, p2) for i, p2 in enumerate(fractions) for n in sizes[i % 2 :: 2] if is_realizable(n, p2)]


def lines(images: ImageData, work: Work, width: int, fractions: Sequence[float]) -> "xarray.DataArray":
    """The theory: dimensions panel, fraction, samples; NaN where p₂n is below 1.

    Attributes: the residuals of linear fits to both kinds of labels, and (tr Σ)²/tr Σ² of the inputs.
    """
    import xarray

    (inputs,) = work.results(input_moments, [images.task_arguments])
    (features,) = work.results(feature_moments, [{**images.task_arguments, "width": width}])
    moments = ImageMoments(**inputs)
    of_inputs = predicted(
        moments, images.feature_sizes, fractions, RIDGE * width, RandomFeatures(width, activations.relu)
    )
    of_features = predicted(ImageMoments(**features), images.feature_sizes, fractions, RIDGE)
    panels = {BY_INPUTS: of_inputs, BY_FEATURES: of_features, CONTROL: of_inputs}
    table = xarray.concat(list(panels.values()), dim="panel").assign_coords(panel=list(panels))
    return table.assign_attrs(
        left=float(moments.residuals[0]),
        left_generated=float(moments.residuals[1]),
        effective_dimension=float(moments.values.sum() ** 2 / (moments.values**2).sum()),
    )


def predicted(
    moments: ImageMoments,
    sizes: Sequence[int],
    fractions: Sequence[float],
    ridge: float,
    model: Model | None = None,
) -> "xarray.DataArray":
    """The error with the target's noise, over fraction and samples: these sizes and others between
    them."""
    between = np.geomspace(sizes[0], sizes[-1], LINE).round().astype(int)
    samples = sorted({*sizes, *between.tolist()})
    table = sweep(
        lambda samples, fraction: mix(moments, samples, fraction, ridge, model),
        samples=samples,
        fraction=list(fractions),
    )
    error: xarray.DataArray = table.error_with_noise.transpose("fraction", "samples")
    return error.where(error.copy(data=[[is_realizable(n, p2) for n in samples] for p2 in fractions]))


def simulated(images: ImageData, work: Work, width: int, theory: "xarray.DataArray") -> "xarray.Dataset":
    """The simulation at :func:`grid_points`, compared with these lines to within ``TOLERANCE`` of them.

    Dimensions panel, fraction, samples; the first two panels share their simulation.
    """
    fractions = theory.fraction.values.tolist()
    points = grid_points(images.feature_sizes, fractions)
    common = {
        **images.task_arguments,
        "width": width,
        "ridge": RIDGE,
        "points": points,
        "tests": images.tests(images.feature_sizes[-1]),
    }
    each = [{**common, "trial": trial} for trial in range(work.trials)]
    tasks = {BY_INPUTS: errors_on_images, BY_FEATURES: errors_on_images, CONTROL: errors_on_gaussian_rows}
    errors = {
        task: _table(images.feature_sizes, fractions, points, work.results(task, each))
        for task in dict.fromkeys(tasks.values())
    }
    samples = np.stack([errors[tasks[panel]] for panel in theory.panel.values.tolist()])
    predicted = theory.sel(samples=list(images.feature_sizes)).where(np.isfinite(samples).all(axis=-1))
    return compare_samples(predicted, samples, TOLERANCE * predicted)


def _table(
    sizes: Sequence[int],
    fractions: Sequence[float],
    points: Sequence[tuple[int, float]],
    results: Sequence[Result],
) -> Array:
    """(fraction, samples, trials), NaN where nothing is simulated."""
    table = np.full((len(fractions), len(sizes), len(results)), np.nan)
    for i, (n, p2) in enumerate(points):
        row = [result["error"][i] for result in results]
        table[fractions.index(p2), sizes.index(n)] = row
    return table
