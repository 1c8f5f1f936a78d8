"""A derived expectation compared with samples, by the test of agreement."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import sympy

from ...numerics.freeprob import LeadingOrderWarning, compile
from ...numerics.freeprob.compiled import one_value
from ...theory.base.captured_warnings import warn
from ...theory.base.errors import SpecError
from ...theory.base.renamed_arguments import accepts_old_names
from ...theory.freeprob import System, derive
from ..comparison.agreement import Agreement
from ..comparison.assertion import DEFAULT_TRIALS, run_agreement_test
from ..simulators.trial_seeds import DEFAULT_SEED, RNG, Seed
from .sampling import make_plan

__all__ = ["check"]

DEFAULT_SHARE = 0.02
"""The default tolerance as a share of the expectation: the finite-size error that is allowed."""


@accepts_old_names(tolerance="band")
def check(
    expression: sympy.Expr | System,
    values: Mapping[Any, Any],
    *,
    tolerance: float | None = None,
    alpha: float = 0.01,
    trials: int = DEFAULT_TRIALS,
    seed: Seed = DEFAULT_SEED,
    rng: RNG | None = None,
) -> Agreement:
    """Derive an expectation, sample it, and tell whether the two agree.

    Parameters
    ----------
    expression : sympy expression or System
        In traces, or a system derived from such an expression.
    values : mapping
        As for :func:`solve`.
    tolerance : float or None
        Half-width of agreement; None is 2% of the derived value. The error of a deterministic
        equivalent is O(1) in a trace of O(dimension), so larger problems need less.
    alpha : float
        Upper bound of the probability of a false verdict, as in :func:`~detequiv.assert_agrees`.
    trials : int
        The largest number of samples. The test looks at 128, 256, … of them.
    seed : int or tuple of int
        The root seed of the samples (default: 0).
    rng : int, SeedSequence, BitGenerator, Generator or None
        The source of the root seed, in place of ``seed``; see the notes of :func:`~detequiv.simulate`.

    Returns
    -------
    Agreement
        With ``verdict``; prints as a table.

    Raises
    ------
    SpecError, ShapeError
        Values that are missing or do not fit; a derived value of 0 without a tolerance; a seed
        or rng of another type, or both.

    Notes
    -----
    Samples that are identical in every trial count as evidence here: a rational function of Gaussian
    entries is constant or, almost surely, takes no value twice.

    Examples
    --------
    >>> from detequiv.theory.freeprob import Gaussian, dimensions, identity, trace
    >>> n, d = dimensions("n d")
    >>> X = Gaussian(n, d, "X", variance=1 / n)
    >>> print(check(trace((X.T @ X + identity(d)).inv()), {n: 60, d: 40}).verdict)
    agrees
    """
    system = expression if isinstance(expression, System) else derive(expression)
    predicted = _predicted(system, values)
    width = DEFAULT_SHARE * abs(predicted) if tolerance is None else tolerance
    if not width > 0:
        raise SpecError(
            "the derived value is 0, and so is 2% of it: give a tolerance, the error that is allowed."
        )
    simulation = make_plan(system, values)
    agreement = run_agreement_test(
        theory=predicted,
        simulation=simulation,
        tolerance=width,
        alpha=alpha,
        trials=trials,
        seed=seed,
        rng=rng,
        deterministic=True,
    )
    if tolerance is None:
        origin = f"{DEFAULT_SHARE:.0%} of the derived value"
        agreement = dataclasses.replace(agreement, tolerance_origin=origin)
    return agreement


def _predicted(system: System, values: Mapping[Any, Any]) -> float:
    """One number. If the leading order is 0, the comparison is with 0, and a tolerance is needed."""
    solution = compile(system).solution(values)
    for warning in solution.warnings():
        if not isinstance(warning, LeadingOrderWarning):
            warn(warning)
    return one_value(solution.value)
