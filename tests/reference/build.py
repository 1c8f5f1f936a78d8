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
    multiplicities, target = description.get("multiplicity"), description.get("target")
    length = _length(description)

    def covariance(value: Any) -> Any:
        array = np.asarray(value, float)
        if array.ndim == 2:
            return array
        return de.Spectrum(np.broadcast_to(array, (length,)), multiplicities)

    sources = [
        de.Source(
            source["samples"],
            covariance(source["spectrum"]),
            noise_variance=source["noise"],
            shift=_moment(source.get("shift")),
            gain=source.get("gain", 1.0),
            weight=source["weight"],
        )
        for source in description["sources"]
    ]
    blocks = description.get("moments")
    return de.Problem(
        signal=_moment(description["truth"]) if blocks is None else None,
        truths=None if blocks is None else de.Moments(_blocks(blocks)),
        sources=sources,
        ridge=description["ridge"],
        model=_model(description),
        target=None if target is None else de.Target(covariance(target)),
    )


def _length(description: Description) -> int:
    vectors = [description.get("multiplicity"), description.get("target"), description.get("truth")]
    vectors += [source["spectrum"] for source in description["sources"]]
    return next(len(v) for v in vectors if isinstance(v, list))


def _moment(value: Any) -> Any:
    if isinstance(value, Mapping):
        return de.Fixed(np.asarray(value["fixed"], float))
    return np.asarray(value, float) if isinstance(value, list) else value


def _blocks(rows: Any) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(_moment(block) for block in row) for row in rows)


def _model(description: Description) -> Any:
    name, width, s2 = description["model"], description["width"], description.get("s2")
    if name == "linear":
        return de.Linear()
    if name == "random":
        return de.RandomProjection(width, s2)
    if name == "orthogonal":
        return de.OrthogonalProjection(width)
    return de.RandomFeatures(width, _activation(description["activation"]), s2)


def _activation(value: Any) -> de.Activation:
    if isinstance(value, Mapping):
        return de.activations.polynomial(value["polynomial"])
    return {"relu": de.activations.relu, "tanh": de.activations.tanh, "erf": de.activations.erf}[value]


def compared(prediction: de.Prediction, values: Values) -> Iterator[tuple[str, Any, Any, Any]]:
    """Name, predicted value, reference value and scale of everything that can be compared.

    The scale is the reference value itself, except for the collapse: there it is the sum of the
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
    """0 where both are missing, or infinite with one sign; a limit that is 0 must be 0 exactly."""
    if value is None or wanted is None:
        return 0.0 if value is wanted else float("inf")
    value, wanted, scale = (CONTEXT.mpf(x) for x in (value, wanted, scale))
    if value == wanted:
        return 0.0
    if CONTEXT.isinf(wanted) or not CONTEXT.isfinite(scale):
        return float("inf")
    gap = abs(value - wanted)
    return float(gap / abs(scale)) if scale else float("inf")
