"""Selections in larger problems: projections, several sources, intercepts, weights by score, fits."""

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from ....theory import Covariance, Problem, RandomProjection, Source, Spectrum
from ....theory.base.arrays import Array
from ....theory.selection import labels, rules
from ..run_size import Size
from ..shared_trials import SharedTrials
from ..statement import Draw, Group, Statement
from ..witness_problems import predicted_term
from ..witnessed_problem import EQUATIONS
from . import kept_moments_by_hand as by_hand
from .plain_selections import PlainSource, flipped_signs, noisy, selected_samples, square_error, trained
from .selected_problems import direction, eigenvalues, predicted_error, selected, turned_by, with_target

__all__ = ["groups"]

NOISE, REAL_NOISE, THRESHOLD, WEIGHT = 0.25, 0.4, 0.5, 0.5
"""Of synthetic and of real labels; of the filter; the loss weight of filtered samples beside real ones."""

FITS = 4
"""In a trial, where a fit is small."""


def groups(size: Size) -> Iterator[Group]:
    """One group."""
    yield Group(
        "Selected samples: projections, several sources, intercepts, trained models",
        f"As above, with linear labels of noise {NOISE:g} near a verifier (t = {THRESHOLD:g}) unless said; "
        f"real samples have the noise {REAL_NOISE:g}. *equations* takes the selection, theory the ordinary "
        "source in closed form. The intercept of one source is that source with one sample less. Where a "
        "trained model labels or selects, and for the intercept on one side and the weights by score, "
        "theory is the equations. The matrix D + UNUᵀ is stated in that form, and dense in *equations*.",
        (*_filtered(size), *_intercepts(size), *_low_rank(size), *_weighted(size), *_trained(size)),
    )


def _vectors(d: int) -> tuple[Array, Array, Array]:
    """Truth, generator and verifier."""
    return direction(d, 1), direction(d, 1, 0.7), direction(d, 1, 0, 0.3)


def _plain_filter(d: int, draws: int, weight: float = 1.0) -> PlainSource:
    _, w_g, w_v = _vectors(d)
    root = np.sqrt(eigenvalues(d))
    return PlainSource(
        draws, root, noisy(w_g, NOISE), lambda X, y: np.abs(y - X @ w_v) < THRESHOLD, weight=weight
    )


def _filter_sources(d: int, draws: int, weight: float = 1.0) -> tuple[Source, Source]:
    """The ordinary source in closed form, and the selection."""
    _, w_g, w_v = _vectors(d)
    S = eigenvalues(d)
    moments = by_hand.near_verifier(w_g, w_v, S, NOISE, THRESHOLD)
    law, rule = labels.linear(w_g, NOISE), rules.near(w_v, THRESHOLD)
    return by_hand.ordinary_source(moments, draws, S, weight), selected(d, draws, law, rule, weight)


def _error(d: int, *sources: PlainSource, ridge: float, fits: int = 1, **options: Any) -> Draw:
    """The trial of the square error, that of the intercept included: the mean of so many fits."""
    S, w_t = eigenvalues(d), direction(d, 1)

    def draw(rng: np.random.Generator) -> float:
        errors = []
        for _ in range(fits):
            w, b = trained(rng, sources, ridge, **options)
            errors.append(square_error(w, w_t, S) + b**2)
        return float(np.mean(errors))

    return draw


