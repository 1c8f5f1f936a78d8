"""One problem said in two ways, or two that must have the same errors: trial by trial, exactly.

Given inputs and projection, conditional errors are functions without randomness, so these are
equalities up to rounding: 1e-11 of the largest error (condition numbers are below 1e4), unless a
test says otherwise.
"""

import dataclasses
from typing import Any

import numpy as np
import pytest

import detequiv as de
from detequiv import activations
from detequiv.verify import TERMS
from detequiv.verify.simulators import conditional
from detequiv.verify.simulators.draw import Design, Ensemble
from detequiv.verify.simulators.trial_errors import Measured
from helpers.refusals import refused

Array = np.ndarray[Any, Any]

D = 10
FIRST = np.arange(1.0, D + 1) ** -0.6
SECOND = np.roll(FIRST, 3)
SHIFT = np.linspace(0.0, 0.2, D)


def vectors(seed: int, *shape: int) -> Array:
    return np.random.default_rng(seed).standard_normal(shape) / np.sqrt(D)


BASIS = np.linalg.qr(vectors(1, D, D))[0]


def turned(given: Any) -> Any:
    """A covariance, a second moment or a truth in other coordinates."""
    if isinstance(given, de.Fixed):
        return de.Fixed(BASIS @ given.w)
    if np.ndim(given) == 0:
        return given
    middle = np.diag(given) if np.ndim(given) == 1 else np.asarray(given)
    matrix = BASIS @ middle @ BASIS.T
    return (matrix + matrix.T) / 2


def mix(signal: Any = 0.1, shift: Any = SHIFT, gain: float = 0.8, **changes: Any) -> de.Problem:
    sources = [
        de.Source(9, FIRST, noise_variance=0.3),
        de.Source(6, SECOND, noise_variance=0.2, weight=0.6, shift=shift, gain=gain),
    ]
    return de.Problem(**{"signal": signal, "sources": sources, "ridge": 0.05} | changes)


def assert_same(a: Measured, b: Measured, tolerance: float = 1e-11) -> None:
    scale = tolerance * max(np.abs(b.terms).max(), np.abs(b.fresh).max())
    for field in dataclasses.fields(Measured):
        np.testing.assert_allclose(getattr(a, field.name), getattr(b, field.name), rtol=0, atol=scale)


def assert_same_runs(a: de.Problem, b: de.Problem, tolerance: float = 1e-11) -> None:
    runs = [de.simulate(problem, trials=4, seed=2).samples for problem in (a, b)]
    scale = tolerance * np.abs(runs[1].error).max()
    for name in (*TERMS, "source_errors", "training_errors"):
        values = [np.array(getattr(run, name), dtype=float) for run in runs]
        np.testing.assert_allclose(*values, rtol=0, atol=scale)


