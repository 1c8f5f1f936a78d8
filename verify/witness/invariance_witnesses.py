"""Identities of any problem: two problems, or several, that must have the same error."""

import dataclasses
from collections.abc import Iterator
from functools import partial

import numpy as np

from ...theory import Problem, RandomProjection, Source, Spectrum, Target
from .run_size import Size
from .statement import Group, Number, Statement
from .witness_problems import predicted_term, two_covariances
from .witnessed_problem import WitnessedProblem

__all__ = ["groups"]

HUGE_RIDGE = 1e15
"""A ridge at which the error equals the null error to double precision."""


def groups(size: Size) -> Iterator[Group]:
    """One group: identities 6, 8 and 9, and what weight 0 means."""
    mix = two_covariances(size(240), 0.05, RandomProjection(size(120)))
    yield Group(
        "Identities of any problem",
        "Theory is the prediction of one problem, or of several; simulation is of another one, "
        "which must have the same error.",
        (*_same_error(mix), _without_signal(mix), *_left_out(mix), _disjoint(size)),
    )


def _error_statement(source: str, name: str, mix: Problem, theory: Number, suffix: str = "") -> Statement:
    statement = WitnessedProblem(mix, suffix).statement(source, "error", theory)
    return dataclasses.replace(statement, name=f"E, {name}")


def _same_error(mix: Problem) -> Iterator[Statement]:
    first, second = mix.sources
    third = first.n // 3
    halves = [dataclasses.replace(first, n=n) for n in (third, first.n - third)]
    split = dataclasses.replace(mix, sources=[*halves, second])
    yield _error_statement("identity 6", "one source in two parts", split, partial(predicted_term, mix))
    heavy = [dataclasses.replace(source, weight=7 * source.weight) for source in mix.sources]
    scaled = dataclasses.replace(mix, sources=heavy, ridge=7 * mix.ridge)
    yield _error_statement("identity 6", "weights and λ times 7", scaled, partial(predicted_term, mix))
    tripled = _in_units(mix, 3.0)
    yield _error_statement("identity 9", "Σ, λ and σ² times 3", tripled, lambda: 3 * predicted_term(mix))


def _without_signal(mix: Problem) -> Statement:
    """6. λ → ∞: E → tr ΓΣ_t, with Γ = I/d."""
    drowned = dataclasses.replace(mix, ridge=HUGE_RIDGE)
    null = float(np.mean(_eigenvalues(mix.sources[0])))
    return _error_statement("identity 6", "λ → ∞: tr ΓΣ", drowned, lambda: null)


def _left_out(mix: Problem) -> Iterator[Statement]:
    """6. p_2 = 0 is plain ridge. A source of weight 0 counts in n: ridge λn/n_1 without it."""
    first, second = mix.sources
    alone = dataclasses.replace(mix, sources=[first])
    empty = dataclasses.replace(mix, sources=[first, dataclasses.replace(second, n=0)])
    yield _error_statement("identity 6", "p₂ = 0: plain ridge", empty, partial(predicted_term, alone))
    silent = dataclasses.replace(mix, sources=[first, dataclasses.replace(second, weight=0.0)])
    larger = dataclasses.replace(alone, ridge=mix.ridge * mix.n / first.n)
    theory = partial(predicted_term, larger)
    yield _error_statement("weight 0", "left out at λn/n₁", silent, theory, ", a₂ = 0")


def _disjoint(size: Size) -> Statement:
    """8. Two sources of disjoint ranges: each alone, at ridge λn/n_k, and their errors added."""
    d = size(200)
    lower = np.arange(d) < d // 2
    values = np.arange(1.0, d + 1) ** -0.3
    first, second = Spectrum(np.where(lower, values, 0.0)), Spectrum(np.where(lower, 0.0, values))
    sources = [
        Source(size(160), first, noise_variance=0.3),
        Source(size(200), second, noise_variance=0.1, shift=0.5 / d),
    ]
    mix = Problem(signal=1 / d, sources=sources, ridge=0.02, target=Target(Spectrum(values)))

    def sum_of_errors() -> float:
        return sum(predicted_term(_alone(mix, source)) for source in sources)

    return _error_statement("identity 8", "disjoint ranges decouple", mix, sum_of_errors)


def _alone(mix: Problem, source: Source) -> Problem:
    return dataclasses.replace(
        mix, sources=[source], ridge=mix.ridge * mix.n / source.n, target=Target(source.covariance)
    )


def _in_units(mix: Problem, c: float) -> Problem:
    """Covariances, noise variances and ridge times c."""
    sources = [
        dataclasses.replace(
            source, covariance=Spectrum(c * _eigenvalues(source)), noise_variance=c * source.noise_variance
        )
        for source in mix.sources
    ]
    return dataclasses.replace(mix, sources=sources, ridge=c * mix.ridge)


def _eigenvalues(source: Source) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    assert isinstance(source.covariance, Spectrum), "the covariances here are diagonal"
    return source.covariance.values
