"""Trials that are done together: the bits of each are those of a trial alone, whatever the stack.

All here is equality of bits. It is a product of models, covariances, truths and routes, because
every one of these has its own sums.
"""

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import detequiv as de
from detequiv import activations
from detequiv.verify import simulate, trial_seed
from detequiv.verify.comparison.growing_samples import ProblemTrials
from detequiv.verify.simulators import conditional, draw
from detequiv.verify.simulators import ridge_response as response
from detequiv.verify.simulators.draw import Ensemble
from detequiv.verify.simulators.memory import stack_of
from detequiv.verify.simulators.ridge_response import FewFeatures, FewSamples
from detequiv.verify.simulators.trial_errors import Measured

Array = np.ndarray[Any, Any]

D, TRIALS = 9, 11
SHAPE = np.arange(1.0, D + 1) ** -0.7
BASIS = np.linalg.qr(np.random.default_rng(0).standard_normal((D, D)))[0]


def symmetric(values: Array) -> Array:
    """These eigenvalues in another basis."""
    matrix: Array = BASIS * values @ BASIS.T
    return (matrix + matrix.T) / 2


def vectors(seed: int, *shape: int) -> Array:
    return np.random.default_rng(seed).standard_normal(shape) / D


BLOCKS = np.einsum("ijd,kjd->ikd", vectors(1, 3, 2, D), vectors(1, 3, 2, D))
LARGE = vectors(2, 3 * D, 3 * D)
JOINT = (LARGE @ LARGE.T).reshape(3, D, 3, D).transpose(0, 2, 1, 3)


def mirrored(blocks: Array) -> de.Moments:
    """Both halves with the same bits."""
    upper = [[blocks[min(j, k), max(j, k)] for k in range(3)] for j in range(3)]
    return de.Moments([[upper[j][k] if j <= k else upper[j][k].T for k in range(3)] for j in range(3)])


MODELS: dict[str, Any] = {
    "linear": de.Linear(),
    "projection": de.RandomProjection(7),
    "orthogonal": de.OrthogonalProjection(6),
    "relu": de.RandomFeatures(8, activations.relu, 0.2),
    "cubic": de.RandomFeatures(8, activations.polynomial([0.1, 1.0, 0.0, 0.2]), 0.2),
    "tanh": de.RandomFeatures(8, activations.tanh),
}
COVARIANCES: dict[str, tuple[Any, Any]] = {
    "1-D": (SHAPE, np.roll(SHAPE, 2)),
    "dense": (symmetric(SHAPE), np.roll(SHAPE, 2)),
}
TRUTHS: dict[str, dict[str, Any]] = {
    "random": {"signal": 0.1},
    "random, dense": {"signal": symmetric(SHAPE)},
    "fixed": {"signal": de.Fixed(vectors(3, D, 2))},
    "joint": {"truths": mirrored(BLOCKS)},
    "joint, dense": {"truths": mirrored(JOINT)},
}
SHIFTS: dict[str, Any] = {
    "random": 0.05,
    "random, dense": symmetric(SHAPE[::-1]),
    "fixed": de.Fixed(vectors(4, D, 2)),
}
ROUTES: dict[str, tuple[tuple[int, int], float, Any]] = {
    "few samples": ((3, 2), 0.05, FewSamples),
    "few features": ((24, 19), 0.05, FewFeatures),
    "singular values": ((24, 19), 0.0, FewFeatures),
    "singular values, few samples": ((3, 2), 0.0, FewSamples),
}


@pytest.fixture(autouse=True)
def small_test_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "TEST_SAMPLES", 30)


def problem(model: str, covariance: str, truth: str, route: str) -> de.Problem:
    (n_1, n_2), ridge, _ = ROUTES[route]
    first, second = COVARIANCES[covariance]
    beyond = {"shift": SHIFTS[truth], "gain": 0.7} if truth in SHIFTS else {}
    sources = [
        de.Source(n_1, first, noise_variance=0.3),
        de.Source(n_2, second, noise_variance=0.2, weight=0.6, **beyond),
    ]
    return de.Problem(**TRUTHS[truth], sources=sources, ridge=ridge, model=MODELS[model])


def generators(trials: range) -> list[np.random.Generator]:
    return [np.random.default_rng(trial_seed(5, i)) for i in trials]


def in_stacks_of(size: int, ensemble: Ensemble, trials: int = TRIALS) -> Measured:
    stacks = (range(i, min(i + size, trials)) for i in range(0, trials, size))
    return Measured.join([conditional.trials(ensemble, generators(stack)) for stack in stacks])


def fields_of(measured: Measured) -> Iterator[Array]:
    return (getattr(measured, field.name) for field in dataclasses.fields(measured))


def assert_same_bits(a: Measured, b: Measured) -> None:
    for x, y in zip(fields_of(a), fields_of(b), strict=True):
        np.testing.assert_array_equal(x, y)


