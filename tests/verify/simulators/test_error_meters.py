"""Errors of random features: exact ones against huge test sets, test sets against exact ones."""

from typing import Any

import numpy as np
import pytest

import detequiv as de
from detequiv import activations
from detequiv.verify.simulators import draw, naive
from detequiv.verify.simulators.draw import Ensemble
from detequiv.verify.simulators.error_meters import ExactFeatures, TestSet
from detequiv.verify.simulators.fitted_weights import Fitted

D = 15
FIRST = np.arange(1.0, D + 1) ** -0.5
MATRIX = np.random.default_rng(0).standard_normal((D, D))
SECOND = MATRIX @ MATRIX.T / D
SECOND *= FIRST.sum() / np.trace(SECOND)
SECOND = (SECOND + SECOND.T) / 2

KNOWN: dict[str, Any] = {
    "relu": activations.relu,
    "leaky": activations.leaky_relu(0.3),
    "erf": activations.erf,
    "sign": activations.sign,
    "sine": activations.sine,
    "gelu": activations.gelu,
    "cubic": activations.polynomial([1.0, 0.5, 0.3, 0.1]),
}
UNKNOWN: dict[str, Any] = {
    "tanh": activations.tanh,
    "softplus": activations.softplus,
    "a callable": de.Activation("clip", lambda z: np.clip(z, -1.0, 0.5), breaks=[-1.0, 0.5]),
}


def mix(activation: de.Activation) -> de.Problem:
    sources = [
        de.Source(20, FIRST, noise_variance=0.1),
        de.Source(10, SECOND, shift=0.02, noise_variance=0.2),
    ]
    model = de.RandomFeatures(12, activation)
    return de.Problem(signal=1 / D, sources=sources, ridge=0.02, model=model)


@pytest.mark.slow
@pytest.mark.parametrize("activation", KNOWN.values(), ids=KNOWN)
def test_exact_errors_are_those_of_a_huge_test_set(activation: de.Activation) -> None:
    """Means over 100 000 inputs: four of their standard errors."""
    ensemble, rng = Ensemble.of(mix(activation)), np.random.default_rng(1)
    design, labels = ensemble.design(rng), ensemble.labels(rng)
    X, w_t = design.X, labels.target
    v = naive.fit(design.features, X @ w_t, np.ones(len(X)), 0.02)
    second_moment = v @ v.T
    for meter, root in zip(ensemble.meters(design), ensemble.roots, strict=True):
        assert isinstance(meter, ExactFeatures)
        x = rng.standard_normal((100_000, D))
        x = x * root if root.ndim == 1 else x @ root
        φ, truth = design.features_of(x) @ v, x @ w_t
        for samples, exact in (
            ((φ - truth) ** 2, meter.square(Fitted(v), w_t)),
            (φ**2, meter.square(Fitted(v), None)),
            (φ**2, meter.trace(second_moment)),
            (φ * (φ - truth), meter.product(v, v, w_t)),
            (truth**2, meter.null(w_t)),
        ):
            stderr = samples.std() / np.sqrt(len(samples))
            assert abs(samples.mean() - exact) <= 4 * stderr


@pytest.mark.parametrize("activation", UNKNOWN.values(), ids=UNKNOWN)
def test_other_activations_are_measured_on_test_sets(activation: de.Activation) -> None:
    ensemble = Ensemble.of(mix(activation))
    design = ensemble.design(np.random.default_rng(1))
    assert [X.shape for X in design.tests] == 2 * [(draw.TEST_SAMPLES, D)]
    assert all(isinstance(meter, TestSet) for meter in ensemble.meters(design))


@pytest.mark.parametrize("method", ["conditional", "naive"])
def test_errors_on_test_sets_are_unbiased(method: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a relu that is not known to be one; both kinds of trial see the same (X, S). Their
    difference is the scatter of 50 test inputs: within four standard errors of its mean."""
    monkeypatch.setattr(draw, "TEST_SAMPLES", 50)
    plain = de.Activation("relu in disguise", lambda z: np.maximum(z, 0.0))
    measured, exact = (
        de.simulate(mix(activation), trials=300, seed=4, method=method).samples
        for activation in (plain, activations.relu)
    )
    for name in ("error", "bias", "variance", "collapse", "source_errors"):
        a, b = (np.atleast_2d(getattr(samples, name)) for samples in (measured, exact))
        difference = a - b
        stderr = difference.std(axis=1, ddof=1) / np.sqrt(300)
        if method == "naive":  # labels are drawn after the test sets, so they differ
            stderr = np.sqrt(a.var(axis=1) + b.var(axis=1)) / np.sqrt(300)
        assert (np.abs(difference.mean(axis=1)) <= 4 * stderr).all()


def test_the_centre_is_that_of_the_pre_activations() -> None:
    """Features of all sources have mean 0, up to 4 standard errors, averaged over S."""
    ensemble = Ensemble.of(mix(activations.softplus))
    features = []
    for seed in range(200):
        design = ensemble.design(np.random.default_rng(seed))
        features.append([φ.mean() for φ in np.split(design.features, [20])])
    means = np.array(features)
    assert (np.abs(means.mean(axis=0)) <= 4 * means.std(axis=0) / np.sqrt(200)).all()
    assert (means.std(axis=0) > 0).all()


def test_an_odd_activation_may_see_unlike_traces() -> None:
    unlike = de.Problem(
        signal=1.0,
        sources=[de.Source(8, FIRST), de.Source(5, 7 * FIRST)],
        ridge=0.1,
        model=de.RandomFeatures(9, activations.erf),
    )
    run, paired = (de.simulate(unlike, trials=200, seed=1, method=m) for m in ("naive", "conditional"))
    for name in ("error", "bias", "source_errors"):
        a, b = (np.atleast_2d(getattr(x.samples, name)) for x in (run, paired))
        stderr = (a - b).std(axis=1, ddof=1) / np.sqrt(200)
        assert (np.abs((a - b).mean(axis=1)) <= 4 * stderr).all()
