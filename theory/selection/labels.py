"""Labels of generated samples, to be selected by ``detequiv.rules``.

Inputs are x ~ N(0, Σ), and each label depends on one score xᵀw: ``linear``, ``sign``, ``probit``,
``polynomial`` and ``function``. In a ``mixture`` of two classes the label is the class.

>>> import numpy as np
>>> rng = np.random.default_rng(0)
>>> sign([1.0, 0.0], flip=0.1).draw(rng, rng.standard_normal((4, 2)))
array([ 1.,  1., -1., -1.])
"""

from collections.abc import Callable, Iterable
from typing import Any

from ..base.accepted_values import RealNumber, RealVector
from ..base.argument_checks import checked_call
from ..base.errors import SpecError
from ..base.validation import as_sequence, non_negative, positive, real, refusal, unit_share
from ..data.labeller import Labeller
from .directions import direction, nonzero_direction
from .label_laws import (
    FunctionLabels,
    LinearLabels,
    MixtureLabels,
    PolynomialLabels,
    ProbitLabels,
    SignLabels,
)
from .score_functions import ScoreFunction, jumps_and_kinks

__all__ = ["function", "linear", "mixture", "polynomial", "probit", "sign"]

VARIANCE = "It is σ², not σ."
FLIP = "It is the probability that a label is negated."
SIGN = "The sign of its score is the label: give the vector of a generator."


@checked_call
def linear(w: "RealVector", noise_variance: "RealNumber" = 0.0) -> LinearLabels:
    """Labels y = xᵀw + ε.

    Parameters
    ----------
    w : array
        (d,), the generator.
    noise_variance : float
        Var ε, a variance and not a standard deviation.

    Returns
    -------
    LinearLabels

    Raises
    ------
    SpecError, ShapeError
        Entries that are not finite; a vector that is not 1-D; a negative variance.

    Examples
    --------
    >>> linear([1.0, 0.5], noise_variance=0.25)
    LinearLabels(w=[1, 0.5], noise_variance=0.25)
    """
    return LinearLabels(direction(w, "w"), non_negative(noise_variance, "noise_variance", VARIANCE))


@checked_call
def sign(w: "RealVector", flip: "RealNumber" = 0.0) -> SignLabels:
    """Labels y = sign xᵀw, each flipped with a probability.

    Parameters
    ----------
    w : array
        (d,), not 0.
    flip : float
        The probability of the other sign, between 0 and 1.

    Returns
    -------
    SignLabels

    Raises
    ------
    SpecError, ShapeError
        A vector that is 0, not finite or not 1-D; a probability outside [0, 1].

    Examples
    --------
    >>> sign([1.0, 0.5], flip=0.1)
    SignLabels(w=[1, 0.5], flip=0.1)
    """
    return SignLabels(nonzero_direction(w, "w", SIGN), unit_share(flip, "flip", FLIP))


@checked_call
def probit(w: "RealVector", scale: "RealNumber") -> ProbitLabels:
    """Labels ±1 with P(y = 1) = Φ(xᵀw/scale).

    Parameters
    ----------
    w : array
        (d,).
    scale : float
        Positive: the standard deviation of noise on the score, before its sign is taken.

    Returns
    -------
    ProbitLabels

    Raises
    ------
    SpecError, ShapeError
        A vector that is not finite or not 1-D; a scale that is not positive.

    Examples
    --------
    >>> probit([1.0, 0.5], scale=0.5)
    ProbitLabels(w=[1, 0.5], scale=0.5)
    """
    remedy = "For labels without noise write sign(w)."
    return ProbitLabels(direction(w, "w"), positive(scale, "scale", remedy))


@checked_call
def polynomial(
    w: "RealVector", coefficients: Iterable["RealNumber"], noise_variance: "RealNumber" = 0.0
) -> PolynomialLabels:
    """Labels y = Σ_j c_j (xᵀw)^j + ε.

    Parameters
    ----------
    w : array
        (d,).
    coefficients : sequence of float
        c_0, c_1, …, lowest power first.
    noise_variance : float
        Var ε.

    Returns
    -------
    PolynomialLabels

    Raises
    ------
    SpecError, ShapeError
        A vector that is not finite or not 1-D; no coefficients, or one that is not a finite number; a
        negative variance.

    Examples
    --------
    >>> polynomial([1.0, 0.5], [-1.0, 0.0, 1.0]).coefficients
    (-1.0, 0.0, 1.0)
    """
    remedy = "Pass one number per power, the constant first."
    given = as_sequence(coefficients, "coefficients", "must be a list of numbers", remedy)
    if not given:
        raise SpecError(refusal("coefficients", "must not be empty", given, remedy))
    numbers = [real(c, "coefficients", remedy) for c in given]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    variance = non_negative(noise_variance, "noise_variance", VARIANCE)
    return PolynomialLabels(direction(w, "w"), tuple(numbers), variance)


@checked_call
def function(
    w: "RealVector",
    mean: Callable[..., Any],
    variance: Callable[..., Any] | None = None,
    breaks: Iterable["RealNumber"] = (),
) -> FunctionLabels:
    """Labels y = mean(xᵀw) + √variance(xᵀw) ε with ε ~ N(0, 1).

    Parameters
    ----------
    w : array
        (d,).
    mean : callable
        Takes an array of scores and returns one of labels.
    variance : callable or None
        The variance of the label at each score; None is 0.
    breaks : sequence of float
        Scores where one of the two jumps or has a kink. Jumps are found without, more slowly.

    Returns
    -------
    FunctionLabels
        Equal to one whose functions have the same values at fixed scores, up to 32 bits.

    Raises
    ------
    SpecError, ShapeError
        A vector that is not finite or not 1-D; functions that are not vectorised or not finite; a
        negative variance.

    Examples
    --------
    >>> import numpy as np
    >>> labels = function([1.0, 0.5], np.tanh, variance=lambda z: 0.1 * z**2)
    >>> labels == function([1.0, 0.5], lambda z: np.tanh(z), variance=lambda z: z**2 / 10)
    True
    """
    spread = None if variance is None else ScoreFunction("variance", variance, least=0.0)
    return FunctionLabels(direction(w, "w"), ScoreFunction("mean", mean), spread, jumps_and_kinks(breaks))


@checked_call
def mixture(mu: "RealVector", flip: "RealNumber" = 0.0) -> MixtureLabels:
    """Labels of two classes ±1, of probability 1/2 each, whose inputs are x = ±mu + N(0, Σ).

    Parameters
    ----------
    mu : array
        (d,), the mean of class 1, in the coordinates of the inputs; not 0.
    flip : float
        The probability that a label is the other class; rules see the flipped label.

    Returns
    -------
    MixtureLabels

    Raises
    ------
    SpecError, ShapeError
        A vector that is 0, not finite or not 1-D; a probability outside [0, 1].

    Examples
    --------
    >>> mixture([1.2, 0.0], flip=0.2)
    MixtureLabels(w=[1.2, 0], flip=0.2)
    """
    mean = nonzero_direction(mu, "mu", "It is the mean of class 1: give classes that differ.")
    if isinstance(mu, Labeller):
        raise SpecError(
            "mu must be the mean of a class; got a Problem, which has weights. Give a vector in input space."
        )
    return MixtureLabels(mean, unit_share(flip, "flip", FLIP))
