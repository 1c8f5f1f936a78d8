"""The moments of an activation in mpmath numbers, right to as many digits as asked for."""

from typing import Any

from ..base.errors import SpecError
from ..base.multiprecision import context_of
from ..base.wording import plural
from .elementary import BUILT_IN
from .function_table import NamedFunction
from .gaussian_moments import ActivationMoments, Known

__all__ = ["MOST_DIGITS", "in_digits"]

MOST_DIGITS = 4000


def in_digits(act: NamedFunction, q: Any, digits: int) -> ActivationMoments:
    """Mean, slope and residual for z ~ N(0, q), q a float or an mpmath number.

    Raises SpecError if the function does not know its moments, or if more than 4000 digits would be
    needed in between.
    """
    if not isinstance(act.function, Known):
        raise SpecError(
            f"digits must be None for {act.name}, whose values are floats; got {digits}. The "
            f"named activations have any number: {', '.join(BUILT_IN)}, polynomial, leaky_relu."
        )
    return _settled(act.function, act.name, q, digits)


def _settled(known: Known, name: str, q: Any, digits: int) -> ActivationMoments:
    """More and more working digits, until two evaluations agree to those wanted."""
    working, before = digits + 10, None
    while working <= MOST_DIGITS:
        context = context_of(working)
        now = known.precise(context.mpf(q), context)
        if before and _agree(before, now, context.mpf(10) ** -digits):
            kept = context_of(digits)
            return ActivationMoments(*(+kept.mpf(number) for number in _numbers(now)))
        working, before = working + max(10, working // 2), now
    raise SpecError(
        f"{plural(digits, 'digit')} of {name} at q = {float(q):.6g} must not need more than "
        f"{MOST_DIGITS} in between. Ask for fewer."
    )


def _agree(before: ActivationMoments, now: ActivationMoments, within: Any) -> bool:
    pairs = zip(_numbers(before), _numbers(now), strict=True)
    return all(abs(a - b) <= abs(b) * within for a, b in pairs)


def _numbers(moments: ActivationMoments) -> tuple[Any, Any, Any]:
    return moments.mean, moments.slope, moments.residual
