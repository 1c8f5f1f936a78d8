"""The two primes that exact values are taken modulo, and why there are two.

Fingerprints of scalars decide which of them are equal. All scalars of a derivation are compared with
each other, so that a chance coincidence must be rare among millions of pairs: 2⁶¹ − 1, in integers of
Python. Small matrices in place of an expression are multiplied and inverted by numpy, in 64 bits,
which hold a product of two residues modulo 2³¹ − 1; each comparison there is of whole matrices, and
there are few.
"""

from fractions import Fraction

__all__ = ["FINGERPRINT_PRIME", "MATRIX_PRIME", "Number", "modular"]

FINGERPRINT_PRIME = 2**61 - 1

MATRIX_PRIME = 2**31 - 1

Number = int | Fraction
"""Integers stay integers, which is several times faster."""


def modular(number: Number, prime: int) -> int:
    """A rational number modulo a prime.

    >>> modular(Fraction(1, 2), 7)
    4
    """
    if number.denominator == 1:
        return number.numerator % prime
    return number.numerator * pow(number.denominator, -1, prime) % prime
