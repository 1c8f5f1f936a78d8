"""Do theory and simulation agree? Three outcomes: yes, no, and not enough trials to say."""

import dataclasses
import enum
import html
import math
import textwrap
from collections.abc import Iterator
from typing import NoReturn, Protocol

import numpy as np

from ..theory import Problem, SpecError
from ..theory.aligned import aligned
from ..theory.arrays import Array
from ..theory.checks import real
from ..theory.language import enumerated
from .simulation import TERMS, Simulation

__all__ = ["Agreement", "Predicted", "TermAgreement", "Verdict", "compare", "compare_mean"]

MOST_SKEWED = 0.4
"""Skewness over √trials beyond which an interval is not trusted."""

NEGLIGIBLE = 1e-6
"""A spread, as a share of the band, that no skewness can make matter."""

TINY = 1e-300

DEFAULT_BAND = 0.02
"""Half-width of the default band, as a share of the predicted error."""

WIDTH = 100

COLUMNS: tuple[str, ...] = ("term", "predicted", "simulated", "interval", "band", "verdict")


class Verdict(enum.StrEnum):
    """One of three outcomes; the value is its word, and ``bool()`` of it raises a TypeError.

    >>> print(Verdict.UNDECIDED, Verdict("agrees") is Verdict.AGREES)
    undecided True
    """

    AGREES = "agrees"
    DISAGREES = "disagrees"
    UNDECIDED = "undecided"

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a Verdict is neither true nor false: say what undecided shall mean, by "
            "verdict is Verdict.AGREES, or verdict is not Verdict.DISAGREES."
        )


class Predicted(Protocol):
    """What :func:`compare` needs of a theory: the terms, and the problem that they are for."""

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


@dataclasses.dataclass(frozen=True)
class TermAgreement:
    """One number held against one mean.

    name : of the term; predicted : by theory; simulated ± stderr : the mean over trials.
    low, high : the interval for the mean at this term's share of alpha.
    band : the agreement claimed is |E simulated − predicted| ≤ band.
    skewness : of the samples; trials : their number.

    >>> numbers = dict(stderr=0.1, low=0.8, high=1.2, skewness=0.0, trials=50)
    >>> for band in (0.5, 0.1):
    ...     print(TermAgreement("bias", predicted=1.0, simulated=1.0, band=band, **numbers).verdict)
    agrees
    undecided
    """

    name: str
    predicted: float
    simulated: float
    stderr: float
    low: float
    high: float
    band: float
    skewness: float
    trials: int

    @property
    def lopsided(self) -> bool:
        """Whether a few trials carry the mean, so that the interval cannot be trusted.

        The coverage of Student's t errs by terms of order skewness/√trials (Edgeworth); one trial
        that outweighs all others makes that ratio 1; normal samples of 12 trials or more rarely
        reach 0.4. Trials that together spread over less than a millionth of the band (the rounding
        of a term that is 0) cannot carry it out of the band.
        """
        if self.stderr * self.trials <= NEGLIGIBLE * self.band:
            return False
        return abs(self.skewness) > MOST_SKEWED * math.sqrt(self.trials)

    @property
    def verdict(self) -> Verdict:
        """Inside: agrees. Wholly outside: disagrees. Straddling, or lopsided: undecided."""
        if self.lopsided:
            return Verdict.UNDECIDED
        bottom, top = self.predicted - self.band, self.predicted + self.band
        if bottom <= self.low and self.high <= top:
            return Verdict.AGREES
        if self.high < bottom or top < self.low:
            return Verdict.DISAGREES
        return Verdict.UNDECIDED

    def __str__(self) -> str:
        return (
            f"{self.name}: predicted {self.predicted:.6g}, simulated {self.simulated:.6g} ± "
            f"{self.stderr:.2g}, interval {self.low:.6g} to {self.high:.6g}, band ± "
            f"{self.band:.2g}: {self.verdict}"
        )


