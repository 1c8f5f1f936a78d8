"""The errors of connected fits: of the last one in full, of the others on the target."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import numpy as np

from ...theory.base.arrays import Number, Numbers
from ...theory.base.errors import SolveError
from ...theory.joint_fits.fitted_stages import JointFits
from ...theory.joint_fits.stage_covariances import Covariances
from ...theory.joint_fits.stage_responses import Responses
from ...theory.specification.fit_graph import FitGraph
from ..solver.arithmetic import DOUBLE
from ..solver.precision_choice import Solved, own_equations, solve_problem
from ..solver.ridge_limits import ALIKE, DECADES, Unlike, limits, spare_digits, tiny_ridge
from .joint_numbers import JointNumbers, check_models, fit_problem, joint_numbers
from .label_errors import LabelErrors

__all__ = ["ConnectedErrors", "connected_errors", "fit_errors"]


ROUNDING = 1e-13
"""Relative to the error: what cannot be told from 0 in double precision where summands may cancel."""


@dataclasses.dataclass(frozen=True)
class ConnectedErrors:
    """Numbers of T connected fits, R contributions of them: P parts of the truths, then the noises.

    error : (R, T) of each fit on the target. bias : (P,), variance : (R − P,), collapse : (R,) of the
    last fit. sources, training : (R, K) the last fit's on each of its sources, and on their samples.
    quality : (K,) the error of what labels each source, against the target's truth.
    noise : names of the noises. null : E|x·w_t|². estimated_error : relative; working : digits in use.
    """

    error: Numbers
    bias: Numbers
    variance: Numbers
    collapse: Numbers
    sources: Numbers
    training: Numbers
    quality: Numbers
    noise: tuple[str, ...]
    null: Number
    estimated_error: float
    working: int

    limited: ClassVar[tuple[str, ...]] = (
        *("error", "bias", "variance", "collapse"),
        *("sources", "training", "quality"),
    )
    """What tends to a limit with the ridge."""

    @property
    def parts(self) -> int:
        """P, the number of parts of the truths."""
        return len(self.bias)


def connected_errors(graph: FitGraph, digits: int | None = None) -> ConnectedErrors:
    """The errors at the ridges of the fits, or in the limit of those that are 0.

    Raises
    ------
    SpecError
        A model whose connected fits are not predicted.
    SolveError
        As for :func:`detequiv.predict`.
    """
    return _in_limit(_errors, graph, digits, False)


def fit_errors(graph: FitGraph, digits: int | None = None) -> Numbers:
    """(2, T) the parts of the truths, and of all noises together, in the error of each fit on the target.

    Raises what :func:`connected_errors` raises.
    """
    return _in_limit(_totals, graph, digits, True).error


Found = TypeVar("Found", "ConnectedErrors", "_Totals")


def _in_limit(
    errors: Callable[[JointNumbers, int], Found], graph: FitGraph, digits: int | None, one_noise: bool
) -> Found:
    """The errors at the ridges of the fits; where some are 0, at two tiny ones, and their limit."""
    check_models(graph)
    if all(fit.ridge for fit in graph.problems):
        return errors(*_numbers(graph, digits, None, one_noise))
    last: Unlike | None = None
    for decades in DECADES:
        first = max(decades, 3 * (digits or 0))
        try:
            a, b = (errors(*_numbers(graph, digits, e, one_noise)) for e in (first, 2 * first))
            return _limit(a, b, first)
        except Unlike as unlike:
            last = unlike
    raise SolveError(
        f"the limit ridge → 0 was not reached: {last} at two ridges that are as good as none. A small "
        f"positive ridge can be solved."
    )


def _limit(a: Found, b: Found, decades: int) -> Found:
    error = max(a.estimated_error, b.estimated_error)
    size = float(max(np.abs(a.error).sum(axis=0)))
    floors = ROUNDING * size if b.working <= DOUBLE.digits and math.isfinite(size) else 0.0
    found: dict[str, Any] = {}
    for field in dataclasses.fields(b):
        x, y = getattr(a, field.name), getattr(b, field.name)
        if field.name in b.limited:
            found[field.name] = limits(x, y, floors + np.zeros(np.shape(y)), decades, ALIKE + 4 * error)
    return dataclasses.replace(b, **found, estimated_error=error, working=max(a.working, b.working))


@dataclasses.dataclass(frozen=True)
class _Totals:
    """error : (2, T) of truths and of noises."""

    limited: ClassVar[tuple[str, ...]] = ("error",)

    error: Numbers
    estimated_error: float
    working: int


def _totals(numbers: JointNumbers, working: int) -> _Totals:
    stages = numbers.stages
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        error = Covariances(Responses(stages)).errors() * numbers.unit
    P = len(stages.truths)
    both = np.array([error[:P].sum(axis=0), error[P:].sum(axis=0)])
    return _Totals(both, numbers.estimated_error, working)


def _errors(numbers: JointNumbers, working: int) -> ConnectedErrors:
    stages, unit = numbers.stages, numbers.unit
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        covariances = Covariances(Responses(stages))
        alone = Covariances(Responses(_last_alone(stages)))
        own = alone.errors()[:, 0]
        error = covariances.errors()
        sources, training, quality = _on_sources(numbers.graph, numbers, covariances)
    P = len(stages.truths)
    return ConnectedErrors(
        error=error * unit,
        bias=own[:P] * unit,
        variance=own[P:] * unit,
        collapse=(error[:, -1] - own) * unit,
        sources=sources * unit,
        training=training * unit,
        quality=quality * unit,
        noise=tuple(noise.name for noise in numbers.noises),
        null=numbers.null * unit,
        estimated_error=numbers.estimated_error,
        working=working,
    )


def _numbers(
    graph: FitGraph, digits: int | None, decades: int | None, one_noise: bool
) -> tuple[JointNumbers, int]:
    """The numbers of all fits, and the digits in use."""
    solved = _solved(graph, digits, decades)
    if digits is None and max(s.working for s in solved) > DOUBLE.digits:
        solved = _solved(graph, DOUBLE.digits, decades)
    return joint_numbers(graph, solved, one_noise), max(s.working for s in solved)


def _solved(graph: FitGraph, digits: int | None, decades: int | None) -> list[Solved]:
    """Each fit by itself, those without ridge at a tiny one."""
    found = []
    for t, fit in enumerate(graph.problems):
        own = fit_problem(graph, t)
        if fit.ridge or decades is None:
            found.append(solve_problem(own, digits, own_equations))
        else:
            spare = spare_digits(own, decades)
            found.append(solve_problem(own, digits, tiny_ridge(decades), spare=spare))
    return found


def _last_alone(stages: JointFits) -> JointFits:
    """The last fit if all its labels were of the target's truth, with their noises."""
    zero = 0 * stages.labelled_by[:, -1:, -1:]
    return dataclasses.replace(
        stages,
        strength=stages.strength[:, -1:],
        η=stages.η[-1:],
        shares_left=stages.shares_left[:, -1:],
        labelled_by=zero,
        noises=stages.noises[:, :, -1:, -1:],
        truths=tuple(part.perfect() for part in stages.truths),
        group=stages.group[-1:],
        widths=stages.widths[-1:],
        width_left=stages.width_left[-1:],
    )


def _on_sources(
    graph: FitGraph, numbers: JointNumbers, covariances: Covariances
) -> tuple[Numbers, Numbers, Numbers]:
    """(R, K) errors of the last fit on fresh data of each source, and on its own samples; (K,) qualities."""
    fresh, trained, quality = [], [], []
    for position, source in enumerate(graph.problems[-1].sources):
        total = 0 * covariances.residuals[:, 0, 0, 0]
        for x in graph.labellings[-1]:
            if x.position == position:
                labels = LabelErrors(numbers, covariances, x)
                error = labels.error()
                if source.n:
                    total = total + (graph.counts[x.inputs] / source.n) * labels.training_error()
        fresh.append(error)
        trained.append(total)
        quality.append(labels.quality())
    return np.array(fresh).T, np.array(trained).T, np.array(quality)
