"""Gaussian moments of activations, to 50 digits.

With z ~ N(0, q): μ = E[z act(z)]/q and μ*² = E(act(z) − E act − μz)². An activation is a name,
"relu", "tanh" or "erf" (∫₀ᶻ 2 exp(−t²)/√π dt), or {"polynomial": [c_0, c_1, …]} for Σ c_j zʲ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from mpmath import MPContext, mpf

DIGITS = 50
"""Relative accuracy of the moments: the values that two precisions have in common."""

CTX = MPContext()
CTX.dps = 4 * DIGITS  # nearly linear activations: the square below is as small as q³


def gaussian_moments(activation: Any, q: mpf) -> tuple[mpf, mpf]:
    """μ and μ*² of an activation; q is rounded to 60 digits, the same at every precision."""
    if isinstance(activation, Mapping):
        coefficients = [CTX.mpf(c) for c in activation["polynomial"]]
        return polynomial_moments(coefficients, CTX.mpf(CTX.nstr(q, 60)))
    return named_moments(activation, CTX.nstr(q, 60))


@cache
def named_moments(activation: str, variance: str) -> tuple[mpf, mpf]:
    """The same for an activation with a name."""
    q = CTX.mpf(variance)
    if activation == "relu":
        return CTX.mpf(1) / 2, q * (CTX.mpf(1) / 4 - 1 / (2 * CTX.pi))
    return smooth_odd_moments({"tanh": CTX.tanh, "erf": CTX.erf}[activation], q)


def is_odd(activation: Any) -> bool:
    """Whether act(−z) = −act(z)."""
    if isinstance(activation, Mapping):
        return not any(activation["polynomial"][::2])
    return bool(activation != "relu")


def polynomial_moments(coefficients: list[mpf], q: mpf) -> tuple[mpf, mpf]:
    """The same for Σ c_j zʲ, from E z²ⁱ = qⁱ (2i − 1)!!."""

    def power(j: int) -> mpf:
        return CTX.zero if j % 2 else q ** (j // 2) * CTX.fac2(j - 1)

    # E zʲ⁺¹/q = qʲᐟ² j!! for odd j: no division, so that a line has exactly its own slope
    slope = CTX.fsum(c * q ** (j // 2) * CTX.fac2(j) for j, c in enumerate(coefficients) if j % 2 == 1)
    mean = CTX.fsum(c * power(j) for j, c in enumerate(coefficients))
    rest = [*coefficients, CTX.zero, CTX.zero]
    rest[0] -= mean
    rest[1] -= slope
    pairs = [(j, k) for j in range(len(rest)) for k in range(len(rest))]
    return slope, CTX.fsum(rest[j] * rest[k] * power(j + k) for j, k in pairs)


def smooth_odd_moments(function: Callable[[mpf], mpf], q: mpf) -> tuple[mpf, mpf]:
    """The same for a smooth odd function, by the trapezoidal rule with ever smaller steps.

    The rule converges exponentially for analytic integrands that decay on the whole line.
    """
    step = CTX.mpf(1) / 4 / (1 + CTX.sqrt(q))
    before = trapezoidal(function, q, step)
    for _ in range(6):
        step /= 2
        now = trapezoidal(function, q, step)
        pairs = zip(before, now, strict=True)
        if all(abs(a - b) <= abs(b) / CTX.mpf(10) ** DIGITS for a, b in pairs):
            return now
        before = now
    raise ArithmeticError("the trapezoidal rule does not converge")


def trapezoidal(function: Callable[[mpf], mpf], q: mpf, step: mpf) -> tuple[mpf, mpf]:
    """Both moments with steps of `step` standard deviations, as far as 20 of them (e⁻²⁰⁰)."""
    points = [i * step for i in range(1, int(20 / step) + 1)]
    weights = [2 * step * CTX.exp(-t * t / 2) / CTX.sqrt(2 * CTX.pi) for t in points]
    z = [CTX.sqrt(q) * t for t in points]
    values = [function(x) for x in z]
    slope = CTX.fsum(w * x * y for w, x, y in zip(weights, z, values, strict=True)) / q
    squares = [(y - slope * x) ** 2 for x, y in zip(z, values, strict=True)]
    return slope, CTX.fdot(weights, squares)
