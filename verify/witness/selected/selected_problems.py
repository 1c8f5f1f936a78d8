"""Selections in one frame: inputs, directions, and problems with one selection."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ....theory import Fixed, Linear, Problem, Source, Spectrum, Target
from ....theory.base.arrays import Array
from ....theory.selection.label_laws import LabelLaw
from ....theory.selection.rules import everything
from ....theory.selection.selection import Selection
from ....theory.selection.selection_rules import Rule
from ..statement import Number
from ..witness_problems import predicted_term, unlike_spectra

__all__ = [
    "INPUTS",
    "UNLIMITED",
    "direction",
    "directions",
    "eigenvalues",
    "plateau_problem",
    "predicted_classification",
    "predicted_error",
    "selected",
    "turned_by",
    "with_target",
]

INPUTS = (
    "Inputs have the eigenvalues j^−0.5 scaled to mean 1; the truth w_t, and the directions in which other "
    "vectors deviate from it, are cosines of low frequency divided by √S, orthonormal in the metric of S."
)

UNLIMITED = 10**16
"""Samples at which the equations are solved for an unlimited number."""


def eigenvalues(d: int) -> Array:
    """Those of :data:`INPUTS`, (d,)."""
    values: Array = unlike_spectra(d)[0].values
    return values


def directions(d: int, k: int = 3) -> Array:
    """(k, d) vectors of :data:`INPUTS`; the first is w_t."""
    from scipy.fft import dct

    cosines = dct(np.eye(d), norm="ortho", axis=0)[1 : k + 1]
    return np.asarray(cosines / np.sqrt(eigenvalues(d)), dtype=np.float64)


def direction(d: int, *coefficients: float) -> Array:
    """The combination of the directions with these coefficients."""
    w: Array = np.array(coefficients) @ directions(d, len(coefficients))
    return w


def turned_by(d: int, angle: float, axis: int = 1) -> Array:
    """The truth, turned by an angle towards another direction."""
    return direction(d, math.cos(angle), *[0.0] * (axis - 1), math.sin(angle))


def selected(d: int, draws: int, law: LabelLaw, rule: Rule | None = None, weight: float = 1.0) -> Selection:
    """A selection of samples of :data:`INPUTS`."""
    keep = everything() if rule is None else rule
    return Selection(draws=draws, inputs=Spectrum(eigenvalues(d)), law=law, keep=keep, weight=weight)


def with_target(
    d: int,
    sources: Sequence[Source],
    ridge: float,
    *,
    model: Any = None,
    truth: Array | None = None,
    intercept: bool = False,
) -> Problem:
    """A problem with these sources, tested on :data:`INPUTS` with the first direction as truth."""
    return Problem(
        signal=Fixed(directions(d, 1)[0] if truth is None else truth),
        sources=sources,
        ridge=ridge,
        model=Linear() if model is None else model,
        target=Target(Spectrum(eigenvalues(d))),
        intercept=intercept,
    )


def plateau_problem(d: int, law: LabelLaw, rule: Rule | None = None) -> Problem:
    """Least squares on an unlimited number of selected samples, :data:`UNLIMITED` in numbers."""
    return with_target(d, [selected(d, UNLIMITED, law, rule)], 0.0)


def predicted_error(problem: Problem) -> Number:
    """The test error by the master equations."""
    return lambda: predicted_term(problem)


def predicted_classification(problem: Problem, **options: Any) -> Number:
    """The 0-1 error by the master equations."""

    def error() -> float:
        from ....numerics import predict

        return float(predict(problem).classification_error(**options))

    return error
