"""The 1/n term of selections: printed numbers, plain simulations, and rules at the edge of floats."""

import dataclasses
import math

import numpy as np
import pytest

import detequiv as de
from detequiv.numerics.approximation.selection_effect import selection_effect
from helpers.selections import PUBLISHED, published_basis, published_labels, published_rule


def published(name, d):
    case = next(case for case in PUBLISHED["cases"] if name in case["name"])
    (given,) = case["sources"]
    S, E = published_basis(case["beta"], d)
    selection = de.select(
        round(given["N_over_d"] * d),
        S,
        labels=published_labels(given["label"], E, S),
        keep=published_rule(given["keep"], E),
    )
    truth = de.Fixed(E @ case["star"])
    return de.Problem(signal=truth, sources=[selection], ridge=case["ridge"], target=de.Target(S))


@pytest.mark.parametrize(("name", "expected"), [("cubic", 0.00347), ("random pruning", 0.00064)])
def test_printed_numbers(name, expected):
    assert selection_effect(published(name, 150)) == pytest.approx(expected, abs=5e-6)


def test_it_falls_like_one_over_n():
    small, large = (selection_effect(published("cubic", d)) for d in (150, 400))
    assert small / large == pytest.approx(400 / 150, rel=0.02)


@pytest.mark.parametrize("d", [150, 400])
def test_moments_may_be_symmetric_up_to_rounding(d):
    """An asymmetry of 2e-17 in E uuᵀ was refused as a covariance: finite_size raised at d = 400."""
    p = de.predict(published("filter", d))
    assert abs(p.finite_size) < 2e-3 * p.error and p.status == "ok"


def thin(t, **changes):
    d = 20
    v, w = np.ones(d) / np.sqrt(d), np.linspace(-1, 1, d) / np.sqrt(d)
    labels = de.labels.linear(v + w, noise_variance=0.1)
    selection = de.select(round(60 / t), np.ones(d), labels=labels, keep=de.rules.margin(v, below=t))
    real = de.Source(20, np.ones(d), noise_variance=0.1)
    return de.Problem(signal=de.Fixed(v), sources=[selection, real], ridge=0.1, **changes)


@pytest.mark.parametrize("t", [0.02, 1e-3, 1e-5, 1e-8])
def test_rules_may_be_thin(t):
    """Differences in units of the largest moment made negative the variance of a thin score: this raised."""
    found = de.predict(thin(t))
    assert found.finite_size == pytest.approx(de.predict(thin(0.01)).finite_size, rel=0.02)


def test_a_gaussian_selection_adds_nothing():
    """Everything is kept and labels are linear: (u, y) is Gaussian, and n is N."""
    given = thin(0.5)
    all_kept = de.select(200, np.ones(20), labels=given.sources[0].law)
    assert abs(selection_effect(dataclasses.replace(given, sources=[all_kept]))) < 1e-9


def test_the_number_that_is_kept():
    """½ F″(n) N p(1 − p), of a source of n samples, where pruning is random."""
    law = thin(0.5).sources[0].law

    def problem(source):
        return de.Problem(signal=de.Fixed(np.ones(20) / 5), sources=[source], ridge=0.1)

    selection = de.select(200, np.ones(20), labels=law, keep=de.rules.random(0.3))
    F = [de.predict(problem(dataclasses.replace(selection.source, n=n))).error for n in (57, 60, 63)]
    expected = 0.5 * (F[0] - 2 * F[1] + F[2]) / 9 * 200 * 0.3 * 0.7
    assert selection_effect(problem(selection)) == pytest.approx(expected, rel=1e-5)


def test_plain_simulations():
    """The mean of naive trials less the prediction, where the term is 3% of the error."""
    d, N = 12, 60
    w = np.ones(d) / np.sqrt(d)
    selection = de.select(N, np.ones(d), labels=de.labels.polynomial(w, [0, 0.5, 0, 0.2], 0.05))
    p = de.predict(de.Problem(signal=de.Fixed(w), sources=[selection], ridge=0.05))
    rng, errors = np.random.default_rng(5), []
    for _ in range(4000):
        X = rng.normal(size=(N, d))
        z = X @ w
        y = 0.5 * z + 0.2 * z**3 + np.sqrt(0.05) * rng.normal(size=N)
        ŵ = np.linalg.solve(X.T @ X + N * 0.05 * np.eye(d), X.T @ y)
        errors.append((ŵ - w) @ (ŵ - w))
    gap, error = np.mean(errors) - p.error, np.std(errors) / math.sqrt(len(errors))
    assert gap > 8 * error
    assert p.finite_size == pytest.approx(gap, rel=0.35)
