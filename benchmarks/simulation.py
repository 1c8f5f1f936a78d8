"""The gain of conditional simulation over naive trials, and its cost relative to plain numpy.

The first table holds the two simulators against each other: variance of one trial's error, and the
variance that a second of CPU leaves. The second one holds ``simulate`` against the same draws,
products and factorisations written out below as a person would who has one problem before them:
two sources, the second one's truth shifted, noise and truths integrated out. Plain code takes the
cheaper of two routes: matrices as wide as the samples (section 7 of the theory has fewer features
than samples, and it is the cheaper one there too), or as wide as the features. It solves by
Cholesky, except at the interpolation threshold of Figure 5, where the condition number squared may
cost all but some eight digits: there plain code takes singular values, ``simulate`` a step of
Newton's behind Cholesky, and a row of plain Cholesky alone says what the digits cost. Plain code
does one trial after the other, keeps nothing, checks nothing, and knows the errors on fresh data of
the second source in no row, while ``simulate`` always measures them; the last two rows are problems
so small that it gains by doing their trials in stacks. Both run in one process, turn by turn, on
the same seeds, and must agree; the figures to quote are medians of ratios of CPU times.

    OPENBLAS_NUM_THREADS=1 python benchmarks/simulation.py
"""

import dataclasses
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.fft import dct
from scipy.linalg import cho_factor, cho_solve

import detequiv as de
from detequiv.verify import trial_seed

Array = np.ndarray[Any, Any]
Errors = list[float]
Trial = Callable[[Generator, bool], Errors]

TURNS, SECONDS, TRIALS, TESTS = 15, 0.15, 400, 2000
"""Turns of about so many seconds; trials of each simulator; inputs of a test set."""


def powers(d: int, exponent: float) -> Array:
    """j^−exponent."""
    return np.arange(1.0, d + 1) ** -exponent


def section_7() -> de.Problem:
    """The problem of section 7 of the theory."""
    real = de.Source(175, de.Spectrum(powers(400, 0.5)), noise_variance=0.6)
    other = de.Spectrum(np.roll(powers(400, 0.9), 50))
    synthetic = de.Source(75, other, noise_variance=0.6, weight=0.7, shift=0.5 / 400)
    model = de.RandomProjection(200)
    return de.Problem(signal=1 / 400, sources=[real, synthetic], ridge=0.02, model=model)


def figure_5(width: int) -> de.Problem:
    """Figure 5 of arXiv 2410.04840 v2 at quality ½."""
    s = de.power_law(600, 1.0, trace=1.0)
    shift = de.label_shift(s, 0.5)
    sources = [de.Source(300, s, noise_variance=0.01), de.Source(200, s, noise_variance=0.01, shift=shift)]
    model = de.RandomProjection(width)
    return de.Problem(signal=1.0, sources=sources, ridge=1e-8, model=model)


def alike(real: int, synthetic: int, d: int, model: Any) -> de.Problem:
    """Two sources of one covariance."""
    s = de.power_law(d, 0.5, trace=d)
    sources = [
        de.Source(real, s, noise_variance=0.5),
        de.Source(synthetic, s, noise_variance=0.1, shift=0.5 / d),
    ]
    return de.Problem(signal=1 / d, sources=sources, ridge=0.01, model=model)


def dense() -> de.Problem:
    """Covariances that do not commute."""
    d, basis = 200, dct(np.eye(200), norm="ortho", axis=0)
    turned = 2 * basis.T * powers(d, 0.9) @ basis
    first, second = de.Covariance(np.diag(powers(d, 0.5))), de.Covariance((turned + turned.T) / 2)
    sources = [
        de.Source(90, first, noise_variance=0.3),
        de.Source(60, second, noise_variance=0.7, weight=0.7, shift=0.5 / d),
    ]
    model = de.RandomProjection(100)
    return de.Problem(signal=1 / d, sources=sources, ridge=0.02, model=model)


