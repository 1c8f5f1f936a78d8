"""From a problem to its predicted errors."""

import dataclasses
import math
from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np

from ...theory.base.accepted_values import Count
from ...theory.base.arrays import Number, Numbers
from ...theory.base.errors import SolveError, SpecError
from ...theory.base.validation import count
from ...theory.specification.problem import Problem, checked_problem
from ...theory.statements.fixed_point import FixedPoint
from ..approximation.approximation_error import Approximation, Estimate, approximation
from ..fitted_directions.replicas import with_fixed_vectors
from ..joint_fits.joint_numbers import fit_problem
from ..solver.arithmetic import DOUBLE, in_digits
from ..solver.error_evaluation import Evaluation, evaluate, sums
from ..solver.precision_choice import PROMISED as PROMISED
from ..solver.precision_choice import Solved, solve_problem
from ..solver.ridgeless_limit import limit
from ..solver.unit_scaling import uses_given_matrices
from .centred_samples import predict_centred
from .divergence import diverges
from .fitted_labels import predict_connected
from .prediction import Prediction, SourcePrediction
from .untrained import predict_untrained

__all__ = ["effective_ridge", "fixed_point", "predict"]

ROUGH = 1e-8
"""Estimated error above which there is a note."""

MOST_DEFERRED = 4096
"""Number of eigenvalues up to which the finite-size error is estimated on first access."""


def predict(problem: Problem, *, digits: "Count | None" = None) -> Prediction:
    """Predict the test error and its three terms by the deterministic equivalent.

    Parameters
    ----------
    problem : Problem
        The problem.
    digits : int or None
        The number of significant digits of the results, which are mpmath numbers then. None returns
        floats; where double precision cannot hold the answer, more digits are used internally, and a
        note says so.

    Returns
    -------
    Prediction
        With ``error``, its terms, and the errors on each source. ``fixed_point`` describes the
        solution, ``approximation_error`` the estimated accuracy of the theory at this size.

    Raises
    ------
    SpecError
        ``problem`` is not a Problem, or digits is not a positive integer.
    SolveError
        No point satisfies the equations to the promised accuracy, or a result exceeds the range of
        double precision.

    See Also
    --------
    sweep : predicts over a grid.
    simulate : measures the same error on random data.

    Notes
    -----
    The theory is exact as n, d and the width tend to infinity in proportion, and its first
    correction is known: ``approximation_error`` estimates the relative difference between simulated
    and predicted errors. The difference is largest near the interpolation threshold
    min(n, d) = width, for narrow widths, and for random features with many more samples or features
    than dimensions. Above 4 % the status is ``approximate``.

    ridge = 0 is the limit λ → 0, the minimum-norm solution. Terms that diverge there are ``inf``,
    the status is ``diverges``, and a note gives the reason.

    If covariances are matrices, the last bits depend on the number of BLAS threads, by less than the
    estimated error; inside ``with one_thread():`` they do not.

    References
    ----------
    arXiv 2410.04840 v2, Propositions 1 to 4, for any number of sources.

    Examples
    --------
    >>> from detequiv import Problem, RandomProjection, Source, label_shift, power_law, predict
    >>> s = power_law(600, 1.0, trace=1.0)
    >>> real = Source(300, s, noise_variance=0.01)
    >>> synthetic = Source(200, s, noise_variance=0.01, shift=label_shift(s, 1.0))
    >>> mix = Problem(signal=1.0, sources=[real, synthetic], ridge=1e-8,
    ...               model=RandomProjection(100))
    >>> round(predict(mix).error, 3), round(predict(mix).collapse, 3)
    (0.642, 0.12)
    """
    checked_problem(problem)
    if digits is not None:
        digits = count(digits, "digits", 1, "It is the number of significant digits.")
    if not any(source.active for source in problem.sources):
        return predict_untrained(problem)
    if problem.intercept:
        return predict_centred(problem, digits, predict)
    if problem.selecting_fits:
        return predict_with_fits(problem, digits)
    if problem.connected:
        return predict_connected(problem, digits, predict, fixed_point)
    return _prediction(_Outcome.of(problem, digits))