def _filtered(size: Size) -> Iterator[Statement]:
    if not size.full:
        return
    d, draws, m, ridge = size(100), size(1000), size(75), 0.05
    ordinary, selection = _filter_sources(d, draws)
    model = RandomProjection(m)
    yield Statement(
        "E, random projection",
        "near a verifier",
        f"d = {d}, n = {selection.n} of {draws}, m = {m}, λ = {ridge:g}",
        predicted_error(with_target(d, [ordinary], ridge, model=model)),
        _error(d, _plain_filter(d, draws), ridge=ridge, fits=2, width=m),
        witnesses={EQUATIONS: predicted_error(with_target(d, [selection], ridge, model=model))},
    )
    n, draws = size(160), size(640)
    ordinary, selection = _filter_sources(d, draws, WEIGHT)
    real = Source(n, Spectrum(eigenvalues(d)), noise_variance=REAL_NOISE)
    plain = PlainSource(n, np.sqrt(eigenvalues(d)), noisy(direction(d, 1), REAL_NOISE))
    yield Statement(
        "E, beside real samples",
        "near a verifier",
        f"d = {d}, n = {n} + {selection.n} of {draws}, weights 1 and {WEIGHT:g}, λ = {ridge:g}",
        predicted_error(with_target(d, [real, ordinary], ridge)),
        _error(d, plain, _plain_filter(d, draws, WEIGHT), ridge=ridge, fits=2),
        witnesses={EQUATIONS: predicted_error(with_target(d, [real, selection], ridge))},
    )


def _intercepts(size: Size) -> Iterator[Statement]:
    d, n, ridge = size(60), size(180), 0.05
    S, w_t = eigenvalues(d), direction(d, 1)
    source = Source(n, Spectrum(S), noise_variance=NOISE)
    less = Source(n - 1, Spectrum(S), noise_variance=NOISE)
    centred = with_target(d, [less], ridge * n / (n - 1))
    yield Statement(
        "E with intercept",
        "one source of mean 0",
        f"d = {d}, n = {n}, λ = {ridge:g}",
        partial(_with_fluctuation, centred, n),
        _error(d, PlainSource(n, np.sqrt(S), noisy(w_t, NOISE)), ridge=ridge, fits=FITS, intercept=True),
        witnesses={EQUATIONS: predicted_error(with_target(d, [source], ridge, intercept=True))},
    )
    if not size.full:
        return
    d, draws = size(80), size(400)
    w_g, w_v = direction(d, 1, 0.5), turned_by(d, math.pi / 4, 2)
    law, rule = labels.polynomial(w_g, [0, 1, 0.3], NOISE), rules.one_sided(w_v, above=0.0)
    selection = selected(d, draws, law, rule)

    def quadratic(rng: np.random.Generator, X: Array) -> tuple[Array, Array]:
        z = X @ w_g
        return X, z + 0.3 * z**2 + math.sqrt(NOISE) * rng.normal(size=len(z))

    plain = PlainSource(draws, np.sqrt(eigenvalues(d)), quadratic, lambda X, y: X @ w_v > 0)
    yield Statement(
        "E with intercept",
        "labels z + 0.3 z² on one side",
        f"d = {d}, n = {selection.n} of {draws}, λ = {ridge:g}",
        predicted_error(with_target(d, [selection], ridge, intercept=True)),
        _error(d, plain, ridge=ridge, intercept=True),
    )


def _with_fluctuation(centred: Problem, n: int) -> float:
    """E + (E + σ²)/n: the intercept is the mean of n residuals, independent of the slope."""
    error = predicted_term(centred)
    return error + (error + NOISE) / n


def _low_rank(size: Size) -> Iterator[Statement]:
    """Spiked inputs: two directions with more variance, one with less."""
    d, n, ridge = size(80), size(240), 0.05
    S, w_t = eigenvalues(d), direction(d, 1)
    U = direction(d, 1, 1)[:, None] * S[:, None], turned_by(d, 1.0, 2)[:, None] * S[:, None]
    vectors, coefficients = np.hstack(U), np.array([[1.5, 0.4], [0.4, -0.3]])
    low_rank = Covariance.diagonal_plus_low_rank(S, vectors, coefficients)
    dense = Covariance(np.array(low_rank.matrix))
    values, basis = np.linalg.eigh(np.diag(S) + vectors @ coefficients @ vectors.T)
    root = basis * np.sqrt(values)

    def problem(covariance: Covariance) -> Problem:
        return with_target(d, [Source(n, covariance, noise_variance=NOISE)], ridge)

    yield Statement(
        "E, inputs of covariance D + UNUᵀ",
        "low rank",
        f"d = {d}, n = {n}, λ = {ridge:g}",
        predicted_error(problem(low_rank)),
        _error(d, PlainSource(n, root, noisy(w_t, NOISE)), ridge=ridge, fits=2 * FITS),
        witnesses={EQUATIONS: predicted_error(problem(dense))},
    )


