"""The joint equations of fits that label for each other or share samples."""

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from ...theory import Problem, RandomProjection
from .generator_mixes import (
    GENERATOR,
    NOISES,
    RIDGES,
    alternating,
    fresh_mix,
    generator_mix,
    three_fits,
    turned,
)
from .run_size import Size
from .statement import Group, Statement
from .witness_problems import predicted_term
from .witnessed_problem import ENGINE, EQUATIONS, WitnessedProblem

__all__ = ["groups"]

RIDGE_OF_GENERATOR = f", λ_g = {RIDGES[0]:g}"


def groups(size: Size) -> Iterator[Group]:
    """One group for the error and one for its parts."""
    mix = generator_mix(size(80))
    yield Group(
        "Labels of trained models: the joint equations",
        f"A generator is fitted to n₁ real samples with ridge λ_g and labels n₂ others; theory is the error "
        f"of the fit to both, by the equations of all fits together. {GENERATOR} For three fits a second "
        "generator is trained on that mix.",
        (*_linear(size), *_projected(size), *_relabelled(mix, size), *_matrices(size)),
    )
    yield Group(
        "Labels of trained models: the error by its causes",
        "The first problem of the table above. The error is the sum of one part for the truth and one for "
        "each noise; simulation and *equations* are of a problem with that cause alone. The last row is the "
        "error if the generator had been trained on other real samples; there they are of that problem.",
        (*_parts(mix), _against_fresh(mix)),
    )


def _linear(size: Size) -> Iterator[Statement]:
    d = size(80)
    yield _error("two fits", generator_mix(d))
    if size.full:
        yield _error("three fits", three_fits(d))
    least_norm = generator_mix(size(160), ridges=(0.0, 0.0), counts=(size(60), size(40)))
    yield _error("two fits, no ridge", least_norm, suffix=", λ_g = 0")


def _projected(size: Size) -> Iterator[Statement]:
    d, m = size(80), size(60)
    one, other = RandomProjection(m, draw="one"), RandomProjection(m)
    yield _error("one projection", generator_mix(d, models=(one, one)))
    if size.full:
        yield _error("two projections", generator_mix(d, models=(other, other)))


def _relabelled(mix: Problem, size: Size) -> Iterator[Statement]:
    """The real inputs a second time, labelled anew by the generator or by the truth."""
    real, synthetic = mix.sources
    by_generator = real.relabelled(synthetic.labels, noise_variance=NOISES[1])
    yield _error(
        "inputs labelled again by their model", dataclasses.replace(mix, sources=[real, by_generator])
    )
    if not size.full:
        return
    by_truth = dataclasses.replace(mix, sources=[real, real.relabelled(noise_variance=NOISES[1])])
    yield _error("inputs labelled again by the truth", by_truth, suffix="")


def _matrices(size: Size) -> Iterator[Statement]:
    """Commuting matrices have the error of their eigenvalues; the others have no common basis."""
    d, m = size(80), size(60)
    one, projection = turned(d, both=False), RandomProjection(m, draw="one")
    yield _error("not commuting", generator_mix(d, covariances=one))
    if not size.full:
        return
    yield _error("not commuting, fixed truth", generator_mix(d, covariances=one, signal=alternating(d)))
    projected = generator_mix(d, covariances=one, models=(projection, projection))
    yield _error("not commuting, one projection", projected)
    both = turned(d, both=True)
    commuting = WitnessedProblem(generator_mix(d, covariances=both), RIDGE_OF_GENERATOR)
    of_eigenvalues = partial(predicted_term, generator_mix(d))
    same = commuting.statement("commuting", "error", of_eigenvalues)
    yield dataclasses.replace(same, name="E, as of their eigenvalues")


def _error(source: str, problem: Problem, suffix: str = RIDGE_OF_GENERATOR) -> Statement:
    return WitnessedProblem(problem, suffix).predicted_statement(source)


def _parts(mix: Problem) -> Iterator[Statement]:
    """Each part of the error against a problem with its cause alone."""
    d, (σ1, σ2) = int(mix.d), NOISES
    real, synthetic = (source.drawn.noise for source in mix.sources)
    derived = functools.cache(partial(_derived, mix))
    causes = (
        ("truth", "truth", "truth", 1 / d, (0.0, 0.0)),
        ("noise of real labels", "noise of sources[0]", real, 0.0, (σ1, 0.0)),
        ("noise of new labels", "noise of sources[1]", synthetic, 0.0, (0.0, σ2)),
    )
    for text, cause, noise, signal, noises in causes:
        alone = generator_mix(d, signal=signal, noises=noises)
        yield Statement(
            name=f"E, from the {text}",
            source="two fits",
            parameters=WitnessedProblem(mix, RIDGE_OF_GENERATOR).parameters,
            theory=partial(_part, partial(_predicted, mix), cause),
            draw=WitnessedProblem(alone).draw("error"),
            witnesses={EQUATIONS: partial(predicted_term, alone), ENGINE: partial(_part, derived, noise)},
        )


def _part(contributions: Callable[[], Mapping[str, Any]], cause: str) -> float:
    return float(contributions()[cause])


def _predicted(mix: Problem) -> Mapping[str, Any]:
    from ...numerics import predict

    labels = predict(mix).fitted_labels
    assert labels is not None, "a model labels here"
    return labels.contributions


def _derived(mix: Problem) -> Mapping[str, Any]:
    from ..freeprob.engine_joint_fits import engine_contributions

    return engine_contributions(mix)


def _against_fresh(mix: Problem) -> Statement:
    other = WitnessedProblem(fresh_mix(mix), RIDGE_OF_GENERATOR)
    statement = other.statement("two fits", "error", partial(predicted_term, mix, "against_fresh"))
    return dataclasses.replace(statement, name="E against fresh samples")
