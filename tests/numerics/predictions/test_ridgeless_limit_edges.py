"""The limit ridge → 0 at its edges: ties, tiny coefficients, low-rank matrices, nested ties.

Found by fuzzing against `reference.limit`, which gave the values (25 digits).
"""

import dataclasses
import math

import numpy as np
import pytest

import detequiv as de

PROMISED = 1e-11
A, B = [1.0, 1.0, 1.0, 0.5], [1.0, 0.5, 1.0, 1.0]


def tie(noise, **second):
    """As many samples as dimensions."""
    sources = [de.Source(3, A, noise_variance=noise), de.Source(1, B, noise_variance=noise, **second)]
    return de.Problem(signal=1.0, sources=sources, ridge=0)


@pytest.mark.parametrize(
    ("noise", "second"),
    [(1e6, {"gain": 1 + 1e-9}), (1e6, {"shift": 1e-20}), (1.0, {"gain": 1 - 1e-12}), (1.0, {"shift": 1e-25})],
)
def test_what_diverges_with_a_tiny_coefficient_diverges(noise, second):
    prediction = de.predict(tie(noise, **second))
    assert prediction.collapse == math.inf
    assert prediction.bias == 0
    assert "collapse" in prediction.notes[-1]


def test_what_diverges_with_a_coefficient_of_0_does_not():
    prediction = de.predict(tie(0.0))
    assert (prediction.error, prediction.status) == (0.0, de.Status.OK)


@pytest.mark.slow
@pytest.mark.parametrize("size", [1e-12, 1e-16])
def test_a_small_part_of_a_fixed_shift_diverges_beside_a_large_one_that_does_not(size):
    tail = [0.0, 0.0, 0.0]
    sources = [
        de.Source(2, [1.0, 1.0, 1.0, *tail], noise_variance=1.0, shift=de.Fixed([1, 1, 0, *tail])),
        de.Source(1, [*tail, 1.0, 1.0, 1.0], noise_variance=1.0),
        de.Source(2, [*tail, 1.0, 0.5, 2.0], noise_variance=1.0, shift=de.Fixed([*tail, size, 0, 0])),
    ]
    mix = de.Problem(signal=1.0, ridge=0, target=de.Target(np.ones(6)), sources=sources)
    prediction = de.predict(mix)
    assert (prediction.bias, prediction.collapse) == (1.0, math.inf)


# Low-rank matrices in general position: rounding must not give them more rank.

U, V = np.array([1.0, -2.0, 0.0]), np.array([1.0, 1.0, 1.0])
LINES = np.outer(U, U) / 8, np.outer(V, V) / 8


def lines(ridge, *, samples=(1, 1), **fields):
    first, second = ({name: pair[k] for name, pair in fields.items()} for k in range(2))
    return de.Problem(
        signal=1.0,
        ridge=ridge,
        target=de.Target(np.ones(3)),
        sources=[de.Source(samples[0], LINES[0], **first), de.Source(samples[1], LINES[1], **second)],
    )


def test_a_shift_on_a_line_collapses_by_what_the_other_line_sees():
    prediction = de.predict(lines(0, samples=(1, 7), shift=(0.5, None)))
    assert prediction.error == pytest.approx(1 + 15 / 28, rel=PROMISED)
    assert [source.error for source in prediction.sources] == [0, 0]


@pytest.mark.parametrize(
    ("ridge", "collapse", "on_second"),
    [(0, 15 / 14, 0.00129099444873581), (1e-18, 1.0714285673884, 0.00129099531)],
)
def test_two_lines_with_as_many_samples_as_dimensions(ridge, collapse, on_second):
    fields = {"noise_variance": (0.1, 0.0), "shift": (None, 1.0)}
    prediction = de.predict(lines(ridge, **fields))
    assert prediction.collapse == pytest.approx(collapse, rel=1e-12)
    assert prediction.sources[1].error == pytest.approx(on_second, rel=1e-8)  # digits shown
    assert (prediction.variance == math.inf) is (ridge == 0)


