"""How much of the drawn samples it is best to keep."""

import dataclasses
import math
from typing import Any

from ...theory.base.argument_checks import checked_call
from ...theory.base.errors import SolveError, SpecError
from ...theory.selection.selection import Selection
from ...theory.specification.problem import Problem, checked_problem
from ..predictions.predictor import predict

__all__ = ["OptimalAcceptance", "optimal_acceptance"]

POINTS = 40
"""Thresholds that are looked at before the best is refined, in equal steps of their logarithm."""

LEAST, MOST = 1e-4, 0.9999
"""Shares that are looked at, the least not below two samples."""

REFINED = 14
"""Steps of the golden section; the threshold is found to 1e-3 of two steps."""

FARTHEST = 1e6
"""A threshold that keeps all, or nothing."""

GOLDEN = (math.sqrt(5) - 1) / 2


@dataclasses.dataclass(frozen=True)
class OptimalAcceptance:
    """The best threshold of a selection.

    Attributes
    ----------
    kept : float
        p*, the fraction that is kept.
    n : int
        The number that is kept.
    threshold : float
        At which threshold of the rule.
    error : float
        The predicted error there: the test error in labels squared, or the 0-1 error.
    unfiltered : float
        The error if the threshold keeps all samples.
    problem : Problem
        The problem with the best threshold.

    Examples
    --------
    >>> import detequiv as de
    >>> w = [1.0] + [0.0] * 39
    >>> drawn = de.select(2000, de.isotropic(40), labels=de.labels.linear([1.0, 0.7] + [0.0] * 38, 0.25),
    ...                   keep=de.rules.near(w, 1.0))
    >>> best = de.optimal_acceptance(de.Problem(signal=de.Fixed(w), sources=[drawn], ridge=0))
    >>> 70 < best.n < 90, best.error < 0.01 < best.unfiltered
    (True, True)
    """

    kept: float
    n: int
    threshold: float
    error: float
    unfiltered: float
    problem: Problem

    def __str__(self) -> str:
        gain = f"{self.unfiltered:.4g} without the threshold"
        return (
            f"Keep {self.n} samples ({self.kept:.3g} of those drawn; threshold {self.threshold:.4g}): the "
            f"error is {self.error:.4g}, against {gain}."
        )


@checked_call
def optimal_acceptance(problem: Problem, *, classification: bool = False) -> OptimalAcceptance:
    """The threshold of a rule with the least predicted error.

    Parameters
    ----------
    problem : Problem
        With one selection among its sources, whose rule has one threshold.
    classification : bool
        Whether the least 0-1 error is looked for, instead of the test error.

    Returns
    -------
    OptimalAcceptance
        ``print`` says what to keep.

    Raises
    ------
    SpecError, SolveError
        No selection or several; a rule without a threshold, or with several; and as for :func:`predict`.

    Notes
    -----
    The error is predicted at 40 thresholds in equal steps of their logarithm, and the best is refined between
    its neighbours: of two minima the better one is found if both are wider than a step. The ridge stays as
    it is.

    For an exact verifier and ridge 0 the best number to keep is about 2d, see
    :func:`detequiv.paper.exact_verifier_acceptance`.

    Examples
    --------
    >>> import detequiv as de
    >>> w = [1.0] + [0.0] * 39
    >>> drawn = de.select(2000, de.isotropic(40), labels=de.labels.linear([1.0, 0.7] + [0.0] * 38, 0.25),
    ...                   keep=de.rules.near(w, 1.0))
    >>> mix = de.Problem(signal=de.Fixed(w), sources=[drawn], ridge=0)
    >>> round(de.optimal_acceptance(mix).kept, 2)
    0.04
    """
    return _Search(checked_problem(problem), classification).best()


