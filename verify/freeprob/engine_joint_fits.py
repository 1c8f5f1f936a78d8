"""The error of connected fits by the engine: a witness independent of their joint equations.

The input is the definition of the fits: each is Q_t Σ_k X_kᵀ y_k with Q_t = (Σ_k a_k X_kᵀX_k/n + λ)⁻¹, or
S(Sᵀ(…)S + λ)⁻¹Sᵀ, and labels are the truth, or earlier fits, plus noise.
"""

import math
from typing import Any

import numpy as np
import sympy

from ...numerics.freeprob import compile
from ...theory import Problem
from ...theory.freeprob import derive
from ...theory.freeprob.expressions.expression import Deterministic, Gaussian, Matrix, identity
from ...theory.freeprob.expressions.traces import trace
from ...theory.freeprob.symbols.space_dimensions import dimensions
from ...theory.specification.joint_problem import JointProblem

__all__ = ["engine_contributions", "engine_error", "jointly_derivable"]


def jointly_derivable(problem: Problem) -> bool:
    """Whether :func:`engine_contributions` covers the fits of a problem that are connected."""
    if not problem.connected:
        return False
    sources = [source for fit in problem.stages.problems for source in fit.sources]
    frame = JointProblem(problem.stages).problem.frame
    return (
        all(fit.ridge > 0 and fit.model.joins_stages for fit in problem.stages.problems)
        and all(source.active and source.shift is None and source.gain == 1 for source in sources)
        and frame.independent is not None
        and bool((frame.multiplicities == np.round(frame.multiplicities)).all())
    )


def engine_error(problem: Problem) -> float:
    """The error of the last fit: its contributions together."""
    return math.fsum(engine_contributions(problem).values())


def engine_contributions(problem: Problem) -> dict[str, float]:
    """The error of the last fit: the part of the truth, as "truth", and of each noise by its name.

    For linear models and random projections, positive ridges, a random or fixed signal, labels without
    shifts, and covariances that are diagonal together.

    >>> from detequiv import Source, predict
    >>> real = Source(30, [1.0, 0.5] * 20, noise_variance=0.5)
    >>> generator = Problem(signal=1 / 40, sources=[real], ridge=0.2)
    >>> mix = Problem(signal=1 / 40, ridge=0.1, sources=[real, Source(20, [1.0, 0.5] * 20, labels=generator)])
    >>> abs(sum(engine_contributions(mix).values()) / predict(mix).error - 1) < 1e-10
    True
    """
    fits = _Fits(problem)
    found = {"truth": fits.value(fits.truth_part())}
    for name, variance in fits.noises().items():
        found[name] = variance * fits.value(fits.noise_part(name))
    return found


