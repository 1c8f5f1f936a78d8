"""Predictions of models with an intercept: against closed forms, plain simulations and refusals."""

import dataclasses

import numpy as np
import pytest

import detequiv as de
from detequiv.numerics.predictions.centred_samples import centring
from detequiv.theory.base.errors import SpecError
from helpers.refusals import refused

D = 30
S = np.arange(1, D + 1) ** -0.7
S *= D / S.sum()
J = np.arange(1, D + 1)


def unit(p):
    v = np.sin(np.sqrt(p) * J)
    return v / np.sqrt(v @ (S * v))


TRUTH = 0.9 * unit(2) + 0.3 * unit(5)
GENERATOR, VERIFIER = unit(2), 0.8 * unit(2) + 0.6 * unit(3)
UPPER = de.select(
    4 * D,
    S,
    labels=de.labels.linear(GENERATOR, noise_variance=0.2),
    keep=de.rules.one_sided(VERIFIER, above=0.3),
    weight=2.5,
)
LOWER = de.select(
    3 * D, S, labels=de.labels.linear(GENERATOR), keep=de.rules.one_sided(GENERATOR, below=0.2), weight=0.4
)
REAL = de.Source(D, S, noise_variance=0.2)
MIXES = {"one": [UPPER], "two": [UPPER, REAL], "three": [UPPER, LOWER, REAL]}


def problem(sources, **changes):
    named = {"signal": de.Fixed(TRUTH), "ridge": 0.07, "target": de.Target(S, noise_variance=0.2)}
    return de.Problem(**{**named, "sources": sources, "intercept": True, **changes})


def simulated(sources, trials=400, seed=1):
    """Slope (trials, d) and intercept (trials,) of ridge regression, in plain numpy."""
    rng = np.random.default_rng(seed)
    ws, bs = [], []
    for _ in range(trials):
        parts = []
        for source in sources:
            X = rng.normal(size=(source.draws if source.selected else source.n, D)) * np.sqrt(S)
            if source is UPPER:
                y, kept = X @ GENERATOR + np.sqrt(0.2) * rng.normal(size=len(X)), X @ VERIFIER > 0.3
            elif source is LOWER:
                y, kept = X @ GENERATOR, X @ GENERATOR < 0.2
            else:
                y, kept = X @ TRUTH + np.sqrt(0.2) * rng.normal(size=len(X)), np.ones(len(X), dtype=bool)
            parts.append((X[kept], y[kept], np.full(kept.sum(), source.weight)))
        X, y, a = (np.concatenate([p[i] for p in parts]) for i in range(3))
        x_mean, y_mean = a @ X / a.sum(), a @ y / a.sum()
        Z = X - x_mean
        H = (Z * a[:, None]).T @ Z + len(X) * 0.07 * np.eye(D)
        w = np.linalg.solve(H, (Z * a[:, None]).T @ (y - y_mean))
        ws.append(w)
        bs.append(y_mean - x_mean @ w)
    return np.array(ws), np.array(bs)


def near(value, samples, share=0.03):
    """4 standard errors and the finite-size error of these sizes."""
    assert value == pytest.approx(
        samples.mean(), abs=4 * samples.std() / np.sqrt(len(samples)) + share * abs(samples.mean())
    )


@pytest.mark.parametrize("name", MIXES)
def test_plain_simulations(name):
    """Common means weighted by a_k n_k gave b = .331 for .316; 0-1 errors were .283 for .153."""
    p, (ws, bs) = de.predict(problem(MIXES[name])), simulated(MIXES[name])
    off = ws - TRUTH
    near(p.intercept, bs)
    near(p.error, (off * off) @ S + bs**2)
    near(p.overlaps.m, ws @ (S * TRUTH), 0.02)
    near(p.overlaps.q, (ws * ws) @ S, 0.02)
    cosines = ws @ (S * TRUTH) / np.sqrt((ws * ws) @ S * (TRUTH @ (S * TRUTH)))
    near(p.classification_error(), np.arccos(cosines) / np.pi, 0.02)


