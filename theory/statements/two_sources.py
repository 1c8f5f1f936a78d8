"""The letters of Propositions 1 to 4 of *Strong Model Collapse* (arXiv 2410.04840, version 2).

Two sources with covariances that need not commute, and the products of such operators, diagonal or
dense.
"""

import dataclasses
import functools
import operator

import numpy as np

from ..base.arrays import Array, MomentNumbers, Operator
from ..base.errors import SpecError
from ..specification.problem import Problem

__all__ = ["Setting", "inverse", "plus", "product"]


@dataclasses.dataclass(frozen=True)
class Setting:
    """The letters of the problem; operators are (p,) diagonals, or (p, p) where one is dense.

    p, noises : (2,); Σ : two operators; multiplicities : (p,).
    """

    p: Array
    noises: Array
    n: int
    λ: float
    Σ: tuple[Operator, ...]
    Σt: Operator
    Γ: Operator
    Δ: Operator
    multiplicities: Array

    @classmethod
    def of(cls, problem: Problem, subject: str) -> "Setting":
        """Of a problem that the subject, the name of a function, is about; refused otherwise."""
        _check(problem, subject)
        frame = problem.frame
        like = frame.covariances[0]
        moments = dict(filter(None, (part.alone() for part in frame.truths)))
        return cls(
            p=np.array(problem.fractions),
            noises=np.array([source.noise_variance for source in problem.sources]),
            n=problem.n,
            λ=problem.ridge,
            Σ=frame.covariances[:2],
            Σt=frame.covariances[2],
            Γ=_operator(moments[None], like),
            Δ=_operator(moments.get(1, 0.0), like),
            multiplicities=frame.multiplicities,
        )

    def load(self, factors: Array) -> Operator:
        """Σ_k p_k factors_k Σ_k."""
        first, second = self.p * factors
        return first * self.Σ[0] + second * self.Σ[1]

    def trace(self, *factors: Operator) -> float:
        """The trace of the product."""
        A = product(*factors)
        return float(np.trace(A) if A.ndim == 2 else self.multiplicities @ A)


def product(*factors: Operator) -> Operator:
    times = operator.matmul if factors[0].ndim == 2 else operator.mul
    return functools.reduce(times, factors)


def plus(A: Operator, scalar: float) -> Operator:
    """A + scalar·I."""
    return A + scalar * (np.eye(len(A)) if A.ndim == 2 else 1)


def inverse(A: Operator, scalar: float) -> Operator:
    """(A + scalar·I)⁻¹; where that does not exist, the inverse on the range."""
    total = plus(A, scalar)
    if A.ndim == 2:
        return np.linalg.inv(total) if scalar else np.linalg.pinv(total, hermitian=True)
    return np.divide(1, total, out=np.zeros_like(total), where=total > 0)


def _operator(moment: MomentNumbers, like: Operator) -> Operator:
    """A moment, (p,), (p, p) or a scalar, of the same kind as the covariances."""
    values = np.asarray(moment, dtype=float)
    if values.ndim == 0:
        values = np.full(len(like), values)
    return np.diag(values) if values.ndim < like.ndim else values


def _check(problem: Problem, subject: str) -> None:
    sources = problem.sources
    if len(sources) != 2:
        raise SpecError(
            f"{subject} is about two sources, real and synthetic; got {len(sources)}. predict "
            f"takes any number."
        )
    gains = [source.label_gain for source in sources]
    if gains != [1, 1]:
        raise SpecError(
            f"{subject} is about sources without gain; got {gains[0]:g} and {gains[1]:g}. predict "
            f"takes gains."
        )
    if np.any(sources[0].label_shift):  # type: ignore[arg-type]
        raise SpecError(
            f"in {subject} the first source has the target's truth and only the second one a "
            f"shift; got a shift of the first. Put the real data first; predict takes other "
            f"truths."
        )
    if not all(part.random and part.alone() for part in problem.frame.truths):
        raise SpecError(
            f"{subject} is about random truths; got fixed ones or joint moments. predict takes them."
        )