class _Fits:
    """The random matrices of a problem, and numbers for their letters."""

    def __init__(self, problem: Problem) -> None:
        self.graph = problem.stages
        joint = JointProblem(self.graph).problem
        *self._covariances, self._target = joint.frame.covariances
        self._moment = joint.frame.truths[0].alone()
        self.d = dimensions("d")
        self.values: dict[Any, Any] = {self.d: int(problem.d)}
        self._repeats = joint.frame.multiplicities.astype(int)
        self.grams = [self._gram(k) for k in range(len(self.graph.counts))]
        self._projections: dict[str, Matrix] = {}
        self.operators = [self._operator(t) for t in range(len(self.graph.problems))]

    def _letter(self, name: str, row: Any) -> Matrix:
        letter = Deterministic(self.d, name)
        self.values[letter] = np.repeat(np.broadcast_to(row, self._repeats.shape), self._repeats)
        return letter

    def _scalar(self, name: str, value: float) -> sympy.Symbol:
        symbol = sympy.Symbol(name, positive=True)
        self.values[symbol] = value
        return symbol

    def _covariance(self, Σ: Any) -> Matrix:
        """One letter for each different covariance."""
        every = [*self._covariances, self._target]
        first = next(i for i, other in enumerate(every) if other is Σ)
        return self._letter(f"Sigma{first + 1}", Σ)

    def _gram(self, k: int) -> Matrix:
        """X_kᵀX_k/n_k."""
        n = dimensions(f"n{k + 1}")
        self.values[n] = self.graph.counts[k]
        Σ = self._covariance(self._covariances[k])
        X = Gaussian(n, self.d, f"X{k + 1}", variance=1 / n, column_covariance=Σ)
        gram: Matrix = X.T @ X
        return gram

    def _loads(self, t: int) -> list[tuple[Any, sympy.Symbol]]:
        """Each labelling of fit t with the weight of its set's gram, a n_k/n."""
        fit, counts = self.graph.problems[t], self.graph.counts
        return [
            (x, self._scalar(f"a{t + 1}{i + 1}", x.source.weight * counts[x.inputs] / fit.n))
            for i, x in enumerate(self.graph.labellings[t])
        ]

    def _operator(self, t: int) -> Matrix:
        """Q_t."""
        fit = self.graph.problems[t]
        λ = self._scalar(f"lam{t + 1}", fit.ridge)
        total = sum((a * self.grams[x.inputs] for x, a in self._loads(t)[1:]), self._first(t))
        if fit.model.width is None:
            operator: Matrix = (total + λ * identity(self.d)).inv()
            return operator
        m, S = self._projection(t)
        operator = S @ (S.T @ total @ S + λ * identity(m)).inv() @ S.T
        return operator

    def _first(self, t: int) -> Matrix:
        x, a = self._loads(t)[0]
        first: Matrix = a * self.grams[x.inputs]
        return first

    def _projection(self, t: int) -> tuple[Any, Matrix]:
        fit, name = self.graph.problems[t], self.graph.draw_of(t)
        place = sorted({self.graph.draw_of(s) for s in range(t + 1)}).index(name) + 1
        m = dimensions(f"m{place}")
        self.values[m] = fit.model.width
        s2 = self._scalar(f"s{place}", float(fit.entry_variance or 0.0))
        if name not in self._projections:
            self._projections[name] = Gaussian(self.d, m, f"S{place}", variance=s2)
        return m, self._projections[name]

    def _fitted(self, source_term: Any) -> Matrix | None:
        """The last fit as an operator on what enters by source_term(labelling, weight), None for nothing."""
        fitted: list[Matrix | None] = []
        for t, Q in enumerate(self.operators):
            entering: list[Matrix] = []
            for x, a in self._loads(t):
                own = source_term(x, a)
                entering += [] if own is None else [own]
                if x.labeller is not None and fitted[x.labeller] is not None:
                    entering.append(a * self.grams[x.inputs] @ fitted[x.labeller])
            fitted.append(Q @ sum(entering[1:], entering[0]) if entering else None)
        return fitted[-1]

    def truth_part(self) -> sympy.Expr:
        """tr (W − 1)ᵀΣ_t(W − 1)Γ, where W w is the mean fit."""
        W = self._fitted(lambda x, a: a * self.grams[x.inputs] if x.labeller is None else None)
        assert W is not None and self._moment is not None
        left = W - identity(self.d)
        Γ = self._letter("Gamma", self._moment[1])
        return trace(left.T @ self._covariance(self._target) @ left @ Γ)

    def noises(self) -> dict[str, float]:
        """The variances of the noises."""
        labellings = (x for row in self.graph.labellings for x in row)
        return {x.noise: x.source.noise_variance for x in labellings if x.source.noise_variance}

    def noise_part(self, name: str) -> sympy.Expr:
        """Of a noise of variance 1: Σ_k tr Σ_t N_k (X_kᵀX_k/n_k) N_kᵀ/n_k, over the sets that it is on."""
        sets = {x.inputs for row in self.graph.labellings for x in row if x.noise == name}
        parts = [self._noise_on(name, k) for k in sorted(sets)]
        return sum(parts[1:], parts[0])

    def _noise_on(self, name: str, k: int) -> sympy.Expr:
        one = identity(self.d)
        N = self._fitted(lambda x, a: a * one if x.noise == name and x.inputs == k else None)
        assert N is not None
        n = dimensions(f"n{k + 1}")
        return trace(N.T @ self._covariance(self._target) @ N @ self.grams[k]) / n

    def value(self, expression: sympy.Expr) -> float:
        """Its value, by the equations that the engine derives."""
        return float(compile(derive(expression))(self.values))
