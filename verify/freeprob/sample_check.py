"""A derived expectation compared with samples, by the test of agreement."""

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
    seed: int = 0,
) -> Agreement:
    """Derive, evaluate, draw, and say whether the two agree: looks at 128, 256, … trials.

    Parameters
    ----------
    expression : in traces, or the system that has been derived from one. values : as ``solve``
        takes them.
    tolerance : half-width of what counts as agreement; None for 2 % of what was derived. The error of a
        deterministic equivalent is O(1) in a trace of O(dimension): a larger problem needs less.
    alpha : the rate of false verdicts. trials : the most that may be drawn. seed : of the draws.

    Returns
    -------
    An :class:`Agreement`: ``verdict``, and a table when printed.

    Samples that are identical in every trial are evidence here. What can be derived is a rational
    function of Gaussian entries: it is constant, or takes no value twice (almost surely).

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
            "the derived value is 0, and so is 2 % of it: give a tolerance, the error that is allowed."
        )
    simulation = make_plan(system, values)
    return run_agreement_test(
        theory=predicted,
        simulation=simulation,
        tolerance=width,
        alpha=alpha,
        trials=trials,
        seed=seed,
        deterministic=True,
    )


def _predicted(system: System, values: Mapping[Any, Any]) -> float:
    """One number; a leading order of 0 is what is compared with, and needs a tolerance."""
    solution = compile(system).solution(values)
    for warning in solution.warnings():
        if not isinstance(warning, LeadingOrderWarning):
            warn(warning)
    return one_value(solution.value)
