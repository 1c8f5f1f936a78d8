"""Ridge 0 as the limit that it is: the equations at three tiny ridges, each value by its growth.

Every value is an algebraic function of the ridge, so that near 0 it is A λ^q (1 + O(λ^(1/p)))
with a rational q of small denominator. From the values at three ridges, 60, 120 and 240 decades
below the scale of the problem, or further where that does not suffice, q follows to many digits:
q < 0 diverges, q > 0 vanishes, and q = 0 is finite; the values at the last two ridges then agree to
30 digits, and what the last still lacks is less than the square of their difference. No rule about
ranks and thresholds enters.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from mpmath import mpf

from .errors import SHOWN, Reference, evaluate_at
from .point import Place, ReferenceFailure, beginning, descend, top
from .problem import Description, context, read

DEPTHS = (60, 120, 240, 480, 960)
"""Decades below the scale; the first three are tried first, then the next three, and so on."""

LARGEST_DENOMINATOR = 12


@dataclass(frozen=True)
class Sample:
    """All values at one ridge."""

    ridge: mpf
    values: Reference


class Undecided(ReferenceFailure):
    """Three ridges do not tell whether a value is finite."""


def limit(description: Description) -> Reference:
    """The limit of all values as the ridge goes to 0."""
    samples: list[Sample] = []
    place: Place | None = None
    for depth in DEPTHS:
        sample, place = take(description, depth, place)
        samples = [*samples[-2:], sample]
        if len(samples) == 3:
            try:
                return decide_all(samples)
            except Undecided:
                if depth == DEPTHS[-1]:
                    raise
    raise AssertionError("the last depth returns or raises")


def take(description: Description, depth: int, place: Place | None) -> tuple[Sample, Place]:
    """The values `depth` decades below the scale, with four digits for each decade."""
    problem = read(description, context(80 + 4 * depth))
    λ = beginning(problem)[0] / problem.ctx.mpf(10) ** depth
    place = descend(problem, top(problem) if place is None else place, λ)
    return Sample(λ, evaluate_at(problem, λ, place.logs)), place


def decide_all(samples: list[Sample]) -> Reference:
    """Every value by itself."""
    last = samples[-1].values
    limits: dict[str, Any] = {}
    for field in fields(Reference):
        if field.name in ("residual", "digits"):
            continue
        values = [getattr(s.values, field.name) for s in samples]
        if isinstance(values[0], list):
            rows = zip(*values, strict=True)
            limits[field.name] = [decide(field.name, list(row), samples) for row in rows]
        else:
            limits[field.name] = decide(field.name, values, samples)
    return replace(last, **limits)


def decide(name: str, values: list[Any], samples: list[Sample]) -> Any:
    """Finite, 0 or infinite; None stays None."""
    if all(v is None or v == 0 for v in values):
        return values[-1]
    ctx = samples[-1].ridge.context
    earlier, later = (growth(values[i : i + 2], samples[i : i + 2]) for i in (0, 1))
    if earlier is None or later is None:
        raise Undecided(f"{name} changes sign: {values}")
    settled = abs(values[2] - values[1]) <= abs(values[2]) / ctx.mpf(10) ** (SHOWN + 5)
    if settled and abs(later) < 1e-20:
        return values[-1]
    if not (is_rational(later) and abs(later - earlier) < 1e-3):
        raise Undecided(f"{name} grows like λ^{ctx.nstr(earlier, 9)}, λ^{ctx.nstr(later, 9)}")
    return ctx.zero if later > 0 else ctx.sign(values[-1]) * ctx.inf


def growth(values: list[mpf], samples: list[Sample]) -> mpf | None:
    """q, if the two values are A λ^q; None if their signs differ."""
    ctx = samples[-1].ridge.context
    ratio = values[1] / values[0] if values[0] != 0 else ctx.zero
    if not ratio > 0:
        return None
    return ctx.log(ratio) / ctx.log(samples[1].ridge / samples[0].ridge)


def is_rational(q: mpf) -> bool:
    """Whether q is a non-zero fraction with a small denominator, to 6 digits of the next one."""
    return q != 0 and any(
        abs(q * p - round(q * p)) < 1e-6 and round(q * p) != 0 for p in range(1, LARGEST_DENOMINATOR + 1)
    )
