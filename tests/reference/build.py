"""From a description (see `reference.master`) to a Problem, and from a prediction to its errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import mpmath
import numpy as np

import detequiv as de

Description = Mapping[str, Any]
Values = Mapping[str, Any]

CONTEXT = mpmath.MPContext()
CONTEXT.dps = 60


def problem_of(description: Description) -> de.Problem:
    """The Problem that a description describes."""
    multiplicities = description["multiplicity"]
    length = _length(description)

    def spectrum(values: Any) -> de.Spectrum:
        return de.Spectrum(np.broadcast_to(np.asarray(values, float), (length,)), multiplicities)

    sources = [
        de.Source(
            source["samples"],
            spectrum(source["spectrum"]),
            noise_variance=source["noise"],
            shift=source["shift"],
            gain=source["gain"],
            weight=source["weight"],
        )
        for source in description["sources"]
    ]
    target, width = description["target"], description["width"]
    linear = description["model"] == "linear"
    return de.Problem(
        signal=description["truth"],
        sources=sources,
        ridge=description["ridge"],
        model=de.Linear() if linear else de.RandomProjection(width, description["s2"]),
        target=None if target is None else de.Target(spectrum(target)),
    )


def _length(description: Description) -> int:
    vectors = [description["multiplicity"], description["target"], description["truth"]]
    vectors += [source["spectrum"] for source in description["sources"]]
    return next(len(v) for v in vectors if isinstance(v, list))


def compared(prediction: de.Prediction, values: Values) -> Iterator[tuple[str, Any, Any, Any]]:
    """Name, predicted value, reference value and scale of everything that can be compared.

    The scale is the reference value itself, but for the collapse: there it is the sum of the
    absolute values of its summands, for with gains it can be a small difference of large ones.
    """
    point = prediction.fixed_point
    yield "bias", prediction.bias, values["bias"], values["bias"]
    yield "variance", prediction.variance, values["variance"], values["variance"]
    yield "collapse", prediction.collapse, values["collapse"], values["collapse_scale"]
    yield "error", prediction.error, values["total"], values["total"]
    yield "κ", point.kappa, values["kappa"], values["kappa"]
    yield "df1", point.df1, values["df1"], values["df1"]
    yield "df2", point.df2, values["df2"], values["df2"]
    for k, (source, f) in enumerate(zip(prediction.sources, point.f, strict=True)):
        noisy, trained, wanted = (values[x][k] for x in ("errors", "training_errors", "f"))
        yield f"noisy error {k}", source.error_with_noise, noisy, noisy
        noise = CONTEXT.mpf(prediction.problem.sources[k].noise_variance)
        yield f"error {k}", source.error, CONTEXT.mpf(noisy) - noise, noisy
        yield f"training error {k}", source.training_error, trained, trained
        yield f"f {k}", f, wanted, wanted


def deviations(prediction: de.Prediction, values: Values) -> dict[str, float]:
    """|predicted − reference|/scale of every quantity; inf where only one of the two exists."""
    return {name: _deviation(a, b, scale) for name, a, b, scale in compared(prediction, values)}


def _deviation(value: Any, wanted: Any, scale: Any) -> float:
    if value is None or wanted is None:
        return 0.0 if value is wanted else float("inf")
    value, wanted, scale = (CONTEXT.mpf(x) for x in (value, wanted, scale))
    gap = abs(value - wanted)
    return float(gap / abs(scale)) if scale else float(gap and "inf")