@dataclasses.dataclass(frozen=True)
class Mix:
    """The numbers of a problem, and the draws. Rows of X are multiplied by √(a/n) as they come."""

    problem: de.Problem
    d: int
    rows: tuple[slice, slice]
    shares: Array
    noise: Array
    root: Array
    draw_roots: tuple[Array, ...]
    Γ: Array
    Δ: Array

    @classmethod
    def of(cls, problem: de.Problem) -> "Mix":
        a, b = problem.sources
        n, d = problem.n, int(problem.d)
        shares = np.array([a.weight / n, b.weight / n])
        roots = [root(source.covariance) for source in (a, b)]
        draw_roots = tuple(r * np.sqrt(share) for r, share in zip(roots, shares, strict=True))
        noise = np.repeat(shares * [a.noise_variance, b.noise_variance], [a.n, b.n])
        given: tuple[Any, Any] = (problem.signal, b.shift)
        Γ, Δ = (np.broadcast_to(moment, d).copy() for moment in given)
        rows = slice(0, a.n), slice(a.n, n)
        return cls(problem, d, rows, shares, noise, roots[0], draw_roots, Γ, Δ)

    def inputs(self, rng: Generator) -> Array:
        X = np.empty((self.problem.n, self.d))
        for rows, root in zip(self.rows, self.draw_roots, strict=True):
            normal = rng.standard_normal((rows.stop - rows.start, self.d))
            X[rows] = times(normal, root)
        return X

    def projection(self, rng: Generator) -> Array:
        model: Any = self.problem.model
        S: Array = rng.standard_normal((self.d, model.width))
        S *= np.sqrt(self.problem.entry_variance or 0.0)
        return S

    def target(self, A: Array) -> Array:
        """(columns,) sums of squares of Σ^½A."""
        half = self.root[:, None] * A if self.root.ndim == 1 else self.root @ A
        squares: Array = np.einsum("ij,ij->j", half, half)
        return squares

    def terms(self, C1: Array, C2: Array, variance: Any) -> Errors:
        """Error, bias, variance and collapse of weights C1 w_1 + C2 w_2 and noise."""
        rest = C1 + C2
        rest.flat[:: self.d + 1] -= 1
        return total(self.target(rest) @ self.Γ, variance, self.target(C2) @ self.Δ)

    def training(self, H: Array, X: Array) -> Errors:
        """Training errors of residuals Hy."""
        R1, R2 = (H[:, rows] @ X[rows] for rows in self.rows)
        squares = (R1 + R2) ** 2 @ self.Γ + R2**2 @ self.Δ + H**2 @ self.noise
        return [squares[r].mean() / share for r, share in zip(self.rows, self.shares, strict=True)]


def root(covariance: Any) -> Array:
    """Σ^½, (d,) or (d, d)."""
    if isinstance(covariance, de.Spectrum):
        return np.sqrt(covariance.values)
    values, vectors = np.linalg.eigh(covariance.matrix)
    matrix: Array = (vectors * np.sqrt(values)) @ vectors.T
    return matrix


def times(X: Array, root: Array) -> Array:
    """X Σ^½."""
    return X * root if root.ndim == 1 else X @ root


def total(bias: Any, variance: Any, collapse: Any) -> Errors:
    """All terms, the error first."""
    return [bias + variance + collapse, bias, variance, collapse]


def ridged(gram: Array, ridge: float) -> Array:
    """gram + λ."""
    gram.flat[:: len(gram) + 1] += ridge
    return gram


def by_samples(mix: Mix, rng: Generator, training: bool) -> Errors:
    """ŵ = By with B = SZᵀ(ZZᵀ + λ)⁻¹, and y − f = λ(ZZᵀ + λ)⁻¹y."""
    X, λ = mix.inputs(rng), mix.problem.ridge
    S = None if mix.problem.model == de.Linear() else mix.projection(rng)
    Z = X if S is None else X @ S
    ZS = X if S is None else Z @ S.T
    factor = cho_factor(ridged(Z @ Z.T, λ))
    if not training:
        return of_weights(mix, cho_solve(factor, ZS).T, X)
    inverse = cho_solve(factor, np.eye(len(X)))
    return of_weights(mix, ZS.T @ inverse, X) + mix.training(λ * inverse, X)


def by_singular_values(mix: Mix, rng: Generator, training: bool) -> Errors:
    """The same from Z = U diag(s) Vᵀ."""
    X, S, λ = mix.inputs(rng), mix.projection(rng), mix.problem.ridge
    U, s, Vt = np.linalg.svd(X @ S, full_matrices=False)
    errors = of_weights(mix, S @ (Vt.T * (s / (s**2 + λ))) @ U.T, X)
    return errors + mix.training((U * (λ / (s**2 + λ))) @ U.T, X) if training else errors