@pytest.mark.parametrize("weak", [1.0, 1e-4])
def test_nested_ties_are_followed_as_deep_as_they_need(weak):
    """Converges like λ^(1/8): two ridges of 1e−20 and 1e−40 would still differ."""
    sources = [
        de.Source(1, spectrum, noise_variance=1.0)
        for spectrum in ([1.0, weak, weak], [0.0, 1.0, weak], [0.0, 0.0, 1.0])
    ]
    model, target = de.RandomProjection(3), de.Target(np.ones(3))
    mix = de.Problem(signal=1.0, ridge=0, target=target, model=model, sources=sources)
    prediction = de.predict(mix)
    assert prediction.variance == math.inf
    assert math.isfinite(prediction.bias)


def test_an_orthogonal_projection_may_lose_a_thousandth_of_a_dimension():
    spectrum = de.Spectrum([1.0, 1.0], [1e-3, 1e9])
    model = de.OrthogonalProjection(10**9)
    for n, bias in ((2 * 10**9, 0.002000799919904007), (10**9, 50005.00043751875)):
        source = de.Source(n, spectrum, noise_variance=1.0)
        mix = de.Problem(signal=1.0, sources=[source], ridge=1e-8, model=model)
        assert de.predict(mix).bias == pytest.approx(bias, rel=1e-10)


@pytest.mark.parametrize("ridge", [0, 1e-3])
def test_features_without_a_linear_part_learn_nothing_and_say_so(ridge):
    model = de.RandomFeatures(6, de.activations.polynomial([0.0, 0.0, 1.0]))
    sources = [de.Source(5, [1.0, 0.5], noise_variance=1.0, shift=0.3)]
    prediction = de.predict(de.Problem(signal=1.0, sources=sources, ridge=ridge, model=model))
    assert prediction.fixed_point.effective_ridge == math.inf
    assert prediction.error > prediction.null_error
    assert any("no linear part" in note for note in prediction.notes)


def test_the_effective_ridge_of_features_shrinks_the_signal():
    """df1(θ) is the degrees of freedom of the fit, whatever the slope of the activation."""
    s = de.power_law(60, 1.0)
    for activation in (de.activations.relu, de.activations.tanh, de.activations.identity):
        mix = de.Problem(
            signal=1.0, sources=[de.Source(40, s)], ridge=0.1, model=de.RandomFeatures(50, activation)
        )
        θ = de.effective_ridge(mix)
        df1 = de.predict(mix).fixed_point.df1
        assert de.degrees_of_freedom(s, θ) == pytest.approx(df1, rel=PROMISED)


def test_ill_conditioned_matrices_say_what_they_cost():
    """Eigenvalues down to 1e−12 of the top: the doubles of the matrix do not hold them."""
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(20, 20)))[0]
    values = np.logspace(0, -12, 20)
    matrix = (rotation * values) @ rotation.T
    source = de.Source(30, (matrix + matrix.T) / 2, noise_variance=0.1)
    prediction = de.predict(de.Problem(signal=1.0, sources=[source], ridge=1e-13))
    assert 1e-8 < prediction.fixed_point.estimated_error < 1e-2
    assert any("near rounding" in note for note in prediction.notes)
    exact = de.Source(30, values, noise_variance=0.1)
    told = de.predict(de.Problem(signal=1.0, sources=[exact], ridge=1e-13))
    gap = abs(told.error / prediction.error - 1)
    assert gap <= prediction.fixed_point.estimated_error


def test_infinite_parts_that_cancel_leave_a_finite_collapse():
    """E w_1w_1ᵀ = Γ: at n = m bias and error diverge alike, and what is left is −2 E r·x, linear in
    E w_tw_1ᵀ: for w_1 = −w_t twice that of a truth that is independent of w_t."""
    Σ = np.array([1.0, 0.5, 0.25, 1.0, 0.1, 0.3])
    root = de.Fixed(np.diag(np.sqrt(np.full(6, 3.0))))
    found = []
    for signal, labels in ((3.0, {"gain": -1.0}), (root, {"gain": -1.0}), (3.0, {"gain": 0.0, "shift": 3.0})):
        source = de.Source(3, Σ, **labels)
        mix = de.Problem(signal=signal, sources=[source], ridge=0, model=de.RandomProjection(3))
        prediction = de.predict(mix)
        assert prediction.bias == prediction.error == math.inf
        near = de.predict(dataclasses.replace(mix, ridge=1e-20), digits=16)
        assert prediction.collapse == pytest.approx(float(near.collapse), rel=1e-9)
        found.append(prediction.collapse)
    assert found == pytest.approx([found[0], found[0], found[0] / 2], rel=PROMISED)