def test_common_means_are_those_of_residuals_that_sum_to_zero():
    """Σ_k n_k f_k E ρ_k = 0 for the leave-one-out residuals ρ_k of the fit."""
    given = problem(MIXES["three"])
    about, p = centring(given), de.predict(given)
    f = np.array(de.predict(dataclasses.replace(given, intercept=False)).fixed_point.f)
    n = np.array([s.n for s in given.sources])
    assert about.shares == pytest.approx(n * f / (n @ f), rel=1e-12)
    assert about.label_mean == pytest.approx(about.shares @ [s.label_mean for s in given.sources], rel=1e-12)
    assert p.error > p.intercept**2 > 0


def test_shares_are_those_of_the_samples_where_sources_are_alike():
    first = dataclasses.replace(UPPER, weight=2.0)
    found = centring(problem([first, dataclasses.replace(LOWER, weight=2.0)]))
    assert found.shares == pytest.approx(np.array([first.n, LOWER.n]) / (first.n + LOWER.n), rel=0.05)
    same = centring(problem([first, first.again()]))
    assert same.shares == pytest.approx([0.5, 0.5], rel=1e-12)


@pytest.mark.parametrize("ridge", [0.0, 0.1, 3.0])
@pytest.mark.parametrize("model", [de.Linear(), de.RandomProjection(20)], ids=["linear", "projection"])
def test_one_centred_source_is_one_with_a_sample_less(ridge, model):
    """n − 1 samples, the ridge λ n/(n − 1), and the variance R/n of the mean residual."""
    n = 80
    given = problem([dataclasses.replace(REAL, n=n)], ridge=ridge, model=model)
    less = [dataclasses.replace(REAL, n=n - 1)]
    plain = de.predict(problem(less, ridge=ridge * n / (n - 1), model=model, intercept=False))
    p = de.predict(given)
    assert p.error == pytest.approx(plain.error + plain.sources[0].error_with_noise / n, rel=1e-12)
    assert (p.bias, p.variance, p.intercept) == (plain.bias, plain.variance, 0.0)
    assert p.overlaps == pytest.approx(plain.overlaps, rel=1e-12)


@pytest.mark.parametrize("name", MIXES)
def test_errors_on_sources_are_those_of_the_model_with_its_intercept(name):
    """The real source has the target's distribution, so that its error is the error."""
    p = de.predict(problem(MIXES[name]))
    for source, found in zip(p.problem.sources, p.sources, strict=True):
        assert found.error_with_noise - found.error == pytest.approx(
            source.noise_variance, rel=1e-9, abs=1e-12
        )
    if REAL in MIXES[name]:
        assert p.sources[-1].error == pytest.approx(p.error, rel=1e-10)


def test_ridgeless_intercepts_are_the_limit():
    for sources in (MIXES["three"], [dataclasses.replace(UPPER, draws=40), dataclasses.replace(REAL, n=5)]):
        limit, small = (de.predict(problem(sources, ridge=ridge)) for ridge in (0.0, 1e-9))
        assert (limit.error, limit.intercept) == pytest.approx((small.error, small.intercept), rel=1e-5)


def test_digits():
    given = problem(MIXES["two"])
    assert float(de.predict(given, digits=25).error) == pytest.approx(de.predict(given).error, rel=1e-11)


def test_nothing_is_learnt_without_weights():
    given = problem([dataclasses.replace(REAL, weight=0.0)])
    assert de.predict(given).error == pytest.approx(TRUTH @ (S * TRUTH), rel=1e-12)
    assert de.simulate(given, trials=3).samples.error == pytest.approx(TRUTH @ (S * TRUTH), rel=1e-12)


def test_refusals():
    with refused(SpecError, "intercept", "two samples", "got 1", "leave the intercept out"):
        de.predict(problem([dataclasses.replace(REAL, n=1)]))
    with refused(SpecError, "intercept", "mean not 0 fixed truths", (), "signal=Fixed(w)"):
        de.predict(problem([UPPER], signal=1.0))
    with refused(SpecError, "intercept", "fixed truths random shift", "sources[1]", "truth=w"):
        de.predict(problem([UPPER, dataclasses.replace(REAL, shift=0.1)]))
    with refused(SpecError, "intercept", "features linear", "RandomFeatures", "Linear()"):
        problem([REAL], model=de.RandomFeatures(9, "relu"))
    with refused(SpecError, "intercept", "True False", "1", ()):
        problem([REAL], intercept=1)
