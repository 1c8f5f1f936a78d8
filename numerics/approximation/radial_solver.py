"""Solving the two-sided equivalent of random features."""

import math

import numpy as np

from ...theory.base.arrays import Array
from ...theory.base.errors import SolveError
from ...theory.radial.radial_equations import RadialEquations, RadialPoint

__all__ = ["radial_error"]

LONGEST_STEP = 2.0
"""The longest step of Newton's method, in logarithms."""

RIDGE_FACTOR = 100.0
"""By which the ridge falls from one solution to the next."""

RESIDUAL = 1e-8
"""Relative; one more step brings it to rounding."""

MOST_STEPS = 60
"""Newton steps at one ridge before giving up; 2 to 6 are usual."""


def radial_error(equations: RadialEquations, δ: float, truths: Array, noise: Array, on: Array) -> float:
    """The test error at ridge δ; the other parameters are those of ``RadialEquations.error``.

    By Newton's method in log q and log p, from a ridge at which nothing is fitted downwards. Raises
    SolveError where it does not converge.
    """
    N, N_features = len(equations.samples), len(equations.modes.widths)
    top = equations.power * equations.width
    now = max(top, δ)
    x = np.concatenate([-np.log(now * equations.ridges + top), np.zeros(N_features)])
    while True:
        x, point = _newton(equations, x, now)
        if now <= δ:
            return equations.error(point, np.exp(x[:N]), truths, noise, on)
        now = max(now / RIDGE_FACTOR, δ)


def _newton(equations: RadialEquations, x: Array, δ: float) -> tuple[Array, RadialPoint]:
    for _ in range(MOST_STEPS):
        point = equations.at(x, δ)
        size = float(np.abs(point.residual).max())
        if not math.isfinite(size):
            break
        step = np.linalg.solve(point.jacobian, -point.residual)
        if size < RESIDUAL:
            return x + step, equations.at(x + step, δ)
        x = x + step * min(1.0, LONGEST_STEP / float(np.abs(step).max()))
    raise SolveError(
        f"Newton's method for the radial equations did not converge at ridge {δ:.3g}; use a larger ridge."
    )
