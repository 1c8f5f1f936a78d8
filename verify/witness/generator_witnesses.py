"""Closed forms and exact statements about a generator that was trained on real samples of the mix."""

import dataclasses
import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ...theory import Problem, RandomProjection, Source, Spectrum
from ...theory.base.arrays import Array
from ...theory.statements.generator_bound import best_ridge, best_ridge_error
from ...theory.statements.generator_least_squares import (
    least_squares_other_data,
    least_squares_part_of_data,
    least_squares_same_data,
)
from ...theory.statements.two_effective_ridges import fitted_generator_mix
from ...theory.statements.zero_residual import neutral_ridge, zero_residual_weights
from .generator_mixes import GENERATOR, NOISES, RIDGES, generator_mix
from .run_size import Size
from .statement import Group, Number, Statement
from .witness_problems import predicted_term, unlike_spectra
from .witnessed_problem import EQUATIONS, WitnessedProblem

__all__ = ["groups"]

ROUNDING = 1e-10
"""Half-width of what counts as agreement where the two are equal in every trial."""


def groups(size: Size) -> Iterator[Group]:
    """One group for what is exact, and one for closed forms."""
    yield Group(
        "Own labels: what is exact",
        f"{GENERATOR} At the neutral ridge, labels without noise leave the error of the generator unchanged. "
        "The zero-residual identity gives the weights v of the student from those of the generator; the "
        "directly fitted ones are ŵ, and the two must be equal in every trial, to "
        f"{ROUNDING:.0e}. The bound is the error of ridge regression on the real samples at its best ridge: "
        "*equations* has the least error over the ridges of generator and student, found numerically.",
        (*_neutral(size), *_zero_residual(size), *_bound(size)),
    )
    yield Group(
        "Generators trained on the same samples, on part of them or on others: closed forms",
        "One covariance with the eigenvalues j^−0.5 scaled to mean 1, Γ = I/d, noise variances "
        f"{NOISES[0]:g} and {NOISES[1]:g}. The generator is fitted to n_s of the n₁ real samples, or to "
        "n_s others.",
        (*_two_effective_ridges(size), *_least_squares(size)),
    )


def _neutral(size: Size) -> Iterator[Statement]:
    d, m = size(60), size(45)
    projection = RandomProjection(m, draw="one")
    for models in ((None, None), (projection, projection))[: 2 if size.full else 1]:
        n1, n2 = generator_mix(d).sources[0].n, generator_mix(d).sources[1].n
        ridges = RIDGES[0], neutral_ridge(generator_ridge=RIDGES[0], counts=(n1, n2))
        mix = generator_mix(d, ridges=ridges, noises=(NOISES[0], 0.0), models=models)
        generator = mix.sources[1].labels
        assert isinstance(generator, Problem)
        case = WitnessedProblem(mix, f", λ_g = {RIDGES[0]:g}")
        statement = case.statement("neutral ridge", "error", partial(predicted_term, generator))
        yield dataclasses.replace(statement, name="E, as of the generator")


def _zero_residual(size: Size) -> Iterator[Statement]:
    d, counts = size(40), (size(30), size(50))
    for features, name in ((_linear, "linear"), (np.tanh, "tanh(Sᵀx)")):
        yield Statement(
            name=f"1 + ‖ŵ − v‖/‖ŵ‖, features {name}",
            source="zero-residual identity",
            parameters=f"d = {d}, n = {counts[0]} + {counts[1]}, λ = {RIDGES[1]:g}, λ_g = {RIDGES[0]:g}",
            theory=lambda: 1.0,
            draw=partial(_fitted_twice, d, counts, features),
            tolerance=ROUNDING,
            constant=True,
        )


def _linear(X: Array) -> Array:
    return X


def _fitted_twice(
    d: int, counts: tuple[int, int], features: Callable[[Array], Array], rng: np.random.Generator
) -> float:
    """1 + ‖ŵ − v‖/‖ŵ‖, with the student fitted directly, and by the identity."""
    (n1, n2), n = counts, sum(counts)
    S = rng.normal(size=(d, d)) / math.sqrt(d)
    Φ1, Φ2 = features(rng.normal(size=(n1, d)) @ S), features(2 * rng.normal(size=(n2, d)) @ S)
    y1, ε2 = rng.normal(size=n1), rng.normal(size=n2)
    g = np.linalg.solve(Φ1.T @ Φ1 + n1 * RIDGES[0] * np.eye(d), Φ1.T @ y1)
    Φ, y = np.vstack([Φ1, Φ2]), np.concatenate([y1, Φ2 @ g + ε2])
    ŵ = np.linalg.solve(Φ.T @ Φ + n * RIDGES[1] * np.eye(d), Φ.T @ y)
    v = zero_residual_weights(
        real_features=Φ1,
        real_labels=y1,
        synthetic_features=Φ2,
        synthetic_noise=ε2,
        generator_ridge=RIDGES[0],
        ridge=RIDGES[1],
    )
    return 1 + float(np.linalg.norm(ŵ - v) / np.linalg.norm(ŵ))