def of_weights(mix: Mix, B: Array, X: Array) -> Errors:
    """The terms of ŵ = By."""
    C1, C2 = (B[:, rows] @ X[rows] for rows in mix.rows)
    return mix.terms(C1, C2, mix.target(B) @ mix.noise)


def by_features(mix: Mix, rng: Generator, training: bool) -> Errors:
    """v = Σ_k M_kw_k and noise, M_k = (ZᵀZ + λ)⁻¹Z_kᵀX_k; diagonal covariances."""
    X = mix.inputs(rng)
    S = None if mix.problem.model == de.Linear() else mix.projection(rng)
    Z = X if S is None else X @ S
    grams = [Z[rows].T @ Z[rows] for rows in mix.rows]
    factor = cho_factor(ridged(grams[0] + grams[1], mix.problem.ridge))
    mixed = grams if S is None else [Z[rows].T @ X[rows] for rows in mix.rows]
    M1, M2 = (cho_solve(factor, A) for A in mixed)
    inner = mix.noise[0] * grams[0] + mix.noise[-1] * grams[1]
    N = cho_solve(factor, cho_solve(factor, inner).T)
    C1, C2 = (M1, M2) if S is None else (S @ M1, S @ M2)
    diagonal = np.diagonal(N) if S is None else np.einsum("ij,ij->i", S @ N, S)
    errors = mix.terms(C1, C2, mix.root**2 @ diagonal)
    if not training:
        return errors
    fit = many_samples if S is None else few_samples
    seen = [fit(mix, k, X[rows], Z[rows], grams[k], M1, M2) for k, rows in enumerate(mix.rows)]
    noisy = [
        mix.noise[rows].sum()
        - 2 * mix.noise[rows.start] * np.trace(cho_solve(factor, gram))
        + np.vdot(N, gram)
        for rows, gram in zip(mix.rows, grams, strict=True)
    ]
    return errors + [
        (a + b) / (share * (rows.stop - rows.start))
        for a, b, share, rows in zip(seen, noisy, mix.shares, mix.rows, strict=True)
    ]


def few_samples(mix: Mix, k: int, X: Array, Z: Array, gram: Array, M1: Array, M2: Array) -> float:
    """The part of the truths in the training error of source k, from its residuals."""
    of_signal, of_shift = X - Z @ (M1 + M2), k * X - Z @ M2
    return float(np.sum(of_signal**2 @ mix.Γ) + np.sum(of_shift**2 @ mix.Δ))


def many_samples(mix: Mix, k: int, X: Array, Z: Array, gram: Array, M1: Array, M2: Array) -> float:
    """The same for the linear model, from its Gram matrix."""
    of_signal, of_shift = np.eye(mix.d) - M1 - M2, k * np.eye(mix.d) - M2
    pairs = ((of_signal, mix.Γ), (of_shift, mix.Δ))
    return float(sum(np.einsum("ij,ij->j", E, gram @ E) @ moment for E, moment in pairs))


def of_tanh(mix: Mix, rng: Generator, training: bool) -> Errors:
    """Features tanh(Sᵀx), errors on a test set; weights are all 1 here."""
    n, λ = mix.problem.n, mix.problem.ridge
    X, S = mix.inputs(rng), mix.projection(rng)
    inputs = times(rng.standard_normal((TESTS, mix.d)), mix.root)
    Z, features = np.tanh((np.sqrt(n) * X) @ S) / np.sqrt(n), np.tanh(inputs @ S)
    factor = cho_factor(ridged(Z @ Z.T, λ))
    inverse = cho_solve(factor, np.eye(n)) if training else None
    B = cho_solve(factor, Z).T if inverse is None else Z.T @ inverse
    M1, M2 = (B[:, rows] @ X[rows] for rows in mix.rows)
    of_signal = (features @ (M1 + M2) - inputs) ** 2 @ mix.Γ
    of_shift, of_noise = (features @ M2) ** 2 @ mix.Δ, (features @ B) ** 2 @ mix.noise
    errors = total(of_signal.mean(), of_noise.mean(), of_shift.mean())
    return errors if inverse is None else errors + mix.training(λ * inverse, X)


