"""Selections whose labels and rules take the weights of trained models, against plain numpy and limits."""

import copy
import dataclasses
import pickle

import numpy as np
import pytest

import detequiv as de
from detequiv.numerics.fitted_directions.fit_moments import fit_moments
from detequiv.numerics.fitted_directions.replicas import with_fixed_vectors
from detequiv.theory.base.errors import SpecError
from helpers.refusals import refused

D = 40
J = np.arange(1, D + 1)
S = J**-0.5
S *= D / S.sum()
TRUTH = np.sin(np.sqrt(7) * J)
TRUTH /= np.sqrt(TRUTH @ (S * TRUTH))
SIGNALS = {"fixed": de.Fixed(TRUTH), "random": 1 / D, "diagonal": np.linspace(0.5, 1.5, D) / D}


def fit(X, y, ridge, a=None, P=None):
    a = np.ones(len(X)) if a is None else a
    F = X if P is None else X @ P
    Z = F * a[:, None]
    v = np.linalg.solve(F.T @ Z + len(X) * ridge * np.eye(F.shape[1]), Z.T @ y)
    return v if P is None else P @ v


def trained(signal, n=3 * D, noise=0.3, ridge=0.1, **named):
    return de.Problem(signal=signal, sources=[de.Source(n, S, noise_variance=noise, **named)], ridge=ridge)


def filtered(generator, verifier, **changes):
    labels = de.labels.linear(generator, noise_variance=0.2)
    return de.select(5 * D, S, labels=labels, keep=de.rules.near(verifier, 0.5), **changes)


def mix(signal, sources):
    target = de.Target(S, noise_variance=0.1)
    real = de.Source(D, S, noise_variance=0.3)
    return de.Problem(signal=signal, sources=[*sources, real], ridge=0.05, target=target)


@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize("verifier", ["other", "same", "shifted", "projected"])
def test_plain_simulations(signal, verifier):
    """Verifiers with a random shift of their own had no mean to be found."""
    Γ = SIGNALS[signal]
    g = trained(Γ)
    v = {
        "other": lambda: trained(Γ, 2 * D, 0.2, 0.05),
        "same": lambda: g,
        "shifted": lambda: trained(Γ, 2 * D, 0.2, 0.05, shift=0.3 / D),
        "projected": lambda: dataclasses.replace(trained(Γ, 2 * D, 0.2, 0.05), model=de.RandomProjection(30)),
    }[verifier]()
    p = de.predict(mix(Γ, [filtered(g, v, weight=2.0)]))
    rng, errors, kept = np.random.default_rng(2), [], []

    def drawn(n, w, noise):
        X = rng.normal(size=(n, D)) * np.sqrt(S)
        return X, X @ w + np.sqrt(noise) * rng.normal(size=n)

    for _ in range(150):
        w = TRUTH if signal == "fixed" else np.sqrt(Γ * np.ones(D)) * rng.normal(size=D)
        ŵ_g = fit(*drawn(3 * D, w, 0.3), 0.1)
        shift = np.sqrt(0.3 / D) * rng.normal(size=D) if verifier == "shifted" else 0.0
        P = rng.normal(size=(D, 30)) / np.sqrt(D) if verifier == "projected" else None
        ŵ_v = ŵ_g if verifier == "same" else fit(*drawn(2 * D, w + shift, 0.2), 0.05, P=P)
        X, y = drawn(5 * D, ŵ_g, 0.2)
        good = np.abs(y - X @ ŵ_v) < 0.5
        X1, y1 = drawn(D, w, 0.3)
        a = np.append(np.full(good.sum(), 2.0), np.ones(D))
        ŵ = fit(np.concatenate([X[good], X1]), np.append(y[good], y1), 0.05, a)
        errors.append((ŵ - w) @ (S * (ŵ - w)))
        kept.append(good.sum())
    near = 4 * np.std(errors) / np.sqrt(len(errors)) + 0.03 * p.error
    assert p.error == pytest.approx(np.mean(errors), abs=near)
    near = 4 * np.std(kept) / np.sqrt(len(kept)) + 2
    assert p.problem.sources[0].n == pytest.approx(np.mean(kept), abs=near)


@pytest.mark.parametrize("signal", ["fixed", "random"])
def test_a_fit_of_endless_data_is_its_truth(signal):
    Γ = SIGNALS[signal]
    sure = trained(Γ, 10**9, 1e-12, 1e-12)
    own = de.select(5 * D, S, labels=de.labels.linear(sure, noise_variance=0.2))
    found = de.predict(mix(Γ, [own])).error
    plain = mix(Γ, [de.Source(5 * D, S, noise_variance=0.2)])
    assert found == pytest.approx(de.predict(plain).error, rel=1e-7)


