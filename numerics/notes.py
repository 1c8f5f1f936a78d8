"""Sentences on the regime of the theory: by how much simulations should differ from it, and why."""

import math
from collections.abc import Iterator

from ..theory.fixed_point import FixedPoint
from ..theory.language import plural
from ..theory.models import RandomFeatures
from ..theory.problem import Problem
from .approximation import FEW_DEGREES, Approximation

__all__ = ["regime_notes"]

WORTH_SAYING = 0.02
"""Estimated relative errors of the theory above which a note is made."""

FEW_COORDINATES = 20.0
"""Coordinates that count in a feature, (tr Σ)²/tr Σ², below which a note is made."""


def regime_notes(problem: Problem, point: FixedPoint, known: Approximation) -> Iterator[str]:
    """What limits the theory at this size."""
    yield from _finite_size(problem, point, known)
    if isinstance(problem.model, RandomFeatures):
        yield from _features(problem, problem.model, known.features)


def _finite_size(problem: Problem, point: FixedPoint, known: Approximation) -> Iterator[str]:
    D, of_samples = float(point.degrees_left), known.degrees_left
    if of_samples < FEW_DEGREES:
        yield (
            f"Only {_freedom(of_samples)} left by the fit: at so small a size, or so close to the "
            f"interpolation threshold, simulated errors may differ from the theory by any factor."
        )
    elif abs(known.size) > WORTH_SAYING:
        to = "features" if of_samples > D else "samples"
        yield (
            f"{_freedom(D).capitalize()} left to the {to} by the fit: at this size simulated "
            f"errors should lie about {_by(known.size)} than the theory says (its first "
            f"finite-size correction)."
        )


def _freedom(D: float) -> str:
    return (
        f"{plural(float(f'{D:.3g}'), 'degree')} of freedom {'is' if f'{D:.3g}' == '1' else 'are'}"
    )


def _by(share: float) -> str:
    return f"{abs(share):.0%} {'higher' if share > 0 else 'lower'}".replace("%", " %")


def _features(problem: Problem, model: RandomFeatures, effect: float) -> Iterator[str]:
    frame, s2 = problem.frame, problem.entry_variance or math.nan
    fitted = [Σ for Σ, s in zip(frame.covariances, problem.sources, strict=False) if s.n]
    traces = [frame.trace(Σ, 1.0) for Σ in fitted]
    if not any(model.activation.moments(s2 * trace).slope for trace in traces):
        yield (
            f"The features of {model.activation.name} have no linear part at this scale: they "
            f"learn nothing of a linear truth."
        )
    effective = min(trace**2 / frame.trace(Σ, Σ) for Σ, trace in zip(fitted, traces, strict=True))
    size = (
        f"{plural(problem.n, 'sample')} and {plural(model.width, 'feature')} for "
        f"(tr Σ)²/tr Σ² = {effective:.3g} dimensions"
    )
    needs = (
        "Gaussian equivalence of random features needs samples and features in proportion to the"
    )
    if math.isinf(effect):
        yield f"{needs} dimension. With {size} there is no estimate of its error."
    elif abs(effect) > WORTH_SAYING:
        yield (
            f"{needs} dimension. With {size} simulated errors should lie about {_by(effect)} than "
            f"the theory says."
        )
    elif effective < FEW_COORDINATES:
        yield (
            f"Gaussian equivalence of random features assumes that many coordinates contribute to "
            f"each of them. Here (tr Σ)²/tr Σ² is only {effective:.3g}: expect a few percent."
        )
