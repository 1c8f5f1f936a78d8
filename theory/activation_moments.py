"""What Gaussian equivalence keeps of an activation, and functions that know it of themselves.

Such a function gives its moments in floats, and in mpmath numbers of any working precision;
``in_digits`` raises that precision until the digits asked for are right.
"""

import dataclasses
from typing import Any, Protocol, runtime_checkable

from .errors import SpecError

__all__ = ["ActivationMoments", "Known", "by_second_moment", "in_digits"]

MOST_DIGITS = 4000


@dataclasses.dataclass(frozen=True)
class ActivationMoments:
    """What Gaussian equivalence keeps of act(z), z ~ N(0, q): act(z) ≈ mean + slope z + noise.

    Attributes
    ----------
    mean : E act(z).
    slope : μ = E[z act(z)]/q, which is E act′(z) where act is differentiable.
    residual : μ*² = E(act(z) − mean − slope z)², the variance of the noise.

    Floats, or mpmath numbers where digits were asked for.
    """

    mean: Any
    slope: Any
    residual: Any


@runtime_checkable
class Known(Protocol):
    """A function that knows its moments; ``precise`` may lose digits, ``moments`` may not.

    ``precise`` takes q and an mpmath context, and returns numbers of this context.
    """

    def __call__(self, z: Any, /) -> Any: ...

    def moments(self, q: float) -> ActivationMoments: ...

    def precise(self, q: Any, mp: Any) -> ActivationMoments: ...


def by_second_moment(mean: Any, slope: Any, second: Any, q: Any) -> ActivationMoments:
    """Where digits can be spared: the residual as E act² − mean² − slope² q."""
    return ActivationMoments(mean, slope, second - mean**2 - slope**2 * q)


def in_digits(known: Known, name: str, q: Any, digits: int) -> ActivationMoments:
    """mpmath moments: more and more working digits, until two evaluations agree to those wanted.

    Raises SpecError, with the name of the activation, where 4000 working digits are not enough.
    """
    working, before = digits + 10, None
    while working <= MOST_DIGITS:
        context = _context(working)
        now = known.precise(context.mpf(q), context)
        if before and _agree(before, now, context.mpf(10) ** -digits):
            kept = _context(digits)
            return ActivationMoments(*(+kept.mpf(number) for number in _numbers(now)))
        working, before = working + max(10, working // 2), now
    raise SpecError(
        f"{digits} digits of {name} at q = {q} must not need more than {MOST_DIGITS} in "
        "between. Ask for fewer."
    )


def _agree(before: ActivationMoments, now: ActivationMoments, within: Any) -> bool:
    pairs = zip(_numbers(before), _numbers(now), strict=True)
    return all(abs(a - b) <= abs(b) * within for a, b in pairs)


def _context(digits: int) -> Any:
    import mpmath

    context = mpmath.MPContext()
    context.dps = digits
    return context


def _numbers(moments: ActivationMoments) -> tuple[Any, Any, Any]:
    return moments.mean, moments.slope, moments.residual
