"""Solving the two-sided equivalent of random features."""

import math

import numpy as np

from ..theory.arrays import Array
from ..theory.errors import SolveError
from ..theory.radial_equations import RadialEquations, RadialPoint

__all__ = ["radial_error"]

STEP = 2.0
"""The longest step of Newton's method, in logarithms."""

FACTOR = 100.0
"""By which the ridge falls from one solution to the next."""

RESIDUAL = 1e-8
"""Relative; what is made of it is an estimate."""

MOST_STEPS = 60
"""Newton steps at one ridge before giving up; 2 to 6 are usual."""


def radial_error(equations: RadialEquations, δ: float, power: Array, noise: float) -> float:
    """The test error at ridge δ = nλ of the kernel matrix.

    power : (coordinates,) λ_i E w_i², with multiplicities; noise : σ².

    By Newton's method in log q and log p, from a ridge at which nothing is fitted downwards. Raises
    SolveError where it does not converge.
    """
    N = len(equations.modes.shares)
    top = equations.power * equations.width
    now = max(top, δ)
    x = np.concatenate([np.full(N, -math.log(now + top)), np.zeros(N)])
    while True:
        x, point = _newton(equations, x, now)
        if now <= δ:
            return equations.error(point, np.exp(x[:N]), power, noise)
        now = max(now / FACTOR, δ)


def _newton(equations: RadialEquations, x: Array, δ: float) -> tuple[Array, RadialPoint]:
    for _ in range(MOST_STEPS):
        point = equations.at(x, δ)
        size = float(np.abs(point.residual).max())
        if size < RESIDUAL:
            return x, point
        if not math.isfinite(size):
            break
        step = np.linalg.solve(point.jacobian, -point.residual)
        x = x + step * min(1.0, STEP / float(np.abs(step).max()))
    raise SolveError("the equations of the radii did not converge.")
