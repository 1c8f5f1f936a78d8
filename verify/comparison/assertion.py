"""Fail the build when simulation and theory disagree: interim looks, and two exceptions."""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np

from ...theory import Problem, SpecError
from ...theory.base.renamed_arguments import accepts_old_names
from ...theory.base.validation import count, real
from ...theory.base.wording import short_repr
from ..simulators.simulation import TERMS, Simulation
from ..simulators.trial_seeds import DEFAULT_SEED, RNG, Root, Seed, root_seed
from .agreement import Agreement, Verdict
from .alpha_spending import levels, looks
from .evidence import checked_flag, problem_degeneracies
from .growing_samples import FunctionTrials, GivenSamples, ProblemTrials, Trials
from .term_comparison import compare_means
from .tolerance import checked_alpha, chosen_tolerance, finite_terms

__all__ = ["DisagreementError", "UndecidedError", "assert_agrees", "run_agreement_test"]

DEFAULT_TRIALS = 2048
"""Default of the largest number of trials."""


class _AgreementError(AssertionError):
    """An error with the :class:`Agreement` that caused it; both survive pickling."""

    def __init__(self, message: str, agreement: Agreement) -> None:
        super().__init__(message)
        self.agreement = agreement

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.agreement), self.__dict__


class DisagreementError(_AgreementError):
    """Theory and simulation disagree.

    Attributes
    ----------
    agreement : Agreement
        The comparison.
    """


class UndecidedError(_AgreementError):
    """The allowed number of trials does not decide whether theory and simulation agree.

    Attributes
    ----------
    agreement : Agreement
        The comparison; its ``trials_needed`` estimates how many trials would decide.
    """


@accepts_old_names(tolerance="band")
def assert_agrees(
    problem: Problem | None = None,
    *,
    theory: Any = None,
    simulation: Any = None,
    tolerance: Any = None,
    alpha: float = 0.01,
    trials: int = DEFAULT_TRIALS,
    seed: Seed = DEFAULT_SEED,
    rng: RNG | None = None,
    deterministic: bool = False,
) -> Agreement:
    """Compare theory with simulation, and raise an AssertionError unless they agree.

    The simulation is examined after 128, 256, 512, … trials, and stops as soon as the comparison is
    decided. The claim is that the expected simulation differs from theory by at most the tolerance, for
    every term. A disagreement is simulated again on fresh seeds, and reported only if it occurs there too.

    Parameters
    ----------
    problem : Problem or None
        Predicted and simulated by this library, unless theory or simulation is passed.
    theory : float, object or None
        The predicted error; or an object with bias, variance and collapse (and error, else their
        sum), such as a :class:`Prediction` or ``theorem_2_as_printed(problem)``.
    simulation : callable, array_like, Simulation or None
        A function f(rng) → float that is called once a trial with a numpy Generator of its own. Or
        (trials,) samples, or a :class:`Simulation`: then there is one look, at all of them, and no
        confirmation on fresh seeds. Required if there is a theory but no problem.
    tolerance : float, Extrapolation or None
        Half-width of what counts as agreement, in labels squared. None takes the default of
        :func:`compare`; required if there is no problem.
    alpha : float
        Upper bound of the probability that the verdict of this call, agrees or disagrees, is false:
        one minus the joint confidence level of its intervals, at all looks and for all terms.
    trials : int
        The largest number of trials that may be run.
    seed : int or tuple of int
        The root seed (default: 0); trial i draws from child i of it.
    rng : int, SeedSequence, BitGenerator, Generator or None
        The source of the root seed, in place of ``seed``; see the notes of :func:`simulate`.
    deterministic : bool
        True declares that the simulation is meant to return the same number in every trial;
        identical samples then count as its mean. Otherwise they are accepted only from detequiv's
        own simulation if the problem makes a term constant (no noise, no shift).

    Returns
    -------
    Agreement
        With the verdict "agrees".

    Raises
    ------
    DisagreementError, UndecidedError
        Both are AssertionErrors. The message has the sentence, the table and the call that replays
        the simulation; ``agreement`` is the :class:`Agreement`.
    SpecError
        Neither a problem nor both theory and simulation, no tolerance where one is needed, a
        tolerance that is not positive, samples that are not finite, ``deterministic`` neither True
        nor False, a seed or rng of another type, or both of them, or ``tolerance`` passed twice, the
        second time by its old name ``band``.

    See Also
    --------
    compare : compares a prediction with a finished simulation.
    extrapolate : measures the finite-size error, for a tolerance.

    Notes
    -----
    The trials must be independent: a simulation draws all its randomness from the generator that it
    is passed, and keeps no state between calls. Dependence cannot be detected in general. Three signs
    of it leave the outcome undecided: samples that are identical up to rounding, samples that repeat
    periodically, and trials of a function that are correlated with the previous trial.

    Samples are also identical if no trial has seen a rare event; such an event counts once it was
    seen seven times. If the other trials scatter, an event that no trial has seen goes unnoticed: in
    n trials, one of probability below 1/n. The bound alpha assumes that the variance is finite.

    Examples
    --------
    >>> from detequiv import Problem, Source, assert_agrees, isotropic, theorem_1
    >>> real, synthetic = (Source(40, isotropic(50), shift=shift) for shift in (None, 0.01))
    >>> mix = Problem(signal=0.02, sources=[real, synthetic], ridge=1)
    >>> print(assert_agrees(mix).verdict, assert_agrees(mix, theory=theorem_1(mix)).trials)
    agrees 128
    >>> def estimate(rng):                              # π, by darts
    ...     return 4 * np.mean(np.sum(rng.uniform(-1, 1, (1000, 2)) ** 2, axis=1) < 1)
    >>> print(assert_agrees(theory=3.1416, simulation=estimate, tolerance=0.03).verdict)
    agrees
    """
    agreement = run_agreement_test(
        problem,
        theory=theory,
        simulation=simulation,
        tolerance=tolerance,
        alpha=alpha,
        trials=trials,
        seed=seed,
        rng=rng,
        deterministic=deterministic,
    )
    if agreement.verdict is not Verdict.AGREES:
        _fail(agreement, problem is not None and simulation is None)
    return agreement


