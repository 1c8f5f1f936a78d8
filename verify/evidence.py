"""Whether samples are evidence of their mean: identical or periodic samples are not.

An interval for a mean rests on trials that are independent. A simulation that ignores its
generator, or draws from a few seeds in turn, breaks that, and a rare event that no trial has seen
looks the same as a quantity that never varies. Dependence in general cannot be detected; these two
traces of it can.
"""

from collections.abc import Mapping

import numpy as np

from ..theory import Problem, SpecError
from ..theory.arrays import Array
from ..theory.language import told
from .constant import constant_terms
from .simulation import TERMS

__all__ = ["checked_flag", "doubts_of_given", "doubts_of_problem", "period", "repeats"]

ROUNDING = 1e-12
"""Samples of a caller are identical if they differ by less, in units of their size or of the band:
some thousand units in the last place, left by threads and by sums in another order."""

EPS = float(np.finfo(float).eps)

LAST_PLACES = 4 * EPS
"""The same for our own simulators, in units of the samples' size. They run on one thread."""

FEWEST = 32
"""Samples in which a period is looked for."""

CYCLES = 4
"""How often a period must be seen in full."""

SHORT = 26
"""Bits of a mantissa that a multiple of a simple fraction fits in."""


def doubts_of_given(
    samples: Mapping[str, Array], band: float, *, deterministic: bool
) -> dict[str, str]:
    """By term, why a caller's samples are no evidence of the mean; empty where they are.

    >>> doubts_of_given({"error": np.full(3, 0.5)}, 0.1, deterministic=False)
    {'error': 'all 3 samples of error are 0.5'}
    >>> doubts_of_given({"error": np.full(3, 0.5)}, 0.1, deterministic=True)
    {}
    """
    found = {}
    for name, values in samples.items():
        if _spread(values) <= ROUNDING * max(_size(values), band):
            if not deterministic:
                found[name] = _identical(name, values)
        elif cycle := period(values):
            found[name] = f"the samples of {name} repeat with period {cycle}"
    return found


def doubts_of_problem(
    problem: Problem, samples: Mapping[str, Array], *, deterministic: bool
) -> dict[str, str]:
    """The same for samples of error, bias, variance and collapse of a problem.

    Identical samples count as evidence where the problem makes the term constant
    (``constant_terms``). The error is the sum of the others: it may be identical where those that
    are not constant vary by less than its rounding.
    """
    same = {name for name in TERMS if _spread(samples[name]) <= LAST_PLACES * _size(samples[name])}
    if deterministic or not same:
        suspect = set[str]()
    else:
        constant = constant_terms(problem)
        suspect = same - constant - {"error"}
        varied = sum(_spread(samples[name]) for name in TERMS[1:] if name not in same | constant)
        if "error" in same and (suspect or varied > 2 * LAST_PLACES * _size(samples["error"])):
            suspect.add("error")
    found = {name: _identical(name, samples[name]) for name in TERMS if name in suspect}
    for name in TERMS:
        if name not in same and (cycle := period(samples[name])):
            found[name] = f"the samples of {name} repeat with period {cycle}"
    return found


def period(samples: Array) -> int:
    """The shortest period of the samples, seen four times in full or more; 0 where there is none.

    Samples of a discrete variable, two or more values of probability at most q each, repeat so by
    chance with a probability below n q^(3n/4)/4: 1e-6 for 32 throws of a fair coin. Fewer than 32
    samples are not examined.

    >>> period(np.tile([0.3, 0.1, 0.2], 16)), period(np.arange(48.0))
    (3, 0)
    """
    n = len(samples)
    if n < FEWEST:
        return 0
    return next(
        (p for p in range(1, n // CYCLES + 1) if np.array_equal(samples[p:], samples[:-p])), 0
    )


def repeats(samples: Array) -> int:
    """How many samples equal an earlier one in all 53 bits of a mantissa that is not a short one.

    Such samples look continuous, and those of a continuous variable do not repeat. Integers, halves
    and the like are left out, a discrete variable with values such as 1/3 is counted. Samples that
    are identical to rounding have none.

    >>> repeats(np.array([0.1, 0.2, 0.1])), repeats(np.array([0.5, 3.0, 0.5]))
    (1, 0)
    """
    if _spread(samples) <= ROUNDING * _size(samples):
        return 0
    mantissas = np.frexp(samples)[0] * 2.0**SHORT
    long = samples[mantissas != np.round(mantissas)]
    return len(long) - len(np.unique(long))


def checked_flag(value: object) -> bool:
    """``deterministic``, True or False, or a refusal."""
    if not isinstance(value, bool):
        raise SpecError(
            f"deterministic must be True or False; got {told(value)}. True says that the "
            f"simulation is meant to return the same number in every trial."
        )
    return value


def _identical(name: str, values: Array) -> str:
    return f"all {len(values)} samples of {name} are {values[0]:.6g}"


def _spread(values: Array) -> float:
    """Largest less smallest; halved first, so that it does not overflow."""
    return 2 * min(float(values.max() / 2 - values.min() / 2), np.finfo(float).max / 2)


def _size(values: Array) -> float:
    return float(np.abs(values).max())
