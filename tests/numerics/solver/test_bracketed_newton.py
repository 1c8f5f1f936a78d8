"""The bracket of the bracketed iteration, and what ends it."""

import math

import numpy as np
import pytest

from detequiv.numerics.solver import bracketed_newton as bracketed
from detequiv.theory.base.errors import SolveError
from detequiv.theory.models.width_closures import GaussianClosure, LinearClosure, OrthogonalClosure
from helpers.refusals import refused

CLOSURES = [
    LinearClosure(0.3),
    GaussianClosure(4.0, 0.3),
    GaussianClosure(9.0, 1e-8),
    OrthogonalClosure(4.0, 0.3, 7.0),
    OrthogonalClosure(4.0, 50.0, 1.0),
]


@pytest.mark.parametrize("closure", CLOSURES, ids=repr)
@pytest.mark.parametrize("eigenvalues", [[1.0], [3.0, 1e-6, 1e-9], [0.5] * 12])
def test_the_root_lies_inside_the_bracket(closure, eigenvalues):
    samples, y = 6.0, np.array(eigenvalues)
    base = closure.smaller_dimension(samples)

    def excess(x):
        η = math.exp(x)
        return base - (y / (η + y)).sum() - closure.excess(η, samples)[0]

    low, high = bracketed.bracket(closure, samples, y.sum())
    assert excess(low) < 0 < excess(high)


def test_the_bracketed_iteration_gives_up_after_120_evaluations_of_what_is_no_number():
    calls = []

    def counted(η):
        calls.append(η)
        return math.nan, math.nan, math.nan

    with refused(SolveError, "effective ridge", "iteration not end"):
        bracketed.bracketed_newton(counted, lambda η: (1 / η, -1 / η), -1.0, 1.0, 1.0)
    assert len(calls) == 120


@pytest.mark.parametrize("start", [-300.0, 0.0, 300.0])
def test_the_bracketed_iteration_ends_within_the_stated_evaluations_from_anywhere(start):
    def counted(η):  # one eigenvalue, four samples
        return 4 - 1 / (1 + η), 4 + 1 / (1 + η), η / (1 + η) ** 2

    x, used = bracketed.bracketed_newton(counted, lambda η: (1 / η, -1 / η), -300.0, 300.0, start)
    η = math.exp(x)
    assert 4 - 1 / (1 + η) == pytest.approx(1 / η, rel=1e-14)
    assert used <= 98  # 60, and 38 of bisection


@pytest.mark.parametrize("closure", CLOSURES, ids=repr)
@pytest.mark.parametrize("arrays", [False, True], ids=["number", "arrays"])
def test_from_its_upper_end_the_bracketed_iteration_is_newtons(closure, arrays):
    """At most a dozen evaluations: bisection alone would take some 30."""
    samples, y = 6.0, np.array([3.0, 0.5, 0.5, 1e-3, 1e-6])

    def counted(η):
        G = y / (np.asarray(η)[..., None] + y)
        left = closure.smaller_dimension(samples) - G.sum(axis=-1)
        return left, closure.smaller_dimension(samples) + G.sum(axis=-1), (G * (1 - G)).sum(axis=-1)

    low, high = bracketed.bracket(closure, samples, y.sum())
    ends = np.full(3, low), np.full(3, high), np.full(3, high)
    x, used = bracketed.bracketed_newton(
        counted, lambda η: closure.excess(η, samples), *(ends if arrays else (low, high, high))
    )
    assert used <= 12
    z, _ = closure.excess(np.exp(x), samples)
    assert counted(np.exp(x))[0] == pytest.approx(z, rel=1e-12)


def test_the_estimated_error_is_ten_residuals_of_eight_eps_at_least():
    eps = 2.0**-52
    assert bracketed.estimated_error(0.0, 3.0, eps) == 10 * 8 * eps * 3
    assert bracketed.estimated_error(9 * eps, 3.0, eps) == 10 * 9 * eps * 3
    assert bracketed.estimated_error(7 * eps, 1.0, eps) == 10 * 8 * eps
