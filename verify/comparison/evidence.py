"""Whether samples are evidence of their mean: identical, periodic or correlated samples are not.

An interval for a mean rests on trials that are independent. A simulation that ignores its
generator, draws from a few seeds in turn or continues from the state of the trial before breaks
that, and a rare event that no trial has seen looks the same as a quantity that never varies.
Dependence in general cannot be detected; these three traces of it can.
"""

import math
from collections.abc import Mapping

import numpy as np

from ...theory import Problem, SpecError
from ...theory.base.arrays import Array
from ...theory.base.wording import short_repr
from ..simulators.simulation import TERMS
from .constant_terms import constant_terms

__all__ = [
    "checked_flag",
    "period",
    "problem_degeneracies",
    "repeats",
    "sample_degeneracies",
    "successive_correlation",
]

ROUNDING = 1e-12
"""A caller's samples are identical if they differ by less than this, relative to their size or to
the tolerance: a few thousand units in the last place, from threads and reordered sums."""

EPS = float(np.finfo(float).eps)

OWN_ROUNDING = 4 * EPS
"""The same for detequiv's simulators, relative to the samples' size. They run on one thread."""

LEAST_SAMPLES = 32
"""Number of samples from which on periods are searched for."""

LEAST_CYCLES = 4
"""Number of full cycles that make a period."""

CORRELATED = 6.0
"""Rank correlation of successive trials, in units of its standard error 1/√n, above which they are
not independent: by chance in about one of 10⁹ simulations."""

SHORT_MANTISSA = 26
"""Bits of a mantissa that a multiple of a simple fraction fits in."""


def sample_degeneracies(
    samples: Mapping[str, Array], tolerance: float, *, deterministic: bool, in_order: bool = False
) -> dict[str, str]:
    """By term, why a caller's samples are degenerate; empty if they are not.

    in_order : whether they are in the order in which they were drawn.

    >>> sample_degeneracies({"error": np.full(3, 0.5)}, 0.1, deterministic=False)
    {'error': 'all 3 samples of error are 0.5'}
    >>> sample_degeneracies({"error": np.full(3, 0.5)}, 0.1, deterministic=True)
    {}
    >>> sample_degeneracies({"error": np.arange(64.0)}, 0.1, deterministic=False, in_order=True)
    {'error': 'successive samples of error are correlated (rank correlation 0.95)'}
    """
    degeneracies = {}
    for name, values in samples.items():
        if _spread(values) <= ROUNDING * max(_size(values), tolerance):
            if not deterministic:
                degeneracies[name] = _identical(name, values)
        elif cycle := period(values, ROUNDING * max(_size(values), tolerance)):
            degeneracies[name] = f"the samples of {name} repeat with period {cycle}"
        elif in_order:
            degeneracies |= _correlated(name, values)
    return degeneracies


def successive_correlation(samples: Array) -> float:
    """The correlation of the rank of a sample with the rank of the next.

    Of n independent samples of any distribution it is normal for large n, with mean −1/n and
    standard error 1/√n: given the values, all orders are equally likely. Equal samples share a
    rank. Where more than half of them are equal it is not normal (two rare events in succession
    would be a correlation), and 0 is returned.
    """
    _, inverse, counts = np.unique(samples, return_inverse=True, return_counts=True)
    if counts.max() > len(samples) / 2:
        return 0.0
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    deviations = ranks - ranks.mean()
    return float(deviations[1:] @ deviations[:-1] / (deviations @ deviations))


def problem_degeneracies(
    problem: Problem, samples: Mapping[str, Array], *, deterministic: bool
) -> dict[str, str]:
    """By term, why samples of detequiv's own simulators are degenerate; empty if they are not.

    Identical samples are accepted if the problem makes the term constant (``constant_terms``). The
    error is the sum of the other terms: it may be identical if those that are not constant vary by
    less than its rounding.
    """
    identical = {name for name in TERMS if _spread(samples[name]) <= OWN_ROUNDING * _size(samples[name])}
    if deterministic or not identical:
        suspect = set[str]()
    else:
        constant = constant_terms(problem)
        suspect = identical - constant - {"error"}
        spread = sum(_spread(samples[name]) for name in TERMS[1:] if name not in identical | constant)
        if "error" in identical and (suspect or spread > 2 * OWN_ROUNDING * _size(samples["error"])):
            suspect.add("error")
    degeneracies = {name: _identical(name, samples[name]) for name in TERMS if name in suspect}
    for name in TERMS:
        if name not in identical and (cycle := period(samples[name])):
            degeneracies[name] = f"the samples of {name} repeat with period {cycle}"
    return degeneracies


def period(samples: Array, rounding: float = 0.0) -> int:
    """The shortest period of the samples, seen four times in full or more; 0 where there is none.

    rounding : by how much samples may differ that count as equal.

    Samples of a discrete variable, two or more values of probability at most q each, repeat so by
    chance with a probability below n q^(3n/4)/4: 1e-6 for 32 throws of a fair coin. Fewer than 32
    samples are not examined.

    >>> period(np.tile([0.3, 0.1, 0.2], 16)), period(np.arange(48.0))
    (3, 0)
    """
    n = len(samples)
    if n < LEAST_SAMPLES:
        return 0
    return next(
        (
            p
            for p in range(1, n // LEAST_CYCLES + 1)
            if np.abs(samples[p:] / 2 - samples[:-p] / 2).max() <= rounding / 2
        ),
        0,
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
            f"deterministic must be True or False; got {short_repr(value)}. Pass True if the "
            f"simulation is meant to return the same number in every trial."
        )
    return value


def _correlated(name: str, values: Array) -> dict[str, str]:
    correlation, n = successive_correlation(values), len(values)
    if n < LEAST_SAMPLES or correlation * math.sqrt(n) <= CORRELATED:
        return {}
    return {name: f"successive samples of {name} are correlated (rank correlation {correlation:.2f})"}


def _identical(name: str, values: Array) -> str:
    return f"all {len(values)} samples of {name} are {values[0]:.6g}"


def _spread(values: Array) -> float:
    """The range, computed from halves to avoid overflow."""
    return 2 * min(float(values.max() / 2 - values.min() / 2), np.finfo(float).max / 2)


def _size(values: Array) -> float:
    return float(np.abs(values).max())
