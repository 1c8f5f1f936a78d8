"""Degenerate samples, identical or periodic, which say nothing about their mean.

A confidence interval for a mean assumes independent trials. A simulation that ignores its
generator, or uses a few seeds in rotation, violates this; and a rare event that no trial has seen
looks like a quantity that never varies. Dependence cannot be detected in general, but these two
forms can.
"""

from collections.abc import Mapping

import numpy as np

from ..theory import Problem, SpecError
from ..theory.arrays import Array
from ..theory.language import told
from .constant import constant_terms
from .simulation import TERMS

__all__ = ["checked_flag", "given_degeneracies", "period", "problem_degeneracies", "repeats"]

ROUNDING = 1e-12
"""A caller's samples are identical if they differ by less than this, relative to their size or to
the band: a few thousand units in the last place, from threads and reordered sums."""

EPS = float(np.finfo(float).eps)

OWN_ROUNDING = 4 * EPS
"""The same for detequiv's simulators, relative to the samples' size. They run on one thread."""

LEAST_SAMPLES = 32
"""Number of samples from which on periods are searched for."""

LEAST_CYCLES = 4
"""Number of full cycles that make a period."""

SHORT_MANTISSA = 26
"""Bits that suffice for the mantissa of integers, halves and other typical discrete values."""


def given_degeneracies(
    samples: Mapping[str, Array], band: float, *, deterministic: bool
) -> dict[str, str]:
    """By term, why a caller's samples are degenerate; empty if they are not.

    samples : (trials,) for each term; band : half-width of the agreement claimed; deterministic :
    whether identical samples are intended. Periodic samples are degenerate in any case.

    >>> given_degeneracies({"error": np.full(3, 0.5)}, 0.1, deterministic=False)
    {'error': 'all 3 samples of error are 0.5'}
    >>> given_degeneracies({"error": np.full(3, 0.5)}, 0.1, deterministic=True)
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


def problem_degeneracies(
    problem: Problem, samples: Mapping[str, Array], *, deterministic: bool
) -> dict[str, str]:
    """The same for detequiv's own samples of error, bias, variance and collapse.

    Identical samples are accepted if the problem makes the term constant (``constant_terms``). The
    error is the sum of the other terms: it may be identical if those that are not constant vary by
    less than its rounding.
    """
    same = {name for name in TERMS if _spread(samples[name]) <= OWN_ROUNDING * _size(samples[name])}
    if deterministic or not same:
        suspect = set[str]()
    else:
        constant = constant_terms(problem)
        suspect = same - constant - {"error"}
        varied = sum(_spread(samples[name]) for name in TERMS[1:] if name not in same | constant)
        if "error" in same and (suspect or varied > 2 * OWN_ROUNDING * _size(samples["error"])):
            suspect.add("error")
    found = {name: _identical(name, samples[name]) for name in TERMS if name in suspect}
    for name in TERMS:
        if name not in same and (cycle := period(samples[name])):
            found[name] = f"the samples of {name} repeat with period {cycle}"
    return found


def period(samples: Array) -> int:
    """The shortest period with at least four full cycles in the samples; 0 if there is none.

    Samples of a discrete variable whose values have probability at most q are periodic by chance
    with probability below n q^(3n/4)/4, which is 1e-6 for 32 tosses of a fair coin. Fewer than 32
    samples are not examined.

    >>> period(np.tile([0.3, 0.1, 0.2], 16)), period(np.arange(48.0))
    (3, 0)
    """
    n = len(samples)
    if n < LEAST_SAMPLES:
        return 0
    return next(
        (p for p in range(1, n // LEAST_CYCLES + 1) if np.array_equal(samples[p:], samples[:-p])), 0
    )


def repeats(samples: Array) -> int:
    """The number of samples that equal an earlier one and have a mantissa longer than 26 bits.

    Such samples look continuous, and a continuous variable does not repeat. Integers, halves and
    the like are not counted; a discrete variable with values such as 1/3 is. The result is 0 if all
    samples are identical up to rounding.

    >>> repeats(np.array([0.1, 0.2, 0.1])), repeats(np.array([0.5, 3.0, 0.5]))
    (1, 0)
    """
    if _spread(samples) <= ROUNDING * _size(samples):
        return 0
    mantissas = np.frexp(samples)[0] * 2.0**SHORT_MANTISSA
    long = samples[mantissas != np.round(mantissas)]
    return len(long) - len(np.unique(long))


def checked_flag(value: object) -> bool:
    """``deterministic`` if it is True or False; SpecError otherwise."""
    if not isinstance(value, bool):
        raise SpecError(
            f"deterministic must be True or False; got {told(value)}. Pass True if the "
            f"simulation is meant to return the same number in every trial."
        )
    return value


def _identical(name: str, values: Array) -> str:
    return f"all {len(values)} samples of {name} are {values[0]:.6g}"


def _spread(values: Array) -> float:
    """The range, computed from halves to avoid overflow."""
    return 2 * min(float(values.max() / 2 - values.min() / 2), np.finfo(float).max / 2)


def _size(values: Array) -> float:
    return float(np.abs(values).max())
