"""Rules that select generated samples, by scores xᵀw of their inputs and by their labels y.

``near``, ``agree``, ``margin``, ``one_sided``, ``label``, ``probability``, ``random`` and ``everything``;
``&`` combines them.

>>> near([1.0, 0.5], 0.5) & margin([1.0, 0.0], above=0.1)
All(rules=(Near(w=[1, 0.5], t=0.5), Margin(above=0.1, w=[1, 0])))
"""

from collections.abc import Callable, Iterable
from typing import Any

from ..base.accepted_values import RealNumber, RealVector
from ..base.argument_checks import checked_call
from ..base.errors import SpecError
from ..base.validation import non_negative, positive, real, refusal, unit_share
from ..base.wording import shortest_float
from .directions import nonzero_direction
from .score_functions import ScoreFunction, jumps_and_kinks
from .selection_rules import Agree, Everything, LabelBand, Margin, Near, OneSided, Probability, RandomKeep

__all__ = ["agree", "everything", "label", "margin", "near", "one_sided", "probability", "random"]

SCORE = "A rule needs a score that varies: give the vector of a verifier."
LIMIT = "It is a limit on {}; None is no limit."
Limits = tuple[float | None, float | None]


@checked_call
def near(w: "RealVector", t: "RealNumber") -> Near:
    """Keep samples whose label is near a verifier's: |y − xᵀw| < t.

    Parameters
    ----------
    w : array
        (d,), the verifier; not 0.
    t : float
        The largest distance, positive.

    Returns
    -------
    Near

    Raises
    ------
    SpecError, ShapeError
        A vector that is 0, not finite or not 1-D; a distance that is not positive.

    Examples
    --------
    >>> near([1.0, 0.5], 0.5)
    Near(w=[1, 0.5], t=0.5)
    """
    remedy = "It is the largest distance of a label that is kept."
    return Near(nonzero_direction(w, "w", SCORE), positive(t, "t", remedy))


@checked_call
def agree(w: "RealVector") -> Agree:
    """Keep samples on whose sign an oracle agrees: sign y = sign xᵀw.

    Parameters
    ----------
    w : array
        (d,), the oracle; not 0.

    Returns
    -------
    Agree

    Raises
    ------
    SpecError, ShapeError
        A vector that is 0, not finite or not 1-D.

    Examples
    --------
    >>> agree([1.0, 0.5])
    Agree(w=[1, 0.5])
    """
    return Agree(nonzero_direction(w, "w", SCORE))


@checked_call
def margin(w: "RealVector", above: "RealNumber | None" = None, below: "RealNumber | None" = None) -> Margin:
    """Keep samples by the size of a score: above < |xᵀw| < below.

    Parameters
    ----------
    w : array
        (d,), not 0.
    above, below : float or None
        The limits, at least one of them; None is no limit.

    Returns
    -------
    Margin

    Raises
    ------
    SpecError, ShapeError
        A vector that is 0, not finite or not 1-D; limits that are negative, in the wrong order or both
        None.

    Examples
    --------
    >>> margin([1.0, 0.5], above=1.0)
    Margin(above=1.0, w=[1, 0.5])
    """
    low, high = _limits(above, below, "|xᵀw|", sizes=True)
    return Margin(low, high, nonzero_direction(w, "w", SCORE))


@checked_call
def one_sided(
    w: "RealVector", above: "RealNumber | None" = None, below: "RealNumber | None" = None
) -> OneSided:
    """Keep samples by a score: above < xᵀw < below.

    Parameters
    ----------
    w : array
        (d,), not 0.
    above, below : float or None
        The limits, at least one of them; None is no limit.

    Returns
    -------
    OneSided

    Raises
    ------
    SpecError, ShapeError
        A vector that is 0, not finite or not 1-D; limits in the wrong order or both None.

    Examples
    --------
    >>> one_sided([1.0, 0.5], above=0)
    OneSided(above=0.0, w=[1, 0.5])
    """
    low, high = _limits(above, below, "xᵀw")
    return OneSided(low, high, nonzero_direction(w, "w", SCORE))