@dataclasses.dataclass(frozen=True, repr=False)
class Agreement:
    """The outcome of :func:`compare`: a verdict, and the numbers behind it term by term.

    terms : a :class:`TermAgreement` for each term compared. alpha : the rate of false verdicts.
    band : half-width, labels squared; band_origin : where it came from.
    trials, seed : of the simulation.
    left_out : the terms that are predicted to be infinite, with their values, and so were not
        compared. notes : those of the prediction.

    Raises
    ------
    TypeError
        From ``bool()``: there are three outcomes.
    SpecError
        From ``term(name)``, of a name that was not compared.

    >>> import detequiv as de
    >>> problem = de.Problem(signal=0.05, sources=[de.Source(40, de.isotropic(20))], ridge=1.0)
    >>> agreement = de.compare(de.predict(problem), de.simulate(problem, trials=50), band=0.02)
    >>> agreement.verdict is de.Verdict.AGREES, agreement.band, agreement.band_origin
    (True, 0.02, 'as given')
    >>> print(agreement.term("bias").verdict)
    agrees
    """

    terms: tuple[TermAgreement, ...]
    alpha: float
    band: float
    band_origin: str
    trials: int
    seed: int
    left_out: tuple[tuple[str, float], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Disagrees if any term does, agrees if all do, otherwise undecided."""
        verdicts = {term.verdict for term in self.terms}
        if Verdict.DISAGREES in verdicts:
            return Verdict.DISAGREES
        return Verdict.AGREES if verdicts == {Verdict.AGREES} else Verdict.UNDECIDED

    def term(self, name: str) -> TermAgreement:
        """The comparison of one term: error, bias, variance or collapse."""
        for term in self.terms:
            if term.name == name:
                return term
        known = ", ".join(term.name for term in self.terms)
        if name in dict(self.left_out):
            raise SpecError(
                f"the predicted {name} is {dict(self.left_out)[name]}, so it was not compared; "
                f"{known} were."
            )
        raise SpecError(f"there is no term {name!r}; there are {known}.")

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "an Agreement is neither true nor false: its verdict is agrees, disagrees or "
            "undecided. Ask for .verdict, and say what undecided shall mean: "
            "agreement.verdict is Verdict.AGREES, or is not Verdict.DISAGREES."
        )

    @property
    def sentence(self) -> str:
        """The verdict and why, the band and how it was chosen, and the error rate."""
        verdict = self.verdict
        which = ", ".join(term.name for term in self.terms if term.verdict is verdict)
        said = {
            Verdict.AGREES: "agree: every interval lies inside its band",
            Verdict.DISAGREES: f"disagree: an interval lies outside its band ({which})",
            Verdict.UNDECIDED: f"are undecided ({which}): run more trials",
        }[verdict]
        return " ".join((
            f"Theory and simulation {said}. The band is ± {self.band:.3g}, {self.band_origin}; the "
            f"intervals are Student's t over {self.trials} trials, seed {self.seed}, with alpha = "
            f"{self.alpha:g} split over {len(self.terms)} terms.",
            *self._warnings(),
        ))  # fmt: skip

    def _warnings(self) -> Iterator[str]:
        if self.left_out:
            infinite = ", ".join(f"{name} ({value})" for name, value in self.left_out)
            yield (
                f"Left out, for theory predicts them to diverge and a simulated mean is always "
                f"finite: {infinite}."
            )
        lopsided = ", ".join(term.name for term in self.terms if term.lopsided)
        if lopsided:
            yield (
                f"A few trials carry the mean of {lopsided} (skewness over √trials above "
                f"{MOST_SKEWED:g}), so that its interval cannot be trusted."
            )
        small = ", ".join(t.name for t in self.terms if 0 < abs(t.predicted) < t.band)
        if small:
            yield f"For {small} the band is wider than the term itself: a weak test."

    def __str__(self) -> str:
        rows: list[tuple[str, ...]] = [
            ("term", "predicted", "simulated", "interval", "band", "verdict")
        ]
        rows += [_row(term) for term in self.terms]
        said = (self.sentence, *(f"The prediction notes: {note}" for note in self.notes))
        return "\n".join([aligned(rows, words=6), *(textwrap.fill(text, WIDTH) for text in said)])

    def __repr__(self) -> str:
        terms = ", ".join(f"{term.name}: {term.verdict}" for term in self.terms)
        return f"Agreement({self.verdict}; {terms}; band ± {self.band:.3g}, {self.trials} trials)"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def compare(
    theory: Predicted,
    simulation: Simulation,
    *,
    band: float | None = None,
    alpha: float = 0.01,
) -> Agreement:
    """Hold a prediction against a simulation of the same problem, term by term.

    Parameters
    ----------
    theory : what :func:`predict` returns, or anything with error, bias, variance, collapse and the
        problem.
    band : half-width, absolute and the same for every term, of what counts as agreement: the
        theory's own finite-size error, never an allowance for noise. None takes 2 % of the
        predicted error; the sentence says so.
    alpha : the rate of false verdicts in one call if the terms' means are normal, split evenly over
        the terms that are compared (Bonferroni).

    Terms that are predicted to be infinite are left out, and the sentence names them; where the
    error is among them, the default band is 2 % of the finite terms added up.

    Returns
    -------
    An :class:`Agreement` with ``verdict``, ``terms``, and a table when printed.

    Raises
    ------
    SpecError
        Different problems, a term that is NaN, no finite term, a band that is not positive, alpha
        outside (0, 1).

    >>> import detequiv as de
    >>> problem = de.Problem(signal=0.05, sources=[de.Source(40, de.isotropic(20))], ridge=1.0)
    >>> agreement = de.compare(de.predict(problem), de.simulate(problem, trials=50), band=0.02)
    >>> print(agreement.verdict)
    agrees
    """
    _check(theory, simulation)
    predicted, left_out = _finite(theory)
    width, origin = _band(band, predicted)
    share = level(alpha) / len(predicted)
    terms = tuple(
        compare_mean(name, value, getattr(simulation.samples, name), band=width, alpha=share)
        for name, value in predicted.items()
    )
    notes = tuple(getattr(theory, "notes", ()))
    trials, seed = simulation.trials, simulation.seed
    return Agreement(terms, alpha, width, origin, trials, seed, left_out, notes)


def _check(theory: Predicted, simulation: Simulation) -> None:
    expected = ("problem", *TERMS)
    predicted = all(hasattr(theory, name) for name in expected)
    if not predicted or isinstance(theory, Simulation) or not isinstance(simulation, Simulation):
        raise SpecError(
            f"compare takes a prediction and then a simulation; got {type(theory).__name__} and "
            f"{type(simulation).__name__}. Write compare(predict(problem), simulate(problem, ...))."
        )
    if theory.problem != simulation.problem:
        unlike = [
            field.name
            for field in dataclasses.fields(Problem)
            if not np.array_equal(
                getattr(theory.problem, field.name), getattr(simulation.problem, field.name)
            )
        ]
        raise SpecError(
            f"theory and simulation are about different problems, so they cannot agree: they "
            f"differ in {enumerated(unlike)}. predict(simulation.problem) is the prediction to "
            f"compare with."
        )


def compare_mean(
    name: str, predicted: float, samples: Array, *, band: float, alpha: float
) -> TermAgreement:
    """Hold one number against the mean of one sample, by Student's t interval at level alpha.

    A sample without spread has an interval of width 0.

    >>> print(compare_mean("error", 1.0, np.array([1.0, 1.1, 0.9]), band=0.5, alpha=0.05).verdict)
    agrees
    """
    from scipy.special import stdtrit

    trials = len(samples)
    mean, stderr = float(samples.mean()), float(samples.std(ddof=1) / np.sqrt(trials))
    reach = -float(stdtrit(trials - 1, alpha / 2)) * stderr
    skewness = float(np.mean((samples - mean) ** 3)) / max(float(samples.std()) ** 3, TINY)
    low, high = mean - reach, mean + reach
    return TermAgreement(name, predicted, mean, stderr, low, high, band, skewness, trials)


def _finite(theory: Predicted) -> tuple[dict[str, float], tuple[tuple[str, float], ...]]:
    """The terms that can be compared, and those that are infinite."""
    predicted = {name: float(getattr(theory, name)) for name in TERMS}
    finite = {name: value for name, value in predicted.items() if math.isfinite(value)}
    for name, value in predicted.items():
        if math.isnan(value) or not finite:
            raise SpecError(
                f"the predicted {name} is {value}; no simulation can agree or disagree with that. "
                f"Compare at a ridge or a size where the term is finite."
            )
    return finite, tuple((name, value) for name, value in predicted.items() if name not in finite)


def _band(band: float | None, predicted: dict[str, float]) -> tuple[float, str]:
    if band is not None:
        width, origin = (
            real(band, "band", "It is the half-width of what counts as agreement."),
            "as given",
        )
    elif "error" in predicted:
        width = DEFAULT_BAND * abs(predicted["error"])
        origin = f"{DEFAULT_BAND:.0%} of the predicted error"
    else:
        width = DEFAULT_BAND * sum(map(abs, predicted.values()))
        origin = f"{DEFAULT_BAND:.0%} of the finite terms added up"
    if band is None and width == 0:
        raise SpecError(
            "the predicted error is 0, and the default band 2 % of it: simulation only departs "
            "from that by rounding. Pass a band of its size, such as band=1e-12 in these units."
        )
    if not width > 0:
        raise SpecError(
            f"band must be positive; got {width:g} ({origin}). With none nothing can ever agree: "
            f"theory is asymptotic, simulation is finite."
        )
    return width, origin


def level(alpha: float) -> float:
    """The error rate, refused outside (0, 1)."""
    level = real(alpha, "alpha", "It is an error rate.")
    if not 0 < level < 1:
        raise SpecError(f"alpha must lie between 0 and 1; got {alpha!r}. It is an error rate.")
    return level


def _row(term: TermAgreement) -> tuple[str, ...]:
    return (
        term.name,
        f"{term.predicted:.6g}",
        f"{term.simulated:.6g} ± {term.stderr:.2g}",
        f"[{term.low:.6g}, {term.high:.6g}]",
        f"± {term.band:.2g}",
        str(term.verdict),
    )
