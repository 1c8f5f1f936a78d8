"""Notes on the regime of the theory: by how much simulations should differ from it, and why."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...theory.activations.activation import Activation
from ...theory.base.arrays import Array
from ...theory.base.wording import plural
from ...theory.specification.problem import Problem
from ...theory.statements.fixed_point import FixedPoint
from ..approximation.approximation_error import FEW_DEGREES, Approximation

__all__ = ["finite_size_notes", "has_finite_size_note", "regime_notes"]

NOTED = 0.02
"""Estimated relative error of the theory above which there is a note."""

REQUIREMENT = (
    "Gaussian equivalence of random features requires samples and features in proportion to the dimension."
)

ENOUGH_COORDINATES = 20.0
"""Effective number of coordinates, (tr Σ)²/tr Σ², below which there is a note."""


def regime_notes(problem: Problem, point: FixedPoint, estimate: Approximation) -> Iterator[str]:
    """One sentence for each limitation of the theory at this size; none where it is accurate."""
    size = 0.0 if math.isinf(estimate.size) and math.isinf(estimate.spread) else estimate.size
    yield from finite_size_notes(float(point.degrees_left), estimate.degrees_left, size)
    if abs(estimate.selection) > NOTED:
        yield (
            "The moments of selected samples fluctuate: at this size simulated errors should be "
            + (
                f"about {_deviation(estimate.selection)} than the theory predicts for that."
                if math.isfinite(estimate.selection)
                else "expected to differ from the theory by any factor."
            )
        )
    if math.isinf(estimate.spread):
        yield "No estimate is available of how much the error depends on which coordinates are drawn."
    elif estimate.spread > NOTED:
        yield (
            f"The error depends on which coordinates are drawn: its standard deviation over draws is "
            f"{estimate.spread:.0%} of the predicted mean.".replace("%", " %")
        )
    if problem.model.activation is not None:
        yield from _features(problem, problem.model.activation, estimate)


def has_finite_size_note(of_samples: Array, size: Array) -> NDArray[np.bool_]:
    """Whether :func:`finite_size_notes` has a sentence; arrays of the same arguments."""
    return (of_samples < FEW_DEGREES) | np.logical_not(abs(size) <= NOTED)


def finite_size_notes(D: float, of_samples: float, size: float) -> Iterator[str]:
    """At most one sentence on the first finite-size correction.

    D : degrees of freedom left by the fit; of_samples : those left to the samples. size : the
    correction, relative to the error; inf where there is no estimate.
    """
    if of_samples < FEW_DEGREES:
        yield (
            f"Only {_degrees_phrase(of_samples)} left by the fit. At such a small size, or so "
            f"close to the interpolation threshold, simulated errors may differ from the theory by "
            f"any factor."
        )
    elif math.isinf(size):
        yield (
            f"{_degrees_left(D, of_samples)} by the fit: the first finite-size correction is as "
            f"large as the error, and simulated errors may differ from the theory by any factor."
        )
    elif abs(size) > NOTED:
        yield (
            f"{_degrees_left(D, of_samples)} by the fit: at this size simulated errors should be "
            f"about {_deviation(size)} than the theory predicts (first finite-size "
            f"correction)."
        )


def _degrees_left(D: float, of_samples: float) -> str:
    to = "features" if of_samples > D else "samples"
    return f"{_degrees_phrase(D).capitalize()} left to the {to}"


def _degrees_phrase(D: float) -> str:
    return f"{plural(float(f'{D:.3g}'), 'degree')} of freedom {'is' if f'{D:.3g}' == '1' else 'are'}"


def _deviation(share: float) -> str:
    return f"{abs(share):.0%} {'higher' if share > 0 else 'lower'}".replace("%", " %")


def _features(problem: Problem, activation: Activation, known: Approximation) -> Iterator[str]:
    effect, frame, s2 = known.features, problem.frame, problem.entry_variance or math.nan
    used = [*(source.n > 0 for source in problem.sources), True]
    fitted = [Σ for Σ, there in zip(frame.covariances, used, strict=True) if there]
    traces = [frame.moment_trace(Σ, 1.0) for Σ in fitted]
    if not any(activation.moments(s2 * trace).slope for trace in traces[:-1]):
        yield (
            f"The features of {activation.name} have no linear part at this scale: they "
            f"learn nothing of a linear truth."
        )
    effective = min(
        1 / frame.moment_trace(Σ / trace, Σ / trace) for Σ, trace in zip(fitted, traces, strict=True)
    )
    size = (
        f"{plural(problem.n, 'sample')} and {plural(problem.model.width or 0, 'feature')} for "
        f"(tr Σ)²/tr Σ² = {effective:.3g} dimensions"
    )
    if math.isinf(effect):
        yield f"{REQUIREMENT} With {size}, no estimate of its error is available."
    elif abs(effect) > NOTED:
        yield (
            f"{REQUIREMENT} With {size}, simulated errors should be about {_deviation(effect)} "
            f"than the theory predicts."
        )
    elif effective < ENOUGH_COORDINATES:
        expected = "10 % and more" if known.few_coordinates else "a few percent"
        yield (
            f"Gaussian equivalence of random features assumes that many coordinates contribute to "
            f"each feature. Here (tr Σ)²/tr Σ² is only {effective:.3g}: expect deviations of "
            f"{expected}."
        )
