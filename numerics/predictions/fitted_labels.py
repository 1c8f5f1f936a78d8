"""Predictions where trained models label, or fits share samples."""

import dataclasses
import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from ...theory.base.arrays import Number
from ...theory.base.errors import SolveError
from ...theory.base.wording import enumerated
from ...theory.specification.fit_graph import FitGraph
from ...theory.specification.problem import Problem
from ...theory.statements.fixed_point import FixedPoint
from ..approximation.approximation_error import EXACT, Approximation, Estimate
from ..joint_fits.connected_errors import ConnectedErrors, connected_errors, fit_errors
from ..joint_fits.joint_numbers import fit_problem
from ..solver.arithmetic import DOUBLE, in_digits
from .prediction import FittedLabels, Prediction, SourcePrediction

__all__ = ["predict_connected", "unlabelled"]

Predict = Callable[[Problem], Prediction]


def predict_connected(
    problem: Problem, digits: int | None, predict: Predict, fixed_point: Callable[[Problem], FixedPoint]
) -> Prediction:
    """The prediction of a problem with connected fits; predict, fixed_point : of problems without."""
    graph = problem.stages
    found = connected_errors(graph, digits)
    convert = _converter(digits)
    error = convert(found.error[:, -1].sum())
    terms = [convert(rows.sum()) for rows in (found.bias, found.variance, found.collapse)]
    _check_range(graph, [error, *terms])
    fresh, trained = found.sources.sum(axis=0), found.training.sum(axis=0)
    labels = _fitted_labels(problem, graph, found, digits, convert, predict)
    return Prediction(
        problem=problem,
        error=error,
        bias=terms[0],
        variance=terms[1],
        collapse=terms[2],
        null_error=convert(found.null),
        sources=tuple(
            SourcePrediction(
                convert(fresh[k]),
                convert(fresh[k]) + source.noise_variance,
                convert(trained[k]) if source.n else None,
            )
            for k, source in enumerate(problem.sources)
        ),
        fixed_point=_point(graph, found, fixed_point),
        estimate=Estimate(partial(_approximation, graph, float(error), predict)),
        remarks=tuple(_remarks(labels, found, digits, [error, *terms])),
        fitted_labels=labels,
    )


def unlabelled(fit: Problem) -> Problem:
    """The same fit with labels of its target's truth wherever a model labels, to samples of its own."""
    sources = [(s if s.labels is None else dataclasses.replace(s, labels=None)).again() for s in fit.sources]
    return dataclasses.replace(fit, sources=sources)


def _converter(digits: int | None) -> Callable[[Any], Number]:
    return float if digits is None else in_digits(digits).rounded


def _check_range(graph: FitGraph, values: list[Number]) -> None:
    if all(fit.ridge for fit in graph.problems) and not all(abs(x) < math.inf for x in values):
        raise SolveError(
            "a term of this prediction exceeds the range of double precision (1e308); change the units of "
            "the problem, or pass digits=16 for an mpmath number."
        )


def _fitted_labels(
    problem: Problem,
    graph: FitGraph,
    found: ConnectedErrors,
    digits: int | None,
    convert: Callable[[Any], Number],
    predict: Predict,
) -> FittedLabels:
    names = noise_names(problem)
    parts = {"truth": convert(found.error[: found.parts, -1].sum())}
    for name, row in zip(found.noise, found.error[found.parts :, -1], strict=True):
        parts[names[name]] = convert(row)
    shared = bool(graph.seen_by_labellers())
    fresh = fit_errors(graph.separated(), digits)[:, -1] if shared else found.error[:, -1]
    own = [s for s in problem.sources if s.labels is None]
    without = None
    if any(s.active for s in own) and len(own) < len(problem.sources):
        without = predict(dataclasses.replace(problem, sources=own)).error
    return FittedLabels(
        contributions=parts,
        against_fresh=convert(fresh.sum()),
        without=without,
        shared=shared,
        labelled=tuple(k for k, s in enumerate(problem.sources) if s.labels is not None),
        qualities=tuple(map(convert, found.quality)),
    )


def noise_names(problem: Problem) -> dict[str, str]:
    """A name for each noise: the first source that has it, nearest to the problem itself."""
    names: dict[str, str] = {}
    queue: list[tuple[str, Problem]] = [("", problem)]
    seen: set[str] = set()
    for place, fit in queue:
        if fit.trained_as in seen:
            continue
        seen.add(fit.trained_as)
        for k, source in enumerate(fit.sources):
            names.setdefault(source.drawn.noise, f"noise of {place}sources[{k}]")
            if isinstance(source.labels, Problem):
                queue.append((f"{place}sources[{k}].labels.", source.labels))
    return names


def _point(
    graph: FitGraph, found: ConnectedErrors, fixed_point: Callable[[Problem], FixedPoint]
) -> FixedPoint:
    point = fixed_point(fit_problem(graph, len(graph.problems) - 1))
    error = max(point.estimated_error, found.estimated_error)
    return dataclasses.replace(point, estimated_error=error, digits=max(point.digits, found.working))


def _approximation(graph: FitGraph, error: float, predict: Predict) -> Approximation:
    """The estimate of the fit that has the largest finite-size error, by itself.

    Each fit is taken alone, on samples of its own with labels of the target's truth, and its finite-size
    error is divided by the error of the last. On 13 pipelines (d = 100) simulations depart from the
    prediction by 0.5 to 1.3 times this.
    """
    if not 0 < error < math.inf:
        return EXACT
    found = []
    for fit in graph.problems:
        alone = predict(unlabelled(fit))
        if math.isfinite(alone.error):
            estimate = alone.estimate.value
            found.append(dataclasses.replace(estimate, size=estimate.size * float(alone.error) / error))
    if not found:
        return EXACT
    largest = max(found, key=lambda x: abs(x.size))
    return dataclasses.replace(largest, degrees_left=min(x.degrees_left for x in found))


def _remarks(
    labels: FittedLabels, found: ConnectedErrors, digits: int | None, values: list[Number]
) -> Iterator[str]:
    if labels.labelled:
        yield _sentence(labels, values[0])
    if digits is None and found.working > DOUBLE.digits:
        yield f"Double precision cannot hold this answer: {found.working} digits were used."
    if not all(abs(x) < math.inf for x in values):
        yield (
            "Some terms diverge as the ridge vanishes: one of the fits has as many samples as dimensions, or "
            "as features."
        )


def _sentence(labels: FittedLabels, error: Number) -> str:
    which = enumerated([f"sources[{k}]" for k in labels.labelled])
    if not labels.shared:
        return f"The model that labels {which} was trained on other samples than those of this mix."
    text = f"The model that labels {which} was trained on samples of this mix"
    if labels.without is None:
        return f"{text}: the error is {error:.4g}; had it been trained on others, {labels.against_fresh:.4g}."
    change = float(error) - float(labels.without)
    if not math.isfinite(float(labels.without)):
        verdict = f"without its data the error is infinite, with them {_shown(error)}"
    elif abs(change) <= 1e-9 * abs(float(labels.without)):
        verdict = f"adding its data changes nothing ({_shown(error)} with and without)"
    elif change > 0:
        verdict = f"adding its data does harm ({_shown(error)} against {_shown(labels.without)} without)"
    else:
        verdict = f"adding its data helps ({_shown(error)} against {_shown(labels.without)} without)"
    fresh = f"had it been trained on other samples, the error would be {_shown(labels.against_fresh)}"
    return f"{text}: {verdict}; {fresh}."


def _shown(value: Number) -> str:
    return f"{float(value):.4g}"