@checked_call
def label(
    above: "RealNumber | None" = None, below: "RealNumber | None" = None, size: bool = False
) -> LabelBand:
    """Keep samples by their label: above < y < below, or the same of |y|.

    Parameters
    ----------
    above, below : float or None
        The limits, at least one of them; None is no limit.
    size : bool
        Whether they are limits on |y|.

    Returns
    -------
    LabelBand

    Raises
    ------
    SpecError
        Limits in the wrong order or both None; limits on |y| that are negative.

    Examples
    --------
    >>> label(below=2.0, size=True)
    LabelBand(below=2.0, size=True)
    """
    size = _flag(size, "size", "True limits |y|, False y.")
    return LabelBand(*_limits(above, below, "|y|" if size else "y", sizes=size), size)


@checked_call
def probability(
    function: Callable[..., Any], w: "RealVector", label: bool = False, breaks: Iterable["RealNumber"] = ()
) -> Probability:
    """Keep each sample with a probability that depends on its score, or on score and label.

    Parameters
    ----------
    function : callable
        Takes an array of scores z = xᵀw, or arrays of scores and labels, and returns one of
        probabilities.
    w : array
        (d,), not 0.
    label : bool
        Whether the function takes the label as well.
    breaks : sequence of float
        Scores where the function jumps or has a kink. Jumps are found without, more slowly.

    Returns
    -------
    Probability
        Equal to one whose function has the same values at fixed scores and labels, up to 32 bits.

    Raises
    ------
    SpecError, ShapeError
        A function that leaves [0, 1] or is not vectorised; a vector that is 0, not finite or not 1-D.

    Examples
    --------
    >>> import numpy as np
    >>> probability(lambda z: np.minimum(1.0, np.abs(z)), [1.0, 0.5], breaks=[-1, 0, 1])
    Probability(w=[1, 0.5], function=<lambda>, breaks=(-1.0, 0.0, 1.0))
    """
    label = _flag(label, "label", "True calls the function with score and label.")
    share = ScoreFunction("function", function, 2 if label else 1, 0.0, 1.0)
    return Probability(nonzero_direction(w, "w", SCORE), share, jumps_and_kinks(breaks))


@checked_call
def random(p: "RealNumber") -> RandomKeep:
    """Keep each sample with the same probability.

    Parameters
    ----------
    p : float
        Above 0, at most 1.

    Returns
    -------
    RandomKeep

    Raises
    ------
    SpecError
        p is not such a number.

    Examples
    --------
    >>> random(0.4)
    RandomKeep(p=0.4)
    """
    remedy = "With 0 nothing would be kept: leave the samples out."
    return RandomKeep(unit_share(positive(p, "p", remedy), "p", remedy))


@checked_call
def everything() -> Everything:
    """Keep every sample.

    Returns
    -------
    Everything

    Examples
    --------
    >>> everything() & random(0.4)
    RandomKeep(p=0.4)
    """
    return Everything()


def _flag(value: object, name: str, remedy: str) -> bool:
    if not isinstance(value, bool):
        raise SpecError(refusal(name, "must be True or False", value, remedy))
    return value


def _limits(above: object, below: object, of: str, sizes: bool = False) -> Limits:
    if above is None and below is None:
        raise SpecError(f"a limit on {of} must be given; got None twice. Pass above=, below= or both.")
    checked = non_negative if sizes else real
    low = None if above is None else checked(above, "above", LIMIT.format(of))
    high = None if below is None else checked(below, "below", LIMIT.format(of))
    least = 0.0 if sizes else None
    if high is not None and (high <= low if low is not None else high == least):
        floor = shortest_float(0.0 if low is None else low)
        raise SpecError(
            f"below must exceed {floor}, or nothing is kept; got {shortest_float(high)}. Exchange the "
            f"limits, or omit one."
        )
    return low, high