DENSE = turned(FIRST) / D
MODELS: dict[str, Any] = {
    "linear": de.Linear(),
    "projected": de.RandomProjection(7),
    "wide": de.RandomProjection(30),
    "orthogonal": de.OrthogonalProjection(6),
    "relu": de.RandomFeatures(12, activations.relu, 0.2),
    "tanh": de.RandomFeatures(8, activations.tanh),
}
LABELS: dict[str, Any] = {
    "scalars": (0.1, 0.02),
    "diagonals": (SHIFT, SHIFT),
    "matrices": (DENSE, DENSE),
    "fixed": (de.Fixed(vectors(2, D)), de.Fixed(vectors(3, D))),
    "two outputs": (de.Fixed(vectors(2, D, 2)), SHIFT),
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("ridge", [0.05, 0.0])
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_rotated_problem_has_the_same_errors(model: Any, ridge: float, labels: Any) -> None:
    """Diagonal covariances against the same in other coordinates, draws turned along. Without a
    ridge the smallest singular values count: 1e-9."""
    signal, shift = labels
    plain = mix(signal, shift, model=model, ridge=ridge)
    sources = [
        dataclasses.replace(
            source,
            covariance=turned(source.covariance.values),
            shift=None if source.shift is None else turned(source.shift),
        )
        for source in plain.sources
    ]
    other = dataclasses.replace(plain, signal=turned(plain.signal), sources=sources)
    ensembles = Ensemble.of(plain), Ensemble.of(other)
    assert {Σ.ndim for Σ in ensembles[1].covariances} == {2}
    design = ensembles[0].design(np.random.default_rng(4))
    along = Design(
        design.X @ BASIS.T,
        None if design.S is None else BASIS @ design.S,
        design.nonlinear,
        tuple(X @ BASIS.T for X in design.tests),
    )
    a, b = (conditional.integrate(e, x[None]) for e, x in zip(ensembles, (design, along), strict=True))
    assert_same(b, a, 1e-11 if ridge else 1e-9)


def moments_of(signal: Any, shift: Any, gain: float, fixed: bool = False) -> de.Moments:
    """The joint moments that signal, shift and gain stand for; of (d, outputs) truths if fixed."""
    if fixed:
        columns = [signal, gain * signal + shift, signal]
        return de.Moments([[a @ b.T for b in columns] for a in columns])
    own = gain**2 * signal + shift
    return de.Moments(
        [
            [signal, gain * signal, signal],
            [gain * signal, own, gain * signal],
            [signal, gain * signal, signal],
        ]
    )


W, V = vectors(2, D, 2), vectors(3, D, 2)
SUGAR: dict[str, Any] = {
    "scalars": ((0.1, 0.02, 1.0), moments_of(0.1, 0.02, 1.0)),
    "gain": ((0.1, 0.02, -0.7), moments_of(0.1, 0.02, -0.7)),
    "diagonals": ((SHIFT, SHIFT[::-1], 1.0), moments_of(SHIFT, SHIFT[::-1], 1.0)),
    "no shift": ((SHIFT, None, 1.0), moments_of(SHIFT, 0 * SHIFT, 1.0)),
    "matrices": ((DENSE, turned(SHIFT), 0.4), moments_of(DENSE, turned(SHIFT), 0.4)),
    "fixed": ((de.Fixed(W), de.Fixed(V), 0.4), moments_of(W, V, 0.4, fixed=True)),
}


@pytest.mark.parametrize("sugar", SUGAR.values(), ids=SUGAR)
@pytest.mark.parametrize("name", ["linear", "projected", "relu", "tanh"])
def test_joint_moments_are_what_signal_shift_and_gain_stand_for(name: str, sugar: Any) -> None:
    (signal, shift, gain), truths = sugar
    short = mix(signal, shift, gain, model=MODELS[name])
    plain = [dataclasses.replace(s, shift=None, gain=1.0) for s in short.sources]
    assert_same_runs(dataclasses.replace(short, signal=None, truths=truths, sources=plain), short)


def test_sources_that_share_a_shift_are_one_source() -> None:
    """Moments with w_1 = w_2 against one source of all the samples."""
    one = de.Problem(signal=0.1, sources=[de.Source(15, FIRST, noise_variance=0.3, shift=SHIFT)], ridge=0.05)
    parts = [de.Source(n, FIRST, noise_variance=0.3) for n in (6, 9)]
    shared = de.Moments([[0.1 + SHIFT, 0.1 + SHIFT, 0.1]] * 2 + [[0.1, 0.1, 0.1]])
    two = de.Problem(truths=shared, sources=parts, ridge=0.05)
    a, b = (de.simulate(problem, trials=4).samples for problem in (one, two))
    for name in TERMS:
        np.testing.assert_allclose(getattr(b, name), getattr(a, name), rtol=1e-11)
    np.testing.assert_allclose(b.source_errors, 2 * [a.source_errors[0]], rtol=1e-11)
    training = np.average(np.array(b.training_errors, dtype=float), axis=0, weights=[6, 9])
    np.testing.assert_allclose(training, a.training_errors[0], rtol=1e-11)  # type: ignore[arg-type]


@pytest.mark.parametrize("ridge", [0.05, 0.0])
@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_as_many_orthogonal_projections_as_coordinates_are_the_linear_model(
    labels: Any, ridge: float
) -> None:
    linear = mix(*labels, ridge=ridge)
    square = dataclasses.replace(linear, model=de.OrthogonalProjection(D))
    assert_same_runs(square, linear, 1e-11 if ridge else 1e-9)


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("width", [6, 25])
@pytest.mark.parametrize("method", ["conditional", "naive"])
def test_features_of_the_identity_are_random_projections(method: Any, width: int, labels: Any) -> None:
    """The rest of the activation is exactly 0."""
    s2, ridge = 0.3, 0.05
    features = de.RandomFeatures(width, activations.identity, s2)
    problems = (
        mix(*labels, ridge=ridge, model=model) for model in (features, de.RandomProjection(width, s2))
    )
    a, b = (de.simulate(p, trials=3, seed=6, method=method).samples for p in problems)
    for name in (*TERMS, "source_errors", "training_errors"):
        found, expected = (np.array(getattr(x, name), dtype=float) for x in (a, b))
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * np.abs(b.error).max())


