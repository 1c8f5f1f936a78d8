"""An activation: a function of one real variable, with its Gaussian moments."""

import dataclasses
from collections.abc import Iterable
from functools import cache
from typing import Any

from ..base.accepted_values import RealNumber
from ..base.argument_checks import checked_call
from ..base.arrays import Array
from ..base.errors import SpecError
from ..base.frozen_value import Value
from ..base.validation import as_list, as_sequence, count, positive, real
from .digit_moments import MOST_DIGITS, in_digits
from .elementary import BUILT_IN, LeakyRelu, Polynomial
from .float_moments import in_floats
from .function_table import Function, NamedFunction, tabulate
from .gaussian_moments import ActivationMoments

__all__ = ["Activation", "built_in", "leaky_relu", "polynomial"]

REMEMBERED = 4096
"""Moments kept per activation."""


@dataclasses.dataclass(frozen=True, eq=False, init=False, repr=False)
class Activation(NamedFunction, Value):
    """A function of one real variable, applied to every random feature.

    Parameters
    ----------
    name : str
        For display; activations with equal values are equal whatever their names.
    function : callable
        Takes and returns a float64 array of any shape, element by element. A function of single numbers is
        accepted and called in a loop.
    breaks : sequence of float
        Points other than 0 where the function jumps or has a kink. Quadrature finds most of them by
        itself, more slowly.

    Attributes
    ----------
    values : ndarray
        The function at fixed points between −31.7 and 31.7, rounded to 32 bits; equality and the digest use
        these. Functions that differ only farther out count as equal, and so do those that differ by rounding,
        except for one pair in thousands.
    odd, even : bool
        Whether act(−z) = −act(z), or act(z), at these points up to 16 rounding errors. Quadrature then
        sets the mean, or the slope, to 0.

    Raises
    ------
    SpecError
        A name that is not text; a break that is not a number; a function that is not callable, real,
        finite and non-constant at these points.
    ShapeError
        A function that returns another shape.

    Notes
    -----
    Pickling keeps name, function and breaks, and fails if the function cannot be pickled.

    Gaussian equivalence needs three numbers of an activation, :meth:`moments`. Not in arXiv 2410.04840.

    Examples
    --------
    >>> cube = Activation("cube", lambda z: z**3)
    >>> cube == polynomial([0, 0, 0, 1])
    True
    >>> cube.moments(2.0).slope
    6.0
    """

    values: Array

    def __init__(self, name: str, function: Function, breaks: Iterable[float] = ()) -> None:
        table = tabulate(name, function)
        here = {
            "name": name,
            "function": function,
            "breaks": _breaks(breaks),
            "odd": table.odd,
            "even": table.even,
            "values": table.values,
            "_elementwise": table.elementwise,
            "_moments": {},
        }
        for key, value in here.items():
            object.__setattr__(self, key, value)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.function, self.breaks)

    def moments(self, q: Any, *, digits: int | None = None) -> ActivationMoments:
        """Mean, slope and residual for z ~ N(0, q).

        Parameters
        ----------
        q : float or mpf
            The variance of the pre-activations, positive; an mpmath number with ``digits``.
        digits : int or None
            None for floats; otherwise the number of correct digits of mpmath results. Named activations only.

        Returns
        -------
        ActivationMoments

        Raises
        ------
        SpecError
            q is not positive; the moments are not finite, or the quadrature is not certain of them; the
            function is constant at this q; digits of a function that is only a callable.

        Notes
        -----
        The moments of named activations are accurate to 1e-13 of themselves (or to 1e-300) for q from
        1e-12 to 1e12. For other functions the estimated error of the mean and of slope √q is below
        1e-10 of √(E act²), and that of the residual below 1e-10 of E act².

        Examples
        --------
        >>> from detequiv.theory.activations import erf, relu
        >>> relu.moments(1.0)
        ActivationMoments(mean=0.398942280401432..., slope=0.5, residual=0.0908450569081046...)
        >>> print(erf.moments(1.0, digits=30).slope)
        0.651470015870559895448512830451
        """
        rounded = positive(q, "q", "It is the variance of the pre-activations, s² tr Σ.")
        if digits is not None:
            digits = count(digits, "digits", 1, f"At most {MOST_DIGITS} are given.")
        variance = q if digits is not None and hasattr(q, "_mpf_") else rounded
        key = (variance, digits)
        if key not in self._moments:
            if len(self._moments) >= REMEMBERED:
                self._moments.clear()
            self._moments[key] = self._found(variance, digits)
        return self._moments[key]

    def _found(self, q: Any, digits: int | None) -> ActivationMoments:
        found = in_floats(self, q) if digits is None else in_digits(self, q, digits)
        if found.slope == 0 and found.residual == 0:
            raise SpecError(
                f"{self.name} must not be constant where its argument has variance q = {q}: "
                "nothing is left after centring. Take a larger entry_variance or another function."
            )
        return found

    def __repr__(self) -> str:
        return f"Activation({self.name!r})"

    def __str__(self) -> str:
        return self.name


def _breaks(given: object) -> tuple[float, ...]:
    remedy = "They are the points where the function jumps or has a kink."
    points = as_list(given, "breaks", "must be a list of numbers", remedy)
    return tuple(sorted(real(z, "breaks", remedy) for z in points))


@checked_call
def leaky_relu(slope: "RealNumber") -> Activation:
    """The activation z for z ≥ 0 and slope·z otherwise.

    Parameters
    ----------
    slope : float

    Returns
    -------
    Activation

    Raises
    ------
    SpecError
        The slope is not a finite number.

    Examples
    --------
    >>> leaky_relu(0.0) == built_in("relu")
    True
    """
    slope = real(slope, "slope", "relu has slope 0 on the left.")
    return Activation(f"leaky_relu({slope:g})", LeakyRelu(slope))


@checked_call
def polynomial(coefficients: Iterable[float]) -> Activation:
    """The activation Σ_j c_j z^j.

    Parameters
    ----------
    coefficients : sequence of float
        c_0, c_1, …, lowest power first.

    Returns
    -------
    Activation

    Raises
    ------
    SpecError
        A coefficient that is not a finite number; a polynomial that is constant or overflows between ±32.

    Examples
    --------
    >>> polynomial([0.0, -3.0, 0.0, 1.0]).moments(1.0)  # the third Hermite polynomial
    ActivationMoments(mean=0.0, slope=0.0, residual=6.0)
    """
    remedy = "Pass one number per power, the constant first."
    given = as_sequence(coefficients, "coefficients", "must be a list of numbers", remedy)
    numbers = [real(c, "coefficients", remedy) for c in given]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    shown = ", ".join(f"{number:g}" for number in numbers)
    return Activation(f"polynomial([{shown}])", Polynomial(tuple(numbers)))


@cache
def built_in(name: str) -> Activation:
    """The named activation; made once, when it is first asked for."""
    return Activation(name, BUILT_IN[name])
