"""The finite-size error: simulate a problem at several sizes, and extrapolate to infinite size."""

import dataclasses
import itertools
import math
from collections.abc import Sequence

import numpy as np

from ...theory import Problem, SpecError
from ...theory.base.filled_text import filled
from ...theory.base.html_view import html_table, html_view
from ...theory.base.number_text import with_error
from ...theory.base.text_table import fitted
from ...theory.base.validation import as_list, count, positive
from ...theory.base.wording import enumerated
from ...theory.specification.scaled_copies import enlarged
from ..simulators.run_trials import Progress, simulate
from ..simulators.simulation import TERMS, Simulation
from ..simulators.trial_seeds import DEFAULT_SEED, RNG, Root, Seed, root_seed
from .agreement import Verdict
from .evidence import problem_degeneracies
from .intervals import Mean
from .tolerance import checked_alpha

__all__ = ["Extrapolation", "extrapolate"]

TOLERANCE_SHARE = 0.005
"""Default tolerance of the intercept, as a share of the prediction, for the terms in 1/d²."""


@dataclasses.dataclass(frozen=True, repr=False)
class Extrapolation:
    """Simulated errors at several sizes, and the line error = intercept + slope/d through them.

    Attributes
    ----------
    problem : Problem
        The problem at its own size.
    predicted : float
        The predicted error, the same at every size.
    dimensions : tuple of float
        The dimension d at each size.
    means, stderrs : tuple of float
        Simulated errors and their standard errors.
    intercept, intercept_stderr, slope, slope_stderr : float
        The line, fitted with weights 1/stderr².
    tolerance : float
        Half-width of what counts as agreement of intercept and prediction.
    alpha : float
        One minus the confidence level of the interval of the intercept. A verdict that theory and
        simulation agree or disagree is false with probability alpha at most.
    trials : tuple of int
        The number of trials at each size.
    seed : int or tuple of int
        The root seed of all simulations.
    no_evidence : tuple of str
        One reason for each size at which the simulated errors are identical although the problem
        does not imply it; the verdict is then undecided.

    See Also
    --------
    extrapolate : returns it.
    compare : takes it as a tolerance.

    See Also
    --------
    extrapolate : computes it, with an example.
    """

    problem: Problem
    predicted: float
    dimensions: tuple[float, ...]
    means: tuple[float, ...]
    stderrs: tuple[float, ...]
    intercept: float
    intercept_stderr: float
    slope: float
    slope_stderr: float
    tolerance: float
    alpha: float
    trials: tuple[int, ...]
    seed: Root
    no_evidence: tuple[str, ...] = ()

    @property
    def finite_size_tolerance(self) -> float:
        """The tolerance for the size at hand: twice (abs(slope) + its standard error)/d."""
        return 2 * (abs(self.slope) + self.slope_stderr) / self.dimensions[0]

    @property
    def finite_size_tolerance_origin(self) -> str:
        """How ``finite_size_tolerance`` was chosen, in words."""
        return (
            f"twice the finite-size error {self.slope:.3g}/d (± {self.slope_stderr:.1g}) fitted to "
            f"simulations at d = {', '.join(f'{d:g}' for d in self.dimensions)}"
        )

    @property
    def band(self) -> float:
        """The old name of ``finite_size_tolerance``."""
        return self.finite_size_tolerance

    @property
    def band_origin(self) -> str:
        """The old name of ``finite_size_tolerance_origin``."""
        return self.finite_size_tolerance_origin

    @property
    def interval(self) -> tuple[float, float]:
        """The confidence interval of the intercept at level alpha."""
        from scipy.special import ndtri

        half_width = -float(ndtri(self.alpha / 2)) * self.intercept_stderr
        return self.intercept - half_width, self.intercept + half_width

    @property
    def verdict(self) -> Verdict:
        """Whether the error at infinite size agrees with the prediction."""
        if self.no_evidence:
            return Verdict.UNDECIDED
        low, high = self.interval
        bottom, top = self.predicted - self.tolerance, self.predicted + self.tolerance
        if bottom <= low and high <= top:
            return Verdict.AGREES
        return Verdict.DISAGREES if high < bottom or top < low else Verdict.UNDECIDED

    @property
    def sentence(self) -> str:
        """The verdict, the intercept and the slope, in words."""
        relation = {
            Verdict.AGREES: "agrees with",
            Verdict.DISAGREES: "disagrees with",
            Verdict.UNDECIDED: "is not yet certain to agree with (more trials would tell)",
        }[self.verdict]
        if self.no_evidence:
            relation = f"cannot confirm or refute ({enumerated(self.no_evidence)}, so the mean is unknown)"
        low, high = self.interval
        return (
            f"Extrapolated to infinite size the simulated error is {self.intercept:.6g} ± "
            f"{self.intercept_stderr:.1g} ({low:.6g} to {high:.6g} at alpha = {self.alpha:g}), "
            f"which {relation} the predicted {self.predicted:.6g} within {self.tolerance:.2g}. At "
            f"finite size it departs by ({self.slope:.3g} ± {self.slope_stderr:.1g})/d, "
            f"{self.slope / self.dimensions[0] / self.predicted:+.2%} at d = "
            f"{self.dimensions[0]:g}."
        )

    def __str__(self) -> str:
        rows = [("d", "trials", "simulated", "± stderr", "less predicted")]
        rows += [
            (f"{d:g}", f"{n}", f"{mean:.6g}", f"{error:.2g}", f"{mean - self.predicted:+.2g}")
            for d, n, mean, error in zip(self.dimensions, self.trials, self.means, self.stderrs, strict=True)
        ]
        return "\n".join([fitted(rows, words=0), filled(self.sentence)])

    def __repr__(self) -> str:
        return (
            f"Extrapolation({self.verdict}; intercept {self.intercept:.6g} ± "
            f"{self.intercept_stderr:.1g}, predicted {self.predicted:.6g}, slope {self.slope:.3g})"
        )

    def _repr_html_(self) -> str:
        head = ("dimension d", "trials", "simulated ± standard error", "simulated − predicted")
        rows = [
            (f"{d:g}", str(n), with_error(mean, error), f"{mean - self.predicted:+.2g}")
            for d, n, mean, error in zip(self.dimensions, self.trials, self.means, self.stderrs, strict=True)
        ]
        return html_view(self.sentence, html_table(head, rows, words=0))