def test_a_multiple_of_the_identity_is_a_projection_with_larger_entries() -> None:
    tripled = de.RandomFeatures(7, activations.polynomial([0.0, 3.0]), 0.2)
    assert_same_runs(mix(model=tripled), mix(model=de.RandomProjection(7, 1.8)))


def test_a_source_of_weight_0_is_left_out_at_another_ridge() -> None:
    """λ = λ′ n₊/n; the ignored source is drawn last, so that the others are the same."""
    both = mix()
    ignored = dataclasses.replace(both.sources[1], weight=0.0)
    run = de.simulate(dataclasses.replace(both, sources=[both.sources[0], ignored]), trials=4)
    alone = de.simulate(mix(sources=[both.sources[0]], ridge=0.05 * 15 / 9), trials=4)
    for name in TERMS:
        a, b = (getattr(x.samples, name) for x in (run, alone))
        np.testing.assert_allclose(a, b, rtol=1e-11)


def test_a_source_without_samples_changes_nothing() -> None:
    unseen = de.Source(0, turned(SECOND), shift=de.Fixed(vectors(3, D)), noise_variance=0.5)
    base = mix(shift=DENSE)
    more = dataclasses.replace(base, sources=[base.sources[0], unseen, base.sources[1]])
    a, b = (de.simulate(problem, trials=4).samples for problem in (base, more))
    for name in TERMS:
        np.testing.assert_allclose(getattr(b, name), getattr(a, name), rtol=1e-11)
    assert b.training_errors[1] is None
    assert (b.source_errors[1] > 0).all()


@pytest.mark.parametrize("name", ["linear", "projected", "relu"])
def test_errors_of_several_outputs_are_sums(name: str) -> None:
    """Each output with half of the noise variance, which is that of both together."""

    def one(w: Array, δ: Array, share: float) -> de.Problem:
        base = mix(de.Fixed(w), de.Fixed(δ), model=MODELS[name])
        noisy = [dataclasses.replace(s, noise_variance=share * s.noise_variance) for s in base.sources]
        return dataclasses.replace(base, sources=noisy)

    parts = [one(W[:, i], V[:, i], 0.5) for i in range(2)]
    runs = [de.simulate(problem, trials=4).samples for problem in (*parts, one(W, V, 1.0))]
    for name in (*TERMS, "source_errors", "training_errors"):
        first, second, both = (np.array(getattr(run, name), dtype=float) for run in runs)
        np.testing.assert_allclose(first + second, both, rtol=0, atol=1e-12 * runs[2].error.max())


