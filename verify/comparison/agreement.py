"""The outcome of a comparison: agreement, disagreement, or not enough trials to decide."""

import dataclasses
import enum
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from ...theory import Problem, SpecError
from ...theory.base.filled_text import filled
from ...theory.base.text_table import fitted
from ...theory.base.wording import enumerated, plural
from ..simulators.trial_seeds import Root
from .agreement_data import as_dataset, as_dict, as_html, plot_agreement

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

__all__ = ["Agreement", "TermAgreement", "Verdict"]

MOST_SKEWED = 0.4
"""Skewness over √trials beyond which an interval is not trusted."""

MOST_TRIALS = 1e9
"""The largest number of trials that is recommended."""

NEGLIGIBLE = 1e-6
"""A spread, as a share of the tolerance, that is negligible whatever the skewness."""


DRAW_AFRESH = (
    "let every trial draw from the generator passed to it. If the event is rare, run more trials. "
    "If the simulation is meant to return the same number in every trial, pass deterministic=True."
)
"""The advice where samples are identical, periodic or correlated."""

COLUMNS = ("term", "predicted", "simulated", "interval", "tolerance", "verdict")
"""Headings of the table."""


class Verdict(enum.StrEnum):
    """The outcome of a comparison: agrees, disagrees or undecided.

    Raises
    ------
    TypeError
        From ``bool()``: there are three outcomes.

    Examples
    --------
    >>> print(Verdict.UNDECIDED, Verdict("agrees") is Verdict.AGREES)
    undecided True
    """

    AGREES = "agrees"
    DISAGREES = "disagrees"
    UNDECIDED = "undecided"

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a Verdict has no truth value, since it can be undecided. Write "
            "verdict is Verdict.AGREES, or verdict is not Verdict.DISAGREES."
        )


@dataclasses.dataclass(frozen=True)
class TermAgreement:
    """One predicted number compared with one simulated mean.

    Attributes
    ----------
    name : str
        The term: error, bias, variance or collapse.
    predicted : float
        By theory, in labels squared.
    simulated, stderr : float
        The mean over trials and its standard error.
    low, high : float
        The interval for the mean at this term's share of alpha.
    tolerance : float
        The claim is that the simulated mean is within the tolerance of the prediction.
    skewness : float
        Of the samples.
    trials : int
        The number of samples.
    no_evidence : str
        Why the samples are degenerate and say nothing about their mean, such as "all 128 samples of
        error are 0.5"; "" if they are not.
    repeats : int
        The number of samples that equal an earlier one and do not look discrete.

    Examples
    --------
    >>> numbers = dict(stderr=0.1, low=0.8, high=1.2, skewness=0.0, trials=50)
    >>> for tolerance in (0.5, 0.1):
    ...     print(TermAgreement("bias", predicted=1.0, simulated=1.0, tolerance=tolerance, **numbers).verdict)
    agrees
    undecided
    """

    name: str
    predicted: float
    simulated: float
    stderr: float
    low: float
    high: float
    tolerance: float
    skewness: float
    trials: int
    no_evidence: str = ""
    repeats: int = 0

    @property
    def band(self) -> float:
        """The old name of ``tolerance``."""
        return self.tolerance

    @property
    def lopsided(self) -> bool:
        """Whether a few trials carry the mean, so that the interval cannot be trusted.

        The coverage of Student's t errs by terms of order skewness/√trials (Edgeworth); one trial
        that outweighs all others makes that ratio 1; normal samples of 12 trials or more rarely
        reach 0.4. Trials that together spread over less than a millionth of the tolerance (the rounding
        of a term that is 0) cannot move the mean by the tolerance.
        """
        if self.stderr * self.trials <= NEGLIGIBLE * self.tolerance:
            return False
        return abs(self.skewness) > MOST_SKEWED * math.sqrt(self.trials)

    @property
    def verdict(self) -> Verdict:
        """Agrees if the interval lies within the tolerance of the prediction, disagrees if it lies
        outside; undecided if it straddles the edge, or is lopsided or degenerate."""
        if self.lopsided or self.no_evidence:
            return Verdict.UNDECIDED
        bottom, top = self.predicted - self.tolerance, self.predicted + self.tolerance
        if bottom <= self.low and self.high <= top:
            return Verdict.AGREES
        if self.high < bottom or top < self.low:
            return Verdict.DISAGREES
        return Verdict.UNDECIDED

    @property
    def trials_needed(self) -> float:
        """The approximate number of trials that would decide, if mean and spread do not change;
        infinite for degenerate samples."""
        if self.no_evidence:
            return math.inf
        distance = abs(abs(self.simulated - self.predicted) - self.tolerance)
        half_width = max(self.high - self.simulated, self.simulated - self.low)
        if self.verdict is not Verdict.UNDECIDED:
            return self.trials
        settled = self.trials * (half_width / distance) ** 2 if distance > 0 else math.inf
        skewed = (self.skewness / MOST_SKEWED) ** 2 if self.lopsided else 0.0
        return max(settled, skewed, self.trials + 1)

    def __str__(self) -> str:
        return (
            f"{self.name}: predicted {self.predicted:.6g}, simulated {self.simulated:.6g} ± "
            f"{self.stderr:.2g}, interval {self.low:.6g} to {self.high:.6g}, tolerance ± "
            f"{self.tolerance:.2g}: {self.verdict}"
        )