def extrapolate(
    problem: Problem,
    factors: Sequence[int] = (1, 2, 4),
    *,
    trials: int = 512,
    seed: Seed = DEFAULT_SEED,
    rng: RNG | None = None,
    tolerance: float | None = None,
    alpha: float = 0.01,
    progress: Progress = None,
) -> Extrapolation:
    """Simulate the problem and scaled copies of it, and extrapolate the error to infinite size.

    n, d and m are multiplied by each factor: the prediction stays the same, and the finite-size error
    falls like 1/d.

    Parameters
    ----------
    problem : Problem
        The problem at its smallest size.
    factors : sequence of int
        Increasing integers, at least two.
    trials : int
        The number of trials at the first size; fewer at others, in proportion to the size, but at
        least 32.
    seed : int or tuple of int
        The root seed of all simulations (default: 0).
    rng : int, SeedSequence, BitGenerator, Generator or None
        The source of the root seed, in place of ``seed``; see the notes of :func:`simulate`.
    tolerance : float or None
        Half-width of what counts as agreement of the intercept, in labels squared. None takes 0.5%
        of the prediction, for the terms in 1/d² that the line omits.
    alpha : float
        One minus the confidence level of the interval of the intercept. A verdict that theory and
        simulation agree or disagree is false with probability alpha at most.
    progress : bool, callable or None
        As for :func:`simulate`, for each size.

    Returns
    -------
    Extrapolation
        With ``verdict``, and ``finite_size_tolerance`` as a tolerance for :func:`compare`.

    Raises
    ------
    SpecError
        Not a problem, factors that do not increase, an infinite prediction, a seed or rng of another
        type, or both of them.

    Notes
    -----
    The trials at each size are independent. The seeds are the same at every size, so the errors of
    two sizes have a correlation of 0.1 to 0.2 and the standard errors are 0 to 2% too large
    (measured on two problems). Errors that are identical in every trial are accepted only if the
    problem makes them constant.

    Examples
    --------
    >>> from detequiv import Source, isotropic
    >>> source = Source(20, isotropic(10), noise_variance=1.0)
    >>> found = extrapolate(Problem(signal=0.1, sources=[source], ridge=0), tolerance=0.05)
    >>> print(found.verdict, found.predicted)             # d/(n − d); at finite size d/(n − d − 1)
    agrees 1.0
    >>> 0.05 < found.slope / 10 < 0.2
    True
    """
    from ...numerics import predict

    sizes = _factors(factors)
    root, α = root_seed(seed, rng), checked_alpha(alpha)
    predicted = float(predict(problem).error)
    if not math.isfinite(predicted):
        raise SpecError(
            "the predicted error is infinite, but simulated errors are finite at every size; extrapolate a "
            "problem with ridge > 0."
        )
    within = TOLERANCE_SHARE * predicted if tolerance is None else tolerance
    positive(within, "tolerance", "It is the half-width of what counts as agreement.")
    first = count(trials, "trials", 2, "They are those of the first size.")
    counts = tuple(max(32, first * sizes[0] // factor) for factor in sizes)
    problems = [enlarged(problem, factor) for factor in sizes]
    runs = [
        simulate(p, trials=n, seed=root, training=False, progress=progress)
        for p, n in zip(problems, counts, strict=True)
    ]
    means = [Mean.of(run.samples.error) for run in runs]
    dimensions = tuple(float(p.d) for p in problems)
    (a, b), (a_error, b_error) = _line(dimensions, means)
    return Extrapolation(
        problem=problem,
        predicted=predicted,
        dimensions=dimensions,
        means=tuple(m.mean for m in means),
        stderrs=tuple(m.stderr for m in means),
        intercept=a,
        intercept_stderr=a_error,
        slope=b,
        slope_stderr=b_error,
        tolerance=within,
        alpha=α,
        trials=counts,
        seed=root,
        no_evidence=tuple(filter(None, map(_degeneracy, runs))),
    )


def _degeneracy(run: Simulation) -> str:
    """Why the errors of this run are degenerate; empty if they are not."""
    samples = {name: getattr(run.samples, name) for name in TERMS}
    degeneracy = problem_degeneracies(run.problem, samples, deterministic=False).get("error", "")
    return degeneracy and f"{degeneracy} at d = {run.problem.d:g}"


def _factors(values: object) -> list[int]:
    rule, remedy = "must be at least two increasing integers", "They multiply n, d and m."
    factors = [count(x, "factors", 1, remedy) for x in as_list(values, "factors", rule, remedy)]
    if len(factors) < 2 or any(a >= b for a, b in itertools.pairwise(factors)):
        raise SpecError(f"factors {rule}; got {factors}. {remedy}")
    return factors


def _line(
    dimensions: Sequence[float], means: Sequence[Mean]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Intercept and slope of error against 1/d, and their standard errors."""
    least = 1e-15 * max(abs(m.mean) for m in means)
    errors = np.array([max(m.stderr, least) for m in means])
    design = np.array([[1.0, 1 / d] for d in dimensions]) / errors[:, None]
    scale = np.abs(design).max(axis=0)
    values = np.array([m.mean for m in means]) / errors
    inverse = np.linalg.pinv(design / scale)
    a, b = (inverse @ values) / scale
    a_error, b_error = np.sqrt((inverse**2).sum(axis=1)) / scale
    return (float(a), float(b)), (float(a_error), float(b_error))