@pytest.mark.parametrize("signal", ["fixed", "random"])
@pytest.mark.parametrize("shift", [None, 0.2 / D, np.linspace(0, 1, D) / D])
def test_labels_of_a_fit_without_a_rule_are_those_of_a_labeller(signal, shift):
    """Two routes: copies of the coordinates, and the equations of connected fits."""
    Γ = SIGNALS[signal]
    g = trained(Γ, shift=shift)
    one = mix(Γ, [de.select(5 * D, S, labels=de.labels.linear(g, noise_variance=0.2))])
    other = mix(Γ, [de.Source(5 * D, S, labels=g, noise_variance=0.2)])
    assert de.predict(one).error == pytest.approx(de.predict(other).error, rel=1e-9)
    assert de.predict(one).quality(0) == pytest.approx(de.predict(other).quality(0), rel=1e-9)


@pytest.mark.parametrize("ridge", [0.0, 0.1])
@pytest.mark.parametrize("n", [20, 200])
@pytest.mark.parametrize("model", [de.Linear(), de.RandomProjection(25)], ids=["linear", "projection"])
def test_moments_of_weights_give_every_error(ridge, n, model):
    """At every diagonal target the error is that of the mean and the variances."""
    source = de.Source(n, S, noise_variance=0.3, truth=0.5 * TRUTH + 0.1)
    given = de.Problem(signal=de.Fixed(TRUTH), sources=[source], ridge=ridge, model=model)
    mean, variance = fit_moments(given)
    for Σ in (S, S[::-1], np.eye(D)[3] + 1e-9):
        error = de.predict(dataclasses.replace(given, target=de.Target(Σ))).error
        assert Σ @ ((mean - TRUTH) ** 2 + variance) == pytest.approx(error, rel=1e-6)


def rounds(verifier):
    first = de.Problem(signal=1 / D, sources=[filtered(trained(1 / D), verifier)], ridge=0.02)
    return mix(1 / D, [filtered(first, verifier)])


def test_a_verifier_may_select_in_every_round():
    """It is one fit, in whatever order the fits are found: this was refused as samples in two models."""
    verifier = trained(1 / D, noise=0.2, ridge=0.05)
    given = rounds(verifier)
    other = de.select(200, S, labels=verifier, keep=de.rules.near(given.sources[0].fits[0], 0.5))
    for problem in (given, mix(1 / D, [other])):
        p = de.predict(problem)
        assert 0 < p.error < 1
        means = de.simulate(problem, trials=100, seed=3)
        error = means.samples.error
        assert p.error == pytest.approx(error.mean(), abs=4 * error.std() / 10 + 0.03 * p.error)


def test_enlarged_copies_keep_the_prediction():
    from detequiv.theory.specification.scaled_copies import enlarged

    given = rounds(trained(1 / D, noise=0.2, ridge=0.05))
    small, large = (de.predict(p).error for p in (given, enlarged(given, 6)))
    assert large == pytest.approx(small, rel=0.02)  # the update is a larger share of a small dimension
    assert de.predict(enlarged(given, 24)).error == pytest.approx(large, rel=4e-3)


def test_values():
    given = rounds(trained(1 / D))
    for again in (copy.deepcopy(given), pickle.loads(pickle.dumps(given))):
        assert again == given and again.digest == given.digest and again.trained_as == given.trained_as
        assert de.predict(again).error == de.predict(given).error
    assert len(given.all_selecting_fits) == 3
    assert "trained model" in str(given) and given._repr_html_()
    assert de.predict(given).to_xarray().quality.values[0] > 0
    assert with_fixed_vectors(given).d == D


def test_refusals():
    g = trained(SIGNALS["random"])
    matrix = np.eye(D) / D + 1e-3
    needs = "trained models label select"
    with refused(SpecError, "signal", needs, "matrix", "basis"):
        filtered(trained(matrix), TRUTH)
    with refused(SpecError, "shift", needs, "matrix", "basis"):
        filtered(trained(1 / D, shift=matrix), TRUTH)
    with refused(SpecError, "signal", "one output " + needs, "2 outputs", "by itself"):
        filtered(trained(de.Fixed(np.column_stack([TRUTH, TRUTH]))), TRUTH)
    with refused(SpecError, "model", "trained another truth", "0.025", ()):
        mix(0.5, [filtered(g, TRUTH)])
    selection = filtered(g, TRUTH)
    with refused(SpecError, "model", "samples of its own", "in the mix", "source.again()"):
        de.Problem(signal=1 / D, sources=[selection, *g.sources], ridge=0.1)
    other = de.Problem(signal=1 / D, sources=g.sources, ridge=0.7)
    with refused(SpecError, "model", "samples of its own", "another such model", "source.again()"):
        mix(1 / D, [filtered(g, other)])
    with refused(SpecError, "sources[0]", "quality predicted", (), "predict(problem).quality(0)"):
        mix(1 / D, [selection]).quality(0)
    with refused(SpecError, "selection", "trained models no source", (), "vector"):
        _ = selection.source
    with refused(SpecError, "selection", "diagonal covariance", "matrix", "eigenvalues"):
        de.select(9, np.diag(S) + 0.01, labels=g)