@pytest.mark.parametrize("n", [(9, 6), (2, 3), (30, 40), (1, 1)])
@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_no_ridge_is_the_limit_of_small_ones(model: Any, dense: bool, n: Any) -> None:
    """At λ = 1e−14 of the scale of ΦᵀAΦ/n: to first order in λ over its least eigenvalue that is
    not 0, which multiplies the error by at most 1 ± 4λ/least; and to rounding, as above."""
    covariances = [turned(FIRST), SECOND] if dense else [FIRST, SECOND]
    base = mix(model=model, ridge=0)
    sources = [
        dataclasses.replace(source, n=count, covariance=Σ)
        for source, count, Σ in zip(base.sources, n, covariances, strict=True)
    ]
    limit = dataclasses.replace(base, sources=sources)
    ensemble = Ensemble.of(limit)
    design = ensemble.design(np.random.default_rng(3))
    a = np.repeat([s.weight for s in sources], n) / sum(n)
    singular = np.linalg.svd(np.sqrt(a)[:, None] * design.features, compute_uv=False)
    least = singular[singular > 1e-13 * singular[0]][-1]
    λ = 1e-14 * singular[0] ** 2
    near = Ensemble.of(dataclasses.replace(limit, ridge=λ))
    expected, found = (conditional.integrate(e, design[None]) for e in (ensemble, near))
    assert λ / least**2 < 1e-8
    assert_same(found, expected, 4 * λ / least**2 + 1e-9)


@pytest.mark.parametrize(
    ("model", "n"), [(de.RandomProjection(40), (5, 4)), (de.RandomFeatures(40, activations.tanh), (9, 6))]
)
def test_training_errors_vanish_where_the_model_can_interpolate(model: Any, n: Any) -> None:
    """No ridge, fewer samples than coordinates, or only than features; rounding squared is left."""
    base = mix(model=model, ridge=0)
    sources = [dataclasses.replace(s, n=m) for s, m in zip(base.sources, n, strict=True)]
    for method in ("conditional", "naive"):
        run = de.simulate(dataclasses.replace(base, sources=sources), trials=3, method=method)
        assert max(error for error in run.mean.training_errors if error is not None) <= 1e-20


@pytest.mark.parametrize("factor", [0.0, 0.25, 3.0])
@pytest.mark.parametrize(
    ("signal", "shift"),
    [(SHIFT, DENSE), (DENSE, de.Fixed(V)), (de.Fixed(W), SHIFT), (de.Fixed(W), DENSE)],
    ids=["dense", "fixed shift", "fixed signal", "fixed signal, dense"],
)
@pytest.mark.parametrize("name", ["linear", "tanh"])
def test_scaled_shifts_of_any_kind(name: str, signal: Any, shift: Any, factor: float) -> None:
    """With no product of signal and shift collapse is linear in Δ, and δ grows like its root."""
    base = mix(signal, shift, gain=1.0, model=MODELS[name])
    scaled = de.simulate(base, trials=3, seed=3).with_shift_scaled(factor)
    assert scaled.problem.quality(1) == pytest.approx(factor * base.quality(1), rel=1e-13)
    again = de.simulate(scaled.problem, trials=3, seed=3)
    for term in (*TERMS, "source_errors", "training_errors"):
        a, b = (np.array(getattr(run.samples, term), dtype=float) for run in (scaled, again))
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-11 * again.samples.error.max())


def test_scaling_shifts_is_refused_with_the_reason() -> None:
    fixed = mix(de.Fixed(W), de.Fixed(V), gain=1.0)
    with refused(de.SpecError, "shifts", "fixed shift fixed signal", remedy="Simulate"):
        de.simulate(fixed, trials=2).with_shift_scaled(2.0)
    plain = [dataclasses.replace(s, shift=None, gain=1.0) for s in fixed.sources]
    joint = dataclasses.replace(fixed, signal=None, sources=plain, truths=moments_of(0.1, 0.02, 1.0))
    with refused(de.SpecError, "shifts", "truths joint moments", remedy="Simulate"):
        de.simulate(joint, trials=2).with_shift_scaled(2.0)
