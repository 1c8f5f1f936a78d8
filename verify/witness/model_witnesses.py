"""Problems outside the paper, by the master equations: other models, targets, limits."""

from collections.abc import Iterator

import numpy as np

from ...theory import (
    Activation,
    OrthogonalProjection,
    Problem,
    RandomCoordinates,
    RandomFeatures,
    RandomProjection,
    Source,
    Spectrum,
    Target,
    activations,
    power_law,
)
from .run_size import Size
from .statement import Group, Statement
from .witness_problems import DENSE, TWO_COVARIANCES, features_problem, two_covariances, without_common_basis
from .witnessed_problem import WitnessedProblem

__all__ = ["groups"]

TARGET_EXPONENT, SINGLE_EXPONENT = 0.2, 0.5
"""Exponents of the other target, and of the source that is fitted alone."""


def groups(size: Size) -> Iterator[Group]:
    """One group for each kind of problem that the paper leaves out."""
    yield Group(
        "Without ridge",
        f"{TWO_COVARIANCES} λ → 0 is the fit of least norm; near the threshold n = m theory needs "
        "large sizes.",
        tuple(_ridgeless(size)),
    )
    yield Group(
        "Orthogonal projections, other targets, training errors",
        f"{TWO_COVARIANCES} The other target has eigenvalues j^−{TARGET_EXPONENT:g}.",
        (*_orthogonal(size), *_targets(size), *_training(size)),
    )
    yield Group(
        "Random coordinates",
        f"{TWO_COVARIANCES} The model sees m coordinates, drawn anew in every trial.",
        tuple(_coordinates(size)),
    )
    yield Group("Covariances that do not commute, fixed truths", DENSE, tuple(_dense(size)))
    yield Group(
        "Random features",
        f"{TWO_COVARIANCES} The last one is fitted to one source of eigenvalues j^−{SINGLE_EXPONENT:g}.",
        tuple(_features(size)),
    )


def _ridgeless(size: Size) -> Iterator[Statement]:
    d = size(300)
    yield WitnessedProblem(two_covariances(size(480), 0.0)).predicted_statement("linear")
    yield WitnessedProblem(two_covariances(d, 0.0, RandomProjection(size(80)))).predicted_statement(
        "random projection"
    )
    yield WitnessedProblem(two_covariances(size(480), 0.0, RandomProjection(size(960)))).predicted_statement(
        "random projection"
    )
    yield WitnessedProblem(two_covariances(d, 0.0, OrthogonalProjection(size(100)))).predicted_statement(
        "orthogonal projection"
    )
    if size.full:
        d = size(600)
        models = RandomProjection(size(560)), OrthogonalProjection(size(560))
        yield WitnessedProblem(two_covariances(d, 0.0, models[0])).predicted_statement(
            "random projection", name="near m = n"
        )
        yield WitnessedProblem(two_covariances(d, 0.0, models[1])).predicted_statement(
            "orthogonal projection", name="near m = n"
        )


def _orthogonal(size: Size) -> Iterator[Statement]:
    for m in (80, 250):
        case = WitnessedProblem(two_covariances(size(300), 0.02, OrthogonalProjection(size(m))))
        for term in ("bias", "variance", "collapse"):
            yield case.predicted_statement("orthogonal projection", term)


def _coordinates(size: Size) -> Iterator[Statement]:
    for m in (80, 200):
        case = WitnessedProblem(two_covariances(size(300), 0.02, RandomCoordinates(size(m))))
        for term in ("bias", "variance", "collapse"):
            yield case.predicted_statement("random coordinates", term)


def _targets(size: Size) -> Iterator[Statement]:
    d = size(300)
    other = Target(Spectrum(np.arange(1.0, d + 1) ** -TARGET_EXPONENT))
    for source, model in (("linear", None), ("random projection", RandomProjection(size(80)))):
        case = WitnessedProblem(two_covariances(d, 0.02, model, target=other))
        yield case.predicted_statement(f"{source}, other target")
    yield WitnessedProblem(two_covariances(d, 0.02, gain=0.6), ", gain 0.6").predicted_statement(
        "linear, synthetic gain"
    )


def _training(size: Size) -> Iterator[Statement]:
    for source, model in (("linear", None), ("random projection", RandomProjection(size(150)))):
        case = WitnessedProblem(two_covariances(size(300), 0.05, model), training=True)
        for k in range(2):
            yield Statement(
                name=f"training error, source {k + 1}",
                source=source,
                parameters=case.parameters,
                theory=case.predicted_training(k),
                draw=case.draw_training(k),
            )


def _dense(size: Size) -> Iterator[Statement]:
    for source, m in (("linear", None), ("random projection", 100), ("random projection", 180)):
        width = None if m is None else size(m)
        yield WitnessedProblem(without_common_basis(size(200), width)).predicted_statement(source)


def _features(size: Size) -> Iterator[Statement]:
    for m in (56, 140, 350):
        yield WitnessedProblem(
            features_problem(size(210), size(m), activations.erf, 2.0)
        ).predicted_statement("features erf(2z)")
    steep = Activation("tanh(2z)", lambda z: np.tanh(2 * z))
    yield WitnessedProblem(features_problem(size(150), size(40), steep)).predicted_statement(
        "features tanh(2z)"
    )
    s = power_law(size(200), SINGLE_EXPONENT)
    single_source = Problem(
        signal=1 / s.trace,
        sources=[Source(size(300), s, noise_variance=0.2)],
        ridge=0.02,
        model=RandomFeatures(size(150), activations.relu),
    )
    yield WitnessedProblem(single_source).predicted_statement("features relu(z)")