@dataclasses.dataclass(frozen=True, repr=False)
class Agreement:
    """The outcome of a comparison: a verdict, and the numbers behind it term by term.

    Attributes
    ----------
    terms : tuple of TermAgreement
        One for each term that was compared.
    alpha : float
        Upper bound of the probability of a false verdict, as in :func:`compare`.
    tolerance : float
        Half-width of what counts as agreement, in labels squared.
    tolerance_origin : str
        How the tolerance was chosen.
    trials : int
        The number of trials.
    seed : int, tuple of int or None
        The root seed of the simulation; None if samples were passed.
    left_out : tuple of (str, float)
        The terms that are predicted to be infinite, and so were not compared.
    notes : tuple of str
        The notes of the prediction.
    looks : tuple of int
        The numbers of trials of the interim looks; () for a finished simulation.
    confirmation : Agreement or None
        The comparison on fresh seeds of the terms that disagreed; None if there was none.
    problem : Problem or None
        The problem; None if theory and simulation were passed without one.

    Raises
    ------
    TypeError
        From ``bool()``: there are three outcomes.

    See Also
    --------
    compare, assert_agrees : return it.

    Examples
    --------
    >>> import detequiv as de
    >>> problem = de.Problem(signal=0.05, sources=[de.Source(40, de.isotropic(20))], ridge=1.0)
    >>> agreement = de.compare(de.predict(problem), de.simulate(problem, trials=50), tolerance=0.02)
    >>> agreement.verdict is de.Verdict.AGREES, agreement.tolerance, agreement.tolerance_origin
    (True, 0.02, 'as given')
    >>> print(agreement.term("bias").verdict)
    agrees
    """

    terms: tuple[TermAgreement, ...]
    alpha: float
    tolerance: float
    tolerance_origin: str
    trials: int
    seed: Root | None
    left_out: tuple[tuple[str, float], ...] = ()
    notes: tuple[str, ...] = ()
    looks: tuple[int, ...] = ()
    confirmation: "Agreement | None" = None
    problem: Problem | None = None

    @property
    def band(self) -> float:
        """The old name of ``tolerance``."""
        return self.tolerance

    @property
    def band_origin(self) -> str:
        """The old name of ``tolerance_origin``."""
        return self.tolerance_origin

    @property
    def verdict(self) -> Verdict:
        """Disagrees if any term does (on fresh seeds too, where that was tried), agrees if all do,
        otherwise undecided."""
        verdicts = {term.verdict for term in self.terms}
        if Verdict.DISAGREES not in verdicts:
            return Verdict.AGREES if verdicts == {Verdict.AGREES} else Verdict.UNDECIDED
        confirmed = self.confirmation is None or self.confirmation.verdict is Verdict.DISAGREES
        return Verdict.DISAGREES if confirmed else Verdict.UNDECIDED

    @property
    def trials_needed(self) -> float:
        """The approximate number of trials that would decide every term, if means and spreads do
        not change; infinite if a mean lies on the edge of the tolerance or samples are degenerate."""
        return max(term.trials_needed for term in self.terms)

    def term(self, name: str) -> TermAgreement:
        """The comparison of one term.

        Parameters
        ----------
        name : str
            error, bias, variance or collapse.

        Returns
        -------
        TermAgreement
            Its numbers and verdict.

        Raises
        ------
        SpecError
            A term that was not compared.

        Examples
        --------
        >>> from detequiv import Problem, Source, compare, predict, simulate
        >>> problem = Problem(signal=1, sources=[Source(60, [1.0] * 30, noise_variance=0.1)], ridge=0.1)
        >>> agreement = compare(predict(problem), simulate(problem, trials=50))
        >>> agreement.term("bias").name
        'bias'
        """
        for term in self.terms:
            if term.name == name:
                return term
        known = ", ".join(term.name for term in self.terms)
        if name in dict(self.left_out):
            raise SpecError(
                f"the predicted {name} is {dict(self.left_out)[name]}, so it was not compared; {known} were."
            )
        raise SpecError(f"there is no term {name!r}; there are {known}.")

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "an Agreement has no truth value, since its verdict can be undecided. Write "
            "agreement.verdict is Verdict.AGREES, or is not Verdict.DISAGREES."
        )

    @property
    def sentence(self) -> str:
        """The verdict and its reason, the tolerance and its origin, and the error rate."""
        return " ".join(
            (
                f"{self._outcome()}. The tolerance is ± {self.tolerance:.3g}, "
                f"{self.tolerance_origin}; the intervals are Hall's skewness-corrected t over "
                f"{plural(self.trials, 'trial')}{self._seed_and_look()}, with alpha = {self.alpha:g} split "
                f"over {enumerated(list(self._alpha_shares()))}.",
                *self._warnings(),
            )
        )

    def _outcome(self) -> str:
        verdict = self.verdict
        names = ", ".join(term.name for term in self.terms if term.verdict is verdict)
        if verdict is Verdict.AGREES:
            return "Theory and simulation agree: every interval lies within the tolerance"
        if verdict is Verdict.DISAGREES:
            confirmation = self.confirmation
            repeated = "" if confirmation is None else f", and again on fresh draws, seed {confirmation.seed}"
            return (
                f"Theory and simulation disagree: an interval lies outside the tolerance ({names}){repeated}"
            )
        if self.confirmation is not None:
            return (
                "Whether theory and simulation agree is undecided: they disagreed, but not again on fresh "
                "draws"
                f"{self.confirmation._no_evidence(', where ')}"
            )
        return f"Whether theory and simulation agree is undecided ({names}): {self._remedy()}"

    def _remedy(self) -> str:
        if any(term.no_evidence for term in self.terms):
            return "such samples say nothing about their mean"
        needed = self.trials_needed
        if not needed < MOST_TRIALS:
            return "a mean lies on the edge of the tolerance, and no number of trials will tell"
        return f"about {math.ceil(float(f'{needed:.1e}'))} trials would decide it"

    def _no_evidence(self, before: str) -> str:
        """The reasons why samples are degenerate, after this text; empty if there are none."""
        reasons = [term.no_evidence for term in self.terms if term.no_evidence]
        return before + enumerated(reasons) if reasons else ""

    def _seed_and_look(self) -> str:
        seed = ", as given" if self.seed is None else f", seed {self.seed}"
        if len(self.looks) < 2 or self.trials not in self.looks:
            return seed
        return f"{seed}, at look {self.looks.index(self.trials) + 1} of {len(self.looks)}"

    def _alpha_shares(self) -> Iterator[str]:
        if len(self.looks) > 1:
            yield plural(len(self.looks), "look")
        yield plural(len(self.terms), "term")

    def _warnings(self) -> Iterator[str]:
        if self.left_out:
            infinite = ", ".join(f"{name} ({value})" for name, value in self.left_out)
            yield (
                f"Left out, for theory predicts them to diverge and a simulated mean is always "
                f"finite: {infinite}."
            )
        if self.seed is None:
            yield "Samples as given allow one look, and no fresh draws to confirm by."
        reasons = self._no_evidence("")
        if reasons:
            yield f"{reasons[0].upper()}{reasons[1:]}: {DRAW_AFRESH}"
        for term in self.terms:
            if term.repeats > term.trials / 2:
                yield (
                    f"{term.repeats} of the {term.trials} samples of {term.name} equal an earlier "
                    f"one to the last digit: unless the variable is discrete, the trials are not "
                    f"independent and the interval is too narrow."
                )
        lopsided = ", ".join(term.name for term in self.terms if term.lopsided)
        if lopsided:
            yield (
                f"A few trials carry the mean of {lopsided} (skewness over √trials above "
                f"{MOST_SKEWED:g}), so that its interval cannot be trusted."
            )
        small = ", ".join(t.name for t in self.terms if 0 < abs(t.predicted) < t.tolerance)
        if small:
            yield f"For {small} the tolerance is larger than the term itself: a weak test."

    def to_dict(self) -> dict[str, Any]:
        """The result as numbers, strings, lists and dictionaries.

        Returns
        -------
        dict
            ``verdict``, ``sentence``, ``terms`` with their numbers and verdicts, ``alpha``,
            ``tolerance``, ``tolerance_origin``, ``trials``, ``seed``, ``looks``, ``notes``,
            ``left_out`` and ``confirmation``; ``description`` and ``digest`` if there is a problem,
            and ``detequiv_version``.

        Notes
        -----
        ``json.dumps`` writes it and ``json.loads`` reads it back exactly; infinities are written as
        Infinity.

        Examples
        --------
        >>> import detequiv as de, json
        >>> mix = de.Problem(signal=1.0, sources=[de.Source(50, [1.0, 0.5])], ridge=0.1)
        >>> found = de.assert_agrees(mix, tolerance=0.1).to_dict()
        >>> found["verdict"], json.loads(json.dumps(found)) == found
        ('agrees', True)
        """
        return as_dict(self)

    def to_xarray(self) -> "xarray.Dataset":
        """The result as a labelled data set.

        Returns
        -------
        xarray.Dataset
            Over ``term``: ``predicted``, ``simulated``, ``stderr``, ``low`` and ``high`` (the
            interval), ``tolerance`` and ``verdict``. Attributes: ``description`` and ``digest`` if
            there is a problem, ``detequiv_version``, and the settings of the comparison.

        Examples
        --------
        >>> import detequiv as de
        >>> mix = de.Problem(signal=1.0, sources=[de.Source(50, [1.0, 0.5])], ridge=0.1)
        >>> de.assert_agrees(mix, tolerance=0.1).to_xarray().verdict.sel(term="error").item()
        'agrees'
        """
        return as_dataset(self)

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Plot the interval of simulated − predicted for each term, over the tolerance.

        A term agrees if its interval lies inside the shaded band, and disagrees if it lies outside.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None
            The axes to plot on; None creates a figure.

        Returns
        -------
        matplotlib.axes.Axes
            The axes; the predicted values are below the names of the terms.

        Examples
        --------
        >>> import detequiv as de
        >>> mix = de.Problem(signal=1.0, sources=[de.Source(50, [1.0, 0.5])], ridge=0.1)
        >>> de.assert_agrees(mix, tolerance=0.1).plot().get_xlabel()
        'simulated − predicted [labels squared]'
        """
        return plot_agreement(self, ax)

    def __str__(self) -> str:
        rows = [COLUMNS, *(_row(term) for term in self.terms)]
        sentences = (self.sentence, *(f"The prediction notes: {note}" for note in self.notes))
        table = fitted(rows, words=6, turned=True)
        gap = "\n\n" if "\n\n" in table else "\n"
        return table + gap + "\n".join(map(filled, sentences))

    def __repr__(self) -> str:
        terms = ", ".join(f"{term.name}: {term.verdict}" for term in self.terms)
        return f"Agreement({self.verdict}; {terms}; tolerance ± {self.tolerance:.3g}, {self.trials} trials)"

    def _repr_html_(self) -> str:
        return as_html(self)


def _row(term: TermAgreement) -> tuple[str, ...]:
    return (
        term.name,
        f"{term.predicted:.6g}",
        f"{term.simulated:.6g} ± {term.stderr:.2g}",
        f"[{term.low:.6g}, {term.high:.6g}]",
        f"± {term.tolerance:.2g}",
        str(term.verdict),
    )