def plain(route: Any, problem: de.Problem, trials: int, training: bool) -> Array:
    """(trials, …) errors of the plain code, all of its setup included."""
    mix = Mix.of(problem)
    rngs = (np.random.default_rng(trial_seed(0, i)) for i in range(trials))
    return np.array([route(mix, rng, training) for rng in rngs])


def ours(problem: de.Problem, trials: int, training: bool) -> Array:
    """The same by ``simulate``."""
    samples = de.simulate(problem, trials=trials, training=training).samples
    columns: list[Any] = [samples.error, samples.bias, samples.variance, samples.collapse]
    columns += samples.training_errors if training else ()
    return np.stack(columns, axis=1)


CASES: dict[str, tuple[de.Problem, Any]] = {
    "section 7": (section_7(), by_samples),
    "Figure 5, m = 100": (figure_5(100), by_features),
    "Figure 5, m = 500": (figure_5(500), by_singular_values),
    "same, plain by Cholesky": (figure_5(500), by_samples),
    "Figure 5, m = 1000": (figure_5(1000), by_samples),
    "linear, n = 10000, d = 100": (alike(7000, 3000, 100, de.Linear()), by_features),
    "linear, n = 250, d = 500": (alike(150, 100, 500, de.Linear()), by_samples),
    "tanh features": (alike(120, 80, 100, de.RandomFeatures(300, de.activations.tanh)), of_tanh),
    "dense, d = 200": (dense(), by_samples),
    "linear, n = 18, d = 12": (alike(10, 8, 12, de.Linear()), by_samples),
    "same, m = 8 projections": (alike(10, 8, 12, de.RandomProjection(8)), by_samples),
}


def seconds(function: Callable[[], object]) -> float:
    """The CPU time of one call."""
    start = time.process_time()
    function()
    return time.process_time() - start


def against_naive(problem: de.Problem) -> None:
    """Print both simulators' variance of one trial and CPU time."""
    runs, cost = {}, {}
    for method in ("naive", "conditional"):
        run = partial(de.simulate, problem, trials=TRIALS, method=method)
        start = time.process_time()
        runs[method] = run().samples.error
        cost[method] = (time.process_time() - start) / TRIALS
        print(
            f"{method:>12}: error {runs[method].mean():.6f}, variance of one trial "
            f"{runs[method].var(ddof=1):.3g}, {1e3 * cost[method]:.1f} ms"
        )
    gain = runs["naive"].var(ddof=1) / runs["conditional"].var(ddof=1)
    both = gain * cost["naive"] / cost["conditional"]
    print(f"gain in variance {gain:.0f}, in variance x CPU time {both:.0f}\n")


def against_plain(name: str, problem: de.Problem, route: Any) -> None:
    """Print a row of times and ratios."""
    found, expected = ours(problem, 3, True), plain(route, problem, 3, True)
    np.testing.assert_allclose(found, expected, rtol=1e-6)  # what squared condition numbers leave
    once = seconds(partial(ours, problem, 10, False)) / 10
    trials = max(2, round(SECONDS / once))
    calls = [
        partial(function, problem, trials, training)
        for training in (False, True)
        for function in (ours, partial(plain, route))
    ]
    turns = np.array([[seconds(call) for call in calls] for _ in range(TURNS)])
    ms = 1e3 / trials * np.median(turns, axis=0)
    terms, both, most = (statistics.median(turns[:, a] / turns[:, b]) for a, b in ((0, 1), (2, 3), (2, 1)))
    print(
        f"{name:<27}{ms[0]:>8.2f}{ms[1]:>8.2f}{terms:>7.2f}"
        f"{ms[2]:>10.2f}{ms[3]:>8.2f}{both:>7.2f}{most:>10.2f}"
    )


def main() -> None:
    """Print both tables."""
    print(f"Naive and conditional trials, section 7 of the theory, {TRIALS} of each:\n")
    against_naive(section_7())
    print(f"ms a trial, medians of {TURNS} turns; ratios within a turn\n")
    print(f"{'':<27}{'errors and terms':^23}{'and training errors':^25}  all/plain")
    print(f"{'':<27}{'ours':>8}{'plain':>8}{'ratio':>7}{'ours':>10}{'plain':>8}{'ratio':>7}{'terms':>10}")
    for name, (problem, route) in CASES.items():
        against_plain(name, problem, route)


if __name__ == "__main__":
    main()
