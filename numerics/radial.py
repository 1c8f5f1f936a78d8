"""Solution of the two-sided deterministic equivalent of random features."""

import math

import numpy as np

from ..theory.arrays import Array
from ..theory.errors import SolveError
from ..theory.radial_equations import RadialEquations, RadialPoint

__all__ = ["radial_error"]

LONGEST_STEP = 2.0
"""Largest step of Newton's method, in logarithms."""

RIDGE_FACTOR = 100.0
"""Ratio of successive ridges in the continuation."""

RESIDUAL = 1e-8
"""Largest residual, of logarithms, at convergence; the result is only an estimate."""

MOST_STEPS = 60
"""Newton steps at one ridge before failure; 2 to 6 are usual."""


def radial_error(equations: RadialEquations, δ: float, power: Array, noise: float) -> float:
    """The test error, noise excluded, at ridge δ = nλ of the kernel matrix.

    power : (coordinates,) λ_i E w_i² times multiplicities, in labels squared; noise : σ².

    Newton's method in log q and log p, continued from a ridge so large that nothing is fitted down
    to δ. Raises SolveError if it does not converge.
    """
    N = len(equations.modes.shares)
    top = equations.power * equations.width
    current = max(top, δ)
    x = np.concatenate([np.full(N, -math.log(current + top)), np.zeros(N)])
    while True:
        x, point = _newton(equations, x, current)
        if current <= δ:
            return equations.error(point, np.exp(x[:N]), power, noise)
        current = max(current / RIDGE_FACTOR, δ)


def _newton(equations: RadialEquations, x: Array, δ: float) -> tuple[Array, RadialPoint]:
    for _ in range(MOST_STEPS):
        point = equations.at(x, δ)
        size = float(np.abs(point.residual).max())
        if size < RESIDUAL:
            return x, point
        if not math.isfinite(size):
            break
        step = np.linalg.solve(point.jacobian, -point.residual)
        x = x + step * min(1.0, LONGEST_STEP / float(np.abs(step).max()))
    raise SolveError(
        f"Newton's method for the radial equations did not converge at ridge {δ:.3g}; use a larger "
        f"ridge."
    )