@pytest.mark.slow(keep=10)
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("truth", TRUTHS)
@pytest.mark.parametrize("covariance", COVARIANCES)
@pytest.mark.parametrize("model", MODELS)
def test_no_bit_of_a_trial_hangs_on_its_stack(model: str, covariance: str, truth: str, route: str) -> None:
    ensemble = Ensemble.of(problem(model, covariance, truth, route))
    alone = in_stacks_of(1, ensemble)
    assert len({tuple(terms) for terms in alone.terms}) == len(alone) == TRIALS
    for size in (8, TRIALS):  # eight and three, and all
        assert_same_bits(in_stacks_of(size, ensemble), alone)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("model", MODELS)
def test_routes_are_those_that_are_meant(model: str, route: str) -> None:
    """Singular values are looked for where there is no ridge, and a Gram matrix may do as well."""
    ensemble = Ensemble.of(problem(model, "1-D", "random", route))
    design = ensemble.designs(generators(range(4)))
    groups = response.respond(conditional._weighted(ensemble, design), ensemble.fit.ridge)
    assert {type(answer) for _, answer in groups} == {ROUTES[route][2]}
    assert sorted(np.concatenate([places for places, _ in groups])) == list(range(4))


MIXED: dict[str, tuple[int, int, float, int]] = {
    "improved inverses beside others": (9, 1, 1e-8, 1),
    "singular values beside few samples": (9, 6, 1e-13, 2),
    "singular values beside few features": (10, 5, 1e-8, 2),
    "few samples, few features and singular values": (10, 6, 1e-7, 3),
}
"""Samples, power of the spectrum and ridge where trials of one stack take unlike routes, and how
many groups they make."""


@pytest.mark.parametrize("name", MIXED)
def test_trials_of_unlike_routes_stand_in_their_order(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    n, power, ridge, unlike = MIXED[name]
    source = de.Source(n, SHAPE**power, noise_variance=0.1, shift=0.2)
    mix = de.Problem(signal=1.0, sources=[source], ridge=ridge, model=de.RandomProjection(D))
    ensemble, trials, improve = Ensemble.of(mix), 40, response._improve
    improved: list[Array] = []

    def spy(K: Array, Z: Array, ridge: float) -> float:
        improved.append(Z)
        return improve(K, Z, ridge)

    monkeypatch.setattr(response, "_improve", spy)
    design = ensemble.designs(generators(range(trials)))
    groups = response.respond(conditional._weighted(ensemble, design), ensemble.fit.ridge)
    assert len(groups) == unlike
    assert 0 < len(improved) < trials or n > D
    alone = in_stacks_of(1, ensemble, trials)
    assert_same_bits(conditional.integrate(ensemble, design), alone)
    assert_same_bits(in_stacks_of(7, ensemble, trials), alone)


SMALL = problem("projection", "1-D", "random", "few samples")


@pytest.mark.parametrize("model", ["linear", "relu", "tanh"])
def test_runs_are_cut_into_stacks_and_pieces_without_a_trace(model: str) -> None:
    """Longer than a stack, and of a length that neither stacks nor pieces divide."""
    mix = problem(model, "dense", "random", "few samples")
    trials = 2 * stack_of(mix) + 3
    alone = in_stacks_of(1, Ensemble.of(mix), trials)
    run = simulate(mix, trials=trials, seed=5)
    np.testing.assert_array_equal(run.samples.error, alone.terms[:, 0])
    np.testing.assert_array_equal(np.array(run.samples.training_errors).T, alone.training)
    np.testing.assert_array_equal(np.array(run.samples.source_errors).T, alone.fresh)
    assert simulate(mix, trials=trials - 2, seed=5).samples.bias.tolist() == (run.samples.bias[:-2].tolist())
    with ThreadPoolExecutor(2) as executor:
        assert simulate(mix, trials=trials, seed=5, executor=executor) == run


def test_a_sequence_of_looks_sees_the_trials_of_one_run() -> None:
    sequence, most = ProblemTrials(SMALL, 5), stack_of(SMALL) + 9
    run = simulate(SMALL, trials=most, seed=5, training=False)
    for trials in (3, 10, 11, most, 7):
        seen = sequence.first_trials(trials)
        for name, values in seen.items():
            np.testing.assert_array_equal(values, getattr(run.samples, name)[:trials])


def test_stacks_are_as_large_as_a_cache_and_large_trials_stand_alone() -> None:
    def size(d: int, model: Any) -> int:
        return stack_of(de.Problem(signal=1, sources=[de.Source(d, np.ones(d))], model=model, ridge=0.1))

    assert size(8, de.Linear()) == size(8, de.RandomProjection(8)) == 64
    assert 1 < size(60, de.RandomProjection(60)) < 20
    assert size(8, de.RandomFeatures(8, activations.relu)) > 20
    assert size(300, de.Linear()) == size(80, de.RandomFeatures(80, activations.tanh)) == 1
