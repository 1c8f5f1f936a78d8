"""Numbers as text: significant digits, and means with their standard errors."""

import math

__all__ = ["significant", "with_error"]

EXACT = 1e-12
"""A standard error below this share of the mean is rounding."""

PLAIN = range(-4, 6)
"""Exponents of numbers that are written without a power of ten."""


def significant(value: float) -> str:
    """Four significant digits, trailing zeros included.

    >>> significant(0.5), significant(0.0), significant(12345.0), significant(math.inf)
    ('0.5000', '0', '1.234e+04', 'inf')
    """
    return f"{float(value):#.4g}".removesuffix(".") if value else "0"


def with_error(mean: float, stderr: float) -> str:
    """The mean ± its standard error, to two digits of the latter.

    >>> with_error(0.123456, 0.00234), with_error(1234.5, 230.0), with_error(0.5, 0.0)
    ('0.1235 ± 0.0023', '1230 ± 230', '0.5000 ± 0')
    >>> with_error(1.2345e-9, 2.3e-12)
    '(1.2345 ± 0.0023) × 10⁻⁹'
    """
    mean, stderr = float(mean), float(stderr)
    if not EXACT * abs(mean) < stderr < math.inf:
        return f"{significant(mean)} ± {significant(stderr if stderr > EXACT * abs(mean) else 0.0)}"
    largest = _exponent(max(abs(mean), stderr))
    if largest not in PLAIN:
        power = str(largest).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"({_to_two_digits(mean / 10.0**largest, stderr / 10.0**largest)}) × 10{power}"
    return _to_two_digits(mean, stderr)


def _to_two_digits(mean: float, stderr: float) -> str:
    decimals = 1 - _exponent(stderr)
    shown = max(0, decimals)
    return f"{round(mean, decimals):.{shown}f} ± {round(stderr, decimals):.{shown}f}"


def _exponent(x: float) -> int:
    """The exponent of the leading digit, after rounding to two digits."""
    return int(f"{x:.1e}".partition("e")[2])
