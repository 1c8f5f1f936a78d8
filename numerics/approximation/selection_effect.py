"""What a selection adds to the error at finite size, beyond a Gaussian source of the same moments.

Let F be the predicted error as a function of the second moments T = E (u, y)(u, y)ᵀ of kept scores and label,
Ω the covariance of (u, y)(u, y)ᵀ of one kept sample, Ω_G that of a Gaussian (u, y) with these moments. A fit
sees the selection by the mean of n such products alone, and n is binomial, so that

    E error − F = (1/2n) tr F″ (Ω − Ω_G) + ½ F_nn N p (1 − p) + o(1/n)

on top of what the Gaussian source has. Derivatives are taken by differences.

Regime: light tails. With heavy ones (cubic labels) sign and order are right, and the value is too large
below n = 100 or so.
Source: our own derivation.
"""

import dataclasses
import itertools
from collections.abc import Iterator

import numpy as np

from ...theory.base.arrays import Array
from ...theory.base.errors import SolveError
from ...theory.data.effective_covariances import applied, updated
from ...theory.data.source import Source
from ...theory.selection.selected_moments import SelectedMoments, selected_moments
from ...theory.selection.selection import Selection
from ...theory.specification.problem import Problem
from ..solver.error_evaluation import Evaluation, evaluate
from ..solver.precision_choice import solve_problem
from ..solver.ridgeless_limit import limit

__all__ = ["selection_effect"]

STEP = 1e-3
"""Of differences, relative to the size of T: F is known to 1e-14, so that F″ is to 1e-7."""

FEWER = 0.05
"""The change of n, relative to n."""

LEAST = 1e-12
"""Curvatures of Ω − Ω_G below this, relative to Ω, are rounding."""


def selection_effect(problem: Problem) -> float:
    """The sum over selections, in labels squared; NaN where a neighbouring problem cannot be solved."""
    selections = [(k, s) for k, s in enumerate(problem.sources) if isinstance(s, Selection)]
    try:
        return sum(_effect(problem, k, s) for k, s in selections if s.active and not s.fits)
    except (SolveError, ArithmeticError):
        return float("nan")


def _effect(problem: Problem, k: int, selection: Selection) -> float:
    moments = selected_moments(selection.law, selection.keep, selection.inputs, degree=4)
    n, T = selection.n, moments.joint_second_moment

    def error(T: Array, n: int) -> float:
        return _error(problem, k, selection, moments, T, n)

    here = error(T, n)
    h = STEP * np.abs(T).max()
    total = 0.0
    for curvature, e in _directions(moments):
        second = (error(T + h * e, n) - 2 * here + error(T - h * e, n)) / h**2
        total += curvature * second / (2 * n)
    step = max(1, round(FEWER * n))
    if n > step and selection.kept < 1:
        second = (error(T, n + step) - 2 * here + error(T, n - step)) / step**2
        total += 0.5 * second * selection.draws * selection.kept * (1 - selection.kept)
    return total


def _directions(moments: SelectedMoments) -> Iterator[tuple[float, Array]]:
    """Eigenvalues and eigenvectors of Ω − Ω_G, symmetric matrices of norm 1."""
    Ω, T = moments.product_covariance, moments.joint_second_moment
    Ω_G = np.einsum("ik,jl->ijkl", T, T) + np.einsum("il,jk->ijkl", T, T)
    basis = []
    for i, j in itertools.combinations_with_replacement(range(len(T)), 2):
        e = np.zeros_like(T)
        e[i, j] = e[j, i] = 1.0 if i == j else np.sqrt(0.5)
        basis.append(e)
    E = np.array(basis)
    D = np.einsum("aij,ijkl,bkl->ab", E, Ω - Ω_G, E)
    values, vectors = np.linalg.eigh(D)
    least = LEAST * np.abs(Ω).max()
    for value, vector in zip(values, vectors.T, strict=True):
        if abs(value) > least:
            yield float(value), np.tensordot(vector, E, 1)


def _error(
    problem: Problem, k: int, selection: Selection, moments: SelectedMoments, T: Array, n: int
) -> float:
    """F at other moments. It is affine in the noise, which may be negative there."""
    M, b, v = T[:-1, :-1], T[:-1, -1], T[-1, -1]
    truth = np.linalg.solve(M, b)
    spread = applied(selection.inputs, moments.basis)
    source = Source(
        n,
        updated(selection.inputs, spread, M - np.eye(len(M))),
        noise_variance=1.0,
        truth=moments.basis @ truth,
        weight=selection.weight,
    )
    sources = [*problem.sources[:k], source, *problem.sources[k + 1 :]]
    values = _evaluated(dataclasses.replace(problem, sources=sources, target=problem.tested))
    variance = values.variance[:, -1]
    return float(values.labels[:, -1].sum() + variance.sum() + (v - b @ truth - 1.0) * variance[k])


def _evaluated(problem: Problem) -> Evaluation:
    return limit(problem, None).values if problem.ridge == 0 else evaluate(solve_problem(problem, None))