def _weighted(size: Size) -> Iterator[Statement]:
    """Signs with the loss weight 1 where |z| < 1, and 0.2 beyond."""
    if not size.full:
        return
    d, draws, ridge, low = size(80), size(240), 0.02, 0.2
    w_g, w_v, S = turned_by(d, math.pi / 4), turned_by(d, math.pi / 6, 2), eigenvalues(d)

    def weight(z: Any) -> Any:
        return np.where(np.abs(z) < 1, 1.0, low)

    def theory() -> float:
        from ....numerics.fitted_directions.weighted_selections import select_weighted

        parts = select_weighted(draws, Spectrum(S), labels=labels.sign(w_g), weight=weight, w=w_v)
        return predicted_term(with_target(d, parts, ridge))

    plain = PlainSource(draws, np.sqrt(S), flipped_signs(w_g))

    def draw(rng: np.random.Generator) -> float:
        X, y = selected_samples(rng, plain)
        a = weight(X @ w_v)
        gram = (X.T * a) @ X + draws * ridge * np.eye(d)
        return square_error(np.linalg.solve(gram, X.T @ (a * y)), direction(d, 1), S)

    yield Statement(
        "E, weights by score",
        "sign labels",
        f"d = {d}, n = {draws}, weights 1 and {low:g}, λ = {ridge:g}",
        theory,
        draw,
    )


def _trained(size: Size) -> Iterator[Statement]:
    """Generator, verifier or both are fits on real samples of their own."""
    for kind in ("verifier", "generator", "both") if size.full else ():
        yield _TrainedSelection(kind, size(80), size(800), size(160)).statement()


class _TrainedSelection:
    """A filter in which generator or verifier is a ridge regression on real samples."""

    ridge, real_ridge = 0.05, 0.1

    def __init__(self, kind: str, d: int, draws: int, real: int) -> None:
        self.kind, self.d, self.draws, self.real = kind, d, draws, real
        self.trials = SharedTrials(self._trial)

    def statement(self) -> Statement:
        """The error of the fit to the filtered samples."""
        which = f"{self.kind} is a fit" if self.kind != "both" else "both are fits"
        return Statement(
            f"E, {which}",
            "near a verifier",
            f"d = {self.d}, N = {self.draws}, λ = {self.ridge:g}; fitted to {self.real} real samples with "
            f"λ = {self.real_ridge:g}",
            self._predicted,
            self.trials.entry(0),
        )

    def _fit(self) -> Problem:
        real = Source(self.real, Spectrum(eigenvalues(self.d)), noise_variance=REAL_NOISE)
        return with_target(self.d, [real], self.real_ridge)

    def _predicted(self) -> float:
        from ....numerics.fitted_directions.selecting import select

        _, w_g, w_v = _vectors(self.d)
        generator: Any = w_g if self.kind == "verifier" else self._fit()
        verifier: Any = w_v if self.kind == "generator" else self._fit()
        selection = select(
            self.draws,
            Spectrum(eigenvalues(self.d)),
            labels=labels.linear(generator, NOISE),
            keep=rules.near(verifier, THRESHOLD),
        )
        return predicted_term(with_target(self.d, [selection], self.ridge))

    def _trial(self, rng: np.random.Generator) -> Array:
        S, (w_t, w_g, w_v) = eigenvalues(self.d), _vectors(self.d)
        real = PlainSource(self.real, np.sqrt(S), noisy(w_t, REAL_NOISE))
        if self.kind != "verifier":
            w_g, _ = trained(rng, [real], self.real_ridge)
        if self.kind != "generator":
            w_v, _ = trained(rng, [real], self.real_ridge)
        filtered = PlainSource(
            self.draws, np.sqrt(S), noisy(w_g, NOISE), lambda X, y: np.abs(y - X @ w_v) < THRESHOLD
        )
        w, _ = trained(rng, [filtered], self.ridge)
        return np.array([square_error(w, w_t, S)])