def _fail(agreement: Agreement, drawn_by_problem: bool) -> NoReturn:
    text = str(agreement)
    if agreement.seed is not None:
        draws = "simulate(problem, " if drawn_by_problem else "each trial i: f(default_rng(trial_seed("
        end = (
            f"trials={agreement.trials}, seed={agreement.seed})"
            if drawn_by_problem
            else (f"{agreement.seed}, i))), i < {agreement.trials}")
        )
        text += f"\nReplay: {draws}{end}."
    error_type = DisagreementError if agreement.verdict is Verdict.DISAGREES else UndecidedError
    raise error_type(text, agreement)


def run_agreement_test(
    problem: Problem | None = None,
    *,
    theory: Any = None,
    simulation: Any = None,
    tolerance: Any = None,
    alpha: float = 0.01,
    trials: int = DEFAULT_TRIALS,
    seed: Seed = DEFAULT_SEED,
    rng: RNG | None = None,
    deterministic: bool = False,
) -> Agreement:
    """The comparison of :func:`assert_agrees`; returns the :class:`Agreement` whatever the verdict."""
    root, rate = root_seed(seed, rng), checked_alpha(alpha)
    most_trials = count(trials, "trials", 2, "It is the largest number that may be run.")
    _check(problem, theory, simulation, tolerance)
    predicted, left_out, notes = _predicted_terms(problem, theory)
    source = _trials(problem, simulation, root, checked_flag(deterministic))
    if not isinstance(source, ProblemTrials) and not isinstance(simulation, Simulation):
        predicted = _error_alone(predicted)
    width, origin = chosen_tolerance(tolerance, *_tolerance_basis(problem, theory, predicted))
    steps = looks(most_trials) if source.most == math.inf else (int(source.most),)
    settings = {
        "alpha": rate,
        "tolerance": width,
        "tolerance_origin": origin,
        "left_out": left_out,
        "notes": notes,
        "looks": steps,
        "problem": simulation.problem if isinstance(simulation, Simulation) else problem,
    }
    return _look_until_decided(source, predicted, steps, rate, settings)


