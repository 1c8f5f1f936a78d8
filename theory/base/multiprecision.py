"""Separate mpmath contexts, whose numbers can be pickled and copied."""

import functools
from typing import Any

__all__ = ["context_of"]


def context_of(digits: int) -> Any:
    """A new mpmath context with this many digits.

    mpmath creates a number class for each context, which pickle cannot import by name; its numbers
    are therefore reduced to their bits and digits.

    >>> import pickle
    >>> third = context_of(30).mpf(1) / 3
    >>> pickle.loads(pickle.dumps(third))
    mpf('0.3333333333333333333333333333333')
    """
    import mpmath

    context = mpmath.MPContext()
    context.dps = digits
    context.mpf.__reduce__ = _reduced
    return context


def _reduced(number: Any) -> tuple[Any, ...]:
    sign, mantissa, exponent, bits = map(int, number._mpf_)
    return _restored, (number.context.dps, (sign, mantissa, exponent, bits))


def _restored(digits: int, parts: tuple[int, int, int, int]) -> Any:
    """A number with these bits, even if they exceed the precision of the context."""
    from mpmath.libmp import MPZ

    sign, mantissa, exponent, bits = parts
    return _shared(digits).make_mpf((sign, MPZ(mantissa), exponent, bits))


@functools.lru_cache(maxsize=16)
def _shared(digits: int) -> Any:
    """The context shared by all unpickled numbers with this many digits."""
    return context_of(digits)
