"""How a width fluctuates: D_m and a_m/D_m² of ``first_correction``, for both projections."""

from collections.abc import Callable

from ..base.arrays import Array
from .taylor import Taylor

__all__ = ["width_fluctuation"]


def width_fluctuation(
    F: Taylor, F_moved: Taylor, left: Taylor, missing: Array | None, along: Callable[[Taylor], Taylor]
) -> tuple[Taylor, Taylor, Taylor, Taylor]:
    """D_m and the ratio a_m/D_m², each with what t moves it by.

    F = tr(1 − κR) and what t moves it by; left : m − F; missing : d − m of an orthogonal
    projection, with D = D_g/ρ² and −a_g/(ρ³D²), ρ = g/κ; along : ∂.
    """
    if missing is None:
        D, D_moved = left - along(F), -along(F_moved)
        a = -0.5 * along(F + along(F))
        a_moved = -0.5 * (along(along(F_moved)) - along(F_moved))
        ratio = a / D / D
        return D, D_moved, ratio, a_moved / D / D - 2 * ratio * D_moved / D
    T = left + missing
    ρ = missing / T
    ρ_moved = ρ * F_moved / T
    D = left / ρ - along(F)
    D_moved = -F_moved * (T + left) / missing - (along(F_moved) - F_moved)
    fall, bend = along(T) - T, along(along(T)) - 3 * along(T) + 2 * T
    fall_moved = -along(F_moved) + 2 * F_moved
    bend_moved = 5 * along(F_moved) - along(along(F_moved)) - 6 * F_moved
    a = -0.5 * (2 * fall + ρ * bend)
    a_moved = -0.5 * (2 * fall_moved + ρ_moved * bend + ρ * bend_moved)
    ratio = -a / (ρ * D * D)
    return D, D_moved, ratio, -a_moved / (ρ * D * D) - ratio * (ρ_moved / ρ + 2 * D_moved / D)