def _look_until_decided(
    source: Trials,
    predicted: Mapping[str, float],
    steps: tuple[int, ...],
    alpha: float,
    settings: dict[str, Any],
) -> Agreement:
    """Look again with more trials until the verdict is no longer undecided."""
    reseeded = None
    for trials, share in zip(steps, levels(steps, alpha / len(predicted)), strict=True):
        agreement = _look_once(source, predicted, trials, share, settings)
        disagreeing = [t.name for t in agreement.terms if t.verdict is Verdict.DISAGREES]
        if disagreeing:
            reseeded = source.reseeded() if reseeded is None else reseeded
            if reseeded is None:
                return agreement
            confirmation = _look_once(
                reseeded, {name: predicted[name] for name in disagreeing}, trials, share, settings
            )
            agreement = dataclasses.replace(agreement, confirmation=confirmation)
        if agreement.verdict is not Verdict.UNDECIDED:
            return agreement
    return agreement


def _look_once(
    source: Trials, predicted: Mapping[str, float], trials: int, share: float, settings: dict[str, Any]
) -> Agreement:
    samples = source.first_trials(trials)
    degeneracies = source.degeneracies(samples, settings["tolerance"])
    terms = compare_means(predicted, samples, degeneracies, tolerance=settings["tolerance"], alpha=share)
    return Agreement(terms=terms, trials=len(samples["error"]), seed=source.seed, **settings)


def _check(problem: object, theory: object, simulation: object, tolerance: object) -> None:
    if problem is None:
        missing = [
            name
            for name, value in (("theory", theory), ("simulation", simulation), ("tolerance", tolerance))
            if value is None
        ]
        if missing:
            raise SpecError(
                f"without a problem, theory, simulation and tolerance are all needed; {missing[0]} is "
                f"missing. Write assert_agrees(problem), or assert_agrees(theory=0.4, "
                f"simulation=f, tolerance=0.01)."
            )
    elif not isinstance(problem, Problem):
        raise SpecError(
            f"problem must be a Problem; got {short_repr(problem)}. Pass your own number as theory=... "
            f"and your own simulation as simulation=...."
        )


def _predicted_terms(
    problem: Problem | None, theory: Any
) -> tuple[dict[str, float], tuple[tuple[str, float], ...], tuple[str, ...]]:
    """The finite terms, the infinite ones, and the notes of the prediction."""
    if theory is None:
        from ...numerics import predict

        theory = predict(problem)  # type: ignore[arg-type]
    if not all(hasattr(theory, name) for name in TERMS[1:]):
        number = real(
            theory, "theory", "Pass the predicted error, or an object with bias, variance and collapse."
        )
        return {"error": number}, (), ()
    predicted, left_out = finite_terms(theory)
    return predicted, left_out, tuple(getattr(theory, "notes", ()))


def _tolerance_basis(
    problem: Problem | None, theory: Any, predicted: dict[str, float]
) -> tuple[dict[str, float], Any]:
    """The terms and the theory that set the default tolerance: our prediction if there is a problem."""
    if problem is None:
        return predicted, theory
    from ...numerics import predict

    prediction = predict(problem)
    return finite_terms(prediction)[0], prediction


def _error_alone(predicted: dict[str, float]) -> dict[str, float]:
    if "error" not in predicted:
        raise SpecError(
            "the predicted error is infinite, but a simulated mean is always finite; compare a problem "
            "with ridge > 0."
        )
    return {"error": predicted["error"]}


def _trials(problem: Problem | None, simulation: Any, seed: Root, deterministic: bool) -> Trials:
    if simulation is None:
        return ProblemTrials(problem, seed, deterministic)  # type: ignore[arg-type]
    if isinstance(simulation, Simulation):
        return _SimulationSamples(simulation, deterministic)
    if callable(simulation):
        function: Callable[[np.random.Generator], float] = simulation
        return FunctionTrials(function, seed, deterministic)
    return GivenSamples(simulation, deterministic)


class _SimulationSamples:
    """The samples of a Simulation: one look at all of them, and no confirmation."""

    def __init__(self, simulation: Simulation, deterministic: bool) -> None:
        self._samples, self._problem = simulation.samples, simulation.problem
        self._deterministic = deterministic
        self.most, self.seed = simulation.trials, simulation.seed

    def first_trials(self, trials: int) -> dict[str, Any]:
        return {name: getattr(self._samples, name) for name in TERMS}

    def degeneracies(self, samples: Mapping[str, Any], tolerance: float) -> dict[str, str]:
        return problem_degeneracies(self._problem, samples, deterministic=self._deterministic)

    def reseeded(self) -> None:
        return None
