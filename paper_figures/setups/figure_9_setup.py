"""Least squares on real and synthetic samples of different weights: the setup of Figure 9."""

import functools
import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numerics import predict, sweep
from ...theory import Problem, Source, isotropic, label_shift, mixing_weights, optimal_weight, weighted_mixing
from ...theory.base.arrays import Array
from ..computing.compared_samples import compare_samples
from ..computing.simulated_points import ALPHA, TOLERANCE
from ..computing.work import Result, Work
from .least_squares import weighted_fits

if TYPE_CHECKING:
    import xarray

__all__ = ["DIMENSION", "NOISES", "QUALITY", "SYNTHETIC", "WEIGHTS", "lines", "mix", "simulated"]

QUALITY = 0.25
DIMENSION = {1000: 500, 10_000: 100}
SYNTHETIC = {1000: (1000, 2000, 4000), 10_000: (200, 1000, 10_000)}
"""Of each number of real samples, panels (a) and (b) of the paper: d, and the n_2 of the lines."""

NOISES = ("shares", "one")
"""σ_k² = p_k, and σ_k² = 1."""

WEIGHTS = (*(k / 100 for k in range(11)), 0.125, *(k / 20 for k in range(3, 19)), 0.925, 0.95, 0.975, 1.0)
"""Of the lines."""

PARAMETERS = {
    "model": "linear",
    "dimension": DIMENSION,
    "eigenvalues": "1",
    "ridge": 0.0,
    "noise_variance": "n_k/n (noise = shares) or 1 (noise = one)",
    "signal": "1/dimension",
    "shift": "quality/d times the identity",
}


def mix(real: int, synthetic: int, noise: str, weight: float, quality: float) -> Problem:
    """n_1 and n_2 samples, the share a of the loss synthetic."""
    spectrum = isotropic(DIMENSION[real])
    first, second = mixing_weights(weight, (real, synthetic))
    variances = _variances(real, synthetic, noise)
    shift = label_shift(spectrum, quality)
    sources = [
        Source(real, spectrum, noise_variance=variances[0], weight=first),
        Source(synthetic, spectrum, noise_variance=variances[1], weight=second, shift=shift),
    ]
    return Problem(signal=1 / DIMENSION[real], sources=sources, ridge=0.0)


def _variances(real: int, synthetic: int, noise: str) -> tuple[float, float]:
    n = real + synthetic
    return (real / n, synthetic / n) if noise == "shares" else (1.0, 1.0)


@functools.cache
def lines() -> "xarray.Dataset":
    """The theory: error over real, synthetic, noise, weight and quality; and of each line the best
    weight by eq. 18 and the plain mix, with their errors, and the least error at any weight."""
    import xarray

    tables = [
        sweep(mix, real=[n1], synthetic=of, noise=NOISES, weight=WEIGHTS, quality=[QUALITY])
        for n1, of in SYNTHETIC.items()
    ]
    error = xarray.concat([table_.error for table_ in tables], "real", join="outer")
    marks = xarray.full_like(error.isel(weight=0, quality=0, drop=True), np.nan)
    table: xarray.Dataset = error.to_dataset(name="error").assign(
        {name: marks.copy() for name in ("best", "best_error", "plain", "plain_error", "least")}
    )
    for coordinates in _series():
        for name, a in _marked_weights(**coordinates).items():
            table[name].loc[coordinates] = a
            table[f"{name}_error"].loc[coordinates] = predict(
                mix(**coordinates, weight=a, quality=QUALITY)
            ).error
        table["least"].loc[coordinates] = _least(**coordinates)
    return table


def _series() -> list[dict[str, Any]]:
    """Coordinates of every line."""
    return [
        {"real": n1, "synthetic": n2, "noise": word}
        for n1, of in SYNTHETIC.items()
        for n2 in of
        for word in NOISES
    ]


def _marked_weights(real: int, synthetic: int, noise: str) -> dict[str, float]:
    best = optimal_weight(**_ratios(real, synthetic, noise))
    return {"best": best, "plain": synthetic / (real + synthetic)}


def _least(real: int, synthetic: int, noise: str) -> float:
    """The least error of a line, between its weights too: by the closed form."""
    from scipy.optimize import minimize_scalar

    def error(a: float) -> float:
        return float(weighted_mixing(weight=a, **_ratios(real, synthetic, noise)).total)

    return float(minimize_scalar(error, bounds=(0, 1), method="bounded").fun)


def _ratios(real: int, synthetic: int, noise: str) -> dict[str, Any]:
    """The arguments of the closed forms of weighted mixing."""
    n = real + synthetic
    return {
        "aspect_ratio": DIMENSION[real] / n,
        "synthetic_share": synthetic / n,
        "noise_variances": _variances(real, synthetic, noise),
        "quality": QUALITY,
    }


def simulated(weights: Sequence[float], work: Work) -> "xarray.Dataset":
    """The simulation, compared with theory; all weights and noises of a mix from the same draws.

    weights : among those of the lines.
    """
    mixes = [(n1, n2) for n1, of in SYNTHETIC.items() for n2 in of]
    runs = work.results(
        weighted_fits,
        [
            {
                "real": n1,
                "synthetic": n2,
                "dimension": DIMENSION[n1],
                "weights": tuple(weights),
                "trials": work.trials,
                "seed": work.seed,
            }
            for n1, n2 in mixes
        ],
    )
    predicted = lines().error.sel(weight=list(weights)).transpose(..., "weight", "quality")
    samples = np.full((*predicted.shape, work.trials), np.nan)
    index = predicted.indexes
    for (mixed, run), noise in itertools.product(zip(mixes, runs, strict=True), NOISES):
        at = [index[dim].get_loc(x) for dim, x in zip(predicted.dims, (*mixed, noise), strict=False)]
        samples[tuple(at)] = _errors(run, _variances(*mixed, noise))[:, None]
    points = compare_samples(predicted, samples, TOLERANCE * predicted).expand_dims(term=["error"], axis=-1)
    trials = points.verdict.isel(weight=0, quality=0, term=0, drop=True) != ""
    return points.assign(trials=trials * work.trials).assign_attrs(
        PARAMETERS,
        trials=work.trials,
        seed=work.seed,
        alpha=ALPHA,
        band=f"{100 * TOLERANCE:g}% of the predicted error",
    )


def _errors(run: Result, variances: tuple[float, float]) -> Array:
    first, second = variances
    return first * run["real noise"] + second * run["synthetic noise"] + QUALITY * run["shift"]
