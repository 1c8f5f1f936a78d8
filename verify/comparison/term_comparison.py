"""A prediction compared with a finished simulation."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from ...theory import Problem, SpecError
from ...theory.base.arrays import Array
from ...theory.base.renamed_arguments import accepts_old_names
from ...theory.base.wording import enumerated
from ..simulators.simulation import TERMS, Simulation
from .agreement import Agreement, TermAgreement
from .evidence import checked_flag, problem_degeneracies, repeats
from .intervals import Mean, interval
from .tolerance import checked_alpha, chosen_tolerance, finite_terms

__all__ = ["Predicted", "compare", "compare_mean", "compare_means"]


class Predicted(Protocol):
    """The interface of a theory that :func:`compare` accepts: the terms and their problem."""

    @property
    def problem(self) -> Problem: ...
    @property
    def error(self) -> float: ...
    @property
    def bias(self) -> float: ...
    @property
    def variance(self) -> float: ...
    @property
    def collapse(self) -> float: ...


@accepts_old_names(tolerance="band")
def compare(
    theory: Predicted,
    simulation: Simulation,
    *,
    tolerance: Any = None,
    alpha: float = 0.01,
    deterministic: bool = False,
) -> Agreement:
    """Compare a prediction with a simulation of the same problem, term by term.

    Parameters
    ----------
    theory : Prediction or object
        A :class:`Prediction`, or any object with error, bias, variance, collapse and the problem.
    simulation : Simulation
        A simulation of the same problem.
    tolerance : float, Extrapolation or None
        Half-width of what counts as agreement, in labels squared, the same for every term: the
        finite-size error of the theory, never an allowance for noise. An :class:`Extrapolation`
        stands for its ``finite_size_tolerance``. None takes the larger of 2% of the predicted error
        and twice ``approximation_error``; the second is larger if a prediction's status is
        ``approximate``. The sentence of the result states which.
    alpha : float
        One minus the joint confidence level of the intervals: with probability alpha at most, any of
        them misses the mean that it is for. A verdict that theory and simulation agree or disagree is
        therefore false with probability alpha at most; "undecided" has no such bound. Alpha is split
        evenly over the terms that are compared (Bonferroni).
    deterministic : bool
        True accepts identical samples. Otherwise they leave a term undecided, unless the problem
        makes it constant, such as variance without noise.

    Returns
    -------
    Agreement
        With ``verdict`` and ``terms``; prints as a table.

    Raises
    ------
    SpecError
        Different problems, a term that is NaN, no finite term, a tolerance that is not positive,
        alpha outside (0, 1), ``deterministic`` neither True nor False.

    See Also
    --------
    assert_agrees : simulates until the comparison is decided.
    extrapolate : measures the finite-size error, for a tolerance.

    Notes
    -----
    The trials must be independent; those of :func:`simulate` are. Dependence is detected only if
    samples are identical or periodic; the term is then undecided. The intervals are Hall's,
    corrected for skewness.

    Terms that are predicted to be infinite are left out, and the sentence names them; if the error is
    among them, the default tolerance is a share of the sum of the finite terms.

    Examples
    --------
    >>> import detequiv as de
    >>> problem = de.Problem(signal=0.05, sources=[de.Source(40, de.isotropic(20))], ridge=1.0)
    >>> agreement = de.compare(de.predict(problem), de.simulate(problem, trials=50), tolerance=0.02)
    >>> print(agreement.verdict)
    agrees
    """
    _check(theory, simulation)
    predicted, left_out = finite_terms(theory)
    width, origin = chosen_tolerance(tolerance, predicted, theory)
    share = checked_alpha(alpha) / len(predicted)
    samples = {name: getattr(simulation.samples, name) for name in TERMS}
    degeneracies = problem_degeneracies(
        simulation.problem, samples, deterministic=checked_flag(deterministic)
    )
    terms = compare_means(predicted, samples, degeneracies, tolerance=width, alpha=share)
    return Agreement(
        terms=terms,
        alpha=alpha,
        tolerance=width,
        tolerance_origin=origin,
        trials=simulation.trials,
        seed=simulation.seed,
        left_out=left_out,
        notes=tuple(getattr(theory, "notes", ())),
        problem=simulation.problem,
    )


def _check(theory: Predicted, simulation: Simulation) -> None:
    expected = ("problem", *TERMS)
    predicted = all(hasattr(theory, name) for name in expected)
    if not predicted or isinstance(theory, Simulation) or not isinstance(simulation, Simulation):
        raise SpecError(
            f"compare takes a prediction and then a simulation; got {type(theory).__name__} and "
            f"{type(simulation).__name__}. Write compare(predict(problem), simulate(problem, ...))."
        )
    if theory.problem != simulation.problem:
        differing = [
            field.name
            for field in dataclasses.fields(Problem)
            if not np.array_equal(
                getattr(theory.problem, field.name), getattr(simulation.problem, field.name)
            )
        ]
        raise SpecError(
            f"theory and simulation are of different problems: they differ in "
            f"{enumerated(differing)}. Compare with predict(simulation.problem)."
        )


def compare_means(
    predicted: Mapping[str, float],
    samples: Mapping[str, Array],
    degeneracies: Mapping[str, str],
    *,
    tolerance: float,
    alpha: float,
) -> tuple[TermAgreement, ...]:
    """Compare every predicted term with its samples; degeneracies : reasons by term, if any."""
    terms = (
        compare_mean(name, value, samples[name], tolerance=tolerance, alpha=alpha)
        for name, value in predicted.items()
    )
    return tuple(
        dataclasses.replace(
            term, no_evidence=degeneracies.get(term.name, ""), repeats=repeats(samples[term.name])
        )
        for term in terms
    )


def compare_mean(
    name: str, predicted: float, samples: Array, *, tolerance: float, alpha: float
) -> TermAgreement:
    """Compare one number with the mean of one sample, by Hall's interval at level alpha.

    A constant sample has an interval of width 0; the caller decides whether it is degenerate
    (``evidence``).

    >>> print(compare_mean("error", 1.0, np.array([1.0, 1.1, 0.9]), tolerance=0.5, alpha=0.05).verdict)
    agrees
    """
    mean = Mean.of(samples)
    low, high = interval(mean, alpha)
    return TermAgreement(
        name, predicted, mean.mean, mean.stderr, low, high, tolerance, mean.skewness, mean.trials
    )