def _bound(size: Size) -> Iterator[Statement]:
    """Without label noise the least error is that of the best ridge: at the neutral one it is reached."""
    d = size(60)
    first, σ2 = unlike_spectra(d)[0], NOISES[0]
    n1, n2 = (source.n for source in generator_mix(d).sources)
    data: dict[str, Any] = {"signal": 1 / d, "real_count": n1, "noise_variance": σ2}
    bound, λ_g = partial(best_ridge_error, covariance=first, **data), best_ridge(**data)
    alone = Problem(signal=1 / d, sources=[Source(n1, first, noise_variance=σ2)], ridge=λ_g)
    yield _renamed(WitnessedProblem(alone).statement("bound", "error", bound), "E of the best ridge")
    ridges = λ_g, neutral_ridge(generator_ridge=λ_g, counts=(n1, n2))
    mix = generator_mix(d, ridges=ridges, noises=(σ2, 0.0))
    reached = WitnessedProblem(mix, f", λ_g = {λ_g:g}").statement("bound", "error", bound)
    exact: dict[str, Number] = {**reached.witnesses, EQUATIONS: partial(_least_error, d, ridges)}
    yield _renamed(dataclasses.replace(reached, witnesses=exact), "least E with own labels")


def _least_error(d: int, near: tuple[float, float]) -> float:
    """The least predicted error over both ridges, from a start at twice and half of these."""
    from scipy.optimize import minimize

    def error(logarithms: Array) -> float:
        λ_g, λ = np.exp(logarithms)
        return predicted_term(generator_mix(d, ridges=(float(λ_g), float(λ)), noises=(NOISES[0], 0.0)))

    start = np.log([2 * near[0], near[1] / 2])
    return float(minimize(error, start, method="BFGS", options={"gtol": 1e-8}).fun)


def _renamed(statement: Statement, name: str) -> Statement:
    return dataclasses.replace(statement, name=name)


@dataclasses.dataclass(frozen=True)
class _ClosedFormMix:
    """Real samples, and labels of a generator that was fitted to n_s of them, or of others."""

    d: int
    counts: tuple[int, int]
    generator_count: int
    shared: bool
    ridges: tuple[float, float]

    @property
    def covariance(self) -> Spectrum:
        """Of all samples."""
        return unlike_spectra(self.d)[0]

    def problem(self) -> Problem:
        """The problem that the closed forms are about."""
        n_s, prior, (σ1, σ2) = self.generator_count, 1 / self.d, NOISES
        real = Source(self.counts[0], self.covariance, noise_variance=σ1)
        part, rest = real.split(n_s) if self.shared else (real, real)
        seen = part if self.shared else Source(n_s, self.covariance, noise_variance=σ1)
        generator = Problem(signal=prior, sources=[seen], ridge=self.ridges[0])
        new = Source(self.counts[1], self.covariance, noise_variance=σ2, labels=generator)
        reals = [part, rest] if self.shared and rest.n else [real]
        return Problem(signal=prior, sources=[*reals, new], ridge=self.ridges[1])

    def statement(self, source: str, formula: Number) -> Statement:
        """The error by a formula."""
        part = self.generator_count < self.counts[0]
        which = ("part of the" if part else "the same") if self.shared else "other"
        suffix = f", λ_g = {self.ridges[0]:g}, n_s = {self.generator_count}"
        statement = WitnessedProblem(self.problem(), suffix).statement(source, "error", formula)
        return _renamed(statement, f"E, generator of {which} samples")


def _two_effective_ridges(size: Size) -> Iterator[Statement]:
    d, n1, n2 = size(60), size(80), size(50)
    mixes = [
        _ClosedFormMix(d, (n1, n2), n_s, shared, RIDGES)
        for n_s, shared in ((n1, True), (size(50), True), (size(50), False))
    ]
    less = _ClosedFormMix(size(160), (size(60), size(40)), size(60), True, (0.0, 0.0))
    for mix in (*mixes, less) if size.full else mixes[:1]:
        yield mix.statement("two effective ridges", partial(_closed_form, mix))


def _closed_form(mix: _ClosedFormMix) -> float:
    return fitted_generator_mix(
        covariance=mix.covariance,
        signal=1 / mix.d,
        counts=mix.counts,
        noise_variances=NOISES,
        ridge=mix.ridges[1],
        generator_ridge=mix.ridges[0],
        generator_count=mix.generator_count,
        shared=mix.shared,
    ).error


def _least_squares(size: Size) -> Iterator[Statement]:
    d, counts = size(40), (size(160), size(100))
    data: dict[str, Any] = {"dimension": d, "counts": counts, "noise_variances": NOISES}
    part = {**data, "generator_count": size(120)}
    forms: tuple[tuple[Callable[..., float], dict[str, Any], int, bool], ...] = (
        (least_squares_same_data, data, counts[0], True),
        (least_squares_part_of_data, part, size(120), True),
        (least_squares_other_data, part, size(120), False),
    )
    for form, arguments, n_s, shared in forms if size.full else forms[:2]:
        mix = _ClosedFormMix(d, counts, n_s, shared, (0.0, 0.0))
        yield mix.statement("least squares", partial(form, **arguments))