class _Search:
    """Predictions by the fraction that is kept."""

    def __init__(self, problem: Problem, classification: bool) -> None:
        found = [k for k, source in enumerate(problem.sources) if isinstance(source, Selection)]
        if len(found) != 1:
            raise SpecError(
                f"the problem must have one selection among its sources; got {len(found)}. Write select(...) "
                f"for the source whose threshold is looked for."
            )
        self.problem, self.k, self.classification = problem, found[0], classification
        selection = problem.sources[self.k]
        assert isinstance(selection, Selection)
        self.selection, self.limits = selection, selection.keep.limits
        if len(self.limits) != 1:
            raise SpecError(
                f"the rule must have one threshold; got {len(self.limits)}. Write rules.near(w, t), or a "
                f"margin with one limit."
            )
        self.grows = self._kept(2 * self.limits[0] + 1) > self._kept(self.limits[0])

    def _with(self, limit: float) -> Selection:
        return dataclasses.replace(self.selection, keep=self.selection.keep.with_limit(limit))

    def _kept(self, limit: float) -> float:
        try:
            return self._with(limit).kept
        except SpecError:  # it keeps nothing
            return 0.0

    def _limit_at(self, kept: float) -> float:
        """The threshold that keeps this fraction, to 1 %."""
        low = high = max(self.limits[0], 1e-6)
        while (self._kept(high) < kept) == self.grows and high < FARTHEST:
            low, high = high, 4 * high
        while (self._kept(low) < kept) != self.grows and low > 1 / FARTHEST:
            low, high = low / 4, low
        for _ in range(10):
            middle = math.sqrt(low * high)
            if (self._kept(middle) < kept) == self.grows:
                low = middle
            else:
                high = middle
        return math.sqrt(low * high)

    def _at(self, selection: Selection) -> float:
        sources = [*self.problem.sources[: self.k], selection, *self.problem.sources[self.k + 1 :]]
        prediction = predict(dataclasses.replace(self.problem, sources=sources, target=self.problem.tested))
        return prediction.classification_error() if self.classification else float(prediction.error)

    def _error(self, log_limit: float) -> float:
        try:
            return self._at(self._with(math.exp(log_limit)))
        except (SolveError, SpecError):  # at a tie, or where nothing is kept
            return math.inf

    def best(self) -> OptimalAcceptance:
        """The least error on a grid, refined."""
        all_ = FARTHEST if self.grows else 1 / FARTHEST
        most = min(MOST, MOST * self._kept(all_))
        least = min(max(LEAST, 2.0 / max(self.selection.draws, 1)), most / 2)
        low, high = sorted(math.log(self._limit_at(kept)) for kept in (least, most))
        step = (high - low) / (POINTS - 1)
        errors = [self._error(low + i * step) for i in range(POINTS)]
        i = min(range(POINTS), key=lambda j: errors[j])
        log_limit = self._refined(low + max(i - 1, 0) * step, low + min(i + 1, POINTS - 1) * step)
        if self._error(log_limit) > errors[i]:
            log_limit = low + i * step
        selection = self._with(math.exp(log_limit))
        sources: list[Any] = [*self.problem.sources]
        sources[self.k] = selection
        return OptimalAcceptance(
            kept=selection.kept,
            n=selection.n,
            threshold=math.exp(log_limit),
            error=self._at(selection),
            unfiltered=self._at(self._with(all_)),
            problem=dataclasses.replace(self.problem, sources=sources, target=self.problem.tested),
        )

    def _refined(self, a: float, b: float) -> float:
        """The log of the threshold, by golden section."""
        x, y = b - GOLDEN * (b - a), a + GOLDEN * (b - a)
        at_x, at_y = self._error(x), self._error(y)
        for _ in range(REFINED):
            if at_x <= at_y:
                b, y, at_y = y, x, at_x
                x = b - GOLDEN * (b - a)
                at_x = self._error(x)
            else:
                a, x, at_x = x, y, at_y
                y = a + GOLDEN * (b - a)
                at_y = self._error(y)
        return 0.5 * (a + b)