@dataclasses.dataclass(frozen=True)
class _Outcome:
    """The numbers of a prediction, how they were solved for, and the kind of numbers to give."""

    problem: Problem
    values: Evaluation
    sums: dict[str, Numbers]
    solved: Solved
    estimated_error: Number
    digits: int | None

    @classmethod
    def of(cls, problem: Problem, digits: int | None) -> "_Outcome":
        """By the equations at the problem's ridge, or by their limit where it is 0."""
        if problem.ridge == 0:
            found = limit(problem, digits)
            return cls(problem, found.values, found.sums, found.solved, found.estimated_error, digits)
        done = solve_problem(problem, digits)
        values = evaluate(done)
        return cls(problem, values, sums(values), done, done.root.estimated_error, digits)

    def plain(self, values: Iterable[Number]) -> list[Number]:
        """Python floats, or mpmath numbers where digits were asked for; finite but at ridge 0."""
        numbers = [self._number(value) for value in values]
        if self.problem.ridge and not all(abs(value) < math.inf for value in numbers):
            raise SolveError(
                "a term of this prediction exceeds the range of double precision (1e308); change the "
                "units of the problem, or pass digits=16 for an mpmath number."
            )
        return numbers

    def _number(self, value: Number) -> Number:
        return float(value) if self.digits is None else in_digits(self.digits).rounded(value)

    def errors(self) -> list[Number]:
        """(K + 1,) errors on fresh data, noise excluded."""
        return self.plain(self.sums["labels"] + self.sums["variance"])

    def term(self, name: str) -> Number:
        """One of the terms at the target."""
        return self.plain(self.sums[name][-1:])[0]

    def training(self) -> list[Number]:
        """(K,) noisy errors on the samples of the sources."""
        return self.plain(self.sums["training"])

    def point(self) -> FixedPoint:
        """The solved point in the units of the problem."""
        mixture, root = self.solved.scaled.mixture, self.solved.root
        kinds = mixture.covariance_of[:-1][mixture.group >= 0]
        _, θ, *_ = self.values.point  # infinite for features without a linear part
        finite = np.delete(self.values.point, 1)
        κ, df1, df2, left, spare, *degrees = self.plain(finite)
        θ = self._number(θ)
        return FixedPoint(
            kappa=κ,
            f=tuple(map(self._number, self.values.f)),  # may exceed the range of doubles
            df1=df1,
            df2=df2,
            samples_left=left,
            width_left=None if self.problem.model.width is None else spare,
            degrees_left=min(degrees),
            effective_ridge=θ if (kinds == kinds[0]).all() else None,
            residual=root.residual,
            estimated_error=max(float(self.estimated_error), 4 * DOUBLE.eps if self.digits is None else 0.0),
            iterations=root.iterations,
            digits=self.solved.working,
        )

    def approximation(self, error: Number) -> Approximation:
        """The estimated error of the theory itself; error : the predicted error."""
        return approximation(self.problem, self.solved, self.values, error)

    def notes(self) -> Iterator[str]:
        """Sentences on how the problem was solved."""
        working = self.solved.working
        if self.digits is None and working > DOUBLE.digits:
            yield f"Double precision cannot hold this answer: {working} digits were used."
        frame = self.problem.frame
        if (
            self.digits
            and frame.diagonal
            and frame.basis is not None
            and not uses_given_matrices(self.problem)
        ):
            yield (
                "The covariances were diagonalised in double precision: about 15 of these digits are "
                "those of the problem, the others those of the diagonalised one."
            )
        if self.estimated_error > ROUGH:
            yield (
                f"The covariances are matrices with eigenvalues near rounding: the terms are accurate to "
                f"about {float(self.estimated_error):.0e} only. If the covariances commute, pass their "
                f"eigenvalues."
            )


def effective_ridge(problem: Problem) -> float:
    """The effective ridge θ, by which training shrinks the signal: Σ(Σ + θ)⁻¹.

    Parameters
    ----------
    problem : Problem
        Its fitted sources must have one covariance.

    Returns
    -------
    float
        θ = 1/Σ_k (n_k/n) f_k, in the units of a covariance.

    Raises
    ------
    SpecError
        Fitted sources with different covariances: then no single number describes the shrinkage.
    SolveError
        As for :func:`predict`.

    Notes
    -----
    It is the κ of Theorem 1 and the θ of Theorem 2 in arXiv 2410.04840 v2.

    Examples
    --------
    >>> from detequiv import Problem, Source, effective_ridge, isotropic
    >>> λ = 0.75 * 1.0                        # isotropic, d/n = 1/2: λ = κ (κ + 1/2)/(κ + 1)
    >>> mix = Problem(signal=1.0, sources=[Source(200, isotropic(100))], ridge=λ)
    >>> round(effective_ridge(mix), 12)
    1.0
    """
    θ = fixed_point(problem).effective_ridge
    if θ is None:
        raise SpecError(
            "the effective ridge needs one covariance, but the fitted sources have different ones; use "
            "κ and f_k of predict(problem).fixed_point."
        )
    return θ


def fixed_point(problem: Problem) -> FixedPoint:
    """The solved point of the master equations, without the errors.

    Raises what :func:`predict` raises, except for errors that exceed the range.
    """
    checked_problem(problem)
    if not any(source.active for source in problem.sources):
        return predict_untrained(problem).fixed_point
    if problem.intercept:
        return fixed_point(problem.centring.problem)
    if problem.selecting_fits:
        return fixed_point(with_fixed_vectors(problem))
    if problem.connected:
        graph = problem.stages
        return fixed_point(fit_problem(graph, len(graph.problems) - 1))
    return _Outcome.of(problem, None).point()


def predict_with_fits(problem: Problem, digits: int | None) -> Prediction:
    """The prediction where trained models label or select samples."""
    found = predict(with_fixed_vectors(problem), digits=digits)
    return dataclasses.replace(found, problem=problem)


def _prediction(outcome: _Outcome) -> Prediction:
    problem = outcome.problem
    fresh, trained, point = outcome.errors(), outcome.training(), outcome.point()
    noise = outcome.plain(outcome.values.noise)
    terms = {name: outcome.term(name) for name in ("bias", "variance", "collapse")}
    infinite = [name for name, value in terms.items() if not abs(value) < math.inf]
    elsewhere = [f"error on source {k}" for k, x in enumerate(fresh[:-1]) if abs(x) == math.inf]
    diverging = (diverges(problem, infinite or elsewhere),) if infinite or elsewhere else ()
    return Prediction(
        problem=problem,
        error=fresh[-1],
        bias=terms["bias"],
        variance=terms["variance"],
        collapse=terms["collapse"],
        null_error=outcome.plain([outcome.values.null])[0],
        sources=tuple(
            SourcePrediction(fresh[k], fresh[k] + noise[k], trained[k] if source.n else None)
            for k, source in enumerate(problem.sources)
        ),
        fixed_point=point,
        estimate=_estimate(outcome, fresh[-1]),
        remarks=(*outcome.notes(), *diverging),
    )


def _estimate(outcome: _Outcome, error: Number) -> Estimate:
    """Deferred, unless the prediction would have to keep large arrays for it."""
    estimate = Estimate(partial(outcome.approximation, error))
    frame = outcome.problem.frame
    light = frame.diagonal or frame.low_rank
    if not light or len(frame.multiplicities) > MOST_DEFERRED:
        return estimate.evaluated()
    return estimate
