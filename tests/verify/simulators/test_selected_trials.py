"""Trials with selections, trained models that select and intercepts agree with predictions, in every term."""

import numpy as np
import pytest

import detequiv as de
from detequiv.theory.base.errors import SpecError
from detequiv.verify import TERMS
from helpers.refusals import refused

D = 40
S = np.arange(1, D + 1) ** -0.5
S *= D / S.sum()
W = np.sin(np.arange(1, D + 1))
W /= np.sqrt(W @ (S * W))
V = W + 0.5 * np.cos(np.arange(1, D + 1)) / np.sqrt(D)
REAL = de.Source(D, S, noise_variance=0.3, weight=0.5)
LINEAR = de.labels.linear(V, noise_variance=0.2)


def selected(labels=LINEAR, keep=None, **named):
    return de.select(5 * D, S, labels=labels, keep=keep, **named)


def trained(**named):
    return de.Problem(
        signal=de.Fixed(W), sources=[de.Source(3 * D, S, noise_variance=0.2)], ridge=0.1, **named
    )


def problem(*sources, **changes):
    named = {"signal": de.Fixed(W), "ridge": 0.1, "target": de.Target(S, noise_variance=0.1)}
    return de.Problem(**{**named, "sources": sources, **changes})


NEAR = de.rules.near(W, 0.6)
PROBLEMS = {
    "filter": lambda: problem(selected(keep=NEAR), REAL),
    "signs": lambda: problem(selected(de.labels.sign(V, flip=0.1), de.rules.agree(W))),
    "two": lambda: problem(
        selected(keep=NEAR, weight=2.0), selected(keep=de.rules.one_sided(V, above=0.2)), REAL
    ),
    "projection": lambda: problem(selected(keep=NEAR), REAL, model=de.RandomProjection(30)),
    "orthogonal": lambda: problem(selected(keep=NEAR), REAL, model=de.OrthogonalProjection(30)),
    "intercept": lambda: problem(selected(keep=de.rules.one_sided(V, above=0.0)), REAL, intercept=True),
    "plain intercept": lambda: problem(REAL, intercept=True),
    "trained": lambda: problem(selected(trained(), de.rules.near(trained(), 0.5)), REAL),
    "trained, projection": lambda: problem(
        selected(de.labels.sign(trained(model=de.RandomProjection(30))), de.rules.agree(trained())),
        model=de.RandomProjection(30),
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_term_agrees(name):
    """Within 5 standard errors, 4% of the error for its size, and the finite-size error predicted."""
    given = PROBLEMS[name]()
    p, run = de.predict(given), de.simulate(given, trials=60 if "trained" in name else 200, seed=4)

    def near(value, samples, share=0.04):
        error = 5 * samples.std() / np.sqrt(len(samples)) + share * p.error + abs(p.finite_size)
        assert value == pytest.approx(samples.mean(), abs=error)

    for term in TERMS:
        near(getattr(p, term), getattr(run.samples, term))
    for k, found in enumerate(p.sources):
        near(found.error, run.samples.source_errors[k])
        near(found.training_error, run.samples.training_errors[k])
    m, q = run.overlaps
    near(p.overlaps.m, m)
    near(p.overlaps.q, q)
    value, error = run.classification_error()
    assert p.classification_error() == pytest.approx(value, abs=5 * error + 0.01)


@pytest.mark.parametrize("name", ["filter", "intercept", "trained"])
def test_trials_are_a_function_of_the_seed(name):
    given = PROBLEMS[name]()
    first, again, more = (de.simulate(given, trials=n, seed=7).samples.error for n in (4, 4, 6))
    assert (first == again).all() and (more[:4] == first).all()
    assert (de.simulate(given, trials=4, seed=8).samples.error != first).all()


@pytest.mark.parametrize("name", ["filter", "intercept"])
def test_evidence_is_gathered_as_for_other_problems(name):
    given = PROBLEMS[name]()
    p = de.predict(given)
    de.assert_agrees(given, tolerance=0.25 * p.error, seed=1)
    errors = de.simulate(given, trials=128, seed=1).samples.error
    with pytest.raises(AssertionError):
        de.assert_agrees(theory=1.5 * p.error, simulation=errors, tolerance=0.05 * p.error)


def test_labels_of_a_fit_and_selections_do_not_go_together():
    generator = trained()
    synthetic = de.Source(D, S, labels=generator)
    with refused(SpecError, "selected samples", "labels trained models", "sources[0]", "selection.source"):
        de.simulate(problem(selected(keep=NEAR), *generator.sources, synthetic), trials=2)
